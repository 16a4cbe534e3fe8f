// Webhooks of the simulator, through the module's own route: before, after and instead of the answer to a pay, often, never, and false.
import { describe, expect, it } from '@jest/globals';
import { errAsync } from 'neverthrow';
import { storageUnavailable } from '../../src/application/ports/payments.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { cards, day, hour, minute, second, type Shop, until } from './a-shop.ts';
import { aShopWithWebhooks, type ShopWithWebhooks } from './webhook-endpoint.ts';

const stateOf = async (shop: Shop) => (await shop.payment()).states.payment;
const becomes = (shop: Shop, state: string) => until(async () => (await stateOf(shop)) === state);
const arrived = (shop: ShopWithWebhooks, count: number) => until(async () => shop.answers.length >= count);

/** One charge, one release, and a history in which it happened once. */
const isPaidOnce = async (shop: Shop) => {
  await until(async () => (await shop.payment()).states.fulfilment === 'fulfilled');
  expect((await shop.payment()).states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
  expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
  expect(shop.released).toHaveLength(1);
  expect((await shop.history()).filter((event) => event === 'captured')).toHaveLength(1);
};

/** What an honest webhook about a pay of the lamp says. */
const captured = ({ key }: Shop, payment: object = {}) => ({
  eventType: 'payments.payment.transaction.pay',
  eventId: 'payments.payment.transaction.pay-1-1700000000',
  payload: {
    success: true,
    data: {
      id: 'c7e5a6a0-0000-4000-8000-000000000001',
      operation: 'PAY',
      type: 'CAPTURE',
      result: 'SUCCESS',
      amount: 99.99,
      currency: 'USD',
      payment: { id: 'LAMP-1', merchantId: key.merchantId, status: 'CAPTURED', amount: 99.99, ...payment },
    },
  },
});

/** A back office at the gateway's own pages gives money back. */
const refundsElsewhere = async ({ simulator }: Shop, amount: number) => {
  const url = `${simulator.url}/payments/n1/merchant/${simulator.merchantId}/payment/LAMP-1/refund`;
  const headers = { authorization: `Bearer ${simulator.apiKey}`, 'content-type': 'application/json' };
  const answer = await fetch(url, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ amount, currency: 'USD' }),
  });
  expect(answer.status).toBe(200);
};

describe('A webhook about a pay', () => {
  it('that comes after the answer changes nothing', async () => {
    const shop = await aShopWithWebhooks();
    expect(await shop.pays()).toBe('captured');
    await arrived(shop, 1);
    await isPaidOnce(shop);
    expect(shop.answers).toEqual([200]);
  });

  it('that comes before the answer is believed at once, and the answer adds nothing', async () => {
    const shop = await aShopWithWebhooks({ timeoutMs: 1_500 });
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault: 'hang', charge: true });
    const answer = shop.submit(session);
    await becomes(shop, 'captured');
    expect(shop.answers).toEqual([200]);
    expect(await answer).toBe('captured');
    await isPaidOnce(shop);
  });

  it.each(['dropAfter', 'truncate'])('tells it when the answer was lost (%s)', async (fault) => {
    const shop = await aShopWithWebhooks();
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault });
    expect(['unknown', 'captured']).toContain(await shop.submit(session));
    await becomes(shop, 'captured');
    await isPaidOnce(shop);
  });

  it('tells the end of one that was pending, when it comes to its end', async () => {
    const shop = await aShopWithWebhooks();
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault: 'pendingThen', ms: hour });
    expect(await shop.submit(session)).toBe('pending');
    await shop.timePasses(hour);
    await becomes(shop, 'captured');
    await isPaidOnce(shop);
  });

  it('whose answer was lost is not missed when all webhooks are: reading alone finds it', async () => {
    const shop = await aShopWithWebhooks();
    await shop.settings({ webhooks: 'lose' });
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault: 'dropAfter' });
    expect(await shop.submit(session)).toBe('unknown');
    await shop.sweepsAfter(minute, minute, minute);
    await isPaidOnce(shop);
    expect(shop.answers).toEqual([]);
  });

  it('delivered eight times over 27 h 35 min, since no answer to it arrives, has one effect', async () => {
    const shop = await aShopWithWebhooks();
    shop.answersAreLost();
    expect(await shop.pays()).toBe('captured');
    await arrived(shop, 1);
    const waits = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour];
    for (const [n, wait] of waits.entries()) {
      await shop.sweepsAfter(wait);
      await arrived(shop, n + 2);
    }
    await shop.sweepsAfter(day);
    expect(waits.reduce((total, each) => total + each, 0)).toBe(27 * hour + 35 * minute + 5 * second);
    expect(shop.answers).toEqual(Array<number>(8).fill(500));
    expect(shop.module.handleWebhook.counts).toMatchObject({
      accepted: 1,
      repeated: 7,
      signature: 0,
      timestamp: 0,
    });
    const reads = (await shop.requests()).filter((line) => line.startsWith('GET'));
    // One for the webhook, and the one that is made about every pay once its call can no longer be carried out.
    expect(reads).toHaveLength(2);
    await isPaidOnce(shop);
  });

  it('that the storage cannot take is not acknowledged: it comes again, and is taken', async () => {
    let isAway = true;
    class Storage extends InMemoryPayments {
      override accept(...webhook: Parameters<InMemoryPayments['accept']>) {
        return isAway ? (errAsync(storageUnavailable('away')) as never) : super.accept(...webhook);
      }
    }
    const storage = new Storage();
    const shop = await aShopWithWebhooks({ payments: () => storage });
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault: 'dropAfter' });
    expect(await shop.submit(session)).toBe('unknown');
    await arrived(shop, 1);
    expect([shop.answers, await stateOf(shop)]).toEqual([[503], 'payUnknown']);
    isAway = false;
    await shop.timePasses(5 * second);
    await becomes(shop, 'captured');
    expect(shop.answers).toEqual([503, 200]);
    await isPaidOnce(shop);
  });
});

describe('A webhook that lies', () => {
  it('about a pay that never was moves nothing', async () => {
    const shop = await aShopWithWebhooks();
    await shop.openWithCard();
    expect(await shop.says(captured(shop))).toBe(200);
    await until(async () => (await shop.requests()).some((line) => line.startsWith('GET')));
    await shop.sweepsAfter(hour, day);
    expect((await shop.payment()).states).toEqual({ payment: 'created', fulfilment: 'notDue' });
    expect(shop.released).toEqual([]);
  });

  it('about a pay whose end is open is not believed: reading it says otherwise', async () => {
    const shop = await aShopWithWebhooks();
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault: 'dropBefore' });
    expect(await shop.submit(session)).toBe('unknown');
    for (const eventId of ['a', 'b', 'c']) expect(await shop.says({ ...captured(shop), eventId })).toBe(200);
    await until(async () => (await shop.requests()).filter((line) => line.startsWith('GET')).length === 3);
    expect(await stateOf(shop)).toBe('payUnknown');
    await shop.sweepsAfter(3 * minute, minute, hour);
    expect((await shop.payment()).states).toEqual({ payment: 'created', fulfilment: 'notDue' });
    expect(shop.released).toEqual([]);
  });

  it.each([
    ['another merchant', { merchantId: 'SOMEBODY_ELSE' }],
    ['an order that is not ours', { id: 'UNKNOWN-1' }],
    ['an id that is none', { id: '../LAMP-1' }],
  ])('about %s is stored, and has no effect', async (_, payment) => {
    const shop = await aShopWithWebhooks();
    expect(await shop.pays()).toBe('captured');
    await arrived(shop, 1);
    await isPaidOnce(shop);
    const before = [(await shop.payment()).version, (await shop.requests()).length];
    expect(await shop.says(captured(shop, payment))).toBe(200);
    expect(await shop.says(captured(shop, payment))).toBe(200);
    await shop.sweepsAfter(minute);
    expect([(await shop.payment()).version, (await shop.requests()).length]).toEqual(before);
    expect(shop.module.handleWebhook.counts).toMatchObject({ accepted: 2, repeated: 1 });
  });

  it('out of order says nothing: a refund before its capture', async () => {
    const shop = await aShopWithWebhooks();
    const session = await shop.openWithCard();
    const refund = { ...captured(shop), eventType: 'payments.payment.transaction.refund', eventId: 'r' };
    expect(await shop.says(refund)).toBe(200);
    expect(await shop.submit(session)).toBe('captured');
    expect(await shop.says(captured(shop))).toBe(200);
    await isPaidOnce(shop);
    expect((await shop.payment()).refunded.minor).toBe(0);
  });
});

describe('A webhook about what was done at the gateway’s own pages', () => {
  it('tells of a refund, also to a payment that nobody looks at any more', async () => {
    const shop = await aShopWithWebhooks();
    expect(await shop.pays()).toBe('captured');
    await isPaidOnce(shop);
    await shop.sweepsAfter(30 * day);
    await refundsElsewhere(shop, 40);
    await becomes(shop, 'partlyRefunded');
    expect((await shop.payment()).refunded.minor).toBe(4000);
    await refundsElsewhere(shop, 59.99);
    await becomes(shop, 'refunded');
    expect(await shop.sent('refund')).toHaveLength(2);
  });
});

describe('Cards in webhooks', () => {
  it('are not there, and nothing of a body is kept', async () => {
    const shop = await aShopWithWebhooks({ settings: { echoCard: true } });
    expect(await shop.pays()).toBe('captured');
    await arrived(shop, 1);
    await isPaidOnce(shop);
    const kept = JSON.stringify([await shop.payment(), await shop.module.findPayment.execute(shop.key)]);
    expect(kept).not.toContain(cards.approved.number);
    expect(kept).not.toContain('4012888888881881');
  });
});
