import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dialects } from '../checkout/dialects.ts';
import { type TestDatabase, testDatabase } from '../postgres/database.ts';
import { aWorld, until, type World } from './world.ts';

const orders = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ orderId: `ORDER-${index}` }));

describe.each(dialects)('In the %s dialect, a process that is asked to end while it pays', (dialect) => {
  let database: TestDatabase;
  let world: World;
  beforeAll(async () => {
    database = await testDatabase();
    world = await aWorld(database.url, dialect);
  });
  afterAll(async () => {
    await world?.close();
    await database?.close();
  });

  const states = async (): Promise<Readonly<Record<string, number>>> => {
    const { rows } = await world.pool.query<{ state: string; count: number }>(
      'select payment_state as state, count(*)::integer as count from paysession.payment group by 1',
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  };

  it('takes no further pays, keeps the outcomes that come in time, and leaves the rest to another one', async () => {
    const [soon, late] = [60_000, 120_000];
    await world.gateway.fault('pay', { fault: 'delay', ms: soon, times: 10 });
    await world.gateway.fault('pay', { fault: 'delay', ms: late, times: 10 });
    const instance = await world.instance({
      payers: orders(22),
      atOnce: 20,
      timeoutMs: 60_000,
      sweepEveryMs: 0,
    });
    await until('20 pays at the gateway', async () => (await world.gateway.pays()).length === 20);
    const ended = instance.kill('SIGTERM');
    await until('it to stop taking pays', () => instance.told.some((one) => 'closing' in one));
    await world.gateway.timePasses(soon);
    expect(await ended).toBe(0);
    expect(instance.told.filter((one) => 'closed' in one)).toHaveLength(1);
    expect((await world.gateway.pays()).length).toBe(20);
    // The two that were next in line have a session at most.
    expect(await states()).toEqual(expect.objectContaining({ captured: 10, paying: 10 }));

    await world.gateway.timePasses(late);
    const heir = await world.instance();
    expect(await world.falsehoodsAtLast()).toEqual([]);
    expect(await states()).toEqual(expect.objectContaining({ captured: 20 }));
    expect(await heir.kill('SIGTERM')).toBe(0);
  }, 180_000);
});
