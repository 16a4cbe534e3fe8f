import { err, errAsync, ok, type Result, type ResultAsync } from 'neverthrow';
import { type Attempt } from '../domain/payment/attempt.ts';
import type { SessionId } from '../domain/payment/ids.ts';
import type { PayOutcome } from '../domain/payment/outcome.ts';
import { attemptThrough, type CannotPay, type Payment, startPay } from '../domain/payment/payment.ts';
import { attemptInFlight, sessionExpired, sessionMismatch } from '../domain/payment/payment-error.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { settle } from '../domain/payment/settle.ts';
import { type PaymentKey, retried, type SaveError } from './change-payment.ts';
import { findOrder, type FindOrderError } from './find-order.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { Orders } from './ports/orders.ts';
import {
  gatewayRefused,
  type GatewayRefused,
  notSupported,
  type NotSupported,
  type PaymentGateway,
} from './ports/payment-gateway.ts';
import type { Payments } from './ports/payments.ts';
import { notSent, type NotSent, SendAttempt } from './send-attempt.ts';

export type SubmitPaymentCommand = PaymentKey &
  Readonly<{
    sessionId: SessionId;
    /** The revision of the price that the payer saw; null, or left out, when the page does not say. */
    revision?: number | null;
    /** `authorize` holds the amount on the card, to be captured later; `pay` when it is not given. */
    operation?: 'pay' | 'authorize';
  }>;

/** The payment, and the attempt that this submit made or repeats. An attempt still `started` is being found out about. */
export type SubmittedPayment = Readonly<{ payment: Payment; attempt: Attempt }>;

export type SubmitPaymentError =
  FindOrderError | CannotPay | SaveError | GatewayRefused | NotSent | NotSupported;

const maxTries = 5;

/**
 * Charges, or holds, the order's amount through its session, at most once. The session's id is the key of a submit: submitting it again
 * repeats that attempt's outcome without a call. The intent is durable before the call and no storage is held during it;
 * whatever happens to the outcome afterwards, the gateway is read until it is known.
 */
export class SubmitPayment {
  readonly #orders: Orders;
  readonly #payments: Payments;
  readonly #gateway: PaymentGateway;
  readonly #ids: Ids;
  readonly #clock: Clock;
  readonly #policy: Policy;
  readonly #sendAttempt: SendAttempt;

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
    this.#sendAttempt = new SendAttempt(payments, clock, policy);
  }

  execute(command: SubmitPaymentCommand): ResultAsync<SubmittedPayment, SubmitPaymentError> {
    if (this.#sendAttempt.isClosed) return errAsync(notSent('shutting down'));
    const { operation = 'pay' } = command;
    // What comes from JavaScript may be any word, and the gateway's address is made of it.
    const isPossible =
      operation === 'pay' ||
      (operation === 'authorize' && this.#gateway.capabilities.can.includes(operation));
    if (!isPossible) return errAsync(notSupported(operation));
    // Only the save of the intent can answer that somebody was faster, so nothing was sent.
    return this.#sendAttempt.track(retried(maxTries, () => this.#steps(command)));
  }

  /** Refuses every further submit, and resolves when those under way have their outcome. */
  close(): Promise<void> {
    return this.#sendAttempt.close();
  }

  async #steps(command: SubmitPaymentCommand): Promise<Result<SubmittedPayment, SubmitPaymentError>> {
    const { merchantId, orderId, sessionId, revision = null, operation = 'pay' } = command;
    const found = await this.#payments.find(merchantId, orderId);
    if (found.isErr()) return err(found.error);
    const payment = found.value;
    const earlier =
      payment === null ? null : (attemptThrough(payment, sessionId) ?? capturedAttempt(payment));
    if (payment !== null && earlier !== null) return repeat(payment, earlier);
    const order = await findOrder(this.#orders, command);
    if (order.isErr()) return err(order.error);
    if (payment === null) return err(sessionMismatch());
    const attemptId = this.#ids.attempt();
    const intent = startPay(
      payment,
      { ...command, revision, operation, order: order.value, attemptId },
      this.#clock.now(),
      this.#policy,
    );
    if (intent.isErr()) return err(intent.error);
    const { amount } = payment.order;
    const sent = await this.#sendAttempt.execute<PayOutcome>(intent.value, {
      send: () => this.#gateway.pay({ operation, merchantId, orderId, sessionId, amount }),
      settle: (stored, attempt, outcome) => settle(stored, attempt, outcome, this.#clock.now(), this.#policy),
    });
    return sent.andThen(({ payment: after, outcome }) =>
      repeat(
        after,
        after.attempts.find(({ id }) => id === attemptId),
        outcome,
      ),
    );
  }
}

const capturedAttempt = ({ attempts, states }: Payment): Attempt | null =>
  (states.payment === 'captured' && attempts.find(({ outcome }) => outcome === 'captured')) || null;

/** What a submit answers about its attempt, the first time and every time after. */
const repeat = (
  payment: Payment,
  attempt: Attempt | undefined,
  fresh?: PayOutcome,
): Result<SubmittedPayment, SubmitPaymentError> => {
  if (attempt === undefined) throw new Error(`payment ${payment.id} lost its attempt`);
  const reason = attempt.reason ?? '';
  switch (attempt.outcome) {
    case 'started':
      return fresh === undefined ? err(attemptInFlight(attempt.id)) : ok({ payment, attempt });
    case 'refused':
      return err(gatewayRefused(reason));
    case 'notSent':
      return err(notSent(reason));
    case 'sessionGone':
    case 'notCharged':
      return err(sessionExpired(attempt.sessionId));
    default:
      return ok({ payment, attempt });
  }
};
