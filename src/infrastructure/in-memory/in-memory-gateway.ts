import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
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
} from '../../application/ports/payment-gateway.ts';
import type { Money } from '../../domain/money/money.ts';
import type { FollowUp } from '../../domain/payment/attempt.ts';
import { type MerchantId, type OrderId, type SessionId, sessionId } from '../../domain/payment/ids.ts';
import type { Order } from '../../domain/payment/order.ts';
import type { FollowUpOutcome, PayOutcome, Reading, VerifyOutcome } from '../../domain/payment/outcome.ts';
import type { GatewayRecord, Transaction } from '../../domain/payment/record.ts';
import {
  type Asked,
  type Booked,
  evidenceOf,
  type InMemoryCharge,
  InMemoryLedger,
} from './in-memory-ledger.ts';

type Explained<Type extends string> = Readonly<{ type: Type; reason: string }>;

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

/**
 * What a capture, void or refund comes to, if there is enough left for it. `unknown` is an answer that was lost, with or without the
 * effect; `pending` and `unknown` last until `laterFollowUp` says what became of them; `notSent` wears off with one of them.
 */
export type FollowUpBehaviour =
  | Readonly<{ type: 'done' }>
  | Readonly<{ type: 'unknown'; done: boolean }>
  | Explained<'pending'>
  | Explained<'notSent'>
  | Explained<'refused'>;

export type { InMemoryCharge } from './in-memory-ledger.ts';

/** A call that reached the gateway; `amount` is null for a read, a verify and a void, and both are for a list. */
export type InMemoryRequest = Readonly<{
  operation: Call;
  sessionId: SessionId | null;
  amount: Money | null;
}>;
type Call = 'openSession' | 'updateSession' | 'pay' | 'authorize' | FollowUp | 'verify' | 'read' | 'list';

type Session = {
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  /** What was asked of the card; null while it was not used. */
  paid: PayRequest | null;
  isUsed: boolean;
};

/**
 * A gateway in the memory of the process, for a host's tests: no network, no card numbers, no time of its own. It holds what the
 * contract of the port promises, and does what the test says that the payer's card will do; without a word, cards are charged. In the
 * payment dialect it has every operation and answers a read with all transactions of the order; nothing settles in it.
 */
export class InMemoryGateway implements PaymentGateway {
  readonly capabilities: PaymentGateway['capabilities'];
  /** The ledger, oldest first. */
  readonly charges: InMemoryCharge[] = [];
  readonly #ledger = new InMemoryLedger(this.charges);
  /** Every call that reached the gateway, oldest first. */
  readonly requests: InMemoryRequest[] = [];
  readonly #merchants: ReadonlySet<string> | null;
  #opened = 0;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #cards = new Map<SessionId | null, CardBehaviour>();
  readonly #followUps = new Map<FollowUp, FollowUpBehaviour>();
  readonly #failures = new Map<Call, SessionError>();
  /** The follow-up of which it is still to be said what became. */
  #open: FollowUpRequest | null = null;

  /** Knows these merchants, or any when none are named. */
  constructor(merchants: readonly string[] = [], { dialect = 'order' }: InMemoryOptions = {}) {
    this.#merchants = merchants.length === 0 ? null : new Set(merchants);
    const can =
      dialect === 'order' ? [] : (['authorize', 'capture', 'void', 'refund', 'verify', 'list'] as const);
    this.capabilities = Object.freeze({ dialect, can: Object.freeze(can), timeoutMs: 60_000 });
  }

  /** Says what pays through this session come to, or through all sessions without a word of their own. */
  cardIs(behaviour: CardBehaviour, session: SessionId | null = null): void {
    this.#cards.set(session, behaviour);
  }

  /** Says what captures, voids or refunds come to from now on. */
  followUpIs(operation: FollowUp, behaviour: FollowUpBehaviour): void {
    this.#followUps.set(operation, behaviour);
  }

  /** Says what became of a pay that was pending, or whose answer was lost: a late charge, a late decline, or nothing. */
  later(id: SessionId, became: 'captured' | 'declined' | 'nothing', reason = 'the issuer said no'): void {
    const paid = this.#sessions.get(id)?.paid;
    if (!paid || this.#ledger.through(id)?.result === 'done') {
      throw new Error(`session ${id} has no pay that is still open`);
    }
    const { operation = 'pay' } = paid;
    const earlier = this.#ledger.through(id)?.id;
    if (became === 'nothing') this.#ledger.forget(earlier);
    else if (became === 'captured') this.#ledger.book(operation, 'done', paid, earlier);
    else this.#ledger.book(operation, 'declined', { ...paid, reason }, earlier);
  }

  /** Says what became of the last capture, void or refund that was pending, or whose answer was lost. */
  laterFollowUp(became: 'done' | 'declined' | 'nothing', reason = 'the bank said no'): void {
    const open = this.#open;
    if (open === null) throw new Error('no capture, void or refund is still open');
    this.#open = null;
    const earlier = this.#ledger.pending(open)?.id;
    if (became === 'nothing') this.#ledger.forget(earlier);
    else this.#ledger.book(open.operation, became, { ...open, reason }, earlier);
  }

  /** Lets every call of this operation fail, until it is told `null`. */
  fails(
    operation: 'openSession' | 'updateSession' | 'verify' | 'read' | 'list',
    error: SessionError | null,
  ): void {
    if (error === null) this.#failures.delete(operation);
    else this.#failures.set(operation, error);
  }

  scriptUrl(merchantId: MerchantId, session: SessionId): string {
    const merchant = encodeURIComponent(merchantId);
    return this.capabilities.dialect === 'order'
      ? `https://gateway.invalid/form/version/100/merchant/${merchant}/session.js`
      : `https://gateway.invalid/n1/merchant/${merchant}/session/${session}/script.js`;
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
    this.#sessions.set(id.value, { merchantId, orderId, paid: null, isUsed: false });
    return okAsync({ id: id.value, successIndicator: String(this.#opened).padStart(16, '0') });
  }

  updateSession(merchantId: MerchantId, id: SessionId, { amount }: Order): ResultAsync<void, SessionError> {
    const failure = this.#reached('updateSession', merchantId, id, amount);
    if (failure) return errAsync(failure);
    return this.#find(merchantId, id)?.isUsed === false
      ? okAsync(undefined)
      : errAsync(gatewayRefused('the session is not known, or was paid'));
  }

  pay(request: PayRequest): ResultAsync<PayOutcome, never> {
    const { operation = 'pay', merchantId, sessionId: id, amount } = request;
    if (operation === 'authorize' && !this.capabilities.can.includes('authorize')) {
      return okAsync({ type: 'notSent', reason: noSuchOperation });
    }
    const card = this.#card(id);
    if (card.type === 'notSent') return okAsync(card);
    const failure = this.#reached(operation, merchantId, id, amount);
    if (failure) return okAsync({ type: 'notSent', reason: failure.type });
    const session = this.#usable(request, card);
    if (session.isErr()) return okAsync(session.error);
    session.value.paid = request;
    session.value.isUsed = true;
    if (card.type === 'declined' || card.type === 'pending') {
      this.#ledger.book(operation, card.type, { ...request, reason: card.reason });
      return okAsync(card);
    }
    if (card.type === 'unknown' && !card.charged) return okAsync(answerLost);
    const taken = card.type === 'captured' ? (card.charges ?? amount) : amount;
    const booked = this.#ledger.book(operation, 'done', { ...request, amount: taken });
    return okAsync(card.type === 'captured' ? moved(booked) : answerLost);
  }

  followUp(request: FollowUpRequest): ResultAsync<FollowUpOutcome, never> {
    const { operation, merchantId, sessionId: id, amount } = request;
    if (!this.capabilities.can.includes(operation)) {
      return okAsync({ type: 'notSent', reason: noSuchOperation });
    }
    const behaviour = this.#followUps.get(operation) ?? { type: 'done' };
    if (behaviour.type === 'notSent') {
      this.#followUps.delete(operation);
      return okAsync(behaviour);
    }
    const failure = this.#reached(operation, merchantId, id, operation === 'void' ? null : amount);
    if (failure) return okAsync({ type: 'notSent', reason: failure.type });
    if (behaviour.type === 'refused') return okAsync(behaviour);
    const target = this.#ledger.targetOf(request);
    if (target.isErr()) return okAsync(target.error);
    const aimed = { ...request, target: target.value.id };
    if (behaviour.type !== 'done') this.#open = aimed;
    if (behaviour.type === 'pending') {
      this.#ledger.book(operation, 'pending', { ...aimed, reason: behaviour.reason });
      return okAsync(behaviour);
    }
    if (behaviour.type === 'unknown' && !behaviour.done) return okAsync(answerLost);
    const booked = this.#ledger.book(operation, 'done', aimed);
    return okAsync(behaviour.type === 'done' ? { type: 'done', evidence: evidenceOf(booked) } : answerLost);
  }

  verify(request: ReadRequest): ResultAsync<VerifyOutcome, SessionError> {
    const { merchantId, sessionId: id } = request;
    if (!this.capabilities.can.includes('verify')) return errAsync(gatewayRefused(noSuchOperation));
    const card = this.#card(id);
    if (card.type === 'notSent') return errAsync(gatewayUnavailable(card.reason));
    const failure = this.#reached('verify', merchantId, id, null);
    if (failure) return errAsync(failure);
    const session = this.#usable(request, card);
    if (session.isErr()) return errAsync(gatewayRefused(session.error.reason));
    session.value.isUsed = true;
    if (card.type === 'captured') return okAsync({ type: 'verified' });
    return okAsync(card.type === 'declined' ? { type: 'notVerified', reason: card.reason } : answerLost);
  }

  read({
    merchantId,
    orderId,
    sessionId: id,
  }: ReadRequest): ResultAsync<Reading | GatewayRecord, SessionError> {
    const failure = this.#reached('read', merchantId, id, null);
    if (failure) return errAsync(failure);
    return okAsync(
      this.capabilities.dialect === 'order'
        ? this.#reading(merchantId, id)
        : this.#record(merchantId, orderId),
    );
  }

  list(
    merchantId: MerchantId,
    { offset, limit }: Readonly<{ offset: number; limit: number }>,
  ): ResultAsync<ListedPayments, SessionError> {
    if (!this.capabilities.can.includes('list')) return errAsync(gatewayRefused(noSuchOperation));
    const failure = this.#reached('list', merchantId, null, null);
    if (failure) return errAsync(failure);
    const all = this.#ledger.list(merchantId);
    return okAsync({ items: all.slice(offset, offset + limit), total: all.length });
  }

  #reading(merchantId: MerchantId, id: SessionId): Reading {
    if (this.#find(merchantId, id) === null) return { type: 'unclear', reason: 'the session is not known' };
    const booked = this.#ledger.through(id);
    if (booked === null) return nothing;
    const { result, reason } = booked;
    return result === 'done' ? moved(booked) : { type: result, reason };
  }

  #record(merchantId: MerchantId, orderId: OrderId): Reading | GatewayRecord {
    const isKnown = [...this.#sessions.values()].some(
      (session) => session.merchantId === merchantId && session.orderId === orderId,
    );
    if (!isKnown) return { type: 'unclear', reason: 'the payment is not known' };
    const transactions = this.#ledger
      .of({ merchantId, orderId })
      .map(({ id, operation, result, amount, reason }): Transaction => ({
        id,
        operation,
        result,
        amount,
        reason,
      }));
    return { type: 'record', merchantId, orderId, transactions };
  }

  /** What the card in the session will do; that nothing leaves wears off. */
  #card(id: SessionId): CardBehaviour {
    const key = this.#cards.has(id) ? id : null;
    const card = this.#cards.get(key) ?? { type: 'captured' };
    if (card.type === 'notSent') this.#cards.delete(key);
    return card;
  }

  #usable({ merchantId, orderId, sessionId: id }: Asked, card: CardBehaviour): Result<Session, Refused> {
    const refused = (reason: string, sessionGone = false) =>
      err<never, Refused>({ type: 'refused', reason, sessionGone });
    if (card.type === 'sessionGone') this.#sessions.delete(id);
    const session = this.#find(merchantId, id);
    if (session === null) return refused('the session is not known', true);
    if (card.type === 'refused') return refused(card.reason);
    if (session.orderId !== orderId) return refused('the session belongs to another order');
    return session.isUsed ? refused('the session was paid') : ok(session);
  }

  /** Books the call, and says why it fails if it does. */
  #reached(operation: Call, merchantId: MerchantId, id: SessionId | null, amount: Money | null) {
    if (this.#merchants?.has(merchantId) === false) return unknownMerchant(merchantId);
    this.requests.push({ operation, sessionId: id, amount });
    return this.#failures.get(operation) ?? null;
  }

  #find(merchantId: MerchantId, id: SessionId): Session | null {
    const session = this.#sessions.get(id);
    return session?.merchantId === merchantId ? session : null;
  }
}

export type InMemoryOptions = Readonly<{
  /** `order` by default: it only pays, and a read is about one session. */
  dialect?: 'order' | 'payment';
}>;

type Refused = Extract<PayOutcome, { type: 'refused' }>;
const moved = (booked: Booked): Moved => ({
  type: booked.operation === 'authorize' ? 'authorized' : 'captured',
  evidence: evidenceOf(booked),
});
type Moved = Extract<Reading, { type: 'captured' | 'authorized' }>;

const noSuchOperation = 'not a part of this gateway';
const nothing: Reading = { type: 'nothing', reason: 'nothing was paid through the session' };
const answerLost = { type: 'unknown', reason: 'the answer was lost' } as const;
