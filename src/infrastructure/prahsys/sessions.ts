import { err, ok, type Result } from 'neverthrow';
import {
  gatewayRefused,
  gatewayUnavailable,
  type OpenedSession,
  type SessionError,
} from '../../application/ports/payment-gateway.ts';
import { type Money, sameMoney } from '../../domain/money/money.ts';
import { type OrderId, sessionId } from '../../domain/payment/ids.ts';
import { amountFrom } from './amounts.ts';
import type { Answer } from './client.ts';
import {
  envelope,
  id,
  isDone,
  isSuccess,
  noSuccess,
  part,
  type Read,
  reasonOf,
  unreadable,
  unwrapped,
  word,
} from './envelope.ts';

const indicator = part({ successIndicator: id });
const priced = part({ id, amount: word, currency: word });

/** A session as both dialects answer it: what is paid stands under `order` or under `payment`. */
const session = part({
  ...envelope,
  id,
  status: word,
  result: word,
  session: part({ id, updateStatus: word }),
  updateStatus: word,
  interaction: indicator,
  portal: indicator,
  successIndicator: id,
  amount: word,
  currency: word,
  order: priced,
  payment: priced,
});

const readSession = ({ status, body }: Answer): Result<Read<typeof session>, SessionError> => {
  if (!isDone(status)) return err(noSuccess({ status, body }));
  const said = session(unwrapped(body));
  if (said === null) return err(unreadable(status));
  if (isSuccess(said)) return ok(said);
  return err(gatewayRefused(reasonOf(status, { result: said.result, status: said.status }, said)));
};

/** The session that an answer to create names, whatever 2xx it came with. */
export const openedSession = (answer: Answer, orderId: OrderId): Result<OpenedSession, SessionError> =>
  readSession(answer).andThen((said) => {
    const named = sessionId(said.id ?? said.session?.id ?? '');
    if (named.isErr()) return err(gatewayUnavailable(`HTTP ${answer.status} without a usable session id`));
    if ((said.payment?.id ?? orderId) !== orderId) {
      return err(gatewayUnavailable(`HTTP ${answer.status}, but the session is of another payment`));
    }
    const { interaction, portal } = said;
    const successIndicator =
      interaction?.successIndicator ?? portal?.successIndicator ?? said.successIndicator;
    return ok({ id: named.value, successIndicator });
  });

/** What an update's answer may say of it; NO_UPDATE is said of the card, which nobody has entered yet. */
const updated: ReadonlySet<string | null> = new Set([null, 'SUCCESS', 'NO_UPDATE']);

/** Whether an update was taken: an empty 2xx will do, one that names another amount or says that it failed will not. */
export const updatedSession = (answer: Answer, price: Money): Result<void, SessionError> => {
  if (isDone(answer.status) && answer.body === null) return ok(undefined);
  return readSession(answer).andThen((said) => {
    const updateStatus = said.updateStatus ?? said.session?.updateStatus ?? null;
    if (!updated.has(updateStatus)) {
      return err(gatewayUnavailable(`HTTP ${answer.status}, but the update was not confirmed`));
    }
    const of = said.order ?? said.payment;
    const amount = amountFrom(said.amount ?? of?.amount ?? null, said.currency ?? of?.currency ?? null);
    return amount === null || sameMoney(amount, price)
      ? ok(undefined)
      : err(gatewayUnavailable(`HTTP ${answer.status}, but the session has another amount`));
  });
};
