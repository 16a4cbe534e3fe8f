// Submits at the same time, through the real adapter and the simulator: one of them pays, the others see its result.
import { describe, expect, it } from '@jest/globals';
import { orderId, type OrderId } from '../../src/domain/payment/ids.ts';
import { toDecimal } from '../../src/domain/money/money.ts';
import { aShop, type Card, cards, minute, type Shop, type ShopOptions, until } from './a-shop.ts';
import { dialects } from './dialects.ts';

/** What a submit answers, as a page would see it: the attempt and its outcome, or the type of the error. */
const answerOf = (shop: Shop, sessionId: Awaited<ReturnType<Shop['open']>>, order: OrderId) =>
  shop.module.submitPayment
    .execute({ merchantId: shop.key.merchantId, orderId: order, sessionId, revision: 1 })
    .match(
      ({ attempt }) => `${attempt.id} ${attempt.outcome} ${toDecimal(attempt.amount)}`,
      ({ type }) => type,
    );

const submitsOf = async (shop: Shop, many: number, order: OrderId, card: Card = 'approved') => {
  const key = { merchantId: shop.key.merchantId, orderId: order };
  const { session } = (await shop.module.openPaySession.execute(key))._unsafeUnwrap();
  await shop.types(session.id, cards[card]);
  return Array.from({ length: many }, () => () => answerOf(shop, session.id, order));
};

/** Every answer is the winner's, or says that the winner is on its way; afterwards all are the winner's. */
const agree = (answers: readonly string[], outcome: string) => {
  const others = new Set(answers.filter((answer) => answer !== 'AttemptInFlight'));
  expect([...others]).toEqual([expect.stringMatching(new RegExp(`^\\S+ ${outcome} 99\\.99$`))]);
};

describe.each(dialects)('In the %s dialect:', (dialect) => {
  const open = (options: ShopOptions = {}) => aShop({ dialect, ...options });

  describe('Fifty submits of one order at once', () => {
    it.each([
      ['an approved card', 'approved', { fault: 'none' }, 'captured', 1],
      ['a declined card', 'declined', { fault: 'none' }, 'declined', 0],
      ['an answer that takes its time', 'approved', { fault: 'delay', ms: 300 }, 'captured', 1],
      ['an answer that is lost', 'approved', { fault: 'dropAfter' }, 'unknown', 1],
      ['a connection that is cut', 'approved', { fault: 'dropBefore' }, 'unknown', 0],
    ] as const)('with %s: one pay, one result', async (_title, card, fault, outcome, charges) => {
      const shop = await open();
      const submits = await submitsOf(shop, 50, shop.key.orderId, card);
      if (fault.fault !== 'none') await shop.fault('pay', fault);
      agree(await Promise.all(submits.map((submit) => submit())), outcome);
      agree(await Promise.all(submits.map((submit) => submit())), outcome);
      expect(await shop.paysSent()).toHaveLength(1);
      expect(await shop.charges()).toHaveLength(charges);
      expect((await shop.payment()).attempts).toHaveLength(1);
      await shop.sweepsAfter(3 * minute);
      expect(shop.released).toHaveLength(charges);
    });

    it('that a sweep and forty-nine confirmations run beside: one pay, one release', async () => {
      const shop = await open();
      const submits = await submitsOf(shop, 50, shop.key.orderId);
      await shop.fault('pay', { fault: 'delay', ms: 200 });
      const confirms = submits.map(() => () => shop.module.confirmPayment.execute(shop.key));
      await Promise.all([...submits, ...confirms].map((run) => run()));
      await shop.sweepsAfter(minute);
      expect((await shop.payment()).states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
      expect(await shop.paysSent()).toHaveLength(1);
      expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
      expect(shop.released).toHaveLength(1);
      expect((await shop.history()).filter((event) => event === 'captured')).toHaveLength(1);
    });

    it('of which ten go through each of five instances over one storage: one pay', async () => {
      const shop = await open();
      const submits = await submitsOf(shop, 10, shop.key.orderId);
      const others = Array.from({ length: 4 }, () => shop.instance());
      const session = (await shop.payment()).session?.id;
      if (session === undefined) throw new Error('no session');
      const elsewhere = others.flatMap((module) =>
        submits.map(() => () => answerOf({ ...shop, module }, session, shop.key.orderId)),
      );
      agree(await Promise.all([...submits, ...elsewhere].map((submit) => submit())), 'captured');
      expect(await shop.paysSent()).toHaveLength(1);
      expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
    });
  });

  describe('Twenty orders that are submitted five times each, all at once', () => {
    it('are charged once each', async () => {
      const shop = await open();
      const ids = Array.from({ length: 20 }, (_, index) => orderId(`LAMP-${index + 1}`)._unsafeUnwrap());
      const submits = await Promise.all(ids.map((id) => submitsOf(shop, 5, id)));
      const answers = await Promise.all(submits.map((own) => Promise.all(own.map((submit) => submit()))));
      for (const own of answers) agree(own, 'captured');
      const sorted = (lines: readonly string[]) => [...lines].sort();
      expect(sorted(await shop.charges())).toEqual(sorted(ids.map((id) => `${id} 99.99 USD`)));
      expect(await shop.paysSent()).toHaveLength(20);
      await shop.sweepsAfter(minute);
      expect(new Set(shop.released).size).toBe(20);
      expect(shop.released).toHaveLength(20);
    });
  });

  describe('Other calls beside a pay that is on its way', () => {
    const payOnItsWay = async () => {
      const shop = await open();
      const session = await shop.openWithCard();
      await shop.fault('pay', { fault: 'delay', ms: minute });
      const answer = shop.submit(session);
      await until(async () => (await shop.paysSent()).length === 1);
      return { shop, session, answer };
    };

    it('are refused: no second session, no new price, no cancelling', async () => {
      const { shop, session, answer } = await payOnItsWay();
      const { openPaySession, updatePaySession, cancelPayment } = shop.module;
      expect(await shop.submit(session)).toBe('AttemptInFlight');
      shop.priceIs('1.00');
      for (const refused of [openPaySession, updatePaySession, cancelPayment])
        expect((await refused.execute(shop.key))._unsafeUnwrapErr().type).toBe('NotPayable');
      await shop.timePasses(minute);
      expect(await answer).toBe('captured');
      expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
      expect(await shop.paysSent()).toHaveLength(1);
    });

    it('read that nothing is there, and believe nothing of it', async () => {
      const { shop, answer } = await payOnItsWay();
      for (let time = 0; time < 3; time += 1) await shop.module.confirmPayment.execute(shop.key);
      expect((await shop.payment()).states.payment).toBe('paying');
      await shop.timePasses(minute);
      expect(await answer).toBe('captured');
    });

    it('believe a charge at once, and the late answer adds nothing', async () => {
      const shop = await open({ timeoutMs: 1_000 });
      const session = await shop.openWithCard();
      await shop.fault('pay', { fault: 'hang', charge: true });
      const answer = shop.submit(session);
      await until(async () => (await shop.charges()).length === 1);
      await shop.module.confirmPayment.execute(shop.key);
      expect((await shop.payment()).states.payment).toBe('captured');
      expect(await answer).toBe('captured');
      await shop.sweepsAfter(minute);
      expect(await shop.history()).toEqual([
        'sessionOpened',
        'payStarted',
        'captured',
        'fulfilled',
        'confirmationSent',
      ]);
      expect(shop.released).toHaveLength(1);
    });

    it('or before it, cancel: then nothing is sent; one of the two wins', async () => {
      for (let round = 0; round < 10; round += 1) {
        const shop = await open();
        const session = await shop.openWithCard();
        const racers = [() => shop.submit(session), () => shop.module.cancelPayment.execute(shop.key)];
        await Promise.all((round % 2 === 0 ? racers : racers.reverse()).map((run) => run()));
        const { payment } = (await shop.payment()).states;
        expect(['captured', 'cancelled']).toContain(payment);
        expect(await shop.charges()).toHaveLength(payment === 'captured' ? 1 : 0);
        expect(await shop.paysSent()).toHaveLength(payment === 'captured' ? 1 : 0);
      }
    });
  });
});
