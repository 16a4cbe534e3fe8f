import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Database, SqlValue } from '../../../src/infrastructure/postgres/database.ts';
import { pgDatabase } from '../../../src/infrastructure/postgres/pg-database.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { toJson } from '../../../src/infrastructure/postgres/stored-payment.ts';
import { aPayment, anOrder, morning } from '../../builders/a-payment.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { freshSchema, lastChange } from './storages.ts';

const day = 86_400_000;

describe('What is due in PostgreSQL', () => {
  let server: TestDatabase;
  let database: Database;
  let schema: string;
  beforeAll(async () => {
    server = await testDatabase();
    database = pgDatabase(server.pool);
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    schema = await freshSchema(database);
  });

  /** Stores so many copies of a payment, each due `everyMs` after the one before; a null is never due. */
  const storeMany = (count: number, firstDueAt: number | null, everyMs = 1000, prefix = 'O') =>
    database.query(
      `insert into ${schema}.payment
         (merchant_id, order_id, version, payment_state, fulfilment_state, document, due_at)
       select 'merchant-1', $2 || n, 1, 'payUnknown', 'notDue', jsonb_set(jsonb_set($1::text::jsonb, '{order,id}', to_jsonb($2 || n)), '{id}', to_jsonb('p-' || $2 || n)),
              $3::timestamptz + n * $4::integer * interval '1 millisecond'
       from generate_series(1, $5::integer) n`,
      [
        toJson(aPayment(anOrder()).payUnknown().payment),
        prefix,
        firstDueAt === null ? null : new Date(firstDueAt).toISOString(),
        everyMs,
        count,
      ] satisfies SqlValue[],
    );
  const idsOf = async (payments: PostgresPayments, now: number, limit: number) =>
    (await payments.findDue(now, limit))._unsafeUnwrap().map(({ order }) => order.id);
  const instance = (options = {}) => new PostgresPayments(database, { schema, ...options });

  it('is found through the partial index, among ten thousand payments of which few are due', async () => {
    await storeMany(10_000, null);
    await storeMany(50, morning, 1000, 'DUE-');
    await database.query(`analyze ${schema}.payment`);
    const asked: [string, readonly SqlValue[]][] = [];
    const spied: Database = {
      ...database,
      query: (text, values = []) => {
        asked.push([text, values]);
        return database.query(text, values);
      },
    };
    expect(await idsOf(new PostgresPayments(spied, { schema }), morning + day, 100)).toHaveLength(50);
    const [text, values] = asked[0] ?? ['', []];
    const plan = await server.pool.query(`explain ${text}`, [...values]);
    expect(JSON.stringify(plan.rows)).toContain('Index Scan using payment_due on payment ');
  });

  it('goes to one of six instances that ask at once, each payment to one of them', async () => {
    await Promise.all(Array.from({ length: 6 }, () => database.query('select pg_sleep(0.05)')));
    for (let round = 1; round <= 10; round += 1) {
      await storeMany(60, morning, 1000, `R${round}-`);
      const six = await Promise.all(Array.from({ length: 6 }, () => idsOf(instance(), morning + day, 20)));
      const given = six.flat();
      expect(new Set(given).size).toBe(given.length);
      const rest = await idsOf(instance(), morning + day, 1000);
      expect(given.length + rest.length).toBe(60);
    }
  });

  it('goes to another instance when the one that had it is gone', async () => {
    await storeMany(1, morning);
    expect(await idsOf(instance({ claimMs: 1 }), morning + day, 1)).toEqual(['O1']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await idsOf(instance(), morning + day, 1)).toEqual(['O1']);
  });

  it('is free for every instance again after a save', async () => {
    const unknown = aPayment().payUnknown();
    const payments = instance();
    for (const step of [aPayment().sessionOpen(), aPayment().paying(), unknown]) {
      (await payments.save(lastChange(step)))._unsafeUnwrap();
    }
    expect(await idsOf(payments, morning + day, 10)).toEqual(['order-1']);
    expect(await idsOf(instance(), morning + day, 10)).toEqual([]);
    const looked = unknown.after(day).told({ type: 'unclear', reason: 'no answer' });
    (await payments.save(lastChange(looked)))._unsafeUnwrap();
    expect(await idsOf(instance(), morning + 9 * day, 10)).toEqual(['order-1']);
  });

  it('includes what fails again and again, but after what nobody has looked at', async () => {
    await storeMany(3, morning, 1000, 'FAILING-');
    const payments = instance();
    expect(await idsOf(payments, morning + day, 3)).toEqual(['FAILING-1', 'FAILING-2', 'FAILING-3']);
    await storeMany(2, morning + 60_000, 1000, 'NEW-');
    expect(await idsOf(payments, morning + day, 3)).toEqual(['FAILING-1', 'NEW-1', 'NEW-2']);
  });

  it('leaves out a payment that this version does not understand, says so, and goes on with the others', async () => {
    await storeMany(2, morning);
    await database.query(
      `update ${schema}.payment set document = jsonb_set(document::jsonb, '{states,payment}', '"refunding"') where order_id = 'O1'`,
    );
    const problems: string[] = [];
    const payments = instance({ onProblem: (problem: string) => problems.push(problem) });
    expect(await idsOf(payments, morning + day, 10)).toEqual(['O2']);
    expect(problems).toEqual([
      'payment of order O1 of merchant merchant-1: this version of the module does not understand a stored payment: states.payment',
    ]);
  });

  it('leaves it out also for a host that throws when it is told', async () => {
    await storeMany(2, morning);
    await database.query(
      `update ${schema}.payment set document = jsonb_set(document::jsonb, '{tips}', '1') where order_id = 'O1'`,
    );
    const warned = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const payments = instance({
      onProblem: () => {
        throw new Error('the log is full');
      },
    });
    expect(await idsOf(payments, morning + day, 10)).toEqual(['O2']);
    expect(warned.mock.calls).toEqual([['onProblem: the log is full', 'PaysessionPostgres']]);
    warned.mockRestore();
  });

  it.each([
    ['an unknown word', `'{states,payment}', '"refunding"'`, 'states.payment'],
    ['a field of another kind', `'{refunded}', '1'`, 'refunded'],
    ['a field of a later version', `'{tips}', '1'`, 'tips'],
    ['a field of a later version further in', `'{order,tips}', '1'`, 'order.tips'],
    ['an amount of no currency', `'{captured,currency}', '"XXX"'`, 'captured'],
  ])('that this version does not understand is left alone: %s', async (_, change, field) => {
    const payments = instance();
    const open = aPayment().sessionOpen();
    (await payments.save(lastChange(open)))._unsafeUnwrap();
    await database.query(`update ${schema}.payment set document = jsonb_set(document::jsonb, ${change})`);
    const { merchantId, order } = open.payment;
    expect((await payments.find(merchantId, order.id))._unsafeUnwrapErr()).toEqual({
      type: 'StorageUnavailable',
      reason: `this version of the module does not understand a stored payment: ${field}`,
    });
  });
});
