// Databases for tests, on DATABASE_URL or on a server that the first test file starts and all of one run share.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export interface TestDatabase {
  /** Its connection string. */
  readonly url: string;
  /** A pool of ten connections; ask for more with `connect`. */
  readonly pool: pg.Pool;
  /** Another pool, ended by `close`. */
  connect(config?: pg.PoolConfig): pg.Pool;
  /** Ends every pool and drops the database. */
  close(): Promise<void>;
}

const keeper = fileURLToPath(new URL('keeper.ts', import.meta.url));

/** The process that outlives every test file of this run: a Jest worker speaks to its parent, a run in one process is itself. */
const run = process.send === undefined ? process.pid : process.ppid;

/** Whoever opens the lock first starts the server; everybody waits for the connection string. */
const serverUrl = async (): Promise<string> => {
  if (process.env['DATABASE_URL']) return process.env['DATABASE_URL'];
  const file = join(tmpdir(), `paysession-postgres-of-${run}`);
  try {
    closeSync(openSync(`${file}.lock`, 'wx'));
    spawn(process.execPath, [keeper, String(run), file], { stdio: 'ignore', detached: true }).unref();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  for (let tries = 0; tries < 600 && !existsSync(file); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const said = existsSync(file) ? readFileSync(file, 'utf8') : 'failed: nothing was said within 30 s';
  if (said.startsWith('failed')) throw new Error(said);
  return said;
};

const execute = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

/** An empty database of its own. Fails, and says how to help, when there is no server. */
export const testDatabase = async (): Promise<TestDatabase> => {
  const server = await serverUrl();
  const name = `paysession_test_${randomBytes(6).toString('hex')}`;
  await execute(server, `create database ${name}`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const pools: pg.Pool[] = [];
  const connect = (config: pg.PoolConfig = {}): pg.Pool => {
    const pool = new pg.Pool({ connectionString: url, max: 10, ...config });
    pools.push(pool);
    return pool;
  };
  const pool = connect().on('error', () => undefined); // tests end connections; other pools must bear that by themselves
  return {
    url,
    pool,
    connect,
    async close() {
      await Promise.all(pools.map((pool) => (pool.ended ? Promise.resolve() : pool.end())));
      await execute(server, `drop database if exists ${name} with (force)`);
    },
  };
};
