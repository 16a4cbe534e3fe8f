// Captures, voids and refunds of one payment at the same moment, from two instances on one PostgreSQL, through the real adapter and the
// simulator: what the payment says was taken and given back is what the gateway's ledger says.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FollowUpCommand } from '../../../src/application/follow-up-payment.ts';
import type { Paysession } from '../../../src/container/create-payments.ts';
import { isUnsettled } from '../../../src/domain/payment/attempt.ts';
import { pgDatabase } from '../../../src/infrastructure/postgres/pg-database.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { usd } from '../../builders/a-payment.ts';
import { aShop, day, hour, minute, outcomeOf, type Shop, until } from '../../checkout/a-shop.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { freshSchema } from './storages.ts';

type What = 'capture' | 'refund' | 'void';
type Till = Shop &
  Readonly<{
    /** Asks so many times at once, the two instances in turn, each time under a key of its own. */
    atOnce(what: What, amounts: readonly (string | null)[]): Promise<readonly string[]>;
    ask(what: What, command: Omit<FollowUpCommand, 'merchantId' | 'orderId'>, n?: number): Promise<string>;
  }>;

const minorOf = (amount: string): number => usd(amount).minor;
const sum = (amounts: readonly string[]): number => amounts.reduce((total, each) => total + minorOf(each), 0);
/** 0.97 to 19.40, no two alike; twice as much as the lamp costs. */
const different = Array.from({ length: 20 }, (_, n) => ((n + 1) * 0.97).toFixed(2));
/** One more than fits. */
const alike = Array.from({ length: 20 }, () => '5.00');
const untilAllIsKnown = [3 * minute, minute, minute, 5 * minute, hour, 6 * hour, day, day, day] as const;

/** Everything that may happen to a call and is found out about afterwards. */
const everything = [
  { fault: 'dropAfter', times: 3 },
  { fault: 'dropBefore', times: 3 },
  { fault: 'pendingThen', ms: minute, times: 2 },
  { fault: 'truncate', times: 2 },
  { fault: 'lateCommit', ms: minute, times: 2 },
  { fault: 'pendingThen', ms: minute, result: 'DECLINED' },
  { fault: 'status', status: 503, body: '<h1>Away</h1>', times: 2 },
];

describe('Two instances on one PostgreSQL', () => {
  let server: TestDatabase;
  beforeAll(async () => {
    server = await testDatabase();
  });
  afterAll(() => server.close());

  const aTill = async (): Promise<Till> => {
    const schema = await freshSchema(pgDatabase(server.pool));
    // Dozens of tills, one after the other: their connections go when they are idle, or the server has none left.
    const pool = () => server.connect({ max: 5, idleTimeoutMillis: 50 });
    const payments = () => new PostgresPayments(pgDatabase(pool()), { schema });
    const shop = await aShop({ dialect: 'payment', payments });
    const instances: readonly Paysession[] = [shop.module, shop.instance()];
    const ask: Till['ask'] = (what, command, n = 0) => {
      const module = instances[n % 2] ?? shop.module;
      const asked = { ...shop.key, ...command };
      return outcomeOf(module[`${what}Payment`].execute(asked));
    };
    const atOnce: Till['atOnce'] = (what, amounts) =>
      Promise.all(
        amounts.map((amount, n) =>
          ask(what, { key: `${what}-${n}`, amount: amount === null ? null : usd(amount) }, n),
        ),
      );
    return { ...shop, ask, atOnce };
  };

  const captured = async (): Promise<Till> => {
    const till = await aTill();
    expect(await till.pays()).toBe('captured');
    return till;
  };
  const authorized = async (): Promise<Till> => {
    const till = await aTill();
    expect(await till.authorize(await till.openWithCard())).toBe('authorized');
    return till;
  };

  /** The amounts of the gateway's ledger that moved by these operations, in minor units. */
  const inLedger = async (till: Till, ...operations: readonly string[]): Promise<number> =>
    sum(
      (await till.ledger())
        .filter(({ operation }) => operations.includes(operation))
        .map(({ amount }) => amount),
    );

  /** Nothing is open, nothing was sent twice, and what was taken and given back is what the ledger says. */
  const expectTruth = async (till: Till): Promise<void> => {
    const { attempts, captured: taken, refunded, attention } = await till.payment();
    expect(attempts.filter(isUnsettled)).toEqual([]);
    expect(attention).toBeNull();
    expect(taken.minor).toBe(await inLedger(till, 'PAY', 'CAPTURE'));
    expect(refunded.minor).toBe(await inLedger(till, 'REFUND', 'VOID'));
    expect(refunded.minor).toBeLessThanOrEqual(taken.minor);
    for (const what of ['capture', 'refund', 'void'] as const) {
      const left = attempts.filter(({ operation, outcome }) => operation === what && outcome !== 'notSent');
      expect(await till.sent(what)).toHaveLength(left.length);
      const done = left.filter(({ outcome }) => outcome === 'done').map(({ transactionId }) => transactionId);
      const moved = (await till.ledger()).filter(({ operation }) => operation === what.toUpperCase());
      if (what !== 'void')
        expect([...done].sort()).toEqual(moved.map(({ transactionId }) => transactionId).sort());
    }
  };

  describe.each([
    { name: 'different amounts', amounts: different },
    { name: 'equal amounts', amounts: alike },
  ])('that give back twenty parts of a payment, $name', ({ amounts }) => {
    it('give back all that fits and no more', async () => {
      const till = await captured();
      const answers = await till.atOnce('refund', amounts);
      expect(new Set(answers)).toEqual(new Set(['done', 'AmountExceeded']));
      await expectTruth(till);
      const refused = amounts.filter((_, n) => answers[n] !== 'done');
      const left = 9999 - (await till.payment()).refunded.minor;
      for (const amount of refused) expect(minorOf(amount)).toBeGreaterThan(left);
      expect(await inLedger(till, 'REFUND')).toBe(sum(amounts.filter((_, n) => answers[n] === 'done')));
    });

    it('while the gateway takes its time: the parts that are on their way count as given back', async () => {
      const till = await captured();
      await till.fault('refund', { fault: 'delay', ms: minute, times: 20 });
      const asked = till.atOnce('refund', amounts);
      // Those that do not fit have their answer before the gateway answers anybody.
      const refusedAtOnce = async () => {
        const { attempts } = await till.payment();
        const onTheirWay = attempts.filter(({ operation }) => operation === 'refund');
        const left = 9999 - onTheirWay.reduce((total, { amount }) => total + amount.minor, 0);
        const sent = (await till.sent('refund')).length;
        return (
          sent === onTheirWay.length &&
          sent > 5 &&
          amounts.every(
            (amount, n) => attempts.some(({ key }) => key === `refund-${n}`) || minorOf(amount) > left,
          )
        );
      };
      await until(refusedAtOnce);
      expect(await inLedger(till, 'REFUND')).toBe(0);
      expect(await till.ask('refund', { key: 'too-much', amount: usd('99.99') })).toBe('AmountExceeded');
      await till.timePasses(minute);
      expect(new Set(await asked)).toEqual(new Set(['done', 'AmountExceeded']));
      await expectTruth(till);
    });

    it.each([
      ['lost', [{ fault: 'dropAfter', times: 6 }]],
      ['cut off', [{ fault: 'dropBefore', times: 6 }]],
      ['late', [{ fault: 'lateCommit', ms: minute, times: 6 }]],
      ['open for a minute', [{ fault: 'pendingThen', ms: minute, times: 6 }]],
      ['of every kind', everything],
    ])(
      'with answers that are %s: reading finds the truth, and the rest can be given back',
      async (_, faults) => {
        const till = await captured();
        for (const fault of faults) await till.fault('refund', fault);
        const answers = await till.atOnce('refund', amounts);
        expect(answers.some((answer) => answer === 'unknown' || answer === 'pending')).toBe(true);
        const { attempts, refunded } = await till.payment();
        const open = attempts.filter(isUnsettled).reduce((total, { amount }) => total + amount.minor, 0);
        expect(refunded.minor + open).toBeLessThanOrEqual(9999);
        expect(await inLedger(till, 'REFUND')).toBeLessThanOrEqual(refunded.minor + open);
        await till.sweepsAfter(...untilAllIsKnown);
        await expectTruth(till);
        await till.faultsEnd();
        const isLeft = (await till.payment()).refunded.minor < 9999;
        expect(await till.ask('refund', { key: 'rest' })).toBe(isLeft ? 'done' : 'AmountExceeded');
        expect((await till.payment()).states.payment).toBe('refunded');
        await expectTruth(till);
      },
    );
  });

  it('that are asked for one refund twenty times, under one key, give back once', async () => {
    const till = await captured();
    const asked = { key: 'return-1', amount: usd('10.00') };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => till.ask('refund', asked, n)));
    expect(answers).toContain('done');
    expect(answers.filter((answer) => !['done', 'AttemptInFlight'].includes(answer))).toEqual([]);
    expect(await till.ask('refund', asked, 1)).toBe('done');
    expect(await till.ask('refund', { ...asked, amount: usd('10.01') }, 1)).toBe('KeyReused');
    expect(await till.sent('refund')).toHaveLength(1);
    expect(await inLedger(till, 'REFUND')).toBe(1000);
    await expectTruth(till);
  });

  it('that are asked for all of it twenty times at once, under a key each, give back once', async () => {
    const till = await captured();
    const answers = await till.atOnce('refund', Array<null>(20).fill(null));
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
    expect(await till.sent('refund')).toHaveLength(1);
    expect((await till.payment()).states.payment).toBe('refunded');
    await expectTruth(till);
  });

  it('that capture twenty parts of what is held take all that fits and no more', async () => {
    const till = await authorized();
    const answers = await till.atOnce('capture', different);
    expect(new Set(answers)).toEqual(new Set(['done', 'AmountExceeded']));
    await expectTruth(till);
    expect(await inLedger(till, 'CAPTURE')).toBe(sum(different.filter((_, n) => answers[n] === 'done')));
    expect(await till.ask('capture', { key: 'rest' })).toBe('done');
    expect((await till.payment()).states.payment).toBe('captured');
    expect(await inLedger(till, 'CAPTURE')).toBe(9999);
  });

  it('that capture in parts while answers are lost, and give back what was captured, end as the ledger has it', async () => {
    const till = await authorized();
    for (const fault of everything) await till.fault('capture', fault);
    await till.atOnce('capture', different.slice(0, 14));
    await till.sweepsAfter(...untilAllIsKnown);
    await expectTruth(till);
    for (const fault of everything) await till.fault('refund', fault);
    await till.atOnce('refund', different);
    await till.sweepsAfter(...untilAllIsKnown);
    await expectTruth(till);
  });

  it.each([
    [
      'a void against captures of what is held',
      authorized,
      ['void', 'capture', 'capture'],
      [null, '40.00', '50.00'],
    ],
    [
      'captures against a void of what is held',
      authorized,
      ['capture', 'capture', 'void'],
      ['40.00', '50.00', null],
    ],
    ['a void against refunds of a charge', captured, ['void', 'refund', 'refund'], [null, '40.00', null]],
    ['refunds against a void of a charge', captured, ['refund', 'refund', 'void'], ['40.00', null, null]],
  ] as const)('with %s: one of them wins, and no money moves twice', async (_, made, whats, amounts) => {
    for (const faults of [
      [],
      [{ fault: 'dropAfter' }],
      [{ fault: 'dropBefore' }],
      [{ fault: 'lateCommit', ms: minute }],
    ]) {
      const till = await made();
      for (const fault of faults) for (const what of new Set(whats)) await till.fault(what, fault);
      const answers = await Promise.all(
        whats.map((what, n) => {
          const amount = amounts[n] ?? null;
          return till.ask(
            what,
            { key: `${what}-${n}`, ...(what !== 'void' && { amount: amount && usd(amount) }) },
            n,
          );
        }),
      );
      await till.sweepsAfter(...untilAllIsKnown);
      const { attempts } = await till.payment();
      const moved = (what: string) =>
        attempts.some(({ operation, outcome }) => operation === what && outcome === 'done');
      expect([answers, moved('void') && (moved('capture') || moved('refund'))]).toEqual([answers, false]);
      const given = await inLedger(till, 'REFUND', 'VOID');
      expect(given).toBeLessThanOrEqual(await inLedger(till, 'PAY', 'CAPTURE'));
      await expectTruth(till);
    }
  });
});
