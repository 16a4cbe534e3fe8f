import { ok, type ResultAsync, safeTry } from 'neverthrow';
import type { MerchantId } from '../domain/payment/ids.ts';
import { type InvalidOrder, order, type OrderData } from '../domain/payment/order.ts';
import { newPayment, type Payment, register } from '../domain/payment/payment.ts';
import type { IllegalTransition } from '../domain/payment/payment-error.ts';
import { retried, type SaveError } from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { Payments } from './ports/payments.ts';

export type RegisterPaymentCommand = Readonly<{
  merchantId: MerchantId;
  /** The order as the host is about to store it. */
  order: OrderData;
  /** The storage inside the host's own transaction (`payments.within(tx)`): order and payment are stored together or not at all. */
  payments?: Payments;
}>;
export type RegisterPaymentError = InvalidOrder | IllegalTransition | SaveError;

const maxTries = 3;

/**
 * Stores the payment of an order before anybody pays; in the transaction in which the host stores the order, if it likes. Asks no gateway.
 * A host may leave it out: the first pay session stores the payment. Registering again returns the payment as it is.
 */
export class RegisterPayment {
  readonly #payments: Payments;
  readonly #ids: Ids;
  readonly #clock: Clock;

  constructor(payments: Payments, ids: Ids, clock: Clock) {
    this.#payments = payments;
    this.#ids = ids;
    this.#clock = clock;
  }

  execute(command: RegisterPaymentCommand): ResultAsync<Payment, RegisterPaymentError> {
    return retried(maxTries, () => safeTry(() => this.#steps(command)));
  }

  async *#steps({ merchantId, order: data, payments = this.#payments }: RegisterPaymentCommand) {
    const checked = yield* order(data);
    const stored = yield* payments.find(merchantId, checked.id);
    if (stored !== null) return ok(stored);
    const change = yield* register(newPayment(this.#ids.payment(), merchantId, checked, this.#clock.now()));
    yield* payments.save(change);
    return ok(change.payment);
  }
}
