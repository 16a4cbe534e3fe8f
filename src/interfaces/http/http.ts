import type { Context, Hono } from 'hono';
import { type BackOfficeOptions, backOfficeRoutes, type BackOfficeUseCases } from './back-office.ts';
import { createRoutes, type HttpOptions, type PaymentUseCases } from './routes.ts';
import { type WebhookOptions, webhookRoute, type WebhookUseCases } from './webhooks.ts';

export type { AskedFor, AuthorizedOperator, BackOfficeOptions, BackOfficeUseCases } from './back-office.ts';
export type {
  AttemptView,
  EventView,
  FollowUpView,
  OperatorHistoryView,
  OperatorView,
} from './operator-view.ts';
export type { Authorize, Authorized, RouteOptions } from './order-routes.ts';
export type { HttpError, OperatorError, RequestError } from './http-error.ts';
export { type ErrorEntry, errorCatalogue } from './error-catalogue.ts';
export type { HttpOptions, PaymentUseCases } from './routes.ts';
export { type CardView, type PaymentView, publicStatusOf, type SessionView } from './views.ts';
export type { WebhookOptions, WebhookUseCases } from './webhooks.ts';

/**
 * The payment routes, for any host that speaks Hono or `fetch`: `app.route('/payments', createHttp(payments, { authorize }))`.
 *
 * - `POST /orders/{orderId}/session`: 201 or 200 with a `SessionView`
 * - `PUT /orders/{orderId}/session`: 200 with a `SessionView` at the order's present price
 * - `POST /orders/{orderId}/pay` with `{ sessionId, revision? }`: 200 (charged, or held with `submit: 'authorize'`), 202 or 402 with a
 *   `PaymentView`
 * - `POST /orders/{orderId}/verify` with `{ sessionId }`, only with `verifyCards`: 200 with a `CardView`
 * - `GET /orders/{orderId}`: 200 with a `PaymentView`; 404 `payment-not-found` before anything is stored
 *
 * Everything else is `application/problem+json` with a `code` of the `errorCatalogue`. No answer is cached, none carries a CORS header,
 * and a request that a page of another site made is refused, whatever its method. `authorize` gets Hono's context as `native`.
 * Throws an `Error` whose message names the option when one is missing or wrong.
 */
export const createHttp = (payments: PaymentUseCases, options: HttpOptions<Context>): Hono =>
  createRoutes('createHttp', payments, options, (c) => c);

/**
 * The routes of a back office, behind a hook of their own: `app.route('/back-office', createBackOffice(payments, { authorizeOperator }))`.
 *
 * - `GET /orders/{orderId}`: 200 with an `OperatorHistoryView`
 * - `POST /orders/{orderId}/capture` with `{ key, amount? }`, `/refund` with `{ key, amount?, transactionId? }`, `/void` with
 *   `{ key, transactionId? }`: 200 with a `FollowUpView` when done; 202 while its outcome is not known, and its amount counts as spent. The
 *   same `key` is the same operation, however often it is asked for; without an `amount` it is of all that is left
 * - `POST /orders/{orderId}/confirm`: reads the gateway now, then 200 with an `OperatorHistoryView`
 * - `POST /orders/{orderId}/correct` with `{ to: 'captured' | 'notCharged' | 'cancelled', held?, reason, version? }`: records a person's
 *   decision, under the operator's name, for a payment that waits for one; `held` is what the merchant keeps, when `captured`; `version`
 *   is that of the view that was decided on, so that a decision is not taken for one about what happened since
 *
 * Amounts are decimal text in major units. Everything else is as with `createHttp`; an operator is told the gateway's `reason` too.
 */
export const createBackOffice = (payments: BackOfficeUseCases, options: BackOfficeOptions<Context>): Hono =>
  backOfficeRoutes('createBackOffice', payments, options, (c) => c);

/**
 * Where one merchant's webhooks arrive: `app.route('/payments/webhooks/prahsys', createWebhooks(payments, { merchantId }))`, before
 * whatever reads bodies, since a signature is over the bytes as they came.
 *
 * `POST` answers 200 `{}` once the webhook is stored, also when it was stored before; what it leads to happens afterwards. One that is not
 * accepted is answered 4xx, with the same words for every reason: 413 above 256 KB, before anything is hashed. 503 when it could not be
 * stored, so that it is sent again. When the host had parsed the body it is refused like any other, and `onError` hears what to do.
 */
export const createWebhooks = (payments: WebhookUseCases, options: WebhookOptions): Hono =>
  webhookRoute('createWebhooks', payments, options);
