import type { SimulatorEnv } from './call-faults.ts';
import { fromMinor, toDecimal, toMinor } from './money.ts';
import { isSettled, standing, sum, type Payment, type PaymentTransaction } from './payment.ts';
import { invalid } from './refusal.ts';
import { paymentVerdictNamed } from './test-cards.ts';
import type { World } from './world.ts';

export type BookingFault = SimulatorEnv['Variables']['bookingFault'];

/** What capture, refund and void are told; `amount` in major units, all that is left when it is not given. */
export type FollowUp = {
  readonly amount?: number;
  readonly currency?: string;
  readonly targetTransactionId?: string;
  readonly fault?: BookingFault;
};

/** Captures an authorization, in part or whole, as often as something is left of it. Throws a Refusal when nothing was done. */
export function capture(world: World, payment: Payment, request: FollowUp): PaymentTransaction {
  const authorizations = standing(payment, 'AUTHORIZATION').filter((one) => !isReleased(world, payment, one));
  const authorization = targetAmong(world, authorizations, request) ?? authorizations.at(-1);
  if (!authorization) throw refusal(world, 'payment', 'has no authorization that can be captured');
  const captures = targeting(world, payment, authorization, 'CAPTURE');
  const left = toMinor(authorization.amount) - sum(captures);
  return book(world, request.fault, {
    ...followUp(world, payment),
    operation: 'CAPTURE',
    type: 'CAPTURE',
    targetTransactionId: authorization.id,
    amount: amountWithin(world, payment, request, left, 'authorized'),
    authorizationCode: authorization.authorizationCode,
    card: authorization.card,
  });
}

/** Gives captured money back, in part or whole, up to what was captured. */
export function refund(world: World, payment: Payment, request: FollowUp): PaymentTransaction {
  const captures = standing(payment, 'CAPTURE').filter(
    (one) => targeting(world, payment, one, 'VOID').length === 0,
  );
  const target = targetAmong(world, captures, request) ?? (captures.length === 1 ? captures[0] : undefined);
  if (captures.length === 0) throw refusal(world, 'payment', 'has nothing captured to refund');
  const refunds = world.payments.movesOf(payment).filter(({ operation }) => operation === 'REFUND');
  const ofAll = sum(captures) - sum(refunds);
  const ofTarget = target ? toMinor(target.amount) - sum(targeting(world, payment, target, 'REFUND')) : ofAll;
  return book(world, request.fault, {
    ...followUp(world, payment),
    operation: 'REFUND',
    type: 'REFUND',
    targetTransactionId: target?.id,
    amount: amountWithin(world, payment, request, ofAll < ofTarget ? ofAll : ofTarget, 'refundable'),
    card: (target ?? captures[0])?.card,
  });
}

/**
 * Undoes an authorization, or a capture that is not settled yet. Without a target it is the last one that stands. When the last
 * capture is gone, so is what was left of its authorization.
 */
export function voidTransaction(world: World, payment: Payment, request: FollowUp): PaymentTransaction {
  const captures = standing(payment, 'CAPTURE');
  const authorizations = standing(payment, 'AUTHORIZATION').filter((one) => !isReleased(world, payment, one));
  const target =
    targetAmong(world, [...authorizations, ...captures], request) ?? captures.at(-1) ?? authorizations.at(-1);
  if (!target) throw refusal(world, 'payment', 'has nothing that can be voided');
  refuseVoid(world, payment, target);
  return book(world, request.fault, {
    ...followUp(world, payment),
    operation: 'VOID',
    type: target.type === 'CAPTURE' ? 'VOID_CAPTURE' : 'VOID_AUTHORIZATION',
    targetTransactionId: target.id,
    amount: target.amount,
    card: target.card,
  });
}

function refuseVoid(world: World, payment: Payment, target: PaymentTransaction): void {
  if (isSettled(target, world.clock.now())) {
    throw refusal(world, 'targetTransactionId', 'has been settled and cannot be voided: refund it instead');
  }
  if (targeting(world, payment, target, 'VOID').length > 0) {
    throw refusal(world, 'targetTransactionId', 'is being voided');
  }
  const moves = world.payments.movesOf(payment);
  if (target.type === 'CAPTURE' && moves.some(({ operation }) => operation === 'REFUND')) {
    throw refusal(world, 'targetTransactionId', 'has been refunded and cannot be voided');
  }
  if (target.type === 'AUTHORIZATION' && targeting(world, payment, target, 'CAPTURE').length > 0) {
    throw refusal(world, 'targetTransactionId', 'has been captured: void the capture, or refund it');
  }
}

/** Books what an operation came to, as the fault that waits for it says. */
export function book(world: World, fault: BookingFault, transaction: PaymentTransaction): PaymentTransaction {
  if (!fault || fault.fault === 'duplicate') {
    if (fault) world.payments.book({ ...transaction, id: world.ids.transaction() });
    world.payments.book(transaction);
    return transaction;
  }
  const pending: PaymentTransaction = { ...transaction, result: 'PENDING', errorCode: undefined };
  const atMs = transaction.atMs + fault.ms;
  if (fault.fault === 'lateCommit') {
    world.payments.bookLater({ ...transaction, atMs });
  } else {
    world.payments.book(pending);
    world.payments.bookLater({ ...pending, ...paymentVerdictNamed(fault.result), atMs });
  }
  return pending;
}

function followUp(world: World, payment: Payment) {
  const now = world.clock.now();
  return {
    id: world.ids.transaction(),
    merchantId: payment.merchantId,
    paymentId: payment.fields.id,
    result: 'SUCCESS',
    currency: payment.fields.currency,
    stan: world.ids.stan(),
    createdAtMs: now,
    atMs: now,
  } as const;
}

function targeting(
  world: World,
  payment: Payment,
  target: PaymentTransaction,
  operation: PaymentTransaction['operation'],
): readonly PaymentTransaction[] {
  return world.payments
    .movesOf(payment)
    .filter((one) => one.operation === operation && one.targetTransactionId === target.id)
    .filter((one) => operation !== 'CAPTURE' || !isVoided(payment, one));
}

function isVoided(payment: Payment, capture: PaymentTransaction): boolean {
  return capture.result === 'SUCCESS' && payment.transactions.includes(capture)
    ? !standing(payment, 'CAPTURE').includes(capture)
    : false;
}

/** Whether its captures were all voided, which gave the whole authorization back. */
function isReleased(world: World, payment: Payment, authorization: PaymentTransaction): boolean {
  const captures = world.payments
    .movesOf(payment)
    .filter((one) => one.operation === 'CAPTURE' && one.targetTransactionId === authorization.id);
  return captures.length > 0 && captures.every((one) => isVoided(payment, one));
}

function targetAmong(
  world: World,
  candidates: readonly PaymentTransaction[],
  { targetTransactionId }: FollowUp,
): PaymentTransaction | undefined {
  if (targetTransactionId === undefined) return undefined;
  const target = candidates.find(({ id }) => id === targetTransactionId);
  if (target) return target;
  throw refusal(world, 'targetTransactionId', 'is not one that this can be done to');
}

function amountWithin(
  world: World,
  payment: Payment,
  request: FollowUp,
  left: bigint,
  what: 'authorized' | 'refundable',
): string {
  const { currency } = payment.fields;
  if (request.currency !== undefined && request.currency !== currency) {
    throw refusal(world, 'currency', `must be the payment's, ${currency}`);
  }
  if (left <= 0n) throw refusal(world, 'amount', `must not exceed what is ${what}: nothing is left`);
  if (request.amount === undefined) return fromMinor(left, currency);
  const amount = toDecimal(request.amount, currency);
  if (amount === undefined)
    throw refusal(world, 'amount', `must be above zero and expressible in ${currency}`);
  if (toMinor(amount) <= left) return amount;
  throw refusal(world, 'amount', `must not exceed what is ${what}: ${fromMinor(left, currency)} is left`);
}

function refusal(world: World, field: string, what: string): Error {
  return invalid(world.settings.validationStatus, { [field]: [what] });
}
