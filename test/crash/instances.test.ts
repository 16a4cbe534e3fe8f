import { afterEach, describe, expect, it } from '@jest/globals';
import { wires } from '../checkout/dialects.ts';
import { type TestDatabase, testDatabase } from '../postgres/database.ts';
import { aWorld, until, type World } from './world.ts';

/** What a gateway can do to a pay, all within the quiet period. */
const payFaults = [
  { fault: 'delay', ms: 300 },
  { fault: 'dropAfter' },
  { fault: 'pendingThen', ms: 400 },
  { fault: 'lateCommit', ms: 400 },
  { fault: 'hang', charge: true },
  { fault: 'hang', charge: false },
  { fault: 'dropBefore' },
  { fault: 'pendingThen', ms: 400, result: 'DECLINED' },
  { fault: 'truncate' },
  { fault: 'status', status: 502, body: '<h1>Bad gateway</h1>' },
];

const orders = Array.from({ length: 110 }, (_, index) => ({ orderId: `ORDER-${index}` }));

describe('Instances of a host on one database', () => {
  let database: TestDatabase;
  let world: World;
  afterEach(async () => {
    await world?.close();
    await database?.close();
  });

  it.each([
    { dialect: 'order', count: 2, killed: 0 },
    { dialect: 'payment', count: 2, killed: 0 },
    { dialect: 'order', count: 4, killed: 1 },
    { dialect: 'payment', count: 4, killed: 1 },
  ] as const)(
    '$count of them, $killed killed, in the $dialect dialect: nothing is charged or fulfilled twice, and no event is lost',
    async ({ dialect, count, killed }) => {
      database = await testDatabase();
      world = await aWorld(database.url, dialect);
      for (let round = 0; round < 9; round += 1) {
        for (const fault of payFaults) await world.gateway.fault('pay', fault);
      }
      await world.gateway.fault(wires[dialect].read, { fault: 'status', status: 503, times: 10 });
      await world.gateway.fault(wires[dialect].read, { fault: 'hang', times: 5 });
      // Everybody wants to pay every order, each instance beginning elsewhere, so that they meet at all steps.
      const instances = await Promise.all(
        Array.from({ length: count }, (_, index) => {
          const from = index * 11;
          return world.instance({ payers: [...orders.slice(from), ...orders.slice(0, from)], atOnce: 8 });
        }),
      );
      const survivors = instances.slice(killed);
      await until('half of the pays', async () => (await world.gateway.pays()).length > orders.length / 2);
      await Promise.all(instances.slice(0, killed).map((instance) => instance.kill('SIGKILL')));
      await until('the payers', () => survivors.every(({ told }) => told.some((one) => 'paid' in one)));
      expect(await world.falsehoodsAtLast()).toEqual([]);

      const { rows } = await world.pool.query('select from paysession.payment');
      expect(rows).toHaveLength(orders.length);
      expect(new Set((await world.gateway.charges()).map(({ orderId }) => orderId)).size).toBeGreaterThan(60);
      // Two readings prove that nothing was charged, one that something was; some were spoilt. More instances read no more.
      const reads = await world.gateway.reads();
      expect(reads).toBeGreaterThan(orders.length / 2);
      expect(reads).toBeLessThan(orders.length * 3);
      const ends = await Promise.all(survivors.map((instance) => instance.kill('SIGTERM')));
      expect(ends).toEqual(survivors.map(() => 0));
      expect(survivors.map((instance) => instance.problems()).join('')).toBe('');
    },
    180_000,
  );
});
