import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dialects } from '../checkout/dialects.ts';
import { type TestDatabase, testDatabase } from '../postgres/database.ts';
import type { Point } from './instance.ts';
import { falsehoods } from './truth.ts';
import { aWorld, type Instance, patient, until, type World } from './world.ts';

/** What of an order can be seen from outside: its states, how many pays were sent, charges, releases and deliveries there are. */
type Seen = Readonly<{ payment: string; pays: number; charges: number; released: number; delivered: number }>;

const seen = (payment: string, pays: number, charges: number, released = 0, delivered = 0): Seen => ({
  payment,
  pays,
  charges,
  released,
  delivered,
});

type Case = Readonly<{ point: Point; card: 'approved' | 'declined'; dead: Seen; resolved: Seen }>;

const paid = seen('captured/fulfilled', 1, 1, 1, 1);

/** What the killed process leaves behind, and what another one makes of it. */
const cases: readonly Case[] = [
  {
    point: 'beforeIntent',
    card: 'approved',
    dead: seen('sessionOpen/notDue', 0, 0),
    resolved: seen('sessionOpen/notDue', 0, 0),
  },
  {
    point: 'afterIntent',
    card: 'approved',
    dead: seen('paying/notDue', 0, 0),
    resolved: seen('created/notDue', 0, 0),
  },
  { point: 'afterAnswer', card: 'approved', dead: seen('paying/notDue', 1, 1), resolved: paid },
  {
    point: 'afterAnswer',
    card: 'declined',
    dead: seen('paying/notDue', 1, 0),
    resolved: seen('declined/notDue', 1, 0),
  },
  { point: 'beforeOutcome', card: 'approved', dead: seen('paying/notDue', 1, 1), resolved: paid },
  {
    point: 'beforeOutcome',
    card: 'declined',
    dead: seen('paying/notDue', 1, 0),
    resolved: seen('declined/notDue', 1, 0),
  },
  { point: 'afterOutcome', card: 'approved', dead: seen('captured/due', 1, 1), resolved: paid },
  {
    point: 'afterOutcome',
    card: 'declined',
    dead: seen('declined/notDue', 1, 0),
    resolved: seen('declined/notDue', 1, 0),
  },
  { point: 'beforeFulfilment', card: 'approved', dead: seen('captured/due', 1, 1), resolved: paid },
  {
    point: 'insideFulfilment',
    card: 'approved',
    dead: seen('captured/due', 1, 1, 0, 1),
    resolved: seen('captured/fulfilled', 1, 1, 1, 2),
  },
  {
    point: 'afterFulfilment',
    card: 'approved',
    dead: seen('captured/fulfilled', 1, 1, 1, 1),
    resolved: paid,
  },
];

const idOf = ({ point, card }: Pick<Case, 'point' | 'card'>): string => `${point}-${card}`;
const lost = ['during-1', 'during-2', 'during-3'];

describe.each(dialects)('In the %s dialect, a process that is killed', (dialect) => {
  let database: TestDatabase;
  let world: World;
  let atDeath: ReadonlyMap<string, Seen>;
  let resolved: ReadonlyMap<string, Seen>;
  let sessions: ReadonlyMap<string, string>;

  const look = async (): Promise<ReadonlyMap<string, Seen>> => {
    const [charges, pays] = [await world.gateway.charges(), await world.gateway.pays()];
    const { rows } = await world.pool.query<{
      id: string;
      state: string;
      released: number;
      delivered: number;
    }>(`
      select order_id as id, payment_state || '/' || fulfilment_state as state,
        (select count(*)::integer from host_released where order_id = payment.order_id) as released,
        (select count(*)::integer from host_delivered where order_id = payment.order_id) as delivered
      from paysession.payment`);
    return new Map(
      rows.map(({ id, state, released, delivered }) => {
        const sent = pays.filter((pay) => pay.startsWith(`${id} `)).length;
        const charged = charges.filter(({ orderId }) => orderId === id).length;
        return [id, seen(state, sent, charged, released, delivered)];
      }),
    );
  };

  /** Kills it when all its payers are at the point. */
  const killAt = async (point: Point): Promise<void> => {
    const payers = cases
      .filter((one) => one.point === point)
      .map((one) => ({ orderId: idOf(one), card: one.card }));
    const instance = await world.instance({
      stopAt: point,
      payers,
      atOnce: payers.length,
      sweepEveryMs: 0,
      ...patient,
    });
    await until(
      `the point ${point}`,
      () => instance.told.filter((one) => 'reached' in one).length === payers.length,
    );
    await instance.kill('SIGKILL');
  };

  /** The gateway keeps these pays: one never done, one done and never answered, one done long after the death. */
  const killDuringCalls = async (): Promise<void> => {
    await world.gateway.fault('pay', { fault: 'hang', charge: false });
    await world.gateway.fault('pay', { fault: 'hang', charge: true });
    await world.gateway.fault('pay', { fault: 'delay', ms: 1000 });
    const payers = lost.map((orderId) => ({ orderId }));
    const calling = { stopAt: 'nowhere', payers, atOnce: payers.length, ...patient } as const;
    const instance = await world.instance({ ...calling, sweepEveryMs: 0 });
    await until('the calls', async () => (await world.gateway.pays()).length === payers.length);
    await instance.kill('SIGKILL');
  };

  let heir: Instance;

  beforeAll(async () => {
    database = await testDatabase();
    world = await aWorld(database.url, dialect);
    await killDuringCalls();
    await Promise.all([...new Set(cases.map(({ point }) => point))].map(killAt));
    atDeath = await look();
    const { rows } = await world.pool.query<{ order_id: string; session_id: string }>(
      'select order_id, session_id from paysession.pay_session',
    );
    sessions = new Map(rows.map((row) => [row.order_id, row.session_id]));
    heir = await world.instance();
    expect([await world.falsehoodsAtLast(), heir.problems()]).toEqual([[], '']);
    resolved = await look();
  }, 180_000);
  afterAll(async () => {
    await world?.close();
    await database?.close();
  });

  it.each(cases)('$point, card $card: leaves exactly what had happened', (one) => {
    expect(atDeath.get(idOf(one))).toEqual(one.dead);
  });

  it.each(cases)('$point, card $card: another process brings it to its end', (one) => {
    expect(resolved.get(idOf(one))).toEqual(one.resolved);
  });

  it('while the gateway has its calls: what was charged is found, also what was charged later', () => {
    const states = lost.map((id) => `${atDeath.get(id)?.payment} ${resolved.get(id)?.payment}`).sort();
    expect(states).toEqual([
      'paying/notDue captured/fulfilled',
      'paying/notDue captured/fulfilled',
      'paying/notDue created/notDue',
    ]);
  });

  it('keeps no payer from paying: each order is charged once in the end, whatever its payer repeats', async () => {
    const orders = [...cases.map(idOf), ...lost];
    const asBefore = orders.map((orderId) => ({ orderId, sessionId: sessions.get(orderId) ?? '' }));
    const payers = [...asBefore, ...orders.map((orderId) => ({ orderId }))];
    expect(await heir.kill('SIGTERM')).toBe(0);
    const instance = await world.instance({ payers, sweepEveryMs: 0, ...patient });
    await until('the payers', () => instance.told.some((one) => 'paid' in one));
    expect(await world.falsehoodsAtLast()).toEqual([]);
    expect((await world.gateway.charges()).map(({ orderId }) => orderId).sort()).toEqual([...orders].sort());
    const answers = instance.told.flatMap((one) =>
      'answered' in one ? [`${one.orderId} ${one.answered}`] : [],
    );
    expect(answers).toEqual(
      expect.arrayContaining([
        'beforeIntent-approved captured',
        'afterIntent-approved SessionExpired',
        'afterOutcome-approved captured',
        'afterOutcome-declined declined',
        'afterOutcome-declined captured',
      ]),
    );
    expect(await instance.kill('SIGTERM')).toBe(0);
    expect(instance.problems() + heir.problems()).toBe('');
  }, 180_000);

  // Last: it spoils what the others look at.
  it('is judged by a comparison that notices each of these lies', async () => {
    const lies = [
      `insert into host_released select order_id, key from host_released where order_id = 'during-1'`,
      `delete from host_released where order_id = 'during-2'`,
      `update host_delivered set key = 'another' where order_id = 'during-3'`,
      `delete from paysession.payment_event where order_id = 'beforeIntent-approved' and version = 2`,
      `delete from host_heard where order_id = 'afterIntent-approved' and version = 3`,
      `update paysession.payment set document = jsonb_set(document::jsonb, '{captured,minor}', '1')
         where order_id = 'afterAnswer-approved'`,
      `update paysession.payment set document = jsonb_set(document::jsonb, '{states,payment}', '"created"')
         where order_id = 'afterAnswer-declined'`,
    ];
    for (const sql of lies) expect((await world.pool.query(sql)).rowCount).toBeGreaterThan(0);
    const noticed = new Set((await falsehoods(world.pool, world.gateway)).map((line) => line.split(':')[0]));
    expect([...noticed].sort()).toEqual(
      ['during-1', 'during-2', 'during-3', 'beforeIntent-approved', 'afterIntent-approved']
        .concat('afterAnswer-approved', 'afterAnswer-declined')
        .sort(),
    );
  });
});
