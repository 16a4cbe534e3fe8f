import { err, ok, type Result } from 'neverthrow';
import { isZero, type Money, sameMoney, zero } from '../money/money.ts';
import { type Attempt, holdsMoney, isFollowUp, mayHaveLeft, newAttempt } from './attempt.ts';
import type { AttemptId, MerchantId, PaymentId, SessionId } from './ids.ts';
import type { Order } from './order.ts';
import type { VerifyOutcome } from './outcome.ts';
import {
  attemptInFlight,
  type AttemptInFlight,
  type IllegalTransition,
  notPayable,
  type NotPayable,
  priceChanged,
  type PriceChanged,
  sessionExpired,
  type SessionExpired,
  sessionMismatch,
  type SessionMismatch,
  tooManyDeclines,
  type TooManyDeclines,
} from './payment-error.ts';
import type { PaymentEvent } from './payment-event.ts';
import { newPaymentStates, type PaymentEventType, type PaymentStates, step } from './payment-machine.ts';
import type { Policy } from './policy.ts';

/** The gateway's container for the payer's card. Times are milliseconds since 1970. */
export type PaySession = Readonly<{
  id: SessionId;
  openedAt: number;
  /** Our estimate; the gateway tells none. */
  expiresAt: number;
  /** Kept on the server; proof of nothing. Null where the dialect has none. */
  successIndicator: string | null;
}>;

/** The gateway's answer did not match, never came, or told of a charge that nobody expected. */
export const everyAttention = ['mismatched', 'unresolved', 'chargeFound'] as const;

/** Why a person must look. */
export type Attention = Readonly<{
  kind: (typeof everyAttention)[number];
  attemptId: AttemptId;
  reason: string;
}>;

/** The collecting of one order's amount: one per merchant and order. Immutable; changed only by the functions beside it. */
export type Payment = Readonly<{
  id: PaymentId;
  merchantId: MerchantId;
  /** The order as it was when the price was last taken over. `order.amount` is the price at `revision`. */
  order: Order;
  /** Counts the prices from 1. */
  revision: number;
  /** The one session that we will pay through. */
  session: PaySession | null;
  attempts: readonly Attempt[];
  /** How many cards a check without a charge refused; they count like declined ones. */
  cardsRefused: number;
  /** All that was charged in the order's currency, with charges that nobody expected. */
  captured: Money;
  /** All of it that was given back. What may be given back at this moment is `leftToRefund`. */
  refunded: Money;
  attention: Attention | null;
  states: PaymentStates;
  confirmationSentAt: number | null;
  /** When a person last restated the totals: what the gateway shows of before is not counted again. */
  correctedAt: number | null;
  /** Counts the events; 0 before the first is stored. */
  version: number;
  createdAt: number;
  updatedAt: number;
}>;

/** A transition: the payment after it and the one event that tells of it. Stored together or not at all. */
export type Change = Readonly<{ payment: Payment; event: PaymentEvent }>;

/** What a change says beside the states. */
export type Told = Readonly<{ attempt?: Attempt; sessionId?: SessionId; reason?: string }>;

/** A payment that has not been stored yet and to which nothing has happened. */
export const newPayment = (id: PaymentId, merchantId: MerchantId, order: Order, now: number): Payment => ({
  id,
  merchantId,
  order,
  revision: 1,
  session: null,
  attempts: [],
  cardsRefused: 0,
  captured: zero(order.amount.currency),
  refunded: zero(order.amount.currency),
  attention: null,
  states: newPaymentStates,
  confirmationSentAt: null,
  correctedAt: null,
  version: 0,
  createdAt: now,
  updatedAt: now,
});

/** Applies one edge of the chart: the only place where states and version change. */
export const change = (
  payment: Payment,
  type: PaymentEventType,
  now: number,
  fields: Partial<Payment> = {},
  { attempt, sessionId = attempt?.sessionId, reason }: Told = {},
): Result<Change, IllegalTransition> =>
  step(payment.states, type).map((states) => {
    const after: Payment = { ...payment, ...fields, states, version: payment.version + 1, updatedAt: now };
    const event: PaymentEvent = {
      type,
      paymentId: after.id,
      merchantId: after.merchantId,
      orderId: after.order.id,
      version: after.version,
      at: now,
      states,
      amount: after.order.amount,
      revision: after.revision,
      attemptId: attempt?.id ?? null,
      sessionId: sessionId ?? null,
      reason: reason ?? null,
    };
    return { payment: after, event };
  });

/** The attempt that went, or may have gone, to the gateway through this session. */
export const attemptThrough = (payment: Payment, sessionId: SessionId): Attempt | null =>
  payment.attempts.find(
    (attempt) => attempt.sessionId === sessionId && !isFollowUp(attempt) && mayHaveLeft(attempt),
  ) ?? null;

/** The pay or authorization that the order's money is from; else the last one that may have left. */
export const payingAttempt = ({ attempts }: Payment): Attempt | null => {
  const pays = attempts.filter((attempt) => !isFollowUp(attempt));
  return pays.find(holdsMoney) ?? pays.findLast(mayHaveLeft) ?? null;
};

/** The first entry of a payment that is stored before anybody pays, together with the host's order. */
export const register = (payment: Payment): Result<Change, IllegalTransition> => {
  if (payment.version !== 0) throw new Error(`payment ${payment.id} is stored already`);
  return change(payment, 'registered', payment.createdAt);
};

/** The session can still be paid through: open, its time not over, and no pay that may have left went through it. */
export const payableSession = (payment: Payment, now: number): PaySession | null => {
  const { session, states } = payment;
  if (states.payment !== 'sessionOpen' || session === null || now >= session.expiresAt) return null;
  return attemptThrough(payment, session.id) === null ? session : null;
};

const samePrice = (payment: Payment, order: Order): boolean => sameMoney(payment.order.amount, order.amount);

/** Money of another currency was captured, though it was given back: the two cannot be added up. */
const hasOtherMoney = ({ captured }: Payment, { amount }: Order): boolean =>
  !isZero(captured) && captured.currency !== amount.currency;

const priced = (
  payment: Payment,
  order: Order,
): Pick<Payment, 'order' | 'revision' | 'captured' | 'refunded'> => {
  if (order.id !== payment.order.id)
    throw new Error(`payment of order ${payment.order.id} got order ${order.id}`);
  return {
    order,
    revision: samePrice(payment, order) ? payment.revision : payment.revision + 1,
    captured: isZero(payment.captured) ? zero(order.amount.currency) : payment.captured,
    refunded: isZero(payment.refunded) ? zero(order.amount.currency) : payment.refunded,
  };
};

const declinedCards = ({ attempts, cardsRefused }: Payment): number =>
  cardsRefused + attempts.filter(({ outcome }) => outcome === 'declined').length;

/** Another card may be tried. */
export const mayRetry = (payment: Payment, { maxDeclined }: Policy): boolean =>
  declinedCards(payment) < maxDeclined;

/** A session may be opened now: nothing is in flight, paid or given up, and not too many cards were declined. */
export const mayOpenSession = (
  payment: Payment,
  policy: Policy,
): Result<void, NotPayable | TooManyDeclines> => {
  if (step(payment.states, 'sessionOpened').isErr()) return err(notPayable(payment.states.payment));
  return mayRetry(payment, policy) ? ok(undefined) : err(tooManyDeclines(declinedCards(payment)));
};

/** The gateway opened a session at the order's present price; it replaces the one before. */
export const openSession = (
  payment: Payment,
  order: Order,
  session: PaySession,
  policy: Policy,
): Result<Change, NotPayable | TooManyDeclines | IllegalTransition> =>
  mayOpenSession(payment, policy).andThen(() =>
    hasOtherMoney(payment, order)
      ? err(notPayable(payment.states.payment))
      : change(
          payment,
          'sessionOpened',
          session.openedAt,
          { ...priced(payment, order), session },
          { sessionId: session.id },
        ),
  );

/** The gateway took the new price over for the open session. */
export const reprice = (
  payment: Payment,
  order: Order,
  now: number,
): Result<Change, NotPayable | IllegalTransition> =>
  payableSession(payment, now) === null || hasOtherMoney(payment, order)
    ? err(notPayable(payment.states.payment))
    : change(
        payment,
        'repriced',
        now,
        priced(payment, order),
        payment.session ? { sessionId: payment.session.id } : {},
      );

/** The open session's time is over. It stays known, so that who submits it late is told so. */
export const expireSession = (payment: Payment, now: number): Result<Change, IllegalTransition> =>
  change(payment, 'sessionExpired', now, {}, payment.session ? { sessionId: payment.session.id } : {});

export type PayIntent = Readonly<{
  attemptId: AttemptId;
  sessionId: SessionId;
  /** The order as the host has it now. */
  order: Order;
  /** The revision of the price that the payer's page shows; null when the page does not say. */
  revision: number | null;
  /** `authorize` holds the amount on the card, to be captured later; `pay` when it is not given. */
  operation?: 'pay' | 'authorize';
}>;

export type CannotPay =
  SessionMismatch | SessionExpired | PriceChanged | AttemptInFlight | NotPayable | IllegalTransition;

/** Records the intent to charge, or hold, the order's amount through its session. Durable before the first byte of the call leaves. */
export const startPay = (
  payment: Payment,
  intent: PayIntent,
  now: number,
  policy: Policy,
): Result<Change, CannotPay> => {
  const { session, order } = payment;
  const { operation = 'pay' } = intent;
  const inFlight = payment.attempts.find(({ outcome }) => outcome === 'started');
  if (inFlight !== undefined) return err(attemptInFlight(inFlight.id));
  if (session === null || session.id !== intent.sessionId) return err(sessionMismatch());
  if (now >= session.expiresAt) return err(sessionExpired(session.id));
  if (payment.states.payment !== 'sessionOpen') return err(notPayable(payment.states.payment));
  if (attemptThrough(payment, session.id) !== null) return err(sessionExpired(session.id));
  if (!samePrice(payment, intent.order)) return err(priceChanged(intent.order.amount, payment.revision + 1));
  if (intent.revision !== null && intent.revision !== payment.revision) {
    return err(priceChanged(order.amount, payment.revision));
  }
  const attempt = newAttempt({
    id: intent.attemptId,
    operation,
    sessionId: session.id,
    amount: order.amount,
    key: null,
    target: null,
    startedAt: now,
    lookAt: now + policy.quietMs,
  });
  const event = operation === 'pay' ? 'payStarted' : 'authorizeStarted';
  return change(payment, event, now, { attempts: [...payment.attempts, attempt] }, { attempt });
};

/**
 * The intent once more, for a payment whose storage forgot it: a failover may lose the last commits. Null when it is known. Where the
 * payment moved on meanwhile, the attempt is noted only.
 */
export const remember = (
  payment: Payment,
  { payment: sent, event }: Change,
): Result<Change | null, never> => {
  const attempt = sent.attempts.find(({ id }) => id === event.attemptId);
  if (attempt === undefined || payment.attempts.some(({ id }) => id === attempt.id)) return ok(null);
  const again = (type: PaymentEventType) =>
    change(payment, type, event.at, { attempts: [...payment.attempts, attempt] }, { attempt });
  return ok(again(event.type).unwrapOr(null) ?? again('lookedAgain').unwrapOr(null));
};

/** No pay can start any more. Refused while money moves or has moved. */
export const cancel = (payment: Payment, now: number): Result<Change, NotPayable> =>
  change(payment, 'cancelled', now, { session: null }).mapErr(() => notPayable(payment.states.payment));

/** The host released the goods. */
export const fulfil = (payment: Payment, now: number): Result<Change, IllegalTransition> =>
  change(payment, 'fulfilled', now);

export const confirmationSent = (payment: Payment, now: number): Result<Change, IllegalTransition> =>
  change(payment, 'confirmationSent', now, { confirmationSentAt: now });

/** The card was checked without a charge, which uses the session up: the gateway forgets the security code. */
export const cardChecked = (
  payment: Payment,
  sessionId: SessionId,
  outcome: VerifyOutcome,
  now: number,
): Result<Change | null, IllegalTransition> =>
  payment.states.payment !== 'sessionOpen' || payment.session?.id !== sessionId
    ? ok(null)
    : change(
        payment,
        outcome.type === 'verified' ? 'cardVerified' : 'cardNotVerified',
        now,
        { session: null, cardsRefused: payment.cardsRefused + (outcome.type === 'notVerified' ? 1 : 0) },
        { sessionId, ...('reason' in outcome && { reason: outcome.reason }) },
      );
