// Several instances of a host on one database, with jobs and sweeps on, and a database that does not always cooperate.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createPayments, type Paysession } from '../../../src/container/create-payments.ts';
import { orderId } from '../../../src/domain/payment/ids.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { pgDatabase } from '../../../src/infrastructure/postgres/pg-database.ts';
import { postgresPayments } from '../../../src/infrastructure/postgres/postgres.ts';
import type { SqlTransaction } from '../../../src/infrastructure/postgres/database.ts';
import { key } from '../../application/given.ts';
import { type Cluster, startCluster } from '../../postgres/cluster.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { until } from './storages.ts';

const { merchantId } = key;
const minute = 60_000;

/** A shop that notes in its own table, in the transaction that it is given, what it released. */
const host = async (pool: pg.Pool, gateway: InMemoryGateway, skewMs = 0): Promise<Paysession> => {
  const clock = { now: () => Date.now() + skewMs };
  // Connections are cut on purpose: what is told of that is of no interest here.
  const onProblem = () => undefined;
  return createPayments({
    gateway,
    clock,
    onProblem,
    payments: await postgresPayments(pgDatabase(pool), { onProblem }),
    orders: async (order) => ({ id: order.orderId, amount: '10.00', currency: 'USD', description: 'A lamp' }),
    fulfilment: async ({ order, tx }) => {
      await (tx as SqlTransaction).query('insert into released values ($1)', [order.id]);
    },
    policy: { quietMs: 3 * minute },
    sweepEveryMs: 50,
  });
};

const orders = (count: number) =>
  Array.from({ length: count }, (_, n) => orderId(`ORDER-${n}`)._unsafeUnwrap());

/** Pays until the shop says that it is paid, as a payer with patience does. */
const pay = async (shop: Paysession, order: (typeof key)['orderId']): Promise<void> => {
  const payment = { merchantId, orderId: order };
  for (let tries = 0; tries < 200; tries += 1) {
    const opened = await shop.openPaySession.execute(payment);
    if (opened.isErr() && opened.error.type === 'NotPayable') return;
    if (opened.isOk())
      await shop.submitPayment.execute({ ...payment, sessionId: opened.value.session.id, revision: null });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const released = async (pool: pg.Pool): Promise<string[]> =>
  (await pool.query<{ id: string }>('select id from released order by id')).rows.map(({ id }) => id);

const outcome = async (pool: pg.Pool) =>
  (
    await pool.query(`
      select payment_state, fulfilment_state, count(*)::integer as payments from paysession.payment group by 1, 2`)
  ).rows;

const events = async (pool: pg.Pool, type: string) =>
  (await pool.query(`select from paysession.payment_event where document ->> 'type' = $1`, [type])).rowCount;

/** One event per version of every payment, and none that belongs to no version. */
const gaps = async (pool: pg.Pool) =>
  (
    await pool.query(`
      select order_id from paysession.payment left join paysession.payment_event event using (merchant_id, order_id)
      group by merchant_id, order_id, payment.version
      having count(*) <> payment.version or max(event.version) <> payment.version`)
  ).rows;

describe('Instances on one database', () => {
  let server: TestDatabase;
  let shops: Paysession[] = [];
  beforeAll(async () => {
    server = await testDatabase();
    await server.pool.query('create table released (id text)');
  });
  afterEach(async () => {
    await Promise.all(shops.map((shop) => shop.close()));
  });
  afterAll(() => server.close());

  it('release each order once, with jobs and sweeps on, clocks minutes apart, and connections that are cut', async () => {
    const gateway = new InMemoryGateway();
    shops = await Promise.all(
      [0, 5 * minute, -2 * minute, 0].map((skew) => host(server.connect({ max: 4 }), gateway, skew)),
    );
    const all = orders(80);
    let isPaying = true;
    const cutting = (async () => {
      while (isPaying) {
        await server.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and random() < 0.2`,
        );
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    })();
    await Promise.all(
      shops.flatMap((shop, n) => all.filter((_, index) => index % 4 === n).map((order) => pay(shop, order))),
    );
    isPaying = false;
    await cutting;
    await until('every order to be released', async () => (await released(server.pool)).length >= all.length);
    await Promise.all(shops.map((shop) => shop.close()));
    expect(await released(server.pool)).toEqual([...all].sort());
    expect(await outcome(server.pool)).toEqual([
      { payment_state: 'captured', fulfilment_state: 'fulfilled', payments: all.length },
    ]);
    expect(gateway.charges).toHaveLength(all.length);
    expect(await events(server.pool, 'fulfilled')).toBe(all.length);
    expect(await gaps(server.pool)).toEqual([]);
  });
});

describe('A server that is killed under load', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  it('has, when it is back, everything that was confirmed, and every order ends charged and released once', async () => {
    const pool = new pg.Pool({ connectionString: cluster.url(), max: 6 });
    await pool.query('create table released (id text)');
    const gateway = new InMemoryGateway();
    const shop = await host(pool, gateway);
    const all = orders(60);
    const paying = Promise.all(all.map((order) => pay(shop, order)));
    await until('the first payments', async () => gateway.charges.length > 10);
    await cluster.crash();
    await cluster.start();
    await paying;
    // An intent that was stored, though its save was not confirmed, is never sent: two readings a minute apart prove that, and its
    // payer has to come again.
    const later = await Promise.all([host(pool, gateway, 5 * minute), host(pool, gateway, 7 * minute)]);
    await until('every order to be released', async () => {
      await Promise.all(all.map((order) => pay(later[1], order)));
      return (await released(pool)).length >= all.length;
    });
    await Promise.all([shop, ...later].map((each) => each.close()));
    expect(await released(pool)).toEqual([...all].sort());
    expect(gateway.charges.map((charge) => charge.orderId).sort()).toEqual([...all].sort());
    expect(await gaps(pool)).toEqual([]);
    await pool.end();
  });
});
