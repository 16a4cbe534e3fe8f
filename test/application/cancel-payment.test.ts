import { describe, expect, it } from '@jest/globals';
import { given, key } from './given.ts';

describe('CancelPayment', () => {
  it('lets no pay start any more', async () => {
    const { module, open, submit, payment, calls } = given();
    const session = await open();
    await module.cancelPayment.execute(key);
    expect((await payment()).states).toEqual({ payment: 'cancelled', fulfilment: 'cancelled' });
    expect((await submit(session))._unsafeUnwrapErr().type).toBe('SessionMismatch');
    expect((await module.openPaySession.execute(key))._unsafeUnwrapErr().type).toBe('NotPayable');
    expect(calls()).toEqual(['openSession']);
  });

  it('holds for an order that nobody tried to pay yet, and is the same when repeated', async () => {
    const { module } = given();
    const first = (await module.cancelPayment.execute(key))._unsafeUnwrap();
    expect((await module.cancelPayment.execute(key))._unsafeUnwrap()).toEqual(first);
    expect((await module.openPaySession.execute(key))._unsafeUnwrapErr().type).toBe('NotPayable');
  });

  it('is refused while money moves and after it has moved', async () => {
    const { gateway, module, open, submit } = given();
    gateway.cardIs({ type: 'pending', reason: 'slow' });
    const session = await open();
    await submit(session);
    const refused = { type: 'NotPayable', state: 'pending' };
    expect((await module.cancelPayment.execute(key))._unsafeUnwrapErr()).toEqual(refused);
    gateway.later(session, 'captured');
    await module.confirmPayment.execute(key);
    expect((await module.cancelPayment.execute(key))._unsafeUnwrapErr().type).toBe('NotPayable');
  });

  it('against a pay at the same moment, one of the two wins', async () => {
    for (const first of ['pay', 'cancel']) {
      const { gateway, module, open, submit, payment } = given();
      const session = await open();
      const race = [() => submit(session), () => module.cancelPayment.execute(key)];
      if (first === 'cancel') race.reverse();
      await Promise.all(race.map((start) => start()));
      const { states } = await payment();
      const end = `${states.payment}, ${gateway.charges.length} charged`;
      expect(['captured, 1 charged', 'cancelled, 0 charged']).toContain(end);
    }
  });
});
