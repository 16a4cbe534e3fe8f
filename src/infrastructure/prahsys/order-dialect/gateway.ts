import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import {
  gatewayRefused,
  type ListedPayments,
  type OpenedSession,
  type PaymentGateway,
  type PayRequest,
  type ReadRequest,
  type SessionError,
} from '../../../application/ports/payment-gateway.ts';
import type { MerchantId, SessionId } from '../../../domain/payment/ids.ts';
import type { Order } from '../../../domain/payment/order.ts';
import type { FollowUpOutcome, PayOutcome, Reading, VerifyOutcome } from '../../../domain/payment/outcome.ts';
import { toNumber, unwritable } from '../amounts.ts';
import type { Fetch } from '../client.ts';
import type { CredentialsLookup, PrahsysConnection } from '../config.ts';
import { MerchantApi } from '../merchant-api.ts';
import { customerOf } from '../customer.ts';
import { openedSession, updatedSession } from '../sessions.ts';
import { payOutcome, reading } from './translate.ts';
import type { CreateSession, Pay, UpdateSession } from './wire.ts';

const noSuchOperation = 'this generation of the API only pays';

/** Prahsys Pay Session as its first documentation has it: a session belongs to an order, and the order is paid. */
export class OrderDialectGateway implements PaymentGateway {
  readonly capabilities: PaymentGateway['capabilities'];
  readonly #api: MerchantApi;

  /** `fetch` is Node's own when absent; a host's must neither retry nor follow redirects. */
  constructor(connection: PrahsysConnection, credentials: CredentialsLookup, fetch?: Fetch) {
    this.#api = new MerchantApi(connection, credentials, fetch);
    const { timeoutMs } = connection;
    this.capabilities = Object.freeze({ dialect: 'order', can: Object.freeze([]), timeoutMs });
  }

  scriptUrl(merchantId: MerchantId): string {
    return this.#api.merchantScript(merchantId);
  }

  openSession(merchantId: MerchantId, order: Order): ResultAsync<OpenedSession, SessionError> {
    const amount = toNumber(order.amount);
    if (amount === null) return errAsync(gatewayRefused(unwritable));
    const { id, description, reference } = order;
    const { currency } = order.amount;
    const body: CreateSession = {
      operation: 'PAY',
      order: { id, amount, currency, description, ...(reference !== null && { reference }) },
      ...customerOf(order),
    };
    return this.#api
      .call(merchantId, { method: 'POST', path: ['session'], body })
      .andThen((answer) => openedSession(answer, id));
  }

  updateSession(merchantId: MerchantId, session: SessionId, order: Order): ResultAsync<void, SessionError> {
    const amount = toNumber(order.amount);
    if (amount === null) return errAsync(gatewayRefused(unwritable));
    const { currency } = order.amount;
    const body: UpdateSession = { order: { amount, currency, description: order.description } };
    return this.#api
      .call(merchantId, { method: 'PUT', path: ['session', session], body })
      .andThen((answer) => updatedSession(answer, order.amount));
  }

  pay(request: PayRequest): ResultAsync<PayOutcome, never> {
    const { operation, merchantId, orderId, sessionId, amount: price } = request;
    if (operation === 'authorize') return okAsync({ type: 'notSent', reason: noSuchOperation });
    const amount = toNumber(price);
    if (amount === null) return okAsync({ type: 'notSent', reason: unwritable });
    const body: Pay = { order: { amount, currency: price.currency }, session: { id: sessionId } };
    const path = ['order', orderId, 'pay'];
    return this.#api
      .sendOnce(merchantId, { method: 'POST', path, body })
      .map((reply) => (reply.type === 'answered' ? payOutcome(reply.answer, sessionId) : reply));
  }

  followUp(): ResultAsync<FollowUpOutcome, never> {
    return okAsync({ type: 'notSent', reason: noSuchOperation });
  }

  verify(): ResultAsync<VerifyOutcome, SessionError> {
    return errAsync(gatewayRefused(noSuchOperation));
  }

  list(): ResultAsync<ListedPayments, SessionError> {
    return errAsync(gatewayRefused(noSuchOperation));
  }

  read({ merchantId, sessionId }: ReadRequest): ResultAsync<Reading, SessionError> {
    return this.#api
      .call(merchantId, { method: 'GET', path: ['session', sessionId] })
      .andThen((answer) => reading(answer, sessionId));
  }
}
