import { ok } from 'neverthrow';
import { addMoney, inWords } from '../money/money.ts';
import { type Attempt, type FollowUp, isFollowUp } from './attempt.ts';
import type { AttemptId } from './ids.ts';
import type { Reading } from './outcome.ts';
import { change, type Payment } from './payment.ts';
import type { Policy } from './policy.ts';
import { evidenceOf, followUpInRecord, type GatewayRecord, payInRecord, unexplained } from './record.ts';
import { settle, type Settled } from './settle.ts';
import { afterMove, settleFollowUp } from './settle-follow-up.ts';

/** Applies what was read about one attempt: a gateway's word on a session, or its whole record of the order. */
export const applyReading = (
  payment: Payment,
  attemptId: AttemptId,
  said: Reading | GatewayRecord,
  askedAt: number,
  policy: Policy,
): Settled => {
  const attempt = payment.attempts.find(({ id }) => id === attemptId);
  if (attempt === undefined) throw new Error(`payment ${payment.id} has no attempt ${attemptId}`);
  if (isFollowUp(attempt)) {
    const reading =
      said.type === 'record'
        ? followUpInRecord(payment, attempt, said, askedAt, policy)
        : {
            type: 'unclear' as const,
            reason: 'reason' in said ? said.reason : 'a session tells nothing of it',
          };
    return settleFollowUp(payment, attemptId, reading, askedAt, policy);
  }
  const reading = said.type === 'record' ? payInRecord(payment, attempt, said, askedAt, policy) : said;
  return settle(payment, attemptId, reading, askedAt, policy);
};

/**
 * Takes over a transaction that moved money and that no attempt explains. A charge brings a person; what was captured, voided or given
 * back at the gateway's own pages is believed. Null when everything is explained.
 */
export const adopt = (
  payment: Payment,
  record: GatewayRecord,
  attemptId: AttemptId,
  now: number,
): Settled => {
  const found = unexplained(payment, record);
  const paid = payment.attempts.find((each) => !isFollowUp(each));
  if (found === null || paid === undefined) return ok(null);
  const { merchantId, orderId, amount } = evidenceOf(record, found);
  if ((merchantId ?? payment.merchantId) !== payment.merchantId) return ok(null);
  if ((orderId ?? payment.order.id) !== payment.order.id) return ok(null);
  const isCharge = !isFollowUp(found);
  // A person restated the totals: what moved at the gateway's own pages is in them already.
  if (!isCharge && payment.correctedAt !== null) return ok(null);
  const attempt: Attempt = {
    id: attemptId,
    operation: found.operation,
    sessionId: paid.sessionId,
    amount: amount ?? paid.amount,
    key: null,
    target: null,
    startedAt: now,
    outcome: found.operation === 'pay' ? 'captured' : found.operation === 'authorize' ? 'authorized' : 'done',
    reason: isCharge ? 'no call of ours explains it' : 'made outside of this application',
    transactionId: found.id,
    settledAt: now,
    lookAt: null,
    nothingFoundAt: null,
  };
  return isCharge ? chargedTwice(payment, attempt, now) : madeElsewhere(payment, attempt, now);
};

const chargedTwice = (payment: Payment, attempt: Attempt, now: number): Settled => {
  const reason = `${attempt.operation} of ${inWords(attempt.amount)} that no call of ours explains`;
  const attention = payment.attention ?? { kind: 'chargeFound', attemptId: attempt.id, reason };
  const captured =
    attempt.operation === 'pay'
      ? addMoney(payment.captured, attempt.amount).unwrapOr(payment.captured)
      : payment.captured;
  const fields = { attempts: [...payment.attempts, attempt], captured, attention, session: null };
  return change(payment, 'chargeFound', now, fields, { attempt, reason });
};

const madeElsewhere = (payment: Payment, attempt: Attempt, now: number): Settled => {
  const { event, totals } = afterMove(payment, attempt.operation as FollowUp, attempt.amount);
  const attempts = [...payment.attempts, attempt];
  const reason = `${attempt.operation} of ${inWords(attempt.amount)}, ${attempt.reason}`;
  return change(payment, event, now, { ...totals, attempts }, { attempt, reason }).orElse(() => {
    const attention = payment.attention ?? { kind: 'chargeFound' as const, attemptId: attempt.id, reason };
    return change(payment, 'chargeFound', now, { ...totals, attempts, attention }, { attempt, reason });
  });
};
