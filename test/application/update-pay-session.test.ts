import { describe, expect, it } from '@jest/globals';
import { gatewayRefused, gatewayUnavailable } from '../../src/application/ports/payment-gateway.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { usd } from '../builders/a-payment.ts';
import { bound, given, key, minute } from './given.ts';

describe('UpdatePaySession', () => {
  it('takes the new price over for the open session, under a new revision', async () => {
    const { module, open, priceIs, calls } = given();
    const session = await open();
    priceIs('120.00');
    const updated = (await module.updatePaySession.execute(key))._unsafeUnwrap();
    expect(updated).toMatchObject({
      session: { id: session },
      payment: { revision: 2, order: { amount: { minor: 12000 } } },
    });
    expect(calls()).toEqual(['openSession', 'updateSession']);
  });

  it('retires the session when the gateway did not confirm the new price, and opens another', async () => {
    const { gateway, module, open, priceIs } = given();
    const session = await open();
    priceIs('120.00');
    gateway.fails('updateSession', gatewayUnavailable('the answer was lost'));
    const updated = (await module.updatePaySession.execute(key))._unsafeUnwrap();
    expect(updated.session.id).not.toBe(session);
    expect(updated.payment).toMatchObject({ revision: 2, order: { amount: { minor: 12000 } } });
  });

  it('keeps the session and the revision when the price is the same', async () => {
    const { module, open } = given();
    const session = await open();
    expect((await module.updatePaySession.execute(key))._unsafeUnwrap()).toMatchObject({
      session: { id: session },
      payment: { revision: 1 },
    });
  });

  it('opens another session when the gateway no longer knows this one, though the price is the same', async () => {
    const { gateway, module, open } = given();
    const session = await open();
    gateway.fails('updateSession', gatewayRefused('no such session'));
    const updated = (await module.updatePaySession.execute(key))._unsafeUnwrap();
    expect(updated).toMatchObject({ isNew: true, payment: { revision: 1 } });
    expect(updated.session.id).not.toBe(session);
  });

  it('opens a session when there is none', async () => {
    const { module } = given();
    expect((await module.updatePaySession.execute(key))._unsafeUnwrap().isNew).toBe(true);
  });

  it('is refused in another currency than money that was charged and given back', async () => {
    let currency = 'USD';
    const gateway = new InMemoryGateway([], { dialect: 'payment' });
    const orders = async ({ orderId: id }: Readonly<{ orderId: string }>) => ({
      ...{ id, currency, amount: '10.00', description: 'A lamp' },
    });
    const { module, open, submit, payment, timePasses } = given({ orders, gateway: bound(gateway) }, gateway);
    const first = await open();
    gateway.cardIs({ type: 'captured', charges: usd('12.00') }, first);
    await submit(first);
    const target = (await payment()).attempts[0]?.transactionId ?? null;
    (await module.refundPayment.execute({ ...key, key: 'all', target }))._unsafeUnwrap();
    timePasses(5 * minute);
    const { version } = await payment();
    const corrected = { decision: { to: 'notCharged' }, by: 'ann', reason: 'given back' } as const;
    (await module.correctPayment.execute({ ...key, ...corrected, version }))._unsafeUnwrap();
    await open();
    currency = 'EUR';
    expect((await module.updatePaySession.execute(key))._unsafeUnwrapErr().type).toBe('NotPayable');
  });

  it('is refused once money moves', async () => {
    const { gateway, module, open, submit, priceIs } = given();
    gateway.cardIs({ type: 'pending', reason: 'slow' });
    await submit(await open());
    priceIs('120.00');
    expect((await module.updatePaySession.execute(key))._unsafeUnwrapErr()).toEqual({
      type: 'NotPayable',
      state: 'pending',
    });
  });
});
