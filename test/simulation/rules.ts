import type { Confirmation } from '../../src/application/ports/confirmations.ts';
import type { FulfilmentRequest } from '../../src/application/ports/fulfilment.ts';
import type { PayRequest } from '../../src/application/ports/payment-gateway.ts';
import { sameMoney } from '../../src/domain/money/money.ts';
import type { Attempt } from '../../src/domain/payment/attempt.ts';
import type { MerchantId, OrderId, PaymentId } from '../../src/domain/payment/ids.ts';
import { type Change, dueAt, newPayment, type Payment } from '../../src/domain/payment/payment.ts';
import { type PaymentEventType, type PaymentStates, step } from '../../src/domain/payment/payment-machine.ts';
import type { Charge, Ledger } from './ledger.ts';
import { Broken, type World } from './world.ts';

type Key = Readonly<{ merchantId: MerchantId; orderId: OrderId }>;
const textOf = ({ merchantId, orderId }: Key): string => `${merchantId}/${orderId}`;
const settledWithoutMoney = new Set(['declined', 'refused', 'sessionGone', 'notSent', 'notCharged']);

/** The chart's answers, asked once each: they are pure, and the same in every simulation. */
const edges = new Map<string, PaymentStates | null>();
const edge = (from: PaymentStates, type: PaymentEventType): PaymentStates | null => {
  const key = `${from.payment}/${from.fulfilment} ${type}`;
  const known = edges.get(key);
  if (known !== undefined) return known;
  const to = step(from, type).unwrapOr(null);
  edges.set(key, to);
  return to;
};

/** What must hold. It sees what no part of the module can see: the gateway's ledger, and what will become of each call. */
export class Rules {
  readonly #world: World;
  readonly #ledger: Ledger;
  /** What is committed, by merchant and order. */
  readonly payments = new Map<string, Payment>();
  /** Releases that were committed with a payment: the host that writes in our transaction. */
  readonly #releases: PaymentId[] = [];
  /** Releases elsewhere, once per key: the host whose effect is not in our transaction. */
  readonly #shipments = new Map<PaymentId, OrderId>();
  readonly #messages = new Set<PaymentId>();

  constructor(world: World, ledger: Ledger) {
    this.#world = world;
    this.#ledger = ledger;
  }

  /** When the sweep finds something next. */
  get dueAt(): number | null {
    const times = [...this.payments.values()].flatMap((payment) => dueAt(payment) ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  committed({ payment, event }: Change, releases: readonly PaymentId[]): void {
    const key = textOf(event);
    const { id, merchantId, order, createdAt } = payment;
    const before = this.payments.get(key) ?? newPayment(id, merchantId, order, createdAt);
    this.payments.set(key, payment);
    this.#releases.push(...releases);
    const where = `${key} v${before.version} ${before.states.payment} → v${payment.version} ${event.type}`;
    this.#world.note(`    committed: ${where} → ${payment.states.payment}/${payment.states.fulfilment}`);
    if (payment.version !== before.version + 1 || event.version !== payment.version || id !== before.id) {
      throw new Broken('One event per version', where);
    }
    const next = edge(before.states, event.type);
    if (next?.payment !== payment.states.payment || next.fulfilment !== payment.states.fulfilment) {
      throw new Broken('Only edges of the chart', where);
    }
    if (before.attempts.some(({ id: known }, index) => payment.attempts[index]?.id !== known)) {
      throw new Broken('No attempt is forgotten', where);
    }
    for (const attempt of payment.attempts) this.#attemptIsTrue(payment, attempt);
    const isPaid = payment.attempts.some((attempt) => this.#isPaidBy(payment, attempt));
    if (payment.states.payment === 'captured' && !isPaid) throw new Broken('No phantom', where);
    if (releases.length > 1 || new Set(this.#releases).size !== this.#releases.length) {
      throw new Broken('Fulfilled once', where);
    }
  }

  #attemptIsTrue(payment: Payment, attempt: Attempt): void {
    const call = this.#ledger.calls.find(
      ({ request }) => request.sessionId === attempt.sessionId && request.merchantId === payment.merchantId,
    );
    const where = `${payment.order.id} ${attempt.id} ${attempt.outcome}`;
    if (
      call !== undefined &&
      settledWithoutMoney.has(attempt.outcome) &&
      call.mayChargeUntil > this.#world.now
    ) {
      throw new Broken('What may still charge, or did, is never called not charged', where);
    }
    if (attempt.outcome === 'captured' && this.#chargeOf(payment, attempt) === null)
      throw new Broken('No phantom', where);
  }

  #chargeOf({ merchantId }: Payment, { sessionId, transactionId }: Attempt): Charge | null {
    const isIts = (charge: Charge) =>
      charge.merchantId === merchantId &&
      charge.sessionId === sessionId &&
      charge.transactionId === transactionId;
    return this.#ledger.charges.find(isIts) ?? null;
  }

  #isPaidBy(payment: Payment, attempt: Attempt): boolean {
    const charge = attempt.outcome === 'captured' ? this.#chargeOf(payment, attempt) : null;
    return charge?.namedOrderId === payment.order.id && sameMoney(charge.amount, payment.order.amount);
  }

  /** A pay was handed to the gateway's adapter: the moment from which it may charge. */
  payCalled({ merchantId, orderId, sessionId, amount }: PayRequest): void {
    const where = `${merchantId}/${orderId} ${sessionId}`;
    const payment = this.payments.get(textOf({ merchantId, orderId }));
    const attempt = payment?.attempts.findLast((stored) => stored.sessionId === sessionId);
    if (attempt?.outcome !== 'started') {
      throw new Broken(
        'The intent is durable, and still open, before the call',
        `${where} ${attempt?.outcome}`,
      );
    }
    if (!sameMoney(attempt.amount, amount)) throw new Broken('The amount is the one of the intent', where);
    for (const call of this.#ledger.callsOf(merchantId, orderId)) {
      const isSameSession = call.request.sessionId === sessionId && !call.wasNotSent;
      if (isSameSession) throw new Broken('A session carries at most one pay', where);
      if (call.mayChargeUntil > this.#world.now) {
        throw new Broken(
          'No second pay while the first may charge, or did',
          `${where}, first ${call.request.sessionId}`,
        );
      }
    }
  }

  charged(merchantId: MerchantId, orderId: OrderId): void {
    const unexpected = this.#ledger.chargesOf(merchantId, orderId).filter(({ isLate }) => !isLate);
    if (unexpected.length > 1)
      throw new Broken('An order is charged at most once', `${merchantId}/${orderId}`);
  }

  released({ merchantId, order, key }: FulfilmentRequest<unknown>): void {
    const payment = this.payments.get(textOf({ merchantId, orderId: order.id }));
    const isPaid = payment?.attempts.some((attempt) => this.#isPaidBy(payment, attempt)) === true;
    if (!isPaid || payment.id !== key)
      throw new Broken('Only what is captured is fulfilled', `${key} ${order.id}`);
  }

  shipped(key: PaymentId, orderId: OrderId): void {
    this.#shipments.set(key, orderId);
  }

  written({ merchantId, order, key }: Confirmation): void {
    const payment = this.payments.get(textOf({ merchantId, orderId: order.id }));
    if (payment?.states.fulfilment !== 'fulfilled')
      throw new Broken('Only what is fulfilled is confirmed', order.id);
    this.#messages.add(key);
  }

  /** After the faults have stopped and the whole schedule has passed. */
  atTheEnd(): void {
    for (const payment of this.payments.values()) this.#hasEnded(payment);
    for (const charge of this.#ledger.charges) {
      const payment = this.payments.get(textOf(charge));
      if (payment === undefined) throw new Broken('No charge is without a payment', textOf(charge));
    }
    const stuck = [...this.#world.running].map(({ name }) => name);
    if (stuck.length > 0) throw new Broken('Every call ends', stuck.join(', '));
  }

  #hasEnded(payment: Payment): void {
    const { merchantId, states, order, attention, captured } = payment;
    const where = `${merchantId}/${order.id} is ${states.payment}/${states.fulfilment}`;
    if (['paying', 'payUnknown', 'pending', 'authorized'].includes(states.payment)) {
      throw new Broken('Everything ends', where);
    }
    const charges = this.#ledger.chargesOf(merchantId, order.id);
    const total = charges.reduce((sum, { amount }) => sum + amount.minor, 0);
    const isMismatch = attention !== null && payment.attempts.some(({ outcome }) => outcome === 'mismatched');
    if (captured.minor !== total && !isMismatch) {
      throw new Broken(
        'The payment shows what the ledger shows',
        `${where}, ${captured.minor} instead of ${total}`,
      );
    }
    if (charges.length > (states.payment === 'captured' ? 1 : 0) && attention === null) {
      throw new Broken('A charge that nobody expected is in front of a person', where);
    }
    if (states.payment !== 'captured') return;
    const isReleased = this.#releases.includes(payment.id) && this.#shipments.get(payment.id) === order.id;
    if (states.fulfilment !== 'fulfilled' || !isReleased)
      throw new Broken('What is captured is fulfilled', where);
    const isWritten = payment.confirmationSentAt !== null && this.#messages.has(payment.id);
    if (order.customerEmail !== null && !isWritten) throw new Broken('What is fulfilled is confirmed', where);
  }
}
