import type { ResultAsync } from 'neverthrow';
import type { MerchantId, OrderId } from '../../domain/payment/ids.ts';
import type { InvalidOrder, Order } from '../../domain/payment/order.ts';

/** The host did not answer for its orders: nothing was decided, the caller may try again. */
export type OrdersUnavailable = Readonly<{ type: 'OrdersUnavailable'; reason: string }>;
export const ordersUnavailable = (reason: string): OrdersUnavailable => ({
  type: 'OrdersUnavailable',
  reason,
});

/** The host's catalogue of orders: the only source of prices. Implemented by the host. */
export interface Orders {
  /**
   * The order as it is at this moment, or null when this merchant has none of that id. A pure read: calling it again is safe.
   * `InvalidOrder` when the host's data cannot be charged (an amount that the currency cannot express, say): the host's fault,
   * trying again does not help.
   */
  find(merchantId: MerchantId, orderId: OrderId): ResultAsync<Order | null, OrdersUnavailable | InvalidOrder>;
}
