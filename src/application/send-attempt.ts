import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { AttemptId } from '../domain/payment/ids.ts';
import { type Change, type Payment, remember } from '../domain/payment/payment.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { changePayment, type SaveError } from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { Payments } from './ports/payments.ts';

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
  async execute<Outcome>(
    intent: Change,
    { send, settle }: AttemptCall<Outcome>,
  ): Promise<Result<Readonly<{ payment: Payment; outcome: Outcome | NotSentOutcome }>, SaveError>> {
    const saved = await this.#saveIntent(intent);
    if (saved.isErr()) return err(saved.error);
    const sent: Result<Outcome | NotSentOutcome, never> = this.#isTooLate(intent)
      ? ok(noLongerSent)
      : await send();
    return sent.asyncMap(async (outcome) => ({
      outcome,
      payment: await this.#saveOutcome(intent, outcome, settle),
    }));
  }

  /**
   * A process that stood still after its intent must not send any more: others may have proved by now that nothing was charged. Half of
   * `agreeMs` leaves the second of the two readings time to see a charge that was sent just before.
   */
  #isTooLate({ event }: Change): boolean {
    return this.#clock.now() >= event.at + this.#policy.agreeMs / 2;
  }

  /** A save that was not confirmed may have taken place: only the stored attempt allows the call. */
  async #saveIntent(change: Change): Promise<Result<void, SaveError>> {
    const saved = await this.#payments.save(change);
    if (saved.isOk() || saved.error.type !== 'StorageUnavailable') return saved;
    const { merchantId, orderId, version, attemptId } = change.event;
    const read = () => this.#payments.find(merchantId, orderId);
    // Connections break together: the one after it may be another of them.
    const stored = (await read().orElse(read)).unwrapOr(null);
    const isStored = stored?.version === version && stored.attempts.at(-1)?.id === attemptId;
    return isStored ? ok(undefined) : saved;
  }

  /**
   * Nobody has usually touched the payment since its intent, so the outcome is decided on it as it is; only if that save is not
   * confirmed, the payment is read and decided on anew. What cannot be stored now is left to the sweep.
   */
  async #saveOutcome<Outcome>(
    intent: Change,
    outcome: Outcome | NotSentOutcome,
    settle: AttemptCall<Outcome>['settle'],
  ): Promise<Payment> {
    const { payment, event } = intent;
    const { attemptId } = event;
    if (attemptId === null) return payment;
    const decide = (stored: Payment) => settle(stored, attemptId, outcome);
    const decided = decide(payment);
    if (decided.isOk() && decided.value !== null) {
      const { value: change } = decided;
      if ((await this.#payments.save(change)).isOk()) return change.payment;
    }
    const known = await changePayment(this.#payments, event, (stored) => remember(stored, intent));
    if (known.isErr()) return payment;
    return (await changePayment(this.#payments, event, decide)).unwrapOr(payment);
  }
}
