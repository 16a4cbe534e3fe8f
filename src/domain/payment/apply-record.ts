import { ok } from 'neverthrow';
import { addMoney, inWords, type Money } from '../money/money.ts';
import { type Attempt, isFollowUp, isUnsettled, movedMoney, newAttempt } from './attempt.ts';
import { type Settled, withAttempt } from './case.ts';
import type { AttemptId } from './ids.ts';
import { type Change, change, type Payment, payingAttempt } from './payment.ts';
import { nextLateLook, type Policy } from './policy.ts';
import {
  followUpInRecord,
  type GatewayRecord,
  hasPending,
  payInRecord,
  type Transaction,
  undoing,
  unexplained,
  withItsTransaction,
} from './record.ts';
import { settle } from './settle.ts';
import { settleFollowUp } from './settle-follow-up.ts';
import { kept, leftToCapture } from './totals.ts';

/** A gateway's record as it was when it was asked for, and the id of an attempt should one be needed. Times are milliseconds. */
export type RecordAsRead = Readonly<{
  record: GatewayRecord;
  askedAt: number;
  policy: Policy;
  newAttemptId: AttemptId;
}>;

/**
 * The next thing that the gateway's record says and the payment does not; null when they agree. To be asked until then. What was
 * captured, voided or given back at the gateway's own pages is taken over first, as attempts whose end is open: a charge that is
 * found together with its refund never releases goods. Charges that nobody can explain come before that end is believed, so that
 * a person sees all of them.
 */
export const applyRecord = (payment: Payment, asRead: RecordAsRead): Settled => {
  const { record, askedAt, newAttemptId } = asRead;
  const owner = withItsTransaction(payment, record);
  if (owner !== null) {
    const attempts = withAttempt(payment, owner);
    return change(payment, 'lookedAgain', askedAt, { attempts }, { attempt: owner });
  }
  const found = unexplained(payment, record);
  const elsewhere = found.find(isFollowUp);
  if (elsewhere !== undefined) return takeOver(payment, elsewhere, newAttemptId, askedAt);
  const read = readingsOf(payment, asRead);
  const pays = read(payment.attempts.filter((attempt) => !isFollowUp(attempt)));
  if (pays !== null) return pays;
  const [charge] = found;
  if (charge !== undefined) return chargedTwice(payment, charge, newAttemptId, askedAt);
  return read(payment.attempts.filter(isFollowUp)) ?? undone(payment, record, askedAt);
};

/** The first news among what the record says of these attempts. */
const readingsOf =
  (payment: Payment, asRead: RecordAsRead) =>
  (attempts: readonly Attempt[]): Settled | null => {
    const { record, askedAt, policy } = asRead;
    for (const attempt of attempts) {
      if (!isUnsettled(attempt) && attempt.lookAt === null) continue;
      const about = [payment, attempt, record, askedAt, policy] as const;
      const settled = isFollowUp(attempt)
        ? settleFollowUp(payment, attempt.id, followUpInRecord(...about), askedAt, policy)
        : settle(payment, attempt.id, payInRecord(...about), askedAt, policy);
      if (settled.isErr() || settled.value !== null) return settled.map(lookedAtAgain(attempt, asRead));
    }
    return null;
  };

/** While one of its kind that nobody claims is pending, it is a guess which is the call's own: both are looked for, for some days. */
const lookedAtAgain =
  ({ id }: Attempt, { record, askedAt }: RecordAsRead) =>
  (told: Change | null): Change | null => {
    const attempt = told?.payment.attempts.find((each) => each.id === id);
    if (!told || !attempt || !movedMoney(attempt) || attempt.lookAt !== null) return told;
    if (!hasPending(told.payment, attempt, record)) return told;
    const lookAt = nextLateLook(attempt.settledAt ?? attempt.startedAt, askedAt);
    const attempts = withAttempt(told.payment, { ...attempt, lookAt });
    return { ...told, payment: { ...told.payment, attempts } };
  };

/** The charge was counted when it was found; what its void gave back is counted now. */
const undone = (payment: Payment, record: GatewayRecord, now: number): Settled => {
  const found = undoing(payment, record);
  if (found === null) return ok(null);
  const { undo, uncounted } = found;
  const attempts = withAttempt(payment, undo);
  const refunded = addMoney(payment.refunded, uncounted).unwrapOr(payment.refunded);
  const reason = `the void undid ${undo.target}`;
  return change(payment, 'lookedAgain', now, { attempts, refunded }, { attempt: undo, reason });
};

const attemptFor = (
  payment: Payment,
  { operation, amount, target = null }: Transaction,
  id: AttemptId,
  now: number,
): Attempt | null => {
  const sessionId = payingAttempt(payment)?.sessionId ?? payment.session?.id;
  if (sessionId === undefined) return null;
  const all: Money = operation === 'capture' ? leftToCapture(payment) : kept(payment);
  const asked = {
    id,
    operation,
    sessionId,
    amount: amount ?? (isFollowUp({ operation }) ? all : payment.order.amount),
  };
  return newAttempt({ ...asked, key: null, target, startedAt: now, lookAt: now });
};

/** Its end is believed by the rules of any other follow-up. */
const takeOver = (payment: Payment, found: Transaction, id: AttemptId, now: number): Settled => {
  const made = attemptFor(payment, found, id, now);
  if (made === null) return ok(null);
  const reason = 'made outside of this application';
  const attempt: Attempt = { ...made, outcome: 'unknown', reason, transactionId: found.id, settledAt: now };
  const told = `${attempt.operation} of ${inWords(attempt.amount)}, ${reason}`;
  return change(
    payment,
    'lookedAgain',
    now,
    { attempts: [...payment.attempts, attempt] },
    { attempt, reason: told },
  );
};

/** A charge that no call of ours explains brings a person. */
const chargedTwice = (payment: Payment, found: Transaction, id: AttemptId, now: number): Settled => {
  const made = attemptFor(payment, found, id, now);
  if (made === null) return ok(null);
  const isTaken = found.operation === 'pay';
  const reason = `${found.operation} of ${inWords(made.amount)} that no call of ours explains`;
  const attempt: Attempt = {
    ...made,
    outcome: isTaken ? 'captured' : 'authorized',
    reason,
    transactionId: found.id,
    settledAt: now,
    lookAt: null,
  };
  const attention = payment.attention ?? { kind: 'chargeFound', attemptId: attempt.id, reason };
  const captured = isTaken
    ? addMoney(payment.captured, attempt.amount).unwrapOr(payment.captured)
    : payment.captured;
  const fields = { attempts: [...payment.attempts, attempt], captured, attention, session: null };
  return change(payment, 'chargeFound', now, fields, { attempt, reason });
};
