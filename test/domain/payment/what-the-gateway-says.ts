// What the gateway can say of an attempt, and an attempt of every outcome to say it of.
import type { AttemptOutcome } from '../../../src/domain/payment/attempt.ts';
import type { AttemptId } from '../../../src/domain/payment/ids.ts';
import type { Evidence, Outcome } from '../../../src/domain/payment/outcome.ts';
import { dueAt } from '../../../src/domain/payment/due.ts';
import type { Payment } from '../../../src/domain/payment/payment.ts';
import { defaultPolicy } from '../../../src/domain/payment/policy.ts';
import { aPayment, evidenceOf, type PaymentBuilder } from '../../builders/a-payment.ts';

export const { quietMs, agreeMs } = defaultPolicy;
export const second = 1000;
export const hour = 3_600_000;
export const day = 24 * hour;
export const nothing: Outcome = { type: 'nothing', reason: 'no pay through this session' };
export const unclear: Outcome = { type: 'unclear', reason: 'no answer' };

export const words = [
  'captured',
  'authorized',
  'declined',
  'pending',
  'notSent',
  'unknown',
  'refused',
  'sessionGone',
  'nothing',
  'unclear',
] as const;
export type Word = (typeof words)[number];

/** What the gateway says, as it would say it of this payment. */
export const saying = (word: Word, payment: Payment, changes: Partial<Evidence> = {}): Outcome => {
  const reason = 'in the words of the gateway';
  if (word === 'captured' || word === 'authorized')
    return { type: word, evidence: evidenceOf(payment, changes) };
  if (word === 'refused' || word === 'sessionGone')
    return { type: 'refused', reason, sessionGone: word === 'sessionGone' };
  return { type: word, reason };
};

export const told =
  (word: Word, changes: Partial<Evidence> = {}) =>
  (builder: PaymentBuilder) =>
    builder.told(saying(word, builder.payment, changes));

/** One payment for every outcome that a pay can have. */
export const built: Readonly<
  Record<Exclude<AttemptOutcome, 'done' | 'notDone'> | 'unresolved', PaymentBuilder>
> = {
  started: aPayment().paying(),
  unknown: aPayment().payUnknown(),
  pending: aPayment().pending(),
  authorized: aPayment().authorized(),
  captured: aPayment().captured(),
  declined: aPayment().declined(),
  notSent: told('notSent')(aPayment().paying()),
  refused: told('refused')(aPayment().paying()),
  sessionGone: told('sessionGone')(aPayment().paying()),
  notCharged: aPayment().notCharged(),
  mismatched: aPayment().needsAttention('mismatched'),
  unresolved: aPayment().needsAttention('unresolved'),
};

export const at = (builder: PaymentBuilder, time: number): PaymentBuilder =>
  builder.after(time - builder.now);
export const startOf = ({ payment }: PaymentBuilder): number => payment.attempts.at(-1)?.startedAt ?? 0;
export const whenDue = (builder: PaymentBuilder): PaymentBuilder =>
  at(builder, dueAt(builder.payment) ?? builder.now);
export const afterStart = (ms: number) => (builder: PaymentBuilder) => at(builder, startOf(builder) + ms);
/** A first reading after the quiet period found nothing. */
export const doubted = (builder: PaymentBuilder): PaymentBuilder =>
  afterStart(quietMs)(builder).told(nothing);

export const lastAttempt = ({ attempts }: Payment): AttemptId => {
  const last = attempts.at(-1);
  if (last === undefined) throw new Error('the payment has no attempt');
  return last.id;
};
