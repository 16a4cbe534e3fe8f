import { describe, expect, it, jest } from '@jest/globals';
import { merchantId, orderId } from '../../../src/domain/payment/ids.ts';
import type { OrderData } from '../../../src/domain/payment/order.ts';
import {
  confirmationsFrom,
  type FindOrder,
  fulfilmentFrom,
  ordersFrom,
} from '../../../src/infrastructure/host/host-functions.ts';

const merchant = merchantId('MERCHANT-1')._unsafeUnwrap();
const id = orderId('ORDER-1')._unsafeUnwrap();
const lamp: OrderData = { id: 'ORDER-1', amount: '99.99', currency: 'USD', description: 'A lamp' };

const find = (findOrder: FindOrder) => ordersFrom(findOrder).find(merchant, id);

describe('a host’s plain functions become ports', () => {
  it('an order is checked where it enters', async () => {
    const found = await find(async () => lamp);
    expect(found._unsafeUnwrap()).toMatchObject({ id: 'ORDER-1', amount: { minor: 9999, currency: 'USD' } });
    expect((await find(async () => null))._unsafeUnwrap()).toBeNull();
    // The first row of none.
    expect((await find(async () => undefined))._unsafeUnwrap()).toBeNull();
  });

  it('an amount that the currency cannot express is refused', async () => {
    const found = await find(async () => ({ ...lamp, amount: '99.999' }));
    expect(found._unsafeUnwrapErr()).toMatchObject({
      type: 'InvalidOrder',
      reason: { type: 'InvalidAmount' },
    });
  });

  it('another order than the one asked for is refused', async () => {
    const found = await find(async () => ({ ...lamp, id: 'ORDER-2' }));
    expect(found._unsafeUnwrapErr().type).toBe('OrdersUnavailable');
  });

  it('what a host throws, at once or later, becomes an error without card digits', async () => {
    const thrown: FindOrder = () => {
      throw new Error('cannot serve 4111 1111 1111 1111');
    };
    expect((await find(thrown))._unsafeUnwrapErr()).toEqual({
      type: 'OrdersUnavailable',
      reason: 'cannot serve [redacted]',
    });
    const rejected = await find(() => Promise.reject(new Error('away')));
    expect(rejected._unsafeUnwrapErr()).toEqual({ type: 'OrdersUnavailable', reason: 'away' });
  });

  it('a message that nobody answers about has failed after a minute, and may be sent again', async () => {
    jest.useFakeTimers();
    const order = (await find(async () => lamp))._unsafeUnwrap();
    if (order === null) throw new Error('the order is there');
    const confirmations = confirmationsFrom(() => new Promise(() => undefined));
    const sent = confirmations.send({ order, key: 'k', to: 'ann@example.com' } as never);
    await jest.advanceTimersByTimeAsync(60_000);
    jest.useRealTimers();
    expect((await sent)._unsafeUnwrapErr()).toEqual({
      type: 'ConfirmationFailed',
      reason: 'no answer within 60000 ms',
    });
  });

  it('a release of goods that throws has failed and may be tried again', async () => {
    const fulfilment = fulfilmentFrom(() => Promise.reject(new Error('no stock')));
    const order = (await find(async () => lamp))._unsafeUnwrap();
    if (order === null) throw new Error('the order is there');
    const failed = await fulfilment.fulfil({ merchantId: merchant, order, key: 'k' as never, tx: undefined });
    expect(failed._unsafeUnwrapErr()).toEqual({ type: 'FulfilmentFailed', reason: 'no stock' });
  });
});
