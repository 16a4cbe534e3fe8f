import { err, type Result } from 'neverthrow';
import { addMoney, type Money, toDecimal, zero } from '../money/money.ts';
import { type Attempt, holdsMoney, isFollowUp, isUnsettled } from './attempt.ts';
import { scrub } from './card-digits.ts';
import { type Change, change, type Payment } from './payment.ts';
import { attemptInFlight, type AttemptInFlight, notPayable, type NotPayable } from './payment-error.ts';
import { nextLateLook, type Policy } from './policy.ts';

/**
 * What a person found out and saw to at the gateway. `captured`: the merchant keeps `held` for this order, which counts as paid.
 * `notCharged`: the merchant has nothing; another card may be tried. `cancelled`: the merchant has nothing, and the order is given up.
 */
export type Decision =
  Readonly<{ to: 'captured'; held: Money }> | Readonly<{ to: 'notCharged' }> | Readonly<{ to: 'cancelled' }>;

/**
 * Who decided and why: both go into the history. `version` is that of the payment as it was shown to the person: with it, a decision that comes late, or twice, is never taken for one
 * about what happened since.
 */
export type Correction = Readonly<{ decision: Decision; by: string; reason: string; version?: number }>;

/** A correction that says too little, names money in another currency, or is about a payment that has changed since. */
export type InvalidCorrection = Readonly<{ type: 'InvalidCorrection'; reason: string }>;
const invalidCorrection = (reason: string): InvalidCorrection => ({ type: 'InvalidCorrection', reason });

const edges = {
  captured: 'correctedToCaptured',
  notCharged: 'correctedToNotCharged',
  cancelled: 'correctedToCancelled',
} as const;

/** A person's audited decision: the one way out of `needsAttention` that needs no word of the gateway. */
export const correct = (
  payment: Payment,
  { decision, by, reason, version }: Correction,
  now: number,
  policy: Policy,
): Result<Change, NotPayable | InvalidCorrection | AttemptInFlight> => {
  if (payment.states.payment !== 'needsAttention') return err(notPayable(payment.states.payment));
  const onItsWay = payment.attempts.find(
    (each) => isUnsettled(each) && now < each.startedAt + policy.quietMs,
  );
  if (onItsWay !== undefined) return err(attemptInFlight(onItsWay.id));
  const words = `${by.trim()}: ${reason.trim()}`;
  if (by.trim() === '' || reason.trim() === '') return err(invalidCorrection('say who decided, and why'));
  if (words.length > 500 || /[\p{Cc}\p{Cs}]/u.test(words)) {
    return err(invalidCorrection('at most 500 characters, and no control characters'));
  }
  const decided = payment.attention?.attemptId;
  if (version !== undefined && version !== payment.version) {
    return err(invalidCorrection('the payment has changed since: read it again'));
  }
  const { currency } = payment.order.amount;
  const held = decision.to === 'captured' ? decision.held : zero(currency);
  if (held.currency !== currency) return err(invalidCorrection(`the order is in ${currency}`));
  if (decision.to === 'captured' && held.minor === 0) return err(invalidCorrection('a capture holds money'));
  const attempts = payment.attempts.map((attempt) =>
    (decision.to === 'captured' && attempt.id === decided && attempt.outcome !== 'done') ||
    isUnsettled(attempt) ||
    holdsMoney(attempt)
      ? settled(attempt, decision, attempt.id === decided, now)
      : attempt,
  );
  // What was given back through us stays counted, so that what is left to refund is what the merchant has.
  const captured = addMoney(held, payment.refunded).unwrapOr(held);
  const told = decision.to === 'captured' ? ` (${toDecimal(held)} ${currency} kept)` : '';
  return change(
    payment,
    edges[decision.to],
    now,
    { attempts, captured, attention: null, session: null, correctedAt: now },
    { reason: scrub(words) + told },
  ).orElse(() => err(notPayable(payment.states.payment)));
};

/**
 * The attempt that the person was called for carries the decision. If the order is paid, money that another one holds stays where it is:
 * which of two charges was given back is not known here.
 */
const settled = (attempt: Attempt, { to }: Decision, isDecided: boolean, now: number): Attempt => {
  if (isFollowUp(attempt)) {
    return { ...attempt, outcome: 'notDone', settledAt: now, lookAt: null, nothingFoundAt: null };
  }
  const keeps = to === 'captured' && (isDecided || attempt.outcome === 'captured');
  const lookAt = isUnsettled(attempt) && !keeps ? nextLateLook(now, now) : null;
  return {
    ...attempt,
    outcome: keeps ? 'captured' : 'notCharged',
    settledAt: now,
    lookAt,
    nothingFoundAt: null,
  };
};
