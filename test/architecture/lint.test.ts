// A lint rule that stopped matching passes as well as one that is obeyed: each of ours is seen red here once.
import { describe, expect, it, jest } from '@jest/globals';
import { ESLint } from 'eslint';

// The type service behind typescript-eslint leaves timers of seconds behind, which would hold Jest back.
jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });

jest.setTimeout(60_000); // the first case waits until TypeScript has read its libraries

const root = `${import.meta.dirname}/../..`;
const paths = [
  'src/domain/probe.ts',
  'src/application/probe.ts',
  'src/simulator/probe.ts',
  'test/probe.test.ts',
];
const eslint = new ESLint({
  cwd: root,
  overrideConfig: {
    files: paths,
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: paths } } },
  },
});

const lint = async (path: string, code: string): Promise<(string | null)[]> => {
  const results = await eslint.lintText(`${code}\n`, { filePath: `${root}/${path}` });
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message));
};

const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => `export const line${n} = ${n};`).join('\n');
const longFunction = `export const long = () => {\n${Array.from({ length: 70 }, () => 'String(1);').join('\n')}\n};`;

describe('the lint rules of the pure rings', () => {
  it.each([
    ['no-restricted-globals', 'export const at = new Date(0);'],
    ['no-restricted-globals', 'export const at = Date.now();'],
    ['no-restricted-globals', 'export const id = crypto.randomUUID();'],
    ['no-restricted-globals', 'export const key = process.env;'],
    ['no-restricted-globals', "export const answer = fetch('https://127.0.0.1');"],
    ['no-restricted-globals', 'setTimeout(() => {}, 1);'],
    ['no-restricted-globals', 'export const clock = globalThis.Date;'],
    ['no-restricted-properties', 'export const dice = Math.random();'],
    ['no-restricted-imports', "export { readFile } from 'node:fs/promises';"],
    ['no-restricted-imports', "export { readFile } from 'fs/promises';"],
  ])('have %s refuse %s', async (rule, code) => {
    expect(await lint('src/domain/probe.ts', code)).toEqual([rule]);
    expect(await lint('src/application/probe.ts', code)).toEqual([rule]);
    expect(await lint('src/simulator/probe.ts', code)).toEqual([]);
  });

  it('let a pure function pass', async () => {
    const code = 'export const later = (at: Date, ms: number) => at.getTime() + Math.max(0, ms);';
    expect(await lint('src/domain/probe.ts', code)).toEqual([]);
  });
});

describe('the lint rules of all code', () => {
  it.each([
    ['@typescript-eslint/no-floating-promises', 'Promise.resolve(1);'],
    ['@typescript-eslint/no-explicit-any', 'export const loose = (x: any) => String(x);'],
    ['@typescript-eslint/no-non-null-assertion', 'export const sure = (x?: string) => x!.length;'],
    [
      '@typescript-eslint/consistent-type-imports',
      "import { Type } from 'typescript';\nexport const t = (x: Type) => x;",
    ],
    [
      '@typescript-eslint/switch-exhaustiveness-check',
      "export const f = (x: 'a' | 'b') => {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n};",
    ],
    ['@typescript-eslint/no-unused-vars', 'const unused = 1;\nexport {};'],
    ['@typescript-eslint/only-throw-error', "export const f = () => {\n  throw 'text';\n};"],
    ['paysession/must-use-result', "import { ok } from 'neverthrow';\nok(1);"],
    ['no-eval', "export const x: unknown = eval('1');"],
    ['no-new-func', "export const f = new Function('return 1');"],
    ['no-restricted-syntax', 'const d = <T>(x: T) => x;\n@d\nexport class C {}'],
    ['no-warning-comments', '// TODO finish this\nexport {};'],
    ['no-empty', 'export const f = () => {\n  try {\n    f();\n  } catch {}\n};'],
    ['max-len', `// ${'long '.repeat(28)}\nexport {};`],
    ['max-lines', lines(301)],
    ['max-lines-per-function', longFunction],
  ])('have %s fire', async (rule, code) => {
    expect(await lint('src/simulator/probe.ts', code)).toEqual([rule]);
  });

  it('cannot be switched off from within a file', async () => {
    const found = await lint('src/simulator/probe.ts', '// eslint-disable-next-line no-eval\neval("1");');
    expect(found).toContain('no-eval');
    expect(found).toContainEqual(expect.stringContaining('noInlineConfig'));
  });

  it('keep the console out of the rings', async () => {
    expect(await lint('src/application/probe.ts', 'console.log(1);')).toContain('no-console');
  });

  it.each(['it.only', 'describe.skip', 'it.skip', 'describe.only'])('refuse a test with %s', async (call) => {
    const found = await lint(
      'test/probe.test.ts',
      `import { describe, it } from '@jest/globals';\n${call}('x', () => {});\nit('y', () => {});\ndescribe('z', () => {});`,
    );
    expect(found).toEqual(['no-restricted-properties']);
  });

  it.each(['it.todo("x");', 'test.todo("x");'])('refuse %s', async (code) => {
    expect(
      await lint(
        'test/probe.test.ts',
        `import { it, test } from '@jest/globals';\n${code}\nvoid it;\nvoid test;`,
      ),
    ).toEqual(['no-restricted-properties']);
  });
});
