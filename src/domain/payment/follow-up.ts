import { err, ok, type Result } from 'neverthrow';
import { isZero, type Money } from '../money/money.ts';
import { type Attempt, type FollowUp, isUnsettled } from './attempt.ts';
import { scrub } from './card-digits.ts';
import type { AttemptId } from './ids.ts';
import { type Change, change, type Payment } from './payment.ts';
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
import { leftToCapture, leftToRefund } from './totals.ts';

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

const onItsWay = ({ attempts }: Payment, operation: FollowUp): Attempt | undefined =>
  attempts.find((each) => each.operation === operation && isUnsettled(each));

const possibleIn: Readonly<Record<FollowUp, ReadonlySet<PaymentState>>> = {
  capture: new Set<PaymentState>(['authorized', 'partlyCaptured']),
  void: new Set<PaymentState>(['authorized', 'captured', 'needsAttention']),
  refund: new Set<PaymentState>(['partlyCaptured', 'captured', 'partlyRefunded', 'needsAttention']),
};

/** The attempt that this key stands for. */
export const attemptOfKey = (payment: Payment, key: string): Attempt | null =>
  payment.attempts.find((attempt) => attempt.key === key) ?? null;

/** The attempt that the key stands for, when it asked for the same; an error when it asked for something else. */
export const repeated = (
  payment: Payment,
  { operation, key, amount, target }: Omit<FollowUpIntent, 'attemptId'>,
): Result<Attempt | null, KeyReused> => {
  const earlier = attemptOfKey(payment, key);
  if (earlier === null) return ok(null);
  const isSame =
    earlier.operation === operation &&
    earlier.target === target &&
    (amount === null ||
      (amount.minor === earlier.amount.minor && amount.currency === earlier.amount.currency));
  return isSame ? ok(earlier) : err(keyReused(earlier.id));
};

/** What stands in the way at this moment: a void goes together with nothing else, and nothing with it. */
const inTheWay = (payment: Payment, operation: FollowUp): Attempt | undefined =>
  operation === 'void' ? payment.attempts.find(isUnsettled) : onItsWay(payment, 'void');

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
  const followed = paidAttempt(payment, target);
  if (!possibleIn[operation].has(state) || followed === null) return err(notPossible(operation, state));
  // Where a person must decide, only one particular charge is given back: which of them keeps the order paid is not known here.
  if (state === 'needsAttention' && target === null) return err(notPossible(operation, state));
  const obstacle = inTheWay(payment, operation);
  if (obstacle !== undefined) return err(attemptInFlight(obstacle.id));
  const left = leftOf(payment, followed, intent);
  const amount = operation === 'void' ? left : (intent.amount ?? left);
  if (isZero(left) || amount.minor > left.minor) return err(amountExceeded(left));
  const attempt: Attempt = {
    id: intent.attemptId,
    operation,
    sessionId: followed.sessionId,
    amount,
    key,
    target,
    startedAt: now,
    outcome: 'started',
    reason: null,
    transactionId: null,
    settledAt: null,
    lookAt: now + policy.quietMs,
    nothingFoundAt: null,
  };
  const event = `${operation}Started` as const;
  return change(payment, event, now, { attempts: [...payment.attempts, attempt] }, { attempt }).mapErr(() =>
    notPossible(operation, state),
  );
};

const leftOf = (payment: Payment, followed: Attempt, { operation, target }: FollowUpIntent): Money => {
  if (operation === 'capture') return leftToCapture(payment);
  if (operation === 'void')
    return target === null && payment.states.payment === 'captured' ? payment.captured : followed.amount;
  const left = leftToRefund(payment);
  return target !== null && followed.amount.minor < left.minor ? followed.amount : left;
};

/** The attempt whose money a follow-up moves on. */
const paidAttempt = ({ attempts }: Payment, target: string | null): Attempt | null =>
  attempts.find(({ operation, outcome, transactionId }) =>
    target === null
      ? outcome === 'captured' || outcome === 'authorized'
      : transactionId === target && operation !== 'void' && operation !== 'refund',
  ) ?? null;

const problemOf = ({ key, amount, operation, target }: FollowUpIntent, currency: string): string | null => {
  if (!/^[\x21-\x7e]{1,100}$/.test(key)) return 'the key is 1 to 100 visible ASCII characters';
  if (scrub(key) !== key) return 'the key looks like a card number or a secret';
  if (operation === 'void' && amount !== null) return 'a void is of the whole amount';
  if (operation === 'capture' && target !== null) return 'a capture names no transaction';
  if (amount === null) return null;
  if (amount.currency !== currency) return `the order is in ${currency}`;
  return isZero(amount) ? 'the amount is zero' : null;
};

/** What a person called for a charge that nobody expected would best do about it. */
export type Proposal = Readonly<{ operation: 'void' | 'refund'; target: string; amount: Money }>;

/** An amount that is only held is let go; one that was taken is given back. Null where no transaction is known by its id. */
export const proposal = ({ attention, attempts }: Payment): Proposal | null => {
  const found = attempts.find(({ id }) => attention?.kind !== 'unresolved' && id === attention?.attemptId);
  if (found?.transactionId == null) return null;
  const operation = found.outcome === 'authorized' ? 'void' : 'refund';
  return { operation, target: found.transactionId, amount: found.amount };
};
