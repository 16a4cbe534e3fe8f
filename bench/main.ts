// Measures the module against the least that a payment costs. Run: npm run bench -- --help
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startCluster } from '../test/postgres/cluster.ts';
import { floorTables } from './floor.ts';
import { type Contestant, contestants, type Measured, type Task } from './plan.ts';
import { report, type Round } from './report.ts';
import { measureStored, storePayments, type StoredCosts } from './stored.ts';

const flag = { type: 'boolean', default: false } as const;
const { values: options } = parseArgs({ options: { help: flag, quick: flag, 'skip-million': flag } });
if (options.help) {
  console.log(`npm run bench                    measures everything, in about eight minutes, and writes it into docs/benchmarks.md
npm run bench -- --quick         a few payments, to see whether it works: the figures mean little and are only printed
npm run bench -- --skip-million  without the million stored payments, which take 4 GB of memory

NODE_OPTIONS='--cpu-prof --cpu-prof-dir=DIR' writes a CPU profile of each process into DIR.`);
  process.exit();
}
const { quick } = options;
// Many short turns: what else the machine does is then in the figures of all.
const rounds = quick ? 2 : 60;
const storedRounds = quick ? 2 : 25;
const storedWarmUps = quick ? 1 : 5;
const [few, many, warmUp] = quick ? [40, 100, 100] : [100, 250, 1500];
const tasks = [1, 8, 32].map((concurrency) => ({ concurrency, payments: concurrency === 1 ? few : many }));
const sizes = [1_000, quick ? 20_000 : 100_000, ...(quick || options['skip-million'] ? [] : [1_000_000])];

const tell = (progress: string): void =>
  console.error(`${String(Math.round(performance.now() / 1000)).padStart(4)} s  ${progress}`);

const children: ChildProcess[] = [];
const answerOf = async <Answer>(child: ChildProcess): Promise<Answer> => {
  const listening = new AbortController();
  const { signal } = listening;
  const died = once(child, 'exit', { signal }).then(() => {
    throw new Error(`${child.spawnargs[1]} died`);
  });
  try {
    const [answer] = (await Promise.race([once(child, 'message', { signal }), died])) as [Answer];
    return answer;
  } finally {
    listening.abort();
  }
};
const start = (file: string, ...args: string[]): ChildProcess => {
  const child = fork(new URL(file, import.meta.url), args);
  children.push(child);
  return child;
};
const ask = <Answer>(child: ChildProcess, question: object): Promise<Answer> => {
  child.send(question);
  return answerOf(child);
};
const endAll = async (): Promise<void> => {
  for (const child of children.splice(0)) {
    if (child.connected) child.disconnect();
    if (child.exitCode === null) await once(child, 'exit');
  }
};

// What the server does of its own accord would be in the figures of whoever is measured just then. A million payments are kept by a
// server that is given memory for what it reads often; by default it takes 128 MB.
const cluster = await startCluster(['autovacuum=off', 'shared_buffers=2GB']);
const pool = new pg.Pool({ connectionString: cluster.url() });
const gateway = start('gateway.ts');
const { port } = await answerOf<AddressInfo>(gateway);
const payers = new Map<Contestant, ChildProcess>();

const pay = (name: Contestant, task: Task): Promise<Measured> => {
  const child = payers.get(name);
  if (child === undefined) throw new Error(`${name} was not started`);
  return ask(child, task);
};
const startPayer = async (name: Contestant): Promise<void> => {
  const child = start('contestant.ts', name, cluster.url(), `http://127.0.0.1:${port}`);
  await answerOf(child);
  payers.set(name, child);
  await pay(name, { payments: warmUp, concurrency: 8 });
};

/** Each transaction that writes takes the next of these ids. */
const nextWrite = async (): Promise<number> => {
  const asked = await pool.query<{ id: string }>('select pg_snapshot_xmax(pg_current_snapshot()) as id');
  return Number(asked.rows[0]?.id);
};

/** Fails unless everybody makes the same calls and commits. */
const checkWork = async (name: Contestant): Promise<void> => {
  const before = [await ask<number>(gateway, {}), await nextWrite()] as const;
  await pay(name, { payments: 10, concurrency: 1 });
  const [calls, commits] = [(await ask<number>(gateway, {})) - before[0], (await nextWrite()) - before[1]];
  if (calls !== 20 || commits !== 40)
    throw new Error(`10 payments of ${name} took ${calls} calls and ${commits} commits, not 20 and 40`);
};

const runRound = async (number: number): Promise<Round> => {
  const inTurn = [...contestants.slice(number % 4), ...contestants.slice(0, number % 4)];
  const round: Round = {};
  for (const task of tasks)
    for (const name of inTurn) {
      if (name === 'jobs' && task.concurrency !== 8) continue; // told at 8 only
      round[`${name} ${task.concurrency}`] = await pay(name, task);
    }
  await pool.query('vacuum');
  return round;
};

const measureSizes = async (): Promise<ReadonlyMap<number, readonly StoredCosts[]>> => {
  const all = [];
  for (const size of sizes) {
    tell(`storing ${size} payments`);
    all.push(await storePayments(pool, size));
  }
  const costs = new Map<number, StoredCosts[]>(sizes.map((size) => [size, []]));
  for (let round = 1 - storedWarmUps; round <= storedRounds; round += 1) {
    if (round % 5 === 0) tell(`beside stored payments: round ${round} of ${storedRounds}`);
    for (const [size, measured] of await measureStored(all, quick ? 20 : 100)) {
      if (round > 0) costs.get(size)?.push(measured); // those before fill the caches
    }
    await pool.query('vacuum');
  }
  return costs;
};

try {
  await pool.query(floorTables);
  tell('warming up');
  for (const name of contestants) {
    await startPayer(name);
    if (name !== 'jobs') await checkWork(name);
  }
  const results: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    tell(`payments: round ${round} of ${rounds}`);
    results.push(await runRound(round));
  }
  await endAll();
  const stored = await measureSizes();
  const version = await pool.query<{ server_version: string }>('show server_version');
  const postgres = version.rows[0]?.server_version ?? '';
  const parts = report({ postgres, rounds: results, stored, minutes: performance.now() / 60_000 });
  console.log(Object.values(parts).join('\n\n'));
  const file = new URL('../docs/benchmarks.md', import.meta.url);
  const written = readFileSync(file, 'utf8').replace(
    /(<!-- (\w+) -->\n\n).*?(\n\n<!-- end -->)/gs,
    (_, before: string, name: string, after: string) => `${before}${parts[name]}${after}`,
  );
  if (!quick) writeFileSync(file, written);
} finally {
  await endAll();
  await pool.end();
  await cluster.stop();
}
