import { Router } from 'express';
import { isUnsettled } from 'paysession';
import { cookieOptions, operatorCookie } from './access.ts';
import type { ShopParts } from './app.ts';
import { moneyRoutes } from './money-routes.ts';
import { type OrderWithPayment, statusOf, withPayments } from './order-with-payment.ts';
import { operatorOrderRoutes } from './operator-order-routes.ts';
import { operatorPage, outboxPage } from './pages/operator.ts';
import { notFound, Problem, unavailable } from './problem.ts';
import type { ShopOrder } from './shop-orders.ts';

/** Of each list. */
const mostShown = 100;

/** The operator's pages, under `/operator`: to everybody else they do not exist. */
export const operatorRoutes = (parts: ShopParts): Router => {
  const { payments, storage, merchantId, orders, outbox, operator, mails } = parts;
  const routes = Router();
  const failedWork = async () => {
    const failed = await storage.failedWork(mostShown);
    if (failed.isErr()) throw unavailable();
    return failed.value;
  };
  /** To be decided on, or paid and not packed. */
  const waitingForPerson = async () => {
    const needing = await storage.findNeedingAttention(merchantId, mostShown);
    if (needing.isErr()) throw unavailable();
    const toDecide = await orders.listed(needing.value.map(({ order }) => order.id));
    return [...toDecide, ...(await orders.unpacked(merchantId, mostShown))];
  };

  routes.get('/enter/:token', (request, response) => {
    // HEAD comes here too, from programs that look at links before people do: it must not use this one up.
    const token = request.method === 'GET' ? operator.enter(request.params.token) : null;
    if (token === null && operator.isOperator(request.headers.cookie))
      return response.redirect(303, '/operator');
    if (token === null) throw new Problem(404, 'not-found', usedLink);
    response.cookie(operatorCookie, token, cookieOptions(request.secure, 1));
    response.redirect(303, '/operator');
  });

  routes.use((request, response, next) => {
    if (!operator.isOperator(request.headers.cookie)) throw notFound();
    response.locals.isOperator = true;
    next();
  });

  routes.get('/', async (_request, response) => {
    const found = (list: readonly ShopOrder[]) => withPayments(payments, merchantId, list);
    const [failed, waiting, toCharge, moving, newest] = await Promise.all([
      failedWork(),
      waitingForPerson().then(found),
      orders.toBeCharged(merchantId, mostShown).then(found),
      orders.inProgress(merchantId, mostShown).then(found).then(stillMoving),
      orders.newest(mostShown).then(found),
    ]);
    response.send(operatorPage(response.locals, { failed, waiting, toCharge, moving, newest }));
  });

  routes.post('/failed/:id/retry', async (request, response) => {
    const work = (await failedWork()).find(({ id }) => id === request.params.id);
    if (work === undefined) throw notFound();
    if ((await storage.retryWork(work)).isErr()) throw unavailable();
    response.redirect(303, `/operator/orders/${work.key.orderId}`);
  });

  routes.get('/outbox', async (_request, response) => {
    response.send(outboxPage(response.locals, await outbox.newest(mostShown), mails));
  });

  routes.use('/orders', operatorOrderRoutes(parts), moneyRoutes(parts));
  return routes;
};

const usedLink =
  'This link was used already, or is out of date. The shop prints a new one whenever it starts.';

const stillMoving = (found: readonly OrderWithPayment[]): readonly OrderWithPayment[] =>
  found.filter(
    (one) => statusOf(one) === 'processing' || one.payment?.payment.attempts.some(isUnsettled) === true,
  );
