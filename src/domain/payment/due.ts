import { isZero } from '../money/money.ts';
import { type Attempt, isFollowUp, isUnsettled, mayHaveLeft } from './attempt.ts';
import type { Payment } from './payment.ts';
import { leftToRefund } from './totals.ts';

/** Goods are not released while all the money that they are for is back, or may be on its way back. */
export const isFulfilmentDue = (payment: Payment): boolean => {
  const mayBeVoided = payment.attempts.some((each) => each.operation === 'void' && isUnsettled(each));
  return payment.states.fulfilment === 'due' && !mayBeVoided && !isZero(leftToRefund(payment));
};

/** Somebody is to be written to, and was not yet. */
export const isConfirmationDue = (payment: Payment): boolean =>
  payment.states.fulfilment === 'fulfilled' &&
  payment.order.customerEmail !== null &&
  payment.confirmationSentAt === null;

/**
 * The attempts that the gateway is to be read about now: unsettled ones always, others when their time has come. With `evenIfSettled`
 * all pays that may have left, too: whoever asks may have seen a charge of any of them.
 */
export const attemptsToRead = (payment: Payment, now: number, evenIfSettled = false): readonly Attempt[] =>
  payment.attempts.filter(
    (attempt) =>
      isUnsettled(attempt) ||
      (attempt.lookAt !== null && attempt.lookAt <= now) ||
      (evenIfSettled && !isFollowUp(attempt) && mayHaveLeft(attempt)),
  );

const releaseRetryMs = 60_000;

/**
 * When somebody must look at this payment next, in milliseconds since 1970; null when nothing is left to do. The sweep finds a
 * payment by this alone.
 */
export const dueAt = (payment: Payment): number | null => {
  const { attempts, session, states, updatedAt } = payment;
  let at = attempts.reduce((earliest, { lookAt }) => Math.min(earliest, lookAt ?? Infinity), Infinity);
  if (states.payment === 'sessionOpen' && session !== null) at = Math.min(at, session.expiresAt);
  if (isFulfilmentDue(payment) || isConfirmationDue(payment)) at = Math.min(at, updatedAt + releaseRetryMs);
  return at === Infinity ? null : at;
};
