import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { okAsync, ResultAsync } from 'neverthrow';
import type pg from 'pg';
import type { PaymentGateway } from '../../../src/application/ports/payment-gateway.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { type Change, fulfil } from '../../../src/domain/payment/payment.ts';
import { pgDatabase } from '../../../src/infrastructure/postgres/pg-database.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { postgresPayments } from '../../../src/infrastructure/postgres/postgres.ts';
import { bound, given, key } from '../../application/given.ts';
import { aPayment, usd } from '../../builders/a-payment.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { freshSchema, lastChange } from './storages.ts';

/** What went over the wire to the server, in words: the first word of each statement, or of the part that stores. */
const wordOf = (text: string): string =>
  /^\s*(with saved as \(\s*(?<stored>insert|update)|(?<word>\w+))/.exec(text)?.groups?.['stored'] ??
  /\w+/.exec(text)?.[0] ??
  '';

/** Notes every statement of a pool that `counts`: all of them go through a client. Ours have names, unless they end a transaction. */
const spyOn = (pool: pg.Pool, counts: (name?: string) => boolean = () => true): string[] => {
  const asked: string[] = [];
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const spied = (statement: string | { text: string; name?: string }, ...rest: unknown[]) => {
      const { text, name } = typeof statement === 'string' ? { text: statement, name: statement } : statement;
      if (counts(name)) asked.push(wordOf(text));
      return query(statement, ...rest);
    };
    Object.assign(client, { query: spied });
  });
  return asked;
};
const isOurs = (name?: string): boolean => /^(paysession_|begin|commit|rollback)/.test(name ?? '');

describe('A captured payment on PostgreSQL', () => {
  let server: TestDatabase;
  beforeAll(async () => {
    server = await testDatabase();
  });
  afterAll(() => server.close());

  it('takes so many statements and commits, and no more', async () => {
    const schema = await freshSchema(pgDatabase(server.pool));
    const pool = server.connect();
    const asked = spyOn(pool);
    const { open, submit, module } = given({ payments: new PostgresPayments(pgDatabase(pool), { schema }) });
    const since = (): string[] => asked.splice(0);
    const session = await open();
    expect(since()).toEqual(['select', 'insert']);
    const { payment } = (await submit(session))._unsafeUnwrap();
    expect(since()).toEqual(['select', 'update', 'update']);
    (await module.fulfilOrder.execute(payment))._unsafeUnwrap();
    expect(since()).toEqual(['begin', 'update', 'commit']);
    (await module.sendConfirmation.execute(key))._unsafeUnwrap();
    expect(since()).toEqual(['select', 'select', 'update']);
  });

  it('takes, with jobs, a transaction more where something becomes due, and one statement per job', async () => {
    const schema = await freshSchema(pgDatabase(server.pool));
    const pool = server.connect();
    const asked = spyOn(pool, isOurs);
    const payments = await postgresPayments(pgDatabase(pool), { schema });
    const open = aPayment().sessionOpen();
    asked.splice(0);
    const counted = async (change: Change): Promise<string[]> => {
      (await payments.save(change))._unsafeUnwrap();
      return asked.splice(0);
    };
    expect(await counted(lastChange(open))).toEqual(['insert']);
    expect(await counted(lastChange(open.paying()))).toEqual(['update']);
    const captured = open.captured();
    expect(await counted(lastChange(captured))).toEqual(['begin', 'update', 'INSERT', 'commit']);
    expect(await counted(lastChange(captured.by(fulfil)))).toEqual(['begin', 'update', 'INSERT', 'commit']);
    await payments.stop();
  });

  it('that is given back takes three statements, no transaction and one call, and holds no connection during it', async () => {
    const schema = await freshSchema(pgDatabase(server.pool));
    const pool = server.connect();
    const asked = spyOn(pool);
    const calls: [asked: string[], connectionsInUse: number][] = [];
    const refunding: PaymentGateway = {
      ...bound(new InMemoryGateway()),
      capabilities: { dialect: 'payment', can: ['refund'] },
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
    expect(calls.splice(0)).toEqual([[['select', 'update'], 0]]);
    expect(asked.splice(0)).toEqual(['update']);
    expect((await module.refundPayment.execute(part)).isOk()).toBe(true);
    expect([calls, asked.splice(0)]).toEqual([[], ['select']]);
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
