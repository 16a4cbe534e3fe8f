/**
 * Who may import whom. Each ring has an allow-list: what is not named is refused, a package added tomorrow too.
 * test/architecture/boundaries.test.ts plants a violation of every rule.
 */
const npm = (...names) => names.map((name) => `(^|/)node_modules/${name}/`);
const src = (...folders) => folders.map((folder) => `^src/${folder}/`);
const node = { dependencyTypesNot: ['core'] };

/** `from` may import what `allowed` names, and nothing else. */
const allowOnly = (name, from, allowed, comment, to = {}) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: allowed, ...to },
});

// A folder of infrastructure, the packages it may use, and whether it may use Node.
const technologies = {
  host: [[]],
  'in-memory': [[]],
  postgres: [npm('pg', '@types/pg', 'pg-boss', '@electric-sql/pglite', 'zod'), node],
  prahsys: [[...npm('zod', 'standardwebhooks'), '^(node:)?crypto$']],
  smtp: [[]],
  system: [[], node],
};
const rings = [...src('domain', 'application', 'infrastructure', 'interfaces/http', 'interfaces/browser')];
const places = [...rings, ...src('container', 'simulator', 'testing'), '^src/index\\.ts$'];

module.exports = {
  forbidden: [
    allowOnly(
      'domain-is-pure',
      '^src/domain/',
      [...src('domain'), ...npm('xstate', 'neverthrow')],
      'The domain knows only itself. What needs I/O, time, ids or a library belongs behind a port (application/ports); parse foreign data in the adapter.',
    ),
    {
      name: 'xstate-in-one-file',
      severity: 'error',
      comment: 'Ask step() of domain/payment/payment-machine.ts: it is the one place that knows XState.',
      from: { path: '^src/domain/', pathNot: '^src/domain/payment/payment-machine\\.ts$' },
      to: { path: npm('xstate') },
    },
    allowOnly(
      'application-knows-only-the-domain',
      '^src/application/',
      [...src('domain', 'application'), ...npm('neverthrow')],
      'A use case reaches the world through a port: describe what it needs in application/ports and implement that in infrastructure.',
    ),
    ...Object.entries(technologies).map(([folder, [packages, to]]) =>
      allowOnly(
        `infrastructure-${folder}`,
        `^src/infrastructure/${folder}/`,
        [...src('domain', 'application', 'infrastructure'), ...npm('neverthrow'), ...packages],
        'An infrastructure folder is one technology. Another technology gets a folder, and a line in this file, of its own.',
        to,
      ),
    ),
    {
      name: 'infrastructure-folders-are-strangers',
      severity: 'error',
      comment:
        'Adapters do not know each other: let the use case or the container bring them together through ports.',
      from: { path: '^src/infrastructure/([^/]+)/' },
      to: { path: '^src/infrastructure/', pathNot: '^src/infrastructure/$1/' },
    },
    allowOnly(
      'http-knows-use-cases',
      '^src/interfaces/http/',
      [...src('domain', 'application', 'interfaces/http'), ...npm('hono', '@hono/node-server')],
      'A route parses, calls a use case and maps its answer. What is more than that belongs in a use case; wiring belongs in container/.',
    ),
    allowOnly(
      'browser-stands-alone',
      '^src/interfaces/browser/',
      src('interfaces/browser'),
      'What runs in the page imports nothing but itself, so that no server code and no library is shipped to payers: speak to the HTTP interface.',
    ),
    allowOnly(
      'container-composes',
      '^src/container/',
      [...rings, ...src('container'), ...npm('inversify', 'reflect-metadata', 'neverthrow')],
      'The container wires our own rings. A library is used by an adapter in infrastructure; the simulator is a server of its own, reached by URL.',
    ),
    allowOnly(
      'index-is-the-surface',
      '^src/index\\.ts$',
      src('domain', 'application', 'infrastructure', 'container'),
      'index.ts only re-exports what a host needs. An interface or the simulator gets an export of its own in package.json.',
    ),
    allowOnly(
      'simulator-stands-alone',
      '^src/simulator/',
      [...src('simulator'), ...npm('hono', '@hono/node-server', 'zod')],
      'The simulator is an independent second reading of the gateway’s documents: were it to share our code, it would share our mistakes.',
      node,
    ),
    allowOnly(
      'testing-proves-ports',
      '^src/testing/',
      [...src('domain', 'application', 'testing'), ...npm('neverthrow')],
      'A contract suite knows a port, and is given the adapter and the test runner: name neither here.',
      node,
    ),
    {
      name: 'src-has-known-places',
      severity: 'error',
      comment:
        'Every source file lies in a ring of ARCHITECTURE.md. Put the code there, or give the new place an allow-list here.',
      from: { path: '^src/', pathNot: [...places, `^src/infrastructure/`] },
      to: {},
    },
    {
      name: 'infrastructure-has-known-folders',
      severity: 'error',
      comment:
        'A new technology needs a line in `technologies` of this file that says which packages it may use.',
      from: {
        path: '^src/infrastructure/',
        pathNot: src(...Object.keys(technologies).map((f) => `infrastructure/${f}`)),
      },
      to: {},
    },
    allowOnly(
      'examples-are-hosts',
      '^examples/',
      [
        '^examples/',
        '^src/',
        ...npm(
          'express',
          '@types/express',
          'esbuild',
          'pg',
          '@types/pg',
          '@electric-sql/pglite',
          'nodemailer',
          '@types/nodemailer',
        ),
      ],
      'An example is written as its reader would write it: with the package, Node, and the framework, database and bundler it shows.',
      node,
    ),
    {
      name: 'examples-use-the-package',
      severity: 'error',
      comment:
        'Import `paysession` or `paysession/…`, as a host does; what is missing there belongs in the public surface.',
      from: { path: '^examples/' },
      to: { path: '^src/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment:
        'Two files that need each other to run are one: merge them, or move what both need into a third. (A type may point back.)',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment:
        'Nothing imports this file and it imports nothing: delete it, or use it. (A page may load a script that stands alone.)',
      from: { orphan: true, path: '^(src|examples)/', pathNot: '^examples/shop/browser/' },
      to: {},
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'The import leads nowhere: correct the path, or add the package to package.json.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['paysession-source', 'types', 'import', 'node', 'default'],
    },
  },
};
