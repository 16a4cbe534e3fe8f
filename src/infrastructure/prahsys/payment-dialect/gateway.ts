import { type Err, err, errAsync, ok, okAsync, type Result, type ResultAsync, safeTry } from 'neverthrow';
import {
  type FollowUpRequest,
  gatewayRefused,
  gatewayUnavailable,
  type ListedPayments,
  type OpenedSession,
  type PaymentGateway,
  type PayRequest,
  type ReadRequest,
  type SessionError,
  unknownMerchant,
} from '../../../application/ports/payment-gateway.ts';
import type { Currency } from '../../../domain/money/currency.ts';
import type { MerchantId, OrderId, SessionId } from '../../../domain/payment/ids.ts';
import type { Order } from '../../../domain/payment/order.ts';
import type { FollowUpOutcome, PayOutcome, Reading, VerifyOutcome } from '../../../domain/payment/outcome.ts';
import type { GatewayRecord, Transaction } from '../../../domain/payment/record.ts';
import { toNumber, unwritable } from '../amounts.ts';
import type { Answer, Fetch } from '../client.ts';
import type { CredentialsLookup, PrahsysConnection } from '../config.ts';
import { isDone, isSuccess, noSuccess, unreadable } from '../envelope.ts';
import { MerchantApi, type MerchantCall } from '../merchant-api.ts';
import { customerOf } from '../customer.ts';
import { openedSession, updatedSession } from '../sessions.ts';
import { type GatewayStatus, gatewayStatus, listed, listedPayments, ofPayment } from './lists.ts';
import { type PaymentDialectSettings, type PaymentOperation, verbOf } from './settings.ts';
import { type About, inOurWords, recordOf, withoutTransactions } from './record.ts';
import { followUpOutcome, payOutcome, verifyOutcome } from './translate.ts';
import {
  type CreateSession,
  type FollowUpBody,
  type Pay,
  readPayment,
  type SaidPayment,
  type UpdateSession,
  type Verify,
} from './wire.ts';

const largestPage = 100;
const mostPages = 50;

/** Prahsys Pay Session as it is today: a session belongs to a payment, whose id is our order's, and a payment has transactions. */
export class PaymentDialectGateway implements PaymentGateway {
  readonly capabilities: PaymentGateway['capabilities'];
  readonly #api: MerchantApi;
  readonly #scriptOrigin: string;
  readonly #settings: PaymentDialectSettings;

  /** `fetch` is Node's own when absent; a host's must neither retry nor follow redirects. */
  constructor(
    connection: PrahsysConnection,
    credentials: CredentialsLookup,
    settings: PaymentDialectSettings = {},
    fetch?: Fetch,
  ) {
    this.#api = new MerchantApi(connection, credentials, fetch);
    this.#scriptOrigin = connection.scriptUrl;
    this.#settings = settings;
    // The page speaks to the older script as it does in the order dialect.
    const dialect = this.#settings.script === 'merchant' ? 'order' : 'payment';
    const can = Object.freeze(['authorize', 'capture', 'void', 'refund', 'verify', 'list'] as const);
    this.capabilities = Object.freeze({ dialect, can, timeoutMs: connection.timeoutMs });
  }

  scriptUrl(merchantId: MerchantId, sessionId: SessionId): string {
    if (this.#settings.script === 'merchant') return this.#api.merchantScript(merchantId);
    const [merchant, session] = [merchantId, sessionId].map(encodeURIComponent);
    return `${this.#scriptOrigin}/n1/merchant/${merchant}/session/${session}/script.js`;
  }

  openSession(merchantId: MerchantId, order: Order): ResultAsync<OpenedSession, SessionError> {
    const amount = toNumber(order.amount);
    if (amount === null) return errAsync(gatewayRefused(unwritable));
    const { id, description, reference } = order;
    const { currency } = order.amount;
    const body: CreateSession = {
      payment: {
        ...{ id, amount, currency, description },
        ...(reference !== null && { invoiceNumber: reference }),
        ...customerOf(order),
      },
    };
    return this.#api
      .call(merchantId, { method: 'POST', path: ['session'], body })
      .andThen((answer) => openedSession(answer, id));
  }

  updateSession(merchantId: MerchantId, session: SessionId, order: Order): ResultAsync<void, SessionError> {
    const amount = toNumber(order.amount);
    if (amount === null) return errAsync(gatewayRefused(unwritable));
    const { currency } = order.amount;
    const body: UpdateSession = { payment: { amount, currency, description: order.description } };
    return this.#api
      .call(merchantId, { method: 'PUT', path: ['session', session], body })
      .andThen((answer) => updatedSession(answer, order.amount));
  }

  pay({ operation = 'pay', ...request }: PayRequest): ResultAsync<PayOutcome, never> {
    const { merchantId, orderId, sessionId, amount: price } = request;
    const amount = toNumber(price);
    if (amount === null) return okAsync({ type: 'notSent', reason: unwritable });
    const body: Pay = { payment: { amount, currency: price.currency }, session: { id: sessionId } };
    return this.#api
      .sendOnce(merchantId, this.#operation(operation, orderId, body))
      .map((reply) => (reply.type === 'answered' ? payOutcome(reply.answer, orderId, sessionId) : reply));
  }

  followUp(request: FollowUpRequest): ResultAsync<FollowUpOutcome, never> {
    const { operation, merchantId, orderId, amount: price, target } = request;
    const amount = toNumber(price);
    if (amount === null) return okAsync({ type: 'notSent', reason: unwritable });
    const body: FollowUpBody = {
      ...(operation !== 'void' && { amount, currency: price.currency }),
      ...(target !== null && { targetTransactionId: target }),
    };
    return this.#api
      .sendOnce(merchantId, this.#operation(operation, orderId, body))
      .map((reply) => (reply.type === 'answered' ? followUpOutcome(reply.answer, request) : reply));
  }

  verify(request: ReadRequest & Readonly<{ currency: Currency }>): ResultAsync<VerifyOutcome, SessionError> {
    const { merchantId, orderId, sessionId, currency } = request;
    if (!this.#api.knows(merchantId)) return errAsync(unknownMerchant(merchantId));
    const body: Verify = { payment: { currency }, session: { id: sessionId } };
    return this.#api.sendOnce(merchantId, this.#operation('verify', orderId, body)).andThen((reply) => {
      if (reply.type === 'answered') return verifyOutcome(reply.answer);
      // One that may have arrived may have used the session up.
      return reply.type === 'unknown'
        ? ok<VerifyOutcome>({ type: 'unknown', reason: reply.reason })
        : err(gatewayUnavailable(reply.reason));
    });
  }

  read({ merchantId, orderId }: ReadRequest): ResultAsync<Said, SessionError> {
    return safeTry(() => this.#read({ merchantId, orderId }));
  }

  /** All transactions of an order, oldest first, in our words. */
  listTransactions(
    merchantId: MerchantId,
    orderId: OrderId,
  ): ResultAsync<readonly Transaction[], SessionError> {
    const about = { merchantId, orderId };
    return this.#allTransactions(about).map((items) => inOurWords(items, about));
  }

  list(
    merchantId: MerchantId,
    { offset, limit }: Readonly<{ offset: number; limit: number }>,
  ): ResultAsync<ListedPayments, SessionError> {
    return this.#list(merchantId, 'payments', { offset, limit }).andThen(listedPayments);
  }

  /** How the gateway says that it is. */
  status(merchantId: MerchantId): ResultAsync<GatewayStatus, SessionError> {
    return this.#api.callRoot(merchantId, { method: 'GET', path: ['status'] }).andThen(gatewayStatus);
  }

  async *#read(about: About): AsyncGenerator<Err<never, SessionError>, Result<Said, SessionError>> {
    const { merchantId, orderId } = about;
    const answer = yield* this.#api.call(merchantId, { method: 'GET', path: ['payment', orderId] });
    const payment = yield* foundPayment(answer, this.#settings);
    if ('type' in payment) return ok(payment);
    const { transactions } = payment;
    const shown = transactions === null ? null : recordOf(payment, transactions, about);
    if (shown?.isWhole === true) return ok(shown.said);
    const all = await this.#allTransactions(about);
    const listed = all.isOk() ? recordOf(payment, all.value, about) : shown;
    if (listed?.isWhole === true) return ok(listed.said);
    const own = withoutTransactions(payment);
    return ok(listed === null || (own.type !== 'unclear' && !showsMoney(listed.said)) ? own : listed.said);
  }

  /** The transactions of one payment, from as many pages as it takes; an error unless they are surely all there. */
  #allTransactions(about: About): ResultAsync<readonly unknown[], SessionError> {
    return safeTry<readonly unknown[], SessionError>(() => this.#everyPage(about));
  }

  async *#everyPage({
    merchantId,
    orderId,
  }: About): AsyncGenerator<Err<never, SessionError>, Result<readonly unknown[], SessionError>> {
    const items: unknown[] = [];
    for (let page = 0; page < mostPages; page += 1) {
      const query = { 'filter[payment.id]': orderId, offset: items.length, limit: largestPage };
      const answer = yield* this.#list(merchantId, 'transactions', query);
      const found = yield* listed(answer);
      items.push(...found.items);
      if (items.length >= (found.total ?? Infinity)) return ofPayment(items, orderId);
      if (found.items.length === 0) {
        return found.total === null
          ? ofPayment(items, orderId)
          : err(gatewayUnavailable('a list that ends early'));
      }
    }
    return err(gatewayUnavailable('a list that does not end'));
  }

  #list(
    merchantId: MerchantId,
    what: string,
    query: Readonly<Record<string, string | number>>,
  ): ResultAsync<Answer, SessionError> {
    const texts = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return this.#api.call(merchantId, { method: 'GET', path: [what], query: texts });
  }

  #operation(operation: PaymentOperation, orderId: OrderId, body: object): MerchantCall {
    return { method: verbOf(this.#settings, operation), path: ['payment', orderId, operation], body };
  }
}

type Said = Reading | GatewayRecord;

const showsMoney = (said: Said): boolean =>
  said.type === 'record' && said.transactions.some(({ result }) => result === 'done');

/** A payment that was read; or what it means that it could not be. An error says nothing about the money. */
const foundPayment = (
  answer: Answer,
  { missingPayment = 'unclear' }: PaymentDialectSettings,
): Result<SaidPayment | Reading, SessionError> => {
  const { status, body } = answer;
  if (status === 404) {
    const isOwn = noSuccess(answer).type === 'GatewayRefused';
    return ok({ type: isOwn ? missingPayment : 'unclear', reason: 'HTTP 404: the payment is not known' });
  }
  if (!isDone(status)) return err(noSuccess(answer));
  const payment = readPayment(body);
  if (payment === null) return err(unreadable(status));
  return ok(isSuccess(payment) ? payment : { type: 'unclear', reason: `HTTP ${status} without success` });
};
