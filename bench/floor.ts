// The floor: what a programmer would write who trusts everything, with no rule, no check and no reading back. It makes the calls and
// commits of one captured and fulfilled payment, in as few statements as it takes, and nothing else.
import type pg from 'pg';
import { apiKey, description, merchant, price } from './plan.ts';

type Paid = Readonly<{ result?: string; requestedAmount?: number; order?: { id: string; status: string } }>;
type Answer = Readonly<{ data: Paid & Readonly<{ id: string }> }>;
/** Posts JSON to a path of the gateway. */
export type Post = (path: string, body: object) => Promise<Answer>;

const headers = {
  authorization: `Bearer ${apiKey}`,
  accept: 'application/json',
  'content-type': 'application/json',
};

/** The module's own transport: `fetch`, a connection for each call, a body that cannot be sent twice, a deadline. */
export const postByFetch =
  (gateway: string): Post =>
  async (path, json) => {
    const bytes = new TextEncoder().encode(JSON.stringify(json));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => (controller.enqueue(bytes), controller.close()),
    });
    const length = { connection: 'close', 'content-length': String(bytes.length) };
    const init = {
      method: 'POST',
      headers: { ...headers, ...length },
      redirect: 'manual',
      body,
      duplex: 'half',
    };
    const signal = AbortSignal.timeout(60_000);
    return (await (await fetch(gateway + path, { ...init, signal } as RequestInit)).json()) as Answer;
  };

type Pool = { request(options: object): Promise<{ body: { json(): Promise<unknown> } }> };

/** The pool of the undici that is inside Node, its connections kept open: the cheapest way to call. */
export const postByUndici = async (gateway: string): Promise<Post> => {
  await fetch('data:,'); // loads undici
  const agent: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));
  const Agent = Object(agent).constructor as new (options: object) => Pool;
  const pool = new Agent({ connections: 64, headersTimeout: 60_000, bodyTimeout: 60_000 });
  return async (path, json) => {
    const request = { origin: gateway, path, method: 'POST', headers, body: JSON.stringify(json) };
    return (await (await pool.request(request)).body.json()) as Answer;
  };
};

export const floorTables = `
  create schema floor;
  create table floor.payment (
    order_id text primary key, session_id text not null unique, state text not null, version integer not null,
    amount_minor bigint not null, currency text not null, transaction_id text, updated_at timestamptz not null);
  create table floor.payment_event (
    order_id text not null references floor.payment, version integer not null, type text not null,
    happened_at timestamptz not null, primary key (order_id, version));
  create table released (order_id text primary key)`;

const withEvent = (change: string): string => `
  with changed as (${change} returning order_id, version, state, updated_at)
  insert into floor.payment_event (order_id, version, type, happened_at)
  select order_id, version, state, updated_at from changed`;
const from = (state: string, to: string, also = ''): string =>
  withEvent(`
    update floor.payment set state = '${to}', version = version + 1, updated_at = now() ${also}
    where order_id = $1 and state = '${state}'`);

const statements = {
  open: withEvent(
    `insert into floor.payment values ($1, $2, 'sessionOpen', 1, 9999, '${price.currency}', null, now())`,
  ),
  start: from('sessionOpen', 'paying'),
  capture: from('paying', 'captured', ', transaction_id = $2'),
  fulfil: from('captured', 'fulfilled'),
  release: 'insert into released (order_id) values ($1)',
};

/** The host's own row, beside the module too: planned once for each connection. */
export const release = { name: 'release', text: statements.release };

/** Pays one order: session, commit, intent, commit, pay, outcome, commit, and the goods with the host's own row in one more. */
export const payOnFloor = (pool: pg.Pool, post: Post): ((orderId: string) => Promise<void>) => {
  type Queryable = pg.Pool | pg.PoolClient;
  const run = async (on: Queryable, name: keyof typeof statements, values: string[]): Promise<void> => {
    const { rowCount } = await on.query({ name, text: statements[name], values });
    if (rowCount !== 1) throw new Error(`${name} changed ${rowCount} rows`);
  };
  const base = `/payments/n1/merchant/${merchant}`;
  return async (orderId) => {
    const order = { id: orderId, ...price, description };
    const { id } = (await post(`${base}/session`, { operation: 'PAY', order })).data;
    await run(pool, 'open', [orderId, id]);
    await run(pool, 'start', [orderId]);
    const { data } = await post(`${base}/order/${orderId}/pay`, { order: price, session: { id } });
    const isPaid = data.order?.status === 'CAPTURED' && data.result === 'SUCCESS';
    if (!isPaid || data.requestedAmount !== price.amount || data.order?.id !== orderId)
      throw new Error('not paid');
    await run(pool, 'capture', [orderId, data.id]);
    const client = await pool.connect();
    await client.query('begin');
    await run(client, 'fulfil', [orderId]);
    await run(client, 'release', [orderId]);
    await client.query('commit');
    client.release();
  };
};
