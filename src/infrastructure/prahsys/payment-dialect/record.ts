import type { Money } from '../../../domain/money/money.ts';
import type { Operation } from '../../../domain/payment/attempt.ts';
import type { MerchantId, OrderId } from '../../../domain/payment/ids.ts';
import type { Reading } from '../../../domain/payment/outcome.ts';
import type { GatewayRecord, Transaction } from '../../../domain/payment/record.ts';
import { amountFrom } from '../amounts.ts';
import { redact } from '../redact.ts';
import { notCharged, verdictOf } from '../verdict.ts';
import { readTransaction, type SaidPayment, type SaidTransaction } from './wire.ts';

/** Whose record is asked for. */
export type About = Readonly<{ merchantId: MerchantId; orderId: OrderId }>;

/** Operations of the gateway that are none of ours: what issuers, the vendor and card checks do. They move no money that we account for. */
const notOurs: ReadonlySet<string | null> = new Set([
  'CHARGEBACK',
  'CHARGEBACK_REVERSAL',
  'VERIFY',
  'ADJUSTMENT',
  'UPDATE_AUTHORIZATION',
]);

/** What an operation and its type together are (gateway: operation, transaction.type). A pay may only have held the amount. */
const operationOf: ReadonlyMap<string, Operation> = new Map([
  ['PAY CAPTURE', 'pay'],
  ['PAY AUTHORIZATION', 'authorize'],
  ['AUTHORIZE AUTHORIZATION', 'authorize'],
  ['CAPTURE CAPTURE', 'capture'],
  ['REFUND REFUND', 'refund'],
  ['VOID VOID_AUTHORIZATION', 'void'],
  ['VOID VOID_CAPTURE', 'void'],
]);
const operationByName: ReadonlyMap<string | null, Operation> = new Map([
  ['PAY', 'pay'],
  ['AUTHORIZE', 'authorize'],
  ['CAPTURE', 'capture'],
  ['REFUND', 'refund'],
  ['VOID', 'void'],
]);

const resultOf: ReadonlyMap<string | null, Transaction['result']> = new Map([
  ['SUCCESS', 'done'],
  ['DECLINED', 'declined'],
  ['FAILURE', 'declined'],
  ['PENDING', 'pending'],
]);

/** What we have no word for may be any of ours: none of them may be believed not to have happened. */
const anyOfOurs: readonly Operation[] = ['pay', 'capture', 'void', 'refund'];

type Defaults = Readonly<{ amount: string | null; currency: string | null }>;

/** One transaction of the gateway in our words: none when it is no operation of ours, several when it could be any. */
const transactionsOf = (said: SaidTransaction | null, index: number, about: About, defaults: Defaults) => {
  const id = said?.id ?? `unnamed-${index}`;
  const of = { target: said?.targetTransactionId ?? null, at: timeOf(said?.createdAt ?? null) };
  const unclear = (operation: Operation, amount: Money | null, why: string): Transaction => ({
    id,
    operation,
    result: 'unclear',
    amount,
    reason: redact(why),
    ...of,
  });
  if (said === null) return anyOfOurs.map((each) => unclear(each, null, 'an unreadable transaction'));
  const { operation: name, type, result: word, errorCode } = said;
  if (notOurs.has(name) || (name === 'VOID' && type === 'VOID_REFUND')) return [];
  const words = { operation: name, type, result: word, errorCode };
  const reason = redact(
    Object.entries(words)
      .flatMap(([is, value]) => (value === null ? [] : `${is} ${value}`))
      .join(', '),
  );
  const operation = operationByName.get(name);
  if (operation === undefined || (said.payment?.id ?? about.orderId) !== about.orderId) {
    return anyOfOurs.map((each) => unclear(each, null, `${reason}: not a transaction that is known here`));
  }
  const amount = amountOf(said, operation, defaults);
  const exact = operationOf.get(`${name} ${type}`) ?? null;
  const result = resultOf.get(word) ?? 'unclear';
  if (result !== 'done') return [{ id, operation: exact ?? operation, result, amount, reason, ...of }];
  const isWhole = said.id !== null && exact !== null && (amount !== null || exact === 'void');
  return [
    isWhole
      ? { id, operation: exact, result, amount, reason, ...of }
      : unclear(operation, amount, `${reason}: incomplete`),
  ];
};

/** Milliseconds since 1970; null where the gateway does not say. */
const timeOf = (text: string | null): number | null => {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : time;
};

/** The payment's own amount stands in for that of a pay, but not for that of a part. */
const amountOf = (said: SaidTransaction, operation: Operation, defaults: Defaults): Money | null => {
  const isCharge = operation === 'pay' || operation === 'authorize';
  const whole = isCharge ? (said.payment?.amount ?? defaults.amount) : null;
  return amountFrom(
    said.amount ?? said.requestedAmount ?? whole,
    said.currency ?? said.payment?.currency ?? defaults.currency,
  );
};

/** Transactions in our words, oldest first where they say when; one that is listed twice counts once. */
export const inOurWords = (
  items: readonly unknown[],
  about: About,
  defaults: Defaults = { amount: null, currency: null },
): readonly Transaction[] => {
  const said = items.map(readTransaction);
  const seen = new Set<string>();
  const once = said.filter((each) => !each?.id || (!seen.has(each.id) && seen.add(each.id)));
  const times = once.map((each) => Date.parse(each?.createdAt ?? ''));
  const order = once.map((_, index) => index);
  if (!times.some(Number.isNaN)) order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  return order.flatMap((index) => transactionsOf(once[index] ?? null, index, about, defaults));
};

/** The operations of which one must have taken place when a payment has this status; none where nothing was taken or held. */
const toldBy: ReadonlyMap<string | null, readonly Operation[]> = new Map(
  (
    [
      [[...notCharged, 'CREATED', 'VERIFIED'], []],
      [['AUTHORIZED'], ['authorize']],
      [
        ['CAPTURED', 'PARTIALLY_CAPTURED', 'CAPTURE_PENDING', 'SETTLING', 'SETTLED'],
        ['pay', 'capture'],
      ],
      [['REFUNDED', 'PARTIALLY_REFUNDED', 'REFUND_PENDING'], ['refund']],
      [['CANCELLED'], ['void']],
    ] as const
  ).flatMap(([statuses, operations]) => statuses.map((status) => [status, operations])),
);

/** What the payment tells of and no transaction shows. A word without a meaning tells of something, whatever it is. */
const unshown = (
  { status, result }: SaidPayment,
  items: readonly unknown[],
  transactions: readonly Transaction[],
): readonly Operation[] => {
  const told = toldBy.get(status);
  const shown = transactions.filter((each) => each.result !== 'declined').map(({ operation }) => operation);
  if (told === undefined) return shown.length > 0 ? [] : anyOfOurs;
  if (told.length > 0) return told.some((each) => shown.includes(each)) ? [] : told;
  // FAILED beside UNKNOWN or ERROR: the issuer may have charged.
  const results = items.map((item) => readTransaction(item)?.result ?? null);
  return [null, 'DECLINED', 'FAILURE', ...results].includes(result) ? [] : anyOfOurs;
};

/**
 * The record of the order, from what the payment says of itself and its transactions. What it tells of without showing it is added as
 * unclear, and then the record is not whole.
 */
export const recordOf = (
  payment: SaidPayment,
  items: readonly unknown[],
  about: About,
): Readonly<{ said: GatewayRecord | Reading; isWhole: boolean }> => {
  const { id: orderId, merchantId, status, result } = payment;
  const transactions = inOurWords(items, about, payment);
  const isOurs = orderId === about.orderId && (merchantId ?? about.merchantId) === about.merchantId;
  if (!isOurs && !transactions.some((each) => each.result === 'done')) {
    return { said: { type: 'unclear', reason: 'the answer is about another payment' }, isWhole: true };
  }
  const missing = unshown(payment, items, transactions).map((operation): Transaction => {
    const reason = redact(`status ${status}, result ${result}, and no such transaction shown`);
    return { id: `unshown-${operation}`, operation, result: 'unclear', amount: null, reason };
  });
  const said = { type: 'record' as const, merchantId, orderId, transactions: [...transactions, ...missing] };
  return missing.length === 0
    ? { said, isWhole: true }
    : { said: { ...said, isPartial: true }, isWhole: false };
};

/**
 * What a payment's own words say when its transactions cannot be had. That money moved is believed; a decline is not, since it may be that
 * of an earlier try.
 */
export const withoutTransactions = (payment: SaidPayment): Reading => {
  const { id: orderId, merchantId, status, result, amount, capturedAmount, currency } = payment;
  const verdict = verdictOf({ result, status });
  const reason = redact(`status ${status}, result ${result}, and no transactions shown`);
  if (verdict !== 'captured' && verdict !== 'authorized') return { type: 'unclear', reason, isPartial: true };
  const moved = amountFrom((verdict === 'captured' ? capturedAmount : null) ?? amount, currency);
  const evidence = { merchantId, orderId, amount: moved, transactionId: null };
  return { type: verdict, evidence, isOfOrder: true };
};
