import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { problem } from './problem.ts';
import { createRoutes, type HttpOptions, type PaymentUseCases } from './routes.ts';

type NodeRequest = HttpBindings['incoming'];
type NodeResponse = HttpBindings['outgoing'];

/**
 * The payment routes of `createHttp`, for Express: `app.use('/payments', expressRoutes(payments, { authorize }))`, before or after a body
 * parser. `authorize` gets Express's own request as `native`, with what the middleware before it put there: its type is the one that
 * `authorize` declares. Every request below the path is answered here; `next` is never called.
 * Throws an `Error` whose message names the option when one is missing or wrong.
 */
export const expressRoutes = <Req extends NodeRequest = NodeRequest>(
  payments: PaymentUseCases,
  options: HttpOptions<Req>,
): ((request: Req, response: NodeResponse) => Promise<void>) => {
  const nativeOf = (c: { env: unknown }): Req => (c.env as Readonly<{ incoming: Req }>).incoming;
  const { fetch } = createRoutes('expressRoutes', payments, options, nativeOf);
  return getRequestListener(fetch, {
    // The host's own Request and Response stay what they are.
    overrideGlobalObjects: false,
    errorHandler() {
      const { status, headers, body } = problem({ type: 'MalformedRequest' });
      return new Response(JSON.stringify(body), { status, headers });
    },
  });
};
