import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { createPayments, type Paysession } from '../../src/container/create-payments.ts';
import { merchantId, orderId } from '../../src/domain/payment/ids.ts';
import { pgDatabase, postgresPayments } from '../../src/infrastructure/postgres/postgres.ts';
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
  beforeAll(async () => {
    database = await testDatabase();
    world = await aWorld(database.url, dialect);
    pool = database.connect({ max: 2, application_name: 'two' });
    module = createPayments({
      payments: await postgresPayments(pgDatabase(pool), { jobs: false }),
      prahsys: {
        dialect,
        ...world.account,
        apiUrl: world.gatewayUrl,
        scriptUrl: world.gatewayUrl,
        timeoutMs: 2 * minute,
      },
      sweepEveryMs: 0,
      orders: async (key) => orderOf(key.orderId),
      fulfilment: async () => undefined,
    });
  });
  afterAll(async () => {
    await module?.close();
    await world?.close();
    await database?.close();
  });

  it('is enough for 200 payments at a slow gateway: none is held during the calls, and all finish', async () => {
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
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([2, 2, 0]);
    const { rows } = await world.pool.query<{ state: string }>(
      `select state from pg_stat_activity where application_name = 'two' and datname = current_database()`,
    );
    expect(rows).toEqual([{ state: 'idle' }, { state: 'idle' }]);

    await world.gateway.timePasses(minute);
    const answers = await Promise.all(submits);
    expect(new Set(answers.map((answer) => answer._unsafeUnwrap().attempt.outcome))).toEqual(
      new Set(['captured']),
    );
    const charges = await world.gateway.charges();
    expect(charges.map((charge) => charge.orderId).sort()).toEqual(keys.map((key) => key.orderId).sort());
    expect([pool.idleCount, pool.waitingCount]).toEqual([pool.totalCount, 0]);
  }, 60_000);
});
