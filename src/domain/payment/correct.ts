import { err, type Result } from 'neverthrow';
import { addMoney, inWords, isZero, type Money, zero } from '../money/money.ts';
import { type Attempt, holdsMoney, isFollowUp, isUnsettled } from './attempt.ts';
import { scrub } from './card-digits.ts';
import { type Change, change, type Payment } from './payment.ts';
import {
  attemptInFlight,
  type AttemptInFlight,
  noDecisionNeeded,
  type NoDecisionNeeded,
  paymentChanged,
  type PaymentChanged,
} from './payment-error.ts';
import { nextLateLook, type Policy } from './policy.ts';

/**
 * What a person found out and saw to at the gateway. `captured`: the merchant keeps `held` for this order, which counts as paid; nothing,
 * should all be given back after the goods were released.
 * `notCharged`: the merchant has nothing; another card may be tried. `cancelled`: the merchant has nothing, and the order is given up.
 */
export type Decision =
  Readonly<{ to: 'captured'; held: Money }> | Readonly<{ to: 'notCharged' }> | Readonly<{ to: 'cancelled' }>;

/**
 * Who decided and why: both go into the history. `version` is that of the payment as the person saw it. With it, a decision that comes
 * late, or twice, is not taken for one about what happened since.
 */
export type Correction = Readonly<{ decision: Decision; by: string; reason: string; version?: number }>;

/** A correction that says too little, or what cannot be. `reason` says how. */
export type InvalidCorrection = Readonly<{ type: 'InvalidCorrection'; reason: string }>;
const invalidCorrection = (reason: string): InvalidCorrection => ({ type: 'InvalidCorrection', reason });

export type CannotCorrect = NoDecisionNeeded | PaymentChanged | AttemptInFlight | InvalidCorrection;

const edges = {
  captured: 'correctedToCaptured',
  notCharged: 'correctedToNotCharged',
  cancelled: 'correctedToCancelled',
} as const;

/** A person's audited decision: the one way out of `needsAttention` that needs no word of the gateway. */
export const correct = (
  payment: Payment,
  correction: Correction,
  now: number,
  policy: Policy,
): Result<Change, CannotCorrect> => {
  const { decision, version = payment.version } = correction;
  if (payment.states.payment !== 'needsAttention') return err(noDecisionNeeded());
  if (version !== payment.version) return err(paymentChanged());
  const decided = payment.attention?.attemptId;
  // What will be looked at again is not decided with it: it would be forgotten while it may still move money.
  const isLookedAt = (each: Attempt) => isFollowUp(each) && each.lookAt !== null && each.id !== decided;
  const onItsWay = payment.attempts.find(
    (each) => isUnsettled(each) && (now < each.startedAt + policy.quietMs || isLookedAt(each)),
  );
  if (onItsWay !== undefined) return err(attemptInFlight(onItsWay.id));
  const { currency } = payment.order.amount;
  const problem = problemOf(correction, payment);
  if (problem !== null) return err(invalidCorrection(problem));
  const attempts = payment.attempts.map((attempt) =>
    (decision.to === 'captured' && attempt.id === decided && attempt.outcome !== 'done') ||
    isUnsettled(attempt) ||
    holdsMoney(attempt)
      ? settled(attempt, decision, attempt.id === decided, now)
      : // What the person knew of is not to be found again as if it were this follow-up's.
        { ...attempt, lookAt: isFollowUp(attempt) ? null : attempt.lookAt },
  );
  const held = decision.to === 'captured' ? decision.held : zero(currency);
  // The total includes what was given back through us, so that what is left to refund is what the merchant has.
  const captured = addMoney(held, payment.refunded).unwrapOr(held);
  const told = decision.to === 'captured' ? ` (${inWords(held)} kept)` : '';
  return change(
    payment,
    edges[decision.to],
    now,
    { attempts, captured, attention: null, session: null, correctedAt: now },
    { reason: scrub(wordsOf(correction)) + told },
  ).mapErr(() =>
    invalidCorrection(`the goods are ${payment.states.fulfilment}, so it cannot be ${decision.to}`),
  );
};

const wordsOf = ({ by, reason }: Correction): string => `${by.trim()}: ${reason.trim()}`;

/** What a correction lacks, or says that cannot be; null when nothing is wrong with it. */
const problemOf = (correction: Correction, { order, states }: Payment): string | null => {
  const { decision, by, reason } = correction;
  const words = wordsOf(correction);
  if (by.trim() === '' || reason.trim() === '') return 'say who decided, and why';
  if (words.length > 500 || /[\p{Cc}\p{Cs}]/u.test(words)) {
    return 'at most 500 characters, and no control characters';
  }
  if (decision.to !== 'captured') return null;
  const { currency } = order.amount;
  if (decision.held.currency !== currency) return `the order is in ${currency}`;
  return isZero(decision.held) && states.fulfilment !== 'fulfilled' ? 'what is paid is kept' : null;
};

/**
 * The attempt that the person was called for carries the decision. When the order counts as paid, another one that was captured stays so:
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
