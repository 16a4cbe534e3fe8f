// The package as a host gets it: packed, unpacked into an empty project that has only the declared dependencies
// (linked from here, so that no network is needed), imported, and compiled against.
import { execFileSync } from 'node:child_process';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installedWith, type Lock } from './installed-with.ts';

const root = resolve(import.meta.dirname, '../..');
const read = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), 'utf8')) as T;

const manifest = read<{
  exports: Record<string, unknown>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}>('package.json');
const lock = read<Lock>('package-lock.json');
const core = Object.keys(manifest.dependencies);
const peers = [...Object.keys(manifest.peerDependencies), 'express'];
const modules = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => `paysession${path.slice(1)}`);

const refuseStaleBuild = (): void => {
  const newest = Math.max(
    ...globSync('src/**/*.ts', { cwd: root }).map((file) => statSync(join(root, file)).mtimeMs),
  );
  const built = statSync(join(root, 'dist/browser/checkout.mjs'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built < newest) throw new Error('dist/ is older than src/: npm run build');
};

/** An empty project with the packed package, and of the rest only what npm would install for `dependencies`. */
const createHost = (folder: string, tarball: string, dependencies: readonly string[]): string => {
  const installed = join(folder, 'node_modules');
  mkdirSync(join(installed, 'paysession'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', join(installed, 'paysession'), '--strip-components=1']);
  for (const path of installedWith(lock, dependencies).filter((p) => p.lastIndexOf('node_modules/') === 0)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(root, path), join(folder, path));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
};

const importIn = (host: string, module: string): string[] => {
  const code = `console.log(JSON.stringify(Object.keys(await import('${module}'))))`;
  const out = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: host,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return JSON.parse(out) as string[];
};

describe('the package', () => {
  let temporary: string;
  let files: string[];
  let bare: string;
  let full: string;

  beforeAll(() => {
    temporary = mkdtempSync(join(tmpdir(), 'paysession-package-'));
    refuseStaleBuild();
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', temporary];
    const [packed] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as [
      { filename: string; files: { path: string }[] },
    ];
    files = packed.files.map(({ path }) => path);
    const tarball = join(temporary, packed.filename);
    bare = createHost(join(temporary, 'bare'), tarball, core);
    full = createHost(join(temporary, 'full'), tarball, [...core, ...peers]);
  });
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  it('holds the build, its sources and its papers, and nothing else', () => {
    const expected = [
      /^dist\/[\w/-]+\.(js|d\.ts)(\.map)?$/,
      /^dist\/browser\/checkout\.m?js(\.map)?$/,
      /^src\/[\w/-]+\.ts$/,
      /^(dist|src)\/infrastructure\/postgres\/migrations\/[\w-]+\.sql$/,
      /^(package\.json|README\.md|LICENSE|ARCHITECTURE\.md|CHANGELOG\.md|SECURITY\.md)$/,
      /^docs\/(decisions\/)?[\w-]+\.md$/,
      'src/infrastructure/prahsys/README.md', // what a merchant must ask the vendor
    ].map((pattern) => new RegExp(pattern));
    expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'SECURITY.md', 'CHANGELOG.md']));
  });

  it('holds every document that the README links to', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const linked = [...readme.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path = '']) => path);
    expect(linked).toContain('ARCHITECTURE.md');
    // The example is read where the sources are: it is no part of the package.
    for (const path of linked.filter((each) => each !== 'examples/shop'))
      expect(files.filter((file) => file === path || file.startsWith(`${path}/`))).not.toEqual([]);
  });

  it('runs no script when it is installed', () => {
    const { scripts } = read<{ scripts: Record<string, string> }>('package.json');
    const lifecycle = [
      'preinstall',
      'install',
      'postinstall',
      'prepare',
      'prepublish',
      'prepack',
      'postpack',
    ];
    expect(Object.keys(scripts).filter((name) => lifecycle.includes(name))).toEqual([]);
  });

  it('needs nothing but its own dependencies for the core and the browser client', () => {
    expect(importIn(bare, 'paysession')).toContain('createPayments');
    expect(importIn(bare, 'paysession/browser')).toContain('mountCheckout');
  });

  it.each(modules)('can import %s', (module) => {
    expect(importIn(full, module).length).toBeGreaterThan(0);
  });

  it('pays where text may not be run as code', () => {
    const code = `
      import { createPayments, InMemoryGateway, merchantId, orderId } from 'paysession';
      const lamp = { id: 'LAMP', amount: '9.99', currency: 'USD', description: 'A lamp' };
      const payments = createPayments({
        orders: async () => lamp, fulfilment: async () => {}, gateway: new InMemoryGateway() });
      const key = { merchantId: merchantId('M')._unsafeUnwrap(), orderId: orderId('LAMP')._unsafeUnwrap() };
      const { session } = (await payments.openPaySession.execute(key))._unsafeUnwrap();
      const paid = await payments.submitPayment.execute({ ...key, sessionId: session.id });
      const { readPayment } = await import('./node_modules/paysession/dist/infrastructure/postgres/stored-payment.js');
      console.log(readPayment(JSON.stringify(paid._unsafeUnwrap().payment)).states.payment);
      await payments.close();`;
    const strict = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', code];
    expect(execFileSync(process.execPath, strict, { cwd: full, encoding: 'utf8' }).trim()).toBe('captured');
  });

  it('exports nothing that package.json does not name', () => {
    expect(() => importIn(full, 'paysession/dist/index.js')).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('compiles in a strict host that checks the types of its libraries', () => {
    const lines = modules.map(
      (module, n) => `import * as m${n} from '${module}';\nexport const used${n} = m${n};`,
    );
    writeFileSync(join(full, 'host.ts'), lines.join('\n'));
    mkdirSync(join(full, 'node_modules/@types'), { recursive: true });
    const types = installedWith(lock, ['@types/node', '@types/express']);
    for (const path of types) symlinkSync(join(root, path), join(full, path));
    const compilerOptions = {
      ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2023', skipLibCheck: false },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ lib: ['es2023', 'dom', 'dom.iterable'], types: ['node'] },
    };
    writeFileSync(join(full, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['host.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    let errors = '';
    try {
      execFileSync(process.execPath, [tsc, '-p', full], { cwd: full, encoding: 'utf8' });
    } catch (error) {
      errors = String((error as { stdout?: string }).stdout);
    }
    expect(errors).toBe('');
  });

  it('brings a browser script with the one global `Paysession`, and no server code in it', () => {
    const script = readFileSync(join(bare, 'node_modules/paysession/dist/browser/checkout.js'), 'utf8');
    const page: { Paysession?: object } = {};
    runInNewContext(script, page);
    expect(Object.keys(page.Paysession ?? {}).sort()).toEqual(importIn(bare, 'paysession/browser').sort());
    const map = readFileSync(join(bare, 'node_modules/paysession/dist/browser/checkout.js.map'), 'utf8');
    for (const source of (JSON.parse(map) as { sources: string[] }).sources)
      expect(source).toMatch(/^\.\.\/\.\.\/(src\/interfaces\/browser\/[\w-]+\.ts|global)$/);
    expect(script).not.toMatch(
      /neverthrow|xstate|inversify|reflect-metadata|node:|require\(|process\.env|sk_(test|live)_/,
    );
  });
});

describe('what a host installs for the core', () => {
  it('is fifteen packages, six of them named by us', () => {
    expect(core).toEqual([
      'inversify',
      'neverthrow',
      'reflect-metadata',
      'standardwebhooks',
      'xstate',
      'zod',
    ]);
    expect(installedWith(lock, core).map((path) => path.replace('node_modules/', ''))).toEqual([
      ...['common', 'container', 'core', 'plugin', 'prototype-utils', 'reflect-metadata-utils'].map(
        (name) => `@inversifyjs/${name}`,
      ),
      '@rollup/rollup-linux-x64-gnu', // an optional dependency of neverthrow, on Linux only, which it does not import
      '@stablelib/base64', // of standardwebhooks, as is the next
      'fast-sha256',
      ...core,
    ]);
  });
});
