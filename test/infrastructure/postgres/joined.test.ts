import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { err, errAsync, ok, okAsync, type Result } from 'neverthrow';
import {
  concurrentUpdate,
  sessionTaken,
  storageUnavailable,
} from '../../../src/application/ports/payments.ts';
import { newPayment, register } from '../../../src/domain/payment/payment.ts';
import { RegisterPayment } from '../../../src/application/register-payment.ts';
import type { SqlTransaction } from '../../../src/infrastructure/postgres/database.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { randomIds } from '../../../src/infrastructure/system/random-ids.ts';
import { systemClock } from '../../../src/infrastructure/system/system-clock.ts';
import { aPayment, anOrder } from '../../builders/a-payment.ts';
import { freshSchema, lastChange, type Server, servers } from './storages.ts';

describe.each(servers)('A transaction of the host on $name', ({ open }) => {
  let server: Server;
  let schema: string;
  let payments: PostgresPayments;
  beforeAll(async () => {
    server = await open();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    schema = await freshSchema(server.database);
    payments = new PostgresPayments(server.database, { schema });
    await server.database.query(`create table ${schema}.host_order (id text)`);
  });

  const openPayment = aPayment(anOrder({ id: 'A' })).sessionOpen();
  const { merchantId, order } = openPayment.payment;
  const stored = async () => (await payments.find(merchantId, order.id))._unsafeUnwrap();
  const orders = async () => (await server.database.query(`select id from ${schema}.host_order`)).length;
  /** What a host does: its order and our payment, together. */
  const inHostTransaction = <T, E>(work: (tx: SqlTransaction) => Promise<Result<T, E>>) =>
    server.database.transaction(async ({ tx }) => {
      await tx.query(`insert into ${schema}.host_order values ($1)`, ['A']);
      return work(tx);
    });

  it('stores the payment when the host commits', async () => {
    await inHostTransaction(async (tx) => {
      const joined = payments.within(tx);
      (await joined.save(lastChange(openPayment)))._unsafeUnwrap();
      expect((await joined.find(merchantId, order.id))._unsafeUnwrap()).toEqual(openPayment.payment);
      return ok(undefined);
    });
    expect(await stored()).toEqual(openPayment.payment);
    expect(await orders()).toBe(1);
  });

  it('holds a payment that is registered with the host’s order', async () => {
    const module = new RegisterPayment(payments, randomIds, systemClock);
    const data = { id: 'A', amount: '10.00', currency: 'USD', description: 'A blue teapot' };
    const registerAnd = (end: Result<void, string>) =>
      inHostTransaction(async (tx) => {
        const joined = payments.within(tx);
        (await module.execute({ merchantId, order: data, payments: joined }))._unsafeUnwrap();
        return end;
      });
    await registerAnd(err('the host thought better of it'));
    expect([await stored(), await orders()]).toEqual([null, 0]);
    await registerAnd(ok(undefined));
    expect(await stored()).toMatchObject({ version: 1, states: { payment: 'created' } });
    expect(await orders()).toBe(1);
  });

  it('stores nothing when the host rolls back', async () => {
    await inHostTransaction(async (tx) => {
      (await payments.within(tx).save(lastChange(openPayment)))._unsafeUnwrap();
      return err('the host thought better of it');
    });
    expect(await stored()).toBeNull();
    expect(await orders()).toBe(0);
  });

  it('stores what it said that it stored, also of two saves at once of which one was refused', async () => {
    (await payments.save(lastChange(openPayment)))._unsafeUnwrap();
    const another = register(
      newPayment(randomIds.payment(), merchantId, anOrder({ id: 'B' }), 0),
    )._unsafeUnwrap();
    let isSaid = false;
    const end = inHostTransaction(async (tx) => {
      const joined = payments.within(tx);
      const [refused, saved] = await Promise.all([
        joined.save(lastChange(openPayment)),
        joined.save(another),
      ]);
      expect(refused.isErr()).toBe(true);
      isSaid = saved.isOk();
      return ok(undefined);
    });
    await end.catch(() => undefined); // the server may roll all of it back
    const isStored = (await payments.find(merchantId, another.payment.order.id))._unsafeUnwrap() !== null;
    expect(isSaid).toBe(isStored);
  });

  it('goes on after a save that was refused, or whose companion failed', async () => {
    (await payments.save(lastChange(openPayment)))._unsafeUnwrap();
    const another = aPayment(anOrder({ id: 'B' })).sessionOpen();
    const committed = await inHostTransaction(async (tx) => {
      const joined = payments.within(tx);
      expect((await joined.save(lastChange(openPayment)))._unsafeUnwrapErr()).toEqual(concurrentUpdate());
      expect((await joined.save(lastChange(another)))._unsafeUnwrapErr()).toEqual(sessionTaken());
      const failing = await joined.save(lastChange(openPayment.paying()), () => errAsync('no stock'));
      expect(failing._unsafeUnwrapErr()).toBe('no stock');
      return ok(undefined);
    });
    expect(committed.isOk()).toBe(true);
    expect(await stored()).toEqual(openPayment.payment);
    expect(await orders()).toBe(1);
  });

  it('of ours refuses, instead of waiting for ever, a question that goes around it', async () => {
    (await payments.save(lastChange(openPayment)))._unsafeUnwrap();
    let answer: unknown;
    const saved = await payments.save(lastChange(openPayment.paying()), () =>
      payments.find(merchantId, order.id).map((found) => void (answer = found)),
    );
    expect(saved._unsafeUnwrapErr()).toEqual(
      storageUnavailable('asked from inside its own transaction: use the transaction that you were given'),
    );
    expect(answer).toBeUndefined();
  });

  it('is one that was begun: without, a save is refused with what to do', async () => {
    const { database } = server;
    const joined = payments.within({
      query: async <R>(text: string, values?: unknown[]) =>
        (await database.execute(text, values)) as { rows: R[] },
    });
    expect((await joined.save(lastChange(openPayment)))._unsafeUnwrapErr()).toEqual(
      storageUnavailable(
        'no transaction was begun: begin one, and pass the client that did to `within` (25P01)',
      ),
    );
    expect(await stored()).toBeNull();
  });

  it('of ours lets what the host left running ask again afterwards', async () => {
    (await payments.save(lastChange(openPayment)))._unsafeUnwrap();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    let later: Promise<unknown> = Promise.resolve();
    await payments.save(lastChange(openPayment.paying()), () => {
      later = ended.then(async () => (await payments.find(merchantId, order.id))._unsafeUnwrap()?.version);
      return okAsync(undefined);
    });
    end();
    expect(await later).toBe(2);
  });
});
