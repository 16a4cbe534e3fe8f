import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
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
    const isKnown = 'order' in command;
    const { merchantId } = command;
    const orderId = isKnown ? command.order.id : command.orderId;
    const read = () => safeTry(() => this.#find({ merchantId, orderId }));
    if (!isKnown || !isFulfilmentDue(command)) return read();
    return safeTry(() => this.#release(command)).orElse((error) =>
      // Somebody changed it meanwhile: nothing was released.
      error.type === 'ConcurrentUpdate' ? read() : err(error),
    );
  }

  async *#find({ merchantId, orderId }: PaymentKey) {
    const payment = yield* await this.#payments.find(merchantId, orderId);
    if (payment === null) return err(paymentNotFound(orderId));
    return isFulfilmentDue(payment) ? safeTry(() => this.#release(payment)) : ok(payment);
  }

  async *#release(payment: Payment) {
    const change = yield* fulfil(payment, this.#clock.now());
    const { id: key, merchantId, order } = payment;
    yield* await this.#payments.save(change, (tx) => this.#fulfilment.fulfil({ merchantId, order, key, tx }));
    return ok(change.payment);
  }
}
