import { describe, expect, it } from '@jest/globals';
import { gatewayUnavailable } from '../../src/application/ports/payment-gateway.ts';
import { given, key, minute } from './given.ts';

describe('OpenPaySession', () => {
  it('opens one session at the order’s price', async () => {
    const { module, calls } = given();
    const opened = (await module.openPaySession.execute(key))._unsafeUnwrap();
    expect(opened).toMatchObject({
      isNew: true,
      payment: { revision: 1, states: { payment: 'sessionOpen' } },
    });
    expect(opened.payment.order.amount).toMatchObject({ minor: 9999, currency: 'USD' });
    expect(calls()).toEqual(['openSession']);
  });

  it('returns the open session when it is called again', async () => {
    const { module, open, calls } = given();
    const first = await open();
    const again = (await module.openPaySession.execute(key))._unsafeUnwrap();
    expect(again).toMatchObject({ isNew: false, session: { id: first } });
    expect(calls()).toEqual(['openSession']);
  });

  it('of twenty calls at once, all get the same session', async () => {
    const { open } = given();
    const sessions = await Promise.all(Array.from({ length: 20 }, open));
    expect(new Set(sessions).size).toBe(1);
  });

  it('renews an expired session', async () => {
    const { open, timePasses, payment } = given();
    const first = await open();
    timePasses(15 * minute);
    const second = await open();
    expect(second).not.toBe(first);
    expect((await payment()).session?.id).toBe(second);
  });

  it('opens a new session for another card after a decline', async () => {
    const { gateway, open, submit, history } = given();
    gateway.cardIs({ type: 'declined', reason: 'INSUFFICIENT_FUNDS' });
    await submit(await open());
    await open();
    expect(await history()).toEqual(['sessionOpened', 'payStarted', 'declined', 'sessionOpened']);
  });

  it('takes no sixth card after five declines', async () => {
    const { gateway, module, open, submit } = given();
    gateway.cardIs({ type: 'declined', reason: 'DECLINED' });
    for (let card = 1; card <= 5; card += 1) await submit(await open());
    const sixth = await module.openPaySession.execute(key);
    expect(sixth._unsafeUnwrapErr()).toEqual({ type: 'TooManyDeclines', declined: 5 });
  });

  it('takes a changed price over with a new session and a new revision', async () => {
    const { open, priceIs, payment } = given();
    const first = await open();
    priceIs('120.00');
    expect(await open()).not.toBe(first);
    expect(await payment()).toMatchObject({ revision: 2, order: { amount: { minor: 12000 } } });
  });

  it('is refused for an order that the host does not have, without asking the gateway', async () => {
    const { module, priceIs, calls } = given();
    priceIs(null);
    expect((await module.openPaySession.execute(key))._unsafeUnwrapErr().type).toBe('OrderNotFound');
    expect(calls()).toEqual([]);
  });

  it('is refused for a price that the currency cannot express', async () => {
    const { module, priceIs, calls } = given();
    priceIs('99.999');
    expect((await module.openPaySession.execute(key))._unsafeUnwrapErr().type).toBe('InvalidOrder');
    expect(calls()).toEqual([]);
  });

  it.each(['captured', 'pending', 'unknown'] as const)('is refused once the money is %s', async (type) => {
    const { gateway, module, open, submit } = given();
    gateway.cardIs(type === 'unknown' ? { type, charged: true } : { type, reason: 'slow' });
    await submit(await open());
    expect((await module.openPaySession.execute(key))._unsafeUnwrapErr().type).toBe('NotPayable');
  });

  it('stores nothing when the gateway does not answer', async () => {
    const { gateway, module } = given();
    gateway.fails('openSession', gatewayUnavailable('away'));
    expect((await module.openPaySession.execute(key))._unsafeUnwrapErr()).toEqual(gatewayUnavailable('away'));
    expect((await module.findPayment.execute(key))._unsafeUnwrapErr().type).toBe('PaymentNotFound');
  });
});
