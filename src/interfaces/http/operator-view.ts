import type { FoundPayment } from '../../application/find-payment.ts';
import { toDecimal } from '../../domain/money/money.ts';
import type { Attempt, AttemptOutcome, Operation } from '../../domain/payment/attempt.ts';
import { proposal } from '../../domain/payment/follow-up.ts';
import type { Payment } from '../../domain/payment/payment.ts';
import type { PaymentEvent } from '../../domain/payment/payment-event.ts';
import type { PaymentEventType, PaymentState } from '../../domain/payment/payment-machine.ts';
import type { PublicStatus } from '../../domain/payment/public-status.ts';
import { leftToCapture, leftToRefund } from '../../domain/payment/totals.ts';
import { why } from '../../domain/payment/why.ts';
import { fulfilmentWords, type PaymentView, publicStatusOf } from './views.ts';

/** One call to the gateway. Amounts are decimal text in major units, times ISO 8601. */
export type AttemptView = Readonly<{
  id: string;
  operation: Operation;
  outcome: AttemptOutcome;
  amount: string;
  currency: string;
  /** The caller's key of a capture, void or refund. */
  key: string | null;
  /** The gateway's word or ours for the outcome. */
  reason: string | null;
  transactionId: string | null;
  /** The transaction that it acts on, where the caller named one. */
  target: string | null;
  startedAt: string;
  settledAt: string | null;
}>;

/** One line of a payment's history. */
export type EventView = Readonly<{
  version: number;
  type: PaymentEventType;
  at: string;
  attemptId: string | null;
  reason: string | null;
}>;

/** A payment as a back office sees it. Amounts are decimal text in major units of `currency`. */
export type OperatorView = Readonly<{
  orderId: string;
  paymentId: string;
  status: PublicStatus;
  state: PaymentState;
  fulfilment: PaymentView['fulfilment'];
  /** The order's price. */
  amount: string;
  currency: string;
  captured: string;
  refunded: string;
  /** What may be captured, or refunded, at this moment: what is on its way, or whose outcome is not known, is taken off. */
  leftToCapture: string;
  leftToRefund: string;
  attempts: readonly AttemptView[];
  /** Why it is in its state, as a sentence. */
  why: string;
  /** Counts its changes: a decision names the one that it is about. */
  version: number;
  /** For a charge that nobody expected: what would undo it. */
  proposal: Readonly<{ operation: 'void' | 'refund'; transactionId: string; amount: string }> | null;
}>;

/** The payment with its history, oldest first. */
export type OperatorHistoryView = OperatorView & Readonly<{ history: readonly EventView[] }>;

/** The payment after a capture, void or refund, and what that came to. */
export type FollowUpView = OperatorView & Readonly<{ attempt: AttemptView }>;

const timeOf = (at: number): string => new Date(at).toISOString();

export const attemptView = (attempt: Attempt): AttemptView => ({
  id: attempt.id,
  operation: attempt.operation,
  outcome: attempt.outcome,
  amount: toDecimal(attempt.amount),
  currency: attempt.amount.currency,
  key: attempt.key,
  reason: attempt.reason,
  transactionId: attempt.transactionId,
  target: attempt.target,
  startedAt: timeOf(attempt.startedAt),
  settledAt: attempt.settledAt === null ? null : timeOf(attempt.settledAt),
});

const eventView = ({ version, type, at, attemptId, reason }: PaymentEvent): EventView => ({
  version,
  type,
  at: timeOf(at),
  attemptId,
  reason,
});

const proposalView = (payment: Payment): OperatorView['proposal'] => {
  const proposed = proposal(payment);
  if (proposed === null) return null;
  const { operation, target, amount } = proposed;
  return { operation, transactionId: target, amount: toDecimal(amount) };
};

export const operatorView = (payment: Payment): OperatorView => ({
  orderId: payment.order.id,
  paymentId: payment.id,
  status: publicStatusOf(payment),
  state: payment.states.payment,
  fulfilment: fulfilmentWords[payment.states.fulfilment],
  amount: toDecimal(payment.order.amount),
  currency: payment.captured.currency,
  captured: toDecimal(payment.captured),
  refunded: toDecimal(payment.refunded),
  leftToCapture: toDecimal(leftToCapture(payment)),
  leftToRefund: toDecimal(leftToRefund(payment)),
  attempts: payment.attempts.map(attemptView),
  why: why(payment),
  version: payment.version,
  proposal: proposalView(payment),
});

export const operatorHistoryView = ({ payment, history }: FoundPayment): OperatorHistoryView => ({
  ...operatorView(payment),
  history: history.map(eventView),
});
