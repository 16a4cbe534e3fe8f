import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import type { Payment } from '../domain/payment/payment.ts';
import type { PaymentEvent } from '../domain/payment/payment-event.ts';
import { why } from '../domain/payment/why.ts';
import { type PaymentKey, paymentNotFound, type PaymentNotFound } from './change-payment.ts';
import type { Payments, StorageUnavailable } from './ports/payments.ts';

export type FindPaymentQuery = PaymentKey;
export type FindPaymentError = PaymentNotFound | StorageUnavailable;

/** A payment with its history by version, and a sentence for people that says why it is in its state. */
export type FoundPayment = Readonly<{ payment: Payment; history: readonly PaymentEvent[]; why: string }>;

/** Shows a payment. A pure read of what is stored; the gateway is not asked. */
export class FindPayment {
  readonly #payments: Payments;

  constructor(payments: Payments) {
    this.#payments = payments;
  }

  execute(query: FindPaymentQuery): ResultAsync<FoundPayment, FindPaymentError> {
    return safeTry(() => this.#steps(query));
  }

  async *#steps({ merchantId, orderId }: FindPaymentQuery) {
    const payment = yield* this.#payments.find(merchantId, orderId);
    if (payment === null) return err(paymentNotFound(orderId));
    const history = yield* this.#payments.history(merchantId, orderId);
    return ok<FoundPayment>({ payment, history, why: why(payment) });
  }
}
