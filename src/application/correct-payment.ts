import type { ResultAsync } from 'neverthrow';
import { type CannotCorrect, correct, type Correction } from '../domain/payment/correct.ts';
import type { Payment } from '../domain/payment/payment.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { changePayment, type PaymentKey, type PaymentNotFound, type SaveError } from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { Payments } from './ports/payments.ts';

export type CorrectPaymentCommand = PaymentKey & Correction;
export type CorrectPaymentError = PaymentNotFound | CannotCorrect | SaveError;

/**
 * Records what a person decided about a payment that needs attention, with who and why. Moves no money: what is to be given back is
 * given back at the gateway first. Refused for a payment that no person was called for, and
 * while a pay may still be on its way: a correction is no proof that it did not charge.
 */
export class CorrectPayment {
  readonly #payments: Payments;
  readonly #clock: Clock;
  readonly #policy: Policy;

  constructor(payments: Payments, clock: Clock, policy: Policy) {
    this.#payments = payments;
    this.#clock = clock;
    this.#policy = policy;
  }

  execute(command: CorrectPaymentCommand): ResultAsync<Payment, CorrectPaymentError> {
    return changePayment(this.#payments, command, (stored) =>
      correct(stored, command, this.#clock.now(), this.#policy),
    );
  }
}
