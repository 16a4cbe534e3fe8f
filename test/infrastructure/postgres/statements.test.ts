import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { okAsync, ResultAsync } from 'neverthrow';
import type pg from 'pg';
import type { PaymentGateway } from '../../../src/application/ports/payment-gateway.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import type { PaymentEvent } from '../../../src/domain/payment/payment-event.ts';
import { pgDatabase } from '../../../src/infrastructure/postgres/pg-database.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { postgresPayments } from '../../../src/infrastructure/postgres/postgres.ts';
import { bound, given, key } from '../../application/given.ts';
import { usd } from '../../builders/a-payment.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { freshSchema, until } from './storages.ts';

/** What each statement of ours does, by how it begins. */
const names: readonly (readonly [string, RegExp])[] = [
  ['create', /^with saved as \( insert into \w+\.payment /],
  ['save', /^with saved as \( update \w+\.payment /],
  ['find', /^select document::text as document from \w+\.payment where/],
  ['find unpublished events', /^select document::text as document from \w+\.payment_event /],
  ['note that it is published', /^update \w+\.payment_event set unpublished = false/],
  ['add job', /^INSERT INTO \w+_jobs\.job/],
  ['begin', /^begin$/],
  ['commit', /^commit$/],
];
const nameOf = (text: string): string => {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  return names.find(([, begins]) => begins.test(oneLine))?.[0] ?? oneLine;
};

/** Notes, by its name, every statement of a pool that `counts`: all of them go through a client. Ours have names, unless they end a transaction. */
const spyOn = (pool: pg.Pool, counts: (name?: string) => boolean = () => true): string[] => {
  const asked: string[] = [];
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const spied = (statement: string | { text: string; name?: string }, ...rest: unknown[]) => {
      const { text, name } = typeof statement === 'string' ? { text: statement, name: statement } : statement;
      if (counts(name)) asked.push(nameOf(text));
      return query(statement, ...rest);
    };
    Object.assign(client, { query: spied });
  });
  return asked;
};
const isOurs = (name?: string): boolean => /^(paysession_|begin|commit|rollback)/.test(name ?? '');

/** What is written by itself is a commit too. */
const commitsOf = (asked: readonly string[]): number => {
  const alone = asked
    .join()
    .replace(/begin,.*?commit/g, 'commit')
    .split(',');
  return alone.filter((name) => !name.startsWith('find')).length;
};

describe('A captured payment on PostgreSQL', () => {
  let server: TestDatabase;
  beforeAll(async () => {
    server = await testDatabase();
  });
  afterAll(() => server.close());

  it('takes two calls to the gateway, eleven statements and five commits, and no more', async () => {
    const schema = await freshSchema(pgDatabase(server.pool));
    const pool = server.connect();
    const asked = spyOn(pool);
    const { open, submit, module, calls } = given({
      payments: new PostgresPayments(pgDatabase(pool), { schema }),
    });
    const { payment } = (await submit(await open()))._unsafeUnwrap();
    (await module.fulfilOrder.execute(payment))._unsafeUnwrap();
    (await module.sendConfirmation.execute(key))._unsafeUnwrap();
    expect(calls()).toEqual(['openSession', 'pay']);
    expect(asked).toEqual([
      ...['find', 'create'], // the session is opened
      ...['find', 'save', 'save'], // submitted: the intent, then the outcome
      ...['begin', 'save', 'commit'], // released, in a transaction for the host to write in
      ...['find', 'find', 'save'], // written to
    ]);
    expect(commitsOf(asked)).toBe(5);
  });

  it('takes, with jobs, as many calls and commits, and statements for the two jobs', async () => {
    const schema = await freshSchema(pgDatabase(server.pool));
    const pool = server.connect();
    const asked = spyOn(pool, isOurs);
    const { open, submit, module, calls, written } = given({
      payments: await postgresPayments(pgDatabase(pool), { schema }),
    });
    asked.splice(0);
    (await submit(await open()))._unsafeUnwrap();
    await until('the message', async () => written.length === 1);
    await module.close();
    expect(calls()).toEqual(['openSession', 'pay']);
    expect(asked).toEqual([
      ...['find', 'create'],
      ...['find', 'save', 'begin', 'save', 'add job', 'commit'],
      ...['find', 'begin', 'save', 'add job', 'commit'], // the job names the payment only, so it is read
      ...['find', 'find', 'save'],
    ]);
    expect(commitsOf(asked)).toBe(5);
  });

  it('takes, when its events are published too, as many calls and commits, and one for each event', async () => {
    const schema = await freshSchema(pgDatabase(server.pool));
    const pool = server.connect();
    const asked = spyOn(pool, isOurs);
    const heard: string[] = [];
    const publish = async ({ type }: PaymentEvent) => void heard.push(type);
    const { open, submit, module, calls } = given({
      payments: await postgresPayments(pgDatabase(pool), { schema, publish }),
    });
    (await submit(await open()))._unsafeUnwrap();
    await until('the last event', async () => heard.includes('confirmationSent'));
    await module.close();
    expect(calls()).toEqual(['openSession', 'pay']);
    const count = (name: string) => asked.filter((each) => each === name).length;
    expect([count('create') + count('save'), count('begin'), count('commit')]).toEqual([5, 5, 5]);
    expect(count('add job')).toBe(5 + 2);
    expect(count('note that it is published')).toBe(5);
  });

  it('that is given back takes three statements, no transaction and one call, and holds no connection during it', async () => {
    const schema = await freshSchema(pgDatabase(server.pool));
    const pool = server.connect();
    const asked = spyOn(pool);
    const calls: [asked: string[], connectionsInUse: number][] = [];
    const refunding: PaymentGateway = {
      ...bound(new InMemoryGateway()),
      capabilities: { dialect: 'payment', can: ['refund'], timeoutMs: 60_000 },
      followUp: ({ orderId, amount }) => {
        calls.push([asked.splice(0), pool.totalCount - pool.idleCount]);
        const evidence = { merchantId: null, orderId, amount, transactionId: `refund-${calls.length}` };
        return okAsync({ type: 'done', evidence });
      },
    };
    const payments = new PostgresPayments(pgDatabase(pool), { schema });
    const { open, submit, module } = given({ payments, gateway: refunding });
    (await submit(await open()))._unsafeUnwrap();
    asked.splice(0);
    const part = { ...key, key: 'part', amount: usd('40.00') };
    expect((await module.refundPayment.execute(part))._unsafeUnwrap().attempt.outcome).toBe('done');
    expect(calls.splice(0)).toEqual([[['find', 'save'], 0]]);
    expect(asked.splice(0)).toEqual(['save']);
    expect((await module.refundPayment.execute(part)).isOk()).toBe(true);
    expect([calls, asked.splice(0)]).toEqual([[], ['find']]);
  });

  it('holds no connection while the gateway is waited for: a pool of two serves two hundred of them', async () => {
    const schema = await freshSchema(pgDatabase(server.pool));
    const pool = server.connect({ max: 2 });
    const gateway = new InMemoryGateway();
    const inUse: number[] = [];
    let waiting = 0;
    const { promise: everybodyWaits, resolve: answer } = Promise.withResolvers<void>();
    const slow: PaymentGateway = {
      ...bound(gateway),
      pay: (request) => {
        if ((waiting += 1) === 200)
          setImmediate(() => (inUse.push(pool.totalCount - pool.idleCount), answer()));
        return new ResultAsync(everybodyWaits.then(() => gateway.pay(request)));
      },
    };
    const { module } = given({
      gateway: slow,
      orders: async ({ orderId }) => ({
        id: orderId,
        amount: '99.99',
        currency: 'USD',
        description: 'A lamp',
      }),
      payments: new PostgresPayments(pgDatabase(pool), { schema }),
    });
    const pay = async (n: number) => {
      const order = { merchantId: key.merchantId, orderId: `LAMP-${n}` as typeof key.orderId };
      const { session } = (await module.openPaySession.execute(order))._unsafeUnwrap();
      return module.submitPayment.execute({ ...order, sessionId: session.id, revision: null });
    };
    const paid = await Promise.all(Array.from({ length: 200 }, (_, n) => pay(n)));
    expect(paid.filter((result) => result.isOk())).toHaveLength(200);
    expect(inUse).toEqual([0]);
    expect(gateway.charges).toHaveLength(200);
  });
});
