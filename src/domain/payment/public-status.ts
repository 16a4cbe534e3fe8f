import type { PaymentState } from './payment-machine.ts';

/** The words that a payer, a page or another system sees. */
export type PublicStatus =
  | 'awaiting_payment'
  | 'processing'
  | 'authorized'
  | 'partially_captured'
  | 'captured'
  | 'partially_refunded'
  | 'refunded'
  | 'voided'
  | 'declined'
  | 'cancelled'
  | 'needs_attention';

/** Each state's public word, and whether a payment there needs nobody any more. */
export const meaningOf: Readonly<Record<PaymentState, Readonly<{ status: PublicStatus; final: boolean }>>> = {
  created: { status: 'awaiting_payment', final: false },
  sessionOpen: { status: 'awaiting_payment', final: false },
  paying: { status: 'processing', final: false },
  payUnknown: { status: 'processing', final: false },
  pending: { status: 'processing', final: false },
  declined: { status: 'declined', final: false },
  authorized: { status: 'authorized', final: false },
  partlyCaptured: { status: 'partially_captured', final: false },
  captured: { status: 'captured', final: true },
  partlyRefunded: { status: 'partially_refunded', final: true },
  refunded: { status: 'refunded', final: true },
  voided: { status: 'voided', final: true },
  cancelled: { status: 'cancelled', final: true },
  needsAttention: { status: 'needs_attention', final: false },
};
