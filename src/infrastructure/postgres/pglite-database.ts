import {
  allRows,
  type Database,
  joinedDatabase,
  type Query,
  refuseNestedUse,
  type Row,
  type SqlTransaction,
} from './database.ts';

/** What is needed of a transaction of PGlite. */
export type PgliteTransaction = SqlTransaction & {
  exec(text: string): Promise<{ rows: Row[] }[]>;
  rollback(): Promise<void>;
};

/** What is needed of a `PGlite`. */
export type PgliteHandle = {
  query<T>(text: string, values?: unknown[]): Promise<{ rows: T[] }>;
  exec(text: string): Promise<{ rows: Row[] }[]>;
  transaction<T>(run: (tx: PgliteTransaction) => Promise<T>): Promise<T>;
};

const queryOn =
  (handle: SqlTransaction): Query =>
  async (text, values = []) =>
    (await handle.query<Row>(text, [...values])).rows;

/** PostgreSQL embedded in the process. One statement or transaction runs at a time; the others wait for it. */
export const pgliteDatabase = (lite: PgliteHandle): Database => {
  const nested = refuseNestedUse();
  const query = queryOn(lite);
  return {
    joined: false,
    within: joinedDatabase,
    execute: (text, values) =>
      nested.outside(async () => {
        try {
          return allRows(await (values?.length ? lite.query<Row>(text, [...values]) : lite.exec(text)));
        } catch (error) {
          // The one session that there is must not be left in a transaction that a script began and did not end.
          await lite.exec('rollback').catch(() => undefined);
          throw error;
        }
      }),
    query: (text, values) => nested.outside(() => query(text, values)),
    transaction: (run) =>
      nested.outside(() =>
        lite.transaction(async (tx) => {
          const scope = { tx, query: queryOn(tx), script: (text: string) => tx.exec(text) };
          const result = await nested.inside(() => run(scope));
          if (result.isErr()) await tx.rollback();
          return result;
        }),
      ),
  };
};
