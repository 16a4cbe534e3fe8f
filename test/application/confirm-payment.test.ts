import { describe, expect, it } from '@jest/globals';
import { okAsync, ResultAsync } from 'neverthrow';
import { gatewayUnavailable, type PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { usd } from '../builders/a-payment.ts';
import { bound, given, key, minute } from './given.ts';

const hour = 60 * minute;

describe('ConfirmPayment', () => {
  it('believes a charge at once, releases the goods, and does so once', async () => {
    const { gateway, module, open, submit, settled, released, payment } = given();
    gateway.cardIs({ type: 'unknown', charged: true });
    await submit(await open());
    await Promise.all(Array.from({ length: 10 }, () => module.confirmPayment.execute(key)));
    await settled();
    expect((await payment()).states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
    expect(released).toHaveLength(1);
  });

  it('does not believe "nothing there" before the quiet period is over and two readings agree', async () => {
    const { gateway, module, open, submit, timePasses } = given();
    gateway.cardIs({ type: 'unknown', charged: false });
    await submit(await open());
    const confirm = async () => (await module.confirmPayment.execute(key))._unsafeUnwrap().states.payment;
    expect(await confirm()).toBe('payUnknown');
    timePasses(2.5 * minute);
    expect(await confirm()).toBe('payUnknown');
    timePasses(59_000);
    expect(await confirm()).toBe('payUnknown');
    timePasses(1_000);
    expect(await confirm()).toBe('created');
  });

  it('takes another card after it was proven that the last one was not charged', async () => {
    const { gateway, module, open, submit, timePasses } = given();
    gateway.cardIs({ type: 'unknown', charged: false });
    const first = await open();
    await submit(first);
    timePasses(3 * minute);
    await module.confirmPayment.execute(key);
    timePasses(minute);
    await module.confirmPayment.execute(key);
    gateway.cardIs({ type: 'captured' });
    expect((await submit(await open()))._unsafeUnwrap().attempt.outcome).toBe('captured');
    expect(gateway.charges).toHaveLength(1);
    expect((await submit(first))._unsafeUnwrapErr().type).toBe('SessionExpired');
  });

  it.each(['captured', 'declined'] as const)('follows a pending charge to %s', async (became) => {
    const { gateway, module, open, submit, payment } = given();
    gateway.cardIs({ type: 'pending', reason: 'the bank is asked' });
    const session = await open();
    expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('pending');
    gateway.later(session, became);
    await module.confirmPayment.execute(key);
    expect((await payment()).states.payment).toBe(became);
  });

  it('finds a charge that came after it was proven not to be there, and calls a person', async () => {
    const { gateway, module, open, submit, timePasses, payment, released } = given();
    gateway.cardIs({ type: 'unknown', charged: false });
    const session = await open();
    await submit(session);
    timePasses(3 * minute);
    await module.confirmPayment.execute(key);
    timePasses(minute);
    await module.confirmPayment.execute(key);
    gateway.later(session, 'captured');
    timePasses(hour);
    await module.resolveUnfinished.execute();
    expect(await payment()).toMatchObject({
      states: { payment: 'needsAttention' },
      captured: { minor: 9999 },
    });
    expect(released).toEqual([]);
  });

  it('changes nothing when the gateway does not answer', async () => {
    const { gateway, module, open, submit, payment } = given();
    gateway.cardIs({ type: 'unknown', charged: true });
    await submit(await open());
    const before = await payment();
    gateway.fails('read', gatewayUnavailable('away'));
    await module.confirmPayment.execute(key);
    expect(await payment()).toEqual(before);
  });

  it('tells who asked for this very reading that there was none, also while an outcome is open', async () => {
    const { gateway, module, open, submit, payment } = given();
    gateway.cardIs({ type: 'pending', reason: 'the bank is asked' });
    await submit(await open());
    gateway.fails('read', gatewayUnavailable('away'));
    const asked = module.confirmPayment.execute({ ...key, evenIfSettled: true });
    expect((await asked)._unsafeUnwrapErr()).toEqual(gatewayUnavailable('away'));
    expect((await payment()).states.payment).toBe('pending');
  });

  it('reads every session that may have been paid through for who asks about a payment that is settled', async () => {
    const { gateway, module, open, submit, timePasses, payment } = given();
    gateway.cardIs({ type: 'unknown', charged: false });
    const first = await open();
    await submit(first);
    for (const wait of [3 * minute, minute]) {
      timePasses(wait);
      await module.confirmPayment.execute(key);
    }
    gateway.cardIs({ type: 'captured' });
    await submit(await open());
    gateway.later(first, 'captured');
    await module.confirmPayment.execute({ ...key, evenIfSettled: true });
    expect(await payment()).toMatchObject({
      attention: { kind: 'chargeFound' },
      captured: { minor: 2 * 9999 },
    });
  });

  it('takes what is said of the whole order for no further charge where its money is known already', async () => {
    const gateway = new InMemoryGateway([key.merchantId], { dialect: 'payment' });
    const answers: PaymentGateway = {
      ...bound(gateway),
      read: ({ merchantId, orderId }) => {
        const evidence = { merchantId, orderId, amount: usd('99.99'), transactionId: null };
        return okAsync({ type: 'captured', evidence, isOfOrder: true });
      },
    };
    const { module, open, payment } = given({ gateway: answers });
    await module.authorizePayment.execute({ ...key, sessionId: await open(), revision: null });
    await module.capturePayment.execute({ ...key, key: 'all' });
    const before = await payment();
    const asked = await module.confirmPayment.execute({ ...key, evenIfSettled: true });
    expect(asked._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
    expect(before.captured).toEqual(usd('99.99'));
    expect((await payment()).captured).toEqual(usd('99.99'));
  });

  it('is asked again by who asked, where the gateway tells of more than it shows and nothing else would look', async () => {
    const gateway = new InMemoryGateway([key.merchantId], { dialect: 'payment' });
    const hides: PaymentGateway = {
      ...bound(gateway),
      read: (request) =>
        gateway.read(request).map((said) => (said.type === 'record' ? { ...said, isPartial: true } : said)),
    };
    const { module, open, submit } = given({ gateway: hides });
    await submit(await open());
    expect((await module.confirmPayment.execute(key)).isOk()).toBe(true);
    const asked = await module.confirmPayment.execute({ ...key, evenIfSettled: true });
    expect(asked._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
  });

  it('reads nothing about a payment with nothing in flight', async () => {
    const { module, open, calls } = given();
    await open();
    await module.confirmPayment.execute(key);
    expect(calls()).toEqual(['openSession']);
  });

  /** A gateway whose readings arrive when the test says so. */
  const slowReadings = (readWhen: 'asked' | 'answered') => {
    const gateway = new InMemoryGateway();
    const arrivals: (() => void)[] = [];
    const slow: PaymentGateway = {
      ...bound(gateway),
      read: (request) => {
        const answer = readWhen === 'asked' ? gateway.read(request) : null;
        return new ResultAsync(
          new Promise((arrive) =>
            arrivals.push(() => arrive(Promise.resolve(answer ?? gateway.read(request)))),
          ),
        );
      },
    };
    return { gateway, slow, arrive: () => arrivals.shift()?.() };
  };

  it('a "nothing there" that was asked for within the quiet period proves nothing, however late its answer comes', async () => {
    const { gateway, slow, arrive } = slowReadings('asked');
    const { module, open, submit, timePasses, payment, settled } = given({ gateway: slow });
    gateway.cardIs({ type: 'unknown', charged: false });
    const session = await open();
    await submit(session);
    timePasses(20_000);
    const polls = [module.confirmPayment.execute(key), module.confirmPayment.execute(key)];
    await settled();
    gateway.later(session, 'captured');
    for (const poll of polls) {
      timePasses(3 * minute);
      arrive();
      await poll;
    }
    expect((await payment()).states.payment).toBe('payUnknown');
  });

  it('a reading is about the pay that left through the session, not about one that was never sent', async () => {
    const { gateway, slow, arrive } = slowReadings('answered');
    const pay = Promise.withResolvers<void>();
    const notYet: PaymentGateway = {
      ...slow,
      pay: (request) => ResultAsync.fromSafePromise(pay.promise).andThen(() => slow.pay(request)),
    };
    const { module, open, submit, payment, settled } = given({ gateway: notYet });
    gateway.cardIs({ type: 'notSent', reason: 'connection refused' });
    const session = await open();
    const first = submit(session);
    await settled();
    const poll = module.confirmPayment.execute(key);
    await settled();
    pay.resolve();
    await first;
    gateway.cardIs({ type: 'captured' });
    await submit(session);
    arrive();
    await poll;
    expect(await payment()).toMatchObject({ states: { payment: 'captured' }, captured: { minor: 9999 } });
  });
});
