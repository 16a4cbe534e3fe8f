import { createHash } from 'node:crypto';
import {
  allRows,
  type Database,
  joinedDatabase,
  refuseNestedUse,
  RolledBack,
  type Row,
  type Scope,
  type SqlTransaction,
  type SqlValue,
} from './database.ts';

type Statement = { name: string; text: string; values: SqlValue[] };
type Answer = { rows: Row[]; rowCount: number | null };

/** What is needed of a client of `pg`. */
export type PgClient = {
  query(statement: Statement | string): Promise<Answer & { command: string }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
} & SqlTransaction;

/** What is needed of a `Pool` of `pg`. */
export type PgPool = {
  query(statement: Statement | string): Promise<Answer>;
  query(text: string, values: unknown[]): Promise<{ rows: Row[] }>;
  connect(callback: (error: Error | undefined, client: PgClient | undefined) => void): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** What a client does not have: it could not release goods in a transaction beside other statements. */
  readonly totalCount: number;
  listenerCount(event: 'error'): number;
};

/** Statements have names, so that each connection plans them once. A name stands for one text, also beside other users of the pool. */
const statements = (): ((text: string, values: readonly SqlValue[]) => Statement) => {
  const names = new Map<string, string>();
  return (text, values) => {
    const known = names.get(text);
    const name = known ?? `paysession_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    if (known === undefined) names.set(text, name);
    return { name, text, values: [...values] };
  };
};

const rowsOf = ({ rows }: Answer): Row[] => rows;
const countOf = ({ rowCount }: Answer): number => rowCount ?? 0;

const ignore = (): void => {};

/**
 * A connection of the pool. One that breaks between two statements says so by an event, which would end the process if nobody
 * listened, and fails the next statement. With a promise of the pool, the event can come before its first listener.
 */
const checkOut = (pool: PgPool): Promise<PgClient> =>
  new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client === undefined) return reject(error ?? new Error('the pool gave no client'));
      client.on('error', ignore);
      return resolve(client);
    });
  });

/** PostgreSQL through the host's pool. No connection is opened or kept beside it. */
export const pgDatabase = (pool: PgPool): Database => {
  if (typeof Object(pool).totalCount !== 'number')
    throw new Error('pgDatabase: give a Pool of pg; not a Client, and not a connection string.');
  // Without a listener, the process ends when the server closes an idle connection.
  if (pool.listenerCount('error') === 0) pool.on('error', ignore);
  const statement = statements();
  const nested = refuseNestedUse();
  return {
    joined: false,
    within: joinedDatabase,
    execute: (text, values) =>
      nested.outside(async () =>
        allRows(await (values?.length ? pool.query(text, [...values]) : pool.query(text))),
      ),
    query: (text, values = []) => nested.outside(() => pool.query(statement(text, values)).then(rowsOf)),
    write: (text, values) => nested.outside(() => pool.query(statement(text, values)).then(countOf)),
    transaction: (run) =>
      nested.outside(async () => {
        const client = await checkOut(pool);
        let begun = false;
        let usable = false;
        try {
          await client.query('begin');
          begun = true;
          const scope: Scope = {
            tx: client,
            query: (text, values = []) => client.query(statement(text, values)).then(rowsOf),
            write: (text, values) => client.query(statement(text, values)).then(countOf),
            script: (text) => client.query(text),
          };
          const result = await nested.inside(() => run(scope));
          const ended = await client.query(result.isOk() ? 'commit' : 'rollback');
          usable = true;
          if (result.isOk() && ended.command !== 'COMMIT') throw new RolledBack();
          return result;
        } catch (error) {
          // A server that did not answer BEGIN would not answer this either, after one more timeout.
          if (begun && !usable)
            usable = await client.query('rollback').then(
              () => true,
              () => false,
            );
          throw error;
        } finally {
          client.removeListener('error', ignore);
          client.release(!usable);
        }
      }),
  };
};
