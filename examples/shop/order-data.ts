import type { OrderData } from 'paysession';
import { currency, decimal, totalOf } from './products.ts';
import type { ShopOrder } from './shop-orders.ts';

/** The order as the payments module asks for it: the price is always the one of this moment. */
export const orderData = ({ id, lines, email }: ShopOrder): OrderData => ({
  id,
  amount: decimal(totalOf(lines)),
  currency,
  description: lines.map(({ quantity, name }) => `${quantity} × ${name}`).join(', '),
  customerEmail: email,
});
