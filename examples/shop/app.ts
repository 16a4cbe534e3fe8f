import { fileURLToPath } from 'node:url';
import express, { type Express, type Request, type RequestHandler } from 'express';
import type { MerchantId, Paysession } from 'paysession';
import { expressRoutes, expressWebhooks } from 'paysession/http/express';
import type { PostgresPayments } from 'paysession/postgres';
import { type OperatorAccess, ownOrder } from './access.ts';
import { api } from './api.ts';
import { operatorRoutes } from './operator-routes.ts';
import type { Outbox } from './outbox.ts';
import { pageRoutes } from './page-routes.ts';
import { answerProblems, refuseUnknownPaths } from './problem.ts';
import { refuseForeignOrigins, secureHeaders } from './security.ts';
import type { ShopOrders } from './shop-orders.ts';

/** What the shop's routes work with. */
export type ShopParts = Readonly<{
  payments: Paysession;
  /** Where the payments are kept, which knows what needs a person, and the work that failed. */
  storage: Pick<PostgresPayments, 'failedWork' | 'retryWork' | 'findNeedingAttention'>;
  merchantId: MerchantId;
  orders: ShopOrders;
  outbox: Outbox;
  operator: OperatorAccess;
  /** Where the gateway's script and frames come from: `https://…`. */
  gatewayOrigin: string;
  /** The pages' scripts by file name. */
  scripts: ReadonlyMap<string, string>;
  /** Whether the gateway is a simulator, so that pages may point to test cards. */
  simulated: boolean;
  /** Whether messages are handed to a mail server. */
  mails: boolean;
  /** Whether a checkout charges the amount, or reserves it to be captured later. */
  submit: 'pay' | 'authorize';
  /** Whether the gateway's webhooks can be checked. */
  takesWebhooks: boolean;
}>;

/** The whole shop as an Express application that does not listen yet. */
export const shopApp = (parts: ShopParts): Express => {
  const { payments, merchantId, orders, scripts, submit, takesWebhooks } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.use(secureHeaders);
  // Before anything that reads bodies: what signs a webhook are its bytes as they came.
  if (takesWebhooks) app.use('/payments/webhooks/prahsys', expressWebhooks(payments, { merchantId }));
  // A payer may pay its own orders, and nobody's else.
  app.use('/payments/orders/:orderId', findOwnOrder(orders));
  app.use(
    '/payments',
    expressRoutes(payments, {
      submit,
      authorize: (_request, orderId, native: Request) =>
        native.res?.locals.order?.id === orderId ? { merchantId } : null,
    }),
  );
  app.use(refuseForeignOrigins);
  app.get('/assets/:script', (request, response, next) => {
    const script = scripts.get(request.params.script);
    if (script === undefined) next();
    else response.type('text/javascript').send(script);
  });
  app.use('/assets', express.static(fileURLToPath(new URL('assets/', import.meta.url)), { index: false }));
  app.use('/api', api(orders, payments, merchantId));
  app.use('/operator', operatorRoutes(parts));
  app.use(pageRoutes(parts));
  app.use(refuseUnknownPaths, answerProblems);
  return app;
};

/** Puts the order into `locals` when it is this browser's; fails, so that nothing is paid, while orders cannot be read. */
const findOwnOrder =
  (orders: ShopOrders): RequestHandler<{ orderId: string }> =>
  async (request, response, next) => {
    response.locals.order = await ownOrder(orders, request.headers.cookie, request.params.orderId);
    next();
  };
