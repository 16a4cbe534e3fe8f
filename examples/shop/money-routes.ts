import { type Response, Router, urlencoded } from 'express';
import { type FollowedUp, type FollowUpError, type FoundPayment, orderId, type Payment } from 'paysession';
import type { ShopParts } from './app.ts';
import { amountOf, refusedRequest, refuseImpossible, requestIn } from './money-input.ts';
import { type OrderWithPayment, withPayment } from './order-with-payment.ts';
import { confirmPage, type Request, type Typed } from './pages/money.ts';
import { operatorOrderPage } from './pages/operator-order.ts';
import { notFound, Problem } from './problem.ts';

type Found = OrderWithPayment & Readonly<{ payment: FoundPayment }>;

/** Below `/operator/orders`: capture, void and refund, each first as a question that names the amount. */
export const moneyRoutes = (parts: ShopParts): Router => {
  const { payments, merchantId, orders } = parts;
  const routes = Router({ mergeParams: true });

  const find = async (id: string): Promise<Found> => {
    const order = await orders.find(id);
    if (order === null) throw notFound();
    const found = await withPayment(payments, merchantId, order);
    if (found.payment === null) throw notFound();
    return { ...found, payment: found.payment };
  };

  const execute = (payment: Payment, { operation, key, amount, target }: Request) => {
    const id = orderId(payment.order.id);
    if (id.isErr()) throw notFound();
    const command = { merchantId, orderId: id.value, key };
    if (operation === 'capture') return payments.capturePayment.execute({ ...command, amount });
    if (operation === 'void') return payments.voidPayment.execute({ ...command, target });
    return payments.refundPayment.execute({ ...command, amount, target });
  };

  /** The order's page, with why nothing was done and what was typed. */
  const refuse = (response: Response, found: OrderWithPayment, error: unknown, money: Typed): void => {
    if (!(error instanceof Problem) || ![400, 409].includes(error.status)) throw error;
    const told = { alert: error.message, money };
    response.status(error.status).send(operatorOrderPage(response.locals, found, payments.can, told));
  };

  routes.get('/:orderId/:operation', async (request, response) => {
    const { orderId: id, operation } = request.params;
    const found = await find(id);
    const { payment } = found.payment;
    try {
      const asked = requestIn(operation, request.query, payment);
      refuseImpossible(payment, payments.can, asked);
      response.send(confirmPage(response.locals, payment, asked, amountOf(payment, asked)));
    } catch (error) {
      refuse(response, found, error, { operation, amount: textIn(request.query) });
    }
  });

  const form = urlencoded({ extended: false, limit: '8kb' });
  routes.post('/:orderId/:operation', form, async (request, response) => {
    const { orderId: id = '', operation = '' } = request.params;
    const found = await find(id);
    try {
      const asked = requestIn(operation, request.body, found.payment.payment);
      const done = await execute(found.payment.payment, asked);
      if (done.isErr() && !(await isShownByItsAttempt(done.error, asked.key, () => find(id))))
        throw refusedRequest(done.error);
      // Sent again, or loaded again, this shows the same and does nothing.
      response.redirect(303, `/operator/orders/${id}?key=${encodeURIComponent(asked.key)}`);
    } catch (error) {
      refuse(response, found, error, { operation, amount: textIn(request.body) });
    }
  });
  return routes;
};

/** The amount as it was typed. */
const textIn = (fields: unknown): string => {
  const { amount } = (fields ?? {}) as { amount?: unknown };
  return typeof amount === 'string' ? amount : '';
};

/** What the gateway refused, what never left, and what another click of the same form sent, is told by its attempt. */
const isShownByItsAttempt = async (
  error: FollowUpError,
  key: string,
  find: () => Promise<Found>,
): Promise<boolean> => {
  if (!['GatewayRefused', 'NotSent', 'AttemptInFlight'].includes(error.type)) return false;
  const { payment } = (await find()).payment;
  return payment.attempts.some((attempt: FollowedUp['attempt']) => attempt.key === key);
};
