// Orders and payments in every state, made only by the domain's own operations, so that no test starts where a payment cannot be.
import type { Result } from 'neverthrow';
import { type Money, parseMoney } from '../../src/domain/money/money.ts';
import { attemptId, merchantId, paymentId, sessionId } from '../../src/domain/payment/ids.ts';
import { type Order, order, type OrderData } from '../../src/domain/payment/order.ts';
import type { FollowUp } from '../../src/domain/payment/attempt.ts';
import { startFollowUp } from '../../src/domain/payment/follow-up.ts';
import type {
  Evidence,
  FollowUpOutcome,
  FollowUpReading,
  Outcome,
} from '../../src/domain/payment/outcome.ts';
import * as domain from '../../src/domain/payment/payment.ts';
import type { Payment } from '../../src/domain/payment/payment.ts';
import type { PaymentEvent } from '../../src/domain/payment/payment-event.ts';
import { defaultPolicy, type Policy } from '../../src/domain/payment/policy.ts';
import { settle } from '../../src/domain/payment/settle.ts';
import { settleFollowUp } from '../../src/domain/payment/settle-follow-up.ts';

/** Where a builder's clock starts: 2026-01-05 09:00 UTC, in milliseconds. Every operation takes place one second after the last. */
export const morning = Date.UTC(2026, 0, 5, 9);

const valueOf = <T, E>(result: Result<T, E>): T => {
  if (result.isOk()) return result.value;
  throw new Error(`the domain refused what a builder asked for: ${JSON.stringify(result.error)}`);
};

/** `usd('99.99')`. */
export const usd = (amount: string): Money => valueOf(parseMoney(amount, 'USD'));

/** An order of 10.00 US dollars, unless told otherwise. */
export const anOrder = (changes: Partial<OrderData> = {}): Order =>
  valueOf(
    order({ id: 'order-1', amount: '10.00', currency: 'USD', description: 'A blue teapot', ...changes }),
  );

/** What the gateway says of a charge that is exactly the one asked for, unless told otherwise. */
export const evidenceOf = ({ order }: Payment, changes: Partial<Evidence> = {}): Evidence => ({
  merchantId: null,
  orderId: order.id,
  amount: order.amount,
  transactionId: 'transaction-1',
  ...changes,
});

type History = Readonly<{ payment: Payment; events: readonly PaymentEvent[]; now: number; policy: Policy }>;

/** A payment with its history. Every method returns a new builder; a state's method takes the steps that lead there. */
export class PaymentBuilder {
  readonly payment: Payment;
  /** One event per version. */
  readonly events: readonly PaymentEvent[];
  /** When the last operation took place, in milliseconds since 1970. */
  readonly now: number;
  readonly policy: Policy;

  constructor({ payment, events, now, policy }: History) {
    this.payment = payment;
    this.events = events;
    this.now = now;
    this.policy = policy;
  }

  /** Time passes. */
  after(ms: number): PaymentBuilder {
    return new PaymentBuilder({ ...this, now: this.now + ms });
  }

  /** One operation of the domain, one second later; a null changes nothing but the time. */
  by(operation: (payment: Payment, now: number) => Result<domain.Change | null, unknown>): PaymentBuilder {
    const now = this.now + 1000;
    const change = valueOf(operation(this.payment, now));
    if (change === null) return this.after(1000);
    return new PaymentBuilder({
      ...this,
      payment: change.payment,
      events: [...this.events, change.event],
      now,
    });
  }

  /** The gateway says something of an attempt: of the last one, unless told otherwise. */
  told(outcome: Outcome, attempt = this.payment.attempts.at(-1)?.id): PaymentBuilder {
    if (attempt === undefined) throw new Error('nothing was attempted yet');
    return this.by((payment, now) => settle(payment, attempt, outcome, now, this.policy));
  }

  /** A new session at the price of `price`, or at the present one. */
  sessionOpen(price: Order = this.payment.order): PaymentBuilder {
    const id = valueOf(sessionId(`session-${this.payment.version + 1}`));
    return this.by((payment, now) => {
      const expiresAt = now + this.policy.sessionLifetimeMs;
      const session = { id, openedAt: now, expiresAt, successIndicator: null };
      return domain.openSession(payment, price, session, this.policy);
    });
  }

  /** The gateway says something of a capture, void or refund: of the last one, unless told otherwise. */
  heard(
    outcome: FollowUpOutcome | FollowUpReading,
    attempt = this.payment.attempts.at(-1)?.id,
  ): PaymentBuilder {
    if (attempt === undefined) throw new Error('nothing was attempted yet');
    return this.by((payment, now) => settleFollowUp(payment, attempt, outcome, now, this.policy));
  }

  paying(operation: 'pay' | 'authorize' = 'pay'): PaymentBuilder {
    const ready = this.payment.states.payment === 'sessionOpen' ? this : this.sessionOpen();
    const { session, order, attempts, revision } = ready.payment;
    if (session === null) throw new Error('an open payment has a session');
    const id = valueOf(attemptId(`attempt-${attempts.length + 1}`));
    const intent = { attemptId: id, sessionId: session.id, order, revision, operation };
    return ready.by((payment, now) => domain.startPay(payment, intent, now, this.policy));
  }

  payUnknown(): PaymentBuilder {
    return this.paying().told({ type: 'unknown', reason: 'the connection was cut' });
  }

  pending(): PaymentBuilder {
    return this.paying().told({ type: 'pending', reason: 'the bank is asked' });
  }

  declined(reason = 'insufficient funds'): PaymentBuilder {
    return this.paying().told({ type: 'declined', reason });
  }

  authorized(): PaymentBuilder {
    const paying = this.paying();
    return paying.told({ type: 'authorized', evidence: evidenceOf(paying.payment) });
  }

  /** The amount is held because that was asked for, to be captured later. */
  authorizedOnly(): PaymentBuilder {
    const paying = this.paying('authorize');
    return paying.told({ type: 'authorized', evidence: evidenceOf(paying.payment) });
  }

  /** A capture, void or refund on its way; of all that is left without an amount. Its key is its attempt's id. */
  asking(operation: FollowUp, amount: Money | null = null, target: string | null = null): PaymentBuilder {
    const key = `attempt-${this.payment.attempts.length + 1}`;
    const intent = { attemptId: valueOf(attemptId(key)), operation, key, amount, target };
    return this.by((payment, now) => startFollowUp(payment, intent, now, this.policy));
  }

  /** The last capture, void or refund took place exactly as it was asked for. */
  done(changes: Partial<Evidence> = {}): PaymentBuilder {
    const last = this.payment.attempts.at(-1);
    if (last === undefined) throw new Error('nothing was attempted yet');
    const evidence = evidenceOf(this.payment, {
      amount: last.amount,
      transactionId: `transaction-of-${last.id}`,
    });
    return this.heard({ type: 'done', evidence: { ...evidence, ...changes } }, last.id);
  }

  /** 4.00 of an authorization was captured, unless told otherwise. */
  partlyCaptured(amount: Money = usd('4.00')): PaymentBuilder {
    return this.authorizedOnly().asking('capture', amount).done();
  }

  /** 3.00 of a charge was given back, unless told otherwise. */
  partlyRefunded(amount: Money = usd('3.00')): PaymentBuilder {
    return this.captured().asking('refund', amount).done();
  }

  refunded(): PaymentBuilder {
    return this.captured().asking('refund').done();
  }

  /** A charge was undone before it was settled. */
  voided(): PaymentBuilder {
    return this.captured().asking('void').done();
  }

  captured(): PaymentBuilder {
    const paying = this.paying();
    return paying.told({ type: 'captured', evidence: evidenceOf(paying.payment) });
  }

  fulfilled(): PaymentBuilder {
    return this.captured().by(domain.fulfil);
  }

  cancelled(): PaymentBuilder {
    return this.by(domain.cancel);
  }

  /** Unknown, and then proven: two readings after the quiet period found nothing. */
  notCharged(): PaymentBuilder {
    const nothing: Outcome = { type: 'nothing', reason: 'no pay through this session' };
    const { quietMs, agreeMs } = this.policy;
    return this.payUnknown().after(quietMs).told(nothing).after(agreeMs).told(nothing);
  }

  /** `mismatched`: another amount was charged. `unresolved`: nobody knew for three days. `chargeFound`: charged after all. */
  needsAttention(kind: domain.Attention['kind'] = 'mismatched'): PaymentBuilder {
    if (kind === 'unresolved')
      return this.payUnknown()
        .after(72 * 3_600_000)
        .told({ type: 'unclear', reason: 'no answer' });
    const before = kind === 'mismatched' ? this.paying() : this.notCharged();
    const changes = kind === 'mismatched' ? { amount: usd('0.01') } : {};
    return before.told({ type: 'captured', evidence: evidenceOf(before.payment, changes) });
  }
}

/** A payment to which nothing has happened: `aPayment().captured().payment`. */
export const aPayment = (order: Order = anOrder(), policy: Policy = defaultPolicy): PaymentBuilder => {
  const payment = domain.newPayment(
    valueOf(paymentId('payment-1')),
    valueOf(merchantId('merchant-1')),
    order,
    morning,
  );
  return new PaymentBuilder({ payment, events: [], now: morning, policy });
};
