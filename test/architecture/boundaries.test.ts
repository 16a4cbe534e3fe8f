// The boundary rules, each seen red: a miniature of the source tree is written to a temporary folder, with
// one file per forbidden import, and dependency-cruiser must name exactly the rule that forbids it.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

interface Cruise {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
  };
}

const cruise = (cwd: string): Map<string, Set<string>> => {
  const args = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'];
  const out = execFileSync(
    process.execPath,
    [
      join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      ...args,
      'src',
      'examples',
      'test',
      'scripts',
    ],
    { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  const byFile = new Map<string, Set<string>>();
  for (const { from, rule } of (JSON.parse(out) as Cruise).summary.violations)
    byFile.set(from, (byFile.get(from) ?? new Set()).add(rule.name));
  return byFile;
};

/** What every ring looks like when it keeps to its list; the probes import these files too. */
const lawful: Record<string, string> = {
  'src/index.ts': "export * from './container/create.ts'; export * from './domain/payment/payment.ts';",
  'src/domain/payment/payment.ts': "import 'neverthrow'; import './payment-machine.ts';",
  'src/domain/payment/payment-machine.ts': "import 'xstate'; import type {} from './payment.ts';",
  'src/application/ports/clock.ts': "import '../../domain/payment/payment.ts';",
  'src/application/submit.ts': "import './ports/clock.ts'; import 'neverthrow';",
  'src/infrastructure/prahsys/gateway.ts':
    "import '../../application/submit.ts'; import 'zod'; import 'neverthrow';",
  'src/infrastructure/in-memory/payments.ts':
    "import '../../domain/payment/payment.ts'; import 'neverthrow';",
  'src/infrastructure/postgres/payments.ts':
    "import 'pg'; import 'pg-boss'; import '@electric-sql/pglite'; import 'node:crypto'; import '../../domain/payment/payment.ts';",
  'src/infrastructure/system/clock.ts': "import '../../application/ports/clock.ts'; import 'node:crypto';",
  'src/interfaces/http/http.ts':
    "import '../../application/submit.ts'; import 'hono'; import '@hono/node-server';",
  'src/interfaces/browser/mount.ts': "import './fields.ts';",
  'src/interfaces/browser/fields.ts': 'export const fields = 5;',
  'src/container/create.ts':
    "import 'inversify'; import 'reflect-metadata'; import '../infrastructure/prahsys/gateway.ts'; import '../interfaces/http/http.ts';",
  'src/simulator/simulator.ts':
    "import 'hono'; import '@hono/node-server'; import 'zod'; import 'node:http';",
  'src/testing/clock-contract.ts':
    "import '../application/ports/clock.ts'; import 'node:assert'; import 'neverthrow';",
  'examples/shop/main.ts':
    "import 'paysession'; import 'paysession/http'; import 'paysession/simulator'; import 'express'; import 'node:http';",
  'test/shop.test.ts': "import '../src/index.ts'; import '../examples/shop/main.ts'; import 'nock';",
  'scripts/build.ts': "import 'node:fs'; import 'esbuild';",
};

const exportedFiles: Record<string, string> = {
  './http': './src/interfaces/http/http.ts',
  './simulator': './src/simulator/simulator.ts',
  '.': './src/index.ts',
};

// [the rule, the folder it guards, the imports it must refuse]
const forbidden: [string, string, string[]][] = [
  [
    'domain-is-pure',
    'src/domain/money',
    [
      '../../application/ports/clock.ts',
      '../../index.ts',
      'node:crypto',
      'zod',
      'inversify',
      '../../../test/shop.test.ts',
    ],
  ],
  ['xstate-in-one-file', 'src/domain/money', ['xstate', 'xstate/graph']],
  [
    'application-knows-only-the-domain',
    'src/application',
    [
      ...['../infrastructure/system/clock.ts', '../interfaces/http/http.ts', '../container/create.ts'],
      ...[
        'node:fs',
        'xstate',
        'inversify',
        'zod',
        '../simulator/simulator.ts',
        '../../examples/shop/main.ts',
      ],
    ],
  ],
  ['infrastructure-prahsys', 'src/infrastructure/prahsys', ['node:http', 'hono', 'xstate', 'inversify']],
  ['infrastructure-host', 'src/infrastructure/host', ['node:http', 'inversify', '../../container/create.ts']],
  [
    'infrastructure-in-memory',
    'src/infrastructure/in-memory',
    ['node:crypto', 'zod', '../../simulator/simulator.ts'],
  ],
  ['infrastructure-postgres', 'src/infrastructure/postgres', ['hono', 'nodemailer', '../../index.ts']],
  ['infrastructure-smtp', 'src/infrastructure/smtp', ['pg', 'node:net', '../../container/create.ts']],
  [
    'infrastructure-system',
    'src/infrastructure/system',
    ['zod', 'inversify', '../../interfaces/http/http.ts'],
  ],
  [
    'infrastructure-folders-are-strangers',
    'src/infrastructure/prahsys',
    ['../in-memory/payments.ts', '../system/clock.ts'],
  ],
  ['infrastructure-has-known-folders', 'src/infrastructure/redis', ['../../application/ports/clock.ts']],
  [
    'http-knows-use-cases',
    'src/interfaces/http',
    [
      ...['../../infrastructure/prahsys/gateway.ts', '../../container/create.ts', '../browser/mount.ts'],
      ...['zod', 'inversify', 'express', '../../simulator/simulator.ts'],
    ],
  ],
  [
    'browser-stands-alone',
    'src/interfaces/browser',
    ['../http/http.ts', '../../domain/payment/payment.ts', 'neverthrow', 'node:url'],
  ],
  [
    'container-composes',
    'src/container',
    ['../simulator/simulator.ts', '../index.ts', 'node:fs', 'xstate', 'hono', '../../test/shop.test.ts'],
  ],
  [
    'simulator-stands-alone',
    'src/simulator',
    ['../domain/payment/payment.ts', '../index.ts', 'paysession', 'xstate', 'neverthrow', 'inversify'],
  ],
  [
    'testing-proves-ports',
    'src/testing',
    [
      '../infrastructure/in-memory/payments.ts',
      '../container/create.ts',
      '../simulator/simulator.ts',
      '@jest/globals',
    ],
  ],
  ['src-has-known-places', 'src/utils', ['../domain/payment/payment.ts']],
  ['examples-are-hosts', 'examples/shop', ['xstate', 'inversify', 'neverthrow', '../../test/shop.test.ts']],
  ['examples-use-the-package', 'examples/shop', ['../../src/index.ts', '../../src/application/submit.ts']],
  ['no-unresolvable', 'scripts', ['./missing.ts', 'a-package-that-is-not-installed']],
];

const probes = forbidden.flatMap(([rule, folder, imports]) =>
  imports.map((target, n) => ({ rule, target, file: `${folder}/probe-${rule}-${n}.ts` })),
);

const special: Record<string, string> = {
  'src/index.ts': lawful['src/index.ts'] + " import './simulator/simulator.ts';",
  'src/domain/lonely.ts': 'export const lonely = 1;',
  'src/domain/hen.ts': "import { egg } from './egg.ts'; export const hen = () => egg;",
  'src/domain/egg.ts': "import { hen } from './hen.ts'; export const egg = () => hen;",
};

const plant = (folder: string, files: Record<string, string>): string => {
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
  copyFileSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
};

describe('the boundaries of the source tree', () => {
  let temporary: string;
  let found: Map<string, Set<string>>;
  const manifest = JSON.stringify({ name: 'paysession', type: 'module', exports: exportedFiles });
  const rulesOf = (file: string) => [...(found.get(file) ?? [])];

  beforeAll(() => {
    temporary = mkdtempSync(join(tmpdir(), 'paysession-boundaries-'));
    const planted = Object.fromEntries(probes.map(({ file, target }) => [file, `import '${target}';`]));
    found = cruise(
      plant(join(temporary, 'red'), { ...lawful, ...special, ...planted, 'package.json': manifest }),
    );
  });
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  it.each(probes)('$rule refuses $target in $file', ({ file, rule }) => {
    expect(rulesOf(file)).toEqual([rule]);
  });

  it('index-is-the-surface refuses the simulator', () => {
    expect(rulesOf('src/index.ts')).toEqual(['index-is-the-surface']);
  });

  it('no-orphans refuses a file that nobody imports and that imports nobody', () => {
    expect(rulesOf('src/domain/lonely.ts')).toEqual(['no-orphans']);
  });

  it('no-circular refuses two files that need each other, and lets a type point back', () => {
    expect([...rulesOf('src/domain/hen.ts'), ...rulesOf('src/domain/egg.ts')]).toContain('no-circular');
    expect(rulesOf('src/domain/payment/payment.ts')).toEqual([]);
  });

  it('no rule is without a probe', async () => {
    const { default: config } = (await import(join(root, '.dependency-cruiser.cjs'))) as {
      default: { forbidden: { name: string; comment: string }[] };
    };
    const fired = new Set([...found.values()].flatMap((rules) => [...rules]));
    expect(config.forbidden.map(({ name }) => name).sort()).toEqual([...fired].sort());
    for (const { comment } of config.forbidden) expect(comment).toMatch(/\w{3}.*\.\)?$/);
  });

  it('a lawful tree breaks none', () => {
    expect(cruise(plant(join(temporary, 'green'), { ...lawful, 'package.json': manifest }))).toEqual(
      new Map(),
    );
  });

  it('our own tree breaks none', () => {
    expect(cruise(root)).toEqual(new Map());
  });
});
