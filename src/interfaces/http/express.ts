import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { type BackOfficeOptions, backOfficeRoutes, type BackOfficeUseCases } from './back-office.ts';
import { problem } from './problem.ts';
import { createRoutes, type HttpOptions, type PaymentUseCases } from './routes.ts';
import { type WebhookOptions, webhookRoute, type WebhookUseCases } from './webhooks.ts';

type NodeRequest = HttpBindings['incoming'];
type NodeResponse = HttpBindings['outgoing'];
/** What Express takes as a middleware. Every request below its path is answered; `next` is never called. */
type Middleware<Req> = (request: Req, response: NodeResponse) => Promise<void>;

/**
 * The payment routes of `createHttp`, for Express: `app.use('/payments', expressRoutes(payments, { authorize }))`, before or after a body
 * parser. `authorize` gets Express's own request as `native`, with what the middleware before it put there: its type is the one that
 * `authorize` declares. Every request below the path is answered here; `next` is never called.
 * Throws an `Error` whose message names the option when one is missing or wrong.
 */
export const expressRoutes = <Req extends NodeRequest = NodeRequest>(
  payments: PaymentUseCases,
  options: HttpOptions<Req>,
): Middleware<Req> => listener(createRoutes('expressRoutes', payments, options, nativeOf<Req>));

/**
 * The routes of `createBackOffice`, for Express: `app.use('/back-office', expressBackOffice(payments, { authorizeOperator }))`, before or
 * after a body parser.
 */
export const expressBackOffice = <Req extends NodeRequest = NodeRequest>(
  payments: BackOfficeUseCases,
  options: BackOfficeOptions<Req>,
): Middleware<Req> => listener(backOfficeRoutes('expressBackOffice', payments, options, nativeOf<Req>));

/**
 * The route of `createWebhooks`, for Express: `app.use('/payments/webhooks/prahsys', expressWebhooks(payments, { merchantId }))`. It must
 * come before `expressRoutes` on the same path, and before `express.json()`; it may come after `express.raw()`.
 */
export const expressWebhooks = (
  payments: WebhookUseCases,
  options: WebhookOptions,
): Middleware<NodeRequest> => listener(webhookRoute('expressWebhooks', payments, options));

const nativeOf = <Req>(c: { env: unknown }): Req => (c.env as Readonly<{ incoming: Req }>).incoming;

const listener = <Req extends NodeRequest>({ fetch }: Hono): Middleware<Req> =>
  getRequestListener(fetch, {
    // The host's own Request and Response stay what they are.
    overrideGlobalObjects: false,
    errorHandler() {
      const { status, headers, body } = problem({ type: 'MalformedRequest' });
      return new Response(JSON.stringify(body), { status, headers });
    },
  });
