import {
  type FoundPayment,
  mayOpenSession,
  type MerchantId,
  orderId,
  type Paysession,
  type Policy,
  type PublicStatus,
} from 'paysession';
import { publicStatusOf } from 'paysession/http';
import { unavailable } from './problem.ts';
import type { ShopOrder } from './shop-orders.ts';

/** An order, and what is known of its payment; null while nobody has opened its checkout. */
export type OrderWithPayment = Readonly<{ order: ShopOrder; payment: FoundPayment | null }>;

export const statusOf = ({ payment }: OrderWithPayment): PublicStatus =>
  payment === null ? 'awaiting_payment' : publicStatusOf(payment.payment);

/** Whether its checkout still takes a card. So many declined ones end that, against people who try out stolen cards. */
export const mayBePaid = ({ payment }: OrderWithPayment, policy: Policy): boolean =>
  payment === null || mayOpenSession(payment.payment, policy).isOk();

/** Nothing was charged and nothing is under way, so it can be given up. */
export const mayBeCancelled = (found: OrderWithPayment): boolean => {
  const status = statusOf(found);
  return status === 'awaiting_payment' || status === 'declined';
};

/** Reads the payments of all these orders; throws as `withPayment` does. */
export const withPayments = (
  payments: Paysession,
  merchantId: MerchantId,
  orders: readonly ShopOrder[],
): Promise<readonly OrderWithPayment[]> =>
  Promise.all(orders.map((order) => withPayment(payments, merchantId, order)));

/** Throws a `Problem` when the payments cannot be read now. */
export const withPayment = async (
  payments: Paysession,
  merchantId: MerchantId,
  order: ShopOrder,
): Promise<OrderWithPayment> => {
  const id = orderId(order.id);
  if (id.isErr()) return { order, payment: null };
  const found = await payments.findPayment.execute({ merchantId, orderId: id.value });
  if (found.isOk()) return { order, payment: found.value };
  if (found.error.type === 'PaymentNotFound') return { order, payment: null };
  throw unavailable();
};
