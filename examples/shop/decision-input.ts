import { type Correction, type CorrectPaymentError, type Decision, parseMoney } from 'paysession';
import { fieldsOf } from './order-input.ts';
import { badField, notFound, Problem } from './problem.ts';
import { currency } from './products.ts';

/** An operator's decision as its form sends it. Throws a `Problem` that names the field. */
export const correctionIn = (body: unknown): Correction => {
  const form = fieldsOf(body, ['decision', 'held', 'by', 'reason', 'version']);
  const text = (name: string): string => {
    const value = form[name];
    return typeof value === 'string' ? value : '';
  };
  const said = { by: text('by'), reason: text('reason'), version: Number(text('version')) };
  return { decision: decisionIn(text('decision'), text('held')), ...said };
};

const decisionIn = (to: string, amount: string): Decision => {
  if (to === 'notCharged' || to === 'cancelled') return { to };
  if (to !== 'captured') throw badField('decision', 'must be captured, notCharged or cancelled.');
  const held = parseMoney(amount, currency);
  if (held.isErr()) throw badField('held', 'must be an amount such as 99.99.');
  return { to, held: held.value };
};

/** Why a decision was not recorded. */
export const refusalOf = (error: CorrectPaymentError): Problem => {
  switch (error.type) {
    case 'PaymentNotFound':
      return notFound();
    case 'InvalidCorrection':
      return new Problem(400, 'invalid-request', `This cannot be recorded: ${error.reason}.`);
    case 'NoDecisionNeeded':
      return new Problem(409, 'not-needed', 'This payment needs no decision.');
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
