// The lint rule of our own: a neverthrow Result may not be dropped. ESLint's RuleTester with real types.
import { describe, it, jest } from '@jest/globals';
import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { mustUseResult } from '../../scripts/must-use-result.ts';

jest.setTimeout(60_000); // the first case waits until TypeScript has read its libraries

RuleTester.describe = describe;
RuleTester.it = it;

const tester = new RuleTester({
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: {
      projectService: { allowDefaultProject: ['probe.ts'] },
      tsconfigRootDir: `${import.meta.dirname}/../..`,
    },
  },
});

const preamble = `
  import { err, ok, okAsync, Result, ResultAsync, safeTry } from 'neverthrow';
  declare function save(n: number): Result<number, string>;
  declare function send(n: number): ResultAsync<number, string>;
  declare function load(): Promise<Result<number, string>>;
  declare const maybe: { save(n: number): Result<number, string> } | undefined;
  declare let kept: Result<number, string>;
  declare class Ok { mine: true }
  declare function foreign(): Ok;
`;
const probe = (code: string) => ({
  code: `${preamble}\nasync function probe() {\n${code}\n}`,
  filename: 'probe.ts',
  name: code,
});
const bad = (code: string) => ({ ...probe(code), errors: [{ messageId: 'dropped' }] });

tester.run('must-use-result', mustUseResult, {
  valid: [
    'const saved = save(1); return saved;',
    'return send(1);',
    'kept = save(1);',
    'if (save(1).isErr()) return;',
    'save(1).match(() => {}, () => {});',
    'await send(1).match(() => {}, () => {});',
    'const all = [save(1)]; all.push(save(2));',
    'return safeTry(function* () { yield* save(1); return ok(yield* send(2)); });',
    'foreign();',
  ].map(probe),
  invalid: [
    'save(1);',
    'send(1);',
    'await send(1);',
    'await load();',
    'void send(1);',
    'maybe?.save(1);',
    'kept.isOk() ? save(1) : send(1);',
    'kept.isOk() && save(1);',
    'save(1).map((n) => n + 1);',
    "send(1).mapErr(() => 'again');",
    'ok(1);',
    "err('lost');",
    'okAsync(1);',
    'safeTry(function* () { yield* save(1); return ok(1); });',
  ].map(bad),
});
