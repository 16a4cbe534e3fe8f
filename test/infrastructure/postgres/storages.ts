// The two kinds of PostgreSQL that the adapter runs on. Each storage has a schema of its own.
import { PGlite } from '@electric-sql/pglite';
import type { Change } from '../../../src/domain/payment/payment.ts';
import type { Database } from '../../../src/infrastructure/postgres/database.ts';
import { migrate } from '../../../src/infrastructure/postgres/migrate.ts';
import { pgDatabase } from '../../../src/infrastructure/postgres/pg-database.ts';
import { pgliteDatabase } from '../../../src/infrastructure/postgres/pglite-database.ts';
import type { PaymentBuilder } from '../../builders/a-payment.ts';
import { testDatabase } from '../../postgres/database.ts';

export interface Server {
  readonly database: Database;
  close(): Promise<void>;
}

type Kind = Readonly<{ name: string; open: () => Promise<Server> }>;

/** A database of its own on the server that all suites share. */
export const postgresql: Kind = {
  name: 'PostgreSQL',
  open: async () => {
    const { pool, close } = await testDatabase();
    return { database: pgDatabase(pool), close };
  },
};

const pglite: Kind = {
  name: 'PGlite',
  open: async () => {
    const lite = await PGlite.create();
    return { database: pgliteDatabase(lite), close: () => lite.close() };
  },
};

/** What has to hold on both runs on both; PGlite takes seconds to start. */
export const servers: readonly Kind[] = [postgresql, pglite];

let schemas = 0;

/** A schema that nobody used before, with its tables. */
export const freshSchema = async (database: Database): Promise<string> => {
  const schema = `case_${(schemas += 1)}`;
  (await migrate(database, { schema }))._unsafeUnwrap();
  return schema;
};

/** The last thing that happened to a builder's payment, as it is saved. */
export const lastChange = ({ payment, events }: PaymentBuilder): Change => {
  const event = events.at(-1);
  if (event === undefined) throw new Error('nothing has happened to this payment yet');
  return { payment, event };
};

/** Waits until something holds, for ten seconds at most unless more are given. */
export const until = async (what: string, holds: () => Promise<boolean>, seconds = 10): Promise<void> => {
  for (let tries = 0; tries < seconds * 100; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain for ${what}`);
};
