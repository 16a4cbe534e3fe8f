import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import { isConfirmationDue } from '../domain/payment/due.ts';
import { confirmationSent, type Payment } from '../domain/payment/payment.ts';
import type { IllegalTransition } from '../domain/payment/payment-error.ts';
import {
  changePayment,
  type PaymentKey,
  paymentNotFound,
  type PaymentNotFound,
  type SaveError,
} from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { ConfirmationFailed, Confirmations } from './ports/confirmations.ts';
import type { Payments } from './ports/payments.ts';

export type SendConfirmationCommand = PaymentKey;
export type SendConfirmationError = PaymentNotFound | ConfirmationFailed | IllegalTransition | SaveError;

/** Tells the payer, after fulfilment and on its own: a failing message never fulfils again, it is only sent again. */
export class SendConfirmation {
  readonly #payments: Payments;
  readonly #confirmations: Confirmations;
  readonly #clock: Clock;

  constructor(payments: Payments, confirmations: Confirmations, clock: Clock) {
    this.#payments = payments;
    this.#confirmations = confirmations;
    this.#clock = clock;
  }

  execute(command: SendConfirmationCommand): ResultAsync<Payment, SendConfirmationError> {
    return safeTry(() => this.#steps(command));
  }

  async *#steps(command: SendConfirmationCommand) {
    const { merchantId, orderId } = command;
    const payment = yield* this.#payments.find(merchantId, orderId);
    if (payment === null) return err(paymentNotFound(orderId));
    const { id: key, order } = payment;
    if (!isConfirmationDue(payment) || order.customerEmail === null) return ok(payment);
    yield* this.#confirmations.send({ merchantId, order, to: order.customerEmail, key });
    return changePayment(this.#payments, command, (stored) =>
      isConfirmationDue(stored) ? confirmationSent(stored, this.#clock.now()) : ok(null),
    );
  }
}
