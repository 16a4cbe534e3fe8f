import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Result } from 'neverthrow';

/** A transaction, as its owner may write in it: pg's client and PGlite's transaction both are one. */
export type SqlTransaction = {
  query<Row = unknown>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
};

export type SqlValue = string | number | null;

export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement and gives its rows. */
export type Query = (text: string, values?: readonly SqlValue[]) => Promise<readonly Row[]>;

/** Runs one statement that gives no rows, and says how many it changed. */
export type Write = (text: string, values: readonly SqlValue[]) => Promise<number>;

export type Execute = (text: string, values?: readonly unknown[]) => Promise<{ rows: Row[] }>;

/** The rows of what may have been several statements. */
export const allRows = (results: { rows?: Row[] } | readonly { rows?: Row[] }[]): { rows: Row[] } => ({
  rows: [results].flat().flatMap(({ rows = [] }) => rows),
});

/**
 * A PostgreSQL database, on a server or embedded, that the host opened and closes. Everything rejects with what the driver throws;
 * `reasonOf` of storage-error.ts puts that into words.
 */
export interface Database {
  /** Inside a transaction that the host opened, and will end. */
  readonly joined: boolean;
  /** One statement by itself. */
  readonly query: Query;
  readonly write: Write;
  /** Whatever SQL a library has to run: one statement with values, or several without. */
  readonly execute: Execute;
  /**
   * Runs one transaction: committed when `run` answers ok, rolled back when it answers an error or rejects. It resolves with an ok
   * only after the server said that it committed. `script` runs several statements at once.
   */
  transaction<T, E>(run: (scope: Scope) => Promise<Result<T, E>>): Promise<Result<T, E>>;
  /** The same database inside a transaction of the host: what is a transaction here becomes a savepoint there. */
  within(tx: SqlTransaction): Database;
}

export type Scope = Readonly<{
  tx: SqlTransaction;
  query: Query;
  write: Write;
  script: (text: string) => Promise<unknown>;
}>;

/** COMMIT was answered by a rollback: a statement inside the transaction had failed, and somebody swallowed that. PGlite's code. */
export class RolledBack extends Error {
  readonly code = '25P02';
}

/** A failure that we put into words ourselves: they may be shown. */
export class Explained extends Error {}

const nestedUse = 'asked from inside its own transaction: use the transaction that you were given';

/** Refuses, instead of waiting for ever, what is asked of the database from inside one of its transactions. */
export const refuseNestedUse = (): Readonly<{
  outside: <T>(ask: () => Promise<T>) => Promise<T>;
  inside: <T>(run: () => Promise<T>) => Promise<T>;
}> => {
  const around = new AsyncLocalStorage<{ open: boolean }>();
  return {
    outside: (ask) => (around.getStore()?.open ? Promise.reject(new Explained(nestedUse)) : ask()),
    inside: async (run) => {
      const transaction = { open: true };
      try {
        return await around.run(transaction, run);
      } finally {
        // What the host left running when it answered may use the database again.
        transaction.open = false;
      }
    },
  };
};

/** A database inside a transaction of the host. A failure undoes what was done here, and nothing else of that transaction. */
export const joinedDatabase = (tx: SqlTransaction): Database => {
  const query: Query = async (text, values = []) => (await tx.query<Row>(text, [...values])).rows;
  // A host's transaction need not say how many rows a statement changed: there, it gives a row for each.
  const write: Write = async (text, values) => (await query(`${text} returning 1`, values)).length;
  return {
    joined: true,
    query,
    write,
    execute: (text, values = []) => tx.query<Row>(text, [...values]),
    within: joinedDatabase,
    async transaction(run) {
      // By a name of its own: of two at once, neither may undo what the other said was done.
      const savepoint = `paysession_${randomUUID().replaceAll('-', '')}`;
      await tx.query(`savepoint ${savepoint}`);
      try {
        const result = await run({ tx, query, write, script: (text) => tx.query(text) });
        await tx.query(`${result.isOk() ? 'release' : 'rollback to'} savepoint ${savepoint}`);
        return result;
      } catch (error) {
        await tx.query(`rollback to savepoint ${savepoint}`).catch(() => undefined);
        throw error;
      }
    },
  };
};
