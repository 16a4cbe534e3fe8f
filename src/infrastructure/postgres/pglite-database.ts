import {
  allRows,
  type Database,
  joinedDatabase,
  type Query,
  refuseNestedUse,
  type Row,
  type Write,
} from './database.ts';

/** What is needed of a transaction of PGlite. */
export type PgliteTransaction = {
  query<T = unknown>(text: string, values?: unknown[]): Promise<{ rows: T[]; affectedRows?: number }>;
  exec(text: string): Promise<{ rows: Row[] }[]>;
  rollback(): Promise<void>;
};

/** What is needed of a `PGlite`. */
export type PgliteHandle = {
  query: PgliteTransaction['query'];
  exec(text: string): Promise<{ rows: Row[] }[]>;
  transaction<T>(run: (tx: PgliteTransaction) => Promise<T>): Promise<T>;
};

type Queryable = Pick<PgliteTransaction, 'query'>;

const queryOn =
  (handle: Queryable): Query =>
  async (text, values = []) =>
    (await handle.query<Row>(text, [...values])).rows;

const writeOn =
  (handle: Queryable): Write =>
  async (text, values) =>
    (await handle.query(text, [...values])).affectedRows ?? 0;

/** PostgreSQL embedded in the process. One statement or transaction runs at a time; the others wait for it. */
export const pgliteDatabase = (lite: PgliteHandle): Database => {
  const nested = refuseNestedUse();
  const query = queryOn(lite);
  const write = writeOn(lite);
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
    write: (text, values) => nested.outside(() => write(text, values)),
    transaction: (run) =>
      nested.outside(() =>
        lite.transaction(async (tx) => {
          const script = (text: string) => tx.exec(text);
          const scope = { tx, query: queryOn(tx), write: writeOn(tx), script };
          const result = await nested.inside(() => run(scope));
          if (result.isErr()) await tx.rollback();
          return result;
        }),
      ),
  };
};
