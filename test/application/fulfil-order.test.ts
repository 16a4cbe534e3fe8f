import { describe, expect, it } from '@jest/globals';
import { errAsync, okAsync } from 'neverthrow';
import { FulfilOrder } from '../../src/application/fulfil-order.ts';
import { fulfilmentFailed } from '../../src/application/ports/fulfilment.ts';
import type { Payment } from '../../src/domain/payment/payment.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { aPayment } from '../builders/a-payment.ts';
import { lastChange } from '../infrastructure/postgres/storages.ts';

/** A payment that is captured and stored, and a host that writes down what it releases. */
const paid = async () => {
  const payments = new InMemoryPayments();
  const reads: string[] = [];
  const released: string[] = [];
  const open = aPayment().sessionOpen();
  const captured = open.captured();
  for (const step of [open, open.paying(), captured]) (await payments.save(lastChange(step)))._unsafeUnwrap();
  const find = payments.find.bind(payments);
  payments.find = (...key) => (reads.push('find'), find(...key));
  const host = { isOpen: true };
  const fulfilOrder = new FulfilOrder(
    payments,
    {
      fulfil: ({ key }) => {
        if (!host.isOpen) return errAsync(fulfilmentFailed('closed'));
        released.push(key);
        return okAsync(undefined);
      },
    },
    { now: () => captured.payment.updatedAt },
  );
  return { payments, fulfilOrder, payment: captured.payment, reads, released, host };
};

const keyOf = ({ merchantId, order }: Payment) => ({ merchantId, orderId: order.id });

describe('An order is released', () => {
  it('once, by its key, and calling again reads that it was', async () => {
    const { fulfilOrder, payment, released } = await paid();
    for (let times = 0; times < 3; times += 1) {
      const { states } = (await fulfilOrder.execute(keyOf(payment)))._unsafeUnwrap();
      expect(states.fulfilment).toBe('fulfilled');
    }
    expect(released).toEqual([payment.id]);
  });

  it('by the payment at hand without reading it again', async () => {
    const { fulfilOrder, payment, reads, released } = await paid();
    expect((await fulfilOrder.execute(payment))._unsafeUnwrap().states.fulfilment).toBe('fulfilled');
    expect([reads, released]).toEqual([[], [payment.id]]);
  });

  it('once by a payment at hand that is no longer current: it is read, and what it says then holds', async () => {
    const { fulfilOrder, payment, reads, released } = await paid();
    (await fulfilOrder.execute(payment))._unsafeUnwrap();
    const again = (await fulfilOrder.execute(payment))._unsafeUnwrap();
    expect(again.states.fulfilment).toBe('fulfilled');
    expect([reads, released]).toEqual([['find'], [payment.id]]);
  });

  it('also when the payment at hand did not know yet that it was paid', async () => {
    const { fulfilOrder, payment, released } = await paid();
    const before = aPayment().sessionOpen().paying().payment;
    expect(before.id).toBe(payment.id);
    expect((await fulfilOrder.execute(before))._unsafeUnwrap().states.fulfilment).toBe('fulfilled');
    expect(released).toEqual([payment.id]);
  });

  it('later, when the host could not release it now', async () => {
    const { fulfilOrder, payment, released, host } = await paid();
    host.isOpen = false;
    expect((await fulfilOrder.execute(payment))._unsafeUnwrapErr().type).toBe('FulfilmentFailed');
    host.isOpen = true;
    expect((await fulfilOrder.execute(payment))._unsafeUnwrap().states.fulfilment).toBe('fulfilled');
    expect(released).toEqual([payment.id]);
  });
});
