import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import type { SessionId } from '../domain/payment/ids.ts';
import type { VerifyOutcome } from '../domain/payment/outcome.ts';
import { cardChecked, payableSession, type Payment } from '../domain/payment/payment.ts';
import {
  type IllegalTransition,
  notPayable,
  type NotPayable,
  sessionExpired,
  type SessionExpired,
  sessionMismatch,
  type SessionMismatch,
} from '../domain/payment/payment-error.ts';
import {
  changePayment,
  type PaymentKey,
  paymentNotFound,
  type PaymentNotFound,
  type SaveError,
} from './change-payment.ts';
import type { Clock } from './ports/clock.ts';
import {
  notSupported,
  type NotSupported,
  type PaymentGateway,
  type SessionError,
} from './ports/payment-gateway.ts';
import type { Payments } from './ports/payments.ts';

export type VerifyCardCommand = PaymentKey & Readonly<{ sessionId: SessionId }>;

/** What the check came to. The session is used up; the next card, or the same one, needs a new session. */
export type VerifiedCard = Readonly<{ payment: Payment; outcome: VerifyOutcome }>;

export type VerifyCardError =
  | PaymentNotFound
  | SessionMismatch
  | SessionExpired
  | NotPayable
  | IllegalTransition
  | SaveError
  | SessionError
  | NotSupported;

/** Checks the card that the payer typed without charging it. Moves no money, so a check whose answer was lost is simply made again. */
export class VerifyCard {
  readonly #payments: Payments;
  readonly #gateway: PaymentGateway;
  readonly #clock: Clock;

  constructor(payments: Payments, gateway: PaymentGateway, clock: Clock) {
    this.#payments = payments;
    this.#gateway = gateway;
    this.#clock = clock;
  }

  execute(command: VerifyCardCommand): ResultAsync<VerifiedCard, VerifyCardError> {
    return safeTry(() => this.#steps(command));
  }

  async *#steps(command: VerifyCardCommand) {
    const { merchantId, orderId, sessionId } = command;
    if (!this.#gateway.capabilities.can.includes('verify')) return err(notSupported('verify'));
    const payment = yield* this.#payments.find(merchantId, orderId);
    if (payment === null) return err(paymentNotFound(orderId));
    if (payment.session?.id !== sessionId) return err(sessionMismatch());
    if (payment.states.payment !== 'sessionOpen') return err(notPayable(payment.states.payment));
    if (payableSession(payment, this.#clock.now()) === null) return err(sessionExpired(sessionId));
    const { currency } = payment.order.amount;
    const outcome = yield* this.#gateway.verify({ merchantId, orderId, sessionId, currency });
    const after = yield* changePayment(this.#payments, command, (stored) =>
      cardChecked(stored, sessionId, outcome, this.#clock.now()),
    );
    return ok<VerifiedCard>({ payment: after, outcome });
  }
}
