import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import { type Attempt, isFollowUp, isUnsettled } from '../domain/payment/attempt.ts';
import type { Reading } from '../domain/payment/outcome.ts';
import { attemptsToRead, attemptThrough, type Payment } from '../domain/payment/payment.ts';
import type { IllegalTransition } from '../domain/payment/payment-error.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { adopt, applyReading } from '../domain/payment/reconcile.ts';
import type { GatewayRecord } from '../domain/payment/record.ts';
import {
  changePayment,
  type PaymentKey,
  paymentNotFound,
  type PaymentNotFound,
  type SaveError,
} from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { PaymentGateway } from './ports/payment-gateway.ts';
import type { Payments } from './ports/payments.ts';

export type ConfirmPaymentCommand = PaymentKey &
  Readonly<{
    /** Reads the gateway even if we wait for nothing: a webhook or a person has reason to think that it knows more. */
    evenIfSettled?: boolean;
  }>;
export type ConfirmPaymentError = PaymentNotFound | IllegalTransition | SaveError;

/** What was read, and when it was asked for. */
type Read = Readonly<{ said: Reading | GatewayRecord; askedAt: number }>;

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
  readonly #ids: Ids;

  constructor(payments: Payments, gateway: PaymentGateway, clock: Clock, policy: Policy, ids: Ids) {
    this.#payments = payments;
    this.#gateway = gateway;
    this.#clock = clock;
    this.#policy = policy;
    this.#ids = ids;
  }

  execute(command: ConfirmPaymentCommand): ResultAsync<Payment, ConfirmPaymentError> {
    return safeTry(() => this.#steps(command));
  }

  async *#steps(command: ConfirmPaymentCommand) {
    const { merchantId, orderId, evenIfSettled = false } = command;
    let payment = yield* this.#payments
      .find(merchantId, orderId)
      .andThen((stored) => (stored === null ? err(paymentNotFound(orderId)) : ok(stored)));
    for (const attempt of attemptsToRead(payment, this.#clock.now(), evenIfSettled)) {
      const read = await this.#read(command, attempt);
      if (read?.said.type === 'record') return yield* this.#reconcile(payment, read.said, read.askedAt);
      if (read !== null) payment = yield* this.#apply(payment, attempt, read);
    }
    return ok(payment);
  }

  /** One record answers for all attempts, and may hold what none of them explains. */
  async *#reconcile(found: Payment, said: GatewayRecord, askedAt: number) {
    let payment = found;
    for (const attempt of found.attempts) {
      if (isUnsettled(attempt) || attempt.lookAt !== null) {
        payment = yield* this.#apply(payment, attempt, { said, askedAt });
      }
    }
    for (let version = 0; version !== payment.version;) {
      version = payment.version;
      payment = yield* changePayment(this.#payments, keyOf(payment), (stored) =>
        adopt(stored, said, this.#ids.attempt(), this.#clock.now()),
      );
    }
    return ok(payment);
  }

  #apply(payment: Payment, attempt: Attempt, { said, askedAt }: Read) {
    return changePayment(this.#payments, keyOf(payment), (stored) => {
      // A session is used again after a pay that was surely not sent: what was read is about the pay that left through it.
      const through = isFollowUp(attempt) ? null : attemptThrough(stored, attempt.sessionId);
      // What was not there is as old as the question: an answer that came late proves nothing about now.
      return applyReading(stored, (through ?? attempt).id, said, askedAt, this.#policy);
    });
  }

  /** Null when the gateway did not answer about an attempt that is only looked at once more: that look is still owed. */
  async #read({ merchantId, orderId }: PaymentKey, attempt: Attempt): Promise<Read | null> {
    const askedAt = this.#clock.now();
    const reading = await this.#gateway.read({ merchantId, orderId, sessionId: attempt.sessionId });
    if (reading.isOk()) return { said: reading.value, askedAt };
    const reason = 'reason' in reading.error ? reading.error.reason : reading.error.type;
    return isUnsettled(attempt) ? { said: { type: 'unclear', reason }, askedAt } : null;
  }
}

const keyOf = ({ merchantId, order }: Payment): PaymentKey => ({ merchantId, orderId: order.id });
