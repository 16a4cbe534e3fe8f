// What the calls of the module's storage cost beside a thousand, a hundred thousand and a million stored payments.
import { createHash, randomInt } from 'node:crypto';
import type pg from 'pg';
import { orderId } from '../src/index.ts';
import { fulfil, type Change } from '../src/domain/payment/payment.ts';
import {
  pgDatabase,
  type PostgresPayments,
  postgresPayments,
} from '../src/infrastructure/postgres/postgres.ts';
import { anOrder, aPayment, evidenceOf } from '../test/builders/a-payment.ts';
import { median } from './plan.ts';

const open = aPayment(anOrder({ id: 'order-NUMBER' })).sessionOpen();
const paying = open.paying();
const captured = paying.told({ type: 'captured', evidence: evidenceOf(paying.payment) });
const { merchantId } = open.payment;

/** The four changes of a captured and fulfilled payment, as JSON in which NUMBER and HASH stand for what differs. */
const templates = [open, paying, captured, captured.by(fulfil)]
  .map(({ payment, events }) => ({ payment, event: events.at(-1) }))
  .map((change) => JSON.stringify(change).replaceAll('session-1', 'session-HASH'));
const hash = (number: number): string => createHash('md5').update(String(number)).digest('hex');
const changesOf = (number: number): Change[] =>
  templates.map(
    (text) =>
      JSON.parse(text.replaceAll('NUMBER', String(number)).replaceAll('HASH', hash(number))) as Change,
  );

/** So many are due at every size; of the others each hundredth waits for its session to expire, and the rest is fulfilled. */
const due = 20;
const batch = 50_000;

const fill = async (client: pg.PoolClient, schema: string, from: number, to: number): Promise<void> => {
  const parts = templates.map((text) => JSON.parse(text) as { payment: object; event: object });
  const document = `replace(replace(text, 'NUMBER', n::text), 'HASH', md5(n::text))::json`;
  const numbers = `generate_series(${from}, ${to}) n`;
  const isOpen = `(n <= ${due} or n % 100 = 0)`;
  await client.query(
    `insert into ${schema}.payment (merchant_id, order_id, version, payment_state, fulfilment_state, document, due_at)
     select '${merchantId}', 'order-' || n, (document ->> 'version')::integer,
       document #>> '{states,payment}', document #>> '{states,fulfilment}', document, case when n <= ${due} then '2026-01-01' when ${isOpen} then '2100-01-01' end::timestamptz
     from ${numbers}, lateral (select case when ${isOpen} then $1 else $2 end) template (text),
       lateral (select ${document}) filled (document)`,
    [JSON.stringify(parts[0]?.payment), JSON.stringify(parts.at(-1)?.payment)],
  );
  await client.query(`
    insert into ${schema}.pay_session (merchant_id, session_id, order_id)
    select '${merchantId}', 'session-' || md5(n::text), 'order-' || n from ${numbers}`);
  await client.query(
    `insert into ${schema}.payment_event (merchant_id, order_id, version, document, unpublished)
     select '${merchantId}', 'order-' || n, version, ${document}, false
     from ${numbers}, unnest($1::text[]) with ordinality template (text, version) where version = 1 or not ${isOpen}`,
    [parts.map(({ event }) => JSON.stringify(event))],
  );
};

export type Stored = Readonly<{ size: number; payments: PostgresPayments }>;

/** A schema of the module with so many payments in it, made by SQL from what the module itself stores. */
export const storePayments = async (pool: pg.Pool, size: number): Promise<Stored> => {
  const schema = `stored_${size}`;
  const payments = await postgresPayments(pgDatabase(pool), { schema, jobs: false });
  let next = 1;
  const lane = async (): Promise<void> => {
    const client = await pool.connect();
    for (let from = next; from <= size; from = next) {
      next += batch;
      await fill(client, schema, from, Math.min(size, next - 1));
    }
    client.release(true);
  };
  await Promise.all([lane(), lane()]);
  await pool.query('vacuum analyze');
  return { size, payments };
};

export const storedCalls = ['find', 'save', 'findDue'] as const;
/** The median of all calls, in milliseconds. */
export type StoredCosts = Readonly<Record<(typeof storedCalls)[number], number>>;

let saved = 10_000_000;

/**
 * Times so many calls of each at every size, one call at a time. The sizes take turns call by call, so that what else the machine does is in
 * the figures of all. `save` is any of the four of a new payment.
 */
export const measureStored = async (
  all: readonly Stored[],
  times: number,
): Promise<ReadonlyMap<number, StoredCosts>> => {
  const costs = new Map(
    all.map(({ size }) => [size, new Map(storedCalls.map((call) => [call, [] as number[]]))]),
  );
  const timed = async <T>(size: number, call: keyof StoredCosts, run: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await run();
    costs
      .get(size)
      ?.get(call)
      ?.push(performance.now() - from);
    return result;
  };
  for (let n = 0; n < times; n += 1) {
    const inTurn = [...all.slice(n % all.length), ...all.slice(0, n % all.length)];
    for (const { size, payments } of inTurn) {
      const id = orderId(`order-${randomInt(1, size + 1)}`)._unsafeUnwrap();
      const found = await timed(size, 'find', async () => payments.find(merchantId, id));
      if (found._unsafeUnwrap() === null) throw new Error(`${id} is not stored`);
    }
    const changes = changesOf((saved += 1));
    for (const change of changes)
      for (const { size, payments } of inTurn)
        (await timed(size, 'save', async () => payments.save(change)))._unsafeUnwrap();
    if (n % 5 > 0) continue;
    for (const { size, payments } of inTurn) {
      const found = await timed(size, 'findDue', async () => payments.findDue(Date.UTC(2026, 1, 1), 100));
      if (found._unsafeUnwrap().length !== due) throw new Error(`not ${due} payments are due`);
    }
  }
  const medianOf = (size: number, call: keyof StoredCosts): number =>
    median(costs.get(size)?.get(call) ?? []);
  return new Map(
    all.map(({ size }) => [
      size,
      { find: medianOf(size, 'find'), save: medianOf(size, 'save'), findDue: medianOf(size, 'findDue') },
    ]),
  );
};
