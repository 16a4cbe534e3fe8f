import { describe, expect, it } from '@jest/globals';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { DueWork } from '../../../src/application/due-work.ts';
import { InMemoryPayments } from '../../../src/infrastructure/in-memory/in-memory-payments.ts';
import { capturedPayment, paymentsContract } from '../../../src/testing/payments-contract.ts';

paymentsContract({ describe, it }, 'InMemoryPayments', () =>
  Promise.resolve({ payments: new InMemoryPayments(), close: () => Promise.resolve() }),
);

describe('InMemoryPayments hands out due work', () => {
  it('after the save that made it due, and waits for it when it stops', async () => {
    const payments = new InMemoryPayments();
    const done: DueWork[] = [];
    payments.start((work) => ResultAsync.fromSafePromise(Promise.resolve()).map(() => done.push(work)));
    await capturedPayment(payments);
    await payments.stop();
    expect(done).toEqual(['fulfilOrder']);
  });

  it('that became due before anybody listened', async () => {
    const payments = new InMemoryPayments();
    await capturedPayment(payments);
    const done: DueWork[] = [];
    payments.start((work) => okAsync(done.push(work)));
    await payments.stop();
    expect(done).toEqual(['fulfilOrder']);
  });

  it('and keeps the payment whole when the work fails or throws', async () => {
    const payments = new InMemoryPayments();
    payments.start((work) => {
      if (work === 'fulfilOrder') throw new Error('the host is broken');
      return errAsync('no');
    });
    const paid = await capturedPayment(payments);
    await payments.stop();
    expect(await payments.find(paid.merchantId, paid.order.id)).toEqual(
      expect.objectContaining({ value: paid }),
    );
  });
});
