import { type Money, money, zero } from '../money/money.ts';
import { type Attempt, type FollowUp, isUnsettled, movedMoney } from './attempt.ts';
import type { PaymentStates } from './payment-machine.ts';

/** What of a payment its totals follow from. */
type Counted = Readonly<{
  attempts: readonly Attempt[];
  captured: Money;
  refunded: Money;
  states: PaymentStates;
}>;

/** What is left of an amount; nothing, where more was taken from it than there was. */
const minus = (from: Money, ...taken: readonly Money[]): Money => {
  const left = taken.reduce((minor, each) => minor - each.minor, from.minor);
  return money(Math.max(0, left), from.currency).unwrapOr(zero(from.currency));
};

const lesserOf = (one: Money, other: Money): Money => (one.minor < other.minor ? one : other);

const amountsOf = (attempts: readonly Attempt[], operation: FollowUp, counts: (each: Attempt) => boolean) =>
  attempts.filter((each) => each.operation === operation && counts(each)).map(({ amount }) => amount);

/** The authorization that may be captured; none once it was voided. */
const authorization = ({ attempts, states }: Counted): Attempt | undefined =>
  states.payment === 'voided'
    ? undefined
    : attempts.findLast(({ operation, outcome }) => operation === 'authorize' && outcome === 'authorized');

/** The amount that is, or was before it was captured, held on the payer's card. */
export const authorizedAmount = (payment: Counted): Money =>
  authorization(payment)?.amount ?? zero(payment.captured.currency);

/** What is held and was not captured. */
export const leftOfAuthorization = (payment: Counted): Money => {
  const held = authorization(payment);
  const isOfIt = (each: Attempt) => movedMoney(each) && each.sessionId === held?.sessionId;
  return minus(authorizedAmount(payment), ...amountsOf(payment.attempts, 'capture', isOfIt));
};

/** What may be captured: held, and neither captured nor, as far as we know, on its way to be. */
export const leftToCapture = (payment: Counted): Money =>
  minus(leftOfAuthorization(payment), ...amountsOf(payment.attempts, 'capture', isUnsettled));

/** What the merchant has: charged, and not given back. */
export const kept = ({ captured, refunded }: Counted): Money => minus(captured, refunded);

/** What may be given back: kept, and not, as far as we know, on its way back. */
export const leftToRefund = (payment: Counted): Money =>
  minus(kept(payment), ...amountsOf(payment.attempts, 'refund', isUnsettled));

/** What was charged by an attempt: as a rule what it asked for, but the only charge there is may have been another amount. */
const chargedBy = ({ attempts, captured }: Counted, attempt: Attempt): Money =>
  attempts.some((each) => each.id !== attempt.id && !isGivenBack(each) && movedMoney(each))
    ? attempt.amount
    : captured;
const isGivenBack = ({ operation }: Attempt): boolean => operation === 'refund' || operation === 'void';

/** What may be given back of one charge, by the gateway's id of it. */
export const leftToRefundOf = (payment: Counted, attempt: Attempt): Money => {
  const { transactionId } = attempt;
  const isOfIt = (each: Attempt) => each.target === transactionId && (isUnsettled(each) || movedMoney(each));
  return lesserOf(
    leftToRefund(payment),
    minus(
      chargedBy(payment, attempt),
      ...(['refund', 'void'] as const).flatMap((back) => amountsOf(payment.attempts, back, isOfIt)),
    ),
  );
};
