import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import { attemptsToRead, isConfirmationDue, isFulfilmentDue } from '../domain/payment/due.ts';
import { expireSession, type Payment } from '../domain/payment/payment.ts';
import { changePayment, type PaymentKey } from './change-payment.ts';
import type { ConfirmPayment } from './confirm-payment.ts';
import type { FulfilOrder } from './fulfil-order.ts';
import type { Clock } from './ports/clock.ts';
import type { Payments, StorageUnavailable } from './ports/payments.ts';
import type { SendConfirmation } from './send-confirmation.ts';

/** So many payments at a time, where it is not said how many. */
export const sweptAtOnce = 100;

/** At most `limit` payments at a time (100 when it is not given), longest due first. */
export type ResolveUnfinishedCommand = Readonly<{ limit?: number }>;

/** How many payments were due, and for how many of them something failed, so that they are due again next time. */
export type Resolved = Readonly<{ due: number; failed: number }>;

/**
 * The sweep: everything in flight, unknown, pending, expired, not released or not confirmed comes nearer to its end. Call it every
 * few seconds, from as many instances as there are; two of them doing the same does no harm.
 */
export class ResolveUnfinished {
  readonly #payments: Payments;
  readonly #confirmPayment: ConfirmPayment;
  readonly #fulfilOrder: FulfilOrder;
  readonly #sendConfirmation: SendConfirmation;
  readonly #clock: Clock;

  constructor(
    payments: Payments,
    confirmPayment: ConfirmPayment,
    fulfilOrder: FulfilOrder,
    sendConfirmation: SendConfirmation,
    clock: Clock,
  ) {
    this.#payments = payments;
    this.#confirmPayment = confirmPayment;
    this.#fulfilOrder = fulfilOrder;
    this.#sendConfirmation = sendConfirmation;
    this.#clock = clock;
  }

  execute({ limit = sweptAtOnce }: ResolveUnfinishedCommand = {}): ResultAsync<Resolved, StorageUnavailable> {
    return safeTry(() => this.#steps(limit));
  }

  async *#steps(limit: number) {
    const due = yield* this.#payments.findDue(this.#clock.now(), limit);
    let failed = 0;
    for (const payment of due) {
      const key = { merchantId: payment.merchantId, orderId: payment.order.id };
      for (const work of this.#workFor(payment, key)) {
        if ((await work()).isErr()) failed += 1;
      }
    }
    return ok<Resolved>({ due: due.length, failed });
  }

  #workFor(payment: Payment, key: PaymentKey): readonly (() => ResultAsync<unknown, unknown>)[] {
    const now = this.#clock.now();
    const work: (() => ResultAsync<unknown, unknown>)[] = [];
    if (hasExpired(payment, now)) work.push(() => this.#expire(key));
    if (attemptsToRead(payment, now).length > 0) work.push(() => this.#confirm(key));
    if (isFulfilmentDue(payment)) work.push(() => this.#fulfilOrder.execute(payment));
    if (isConfirmationDue(payment)) work.push(() => this.#sendConfirmation.execute(key));
    return work;
  }

  /** A look that the gateway did not answer stays owed. */
  #confirm(key: PaymentKey): ResultAsync<unknown, unknown> {
    const now = this.#clock.now();
    return this.#confirmPayment
      .execute(key)
      .andThen(({ attempts }) =>
        attempts.some(({ lookAt }) => lookAt !== null && lookAt <= now) ? err('still owed') : ok(null),
      );
  }

  #expire(key: PaymentKey): ResultAsync<unknown, unknown> {
    return changePayment(this.#payments, key, (stored) => {
      const now = this.#clock.now();
      return hasExpired(stored, now) ? expireSession(stored, now) : ok(null);
    });
  }
}

const hasExpired = ({ session, states }: Payment, now: number): boolean =>
  states.payment === 'sessionOpen' && session !== null && session.expiresAt <= now;
