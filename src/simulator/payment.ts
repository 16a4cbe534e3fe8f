import type { CardSummary } from './card.ts';
import { fromMinor, toMinor } from './money.ts';

/** What a merchant says of a payment. Amounts are decimal text in major units. */
export type PaymentFields = {
  readonly id: string;
  readonly amount?: string;
  readonly cashAmount?: string;
  readonly currency: string;
  readonly certainty?: string;
  readonly description?: string;
  readonly invoiceNumber?: string;
  readonly orderId?: string;
  readonly type?: string;
  readonly custom?: unknown;
  readonly customer?: Readonly<Record<string, unknown>>;
  readonly statementDescriptor?: Readonly<Record<string, unknown>>;
  /** The billing address. */
  readonly address?: Readonly<Record<string, unknown>>;
};

export type Result = 'SUCCESS' | 'FAILURE' | 'PENDING' | 'DECLINED' | 'UNKNOWN' | 'ERROR';

/** One transaction of a payment as the gateway booked it. Times are milliseconds since 1970. */
export type PaymentTransaction = {
  readonly id: string;
  readonly merchantId: string;
  readonly paymentId: string;
  readonly operation: 'PAY' | 'AUTHORIZE' | 'VERIFY' | 'CAPTURE' | 'REFUND' | 'VOID';
  readonly type:
    'CAPTURE' | 'AUTHORIZATION' | 'VERIFICATION' | 'REFUND' | 'VOID_AUTHORIZATION' | 'VOID_CAPTURE';
  readonly result: Result;
  readonly errorCode?: string;
  /** Decimal text in major units. */
  readonly amount: string;
  readonly currency: string;
  /** The transaction that is captured, refunded or voided. */
  readonly targetTransactionId?: string;
  readonly card?: CardSummary;
  readonly cscCode?: string;
  readonly avsCode?: string;
  readonly authorizationCode?: string;
  readonly stan: string;
  readonly createdAtMs: number;
  /** When it got its present result. */
  readonly atMs: number;
  /** When money that moved settles; a settled capture can be refunded and no longer voided. */
  readonly settlesAtMs?: number;
};

/** A payment: there from its session's creation on, and locked by its first transaction. */
export type Payment = {
  readonly merchantId: string;
  readonly fields: PaymentFields;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly card?: CardSummary;
  readonly transactions: readonly PaymentTransaction[];
};

/** What a payment's transactions add up to, in minor units. */
export type Totals = { readonly captured: bigint; readonly refunded: bigint; readonly refundable: bigint };

/** Authorizations and captures that succeeded and were not voided. */
export function standing(payment: Payment, type: 'AUTHORIZATION' | 'CAPTURE'): readonly PaymentTransaction[] {
  const voided = new Set(
    payment.transactions
      .filter(({ operation, result }) => operation === 'VOID' && result === 'SUCCESS')
      .map(({ targetTransactionId }) => targetTransactionId),
  );
  return payment.transactions.filter(
    (one) => one.type === type && one.result === 'SUCCESS' && !voided.has(one.id),
  );
}

export function sum(transactions: readonly PaymentTransaction[]): bigint {
  return transactions.reduce((total, { amount }) => total + toMinor(amount), 0n);
}

/** A pending refund is no longer refundable and not yet refunded. */
export function totalsOf(payment: Payment): Totals {
  const captured = sum(standing(payment, 'CAPTURE'));
  const refunds = payment.transactions.filter(({ operation }) => operation === 'REFUND');
  const refunded = sum(refunds.filter(({ result }) => result === 'SUCCESS'));
  const pending = sum(refunds.filter(({ result }) => result === 'PENDING'));
  return { captured, refunded, refundable: captured - refunded - pending };
}

/**
 * The payment's status; null before its first transaction. Declined tries alone give `declinedStatus`, failed ones
 * FAILED, also when their result is UNKNOWN.
 */
export function statusOf(payment: Payment, nowMs: number, declinedStatus: 'DECLINED' | null): string | null {
  const pending = payment.transactions.findLast(({ result }) => result === 'PENDING');
  if (pending) return PENDING_STATUS[pending.operation] ?? 'PENDING';
  const captures = standing(payment, 'CAPTURE');
  if (captures.length > 0) return capturedStatus(payment, captures, nowMs);
  const succeeded = payment.transactions.findLast(({ result }) => result === 'SUCCESS');
  if (succeeded) return SUCCESS_STATUS[succeeded.operation] ?? 'CANCELLED';
  const last = payment.transactions.at(-1);
  if (!last) return null;
  return last.result === 'DECLINED' ? declinedStatus : 'FAILED';
}

const PENDING_STATUS: Readonly<Record<string, string>> = {
  CAPTURE: 'CAPTURE_PENDING',
  REFUND: 'REFUND_PENDING',
};
const SUCCESS_STATUS: Readonly<Record<string, string>> = { AUTHORIZE: 'AUTHORIZED', VERIFY: 'VERIFIED' };

function capturedStatus(payment: Payment, captures: readonly PaymentTransaction[], nowMs: number): string {
  const { captured, refunded } = totalsOf(payment);
  if (refunded > 0n) return refunded < captured ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  const isPart = captured < sum(standing(payment, 'AUTHORIZATION'));
  if (isPart) return 'PARTIALLY_CAPTURED';
  return captures.every((one) => isSettled(one, nowMs)) ? 'SETTLED' : 'CAPTURED';
}

export function isSettled(transaction: PaymentTransaction, nowMs: number): boolean {
  return transaction.settlesAtMs !== undefined && nowMs >= transaction.settlesAtMs;
}

/** What is still to be collected, as decimal text. */
export function remainingBalance(payment: Payment): string {
  const { amount = '0', currency } = payment.fields;
  const left = toMinor(amount) - totalsOf(payment).captured;
  return fromMinor(left > 0n ? left : 0n, currency);
}
