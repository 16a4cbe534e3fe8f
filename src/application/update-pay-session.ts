import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
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
 * The price changed: the payment carries the new amount under a new revision. When the gateway did not confirm the new
 * price for the open session, that session is retired and a new one opens. Refused once money moves.
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
    return safeTry(() => this.#repriceOpenSession(command)).orElse((error) =>
      // Whatever kept the open session from taking the price over, opening finds the price changed and starts a session afresh.
      error.type === 'OrderNotFound' ? err(error) : this.#openPaySession.execute(command),
    );
  }

  async *#repriceOpenSession(command: UpdatePaySessionCommand) {
    const order = yield* findOrder(this.#orders, command);
    const payment = yield* this.#payments.find(command.merchantId, command.orderId);
    const session = payment === null ? null : payableSession(payment, this.#clock.now());
    if (payment === null || session === null || sameMoney(payment.order.amount, order.amount)) {
      return this.#openPaySession.execute(command);
    }
    yield* this.#gateway.updateSession(payment.merchantId, session.id, order);
    const change = yield* reprice(payment, order, this.#clock.now());
    yield* this.#payments.save(change);
    const scriptUrl = this.#gateway.scriptUrl(payment.merchantId, session.id);
    return ok<PayableSession>({ payment: change.payment, session, scriptUrl, isNew: false });
  }
}
