import type { ResultAsync } from 'neverthrow';
import type { FollowedUp, FollowUpCommand, FollowUpError, FollowUpPayment } from './follow-up-payment.ts';

export type CapturePaymentCommand = Omit<FollowUpCommand, 'target'>;
export type CapturePaymentError = FollowUpError;

/**
 * Takes what an authorization holds: all of it, a part, or several parts under a key each. Goods are due once all of it was taken.
 */
export class CapturePayment {
  readonly #followUp: FollowUpPayment;

  constructor(followUp: FollowUpPayment) {
    this.#followUp = followUp;
  }

  execute(command: CapturePaymentCommand): ResultAsync<FollowedUp, CapturePaymentError> {
    return this.#followUp.execute('capture', command);
  }
}
