import { errAsync, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { AttemptId } from '../domain/payment/ids.ts';
import type { Change, Payment } from '../domain/payment/payment.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { changePayment, type SaveError } from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { Payments, StorageUnavailable } from './ports/payments.ts';

/** No money moved: nothing was sent, or the gateway has nothing of it. A submit may be repeated; a follow-up needs a new key. */
export type NotSent = Readonly<{ type: 'NotSent'; reason: string }>;
export const notSent = (reason: string): NotSent => ({ type: 'NotSent', reason });

type NotSentOutcome = Readonly<{ type: 'notSent'; reason: string }>;
const noLongerSent: NotSentOutcome = { type: 'notSent', reason: 'the process stood still before the call' };

/** The call that an intent stands for, and what its outcome means for the payment. */
export type AttemptCall<Outcome> = Readonly<{
  send: () => ResultAsync<Outcome, never>;
  settle: (
    stored: Payment,
    attempt: AttemptId,
    outcome: Outcome | NotSentOutcome,
  ) => Result<Change | null, unknown>;
}>;

/**
 * The three phases of a call that moves money: the intent is durable before the first byte leaves, no storage is held while the gateway
 * is waited for, and the outcome is stored with its event. Nothing in here sends twice.
 */
export class SendAttempt {
  readonly #payments: Payments;
  readonly #clock: Clock;
  readonly #policy: Policy;
  readonly #inFlight = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(payments: Payments, clock: Clock, policy: Policy) {
    this.#payments = payments;
    this.#clock = clock;
    this.#policy = policy;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Counts the work as under way until it ends. */
  track<T, E>(work: ResultAsync<T, E>): ResultAsync<T, E> {
    const inFlight = Promise.resolve(work).catch(() => undefined);
    this.#inFlight.add(inFlight);
    void inFlight.finally(() => this.#inFlight.delete(inFlight));
    return work;
  }

  /** From now on `isClosed`; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#inFlight);
  }

  /** The error is that of the intent's save: nothing was sent. */
  execute<Outcome>(
    intent: Change,
    { send, settle }: AttemptCall<Outcome>,
  ): ResultAsync<Readonly<{ payment: Payment; outcome: Outcome | NotSentOutcome }>, SaveError> {
    return this.#saveIntent(intent)
      .andThen(() => (this.#isTooLate(intent) ? okAsync<Outcome | NotSentOutcome>(noLongerSent) : send()))
      .map(async (outcome) => ({ outcome, payment: await this.#saveOutcome(intent, outcome, settle) }));
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
  async #saveOutcome<Outcome>(
    { payment, event }: Change,
    outcome: Outcome | NotSentOutcome,
    settle: AttemptCall<Outcome>['settle'],
  ): Promise<Payment> {
    const { attemptId } = event;
    if (attemptId === null) return payment;
    const decide = (stored: Payment) => settle(stored, attemptId, outcome);
    const decided = decide(payment);
    if (decided.isOk() && decided.value !== null) {
      const { value: change } = decided;
      if ((await this.#payments.save(change)).isOk()) return change.payment;
    }
    return (await changePayment(this.#payments, event, decide)).unwrapOr(payment);
  }
}
