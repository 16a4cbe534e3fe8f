// A process that is killed while it captures, voids or gives back: nothing moves twice for one key, and what moved is what is stored.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPayments, type Paysession } from '../../src/container/create-payments.ts';
import { toDecimal } from '../../src/domain/money/money.ts';
import { merchantId, orderId } from '../../src/domain/payment/ids.ts';
import type { Payment } from '../../src/domain/payment/payment.ts';
import { pgDatabase, postgresPayments } from '../../src/infrastructure/postgres/postgres.ts';
import { usd } from '../builders/a-payment.ts';
import { outcomeOf } from '../checkout/a-shop.ts';
import { type TestDatabase, testDatabase } from '../postgres/database.ts';
import type { FollowUpOf, Point } from './instance.ts';
import { cards, orderOf } from './shop.ts';
import { aWorld, patient, until, type World } from './world.ts';

const operations = ['capture', 'void', 'refund'] as const;
type Operation = (typeof operations)[number];

/** What an attempt is when the process dies, and in the end; null: nobody wrote it down. */
const points = [
  { point: 'beforeIntent', dead: null, resolved: null },
  { point: 'afterIntent', dead: 'started', resolved: 'notDone' },
  { point: 'during, nothing done', dead: 'started', resolved: 'notDone' },
  { point: 'during, done', dead: 'started', resolved: 'done' },
  { point: 'afterAnswer', dead: 'started', resolved: 'done' },
  { point: 'beforeOutcome', dead: 'started', resolved: 'done' },
  { point: 'afterOutcome', dead: 'done', resolved: 'done' },
] as const;
const cases = operations.flatMap((operation) => points.map((each) => ({ operation, ...each })));
type Case = (typeof cases)[number];

const idOf = ({ operation, point }: Pick<Case, 'operation' | 'point'>): string =>
  `${operation}-${point.replaceAll(/\W+/g, '-')}`;

/** A part of the amount, where it can be one. */
const asked = (one: Pick<Case, 'operation' | 'point'>): FollowUpOf => ({
  orderId: idOf(one),
  operation: one.operation,
  key: 'once',
  ...(one.operation !== 'void' && { amount: '4.00' }),
});

describe('A process that is killed while it captures, voids or gives back', () => {
  let database: TestDatabase;
  let world: World;
  let module: Paysession;
  let dead: ReadonlyMap<string, Payment>;
  let resolved: ReadonlyMap<string, Payment>;

  const keyOf = (order: string) => ({
    merchantId: merchantId(world.account.merchantId)._unsafeUnwrap(),
    orderId: orderId(order)._unsafeUnwrap(),
  });

  const paymentOf = async (one: Case): Promise<Payment> =>
    (await module.findPayment.execute(keyOf(idOf(one))))._unsafeUnwrap().payment;
  const look = async (): Promise<ReadonlyMap<string, Payment>> =>
    new Map(await Promise.all(cases.map(async (one) => [idOf(one), await paymentOf(one)] as const)));

  /** What the gateway says that moved, and what is stored; equal when all is true. */
  const moved = async (
    one: Case,
  ): Promise<Readonly<{ ledger: readonly string[]; stored: readonly string[] }>> => {
    const { captured, refunded } = await paymentOf(one);
    const mine = (await world.gateway.charges()).filter(({ orderId: order }) => order === idOf(one));
    const lines = (...of: readonly string[]) =>
      mine.filter(({ operation }) => of.includes(operation)).map(({ amount }) => amount);
    const total = (amounts: readonly string[]) =>
      amounts.reduce((sum, each) => sum + Number(each), 0).toFixed(2);
    return {
      ledger: [total(lines('PAY', 'CAPTURE')), total(lines('REFUND', 'VOID'))],
      stored: [toDecimal(captured), toDecimal(refunded)],
    };
  };

  const pays = async (one: Case): Promise<void> => {
    const key = keyOf(idOf(one));
    const { session } = (await module.openPaySession.execute(key))._unsafeUnwrap();
    await world.gateway.types(session.id, cards.approved);
    const useCase = one.operation === 'capture' ? module.authorizePayment : module.submitPayment;
    (await useCase.execute({ ...key, sessionId: session.id, revision: null }))._unsafeUnwrap();
    await module.fulfilOrder.execute(key);
  };

  const calls = async (operation: Operation): Promise<number> =>
    (await world.gateway.requests()).filter(({ path }) => path.endsWith(`/${operation}`)).length;

  /** Kills a process when all that it does is at this point. */
  const killAt = async (point: Point): Promise<void> => {
    const followUps = operations.map((operation) => asked({ operation, point: point as Case['point'] }));
    const instance = await world.instance({ stopAt: point, followUps, sweepEveryMs: 0, ...patient });
    const reached = () => instance.told.filter((one) => 'reached' in one).length;
    await until(`the point ${point}`, () => reached() === operations.length);
    await instance.kill('SIGKILL');
  };

  const killDuringCalls = async (point: 'during, nothing done' | 'during, done'): Promise<void> => {
    const before = await Promise.all(operations.map(calls));
    for (const operation of operations)
      await world.gateway.fault(operation, { fault: 'hang', charge: point === 'during, done' });
    const followUps = operations.map((operation) => asked({ operation, point }));
    const instance = await world.instance({ stopAt: 'nowhere', followUps, sweepEveryMs: 0, ...patient });
    await until('the calls', async () => {
      const now = await Promise.all(operations.map(calls));
      return now.every((count, index) => count > (before[index] ?? 0));
    });
    await instance.kill('SIGKILL');
  };

  beforeAll(async () => {
    database = await testDatabase();
    world = await aWorld(database.url, 'payment');
    module = createPayments({
      payments: await postgresPayments(pgDatabase(database.connect({ max: 5 }))),
      prahsys: {
        ...world.account,
        dialect: 'payment',
        apiUrl: world.gatewayUrl,
        scriptUrl: world.gatewayUrl,
      },
      sweepEveryMs: 0,
      orders: async (key) => orderOf(key.orderId),
      fulfilment: async () => undefined,
    });
    await Promise.all(cases.map(pays));
    await killDuringCalls('during, nothing done');
    await killDuringCalls('during, done');
    const stops = ['beforeIntent', 'afterIntent', 'afterAnswer', 'beforeOutcome', 'afterOutcome'] as const;
    await Promise.all(stops.map(killAt));
    dead = await look();
    await world.instance();
    await until('the rest to be found out', async () => {
      resolved = await look();
      return cases.every((one) => {
        const last = resolved.get(idOf(one))?.attempts.at(-1);
        return last?.outcome !== 'started' && last?.outcome !== 'unknown';
      });
    });
  }, 180_000);
  afterAll(async () => {
    await module?.close();
    await world?.close();
    await database?.close();
  });

  const outcomeIn = (seen: ReadonlyMap<string, Payment>, one: Case): string | null =>
    seen.get(idOf(one))?.attempts.find(({ key }) => key === 'once')?.outcome ?? null;

  it.each(cases)('$operation, $point: leaves exactly what was written down', (one) => {
    expect(outcomeIn(dead, one)).toBe(one.dead);
  });

  it.each(cases)('$operation, $point: another process finds out what came of it', async (one) => {
    expect(outcomeIn(resolved, one)).toBe(one.resolved);
    const { ledger, stored } = await moved(one);
    const price = orderOf(idOf(one)).amount;
    const amount = one.resolved === 'done' ? (asked(one).amount ?? price) : '0.00';
    expect(ledger).toEqual(one.operation === 'capture' ? [amount, '0.00'] : [price, amount]);
    expect(stored).toEqual(ledger);
  });

  it.each(cases)(
    '$operation, $point: asked for again, it moves no money twice under its key',
    async (one) => {
      const { operation, amount, orderId: order, key } = asked(one);
      const before = await calls(operation);
      const useCases = {
        capture: module.capturePayment,
        void: module.voidPayment,
        refund: module.refundPayment,
      };
      const command = { ...keyOf(order), key, amount: amount === undefined ? null : usd(amount) };
      const again = () => outcomeOf(useCases[operation].execute(command));
      const answers = [await again(), await again()];
      const word = one.resolved === 'notDone' ? 'NotSent' : 'done';
      expect(answers).toEqual([word, word]);
      expect((await calls(operation)) - before).toBe(one.resolved === null ? 1 : 0);
      const { ledger, stored } = await moved(one);
      expect(stored).toEqual(ledger);
    },
  );
});
