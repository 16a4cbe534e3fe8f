import type { PayableSession } from '../../application/open-pay-session.ts';
import type { SubmittedPayment } from '../../application/submit-payment.ts';
import type { VerifiedCard } from '../../application/verify-card.ts';
import { toDecimal } from '../../domain/money/money.ts';
import { isUnsettled } from '../../domain/payment/attempt.ts';
import { mayOpenSession, type Payment } from '../../domain/payment/payment.ts';
import type { FulfilmentState } from '../../domain/payment/payment-machine.ts';
import { meaningOf, type PublicStatus } from '../../domain/payment/public-status.ts';
import type { Policy } from '../../domain/payment/policy.ts';

/** A pay session as a page sees it. `amount` is decimal text in major units, `expiresAt` our estimate in ISO 8601. */
export type SessionView = Readonly<{
  orderId: string;
  sessionId: string;
  scriptUrl: string;
  /** The generation of the gateway's browser script. */
  dialect: 'order' | 'payment';
  amount: string;
  currency: string;
  /** Counts the prices of the order from 1; a submit names the one that the page showed. */
  revision: number;
  expiresAt: string;
}>;

/** A payment as a page sees it. `amount` is decimal text in major units. */
export type PaymentView = Readonly<{
  orderId: string;
  status: PublicStatus;
  fulfilment: 'not_due' | 'due' | 'fulfilled' | 'cancelled';
  amount: string;
  currency: string;
  /** Present when the card was declined: whether another one may be tried. */
  retry?: boolean;
}>;

/** A payment after a check of a card. `unknown`: the gateway did not say; no money can have moved. */
export type CardView = PaymentView & Readonly<{ card: 'verified' | 'not_verified' | 'unknown' }>;

export const fulfilmentWords: Readonly<Record<FulfilmentState, PaymentView['fulfilment']>> = {
  notDue: 'not_due',
  due: 'due',
  fulfilled: 'fulfilled',
  cancelled: 'cancelled',
};

export const sessionView = (
  { payment, session, scriptUrl }: PayableSession,
  dialect: SessionView['dialect'],
): SessionView => ({
  orderId: payment.order.id,
  sessionId: session.id,
  scriptUrl,
  dialect,
  amount: toDecimal(payment.order.amount),
  currency: payment.order.amount.currency,
  revision: payment.revision,
  expiresAt: new Date(session.expiresAt).toISOString(),
});

/**
 * The payment's state in the public word: `processing` also while an amount is being captured or voided, which the chart's states do not
 * show. A refund on its way, and a payment that waits for a person, keep their word.
 */
export const publicStatusOf = ({ states, attempts }: Payment): PublicStatus => {
  const { status } = meaningOf[states.payment];
  const isMoving = attempts.some(
    (attempt) => (attempt.operation === 'capture' || attempt.operation === 'void') && isUnsettled(attempt),
  );
  return isMoving && status !== 'needs_attention' ? 'processing' : status;
};

export const isProcessing = (payment: Payment): boolean => publicStatusOf(payment) === 'processing';

export const paymentView = (
  payment: Payment,
  policy: Policy,
  status: PublicStatus = publicStatusOf(payment),
): PaymentView => ({
  orderId: payment.order.id,
  status,
  fulfilment: fulfilmentWords[payment.states.fulfilment],
  amount: toDecimal(payment.order.amount),
  currency: payment.order.amount.currency,
  ...(status === 'declined' && { retry: mayOpenSession(payment, policy).isOk() }),
});

/** A declined submit that is repeated is still answered as declined, unless the payment has gone on to where money moves. */
export const submittedView = ({ payment, attempt }: SubmittedPayment, policy: Policy): PaymentView => {
  const status = publicStatusOf(payment);
  const isOver = status === 'awaiting_payment' || status === 'cancelled';
  return paymentView(payment, policy, attempt.outcome === 'declined' && isOver ? 'declined' : status);
};

const cardWords = { verified: 'verified', notVerified: 'not_verified', unknown: 'unknown' } as const;

/** What a check of a card came to, and the payment, whose session is used up by it. */
export const cardView = ({ payment, outcome }: VerifiedCard, policy: Policy): CardView => ({
  ...paymentView(payment, policy),
  card: cardWords[outcome.type],
});
