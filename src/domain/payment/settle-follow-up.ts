import { ok } from 'neverthrow';
import { addMoney, inWords, type Money, sameMoney } from '../money/money.ts';
import { type Attempt, type FollowUp, isUnsettled } from './attempt.ts';
import { scrub } from './card-digits.ts';
import type { AttemptId } from './ids.ts';
import type { Evidence, FollowUpOutcome, FollowUpReading } from './outcome.ts';
import { change, type Payment } from './payment.ts';
import type { PaymentEventType } from './payment-machine.ts';
import { nextLateLook, nextLook, type Policy } from './policy.ts';
import type { Settled } from './settle.ts';
import { authorizedAmount } from './totals.ts';

type Case = Readonly<{ payment: Payment; attempt: Attempt; now: number; policy: Policy }>;

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
  const attempt = payment.attempts.find(({ id }) => id === attemptId);
  if (attempt === undefined) throw new Error(`payment ${payment.id} has no attempt ${attemptId}`);
  const about: Case = { payment, attempt, now, policy };
  if (outcome.type === 'done') return done(about, outcome.evidence);
  const reason = scrub(outcome.reason);
  if (!isUnsettled(attempt)) return lookedLate(about);
  switch (outcome.type) {
    case 'refused':
    case 'notSent':
      return failed(about, outcome.type, reason);
    case 'unknown':
      return attempt.outcome === 'started' ? stayOpen(about, 'unknown', reason) : ok(null);
    case 'pending':
      return attempt.outcome === 'pending' ? looked(about, reason) : stayOpen(about, 'pending', reason);
    case 'nothing':
      return foundNothing(about, reason);
    case 'unclear':
      return looked(about, reason);
  }
};

const tell = (
  { payment, attempt, now }: Case,
  type: PaymentEventType,
  attemptFields: Partial<Attempt>,
  paymentFields: Partial<Payment> = {},
): Settled => {
  const reason = attemptFields.reason || null;
  const changed: Attempt = { ...attempt, ...attemptFields, reason };
  const attempts = payment.attempts.map((each) => (each.id === changed.id ? changed : each));
  const edge = type === 'unresolved' && payment.states.payment === 'needsAttention' ? 'lookedAgain' : type;
  return change(
    payment,
    edge,
    now,
    { ...paymentFields, attempts },
    { attempt: changed, ...(reason !== null && { reason }) },
  );
};

const edgeOf = ({ operation }: Attempt, what: 'Failed' | 'Unknown'): PaymentEventType =>
  `${operation as FollowUp}${what}`;

const failed = (about: Case, outcome: 'refused' | 'notSent', reason: string): Settled =>
  tell(about, edgeOf(about.attempt, 'Failed'), { outcome, reason, settledAt: about.now, lookAt: null });

const stayOpen = (
  about: Case,
  outcome: 'unknown' | 'pending',
  reason: string,
  nothingFoundAt: number | null = null,
): Settled => {
  const { attempt, now, policy } = about;
  const lookAt = nextLook({ ...attempt, nothingFoundAt }, now, policy) ?? now + policy.agreeMs;
  return tell(about, edgeOf(attempt, 'Unknown'), { outcome, reason, settledAt: now, lookAt, nothingFoundAt });
};

const foundNothing = (about: Case, reason: string): Settled => {
  const { attempt, now, policy } = about;
  if (now < attempt.startedAt + policy.quietMs) return ok(null);
  if (attempt.nothingFoundAt === null) {
    if (attempt.outcome === 'started') return stayOpen(about, 'unknown', reason, now);
    const lookAt = nextLook({ ...attempt, nothingFoundAt: now }, now, policy);
    return tell(about, 'lookedAgain', { nothingFoundAt: now, lookAt, reason });
  }
  if (now < attempt.nothingFoundAt + policy.agreeMs) return ok(null);
  const lookAt = nextLateLook(now, now);
  return tell(about, edgeOf(attempt, 'Failed'), { outcome: 'notDone', reason, settledAt: now, lookAt });
};

const looked = (about: Case, reason: string): Settled => {
  const { payment, attempt, now, policy } = about;
  if (attempt.outcome === 'started') {
    return now < attempt.startedAt + policy.quietMs ? ok(null) : stayOpen(about, 'unknown', reason);
  }
  const isDue = attempt.lookAt !== null && attempt.lookAt <= now;
  if (!isDue && attempt.nothingFoundAt === null) return ok(null);
  const lookAt = nextLook({ ...attempt, nothingFoundAt: null }, now, policy);
  if (lookAt !== null) return tell(about, 'lookedAgain', { lookAt, reason, nothingFoundAt: null });
  const attention = payment.attention ?? { kind: 'unresolved', attemptId: attempt.id, reason };
  return tell(about, 'unresolved', { lookAt: null, reason, nothingFoundAt: null }, { attention });
};

const lookedLate = (about: Case): Settled => {
  const { attempt, now } = about;
  if (attempt.lookAt === null || attempt.lookAt > now) return ok(null);
  const lookAt = nextLateLook(attempt.settledAt ?? attempt.startedAt, now);
  return tell(about, 'lookedAgain', { lookAt, reason: attempt.reason });
};

/** How the gateway's answer differs from what was asked for. A void's answer need not name an amount. */
const differenceFrom = (
  { payment, attempt }: Case,
  { merchantId, orderId, amount }: Evidence,
): string | null => {
  if (merchantId !== null && merchantId !== payment.merchantId) return 'the answer names another merchant';
  if (orderId !== null && orderId !== payment.order.id) return 'the answer names another order';
  if (amount === null || attempt.operation === 'void' || sameMoney(amount, attempt.amount)) return null;
  return `${attempt.operation} of ${inWords(amount)}, asked for ${inWords(attempt.amount)}`;
};

const done = (about: Case, evidence: Evidence): Settled => {
  const { payment, attempt, now } = about;
  if (attempt.outcome === 'done' || attempt.outcome === 'mismatched') return lookedLate(about);
  const isAnothers = payment.attempts.some(
    ({ id, transactionId }) =>
      id !== attempt.id && transactionId !== null && transactionId === evidence.transactionId,
  );
  if (isAnothers) return looked(about, 'the transaction is that of another attempt');
  const amount = evidence.amount ?? attempt.amount;
  const difference = differenceFrom(about, evidence);
  const found = { transactionId: evidence.transactionId, settledAt: now, lookAt: null, nothingFoundAt: null };
  const moved = afterMove(payment, attempt.operation as FollowUp, amount, attempt.target);
  if (difference === null)
    return tell(about, moved.event, { ...found, outcome: 'done', reason: null }, moved.totals);
  const attention = payment.attention ?? { kind: 'mismatched', attemptId: attempt.id, reason: difference };
  const edge = payment.states.payment === 'needsAttention' ? 'lookedAgain' : 'mismatched';
  return tell(
    about,
    edge,
    { ...found, outcome: 'mismatched', reason: difference },
    { ...moved.totals, attention },
  );
};

type Moved = Readonly<{ event: PaymentEventType; totals: Pick<Payment, 'captured' | 'refunded'> }>;

/** The totals after money moved, and the edge that tells of it. */
export const afterMove = (
  payment: Payment,
  operation: FollowUp,
  amount: Money,
  target: string | null = null,
): Moved => {
  const { attempts, captured, refunded, states } = payment;
  switch (operation) {
    case 'capture': {
      const total = addMoney(captured, amount).unwrapOr(captured);
      const isAll = total.minor >= authorizedAmount(payment).minor && states.payment !== 'needsAttention';
      return { event: isAll ? 'captured' : 'capturedInPart', totals: { captured: total, refunded } };
    }
    case 'refund': {
      const total = addMoney(refunded, amount).unwrapOr(refunded);
      const event = total.minor >= captured.minor ? 'refundedInFull' : 'refundedInPart';
      return { event, totals: { captured, refunded: total } };
    }
    case 'void': {
      const wasTaken =
        target === null
          ? states.payment === 'captured'
          : attempts.some((each) => each.transactionId === target && each.outcome === 'captured');
      const total = wasTaken ? addMoney(refunded, amount).unwrapOr(refunded) : refunded;
      return { event: 'voided', totals: { captured, refunded: total } };
    }
  }
};
