import { describe, expect, it } from '@jest/globals';
import { given, key } from './given.ts';

describe('FindPayment', () => {
  it('shows the payment, its history, and why it is where it is, without asking the gateway', async () => {
    const { gateway, module, open, submit, calls } = given();
    gateway.cardIs({ type: 'declined', reason: 'INSUFFICIENT_FUNDS' });
    await submit(await open());
    const found = (await module.findPayment.execute(key))._unsafeUnwrap();
    expect(found.why).toBe('The card was declined (INSUFFICIENT_FUNDS).');
    expect(found.history.map(({ version, type }) => `${version} ${type}`)).toEqual([
      '1 sessionOpened',
      '2 payStarted',
      '3 declined',
    ]);
    expect(found.payment.attempts[0]).toMatchObject({ outcome: 'declined', reason: 'INSUFFICIENT_FUNDS' });
    expect(calls()).toEqual(['openSession', 'pay']);
  });

  it('says so when nobody began to pay', async () => {
    const { module } = given();
    expect((await module.findPayment.execute(key))._unsafeUnwrapErr().type).toBe('PaymentNotFound');
  });
});
