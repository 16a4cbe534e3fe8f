// Builds dist/: the modules and their types by tsc, and the browser client as one script by esbuild. Run: npm run build
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';

const BROWSER_ENTRY = 'src/interfaces/browser/mount-checkout.ts';

const refuse = (reason: string): never => {
  console.error(`build: ${reason}`);
  process.exit(1);
};

const compile = (): void => {
  try {
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
      stdio: 'inherit',
    });
  } catch {
    refuse('tsc reported the errors above');
  }
};

// esbuild's own way to a global (globalName) adds a fifth of a kilobyte of module emulation.
const asGlobal = `import { guardAgainstFraming, mountCheckout } from './${BROWSER_ENTRY}';
globalThis.Paysession = { guardAgainstFraming, mountCheckout };`;

/** One file that a page loads by itself: a classic script with the global `Paysession`, or an ES module. */
const bundle = async (format: 'iife' | 'esm', outfile: string): Promise<void> => {
  const { metafile } = await build({
    ...(format === 'iife'
      ? { stdin: { contents: asGlobal, resolveDir: '.', sourcefile: 'global' } }
      : { entryPoints: [BROWSER_ENTRY] }),
    outfile,
    format,
    bundle: true,
    minify: true,
    sourcemap: 'external', // beside the script, not linked: few hosts serve it
    metafile: true,
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
  });
  const foreign = Object.keys(metafile.inputs).filter(
    (file) => file !== 'global' && !file.startsWith('src/interfaces/browser/'),
  );
  if (foreign.length > 0)
    refuse(`${outfile} must hold browser code only, but contains ${foreign.join(', ')}`);
};

/** Migrations are read at run time, beside the module that runs them. */
const copyMigrations = (): void => {
  for (const file of globSync('src/**/*.sql')) {
    const copy = file.replace(/^src/, 'dist');
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
};

/** What the package promises must be there: a build that forgot a file fails here, not at a host. */
const checkExports = (): void => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | Record<string, string>>;
  };
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  const missing = targets.filter((file) => !existsSync(file));
  if (missing.length > 0) refuse(`package.json exports what is not there: ${missing.join(', ')}`);
};

/** tsc rewrites './money.ts' to './money.js'; an import that kept its .ts would fail in the published package. */
const checkImports = (): void => {
  const unresolved = globSync('dist/**/*.js').filter((file) =>
    /\bfrom '\.[^']*\.ts'/.test(readFileSync(file, 'utf8')),
  );
  if (unresolved.length > 0) refuse(`imports of .ts files survived in ${unresolved.join(', ')}`);
};

if (!existsSync(BROWSER_ENTRY)) refuse(`${BROWSER_ENTRY} is missing: the browser client is bundled from it`);
rmSync('dist', { recursive: true, force: true });
compile();
copyMigrations();
await bundle('iife', 'dist/browser/checkout.js');
await bundle('esm', 'dist/browser/checkout.mjs');
checkExports();
checkImports();

const bytes = statSync('dist/browser/checkout.js').size;
console.log(`build: ${globSync('dist/**/*.js').length} modules; dist/browser/checkout.js has ${bytes} bytes`);
