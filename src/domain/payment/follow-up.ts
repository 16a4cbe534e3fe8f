import { err, ok, type Result } from 'neverthrow';
import { isZero, type Money, sameMoney, zero } from '../money/money.ts';
import { type Attempt, type FollowUp, isFollowUp, isUnsettled, movedMoney, newAttempt } from './attempt.ts';
import { scrub } from './card-digits.ts';
import type { AttemptId } from './ids.ts';
import { type Change, change, type Payment, payingAttempt } from './payment.ts';
import {
  amountExceeded,
  type AmountExceeded,
  attemptInFlight,
  type AttemptInFlight,
  invalidFollowUp,
  type InvalidFollowUp,
  keyReused,
  type KeyReused,
  notPossible,
  type NotPossible,
} from './payment-error.ts';
import type { PaymentState } from './payment-machine.ts';
import type { Policy } from './policy.ts';
import { authorizedAmount, leftToCapture, leftToRefund, leftToRefundOf } from './totals.ts';

/** What the merchant asks for after the payer's card answered. */
export type FollowUpIntent = Readonly<{
  attemptId: AttemptId;
  operation: FollowUp;
  /** The caller's own: 1 to 100 visible characters. The same key is the same follow-up, however often it is asked for. */
  key: string;
  /** Null: all that is left. A void is always of everything. */
  amount: Money | null;
  /** The gateway's id of one charge among several, to be given back; null: the one that the payment is made of. */
  target: string | null;
}>;

export type CannotFollowUp = InvalidFollowUp | NotPossible | AmountExceeded | KeyReused | AttemptInFlight;

const possibleIn: Readonly<Record<FollowUp, ReadonlySet<PaymentState>>> = {
  capture: new Set<PaymentState>(['authorized', 'partlyCaptured', 'partlyRefunded']),
  void: new Set<PaymentState>(['authorized', 'captured', 'needsAttention']),
  refund: new Set<PaymentState>(['partlyCaptured', 'captured', 'partlyRefunded', 'needsAttention']),
};

/** The attempt that the key stands for, when it asked for the same; an error when it asked for something else. */
export const repeated = (
  payment: Payment,
  { operation, key, amount, target }: Omit<FollowUpIntent, 'attemptId'>,
): Result<Attempt | null, KeyReused> => {
  const earlier = payment.attempts.find((attempt) => attempt.key === key);
  if (earlier === undefined) return ok(null);
  const isSame =
    earlier.operation === operation &&
    (target === null || earlier.target === target) &&
    (amount === null || sameMoney(amount, earlier.amount));
  return isSame ? ok(earlier) : err(keyReused(earlier.id));
};

/** What must have ended first: a void begins only while nothing else is open, and nothing else while a void is. */
const inTheWay = ({ attempts }: Payment, operation: FollowUp, followed: Attempt): Attempt | undefined =>
  attempts.find(
    (each) =>
      isUnsettled(each) &&
      (operation === 'void'
        ? isFollowUp(each) || (each === followed && !movedMoney(each))
        : each.operation === 'void'),
  );

/** Records the intent of a follow-up. Durable before the first byte of its call leaves; its amount is spent from now on. */
export const startFollowUp = (
  payment: Payment,
  intent: FollowUpIntent,
  now: number,
  policy: Policy,
): Result<Change, CannotFollowUp> => {
  const { operation, key, target } = intent;
  const { currency } = payment.order.amount;
  const invalid = problemOf(intent, currency);
  if (invalid !== null) return err(invalidFollowUp(invalid));
  const state = payment.states.payment;
  const followed = followedBy(payment, intent);
  if (isSpent(payment, operation)) return err(amountExceeded(zero(currency)));
  if (!possibleIn[operation].has(state) || followed === null) return err(notPossible(operation, state));
  // Where a person must decide, the charge to be given back must be named: which of them keeps the order paid is not known here.
  if (state === 'needsAttention' && target === null) return err(notPossible(operation, state));
  const obstacle = inTheWay(payment, operation, followed);
  if (obstacle !== undefined) return err(attemptInFlight(obstacle.id));
  const left = leftOf(payment, followed, intent);
  const amount = operation === 'void' ? left : (intent.amount ?? left);
  if (isZero(left) || amount.minor > left.minor) return err(amountExceeded(left));
  const attempt = newAttempt({
    id: intent.attemptId,
    operation,
    sessionId: followed.sessionId,
    amount,
    key,
    // A void always says what it undoes, where we know it: left alone, the gateway would take what came last.
    target: operation === 'void' ? followed.transactionId : target,
    startedAt: now,
    lookAt: now + policy.quietMs,
  });
  const event = `${operation}Started` as const;
  return change(payment, event, now, { attempts: [...payment.attempts, attempt] }, { attempt }).mapErr(() =>
    notPossible(operation, state),
  );
};

/** All that could be captured or given back is. */
const isSpent = (payment: Payment, operation: FollowUp): boolean =>
  operation === 'capture'
    ? payment.states.payment === 'captured' && !isZero(authorizedAmount(payment))
    : operation === 'refund' && payment.states.payment === 'refunded';

const leftOf = (payment: Payment, followed: Attempt, { operation, target }: FollowUpIntent): Money => {
  if (operation === 'capture') return leftToCapture(payment);
  if (operation === 'refund' && target === null) return leftToRefund(payment);
  const isHeld = operation === 'void' && followed.outcome === 'authorized';
  return isHeld ? followed.amount : leftToRefundOf(payment, followed);
};

/** The attempt whose money it acts on. A void undoes one charge: where there are several, it must say which. */
const followedBy = (payment: Payment, { operation, target }: FollowUpIntent): Attempt | null => {
  if (target !== null) return chargeOf(payment, target);
  if (operation !== 'void') return payingAttempt(payment);
  const charges = payment.attempts.filter(
    (each) => each.outcome === 'captured' || (each.operation === 'capture' && movedMoney(each)),
  );
  return charges.length > 1 ? null : (charges[0] ?? payingAttempt(payment));
};

/** What took or holds money under this id of the gateway. */
const chargeOf = ({ attempts }: Payment, target: string): Attempt | null =>
  attempts.find(
    ({ operation, transactionId }) =>
      transactionId === target && operation !== 'void' && operation !== 'refund',
  ) ?? null;

const problemOf = ({ key, amount, operation, target }: FollowUpIntent, currency: string): string | null => {
  if (String(key) !== key || !/^[\x21-\x7e]{1,100}$/.test(key))
    return 'the key is 1 to 100 visible ASCII characters';
  if (isTelling(key)) return 'the key looks like a card number or a secret';
  if (operation === 'void' && amount !== null) return 'a void is of the whole amount';
  if (operation === 'capture' && target !== null) return 'a capture names no transaction';
  if (amount === null) return null;
  if (amount.currency !== currency) return `the order is in ${currency}`;
  return isZero(amount) ? 'the amount is zero' : null;
};

/**
 * A card number alone, or a secret. Digits among letters pass: a random key looks like a card number now and then, and whether it is taken
 * must not be a matter of luck.
 */
const isTelling = (key: string): boolean =>
  (/^[\d.-]+$/.test(key) || key.includes('sk_')) && scrub(key) !== key;

/** What a person called for a charge that nobody expected would best do about it. */
export type Proposal = Readonly<{ operation: 'void' | 'refund'; target: string; amount: Money }>;

/**
 * An amount that is only held is let go; one that was taken is given back. Null where the gateway's id of it is not known, or nothing of it
 * is left.
 */
export const proposal = (payment: Payment): Proposal | null => {
  const { attention, attempts } = payment;
  const found = attempts.find(({ id }) => attention?.kind !== 'unresolved' && id === attention?.attemptId);
  const target = found?.transactionId ?? null;
  if (found === undefined || target === null || chargeOf(payment, target) === null) return null;
  const isHeld = found.outcome === 'authorized';
  const wasVoided = attempts.some(
    (each) => each.target === target && (isUnsettled(each) || movedMoney(each)),
  );
  const amount = isHeld && !wasVoided ? found.amount : leftToRefundOf(payment, found);
  return isZero(amount) ? null : { operation: isHeld ? 'void' : 'refund', target, amount };
};
