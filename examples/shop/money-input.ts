import {
  type Ability,
  authorizedAmount,
  type FollowUp,
  type FollowUpError,
  isZero,
  type Money,
  parseMoney,
  type Payment,
  leftToCapture,
  leftToRefund,
} from 'paysession';
import { fieldsOf } from './order-input.ts';
import { mayAsk, type Request } from './pages/money.ts';
import { moneyText } from './pages/words.ts';
import { badEntry, badField, notFound, Problem, unavailable } from './problem.ts';

const operations: readonly FollowUp[] = ['capture', 'void', 'refund'];

/** What an operator asks for, in the query of the question and in the body of the answer. Throws a `Problem` that names the field. */
export const requestIn = (operation: string, fields: unknown, { captured }: Payment): Request => {
  const known = operations.find((one) => one === operation);
  if (known === undefined) throw notFound();
  const names = known === 'void' ? ['key', 'transactionId'] : ['key', 'transactionId', 'amount'];
  const { key, transactionId = null, amount = null } = fieldsOf(fields, names);
  if (typeof key !== 'string') throw badField('key', 'is missing.');
  if (transactionId !== null && typeof transactionId !== 'string')
    throw badField('transactionId', 'is no id.');
  const request = { operation: known, key, target: transactionId };
  if (known === 'void') return { ...request, amount: null };
  const money = typeof amount === 'string' ? parseMoney(amount, captured.currency) : null;
  if (money === null || money.isErr() || isZero(money.value))
    throw badEntry('amount', 'The amount must be a number such as 9.99, and more than nothing.');
  return { ...request, amount: money.value };
};

/** Refuses a question whose answer could only be no. */
export const refuseImpossible = (payment: Payment, can: readonly Ability[], request: Request): void => {
  if (!can.includes(request.operation)) throw refused(notHere);
  if (!mayAsk(payment, request)) throw refused('This cannot be done with the payment as it is now.');
};

/** What is asked about before it is asked for: the amount, which is not more than is left. */
export const amountOf = (payment: Payment, { operation, amount, target }: Request): Money => {
  if (operation === 'void' || amount === null) {
    const named = payment.attempts.find(({ transactionId }) => target !== null && transactionId === target);
    return named?.amount ?? (isZero(payment.captured) ? authorizedAmount(payment) : payment.captured);
  }
  const left = operation === 'capture' ? leftToCapture(payment) : leftToRefund(payment);
  if (amount.minor > left.minor) throw refusedRequest({ type: 'AmountExceeded', left });
  return amount;
};

/** Why nothing was done. */
export const refusedRequest = (error: FollowUpError): Problem => {
  switch (error.type) {
    case 'PaymentNotFound':
      return notFound();
    case 'AmountExceeded':
      return refused(
        isZero(error.left)
          ? 'Nothing is left: what is on its way counts as spent.'
          : `Only ${moneyText(error.left)} are left: what is on its way counts as spent.`,
      );
    case 'NotPossible':
      return refused('This cannot be done with the payment as it is now.');
    case 'KeyReused':
      return refused('This form was sent before, for something else. What came of that is shown below.');
    case 'AttemptInFlight':
      return refused('Something else is on its way for this payment. Wait until its outcome is known.');
    case 'NotSupported':
      return refused(notHere);
    case 'InvalidFollowUp':
      return new Problem(400, 'invalid-request', `This cannot be asked for: ${error.reason}.`);
    default:
      return unavailable();
  }
};

/** In the older dialect the gateway's API only charges. */
const notHere = 'From here the gateway cannot be asked for that: do it at the gateway’s own pages.';

const refused = (why: string): Problem => new Problem(409, 'refused', `Nothing was done. ${why}`);
