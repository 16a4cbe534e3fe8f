import { err, errAsync, ok, okAsync, type Result, type ResultAsync, safeTry } from 'neverthrow';
import { type Attempt } from '../domain/payment/attempt.ts';
import type { SessionId } from '../domain/payment/ids.ts';
import type { PayOutcome } from '../domain/payment/outcome.ts';
import {
  attemptThrough,
  type CannotPay,
  type Change,
  type Payment,
  startPay,
} from '../domain/payment/payment.ts';
import { attemptInFlight, sessionExpired, sessionMismatch } from '../domain/payment/payment-error.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { settle } from '../domain/payment/settle.ts';
import { changePayment, type PaymentKey, type SaveError } from './change-payment.ts';
import { findOrder, type FindOrderError } from './find-order.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { Orders } from './ports/orders.ts';
import { gatewayRefused, type GatewayRefused, type PaymentGateway } from './ports/payment-gateway.ts';
import type { Payments, StorageUnavailable } from './ports/payments.ts';

export type SubmitPaymentCommand = PaymentKey &
  Readonly<{
    sessionId: SessionId;
    /** The revision of the price that the payer saw; null when the page does not say. */
    revision: number | null;
  }>;

/** The payment, and the attempt that this submit made or repeats. An attempt still `started` is being found out about. */
export type SubmittedPayment = Readonly<{ payment: Payment; attempt: Attempt }>;

/** Surely nothing was sent: the same session may be submitted again. */
export type NotSent = Readonly<{ type: 'NotSent'; reason: string }>;
const notSent = (reason: string): NotSent => ({ type: 'NotSent', reason });

export type SubmitPaymentError = FindOrderError | CannotPay | SaveError | GatewayRefused | NotSent;

const maxTries = 5;

/**
 * Charges the order's amount through its session, at most once. The session's id is the key of a submit: submitting it again
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
  readonly #inFlight = new Set<Promise<unknown>>();
  #isClosed = false;

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

  execute(command: SubmitPaymentCommand): ResultAsync<SubmittedPayment, SubmitPaymentError> {
    if (this.#isClosed) return errAsync(notSent('shutting down'));
    const submitted = this.#submit(command, maxTries);
    const inFlight = Promise.resolve(submitted).catch(() => undefined);
    this.#inFlight.add(inFlight);
    void inFlight.finally(() => this.#inFlight.delete(inFlight));
    return submitted;
  }

  /** Refuses every further submit, and resolves when those under way have their outcome. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#inFlight);
  }

  #submit(command: SubmitPaymentCommand, tries: number): ResultAsync<SubmittedPayment, SubmitPaymentError> {
    return safeTry(() => this.#steps(command)).orElse((error) =>
      // Only the save of the intent answers this, so nothing was sent.
      error.type === 'ConcurrentUpdate' && tries > 1 ? this.#submit(command, tries - 1) : err(error),
    );
  }

  async *#steps(command: SubmitPaymentCommand) {
    const { merchantId, orderId, sessionId } = command;
    const payment = yield* await this.#payments.find(merchantId, orderId);
    const earlier =
      payment === null ? null : (attemptThrough(payment, sessionId) ?? capturedAttempt(payment));
    if (payment !== null && earlier !== null) return repeat(payment, earlier);
    const order = yield* await findOrder(this.#orders, command);
    if (payment === null) return err(sessionMismatch());
    const intent = { ...command, order, attemptId: this.#ids.attempt() };
    const change = yield* startPay(payment, intent, this.#clock.now(), this.#policy);
    yield* await this.#saveIntent(change);
    const amount = payment.order.amount;
    const outcome = this.#isTooLate(change)
      ? noLongerSent
      : yield* await this.#gateway.pay({ merchantId, orderId, sessionId, amount });
    const settled = await this.#saveOutcome(command, change, outcome);
    return repeat(
      settled,
      settled.attempts.find(({ id }) => id === intent.attemptId),
      outcome,
    );
  }

  /**
   * A process that stood still after its intent must not send any more: others may have proved by now that nothing was charged. Half of
   * `agreeMs` leaves the second of the two readings time to see a charge that was sent just before.
   */
  #isTooLate({ event }: Change): boolean {
    return this.#clock.now() >= event.at + this.#policy.agreeMs / 2;
  }

  /** A save that was not confirmed may have taken place: only the stored attempt allows the call. */
  #saveIntent(change: Change): ResultAsync<void, SaveError> {
    const { merchantId, orderId, version, attemptId } = change.event;
    return this.#payments.save(change).orElse((error): ResultAsync<void, SaveError> => {
      if (error.type !== 'StorageUnavailable') return errAsync(error);
      return this.#payments.find(merchantId, orderId).andThen((stored) => {
        const isStored = stored?.version === version && stored.attempts.at(-1)?.id === attemptId;
        return isStored ? okAsync(undefined) : errAsync<void, StorageUnavailable>(error);
      });
    });
  }

  /**
   * Nobody has usually touched the payment since its intent, so the outcome is decided on it as it is; only if that save is not
   * confirmed, the payment is read and decided on anew. What cannot be stored now is left to the sweep.
   */
  async #saveOutcome(
    command: SubmitPaymentCommand,
    { payment, event }: Change,
    outcome: PayOutcome,
  ): Promise<Payment> {
    const { attemptId } = event;
    if (attemptId === null) return payment;
    const decide = (stored: Payment) => settle(stored, attemptId, outcome, this.#clock.now(), this.#policy);
    const decided = decide(payment);
    if (decided.isOk() && decided.value !== null) {
      const { value: change } = decided;
      if ((await this.#payments.save(change)).isOk()) return change.payment;
    }
    const saved = await changePayment(this.#payments, command, decide);
    return saved.unwrapOr(payment);
  }
}

const noLongerSent: PayOutcome = { type: 'notSent', reason: 'the process stood still before the call' };

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
