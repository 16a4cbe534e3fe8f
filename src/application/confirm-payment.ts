import { err, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import { type Attempt, isFollowUp, isUnsettled, movedMoney } from '../domain/payment/attempt.ts';
import type { AttemptId, SessionId } from '../domain/payment/ids.ts';
import type { Reading } from '../domain/payment/outcome.ts';
import { attemptsToRead } from '../domain/payment/due.ts';
import { attemptThrough, type Payment } from '../domain/payment/payment.ts';
import type { IllegalTransition } from '../domain/payment/payment-error.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { applyRecord } from '../domain/payment/apply-record.ts';
import type { GatewayRecord } from '../domain/payment/record.ts';
import { settle } from '../domain/payment/settle.ts';
import { settleFollowUp } from '../domain/payment/settle-follow-up.ts';
import {
  changePayment,
  type PaymentKey,
  paymentNotFound,
  type PaymentNotFound,
  type SaveError,
} from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import { gatewayUnavailable, type PaymentGateway, type SessionError } from './ports/payment-gateway.ts';
import type { Payments } from './ports/payments.ts';

export type ConfirmPaymentCommand = PaymentKey &
  Readonly<{
    /** Reads the gateway even if we wait for nothing: a webhook or a person has reason to think that it knows more. */
    evenIfSettled?: boolean;
  }>;
/** Also a gateway that did not answer, or that did not show who asked `evenIfSettled` all that it tells of. */
export type ConfirmPaymentError = PaymentNotFound | IllegalTransition | SaveError | SessionError;

/**
 * Reads the gateway about every attempt whose end is open, or that is due for another look, and applies its truth. The one
 * operation behind a poll, a webhook and the sweep; calling it often does no harm. A gateway that does not answer is an error, and
 * counts as a look without news: a first "nothing there" is forgotten, and the last look brings a person.
 */
export class ConfirmPayment {
  readonly #payments: Payments;
  readonly #gateway: PaymentGateway;
  readonly #ids: Ids;
  readonly #clock: Clock;
  readonly #policy: Policy;

  constructor(payments: Payments, gateway: PaymentGateway, ids: Ids, clock: Clock, policy: Policy) {
    this.#payments = payments;
    this.#gateway = gateway;
    this.#ids = ids;
    this.#clock = clock;
    this.#policy = policy;
  }

  execute(command: ConfirmPaymentCommand): ResultAsync<Payment, ConfirmPaymentError> {
    return safeTry(() => this.#steps(command));
  }

  async *#steps({ merchantId, orderId, evenIfSettled = false }: ConfirmPaymentCommand) {
    let payment = yield* this.#payments
      .find(merchantId, orderId)
      .andThen((stored) => (stored === null ? err(paymentNotFound(orderId)) : ok(stored)));
    let failure: SessionError | null = null;
    for (const { sessionId, attempt } of looksAt(payment, this.#clock.now(), evenIfSettled)) {
      const askedAt = this.#clock.now();
      const read = await this.#gateway.read({ merchantId, orderId, sessionId });
      const isOpen = attempt !== null && isUnsettled(attempt);
      const said = read.unwrapOr(noAnswer(read));
      if (said.type === 'record') payment = yield* this.#applyRecord(payment, said, askedAt);
      // Without an answer a look that is owed stays owed.
      else if (attempt !== null && (read.isOk() || isOpen))
        payment = yield* this.#apply(payment, attempt, said, askedAt);
      if (read.isErr()) failure = read.error;
      // Nobody would look again for what is not shown yet, but who has reason to ask.
      else if (evenIfSettled && isPartial(said) && !payment.attempts.some(isUnsettled))
        failure = gatewayUnavailable('the gateway tells of more than it shows');
      if (said.type === 'record') break;
    }
    if (failure !== null) return err(failure);
    return ok(payment);
  }

  /** One record answers for all attempts, and may hold what none of them explains. */
  async *#applyRecord(found: Payment, record: GatewayRecord, askedAt: number) {
    let payment = found;
    for (let version = -1, news = 0; version !== payment.version && news < mostNews; news += 1) {
      version = payment.version;
      payment = yield* changePayment(this.#payments, keyOf(payment), (stored) =>
        applyRecord(stored, { record, askedAt, policy: this.#policy, newAttemptId: this.#ids.attempt() }),
      );
    }
    return payment;
  }

  /** What was not there is as old as the question: an answer that came late proves nothing about now. */
  #apply(payment: Payment, attempt: Attempt, said: Reading, askedAt: number) {
    return changePayment(this.#payments, keyOf(payment), (stored) => {
      if (isFollowUp(attempt)) return settleFollowUp(stored, attempt.id, saysNothing, askedAt, this.#policy);
      // A session is used again after a pay that was surely not sent: what was read is about the pay that left through it.
      const { id } = attemptThrough(stored, attempt.sessionId) ?? attempt;
      return settle(stored, id, mayBeOf(stored, id, said) ? said : saysNothing, askedAt, this.#policy);
    });
  }
}

/** What is said of the whole order, and not of the pay through one session, tells nothing where its money is known already. */
const mayBeOf = ({ attempts, correctedAt }: Payment, id: AttemptId, said: Reading): boolean =>
  !('isOfOrder' in said) ||
  (correctedAt === null &&
    attempts.every((each) => !movedMoney(each) || (each.id === id && isUnsettled(each))));

const isPartial = (said: Reading | GatewayRecord): boolean => 'isPartial' in said || 'isOfOrder' in said;

/** What is left of a longer record is found at the next reading. */
const mostNews = 1_000;

type Look = Readonly<{ sessionId: SessionId; attempt: Attempt | null }>;

/** Through which sessions the gateway is read, and about which attempts: about none where nobody has paid yet. */
const looksAt = (payment: Payment, now: number, evenIfSettled: boolean): readonly Look[] => {
  const attempts = attemptsToRead(payment, now, evenIfSettled);
  return evenIfSettled && attempts.length === 0 && payment.session !== null
    ? [{ sessionId: payment.session.id, attempt: null }]
    : attempts.map((attempt) => ({ sessionId: attempt.sessionId, attempt }));
};

const saysNothing = { type: 'unclear', reason: 'a session tells nothing of what followed it' } as const;
const noAnswer = (read: Result<unknown, SessionError>): Reading => {
  if (read.isOk()) return saysNothing;
  return { type: 'unclear', reason: 'reason' in read.error ? read.error.reason : read.error.type };
};
const keyOf = ({ merchantId, order }: Payment): PaymentKey => ({ merchantId, orderId: order.id });
