import type { ResultAsync } from 'neverthrow';
import type { FollowedUp, FollowUpCommand, FollowUpError, FollowUpPayment } from './follow-up-payment.ts';

/** A void is of the whole amount. */
export type VoidPaymentCommand = Omit<FollowUpCommand, 'amount'>;
export type VoidPaymentError = FollowUpError;

/**
 * Undoes what was not settled yet: lets go of an authorization, or takes back a charge of the same day. A settled charge is refused by the gateway:
 * refund it.
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
