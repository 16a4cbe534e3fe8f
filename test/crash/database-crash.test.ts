import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dialects } from '../checkout/dialects.ts';
import { type Cluster, startCluster } from '../postgres/cluster.ts';
import { type Instance, aWorld, until, type World } from './world.ts';

const orders = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ orderId: `${name}-${index}` }));

describe.each(dialects)('In the %s dialect, a server that fails under load', (dialect) => {
  let cluster: Cluster;
  let world: World;
  let instances: readonly Instance[];

  beforeAll(async () => {
    cluster = await startCluster();
    world = await aWorld(cluster.url(), dialect);
  }, 60_000);
  afterAll(async () => {
    await world?.close();
    await cluster?.stop();
  });

  const answers = () =>
    instances.flatMap(({ told }) => told.flatMap((one) => ('answered' in one ? [one.answered] : [])));
  const isOver = () => instances.every(({ told }) => told.some((one) => 'paid' in one));
  const paysArrived = (count: number) =>
    until(`${count} pays`, async () => isOver() || (await world.gateway.pays()).length >= count);

  /** Two hosts at work on so many orders each, ten at a time, while `disturb` happens. */
  const underLoad = async (name: string, count: number, disturb: () => Promise<void>): Promise<void> => {
    const payers = [orders(`${name}-A`, count), orders(`${name}-B`, count)];
    // A gateway that takes its time: at every moment some pays are at the gateway.
    await world.gateway.fault('pay', { fault: 'delay', ms: 100, times: 2 * count });
    instances = await Promise.all(payers.map((own) => world.instance({ payers: own, atOnce: 10 })));
    await disturb();
    await until('all payers to have their answers', isOver);
    expect(await world.falsehoodsAtLast()).toEqual([]);
    const ends = await Promise.all(instances.map((instance) => instance.kill('SIGTERM')));
    expect(ends).toEqual([0, 0]);
  };

  it('and is stopped with immediate shutdown, twice: every order ends as the ledger has it', async () => {
    const before = (await world.gateway.pays()).length;
    let crashes = 0;
    await underLoad('CRASH', 50, async () => {
      for (const pays of [25, 60]) {
        await paysArrived(before + pays);
        expect(isOver()).toBe(false);
        await cluster.crash();
        crashes += 1;
        await cluster.start();
      }
    });
    expect(crashes).toBe(2);
    const charged = (await world.gateway.charges()).filter(({ orderId }) => orderId.startsWith('CRASH'));
    expect(charged.length).toBeGreaterThan(50);
  }, 180_000);

  it('and cuts connections at random: every order ends as the ledger has it', async () => {
    let cut = 0;
    await underLoad('CUT', 30, async () => {
      while (!isOver()) {
        // One in three of those that are at work, and now and then one that waits in the pool.
        const { rowCount } = await world.pool.query(`
          select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'instance' and random() < case state when 'idle' then 0.05 else 0.33 end`);
        cut += rowCount ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
    expect(cut).toBeGreaterThan(5);
    expect(answers().length).toBe(60);
  }, 180_000);
});
