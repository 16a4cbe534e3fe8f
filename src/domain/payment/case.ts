import type { Result } from 'neverthrow';
import { inWords, sameMoney } from '../money/money.ts';
import type { Attempt } from './attempt.ts';
import type { AttemptId } from './ids.ts';
import type { Look } from './no-news.ts';
import type { Evidence } from './outcome.ts';
import type { Change, Payment } from './payment.ts';
import type { IllegalTransition } from './payment-error.ts';
import type { Policy } from './policy.ts';

/** An attempt that the gateway says something of, and its payment. */
export type Case = Look & Readonly<{ payment: Payment }>;

/** What the gateway said, applied. Null: it tells nothing that is not recorded. */
export type Settled = Result<Change | null, IllegalTransition>;

/** Throws when the payment has no such attempt: its id came from there. */
export const caseOf = (payment: Payment, attemptId: AttemptId, now: number, policy: Policy): Case => {
  const attempt = payment.attempts.find(({ id }) => id === attemptId);
  if (attempt === undefined) throw new Error(`payment ${payment.id} has no attempt ${attemptId}`);
  return { payment, attempt, now, policy };
};

/** The payment's attempts, with the changed one in its place. */
export const withAttempt = ({ attempts }: Payment, changed: Attempt): readonly Attempt[] =>
  attempts.map((attempt) => (attempt.id === changed.id ? changed : attempt));

/** How the gateway's answer differs from what was asked for; null when all that it names is the same. */
export const differenceFrom = (
  { payment, attempt }: Case,
  { merchantId, orderId, amount }: Evidence,
): string | null => {
  if (merchantId !== null && merchantId !== payment.merchantId) return 'the answer names another merchant';
  if (orderId !== null && orderId !== payment.order.id) return 'the answer names another order';
  if (amount === null || sameMoney(amount, attempt.amount)) return null;
  return `${attempt.operation} of ${inWords(amount)}, asked for ${inWords(attempt.amount)}`;
};
