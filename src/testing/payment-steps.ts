import assert from 'node:assert/strict';
import { parseMoney } from '../domain/money/money.ts';
import type { FollowUp } from '../domain/payment/attempt.ts';
import { correct } from '../domain/payment/correct.ts';
import { startFollowUp } from '../domain/payment/follow-up.ts';
import {
  attemptId,
  type MerchantId,
  merchantId,
  type OrderId,
  orderId,
  paymentId,
  sessionId,
} from '../domain/payment/ids.ts';
import { order } from '../domain/payment/order.ts';
import type { FollowUpOutcome } from '../domain/payment/outcome.ts';
import { type Change, newPayment, openSession, type Payment, startPay } from '../domain/payment/payment.ts';
import { defaultPolicy } from '../domain/payment/policy.ts';
import { applyRecord } from '../domain/payment/apply-record.ts';
import { settle } from '../domain/payment/settle.ts';
import { settleFollowUp } from '../domain/payment/settle-follow-up.ts';

// What may happen to a payment, made by the domain's own operations only.

export const now = Date.UTC(2026, 0, 1);
export const merchant: MerchantId = merchantId('MERCHANT-1')._unsafeUnwrap();

export const anOrderId = (text: string): OrderId => orderId(text)._unsafeUnwrap();

export const aNewPayment = (id: string, of: MerchantId = merchant): Payment => {
  const data = {
    id,
    amount: '99.99',
    currency: 'USD',
    description: 'A lamp',
    customerEmail: 'ann@example.com',
  };
  return newPayment(
    paymentId(`pay_${of}_${id.replaceAll('.', '-')}`)._unsafeUnwrap(),
    of,
    order(data)._unsafeUnwrap(),
    now,
  );
};

export const opened = (payment: Payment, session: string, at = now): Change => {
  const id = sessionId(session)._unsafeUnwrap();
  const open = { id, openedAt: at, expiresAt: at + 60_000, successIndicator: 'b7a1' };
  return openSession(payment, payment.order, open, defaultPolicy)._unsafeUnwrap();
};

export const paying = (payment: Payment, attempt: string, operation: 'pay' | 'authorize' = 'pay'): Change => {
  assert(payment.session);
  const intent = {
    operation,
    attemptId: attemptId(attempt)._unsafeUnwrap(),
    sessionId: payment.session.id,
    order: payment.order,
    revision: 1,
  };
  return startPay(payment, intent, now + 1, defaultPolicy)._unsafeUnwrap();
};

const charged = (payment: Payment, type: 'captured' | 'authorized'): Change => {
  const attempt = payment.attempts.at(-1);
  assert(attempt);
  const evidence = {
    merchantId: null,
    orderId: payment.order.id,
    amount: attempt.amount,
    transactionId: 'tx-1',
  };
  const change = settle(payment, attempt.id, { type, evidence }, now + 2, defaultPolicy)._unsafeUnwrap();
  assert(change);
  return change;
};

export const captured = (payment: Payment): Change => charged(payment, 'captured');

/** The intent of a capture, void or refund under a key of its own; of all that is left without an amount. */
const following =
  (operation: FollowUp, key: string, amount: string | null = null, target: string | null = null) =>
  (payment: Payment): Change => {
    const asked = amount === null ? null : parseMoney(amount, 'USD')._unsafeUnwrap();
    const intent = {
      attemptId: attemptId(`att_${key}`)._unsafeUnwrap(),
      operation,
      key,
      amount: asked,
      target,
    };
    return startFollowUp(payment, intent, now + payment.version, defaultPolicy)._unsafeUnwrap();
  };

/** What became of the last attempt; `done` under this id. */
const came =
  (to: string | Exclude<FollowUpOutcome, { type: 'done' }>) =>
  (payment: Payment): Change => {
    const attempt = payment.attempts.at(-1);
    assert(attempt);
    const evidence = { merchantId: null, orderId: payment.order.id, amount: attempt.amount };
    const outcome =
      typeof to === 'string' ? { type: 'done' as const, evidence: { ...evidence, transactionId: to } } : to;
    const change = settleFollowUp(
      payment,
      attempt.id,
      outcome,
      now + payment.version,
      defaultPolicy,
    )._unsafeUnwrap();
    assert(change);
    return change;
  };

/** The gateway shows a second charge that no call explains. */
const chargedAgain = (payment: Payment): Change => {
  const transaction = (id: string) =>
    ({ id, operation: 'pay', result: 'done', amount: payment.order.amount, reason: 'CAPTURED' }) as const;
  const transactions = [transaction('tx-1'), transaction('tx-2')];
  const record = { type: 'record', merchantId: null, orderId: payment.order.id, transactions } as const;
  const reading = { record, askedAt: now + payment.version, policy: defaultPolicy };
  const newAttemptId = attemptId('att_2')._unsafeUnwrap();
  const change = applyRecord(payment, { ...reading, newAttemptId })._unsafeUnwrap();
  assert(change);
  return change;
};

const decided = (payment: Payment): Change =>
  correct(
    payment,
    {
      decision: { to: 'captured', held: payment.order.amount },
      by: 'Ann',
      reason: 'One of the two is given back',
    },
    now + payment.version,
    defaultPolicy,
  )._unsafeUnwrap();

type Step = (payment: Payment) => Change;
const pays: readonly Step[] = [
  (payment) => opened(payment, 'S1'),
  (payment) => paying(payment, 'att_1'),
  captured,
];
const authorizes: readonly Step[] = [
  (payment) => opened(payment, 'S1'),
  (payment) => paying(payment, 'att_1', 'authorize'),
  (payment) => charged(payment, 'authorized'),
];
/** Everything that a merchant may do after the payer's card answered. */
export const histories: Readonly<Record<string, readonly Step[]>> = {
  'captures in parts': [
    ...authorizes,
    following('capture', 'a', '40.00'),
    came('tx-2'),
    following('capture', 'b'),
    came('tx-3'),
  ],
  'a void': [...authorizes, following('void', 'v'), came('tx-2')],
  'a void that was refused': [
    ...pays,
    following('void', 'v'),
    came({ type: 'refused', reason: 'settled: refund it instead' }),
  ],
  'refunds in parts, one of them lost': [
    ...pays,
    following('refund', 'a', '0.01'),
    came('tx-2'),
    following('refund', 'b', '9.99'),
    came({ type: 'unknown', reason: 'the connection was cut' }),
    following('refund', 'c'),
    came('tx-4'),
  ],
  'a pending refund': [
    ...pays,
    following('refund', 'all'),
    came({ type: 'pending', reason: 'REFUND_PENDING' }),
  ],
  'a second charge that is given back by its id': [
    ...pays,
    chargedAgain,
    following('refund', 'twice', null, 'tx-2'),
    came('tx-3'),
  ],
  'a second charge that a person decided on': [...pays, chargedAgain, decided],
};
