// Many seeds of the simulation. Run: npm run simulate -- --help
import { parseArgs } from 'node:util';
import type { SimulateOptions } from './simulation.ts';
import { type Batch, neverFired, seedsForEveryFault, simulateBatch } from './batch.ts';

const help = `Runs the use cases on a simulated storage, gateway, host and clock, with faults and crashes that a seed determines.

  npm run simulate -- [--seeds 2000] [--seed 1] [--steps 20] [--dialect order|payment]

  --seeds N   how many seeds (2000)
  --seed N    the first of them (1); "--seeds 1 --seed N" replays one, with its whole trace when it fails
  --steps N   how much people do in each (20)
  --dialect D which generation of the gateway's API; without it even seeds speak payment, odd ones order

Fails when a rule breaks, and when one of the faults never happened in ${seedsForEveryFault} seeds or more.`;

const wholeNumber = (name: string, text: string): number => {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} is a whole number from 1, not "${text}"`);
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      steps: { type: 'string', default: '20' },
      dialect: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { seeds, seed, steps, dialect, help: isHelp } = values;
  if (dialect !== undefined && dialect !== 'order' && dialect !== 'payment') {
    throw new Error(`--dialect is order or payment, not "${dialect}"`);
  }
  return {
    isHelp,
    seeds: wholeNumber('seeds', seeds),
    seed: wholeNumber('seed', seed),
    steps: wholeNumber('steps', steps),
    only: (dialect === undefined ? {} : { dialect }) satisfies SimulateOptions,
  };
};

const report = (
  { broken, seeds, pays, charges, followUps, fired }: Batch,
  seconds: number,
  steps: number,
): void => {
  for (const [fault, times] of fired) console.log(`${String(times).padStart(8)}  ${fault}`);
  const speed = Math.round(seeds / seconds);
  console.log(
    `${seeds} seeds, ${pays} pays, ${charges} charges, ${followUps} follow-ups, ${seconds.toFixed(1)} s, ${speed} seeds/s`,
  );
  if (broken === null) return;
  const { seed, world, dialect } = broken;
  console.log(`\nThe last of what happened under seed ${seed}:`);
  console.log(world.trace.slice(seeds === 1 ? 0 : -60).join('\n'));
  console.log(`\nSeed ${seed} broke a rule. ${world.broken?.message}`);
  console.log(`Again: npm run simulate -- --seeds 1 --seed ${seed} --steps ${steps} --dialect ${dialect}`);
};

const main = async (): Promise<number> => {
  const { isHelp, seeds, seed, steps, only } = readOptions();
  if (isHelp) {
    console.log(help);
    return 0;
  }
  const since = performance.now();
  const progress = (done: number) => {
    if (done % 250 === 0) console.log(`${done} of ${seeds} seeds`);
  };
  const batch = await simulateBatch(seed, seeds, { steps, progress, ...only });
  report(batch, (performance.now() - since) / 1000, steps);
  if (batch.broken !== null) return 1;
  const missing = seeds < seedsForEveryFault ? [] : neverFired(batch, only.dialect);
  if (missing.length > 0) console.log(`\nNever happened: ${missing.join(', ')}`);
  return missing.length > 0 ? 1 : 0;
};

try {
  process.exitCode = await main();
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 2;
}
