import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import {
  type Database,
  migrate,
  pgDatabase,
  pgliteDatabase,
  PostgresNotReady,
  type PostgresPayments,
  postgresPayments,
} from 'paysession/postgres';
import pg from 'pg';
import { unavailable } from './problem.ts';
import { type DatabaseSettings, SettingsError } from './settings.ts';

/** What runs a statement: the database, or a transaction in it. */
export type Sql = Readonly<{
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}>;

/** The shop's database. The orders and the payments lie in it side by side, each in a schema of their own. */
export type ShopDatabase = Readonly<{
  sql: Sql;
  payments: PostgresPayments;
  close(): Promise<void>;
}>;

type Opened = Readonly<{
  /** For messages: the variable that said where it is, and where that is. */
  name: string;
  handle: Sql;
  database: Database;
  close(): Promise<void>;
}>;

/**
 * Opens the database and brings its tables to this version; `say` is told what takes a while. Throws a `SettingsError` when the
 * database stays away, or does not fit.
 */
export const openDatabase = async (
  settings: DatabaseSettings,
  say: (line: string) => void,
): Promise<ShopDatabase> => {
  if (settings.kind === 'embedded') say('Starting the embedded database, which takes some seconds.');
  const { name, handle, database, close } =
    settings.kind === 'server' ? onServer(settings.url) : await embedded(settings.folder);
  try {
    await migrateOrders(database, (reason) => say(`${name} cannot be used yet: ${reason}. Trying again.`));
    const payments = await postgresPayments(database);
    return { sql: answering(handle), payments, close: () => payments.stop().finally(close) };
  } catch (error) {
    await close();
    throw error instanceof PostgresNotReady ? notReady(name, error) : error;
  }
};

const onServer = (url: string): Opened => {
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    // What the shop asks is answered in milliseconds: a statement that takes longer is stuck.
    statement_timeout: 10_000,
    // The server keeps that time. One that fell silent cannot, so the shop keeps a longer one by itself.
    query_timeout: 15_000,
  });
  // Not the whole URL, which may hold a password.
  const name = `DATABASE_URL: the database at ${new URL(url).host}`;
  return { name, handle: pool, database: pgDatabase(pool), close: () => pool.end() };
};

const embedded = async (folder: string | undefined): Promise<Opened> => {
  const name = folder === undefined ? 'The database in memory' : `DATA_DIR: the database in ${folder}`;
  const lite = await PGlite.create(folder).catch((cause: unknown) => {
    throw new SettingsError(`${name} cannot be opened.`, { cause });
  });
  return { name, handle: lite, database: pgliteDatabase(lite), close: () => lite.close() };
};

const migrations = fileURLToPath(new URL('migrations/', import.meta.url));

/** By the SQLSTATE at the end of a reason: a wrong user or password, and a database that nobody has made, do not come right by waiting. */
const lasting = /\((28|3D)[0-9A-Z]{3}\)$/;

/** The waits between two tries of reaching a database, in milliseconds. */
const waits = [500, 1_000, 2_000, 4_000];

/** Of several instances that start at once, one runs the migrations and the others wait for it. */
const migrateOrders = async (database: Database, sayWhyNotYet: (reason: string) => void): Promise<void> => {
  for (const wait of [...waits, null]) {
    const migrated = await migrate(database, { schema: 'shop', folder: migrations });
    if (migrated.isOk()) return;
    const isLasting = migrated.error.type === 'MigrationProblem' || lasting.test(migrated.error.reason);
    if (wait === null || isLasting) throw new PostgresNotReady(migrated.error);
    sayWhyNotYet(migrated.error.reason);
    await pause(wait);
  }
};

const notReady = (name: string, { problem }: PostgresNotReady): SettingsError =>
  new SettingsError(
    problem.type === 'MigrationProblem'
      ? `${name} does not fit this version of the shop. Migration ${problem.migration} (${problem.problem}): ${problem.reason}.`
      : `${name} cannot be used: ${problem.reason}.`,
  );

/** What cannot be asked because the database is away is answered as such. Any other failure is a defect of ours. */
const answering = (handle: Sql): Sql => ({
  async query<Row>(text: string, values?: unknown[]) {
    try {
      return await handle.query<Row>(text, values);
    } catch (error) {
      const { code = '', message } = error as { code?: string; message?: string };
      if (ofOurs.test(code)) throw error;
      console.error(`The database failed: ${message}`);
      throw unavailable();
    }
  },
});

/** The classes of SQLSTATE that no database in good health answers to correct statements. */
const ofOurs = /^(22|23|42)[0-9A-Z]{3}$/;
