import type { ResultAsync } from 'neverthrow';
import type { FollowedUp, FollowUpCommand, FollowUpError, FollowUpPayment } from './follow-up-payment.ts';

/** A void is of the whole amount. */
export type VoidPaymentCommand = Omit<FollowUpCommand, 'amount'>;
export type VoidPaymentError = FollowUpError;

/**
 * Undoes what is not settled yet: lets go of an authorization, or takes back a charge of the same day. The gateway refuses to void a
 * settled charge: refund it.
 */
export class VoidPayment {
  readonly #followUp: FollowUpPayment;

  constructor(followUp: FollowUpPayment) {
    this.#followUp = followUp;
  }

  execute(command: VoidPaymentCommand): ResultAsync<FollowedUp, VoidPaymentError> {
    return this.#followUp.execute('void', command);
  }
}
