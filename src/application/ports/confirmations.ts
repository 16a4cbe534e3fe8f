import type { ResultAsync } from 'neverthrow';
import type { MerchantId, PaymentId } from '../../domain/payment/ids.ts';
import type { Order } from '../../domain/payment/order.ts';

/** The message could not be handed over now; it is tried again later, under the same key. */
export type ConfirmationFailed = Readonly<{ type: 'ConfirmationFailed'; reason: string }>;
export const confirmationFailed = (reason: string): ConfirmationFailed => ({
  type: 'ConfirmationFailed',
  reason,
});

export type Confirmation = Readonly<{
  merchantId: MerchantId;
  /** The order as it was paid. */
  order: Order;
  /** Where it goes. */
  to: string;
  /** The same at every call for this order. */
  key: PaymentId;
}>;

/** Tells the payer that the order is paid and released. */
export interface Confirmations {
  /** Hands the message over. At least once: a crash right after it leads to a second call with the same key. */
  send(confirmation: Confirmation): ResultAsync<void, ConfirmationFailed>;
}
