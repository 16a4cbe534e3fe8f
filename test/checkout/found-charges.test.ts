// Charges that nobody asked for, or no longer: one call carried out twice, a charge for a cancelled order, and a charge without a payment.
// Each becomes a case for a person, with a proposal of what to give back.
import { describe, expect, it } from '@jest/globals';
import { toDecimal } from '../../src/domain/money/money.ts';
import { proposal } from '../../src/domain/payment/follow-up.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { usd } from '../builders/a-payment.ts';
import { aShop, day, hour, minute, outcomeOf, type Shop, until } from './a-shop.ts';
import { aShopWithWebhooks } from './webhook-endpoint.ts';

const needsAttention = (shop: Shop) =>
  until(async () => (await shop.payment()).states.payment === 'needsAttention');

const moved = async (shop: Shop): Promise<readonly string[]> =>
  (await shop.ledger()).map(({ operation, amount }) => `${operation} ${amount}`);

/** Does what is proposed, and says what it came to. */
const followsProposal = async (shop: Shop): Promise<string> => {
  const proposed = proposal(await shop.payment());
  if (proposed === null) throw new Error('nothing is proposed');
  const { operation, target, amount } = proposed;
  expect(`${operation} ${toDecimal(amount)}`).toBe('refund 99.99');
  return outcomeOf(shop.module.refundPayment.execute({ ...shop.key, key: `case-${target}`, target, amount }));
};

const decides = async (
  shop: Shop,
  decision: Parameters<Shop['module']['correctPayment']['execute']>[0]['decision'],
) =>
  (
    await shop.module.correctPayment.execute({
      ...shop.key,
      decision,
      by: 'Ann',
      reason: 'Seen at the gateway',
    })
  ).isOk();

describe('A pay that a proxy on the way sends twice', () => {
  /** The module sent one; the gateway charged two, and answered about one. */
  const isChargedTwice = async (open: () => Promise<Shop> = aShopWithWebhooks) => {
    const shop = await open();
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault: 'duplicate' });
    expect(await shop.submit(session)).toBe('captured');
    return shop;
  };

  it('is found by the webhooks alone; a person gives one of the two back, and the goods were released once', async () => {
    const shop = await isChargedTwice();
    await needsAttention(shop);
    const { attention, captured } = await shop.payment();
    expect([attention?.kind, captured.minor]).toEqual(['chargeFound', 2 * 9999]);
    expect(await shop.paysSent()).toHaveLength(1);
    expect(await followsProposal(shop)).toBe('done');
    expect(await moved(shop)).toEqual(['PAY 99.99', 'PAY 99.99', 'REFUND 99.99']);
    expect(proposal(await shop.payment())).toBeNull();
    expect(await decides(shop, { to: 'captured', held: usd('99.99') })).toBe(true);
    await shop.sweepsAfter(minute, hour, day);
    const { states, refunded } = await shop.payment();
    expect(states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
    expect(refunded.minor).toBe(9999);
    expect(shop.released).toHaveLength(1);
    expect(await moved(shop)).toHaveLength(3);
  });

  it('is found by the sweep alone, once the call can no longer be carried out, should all webhooks be lost', async () => {
    const shop = await isChargedTwice(() => aShop({ dialect: 'payment' }));
    const reads = async () => (await shop.requests()).filter((line) => line.startsWith('GET ')).length;
    await shop.sweepsAfter(2 * minute);
    expect(await reads()).toBe(0);
    await shop.sweepsAfter(minute);
    await needsAttention(shop);
    await shop.sweepsAfter(hour, day);
    expect(await reads()).toBe(1);
    expect(await followsProposal(shop)).toBe('done');
  });

  it('is given back once, however often the proposal is followed', async () => {
    const shop = await isChargedTwice();
    await needsAttention(shop);
    const proposed = proposal(await shop.payment());
    const refund = { ...shop.key, key: 'case-1', target: proposed?.target ?? null, amount: usd('99.99') };
    const again = (key: string) => outcomeOf(shop.module.refundPayment.execute({ ...refund, key }));
    const answers = await Promise.all(['case-1', 'case-1', 'case-1', 'case-2', 'case-3'].map(again));
    expect(answers.filter((answer) => answer === 'done').length).toBeGreaterThan(0);
    expect(await shop.sent('refund')).toHaveLength(1);
    expect(await moved(shop)).toEqual(['PAY 99.99', 'PAY 99.99', 'REFUND 99.99']);
  });
});

describe('A charge for an order that was cancelled', () => {
  /** It was proven that nothing was charged, the order was cancelled, and then the gateway charged all the same. */
  const isCancelledAndCharged = async (open: typeof aShop = aShop) => {
    const shop = await open({ dialect: 'payment' });
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault: 'lateCommit', ms: 30 * minute });
    expect(await shop.submit(session)).toBe('unknown');
    await shop.sweepsAfter(3 * minute, minute, minute);
    expect((await shop.module.cancelPayment.execute(shop.key)).isOk()).toBe(true);
    expect(await shop.charges()).toEqual([]);
    return shop;
  };

  const endsWithNothingTaken = async (shop: Shop) => {
    const { attention, states } = await shop.payment();
    expect([attention?.kind, states.payment]).toEqual(['chargeFound', 'needsAttention']);
    expect(await followsProposal(shop)).toBe('done');
    expect(await decides(shop, { to: 'cancelled' })).toBe(true);
    await shop.sweepsAfter(minute, hour, 3 * day);
    expect((await shop.payment()).states.payment).toBe('cancelled');
    expect(await moved(shop)).toEqual(['PAY 99.99', 'REFUND 99.99']);
    expect(shop.released).toEqual([]);
  };

  it('is found within the hour, and given back by a person', async () => {
    const shop = await isCancelledAndCharged();
    await shop.sweepsAfter(hour);
    await endsWithNothingTaken(shop);
  });

  it('is found at once by its webhook', async () => {
    const shop = await isCancelledAndCharged(aShopWithWebhooks);
    await shop.timePasses(30 * minute);
    await needsAttention(shop);
    await endsWithNothingTaken(shop);
  });

  it('keeps its amount while it is not known whether it was given back', async () => {
    const shop = await isCancelledAndCharged();
    await shop.sweepsAfter(hour);
    await shop.fault('refund', { fault: 'dropAfter' });
    expect(await followsProposal(shop)).toBe('unknown');
    expect(proposal(await shop.payment())).toBeNull();
    await shop.sweepsAfter(minute, 2 * minute, minute);
    expect((await shop.payment()).refunded.minor).toBe(9999);
    expect(await shop.sent('refund')).toHaveLength(1);
    expect(await moved(shop)).toEqual(['PAY 99.99', 'REFUND 99.99']);
  });
});

describe('A charge without a payment, after a database lost its last commits', () => {
  /** The shop was paid; then it goes on with a storage that never heard of it. */
  const lostItsPayment = async () => {
    let storage = new InMemoryPayments();
    const before = await aShop({ dialect: 'payment', payments: () => storage });
    expect(await before.pays()).toBe('captured');
    storage = new InMemoryPayments();
    const shop: Shop = { ...before, module: before.instance(), payments: storage };
    return shop;
  };

  it('is found in the gateway’s list, shown to a person, and the order is released once decided', async () => {
    const shop = await lostItsPayment();
    const { key } = shop;
    const compare = async () =>
      (await shop.module.reconcilePayments.execute({ merchantId: key.merchantId }))._unsafeUnwrap();
    const all = { agreed: 0, read: 1, changed: [key.orderId], unmatched: [], next: null };
    expect(await compare()).toEqual(all);
    const found = (await shop.module.findPayment.execute(key))._unsafeUnwrap().payment;
    expect([found.states.payment, found.attention?.kind]).toEqual(['needsAttention', 'chargeFound']);
    expect(found.captured).toEqual(usd('99.99'));
    expect(proposal(found)?.operation).toBe('refund');
    expect(await compare()).toEqual({ ...all, agreed: 1, read: 0, changed: [] });
    expect((await shop.module.openPaySession.execute(key))._unsafeUnwrapErr().type).toBe('NotPayable');

    const decision = { to: 'captured', held: usd('99.99') } as const;
    const command = { ...key, decision, by: 'Ann', reason: 'It is the order’s' };
    const decided = (await shop.module.correctPayment.execute(command))._unsafeUnwrap();
    expect(decided.states.payment).toBe('captured');
    (await shop.module.resolveUnfinished.execute())._unsafeUnwrap();
    expect(shop.released.at(-1)).toBe(decided.id);
    expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
    expect(await shop.paysSent()).toHaveLength(1);
  });
});
