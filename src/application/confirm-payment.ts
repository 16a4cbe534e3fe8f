import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import { type Attempt, isUnsettled } from '../domain/payment/attempt.ts';
import type { Reading } from '../domain/payment/outcome.ts';
import { attemptsToRead, attemptThrough, type Payment } from '../domain/payment/payment.ts';
import type { IllegalTransition } from '../domain/payment/payment-error.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { settle } from '../domain/payment/settle.ts';
import {
  changePayment,
  type PaymentKey,
  paymentNotFound,
  type PaymentNotFound,
  type SaveError,
} from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { PaymentGateway } from './ports/payment-gateway.ts';
import type { Payments } from './ports/payments.ts';

export type ConfirmPaymentCommand = PaymentKey;
export type ConfirmPaymentError = PaymentNotFound | IllegalTransition | SaveError;

/**
 * Reads the gateway about every attempt whose end is open, or that is due for another look, and applies its truth. The one
 * operation behind a poll, a return page, a webhook and the sweep; calling it often does no harm. A gateway that does not
 * answer changes nothing but the time of the next look.
 */
export class ConfirmPayment {
  readonly #payments: Payments;
  readonly #gateway: PaymentGateway;
  readonly #clock: Clock;
  readonly #policy: Policy;

  constructor(payments: Payments, gateway: PaymentGateway, clock: Clock, policy: Policy) {
    this.#payments = payments;
    this.#gateway = gateway;
    this.#clock = clock;
    this.#policy = policy;
  }

  execute(command: ConfirmPaymentCommand): ResultAsync<Payment, ConfirmPaymentError> {
    return safeTry(() => this.#steps(command));
  }

  async *#steps(command: ConfirmPaymentCommand) {
    const { merchantId, orderId } = command;
    let payment = yield* this.#payments
      .find(merchantId, orderId)
      .andThen((stored) => (stored === null ? err(paymentNotFound(orderId)) : ok(stored)));
    for (const attempt of attemptsToRead(payment, this.#clock.now())) {
      const askedAt = this.#clock.now();
      const reading = await this.#read(command, attempt);
      if (reading === null) continue;
      const decide = (stored: Payment) => {
        // A session is used again after a pay that was surely not sent: what was read is about the pay that left through it.
        const { id } = attemptThrough(stored, attempt.sessionId) ?? attempt;
        // What was not there is as old as the question: an answer that came late proves nothing about now.
        return settle(stored, id, reading, askedAt, this.#policy);
      };
      payment = yield* changePayment(this.#payments, command, decide);
    }
    return ok(payment);
  }

  /** Null when the gateway did not answer about an attempt that is only looked at once more: that look is still owed. */
  async #read({ merchantId, orderId }: ConfirmPaymentCommand, attempt: Attempt): Promise<Reading | null> {
    const reading = await this.#gateway.read({ merchantId, orderId, sessionId: attempt.sessionId });
    if (reading.isOk()) return reading.value;
    const reason = 'reason' in reading.error ? reading.error.reason : reading.error.type;
    return isUnsettled(attempt) ? { type: 'unclear', reason } : null;
  }
}
