import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { attemptsToRead, isConfirmationDue, isFulfilmentDue } from '../domain/payment/due.ts';
import { expireSession, type Payment } from '../domain/payment/payment.ts';
import { changePayment, type PaymentKey } from './change-payment.ts';
import type { ConfirmPayment } from './confirm-payment.ts';
import { failureInWords } from './due-work.ts';
import type { FulfilOrder } from './fulfil-order.ts';
import type { Clock } from './ports/clock.ts';
import type { Payments, StorageUnavailable } from './ports/payments.ts';
import type { SendConfirmation } from './send-confirmation.ts';

/** So many payments at a time, where it is not said how many. */
export const sweptAtOnce = 100;

/** At most `limit` payments at a time (100 when it is not given), in the order of `findDue`. */
export type ResolveUnfinishedCommand = Readonly<{ limit?: number }>;

/**
 * How many payments were due, and for how many of them something failed, so that they are due again next time; `problems` says, for each
 * of those, which it is and what failed; what was thrown, instead of answered, is called a defect.
 */
export type Resolved = Readonly<{ due: number; failed: number; problems: readonly string[] }>;

/**
 * The sweep: everything in flight, unknown, pending, expired, not released or not written about comes nearer to its end. `createPayments`
 * calls it every half a minute, in as many instances as there are; two of them doing the same does no harm.
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
    const problems: string[] = [];
    for (const payment of due) {
      const { merchantId, order } = payment;
      const failures = await failuresOf(this.#workFor(payment, { merchantId, orderId: order.id }));
      if (failures.length > 0)
        problems.push(`payment of order ${order.id} of merchant ${merchantId}: ${failures.join('; ')}`);
    }
    return ok<Resolved>({ due: due.length, failed: problems.length, problems });
  }

  /** Whether each is needed is asked when its turn comes. */
  #workFor(payment: Payment, key: PaymentKey): readonly Work[] {
    const now = this.#clock.now();
    return [
      () => (hasExpired(payment, now) ? this.#expire(key) : nothing),
      () => (attemptsToRead(payment, now).length > 0 ? this.#confirmPayment.execute(key) : nothing),
      () => (isFulfilmentDue(payment) ? this.#fulfilOrder.execute(payment) : nothing),
      () => (isConfirmationDue(payment) ? this.#sendConfirmation.execute(key) : nothing),
    ];
  }

  #expire(key: PaymentKey): ResultAsync<unknown, unknown> {
    return changePayment(this.#payments, key, (stored) => {
      const now = this.#clock.now();
      return hasExpired(stored, now) ? expireSession(stored, now) : ok(null);
    });
  }
}

type Work = () => ResultAsync<unknown, unknown>;
const nothing: ReturnType<Work> = okAsync(null);

/** Does all of it, and answers what failed. A defect, ours or the host's, must not keep other payments waiting. */
const failuresOf = async (all: readonly Work[]): Promise<readonly string[]> => {
  const failures = new Set<string>();
  for (const work of all) {
    try {
      const done = await work();
      if (done.isErr()) failures.add(failureInWords(done.error));
    } catch (thrown) {
      failures.add(`defect: ${failureInWords(thrown)}`);
    }
  }
  return [...failures];
};

const hasExpired = ({ session, states }: Payment, now: number): boolean =>
  states.payment === 'sessionOpen' && session !== null && session.expiresAt <= now;
