import { builtinModules } from 'node:module';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { mustUseResult } from './scripts/must-use-result.ts';

const code = ['**/*.ts', '**/*.js', '**/*.cjs', '**/*.mjs'];
const production = ['src/**/*.ts', 'examples/**/*.ts', 'scripts/**/*.ts'];
const pure = ['src/domain/**/*.ts', 'src/application/**/*.ts'];
const rings = ['domain', 'application', 'infrastructure', 'interfaces', 'container'];

const fromPorts = 'Time, randomness and I/O come in through a port (application/ports) or as an argument.';
const impureGlobals = [
  ...['Date', 'performance', 'crypto', 'process', 'Buffer', 'fetch', 'WebSocket', 'console', 'globalThis'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
];
const unfinishedTests = ['describe', 'it', 'test'].flatMap((object) =>
  ['only', 'skip', 'todo'].map((property) => ({
    object,
    property,
    message: 'Every test runs. A contract suite states the reason of an inapplicable case as data.',
  })),
);

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/', '.cache/', 'test-results/'] },
  {
    files: code,
    // A rule that is wrong in one place is changed here, with its reason, not switched off there.
    linterOptions: { noInlineConfig: true },
    plugins: {
      '@typescript-eslint': tseslint.plugin,
      paysession: { rules: { 'must-use-result': mustUseResult } },
    },
    languageOptions: { parser: tseslint.parser },
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-script-url': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-fallthrough': 'error',
      'no-unreachable': 'error',
      'no-empty': 'error',
      'no-debugger': 'error',
      'no-self-compare': 'error',
      'no-unsafe-finally': 'error',
      'no-async-promise-executor': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'start' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'Decorator', message: 'No decorators: container/ binds plain classes by typed tokens.' },
      ],
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-expressions': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'paysession/must-use-result': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: production,
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-len': [
        'error',
        { code: 140, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true },
      ],
    },
  },
  { files: rings.map((ring) => `src/${ring}/**/*.ts`), rules: { 'no-console': 'error' } },
  {
    files: pure,
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: fromPorts }))],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: fromPorts }],
      'no-restricted-imports': [
        'error',
        {
          paths: builtinModules.map((name) => ({ name, message: fromPorts })),
          patterns: [{ group: ['node:*'], message: fromPorts }],
        },
      ],
    },
  },
  // A contract suite is one long list of cases, as a test is.
  { files: ['src/testing/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A test brings a payment into its state by use cases, and looks at the state, not at their answers.
      'paysession/must-use-result': 'off',
      // Node's createServer is typed without promises; Hono's listener, which tests mount, returns one and never rejects.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      'no-restricted-properties': ['error', ...unfinishedTests],
      'no-restricted-globals': ['error', 'fit', 'fdescribe', 'xit', 'xtest', 'xdescribe'],
    },
  },
);
