import type { ResultAsync } from 'neverthrow';
import type {
  SubmitPayment,
  SubmitPaymentCommand,
  SubmitPaymentError,
  SubmittedPayment,
} from './submit-payment.ts';

export type AuthorizePaymentCommand = Omit<SubmitPaymentCommand, 'operation'>;
export type AuthorizePaymentError = SubmitPaymentError;

/** Holds the order's amount on the payer's card, at most once, to be captured or voided later. Goods are not due before it was captured. */
export class AuthorizePayment {
  readonly #submitPayment: SubmitPayment;

  constructor(submitPayment: SubmitPayment) {
    this.#submitPayment = submitPayment;
  }

  execute(command: AuthorizePaymentCommand): ResultAsync<SubmittedPayment, AuthorizePaymentError> {
    return this.#submitPayment.execute({ ...command, operation: 'authorize' });
  }
}
