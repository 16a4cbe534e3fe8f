import { Router } from 'express';
import { orderId } from 'paysession';
import { hashOf, ownOrder, payerCookie, tokenIn } from './access.ts';
import type { ShopParts } from './app.ts';
import { mayBePaid, withPayment, withPayments } from './order-with-payment.ts';
import { checkoutPage } from './pages/checkout.ts';
import { homePage } from './pages/home.ts';
import { html } from './pages/html.ts';
import { orderPage } from './pages/order.ts';
import { ordersPage } from './pages/orders.ts';
import { testCardsPage } from './pages/test-cards.ts';
import { notFound, unavailable } from './problem.ts';
import { contentSecurityPolicy } from './security.ts';

const mostShown = 100;

const simulatorNote = html`<p>
  This shop runs with a simulator: no money moves.
  <a href="/test-cards" target="_blank" rel="noopener">Test cards</a>
</p>`;

/** The customers' pages. Everybody sees the orders of its own cookie. */
export const pageRoutes = (parts: ShopParts): Router => {
  const { payments, merchantId, orders, gatewayOrigin, simulated, submit } = parts;
  const routes = Router();
  const note = simulated && simulatorNote;
  const own = async (cookies: string | undefined, orderId: string) => {
    const order = await ownOrder(orders, cookies, orderId);
    if (order === null) throw notFound();
    return withPayment(payments, merchantId, order);
  };

  routes.get('/', (_request, response) => {
    response.send(homePage(response.locals, note));
  });

  routes.get('/checkout/:orderId', async (request, response) => {
    const found = await own(request.headers.cookie, request.params.orderId);
    if (!mayBePaid(found, payments.policy)) return response.redirect(303, `/orders/${found.order.id}`);
    response.set('Content-Security-Policy', contentSecurityPolicy(response.locals.nonce, gatewayOrigin));
    response.send(checkoutPage(response.locals, found.order, submit, note));
  });

  routes.get('/orders', async (request, response) => {
    const token = tokenIn(request.headers.cookie, payerCookie);
    const owned = token === null ? [] : await orders.ownedBy(hashOf(token), mostShown);
    response.send(ordersPage(response.locals, await withPayments(payments, merchantId, owned), note));
  });

  routes.get('/orders/:orderId', async (request, response) => {
    const found = await own(request.headers.cookie, request.params.orderId);
    response.send(orderPage(response.locals, found, mayBePaid(found, payments.policy), note));
  });

  routes.post('/orders/:orderId/cancel', async (request, response) => {
    const { order } = await own(request.headers.cookie, request.params.orderId);
    const id = orderId(order.id);
    if (id.isErr()) throw notFound();
    const cancelled = await payments.cancelPayment.execute({ merchantId, orderId: id.value });
    // What became of an order whose payment has begun meanwhile is told by its page.
    if (cancelled.isErr() && cancelled.error.type !== 'NotPayable') throw unavailable();
    response.redirect(303, `/orders/${order.id}`);
  });

  routes.get('/test-cards', (_request, response) => {
    if (!simulated) throw notFound();
    response.send(testCardsPage(response.locals));
  });
  return routes;
};
