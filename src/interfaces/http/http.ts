import type { Context, Hono } from 'hono';
import { createRoutes, type HttpOptions, type PaymentUseCases } from './routes.ts';

export type { ErrorEntry, HttpError, RequestError } from './problem.ts';
export { errorCatalogue } from './problem.ts';
export type { Authorized, HttpOptions, PaymentUseCases } from './routes.ts';
export type { PaymentView, SessionView } from './views.ts';

/**
 * The payment routes, for any host that speaks Hono or `fetch`: `app.route('/payments', createHttp(payments, { authorize }))`.
 *
 * - `POST /orders/{orderId}/session`: 201 or 200 with a `SessionView`
 * - `PUT /orders/{orderId}/session`: 200 with a `SessionView` at the order's present price
 * - `POST /orders/{orderId}/pay` with `{ sessionId, revision? }`: 200, 202 or 402 with a `PaymentView`
 * - `GET /orders/{orderId}`: 200 with a `PaymentView`; 404 `payment-not-found` before the first session was opened
 *
 * Everything else is `application/problem+json` with a `code` of the `errorCatalogue`. No answer is cached, none carries a CORS header,
 * and a request that a page of another site made is refused, whatever its method. `authorize` gets Hono's context as `native`.
 * Throws an `Error` whose message names the option when one is missing or wrong.
 */
export const createHttp = (payments: PaymentUseCases, options: HttpOptions<Context>): Hono =>
  createRoutes('createHttp', payments, options, (c) => c);
