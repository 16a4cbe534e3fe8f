import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { createPayments, type Paysession } from '../../src/container/create-payments.ts';
import { merchantId, orderId } from '../../src/domain/payment/ids.ts';
import type { PaymentEvent } from '../../src/domain/payment/payment-event.ts';
import {
  pgDatabase,
  postgresPayments,
  type SqlTransaction,
} from '../../src/infrastructure/postgres/postgres.ts';
import { dialects } from '../checkout/dialects.ts';
import { type TestDatabase, testDatabase } from '../postgres/database.ts';
import { cards, orderOf } from './shop.ts';
import { aWorld, until, type World } from './world.ts';

const minute = 60_000;

describe.each(dialects)('In the %s dialect, a pool of two connections', (dialect) => {
  let database: TestDatabase;
  let world: World;
  let pool: pg.Pool;
  let module: Paysession;
  const problems: string[] = [];
  const onProblem = (problem: string) => void problems.push(problem);
  const heard = new Map<string, string[]>();
  const written: string[] = [];
  beforeAll(async () => {
    database = await testDatabase();
    world = await aWorld(database.url, dialect);
    pool = database.connect({ max: 2, application_name: 'two' });
    const publish = async ({ orderId: order, type }: PaymentEvent) =>
      void heard.set(order, [...(heard.get(order) ?? []), type]);
    module = createPayments<SqlTransaction>({
      payments: await postgresPayments(pgDatabase(pool), { publish, onProblem }),
      prahsys: {
        dialect,
        ...world.account,
        apiUrl: world.gatewayUrl,
        scriptUrl: world.gatewayUrl,
        timeoutMs: 2 * minute,
      },
      sweepEveryMs: 1000,
      onProblem,
      orders: async (key) => orderOf(key.orderId),
      fulfilment: async ({ order, key, tx }) => {
        await tx.query('insert into host_released (order_id, key) values ($1, $2)', [order.id, key]);
      },
      confirmations: async ({ order }) => void written.push(order.id),
    });
  });
  afterAll(async () => {
    await module?.close();
    await world?.close();
    await database?.close();
  });

  it('is enough for 200 payments at a slow gateway, with jobs and sweeps: none is held during the calls, and all is done once', async () => {
    const merchant = merchantId(world.account.merchantId)._unsafeUnwrap();
    const keys = Array.from({ length: 200 }, (_, index) => ({
      merchantId: merchant,
      orderId: orderId(`ORDER-${index}`)._unsafeUnwrap(),
    }));
    const sessions = await Promise.all(
      keys.map(async (key) => {
        const { session } = (await module.openPaySession.execute(key))._unsafeUnwrap();
        await world.gateway.types(session.id, cards.approved);
        return { ...key, sessionId: session.id, revision: null };
      }),
    );
    // The gateway keeps every call until its clock moves on.
    await world.gateway.fault('pay', { fault: 'delay', ms: minute, times: 200 });
    const submits = sessions.map((session) => module.submitPayment.execute(session));
    await until('200 pays at the gateway', async () => (await world.gateway.pays()).length === 200);

    expect(await world.gateway.charges()).toEqual([]);
    // Between two looks of the jobs both are free, and the server agrees: so no call holds one.
    const held = `select from pg_stat_activity
      where application_name = 'two' and datname = current_database() and state <> 'idle'`;
    await until(
      'both connections to be free',
      async () => (await world.pool.query(held)).rowCount === 0 && pool.idleCount === 2,
    );
    expect(pool.totalCount).toBe(2);

    await world.gateway.timePasses(minute);
    const answers = await Promise.all(submits);
    expect(new Set(answers.map((answer) => answer._unsafeUnwrap().attempt.outcome))).toEqual(
      new Set(['captured']),
    );
    const charges = await world.gateway.charges();
    expect(charges.map((charge) => charge.orderId).sort()).toEqual(keys.map((key) => key.orderId).sort());

    const history = ['sessionOpened', 'payStarted', 'captured', 'fulfilled', 'confirmationSent'];
    await until('200 releases, messages, and all their events', async () => {
      const left = 'select from paysession.payment_event where unpublished';
      const told = [...heard.values()].flat().length;
      return told >= 200 * history.length && (await world.pool.query(left)).rowCount === 0;
    });
    const { rows } = await world.pool.query<{ order: string }>(
      'select order_id as "order" from host_released order by order_id',
    );
    const all = keys.map((key): string => key.orderId).sort();
    expect(rows.map(({ order }) => order)).toEqual(all);
    expect(written.sort()).toEqual(all);
    expect([...heard.values()]).toEqual(Array.from(all, () => history));
    expect(problems).toEqual([]);
  }, 120_000);
});
