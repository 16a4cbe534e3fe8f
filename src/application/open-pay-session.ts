import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { sameMoney } from '../domain/money/money.ts';
import type { SessionId } from '../domain/payment/ids.ts';
import type { Order } from '../domain/payment/order.ts';
import {
  mayOpenSession,
  newPayment,
  openSession,
  payableSession,
  type Payment,
  type PaySession,
} from '../domain/payment/payment.ts';
import type { IllegalTransition, NotPayable, TooManyDeclines } from '../domain/payment/payment-error.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { type PaymentKey, retried, type SaveError } from './change-payment.ts';
import { findOrder, type FindOrderError } from './find-order.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { Orders } from './ports/orders.ts';
import type { PaymentGateway, SessionError } from './ports/payment-gateway.ts';
import type { Payments } from './ports/payments.ts';

export type OpenPaySessionCommand = PaymentKey &
  Readonly<{
    /** A session that turned out to be of no use: should it be the open one, another is opened in its place. */
    retire?: SessionId;
  }>;

/** What a page needs to show the card fields. `isNew` is false when the session was open already. */
export type PayableSession = Readonly<{
  payment: Payment;
  session: PaySession;
  scriptUrl: string;
  isNew: boolean;
}>;

export type OpenPaySessionError =
  FindOrderError | SessionError | NotPayable | TooManyDeclines | IllegalTransition | SaveError;

const maxTries = 3;

/**
 * The payment has one session at the order's present price. Calling again returns it, or renews it when it expired, was used, or
 * has another price. Moves no money: a session that is lost on the way, or in a race of two calls, is never paid through.
 */
export class OpenPaySession {
  readonly #orders: Orders;
  readonly #payments: Payments;
  readonly #gateway: PaymentGateway;
  readonly #ids: Ids;
  readonly #clock: Clock;
  readonly #policy: Policy;

  constructor(
    orders: Orders,
    payments: Payments,
    gateway: PaymentGateway,
    ids: Ids,
    clock: Clock,
    policy: Policy,
  ) {
    this.#orders = orders;
    this.#payments = payments;
    this.#gateway = gateway;
    this.#ids = ids;
    this.#clock = clock;
    this.#policy = policy;
  }

  execute(command: OpenPaySessionCommand): ResultAsync<PayableSession, OpenPaySessionError> {
    return findOrder(this.#orders, command).andThen((order) =>
      retried(maxTries, () => this.#steps(command, order)),
    );
  }

  async #steps(
    { merchantId, orderId, retire }: OpenPaySessionCommand,
    order: Order,
  ): Promise<Result<PayableSession, OpenPaySessionError>> {
    const stored = await this.#payments.find(merchantId, orderId);
    if (stored.isErr()) return err(stored.error);
    const payment = stored.value ?? newPayment(this.#ids.payment(), merchantId, order, this.#clock.now());
    const open = payableSession(payment, this.#clock.now());
    const isWanted = open !== null && open.id !== retire && sameMoney(payment.order.amount, order.amount);
    if (isWanted) return ok(this.#payable(payment, open, false));
    const allowed = mayOpenSession(payment, this.#policy);
    if (allowed.isErr()) return err(allowed.error);
    const opened = await this.#gateway.openSession(merchantId, order);
    if (opened.isErr()) return err(opened.error);
    const now = this.#clock.now();
    const session = { ...opened.value, openedAt: now, expiresAt: now + this.#policy.sessionLifetimeMs };
    const change = openSession(payment, order, session, this.#policy);
    if (change.isErr()) return err(change.error);
    const saved = await this.#payments.save(change.value);
    return saved.map(() => this.#payable(change.value.payment, session, true));
  }

  #payable(payment: Payment, session: PaySession, isNew: boolean): PayableSession {
    return { payment, session, scriptUrl: this.#gateway.scriptUrl(payment.merchantId, session.id), isNew };
  }
}
