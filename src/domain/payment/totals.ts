import { type Money, money, zero } from '../money/money.ts';
import { type Attempt, type FollowUp, isUnsettled } from './attempt.ts';
import type { PaymentStates } from './payment-machine.ts';

/** What of a payment its totals follow from. */
type Counted = Readonly<{
  attempts: readonly Attempt[];
  captured: Money;
  refunded: Money;
  states: PaymentStates;
}>;

const minus = (from: Money, ...taken: readonly Money[]): Money => {
  const left = taken.reduce((minor, each) => minor - each.minor, from.minor);
  return money(Math.max(0, left), from.currency).unwrapOr(zero(from.currency));
};

const onTheirWay = ({ attempts }: Counted, operation: FollowUp): readonly Money[] =>
  attempts.filter((each) => each.operation === operation && isUnsettled(each)).map(({ amount }) => amount);

/** The amount that is, or was before it was captured, held on the payer's card; none once it was voided. */
export const authorizedAmount = ({ attempts, captured, states }: Counted): Money => {
  const holds = attempts.find(
    ({ operation, outcome }) => operation === 'authorize' && outcome === 'authorized',
  );
  return holds === undefined || states.payment === 'voided' ? zero(captured.currency) : holds.amount;
};

/** What may be captured: held, and neither captured nor, as far as we know, on its way to be. */
export const leftToCapture = (payment: Counted): Money =>
  minus(authorizedAmount(payment), payment.captured, ...onTheirWay(payment, 'capture'));

/** What may be given back: charged, and neither given back nor, as far as we know, on its way to be. */
export const leftToRefund = (payment: Counted): Money =>
  minus(payment.captured, payment.refunded, ...onTheirWay(payment, 'refund'));
