import { ok } from 'neverthrow';
import { addMoney, inWords, type Money } from '../money/money.ts';
import { type Attempt, holdsMoney, isUnsettled } from './attempt.ts';
import { scrub } from './card-digits.ts';
import { type Case, caseOf, differenceFrom, type Settled, withAttempt } from './case.ts';
import type { AttemptId } from './ids.ts';
import type { Evidence, Outcome } from './outcome.ts';
import { foundNothing, looked, lookedLate, type NoNews, stayOpen } from './no-news.ts';
import { type Attention, change, type Payment } from './payment.ts';
import type { PaymentEventType } from './payment-machine.ts';
import { nextLook, nextRecheck, type Policy } from './policy.ts';

/**
 * Applies what the gateway said of an attempt, as the answer to the call or when it was read, whichever comes first. Evidence that
 * money moved is believed at once and never taken back; "nothing there" needs the quiet period and two readings that agree.
 */
export const settle = (
  payment: Payment,
  attemptId: AttemptId,
  outcome: Outcome,
  now: number,
  policy: Policy,
): Settled => {
  const about = caseOf(payment, attemptId, now, policy);
  const { attempt } = about;
  const reason = 'reason' in outcome ? scrub(outcome.reason) : '';
  switch (outcome.type) {
    case 'captured':
    case 'authorized':
      return moneyMoved(about, outcome.type, outcome.evidence);
    case 'declined':
      return isUnsettled(attempt) ? close(about, 'declined', 'declined', reason) : lookedAt(about, reason);
    case 'refused':
      return surelyNothing(about, outcome.sessionGone ? 'sessionGone' : 'refused', reason);
    case 'notSent':
      return surelyNothing(about, 'notSent', reason);
    case 'unknown':
      return attempt.outcome === 'started' ? tellNews(about, stayOpen(about, 'unknown', reason)) : ok(null);
    case 'pending':
      return attempt.outcome === 'started' || attempt.outcome === 'unknown'
        ? tellNews(about, stayOpen(about, 'pending', reason))
        : lookedAt(about, reason);
    case 'nothing':
      return isUnsettled(attempt) && attempt.outcome !== 'authorized'
        ? tellNews(about, foundNothing(about, reason))
        : lookedAt(about, reason);
    case 'unclear':
      return lookedAt(about, reason);
  }
};

/** Changes the attempt, and the payment along the edge. A payment that a person must decide on only takes note. */
const tell = (
  { payment, attempt, now }: Case,
  type: PaymentEventType,
  attemptFields: Partial<Attempt>,
  paymentFields: Partial<Payment> = {},
): Settled => {
  const reason = attemptFields.reason || null;
  const changed: Attempt = { ...attempt, ...attemptFields, reason };
  const edge = payment.states.payment !== 'needsAttention' || evidenceEdges.has(type) ? type : 'lookedAgain';
  const fields = { ...paymentFields, attempts: withAttempt(payment, changed) };
  const about = { attempt: changed, ...(reason === null ? {} : { reason }) };
  // The order may have moved on by what others did: then a charge brings a person, and anything else is noted.
  return change(payment, edge, now, fields, about).orElse(() => {
    if (!evidenceEdges.has(type)) return change(payment, 'lookedAgain', now, fields, about);
    const unexpected = `${type} after it was ${payment.states.payment}`;
    const called: Attention = { kind: 'chargeFound', attemptId: attempt.id, reason: unexpected };
    const attention = fields.attention ?? payment.attention ?? called;
    return change(payment, 'chargeFound', now, { ...fields, attention }, { ...about, reason: unexpected });
  });
};
const evidenceEdges: ReadonlySet<PaymentEventType> = new Set<PaymentEventType>(['captured', 'chargeFound']);

const close = (
  about: Case,
  type: PaymentEventType,
  outcome: Attempt['outcome'],
  reason: string,
  fields: Partial<Payment> = { session: null },
): Settled => tell(about, type, { outcome, reason, settledAt: about.now, lookAt: null }, fields);

/** Null: nothing to tell. */
const tellNews = (about: Case, news: NoNews | null): Settled => {
  if (news === null) return ok(null);
  const { payment, attempt } = about;
  const { comesTo, fields } = news;
  switch (comesTo) {
    case 'open':
      return tell(about, fields.outcome === 'pending' ? 'pending' : 'outcomeLost', fields);
    case 'noted':
      return tell(about, 'lookedAgain', fields);
    case 'nothing':
      return tell(about, 'notCharged', { ...fields, outcome: 'notCharged' }, { session: null });
    case 'unresolved': {
      const called = { kind: comesTo, attemptId: attempt.id, reason: fields.reason ?? '' };
      return tell(about, comesTo, fields, { attention: payment.attention ?? called });
    }
  }
};

/** A look without news, also at an attempt whose outcome is known. */
const lookedAt = (about: Case, reason: string): Settled =>
  tellNews(about, isUnsettled(about.attempt) ? looked(about, reason) : lookedLate(about));

const moneyMoved = (about: Case, type: 'captured' | 'authorized', evidence: Evidence): Settled => {
  const { payment, attempt, now, policy } = about;
  if (isAnothers(about, evidence)) return lookedAt(about, 'the transaction is that of another attempt');
  if (isKnown(attempt, type)) return lookedAt(about, `still ${attempt.outcome}`);
  if (evidence.amount === null || evidence.orderId === null) {
    const reason = `said ${type}, but not ${evidence.amount === null ? 'the amount' : 'the order'}`;
    return attempt.outcome === 'started'
      ? tellNews(about, stayOpen(about, 'unknown', reason))
      : lookedAt(about, reason);
  }
  const difference = differenceFrom(about, evidence);
  const found: Partial<Attempt> = {
    transactionId: evidence.transactionId,
    settledAt: now,
    nothingFoundAt: null,
  };
  if (difference === null && isOwed(about)) {
    if (type === 'captured') return expectedCharge(about, found, evidence.amount);
    // An authorization that was asked for is an end; one that a pay came to is looked at until it is a charge.
    const isEnd = attempt.operation === 'authorize';
    const lookAt = isEnd
      ? nextRecheck(attempt, now, policy)
      : (nextLook(attempt, now, policy) ?? now + policy.agreeMs);
    return tell(about, type, { ...found, outcome: type, reason: null, lookAt }, { session: null });
  }
  // What is only held stays told apart: it may still become a charge.
  const isAsTold = difference === null || type === 'authorized' || attempt.outcome === 'captured';
  const outcome = isAsTold ? type : 'mismatched';
  const kind =
    isUnsettled(attempt) && payment.states.payment !== 'needsAttention' && difference !== null
      ? 'mismatched'
      : 'chargeFound';
  const reason = difference ?? `${type} ${inWords(evidence.amount)} after it was ${attempt.outcome}`;
  const attention = payment.attention ?? { kind, attemptId: attempt.id, reason };
  const captured = type === 'captured' ? totalWith(payment, evidence.amount) : payment.captured;
  return tell(
    about,
    kind,
    { ...found, outcome, reason, lookAt: null },
    { captured, attention, session: null },
  );
};

const expectedCharge = (about: Case, found: Partial<Attempt>, amount: Money): Settled => {
  const { payment, attempt, now, policy } = about;
  const captured = totalWith(payment, amount);
  const lookAt = nextRecheck(attempt, now, policy);
  const fields = { captured, attention: null, session: null };
  return tell(about, 'captured', { ...found, outcome: 'captured', reason: null, lookAt }, fields);
};

/** The same money told again. That one call charged twice shows in the gateway's record alone: see `apply-record.ts`. */
const isKnown = (attempt: Attempt, type: 'captured' | 'authorized'): boolean =>
  holdsMoney(attempt) && (type === 'authorized' || attempt.outcome !== 'authorized');

/** It was counted as a charge that no call explained, before this attempt's own answer came. */
const isAnothers = ({ payment, attempt }: Case, { transactionId }: Evidence): boolean =>
  payment.attempts.some(
    (each) =>
      transactionId !== null &&
      each.id !== attempt.id &&
      each.sessionId === attempt.sessionId &&
      each.transactionId === transactionId,
  );

/** This attempt's money is what the order waits for: no other attempt has any, and no person was called for another reason. */
const isOwed = ({ payment, attempt }: Case): boolean => {
  const { attempts, attention } = payment;
  const isCalledFor =
    attention === null || (attention.kind === 'unresolved' && attention.attemptId === attempt.id);
  return (
    isUnsettled(attempt) &&
    isCalledFor &&
    attempts.every((other) => other.id === attempt.id || !holdsMoney(other))
  );
};

const totalWith = ({ captured }: Payment, amount: Money): Money =>
  addMoney(captured, amount).unwrapOr(captured);

/** The sender itself, or the gateway's own refusal, proves that nothing was charged; a reading may have doubted it before. */
const surelyNothing = (
  about: Case,
  outcome: 'refused' | 'sessionGone' | 'notSent',
  reason: string,
): Settled => {
  if (about.attempt.outcome === 'unknown') return close(about, 'notCharged', outcome, reason);
  if (about.attempt.outcome !== 'started') return ok(null);
  return outcome === 'notSent'
    ? close(about, 'notSent', outcome, reason, {})
    : close(about, 'refused', outcome, reason);
};
