import type { Confirmation } from '../../src/application/ports/confirmations.ts';
import type { FulfilmentRequest } from '../../src/application/ports/fulfilment.ts';
import type { FollowUpRequest, PayRequest } from '../../src/application/ports/payment-gateway.ts';
import { sameMoney } from '../../src/domain/money/money.ts';
import { type Attempt, isFollowUp, isUnsettled, movedMoney } from '../../src/domain/payment/attempt.ts';
import type { AttemptId, MerchantId, OrderId, PaymentId } from '../../src/domain/payment/ids.ts';
import { dueAt } from '../../src/domain/payment/due.ts';
import { type Change, newPayment, type Payment } from '../../src/domain/payment/payment.ts';
import { type PaymentEventType, type PaymentStates, step } from '../../src/domain/payment/payment-machine.ts';
import { type Charge, type Ledger, leftOf } from './ledger.ts';
import { clockSkewMs, type World } from './world.ts';

type Key = Readonly<{ merchantId: MerchantId; orderId: OrderId }>;
const textOf = ({ merchantId, orderId }: Key): string => `${merchantId}/${orderId}`;
const withoutMoney = new Set(['declined', 'refused', 'sessionGone', 'notSent', 'notCharged']);
const unfinished = new Set(['paying', 'payUnknown', 'pending']);
const withCharges = new Set(['captured', 'partlyCaptured', 'partlyRefunded']);
const sum = (amounts: readonly number[]): number => amounts.reduce((total, each) => total + each, 0);

/** The chart's answers, asked once each: they are pure, and the same in every simulation. */
const edges = new Map<string, string>();
const wordsOf = ({ payment, fulfilment }: PaymentStates): string => `${payment}/${fulfilment}`;
const edge = (from: PaymentStates, type: PaymentEventType): string => {
  const key = `${wordsOf(from)} ${type}`;
  const to = edges.get(key) ?? step(from, type).match(wordsOf, () => 'nowhere');
  edges.set(key, to);
  return to;
};

/** Each call can be an attempt of its own. Calls that look alike name no attempt, and the later one may be the earlier attempt's. */
const areDistinct = (
  [first, ...others]: readonly (readonly AttemptId[])[],
  taken: readonly AttemptId[] = [],
): boolean =>
  first === undefined ||
  first.some((attempt) => !taken.includes(attempt) && areDistinct(others, [...taken, attempt]));

/** What must hold. It sees what no part of the module can see: the gateway's ledger, and what will become of each call. */
export class Rules {
  readonly #world: World;
  readonly #ledger: Ledger;
  /** What is committed, by merchant and order. */
  readonly #payments = new Map<string, Payment>();
  /** Releases that were committed with a payment: the host that writes in our transaction. */
  readonly #releases: PaymentId[] = [];
  /** Releases elsewhere, once per key: the host whose effect is not in our transaction. */
  readonly #shipments = new Map<PaymentId, OrderId>();
  readonly #messages = new Set<PaymentId>();
  /** Payments that a person called captured: no evidence of the gateway is asked for any more. */
  readonly #correctedToCaptured = new Set<PaymentId>();

  readonly #dialect: 'order' | 'payment';

  constructor(world: World, ledger: Ledger, dialect: 'order' | 'payment') {
    this.#dialect = dialect;
    this.#world = world;
    this.#ledger = ledger;
  }

  payments(): readonly Payment[] {
    return [...this.#payments.values()];
  }

  /** When the sweep finds something next; Infinity when nothing is left to do. */
  get dueAt(): number {
    return Math.min(...this.payments().map((payment) => dueAt(payment) ?? Infinity));
  }

  #must(rule: string, holds: boolean, where: string): void {
    if (!holds) throw this.#world.breaks(rule, where);
  }

  committed({ payment, event }: Change, releases: readonly PaymentId[]): void {
    const { id, merchantId, order, createdAt, version, states, attempts } = payment;
    const before = this.#payments.get(textOf(event)) ?? newPayment(id, merchantId, order, createdAt);
    this.#payments.set(textOf(event), payment);
    this.#releases.push(...releases);
    const where = `${textOf(event)} v${before.version} ${wordsOf(before.states)} → v${version} ${event.type} → ${wordsOf(states)}`;
    const { captured, refunded } = payment;
    const why = `${captured.minor} - ${refunded.minor} ${event.reason ?? ''}`;
    this.#world.note(`    committed: ${where}; ${why}`);
    const isNext = version === before.version + 1 && event.version === version && id === before.id;
    this.#must('One event per version', isNext, where);
    this.#must('Only edges of the chart', edge(before.states, event.type) === wordsOf(states), where);
    const isKept = before.attempts.every((attempt, index) => attempts[index]?.id === attempt.id);
    this.#must('No attempt is forgotten', isKept, where);
    if (event.type === 'correctedToCaptured') this.#correctedToCaptured.add(id);
    const isCorrection = event.type.startsWith('correctedTo');
    const isRemembered = isCorrection || payment.captured.minor >= before.captured.minor;
    this.#must('No charge is forgotten', isRemembered, where);
    for (const attempt of attempts) this.#attemptIsTrue(payment, attempt);
    this.#must('No phantom', states.payment !== 'captured' || this.#isPaid(payment), where);
    this.#followUpsAreTrue(payment, where);
    this.#must('Fulfilled once', new Set(this.#releases).size === this.#releases.length, where);
  }

  /** What the gateway carried out in time is known or still open, so that nobody may spend it again. */
  #followUpsAreTrue(payment: Payment, where: string): void {
    const { merchantId, order, attempts, captured, refunded, attention, correctedAt } = payment;
    const isExplained = attention !== null || correctedAt !== null;
    this.#must(
      'No more is given back than was charged',
      refunded.minor <= captured.minor || isExplained,
      where,
    );
    if (isExplained) return;
    const calls = this.#ledger.followUpsOf(merchantId, order.id);
    for (const operation of ['capture', 'void', 'refund'] as const) {
      const counts = (each: Attempt) =>
        each.operation === operation && (isUnsettled(each) || movedMoney(each));
      const counted = sum(attempts.filter(counts).map(({ amount }) => amount.minor));
      const ofIt = calls.filter(({ request }) => request.operation === operation);
      const moved = sum(ofIt.map(({ movedInTime }) => movedInTime));
      this.#must(
        'What moved, or may have, is counted',
        counted >= moved,
        `${where}: ${operation} of ${moved}`,
      );
    }
  }

  #attemptIsTrue(payment: Payment, attempt: Attempt): void {
    if (this.#correctedToCaptured.has(payment.id)) return;
    const where = `${payment.order.id} ${attempt.id} ${attempt.outcome}`;
    const call = this.#ledger.calls.find(({ attemptId }) => attemptId === attempt.id);
    const isOver = call === undefined || call.mayChargeUntil <= this.#world.now;
    const isTrue = isOver || !withoutMoney.has(attempt.outcome);
    this.#must('What may still charge, or did, is never called not charged', isTrue, where);
    const isCharged = attempt.outcome !== 'captured' || this.#chargeOf(payment, attempt) !== undefined;
    this.#must('No phantom', isCharged, where);
  }

  /** A record names no session: which of two given-up pays charged after all is then not known, and does not matter. */
  #chargeOf({ merchantId, order }: Payment, { sessionId, transactionId }: Attempt): Charge | undefined {
    const charges = this.#ledger.charges.filter((charge) => charge.merchantId === merchantId);
    const isItsOwn = (charge: Charge) =>
      this.#dialect === 'order' ? charge.sessionId === sessionId : charge.orderId === order.id;
    const own = charges.filter(
      (charge) => isItsOwn(charge) && (transactionId === null || charge.transactionId === transactionId),
    );
    return own.find((charge) => charge.sessionId === sessionId) ?? own[0];
  }

  #isPaid(payment: Payment): boolean {
    if (this.#correctedToCaptured.has(payment.id)) return true;
    const captures = payment.attempts.filter(
      (attempt) =>
        attempt.operation === 'capture' && attempt.outcome === 'done' && this.#chargeOf(payment, attempt),
    );
    const { minor } = payment.order.amount;
    if (captures.length > 0 && sum(captures.map(({ amount }) => amount.minor)) >= minor) return true;
    return payment.attempts.some((attempt) => {
      const charge = attempt.outcome === 'captured' ? this.#chargeOf(payment, attempt) : undefined;
      return charge?.namedOrderId === payment.order.id && sameMoney(charge.amount, payment.order.amount);
    });
  }

  /** A pay was handed to the gateway's adapter: from now on it may charge. Answers whose it is. */
  payCalled({ merchantId, orderId, sessionId, amount }: PayRequest): AttemptId {
    const where = `${merchantId}/${orderId} ${sessionId}`;
    const payment = this.#payments.get(textOf({ merchantId, orderId }));
    const attempt = payment?.attempts.findLast(
      (stored) => stored.sessionId === sessionId && !isFollowUp(stored),
    );
    if (attempt?.outcome !== 'started')
      throw this.#world.breaks('The intent is durable, and still open, before the call', where);
    this.#must('The amount is the one of the intent', sameMoney(attempt.amount, amount), where);
    for (const { request, wasNotSent, mayChargeUntil } of this.#ledger.callsOf(merchantId, orderId)) {
      const isAnother = request.sessionId !== sessionId || wasNotSent;
      this.#must('A session carries at most one pay', isAnother, where);
      const isOver = mayChargeUntil <= this.#world.now;
      this.#must('No second pay while the first may charge, or did', isOver, where);
    }
    return attempt.id;
  }

  /** A capture, void or refund was handed to the gateway's adapter. Answers whose it may be. */
  followUpCalled({
    merchantId,
    orderId,
    operation,
    amount,
    target,
  }: FollowUpRequest): readonly [AttemptId, ...AttemptId[]] {
    const where = `${operation} ${merchantId}/${orderId} ${amount.minor}`;
    const payment = this.#payments.get(textOf({ merchantId, orderId }));
    const calls = this.#ledger.followUpsOf(merchantId, orderId);
    const isOpen = (each: Attempt) =>
      each.operation === operation &&
      each.key !== null &&
      (target === null || each.target === target) &&
      sameMoney(each.amount, amount) &&
      (isUnsettled(each) || each.outcome === 'done');
    const [first, ...others] = (payment?.attempts ?? []).filter(isOpen).map(({ id }) => id);
    const isSentOnce = first !== undefined && areDistinct([...calls.map(({ of }) => of), [first, ...others]]);
    if (payment === undefined || !isSentOnce)
      throw this.#world.breaks('A follow-up is written down, and sent once', where);
    const back = calls.filter(({ request }) => request.operation === operation);
    const mayMove = back
      .filter(({ mayMoveUntil, isEnded }) => mayMoveUntil > this.#world.now && !isEnded)
      .map(({ request }) => request.amount);
    const moved = sum([...back.map(({ movedInTime }) => movedInTime), ...mayMove.map(({ minor }) => minor)]);
    const isLeft = moved + amount.minor <= payment.captured.minor;
    this.#must(
      'What may have been given back is not given back again',
      operation !== 'refund' || isLeft,
      where,
    );
    return [first, ...others];
  }

  charged(merchantId: MerchantId, orderId: OrderId): void {
    const charges = this.#ledger.chargesOf(merchantId, orderId);
    const inTime = charges.filter(({ isLate, isGivenBack }) => !isLate && !isGivenBack);
    const origins = new Set(inTime.map(({ origin }) => origin));
    this.#must('An order is charged at most once', origins.size <= 1, `${merchantId}/${orderId}`);
  }

  released({ merchantId, order, key }: FulfilmentRequest<unknown>): void {
    const payment = this.#payments.get(textOf({ merchantId, orderId: order.id }));
    const isBack = payment?.states.payment === 'refunded' || payment?.states.payment === 'voided';
    const isPaid = payment?.id === key && !isBack && this.#isPaid(payment);
    this.#must('Only what is captured is fulfilled', isPaid, `${key} ${order.id}`);
  }

  shipped(key: PaymentId, orderId: OrderId): void {
    this.#shipments.set(key, orderId);
  }

  written({ merchantId, order, key }: Confirmation): void {
    const payment = this.#payments.get(textOf({ merchantId, orderId: order.id }));
    const isFulfilled = payment?.states.fulfilment === 'fulfilled';
    this.#must('Only what is fulfilled is confirmed', isFulfilled, order.id);
    this.#messages.add(key);
  }

  /** After the faults have stopped and the whole schedule has passed. */
  atTheEnd(): void {
    this.#must('Everything ends', this.dueAt === Infinity, 'the sweep still has something to do');
    for (const payment of this.#payments.values()) this.#hasEnded(payment);
    for (const charge of this.#ledger.charges)
      this.#must('No charge is without a payment', this.#payments.has(textOf(charge)), textOf(charge));
    const stuck = [...this.#world.running].map(({ name }) => name);
    this.#must('Every call ends', stuck.length === 0, stuck.join(', '));
  }

  #hasEnded(payment: Payment): void {
    const { id, merchantId, states, order, attention, attempts } = payment;
    const where = `${merchantId}/${order.id} is ${wordsOf(states)}`;
    const isHeldByPay =
      states.payment === 'authorized' && !attempts.some(({ operation }) => operation === 'authorize');
    this.#must('Everything ends', !unfinished.has(states.payment) && !isHeldByPay, where);
    this.#totalsAreTrue(payment, where);
    const isSeen = !attempts.some(isUnsettled) || attention !== null;
    this.#must('What never ends is in front of a person', isSeen, where);
    const held = this.#ledger.heldOf(merchantId, order.id);
    const origins = new Set(held.map(({ origin }) => origin));
    const isExpected = origins.size <= (withCharges.has(states.payment) ? 1 : 0) || attention !== null;
    this.#must('A charge that nobody expected is in front of a person', isExpected, where);
    if (states.payment !== 'captured') return;
    const isReleased = this.#releases.includes(id) && this.#shipments.get(id) === order.id;
    const isFulfilled = states.fulfilment === 'fulfilled' && isReleased;
    this.#must('What is captured is fulfilled', isFulfilled, where);
    const isWritten = payment.confirmationSentAt !== null && this.#messages.has(id);
    this.#must('What is fulfilled is confirmed', isWritten || order.customerEmail === null, where);
  }

  /** What was charged and given back; after a person restated the totals, what is left. */
  #totalsAreTrue({ merchantId, order, ...payment }: Payment, where: string): void {
    const { captured, refunded, attention, attempts, correctedAt } = payment;
    const charges = this.#ledger.chargesOf(merchantId, order.id);
    const isMismatch = attention !== null && attempts.some(({ outcome }) => outcome === 'mismatched');
    const left = sum(charges.map(leftOf));
    const isLeft = captured.minor - refunded.minor === left;
    const charged = sum(charges.map(({ amount }) => amount.minor));
    const voided = sum(charges.filter((each) => each.isVoidedAsHold).map(({ amount }) => amount.minor));
    const isWhole = correctedAt !== null || captured.minor === charged || captured.minor === charged - voided;
    const told = `${where}, ${captured.minor} - ${refunded.minor}; charged ${charged}, left ${left}`;
    // By clocks that differ by so much, nobody can tell which came first.
    const isClose = (at: number) => correctedAt !== null && Math.abs(at - correctedAt) <= 2 * clockSkewMs;
    const isAmbiguous = this.#ledger.movesOf(merchantId, order.id).some(isClose);
    const isTrue = (isLeft && isWhole) || isMismatch || isAmbiguous;
    this.#must('The payment shows what the ledger shows', isTrue, told);
  }
}
