import { Router, urlencoded } from 'express';
import { orderId } from 'paysession';
import type { ShopParts } from './app.ts';
import { correctionIn, refusalOf } from './decision-input.ts';
import { withPayment } from './order-with-payment.ts';
import { newFormKey, operatorOrderPage } from './pages/operator-order.ts';
import { notFound } from './problem.ts';

/** Below `/operator/orders`: one order, asking the gateway about it, and a person's decision. No money moves here. */
export const operatorOrderRoutes = ({ payments, merchantId, orders }: ShopParts): Router => {
  const routes = Router();

  routes.get('/:orderId', async (request, response) => {
    const order = await orders.find(request.params.orderId);
    if (order === null) throw notFound();
    const { key } = request.query;
    const shown = { can: payments.can, formKey: newFormKey(), alert: null };
    response.send(
      operatorOrderPage(response.locals, await withPayment(payments, merchantId, order), {
        ...shown,
        key: typeof key === 'string' ? key : null,
      }),
    );
  });

  routes.post('/:orderId/confirm', async (request, response) => {
    const order = orderId(request.params.orderId);
    if (order.isErr()) throw notFound();
    const asked = { merchantId, orderId: order.value, evenIfSettled: true };
    const confirmed = await payments.confirmPayment.execute(asked);
    if (confirmed.isOk()) return response.redirect(303, `/operator/orders/${order.value}`);
    const found = await orders.find(order.value);
    if (found === null || confirmed.error.type === 'PaymentNotFound') throw notFound();
    const alert = 'The gateway could not be asked just now. What is shown is what was known before.';
    const shown = { can: payments.can, formKey: newFormKey(), alert, key: null };
    const page = operatorOrderPage(response.locals, await withPayment(payments, merchantId, found), shown);
    response.status(503).send(page);
  });

  const form = urlencoded({ extended: false, limit: '8kb' });
  routes.post('/:orderId/decide', form, async (request, response) => {
    const order = orderId(request.params.orderId ?? '');
    if (order.isErr()) throw notFound();
    const correction = correctionIn(request.body);
    const command = { merchantId, orderId: order.value, ...correction };
    const corrected = await payments.correctPayment.execute(command);
    if (corrected.isErr()) throw refusalOf(corrected.error);
    response.redirect(303, `/operator/orders/${order.value}`);
  });
  return routes;
};
