import {
  type Correction,
  type CorrectPaymentError,
  type Decision,
  parseMoney,
  type Payment,
} from 'paysession';
import { fieldsOf } from './order-input.ts';
import { moneyText } from './pages/words.ts';
import { badEntry, notFound, Problem } from './problem.ts';

/** What an operator filled in, as its form sends it. */
export type DecisionEntries = Readonly<
  Record<'decision' | 'held' | 'by' | 'reason' | 'version' | 'sure', string>
>;

export const entriesIn = (body: unknown): DecisionEntries => {
  const form = fieldsOf(body, ['decision', 'held', 'by', 'reason', 'version', 'sure']);
  const text = (name: string): string => {
    const value = form[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    decision: text('decision'),
    held: text('held').trim(),
    by: text('by'),
    reason: text('reason'),
    version: text('version'),
    sure: text('sure'),
  };
};

/** An operator's decision. Throws a `Problem` that says what is wrong with it, or what is to be thought over. */
export const correctionFrom = (entries: DecisionEntries, payment: Payment): Correction => ({
  decision: decisionFrom(entries, payment),
  by: entries.by,
  reason: entries.reason,
  version: Number(entries.version),
});

const decisionFrom = (
  { decision: to, held, sure }: DecisionEntries,
  { order, captured }: Payment,
): Decision => {
  if (to === 'notCharged' || to === 'cancelled') return { to };
  if (to !== 'captured') throw badEntry('decision', 'Please choose what is true now.');
  const { currency } = order.amount;
  const money = parseMoney(held, currency);
  if (money.isErr()) throw badEntry('held', 'The amount that we keep must be a number such as 99.99.');
  const most = captured.minor > order.amount.minor ? captured : order.amount;
  // A slip of the hand would be kept for ever, and could be refunded.
  if (money.value.minor > most.minor && held !== sure)
    throw new Problem(
      409,
      'unlikely',
      `Nothing was recorded yet. ${moneyText(money.value)} is more than the ${moneyText(most)} that we know of. ` +
        'Is it right? Then record it once more.',
      'sure',
    );
  return { to, held: money.value };
};

/** Why a decision was not recorded. */
export const refusalOf = (error: CorrectPaymentError): Problem => {
  switch (error.type) {
    case 'PaymentNotFound':
      return notFound();
    case 'InvalidCorrection':
      return new Problem(400, 'invalid-request', `This cannot be recorded: ${error.reason}.`);
    case 'NoDecisionNeeded':
      return new Problem(409, 'not-needed', 'This payment needs no such decision.');
    case 'PaymentChanged':
      return new Problem(409, 'changed', 'The payment has changed since you saw it. Look at it again.');
    case 'AttemptInFlight':
      return new Problem(
        409,
        'in-progress',
        'A call to the gateway may be on its way. Decide in a few minutes.',
      );
    default:
      return new Problem(503, 'unavailable', 'The decision could not be stored. Please try again.');
  }
};
