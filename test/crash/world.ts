// A database, a gateway, and processes of a host between them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Dialect } from '../checkout/dialects.ts';
import type { InstanceSettings, Told } from './instance.ts';
import { type Gateway, gatewayAt } from './shop.ts';
import { falsehoods } from './truth.ts';

export interface Instance {
  /** What it has told so far. */
  readonly told: readonly Told[];
  /** All that it wrote to its standard error. */
  problems(): string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  /** The payers whose payment is open look at their order, which reads the gateway. */
  payersLook(): void;
}

export interface World {
  readonly gateway: Gateway;
  readonly gatewayUrl: string;
  readonly account: Readonly<{ merchantId: string; apiKey: string }>;
  readonly pool: pg.Pool;
  /** Starts a process of the host, and waits until it takes payers. */
  instance(settings?: Partial<InstanceSettings>): Promise<Instance>;
  /** What is not as it must be, after everybody had 90 s to put it right. */
  falsehoodsAtLast(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Short, but longer than a call to the gateway may take on a busy machine. */
const times = { timeoutMs: 800, policy: { quietMs: 2500, agreeMs: 1500 } } as const;

/** For processes whose own calls must not be given up, however busy the machine is: nobody else may sweep meanwhile. */
export const patient = { timeoutMs: 30_000, policy: { quietMs: 2500, agreeMs: 60_000 } } as const;

/** Waits until something holds, for 90 s at most. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 900; tries += 1) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}`);
};

const hostTables = `
  create table host_released (order_id text, key text);
  create table host_delivered (order_id text, key text);
  create table host_written (order_id text, key text);
  create table host_heard (id bigint generated always as identity, order_id text, version integer)`;

const program = fileURLToPath(new URL('instance.ts', import.meta.url));

const start = async (settings: InstanceSettings, all: Set<Instance>): Promise<Instance> => {
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const told: Told[] = [];
  let problems = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text));
  createInterface(child.stdout).on('line', (line) => told.push(JSON.parse(line) as Told));
  await until('an instance to start', () => told.length > 0 || child.exitCode !== null);
  if (told.length === 0) throw new Error(`an instance did not start:\n${problems}`);
  const instance: Instance = {
    told,
    problems: () => problems,
    kill: (signal) => {
      all.delete(instance);
      child.kill(signal);
      return ended;
    },
    payersLook: () => void child.kill('SIGUSR2'),
  };
  all.add(instance);
  return instance;
};

/** An empty database at `databaseUrl`, an own gateway that is spoken to in this dialect, and no instance yet. */
export const aWorld = async (databaseUrl: string, dialect: Dialect = 'order'): Promise<World> => {
  const { url: gatewayUrl, close, ...account } = await startSimulator();
  const gateway = gatewayAt(gatewayUrl);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 5 });
  pool.on('error', () => undefined);
  await pool.query(hostTables);
  const all = new Set<Instance>();
  const killAll = (): void => all.forEach((instance) => void instance.kill('SIGKILL'));
  process.once('exit', killAll);
  return {
    gateway,
    gatewayUrl,
    account,
    pool,
    instance: (settings = {}) => {
      const own = { databaseUrl, gatewayUrl, dialect, ...account, ...times };
      return start({ ...own, sweepEveryMs: 200, payers: [], atOnce: 1, waitMs: 5000, ...settings }, all);
    },
    falsehoodsAtLast: async () => {
      let found = await falsehoods(pool, gateway);
      for (let tries = 1; tries < 180 && found.length > 0; tries += 1) {
        await sleep(500);
        // A payment whose readings failed is read by itself again in minutes, or as soon as somebody looks.
        if (tries % 10 === 0) [...all].at(-1)?.payersLook();
        found = await falsehoods(pool, gateway);
      }
      return found;
    },
    close: async () => {
      killAll();
      process.off('exit', killAll);
      await pool.end();
      await close();
    },
  };
};
