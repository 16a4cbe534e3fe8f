import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { cancel, newPayment, type Payment } from '../domain/payment/payment.ts';
import type { NotPayable } from '../domain/payment/payment-error.ts';
import { type PaymentKey, retried, type SaveError } from './change-payment.ts';
import { findOrder, type FindOrderError } from './find-order.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { Orders } from './ports/orders.ts';
import type { Payments } from './ports/payments.ts';

export type CancelPaymentCommand = PaymentKey;
export type CancelPaymentError = FindOrderError | NotPayable | SaveError;

const maxTries = 5;

/** No pay can start any more, also for an order that nobody tried to pay yet. Refused while money moves or has moved. */
export class CancelPayment {
  readonly #orders: Orders;
  readonly #payments: Payments;
  readonly #ids: Ids;
  readonly #clock: Clock;

  constructor(orders: Orders, payments: Payments, ids: Ids, clock: Clock) {
    this.#orders = orders;
    this.#payments = payments;
    this.#ids = ids;
    this.#clock = clock;
  }

  execute(command: CancelPaymentCommand): ResultAsync<Payment, CancelPaymentError> {
    return retried(maxTries, () => safeTry(() => this.#steps(command)));
  }

  async *#steps(command: CancelPaymentCommand) {
    const { merchantId, orderId } = command;
    const now = this.#clock.now();
    let payment = yield* this.#payments.find(merchantId, orderId);
    if (payment === null) {
      const order = yield* findOrder(this.#orders, command);
      payment = newPayment(this.#ids.payment(), merchantId, order, now);
    }
    if (payment.states.payment === 'cancelled') return ok(payment);
    const change = yield* cancel(payment, now);
    yield* this.#payments.save(change);
    return ok(change.payment);
  }
}
