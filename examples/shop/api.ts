import { randomBytes } from 'node:crypto';
import express, { type Request, type RequestHandler, Router } from 'express';
import { type MerchantId, order as checkedOrder, type Paysession } from 'paysession';
import { cookieOptions, hashOf, ownOrder, payerCookie, tokenFor } from './access.ts';
import { emailIn, fieldsOf, linesIn } from './order-input.ts';
import { orderData } from './order-data.ts';
import { statusOf, withPayment } from './order-with-payment.ts';
import { badField, notFound, Problem } from './problem.ts';
import { currency, decimal, products, totalOf } from './products.ts';
import type { ShopOrder, ShopOrders } from './shop-orders.ts';

/** The shop's own JSON routes, under `/api`. Money is the payment routes' business. */
export const api = (orders: ShopOrders, payments: Paysession, merchantId: MerchantId): Router => {
  const routes = Router();
  routes.use(jsonOnly, express.json({ limit: '64kb' }));

  routes.get('/products', (_request, response) => {
    response.json(products.map(({ sku, name, minor }) => ({ sku, name, amount: decimal(minor), currency })));
  });

  routes.post('/orders', async (request, response) => {
    const input = fieldsOf(request.body, ['items', 'email']);
    const token = await tokenFor(orders, request.headers.cookie);
    const order: ShopOrder = {
      // 128 random bits: the id is in addresses, and nobody can guess another's.
      id: `ORD-${randomBytes(16).toString('hex')}`,
      ownerHash: hashOf(token),
      lines: linesIn(input.items),
      email: emailIn(input.email),
      placedAt: Date.now(),
      packed: null,
    };
    const checked = checkedOrder(orderData(order));
    if (checked.isErr()) throw badField('email', 'is not an e-mail address.');
    await orders.add(order);
    response.cookie(payerCookie, token, cookieOptions(request.secure, 180));
    response.status(201).json({ orderId: order.id, checkoutUrl: `/checkout/${order.id}` });
  });

  routes.get('/orders/:orderId', async (request, response) => {
    const order = await ownOrder(orders, request.headers.cookie, request.params.orderId);
    if (order === null) throw notFound();
    response.json(view(order));
  });

  routes.put('/orders/:orderId', async (request, response) => {
    const order = await ownOrder(orders, request.headers.cookie, request.params.orderId);
    if (order === null) throw notFound();
    const { items } = fieldsOf(request.body, ['items']);
    const lines = linesIn(items);
    await refuseOnceMoneyMoves(payments, merchantId, order);
    const changed = await orders.changeLines(order.id, lines);
    if (changed === null) throw notFound();
    response.json(view(changed));
  });
  return routes;
};

const view = ({ id, lines }: ShopOrder) => ({
  orderId: id,
  items: lines.map(({ sku, name, quantity, minor }) => ({
    sku,
    name,
    quantity,
    amount: decimal(minor * quantity),
  })),
  amount: decimal(totalOf(lines)),
  currency,
});

/**
 * A payment that began in the very moment after this look still charges the price that its page showed; the goods are then
 * held back, since what was paid is compared with what the order costs before it is packed.
 */
const refuseOnceMoneyMoves = async (
  payments: Paysession,
  merchantId: MerchantId,
  order: ShopOrder,
): Promise<void> => {
  const status = statusOf(await withPayment(payments, merchantId, order));
  if (status !== 'awaiting_payment' && status !== 'declined')
    throw new Problem(409, 'not-changeable', 'The order can no longer be changed: its payment has begun.');
};

/** A form of another site can send text, but not JSON. */
const jsonOnly: RequestHandler = (request, _response, next) => {
  if (hasBody(request) && request.is('application/json') === false)
    throw new Problem(415, 'unsupported-media-type', 'Send application/json.');
  next();
};

const hasBody = ({ method }: Request): boolean => method === 'POST' || method === 'PUT';
