import { type Response, Router, urlencoded } from 'express';
import { type OrderId, orderId } from 'paysession';
import type { ShopParts } from './app.ts';
import { correctionFrom, entriesIn, refusalOf } from './decision-input.ts';
import { withPayment } from './order-with-payment.ts';
import { operatorOrderPage, type Told } from './pages/operator-order.ts';
import { notFound, Problem } from './problem.ts';

/** Below `/operator/orders`: one order, asking the gateway about it, a person's decision, and giving it up. No money moves here. */
export const operatorOrderRoutes = ({ payments, merchantId, orders }: ShopParts): Router => {
  const routes = Router();

  const find = async (id: string) => {
    const order = await orders.find(id);
    if (order === null) throw notFound();
    return withPayment(payments, merchantId, order);
  };
  const show = async (response: Response, id: string, told: Told): Promise<void> => {
    response.send(operatorOrderPage(response.locals, await find(id), payments.can, told));
  };

  routes.get('/:orderId', async (request, response) => {
    const { key, asked, version } = request.query;
    const at = Number(asked);
    await show(response, request.params.orderId, {
      key: typeof key === 'string' ? key : undefined,
      asked: at > 0 && at <= Date.now() ? { at, version: Number(version) } : undefined,
    });
  });

  routes.post('/:orderId/confirm', async (request, response) => {
    const id = idIn(request.params.orderId);
    const { payment } = await find(id);
    const confirmed = await payments.confirmPayment.execute({ merchantId, orderId: id, evenIfSettled: true });
    if (payment === null) throw notFound();
    if (confirmed.isErr()) {
      const alert = 'The gateway could not be asked just now. What is shown is what was known before.';
      response.status(503);
      return show(response, id, { alert });
    }
    const told = `asked=${Date.now()}&version=${payment.payment.version}`;
    response.redirect(303, `/operator/orders/${id}?${told}`);
  });

  const form = urlencoded({ extended: false, limit: '8kb' });
  routes.post('/:orderId/decide', form, async (request, response) => {
    const id = idIn(request.params.orderId);
    const { payment } = await find(id);
    if (payment === null) throw notFound();
    const entries = entriesIn(request.body);
    try {
      const correction = correctionFrom(entries, payment.payment);
      const corrected = await payments.correctPayment.execute({ merchantId, orderId: id, ...correction });
      if (corrected.isErr()) throw refusalOf(corrected.error);
    } catch (error) {
      if (!(error instanceof Problem) || error.status > 409) throw error;
      response.status(error.status);
      const decision = { entries, isUnlikely: error.field === 'sure' };
      return show(response, id, { alert: error.message, decision });
    }
    response.redirect(303, `/operator/orders/${id}`);
  });

  routes.post('/:orderId/cancel', async (request, response) => {
    const id = idIn(request.params.orderId);
    const cancelled = await payments.cancelPayment.execute({ merchantId, orderId: id });
    if (cancelled.isOk()) return response.redirect(303, `/operator/orders/${id}`);
    response.status(409);
    await show(response, id, { alert: 'The order was not cancelled: its payment has begun.' });
  });
  return routes;
};

const idIn = (text = ''): OrderId => {
  const id = orderId(text);
  if (id.isErr()) throw notFound();
  return id.value;
};
