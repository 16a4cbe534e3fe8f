import type { Money } from '../money/money.ts';
import type { AttemptId, MerchantId, OrderId, PaymentId, SessionId } from './ids.ts';
import type { PaymentEventType, PaymentStates } from './payment-machine.ts';

/**
 * One thing that happened to a payment: the line of its history, and what is published. Exactly one per version.
 * Whoever acts on it acts once per (`paymentId`, `version`).
 */
export type PaymentEvent = Readonly<{
  type: PaymentEventType;
  paymentId: PaymentId;
  merchantId: MerchantId;
  orderId: OrderId;
  /** The payment's version after it, counted from 1. */
  version: number;
  /** Milliseconds since 1970. */
  at: number;
  /** The states after it. */
  states: PaymentStates;
  /** The order's price when it happened, and the revision of that price. */
  amount: Money;
  revision: number;
  /** The attempt and session that it is about; null where it is about none. */
  attemptId: AttemptId | null;
  sessionId: SessionId | null;
  /** Why, in the gateway's words or ours; scrubbed of card digits. */
  reason: string | null;
}>;
