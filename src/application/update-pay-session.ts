import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { sameMoney } from '../domain/money/money.ts';
import { payableSession, reprice } from '../domain/payment/payment.ts';
import type { PaymentKey } from './change-payment.ts';
import { findOrder } from './find-order.ts';
import type { OpenPaySession, OpenPaySessionError, PayableSession } from './open-pay-session.ts';
import type { Clock } from './ports/clock.ts';
import type { Orders } from './ports/orders.ts';
import type { PaymentGateway } from './ports/payment-gateway.ts';
import type { Payments } from './ports/payments.ts';

export type UpdatePaySessionCommand = PaymentKey;
export type UpdatePaySessionError = OpenPaySessionError;

/**
 * The payment carries the order's present price, under a new revision when it changed, and the gateway has confirmed it for the
 * open session. When it did not, that session is of no use: it is retired and a new one opens. Refused once money moves.
 */
export class UpdatePaySession {
  readonly #orders: Orders;
  readonly #payments: Payments;
  readonly #gateway: PaymentGateway;
  readonly #openPaySession: OpenPaySession;
  readonly #clock: Clock;

  constructor(
    orders: Orders,
    payments: Payments,
    gateway: PaymentGateway,
    openPaySession: OpenPaySession,
    clock: Clock,
  ) {
    this.#orders = orders;
    this.#payments = payments;
    this.#gateway = gateway;
    this.#openPaySession = openPaySession;
    this.#clock = clock;
  }

  execute(command: UpdatePaySessionCommand): ResultAsync<PayableSession, UpdatePaySessionError> {
    return safeTry(() => this.#steps(command));
  }

  async *#steps(command: UpdatePaySessionCommand) {
    const order = yield* findOrder(this.#orders, command);
    const payment = yield* this.#payments.find(command.merchantId, command.orderId);
    const session = payment === null ? null : payableSession(payment, this.#clock.now());
    if (payment === null || session === null) return this.#openPaySession.execute(command);
    const updated = await this.#gateway.updateSession(payment.merchantId, session.id, order);
    if (updated.isErr()) return this.#openPaySession.execute({ ...command, retire: session.id });
    const payable = {
      session,
      scriptUrl: this.#gateway.scriptUrl(payment.merchantId, session.id),
      isNew: false,
    };
    if (sameMoney(payment.order.amount, order.amount)) return ok<PayableSession>({ ...payable, payment });
    const saved = await reprice(payment, order, this.#clock.now()).asyncAndThen((change) =>
      this.#payments.save(change).map(() => change.payment),
    );
    // Somebody was faster: opening finds out what is true now.
    return saved.isErr() ? this.#openPaySession.execute(command) : ok({ ...payable, payment: saved.value });
  }
}
