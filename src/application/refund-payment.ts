import type { ResultAsync } from 'neverthrow';
import type { FollowedUp, FollowUpCommand, FollowUpError, FollowUpPayment } from './follow-up-payment.ts';

export type RefundPaymentCommand = FollowUpCommand;
export type RefundPaymentError = FollowUpError;

/**
 * Gives back what was charged: all of it, a part, or several parts under a key each. Never more than was charged; a refund whose outcome is
 * unknown counts as given.
 */
export class RefundPayment {
  readonly #followUp: FollowUpPayment;

  constructor(followUp: FollowUpPayment) {
    this.#followUp = followUp;
  }

  execute(command: RefundPaymentCommand): ResultAsync<FollowedUp, RefundPaymentError> {
    return this.#followUp.execute('refund', command);
  }
}
