import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The scripts of our pages by file name, such as `checkout.js`: each with the part of `paysession/browser` that it uses. */
export const bundleBrowserScripts = async (): Promise<ReadonlyMap<string, string>> => {
  const folder = fileURLToPath(new URL('browser/', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: ['cart', 'checkout', 'order'].map((page) => `${folder}${page}.ts`),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // Inside this repository the package is its own source; an installed one ignores this.
    conditions: ['paysession-source'],
    outdir: folder,
    write: false,
  });
  return new Map(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/') + 1), text]));
};
