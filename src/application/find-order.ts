import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { OrderId } from '../domain/payment/ids.ts';
import type { InvalidOrder, Order } from '../domain/payment/order.ts';
import type { PaymentKey } from './change-payment.ts';
import type { Orders, OrdersUnavailable } from './ports/orders.ts';

/** The host has no such order. */
export type OrderNotFound = Readonly<{ type: 'OrderNotFound'; orderId: OrderId }>;
const orderNotFound = (orderId: OrderId): OrderNotFound => ({ type: 'OrderNotFound', orderId });

export type FindOrderError = OrderNotFound | OrdersUnavailable | InvalidOrder;

/** The order as the host has it now. */
export const findOrder = (
  orders: Orders,
  { merchantId, orderId }: PaymentKey,
): ResultAsync<Order, FindOrderError> =>
  orders
    .find(merchantId, orderId)
    .andThen((order) => (order === null ? errAsync(orderNotFound(orderId)) : okAsync(order)));
