import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import {
  gatewayRefused,
  gatewayUnavailable,
  type OpenedSession,
  type PaymentGateway,
  type PayRequest,
  type ReadRequest,
  type SessionError,
  unknownMerchant,
} from '../../../application/ports/payment-gateway.ts';
import type { MerchantId, SessionId } from '../../../domain/payment/ids.ts';
import type { Order } from '../../../domain/payment/order.ts';
import type { FollowUpOutcome, PayOutcome, Reading, VerifyOutcome } from '../../../domain/payment/outcome.ts';
import { type Answer, type Call, type Fetch, PrahsysClient } from '../client.ts';
import type { Credentials, CredentialsLookup, PrahsysConnection } from '../config.ts';
import { openedSession, payOutcome, reading, toNumber, updatedSession } from './translate.ts';
import type { CreateSession, Pay, UpdateSession } from './wire.ts';

const noSuchOperation = 'this generation of the API only pays';
const unwritable = 'the amount has more digits than a JSON number can hold exactly';

/** Prahsys Pay Session as its first documentation has it: a session belongs to an order, and the order is paid. */
export class OrderDialectGateway implements PaymentGateway {
  readonly capabilities = Object.freeze({ dialect: 'order' as const, can: Object.freeze([]) });
  readonly #connection: PrahsysConnection;
  readonly #credentials: CredentialsLookup;
  readonly #client: PrahsysClient;

  /** `fetch` is Node's own when absent; a host's must neither retry nor follow redirects. */
  constructor(connection: PrahsysConnection, credentials: CredentialsLookup, fetch?: Fetch) {
    this.#connection = connection;
    this.#credentials = credentials;
    this.#client = new PrahsysClient(connection, fetch);
  }

  scriptUrl(merchantId: MerchantId): string {
    const prefix = this.#credentialsOf(merchantId)?.isTest ? 'TEST' : '';
    return `${this.#connection.scriptUrl}/form/version/100/merchant/${prefix}${encodeURIComponent(merchantId)}/session.js`;
  }

  openSession(merchantId: MerchantId, order: Order): ResultAsync<OpenedSession, SessionError> {
    const amount = toNumber(order.amount);
    if (amount === null) return errAsync(gatewayRefused(unwritable));
    const { id, description, reference, customerEmail: email } = order;
    const { currency } = order.amount;
    const body: CreateSession = {
      operation: 'PAY',
      order: { id, amount, currency, description, ...(reference !== null && { reference }) },
      ...(email !== null && { customer: { email } }),
    };
    return this.#call(merchantId, { method: 'POST', path: ['session'], body }).andThen(openedSession);
  }

  updateSession(merchantId: MerchantId, session: SessionId, order: Order): ResultAsync<void, SessionError> {
    const amount = toNumber(order.amount);
    if (amount === null) return errAsync(gatewayRefused(unwritable));
    const { currency } = order.amount;
    const body: UpdateSession = { order: { amount, currency, description: order.description } };
    return this.#call(merchantId, { method: 'PUT', path: ['session', session], body }).andThen((answer) =>
      updatedSession(answer, order.amount),
    );
  }

  pay({
    operation,
    merchantId,
    orderId,
    sessionId,
    amount: price,
  }: PayRequest): ResultAsync<PayOutcome, never> {
    if (operation === 'authorize') return okAsync({ type: 'notSent', reason: noSuchOperation });
    const credentials = this.#credentialsOf(merchantId);
    if (credentials === null) return okAsync({ type: 'notSent', reason: 'no credentials for this merchant' });
    const amount = toNumber(price);
    if (amount === null) return okAsync({ type: 'notSent', reason: unwritable });
    const body: Pay = { order: { amount, currency: price.currency }, session: { id: sessionId } };
    const path = ['order', orderId, 'pay'];
    return this.#send(credentials, { method: 'POST', path, body }).map((reply) => {
      if (reply.type === 'answered') return payOutcome(reply.answer, sessionId);
      return { type: reply.type === 'notSent' ? 'notSent' : 'unknown', reason: reply.reason };
    });
  }

  followUp(): ResultAsync<FollowUpOutcome, never> {
    return okAsync({ type: 'notSent', reason: noSuchOperation });
  }

  verify(): ResultAsync<VerifyOutcome, SessionError> {
    return errAsync(gatewayRefused(noSuchOperation));
  }

  read({ merchantId, sessionId }: ReadRequest): ResultAsync<Reading, SessionError> {
    return this.#call(merchantId, { method: 'GET', path: ['session', sessionId] }).andThen((answer) =>
      reading(answer, sessionId),
    );
  }

  /** A call that moves no money: whether it left makes no difference. */
  #call(merchantId: MerchantId, call: PathCall): ResultAsync<Answer, SessionError> {
    const credentials = this.#credentialsOf(merchantId);
    if (credentials === null) return errAsync(unknownMerchant(merchantId));
    return this.#send(credentials, call).andThen((reply) =>
      reply.type === 'answered' ? ok(reply.answer) : err(gatewayUnavailable(reply.reason)),
    );
  }

  #send(credentials: Credentials, { path, ...call }: PathCall) {
    const fromMerchant = ['payments', 'n1', 'merchant', credentials.merchantId, ...path];
    return ResultAsync.fromSafePromise(this.#client.send({ ...call, path: fromMerchant, credentials }));
  }

  /** A host's lookup that throws knows no credentials: methods of the port never reject. */
  #credentialsOf(merchantId: MerchantId): Credentials | null {
    try {
      return this.#credentials(merchantId);
    } catch {
      return null;
    }
  }
}

/** A call below the merchant's address. */
type PathCall = Omit<Call, 'credentials'>;
