import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import {
  gatewayRefused,
  type OpenedSession,
  type PaymentGateway,
  type PayRequest,
  type ReadRequest,
  type SessionError,
  unknownMerchant,
} from '../../application/ports/payment-gateway.ts';
import type { Money } from '../../domain/money/money.ts';
import { type MerchantId, type OrderId, type SessionId, sessionId } from '../../domain/payment/ids.ts';
import type { Order } from '../../domain/payment/order.ts';
import type {
  Evidence,
  FollowUpOutcome,
  PayOutcome,
  Reading,
  VerifyOutcome,
} from '../../domain/payment/outcome.ts';

/**
 * What a pay comes to. `unknown` is an answer that was lost, with or without the charge; `pending` and `unknown` last until
 * `later` says what became of them; `notSent` wears off with one pay. `charges` lets the gateway take another amount than it was asked for.
 */
export type CardBehaviour =
  | Readonly<{ type: 'captured'; charges?: Money }>
  | Readonly<{ type: 'unknown'; charged: boolean }>
  | Explained<'declined'>
  | Explained<'pending'>
  | Explained<'notSent'>
  | Explained<'refused'>
  | Readonly<{ type: 'sessionGone' }>;
type Explained<Type extends string> = Readonly<{ type: Type; reason: string }>;

/** Money that moved. */
export type InMemoryCharge = Readonly<{
  merchantId: MerchantId;
  orderId: OrderId;
  sessionId: SessionId;
  transactionId: string;
  amount: Money;
}>;

/** A call that reached the gateway; `amount` is null for a read. */
export type InMemoryRequest = Readonly<{ operation: Operation; sessionId: SessionId; amount: Money | null }>;
type Operation = 'openSession' | 'updateSession' | 'pay' | 'read';

type Session = {
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  paid: PayRequest | null;
  reading: Reading;
};

/**
 * A gateway in the memory of the process, for a host's tests: no network, no card numbers, no time of its own. It holds what the
 * contract of the port promises, and does what the test says that the payer's card will do; without a word, cards are charged.
 */
export class InMemoryGateway implements PaymentGateway {
  readonly capabilities = Object.freeze({ dialect: 'order' as const, can: Object.freeze([]) });
  /** The ledger, oldest first. */
  readonly charges: InMemoryCharge[] = [];
  /** Every call that reached the gateway, oldest first. */
  readonly requests: InMemoryRequest[] = [];
  readonly #merchants: ReadonlySet<string> | null;
  #opened = 0;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #cards = new Map<SessionId | null, CardBehaviour>();
  readonly #failures = new Map<Operation, SessionError>();

  /** Knows these merchants, or any when none are named. */
  constructor(merchants: readonly string[] = []) {
    this.#merchants = merchants.length === 0 ? null : new Set(merchants);
  }

  /** Says what pays through this session come to, or through all sessions without a word of their own. */
  cardIs(behaviour: CardBehaviour, session: SessionId | null = null): void {
    this.#cards.set(session, behaviour);
  }

  /** Says what became of a pay that was pending, or whose answer was lost: a late charge, a late decline, or nothing. */
  later(id: SessionId, became: 'captured' | 'declined' | 'nothing', reason = 'the issuer said no'): void {
    const session = this.#sessions.get(id);
    if (!session?.paid || session.reading.type === 'captured') {
      throw new Error(`session ${id} has no pay that is still open`);
    }
    if (became === 'captured') session.reading = this.#charge(session.paid, session.paid.amount);
    else session.reading = became === 'declined' ? { type: became, reason } : nothing;
  }

  /** Lets every call of this operation fail, until it is told `null`. */
  fails(operation: 'openSession' | 'updateSession' | 'read', error: SessionError | null): void {
    if (error === null) this.#failures.delete(operation);
    else this.#failures.set(operation, error);
  }

  scriptUrl(merchantId: MerchantId): string {
    return `https://gateway.invalid/form/version/100/merchant/${encodeURIComponent(merchantId)}/session.js`;
  }

  openSession(
    merchantId: MerchantId,
    { id: orderId, amount }: Order,
  ): ResultAsync<OpenedSession, SessionError> {
    this.#opened += 1;
    const id = sessionId(`SESSION${String(this.#opened).padStart(8, '0')}`);
    if (id.isErr()) throw new Error(id.error.reason);
    const failure = this.#reached('openSession', merchantId, id.value, amount);
    if (failure) return errAsync(failure);
    this.#sessions.set(id.value, { merchantId, orderId, paid: null, reading: nothing });
    return okAsync({ id: id.value, successIndicator: String(this.#opened).padStart(16, '0') });
  }

  updateSession(merchantId: MerchantId, id: SessionId, { amount }: Order): ResultAsync<void, SessionError> {
    const failure = this.#reached('updateSession', merchantId, id, amount);
    if (failure) return errAsync(failure);
    return this.#find(merchantId, id)?.paid === null
      ? okAsync(undefined)
      : errAsync(gatewayRefused('the session is not known, or was paid'));
  }

  pay(request: PayRequest): ResultAsync<PayOutcome, never> {
    const { merchantId, orderId, sessionId: id, amount } = request;
    const key = this.#cards.has(id) ? id : null;
    const card = this.#cards.get(key) ?? { type: 'captured' };
    if (card.type === 'notSent') {
      this.#cards.delete(key);
      return okAsync(card);
    }
    const failure = this.#reached('pay', merchantId, id, amount);
    if (failure) return okAsync({ type: 'notSent', reason: failure.type });
    const refused = (reason: string, sessionGone = false) =>
      okAsync<PayOutcome>({ type: 'refused', reason, sessionGone });
    if (card.type === 'sessionGone') this.#sessions.delete(id);
    const session = this.#find(merchantId, id);
    if (card.type === 'sessionGone' || session === null) return refused('the session is not known', true);
    if (card.type === 'refused') return refused(card.reason);
    if (session.orderId !== orderId) return refused('the session belongs to another order');
    if (session.paid) return refused('the session was paid');
    session.paid = request;
    if (card.type === 'declined' || card.type === 'pending') return okAsync((session.reading = card));
    if (card.type === 'unknown' && !card.charged) return okAsync(answerLost);
    const charged = this.#charge(request, card.type === 'captured' ? (card.charges ?? amount) : amount);
    session.reading = charged;
    return okAsync(card.type === 'captured' ? charged : answerLost);
  }

  followUp(): ResultAsync<FollowUpOutcome, never> {
    return okAsync({ type: 'notSent', reason: 'not a part of this gateway' });
  }

  verify(): ResultAsync<VerifyOutcome, SessionError> {
    return errAsync(gatewayRefused('not a part of this gateway'));
  }

  read({ merchantId, sessionId: id }: ReadRequest): ResultAsync<Reading, SessionError> {
    const failure = this.#reached('read', merchantId, id, null);
    if (failure) return errAsync(failure);
    const session = this.#find(merchantId, id);
    return okAsync(session?.reading ?? { type: 'unclear', reason: 'the session is not known' });
  }

  #charge({ merchantId, orderId, sessionId: id }: PayRequest, amount: Money): Captured {
    const transactionId = `transaction-${this.charges.length + 1}`;
    this.charges.push({ merchantId, orderId, sessionId: id, transactionId, amount });
    return { type: 'captured', evidence: { merchantId, orderId, amount, transactionId } };
  }

  /** Books the call, and says why it fails if it does. */
  #reached(operation: Operation, merchantId: MerchantId, id: SessionId, amount: Money | null) {
    if (this.#merchants?.has(merchantId) === false) return unknownMerchant(merchantId);
    this.requests.push({ operation, sessionId: id, amount });
    return this.#failures.get(operation) ?? null;
  }

  #find(merchantId: MerchantId, id: SessionId): Session | null {
    const session = this.#sessions.get(id);
    return session?.merchantId === merchantId ? session : null;
  }
}

const nothing: Reading = { type: 'nothing', reason: 'nothing was paid through the session' };
const answerLost: PayOutcome = { type: 'unknown', reason: 'the answer was lost' };
type Captured = Readonly<{ type: 'captured'; evidence: Evidence }>;
