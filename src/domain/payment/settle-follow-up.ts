import { ok } from 'neverthrow';
import { addMoney, inWords, isZero, type Money, zero } from '../money/money.ts';
import { type Attempt, type FollowUp, isUnsettled } from './attempt.ts';
import { scrub } from './card-digits.ts';
import { type Case, caseOf, differenceFrom, type Settled, withAttempt } from './case.ts';
import type { AttemptId } from './ids.ts';
import type { Evidence, FollowUpOutcome, FollowUpReading } from './outcome.ts';
import { foundNothing, looked, lookedLate, type NoNews, stayOpen } from './no-news.ts';
import { type Attention, change, type Payment } from './payment.ts';
import type { PaymentEventType } from './payment-machine.ts';
import { nextRecheck, type Policy } from './policy.ts';
import { kept, leftOfAuthorization, leftToRefundOf } from './totals.ts';

/**
 * Applies what the gateway said of a capture, void or refund. The same rules as for a pay: what moved is believed at once; "nothing there"
 * needs the quiet period and two readings that agree, and until then the amount counts as spent.
 */
export const settleFollowUp = (
  payment: Payment,
  attemptId: AttemptId,
  outcome: FollowUpOutcome | FollowUpReading,
  now: number,
  policy: Policy,
): Settled => {
  const about = caseOf(payment, attemptId, now, policy);
  const { attempt } = about;
  if (outcome.type === 'done') {
    const target = ('target' in outcome ? outcome.target : null) ?? attempt.target;
    return done({ ...about, attempt: { ...attempt, target } }, outcome.evidence);
  }
  const reason = scrub(outcome.reason);
  if (!isUnsettled(attempt)) return tellNews(about, lookedLate(about));
  switch (outcome.type) {
    case 'refused':
    case 'notSent':
      return failed(about, outcome.type, reason);
    case 'unknown':
      return attempt.outcome === 'started' ? tellNews(about, stayOpen(about, 'unknown', reason)) : ok(null);
    case 'pending':
      return tellNews(
        about,
        attempt.outcome === 'pending' ? looked(about, reason) : stayOpen(about, 'pending', reason),
      );
    case 'nothing':
      return tellNews(about, foundNothing(about, reason));
    case 'unclear':
      return tellNews(about, looked(about, reason));
  }
};

/**
 * Changes the attempt, and the payment along the edge. Several follow-ups may be on their way, and others are made at the gateway's own
 * pages, so the payment may have moved on meanwhile: then a call that came to nothing is noted, and anything else brings a person.
 */
const tell = (
  { payment, attempt, now }: Case,
  type: PaymentEventType,
  attemptFields: Partial<Attempt>,
  paymentFields: Partial<Payment> = {},
): Settled => {
  const reason = attemptFields.reason || null;
  const changed: Attempt = { ...attempt, ...attemptFields, reason };
  const fields = { ...paymentFields, attempts: withAttempt(payment, changed) };
  const told = { attempt: changed, ...(reason !== null && { reason }) };
  return change(payment, type, now, fields, told).orElse(() => {
    if (/(Failed|Unknown)$/.test(type)) return change(payment, 'lookedAgain', now, fields, told);
    const unexpected = `${type} after it was ${payment.states.payment}`;
    const attention = fields.attention ?? payment.attention ?? attentionTo(attempt, 'mismatched', unexpected);
    return change(payment, 'chargeFound', now, { ...fields, attention }, { reason: unexpected, ...told });
  });
};

const attentionTo = ({ id }: Attempt, kind: Attention['kind'], reason: string): Attention => ({
  kind,
  attemptId: id,
  reason,
});

const edgeOf = ({ operation }: Attempt, what: 'Failed' | 'Unknown'): PaymentEventType =>
  `${operation as FollowUp}${what}`;

const failed = (about: Case, outcome: 'refused' | 'notSent', reason: string): Settled =>
  tell(about, edgeOf(about.attempt, 'Failed'), { outcome, reason, settledAt: about.now, lookAt: null });

/** Null: nothing to tell. */
const tellNews = (about: Case, news: NoNews | null): Settled => {
  if (news === null) return ok(null);
  const { payment, attempt } = about;
  const { comesTo, fields } = news;
  if (comesTo === 'open') return tell(about, edgeOf(attempt, 'Unknown'), fields);
  if (comesTo === 'nothing') return tell(about, edgeOf(attempt, 'Failed'), { ...fields, outcome: 'notDone' });
  if (comesTo === 'noted' || payment.attention !== null) return tell(about, 'lookedAgain', fields);
  return tell(about, 'unresolved', fields, {
    attention: attentionTo(attempt, 'unresolved', fields.reason ?? ''),
  });
};

/** What no order of things explains: more than there was to give back or to take, or a refund that was taken back. */
const excessOf = ({ payment, attempt }: Case, amount: Money): string | null => {
  const { operation } = attempt;
  if (targetOf(payment, attempt)?.operation === 'refund') return `${operation} of a refund`;
  const there = operation === 'capture' ? leftOfAuthorization(payment) : kept(payment);
  return isOfHold(payment, attempt) || amount.minor <= there.minor
    ? null
    : `${operation} of ${inWords(amount)}, where ${inWords(there)} were left`;
};

const targetOf = ({ attempts }: Payment, { target }: Attempt): Attempt | undefined =>
  attempts.find(({ transactionId }) => target !== null && transactionId === target);

/** A void that lets go of an amount which was only held, or takes a refund back, gives nothing back. */
const isOfHold = (payment: Payment, attempt: Attempt): boolean => {
  const voided = targetOf(payment, attempt);
  if (attempt.operation !== 'void') return false;
  return voided === undefined
    ? isZero(payment.captured)
    : voided.outcome === 'authorized' || voided.operation === 'refund';
};

const done = (about: Case, evidence: Evidence): Settled => {
  const { payment, attempt, now, policy } = about;
  if (attempt.outcome === 'done' || attempt.outcome === 'mismatched')
    return tellNews(about, lookedLate(about));
  const doubt = doubtOf(about, evidence);
  if (doubt !== null) {
    if (attempt.outcome === 'started') return tellNews(about, stayOpen(about, 'unknown', doubt));
    return tellNews(about, isUnsettled(attempt) ? looked(about, doubt) : lookedLate(about));
  }
  const amount = evidence.amount ?? unsaid(payment, attempt);
  const difference = differenceFrom(about, evidence);
  const problem = difference ?? excessOf(about, amount);
  const { event, totals } = afterMove(payment, attempt, amount);
  const known = {
    outcome: difference === null ? 'done' : 'mismatched',
    amount: attempt.key === null ? amount : attempt.amount,
    reason: problem ?? (attempt.key === null ? attempt.reason : null),
    transactionId: evidence.transactionId,
    settledAt: now,
    lookAt: nextRecheck(attempt, now, policy),
    nothingFoundAt: null,
  } as const;
  const after: Case = { ...about, payment: letGo(payment, attempt) };
  if (problem === null) return tell(after, event, known, totals);
  const attention = payment.attention ?? attentionTo(attempt, 'mismatched', problem);
  const edge = payment.attention === null ? 'mismatched' : 'lookedAgain';
  return tell(after, edge, known, { ...totals, attention });
};

/** What was undone elsewhere without a word of how much: all of its charge that was left, which may have become known only now. */
const unsaid = (payment: Payment, attempt: Attempt): Money => {
  const target = targetOf(payment, attempt);
  if (attempt.key !== null || target === undefined || target.operation === 'refund') return attempt.amount;
  if (target.outcome === 'authorized') return target.amount;
  // What is on its way back cannot be: a charge is undone as a whole.
  const others = payment.attempts.filter((each) => !isUnsettled(each));
  return leftToRefundOf({ ...payment, attempts: others }, target);
};

/** Why evidence is none: it is another attempt's, or it says of a capture too little to release goods for. */
const doubtOf = ({ payment, attempt }: Case, { amount, orderId, transactionId }: Evidence): string | null => {
  const isAnothers = payment.attempts.some(
    (each) => each.id !== attempt.id && transactionId !== null && each.transactionId === transactionId,
  );
  if (isAnothers) return 'the transaction is that of another attempt';
  if (attempt.operation !== 'capture') return null;
  if (amount === null) return 'said done, but not the amount';
  return orderId === null ? 'said done, but not the order' : null;
};

/** A pay that only held an amount waits for its charge no longer once it was voided. */
const letGo = (payment: Payment, { operation, target }: Attempt): Payment => {
  const isLetGo = (each: Attempt) =>
    operation === 'void' && target !== null && each.transactionId === target && isUnsettled(each);
  const attempts = payment.attempts.map((each): Attempt =>
    isLetGo(each) ? { ...each, outcome: 'notCharged', lookAt: null } : each,
  );
  return { ...payment, attempts };
};

type Moved = Readonly<{ event: PaymentEventType; totals: Pick<Payment, 'captured' | 'refunded'> }>;

/** The totals after money moved, and the edge that tells of it. */
const afterMove = (payment: Payment, attempt: Attempt, amount: Money): Moved => {
  const { captured, refunded, states } = payment;
  if (attempt.operation === 'capture') {
    const isAll = amount.minor >= leftOfAuthorization(payment).minor && states.payment !== 'needsAttention';
    const total = addMoney(captured, amount).unwrapOr(captured);
    return { event: isAll ? 'captured' : 'capturedInPart', totals: { captured: total, refunded } };
  }
  const back = isOfHold(payment, attempt) ? zero(captured.currency) : amount;
  // In another currency it is counted as what was asked for: it is not there to be given back again.
  const total = addMoney(refunded, back)
    .orElse(() => addMoney(refunded, attempt.amount))
    .unwrapOr(refunded);
  const inFull = attempt.operation === 'void' ? 'voided' : 'refundedInFull';
  const event = total.minor >= captured.minor ? inFull : 'refundedInPart';
  return { event, totals: { captured, refunded: total } };
};
