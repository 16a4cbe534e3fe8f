import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { isFulfilmentDue } from '../domain/payment/due.ts';
import { fulfil, type Payment } from '../domain/payment/payment.ts';
import type { IllegalTransition } from '../domain/payment/payment-error.ts';
import { type PaymentKey, paymentNotFound, type PaymentNotFound, type SaveError } from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { Fulfilment, FulfilmentFailed } from './ports/fulfilment.ts';
import type { Payments } from './ports/payments.ts';

/** Which payment; or the payment itself, as a submit answered it or as it was just read, which spares reading it once more. */
export type FulfilOrderCommand = PaymentKey | Payment;
export type FulfilOrderError = PaymentNotFound | FulfilmentFailed | IllegalTransition | SaveError;

/**
 * Hands a captured, verified order to the host under one stable key. Once it is fulfilled, calling again does nothing. When the
 * host fails, the goods stay due and the next call tries again.
 */
export class FulfilOrder<Tx = unknown> {
  readonly #payments: Payments<Tx>;
  readonly #fulfilment: Fulfilment<Tx>;
  readonly #clock: Clock;

  constructor(payments: Payments<Tx>, fulfilment: Fulfilment<Tx>, clock: Clock) {
    this.#payments = payments;
    this.#fulfilment = fulfilment;
    this.#clock = clock;
  }

  execute(command: FulfilOrderCommand): ResultAsync<Payment, FulfilOrderError> {
    return new ResultAsync('order' in command ? this.#known(command) : this.#found(command));
  }

  async #known(payment: Payment): Promise<Result<Payment, FulfilOrderError>> {
    const key = { merchantId: payment.merchantId, orderId: payment.order.id };
    if (!isFulfilmentDue(payment)) return this.#found(key);
    const released = await this.#release(payment);
    // Somebody changed it meanwhile: nothing was released.
    return released.isErr() && released.error.type === 'ConcurrentUpdate' ? this.#found(key) : released;
  }

  async #found({ merchantId, orderId }: PaymentKey): Promise<Result<Payment, FulfilOrderError>> {
    const found = await this.#payments.find(merchantId, orderId);
    if (found.isErr()) return err(found.error);
    const payment = found.value;
    if (payment === null) return err(paymentNotFound(orderId));
    return isFulfilmentDue(payment) ? this.#release(payment) : ok(payment);
  }

  async #release(payment: Payment): Promise<Result<Payment, FulfilOrderError>> {
    const change = fulfil(payment, this.#clock.now());
    if (change.isErr()) return err(change.error);
    const { id: key, merchantId, order } = payment;
    const release = (tx: Tx) => this.#fulfilment.fulfil({ merchantId, order, key, tx });
    return (await this.#payments.save(change.value, release)).map(() => change.value.payment);
  }
}
