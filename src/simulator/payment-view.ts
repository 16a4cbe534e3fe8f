import type { CardSummary } from './card.ts';
import { timestamp } from './clock.ts';
import {
  isSettled,
  remainingBalance,
  statusOf,
  totalsOf,
  type Payment,
  type PaymentTransaction,
} from './payment.ts';
import { fromMinor, toMinor } from './money.ts';
import type { PaymentSession } from './session.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';

/** A public test number that no test pays with, for `echoCard`. */
const ECHOED_CARD = { number: '4012888888881881', securityCode: '999' };

/** A payment as answers show it. */
export function paymentView(world: World, payment: Payment): Record<string, unknown> {
  return view(world, payment, payment.card, world.settings.echoCard);
}

/** The payment as its session shows it: with what the session says of it, and the session's own card. */
export function sessionPaymentView(world: World, session: PaymentSession): Record<string, unknown> {
  const { merchantId, payment: fields, createdAtMs, updatedAtMs } = session;
  const made = { merchantId, createdAtMs, updatedAtMs, transactions: [] };
  const payment = world.payments.find(merchantId, fields.id) ?? made;
  return view(world, { ...payment, fields }, session.card, false);
}

/**
 * A transaction as answers show it. Like the vendor's examples it has `amount` only when it follows another one: pay,
 * authorize and verify show `requestedAmount` alone.
 */
export function transactionView(
  world: World,
  payment: Payment,
  transaction: PaymentTransaction,
): Record<string, unknown> {
  const isFollowUp = transaction.targetTransactionId !== undefined || transaction.operation === 'REFUND';
  return {
    ...transactionFields(world, payment, transaction),
    amount: isFollowUp ? Number(transaction.amount) : undefined,
    payment: paymentView(world, payment),
  };
}

/** A transaction as webhooks show it: always with its amount, and never with a card number. */
export function webhookView(
  world: World,
  payment: Payment,
  transaction: PaymentTransaction,
): Record<string, unknown> {
  return {
    ...transactionFields(world, payment, transaction),
    amount: Number(transaction.amount),
    payment: view(world, payment, payment.card, false),
  };
}

function transactionFields(
  world: World,
  payment: Payment,
  transaction: PaymentTransaction,
): Record<string, unknown> {
  const { result, type, currency } = transaction;
  const amount = Number(transaction.amount);
  const isMoney = (type === 'CAPTURE' || type === 'REFUND') && result === 'SUCCESS';
  const settled = isSettled(transaction, world.clock.now());
  return {
    id: transaction.id,
    targetTransactionId: transaction.targetTransactionId,
    operation: transaction.operation,
    type,
    result,
    errorCode: transaction.errorCode,
    settlementStatus: isMoney ? (settled ? 'SETTLED' : 'PENDING') : null,
    requestedAmount: amount,
    currency,
    availableBalance: type === 'AUTHORIZATION' && result === 'SUCCESS' ? { amount, currency } : undefined,
    authorizationCode: result === 'SUCCESS' ? transaction.authorizationCode : undefined,
    authorizingEntity: transaction.authorizationCode === undefined ? undefined : 'ISSUER',
    avsCode: transaction.avsCode,
    cscCode: transaction.cscCode,
    reference: payment.fields.id,
    stan: transaction.stan,
    source: 'INTERNET',
    refundedAmount: type === 'CAPTURE' ? refundedOf(payment, transaction) : undefined,
    createdAt: timestamp(transaction.createdAtMs),
  };
}

function refundedOf(payment: Payment, capture: PaymentTransaction): number {
  const refunds = payment.transactions.filter(
    (one) => one.operation === 'REFUND' && one.result === 'SUCCESS' && one.targetTransactionId === capture.id,
  );
  const minor = refunds.reduce((total, { amount }) => total + toMinor(amount), 0n);
  return Number(fromMinor(minor, capture.currency));
}

function view(
  world: World,
  payment: Payment,
  card: CardSummary | undefined,
  echo: boolean,
): Record<string, unknown> {
  const { settings, clock } = world;
  const { fields, merchantId } = payment;
  const { address, amount, cashAmount, custom, ...shown } = fields;
  const totals = totalsOf(payment);
  const major = (minor: bigint) => Number(fromMinor(minor, fields.currency));
  return {
    type: 'PRIMARY',
    certainty: 'FINAL',
    ...shown,
    merchantId,
    amount: amount === undefined ? undefined : Number(amount),
    cashAmount: cashAmount === undefined ? undefined : Number(cashAmount),
    custom: customView(custom, settings),
    status: statusOf(payment, clock.now(), settings.declinedPaymentStatus),
    result: payment.transactions.at(-1)?.result ?? null,
    billing: { method: 'CARD', card: card && cardView(card, echo), address },
    capturedAmount: major(totals.captured),
    refundedAmount: major(totals.refunded),
    refundableAmount: major(totals.refundable),
    remainingBalance: Number(remainingBalance(payment)),
    creationTime: timestamp(payment.createdAtMs),
    lastUpdatedTime: timestamp(payment.updatedAtMs),
    tags: [],
  };
}

function cardView(card: CardSummary, echo: boolean): Record<string, unknown> {
  const { brand, fundingMethod, number, expiry, nameOnCard, securityCode } = card;
  return {
    nameOnCard,
    number,
    expiry: { month: Number(expiry.month), year: Number(expiry.year) },
    securityCode,
    brand,
    fundingMethod,
    storedOnFile: 'NOT_STORED',
    ...(echo && ECHOED_CARD),
  };
}

/** An object in answers and a list in requests, or the other way about: the setting decides. */
function customView(custom: unknown, settings: Settings): unknown {
  const values: Record<string, unknown> = typeof custom === 'object' ? { ...custom } : {};
  return settings.customShape === 'object' ? values : Object.values(values);
}
