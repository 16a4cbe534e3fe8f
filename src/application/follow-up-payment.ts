import { err, errAsync, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { Money } from '../domain/money/money.ts';
import type { Attempt, FollowUp } from '../domain/payment/attempt.ts';
import { type CannotFollowUp, repeated, startFollowUp } from '../domain/payment/follow-up.ts';
import type { FollowUpOutcome } from '../domain/payment/outcome.ts';
import type { Payment } from '../domain/payment/payment.ts';
import { attemptInFlight } from '../domain/payment/payment-error.ts';
import type { Policy } from '../domain/payment/policy.ts';
import { settleFollowUp } from '../domain/payment/settle-follow-up.ts';
import {
  type PaymentKey,
  paymentNotFound,
  type PaymentNotFound,
  retried,
  type SaveError,
} from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import {
  gatewayRefused,
  type GatewayRefused,
  notSupported,
  type NotSupported,
  type PaymentGateway,
} from './ports/payment-gateway.ts';
import type { Payments } from './ports/payments.ts';
import { notSent, type NotSent, SendAttempt } from './send-attempt.ts';

export type FollowUpCommand = PaymentKey &
  Readonly<{
    /** The caller's own, 1 to 100 visible characters: asked for again under the same key, the same attempt is answered without a call. */
    key: string;
    /** Null: all that is left. */
    amount?: Money | null;
    /** The gateway's id of one charge among several. */
    target?: string | null;
  }>;

/** The payment, and the attempt that this call made or repeats: `done`, or still being found out about. */
export type FollowedUp = Readonly<{ payment: Payment; attempt: Attempt }>;

export type FollowUpError =
  PaymentNotFound | CannotFollowUp | SaveError | GatewayRefused | NotSent | NotSupported;

const maxTries = 50;

/**
 * What a capture, a void and a refund have in common: an intent, one call, an outcome. The amount counts as spent from the intent on, and
 * as long as the outcome is not known, so that several at the same moment never exceed what there is.
 */
export class FollowUpPayment {
  readonly #payments: Payments;
  readonly #gateway: PaymentGateway;
  readonly #ids: Ids;
  readonly #clock: Clock;
  readonly #policy: Policy;
  readonly #sendAttempt: SendAttempt;

  constructor(payments: Payments, gateway: PaymentGateway, ids: Ids, clock: Clock, policy: Policy) {
    this.#payments = payments;
    this.#gateway = gateway;
    this.#ids = ids;
    this.#clock = clock;
    this.#policy = policy;
    this.#sendAttempt = new SendAttempt(payments, clock, policy);
  }

  execute(operation: FollowUp, command: FollowUpCommand): ResultAsync<FollowedUp, FollowUpError> {
    if (this.#sendAttempt.isClosed) return errAsync(notSent('shutting down'));
    if (!this.#gateway.capabilities.can.includes(operation)) return errAsync(notSupported(operation));
    // Only the save of the intent can answer that somebody was faster, so nothing was sent.
    return this.#sendAttempt.track(retried(maxTries, () => safeTry(() => this.#steps(operation, command))));
  }

  /** Refuses every further one, and resolves when those under way have their outcome. */
  close(): Promise<void> {
    return this.#sendAttempt.close();
  }

  async *#steps(operation: FollowUp, command: FollowUpCommand) {
    const { merchantId, orderId, key, amount = null, target = null } = command;
    const payment = yield* this.#payments.find(merchantId, orderId);
    if (payment === null) return err(paymentNotFound(orderId));
    const asked = { operation, key, amount, target };
    const earlier = yield* repeated(payment, asked);
    if (earlier !== null) return repeat(payment, earlier);
    const attemptId = this.#ids.attempt();
    const intent = yield* startFollowUp(payment, { ...asked, attemptId }, this.#clock.now(), this.#policy);
    const attempt = intent.payment.attempts.at(-1);
    if (attempt === undefined) throw new Error(`payment ${payment.id} lost its attempt`);
    const { sessionId } = attempt;
    const what = { amount: attempt.amount, target: attempt.target };
    const sent = yield* await this.#sendAttempt.execute<FollowUpOutcome>(intent, {
      send: () => this.#gateway.followUp({ operation, merchantId, orderId, sessionId, ...what }),
      settle: (stored, id, outcome) => settleFollowUp(stored, id, outcome, this.#clock.now(), this.#policy),
    });
    const settled = sent.payment.attempts.find(({ id }) => id === attemptId) ?? attempt;
    return repeat(sent.payment, settled, sent.outcome);
  }
}

/** What a follow-up answers about its attempt, the first time and every time after. */
const repeat = (
  payment: Payment,
  attempt: Attempt,
  fresh?: FollowUpOutcome,
): Result<FollowedUp, FollowUpError> => {
  const reason = attempt.reason ?? '';
  switch (attempt.outcome) {
    case 'started':
      return fresh === undefined ? err(attemptInFlight(attempt.id)) : ok({ payment, attempt });
    case 'refused':
      return err(gatewayRefused(reason));
    case 'notSent':
    case 'notDone':
      return err(notSent(reason));
    default:
      return ok({ payment, attempt });
  }
};
