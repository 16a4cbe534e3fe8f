// Everything that must hold before a change is accepted, cheap checks first. Run: npm test (-- --help)
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

interface Step {
  readonly name: string;
  readonly what: string;
  readonly args?: readonly string[];
  /** Show the output while it runs; otherwise it is shown only when the step fails. */
  readonly live?: boolean;
  /** It looks at dist/, which a failed build leaves behind half made. */
  readonly needsBuild?: boolean;
}

const RESULTS = '.cache/jest-results.json';
const workers = Math.min(4, availableParallelism());

/** Each step is the npm script of its name. A stage starts when the one before it is done. */
const stages: readonly (readonly Step[])[] = [
  [
    { name: 'format:check', what: 'prettier would change nothing' },
    { name: 'boundaries', what: 'no import crosses a boundary' },
    { name: 'dead-code', what: 'no file, export or dependency is unused' },
    { name: 'lint', what: 'eslint, with types, without a warning' },
    { name: 'typecheck', what: 'tsc finds no error' },
    { name: 'docs:check', what: 'the generated documents are fresh' },
    { name: 'build', what: 'dist/ can be built' },
  ],
  [
    { name: 'size', what: 'the browser client is within its limit', needsBuild: true },
    { name: 'package', what: 'publint and attw accept the package', needsBuild: true },
  ],
  [
    {
      name: 'jest',
      what: 'all tests pass',
      args: ['--json', `--outputFile=${RESULTS}`, `--maxWorkers=${workers}`],
      live: true,
    },
  ],
];
const steps = stages.flat();

const { values } = parseArgs({
  options: { help: { type: 'boolean', short: 'h' }, only: { type: 'string', multiple: true } },
});
const chosen = new Set(values.only ?? steps.map(({ name }) => name));
const unknown = [...chosen].filter((name) => !steps.some((step) => step.name === name));
if (values.help || unknown.length > 0) {
  const list = steps.map(({ name, what }) => `  ${name.padEnd(14)}${what}`).join('\n');
  if (unknown.length > 0) console.error(`no such step: ${unknown.join(', ')}\n`);
  console.log(
    `npm test                     all steps, as CI runs them\nnpm test -- --only <step>    one step (repeatable)\n\n${list}`,
  );
  process.exit(unknown.length > 0 ? 2 : 0);
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const run = (step: Step): Promise<boolean> =>
  new Promise((resolve) => {
    const since = performance.now();
    const args = ['run', '--silent', step.name, ...(step.args ? ['--', ...step.args] : [])];
    const child = spawn('npm', args, {
      stdio: ['ignore', step.live ? 'ignore' : 'pipe', step.live ? 'inherit' : 'pipe'],
    });
    const output: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(String(error))));
    child.on('close', (code) => {
      console.log(`${code === 0 ? 'pass' : 'FAIL'}  ${step.name.padEnd(14)}${seconds(since)}`);
      if (code !== 0) process.stdout.write(`${Buffer.concat(output).toString()}\n`);
      resolve(code === 0);
    });
  });

/** Two steps at a time: the cores of the smallest machine this must be quick on. */
const runStage = async (stage: readonly Step[]): Promise<string[]> => {
  const waiting = stage.filter(({ name }) => chosen.has(name));
  const failed: string[] = [];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step; step = waiting.shift())
      if (!(await run(step))) failed.push(step.name);
  };
  await Promise.all([lane(), lane()]);
  return failed;
};

interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const readResults = (): JestResults | undefined => {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as JestResults;
  } catch {
    return undefined; // Jest did not get as far as writing them; its step has failed
  }
};

const since = performance.now();
mkdirSync('.cache', { recursive: true });
rmSync(RESULTS, { force: true });

const failed: string[] = [];
for (const stage of stages) {
  const possible = stage.filter(({ needsBuild }) => !(needsBuild && failed.includes('build')));
  failed.push(...(await runStage(possible)));
}

const results = readResults();
const skipped = results ? results.numPendingTests + results.numTodoTests : 0;
if (skipped > 0) failed.push(`${skipped} skipped tests`);
if (results?.numPassedTests === 0) failed.push('no test ran');
console.log(
  failed.length === 0
    ? `All steps passed in ${seconds(since)}.`
    : `Failed: ${failed.join(', ')}. (${seconds(since)})`,
);
if (chosen.has('jest')) {
  // A suite that could not even be loaded has no failed test in Jest's count, so it is counted here.
  const broken = results ? results.numFailedTests + results.numRuntimeErrorTestSuites : 1;
  console.log(`${results?.numPassedTests ?? 0} passed, ${broken} failed`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
