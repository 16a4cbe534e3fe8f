import { err, ok, type Result } from 'neverthrow';
import {
  gatewayRefused,
  gatewayUnavailable,
  type OpenedSession,
  type SessionError,
} from '../../../application/ports/payment-gateway.ts';
import { type Money, parseMoney, sameMoney, toDecimal } from '../../../domain/money/money.ts';
import { type SessionId, sessionId } from '../../../domain/payment/ids.ts';
import type { Evidence, PayOutcome, Reading } from '../../../domain/payment/outcome.ts';
import type { Answer } from '../client.ts';
import { redact } from '../redact.ts';
import { readAnswer, type Said } from './wire.ts';

/** The amount as the JSON number of a request, which the gateway reads as this very decimal; null when a double cannot hold it. */
export const toNumber = (amount: Money): number | null => {
  const number = Number(toDecimal(amount));
  const back = parseMoney(String(number), amount.currency);
  return back.isOk() && sameMoney(back.value, amount) ? number : null;
};

/** What the answer to a pay through this session means: rule 4 of the money rules in ARCHITECTURE.md. What it does not name is unknown. */
export const payOutcome = ({ status, body }: Answer, session: SessionId): PayOutcome => {
  if (!isDone(status) && !mayBeVerdict(status)) return unknown(`HTTP ${status}`);
  const said = readAnswer(body);
  if (said === null) return unknown(`HTTP ${status} with an unreadable body`);
  const reason = reasonOf(status, said);
  if ((said.session?.id ?? session) !== session) {
    return unknown(`${reason}: the answer is about another session`);
  }
  const verdict = verdictOf(said);
  if (verdict === 'declined') return { type: 'declined', reason };
  if (isDone(status) && isSuccess(said)) {
    if (verdict === 'pending') return { type: 'pending', reason };
    const moved = verdict === 'captured' || verdict === 'authorized';
    if (moved && wordOf(said, 'result') !== null)
      return { type: verdict, evidence: evidenceOf(said, session) };
  }
  return isRefusal(status, said) ? { type: 'refused', reason, sessionGone: status === 404 } : unknown(reason);
};

/** What a retrieved session says of the pay through it. An error says nothing about the money. */
export const reading = ({ status, body }: Answer, session: SessionId): Result<Reading, SessionError> => {
  if (status === 404) return ok({ type: 'unclear', reason: 'HTTP 404: the session is not known' });
  if (!isDone(status)) return err(noSuccess({ status, body }));
  const said = readAnswer(body);
  if (said === null) return err(unreadable(status));
  const reason = reasonOf(status, said);
  const named = said.id ?? said.session?.id ?? null;
  if (named !== null && named !== session) {
    return ok({ type: 'unclear', reason: `${reason}: the answer is about another session` });
  }
  const verdict = isSuccess(said) ? verdictOf(said) : 'unclear';
  switch (verdict) {
    case 'captured':
    case 'authorized':
      return ok({ type: verdict, evidence: evidenceOf(said, session) });
    case 'declined':
    case 'pending':
    case 'unclear':
      return ok({ type: verdict, reason });
    case 'untouched':
      return ok({ type: named === null ? 'unclear' : 'nothing', reason });
  }
};

/** The session that an answer to create names, whatever 2xx it came with. */
export const openedSession = ({ status, body }: Answer): Result<OpenedSession, SessionError> => {
  const said = isDone(status) ? readAnswer(body) : null;
  if (said === null) return err(isDone(status) ? unreadable(status) : noSuccess({ status, body }));
  if (!isSuccess(said)) return err(gatewayRefused(reasonOf(status, said)));
  const id = sessionId(said.id ?? said.session?.id ?? '');
  if (id.isErr()) return err(gatewayUnavailable(`HTTP ${status} without a usable session id`));
  const successIndicator = said.interaction?.successIndicator ?? said.successIndicator;
  return ok({ id: id.value, successIndicator });
};

/** Whether an update was taken: an empty 2xx will do, one that names another amount will not. */
export const updatedSession = ({ status, body }: Answer, price: Money): Result<void, SessionError> => {
  if (!isDone(status)) return err(noSuccess({ status, body }));
  if (body === null) return ok(undefined);
  const said = readAnswer(body);
  if (said === null) return err(unreadable(status));
  if (!isSuccess(said)) return err(gatewayRefused(reasonOf(status, said)));
  const amount = amountOf(said);
  return amount === null || sameMoney(amount, price)
    ? ok(undefined)
    : err(gatewayUnavailable(`HTTP ${status}, but the session has another amount`));
};

const isDone = (status: number): boolean => status >= 200 && status <= 299;

/** Of the other codes only 4xx may carry a verdict, and not those that a proxy or a crowded gateway may answer after the call went on. */
const mayBeVerdict = (status: number): boolean =>
  status >= 400 && status <= 499 && ![408, 409, 425, 429].includes(status);

const isSuccess = ({ success }: Said): boolean => success === true || success === undefined;

const refusals: ReadonlySet<number> = new Set([400, 401, 403, 404, 422]);

/** The gateway's own envelope says that it did nothing, and no word of a payment beside it says otherwise. */
const isRefusal = (status: number, said: Said): boolean =>
  refusals.has(status) &&
  said.success === false &&
  wordOf(said, 'result') === null &&
  !/^[A-Z_?]+$/.test(wordOf(said, 'status') ?? '');

type Verdict = 'captured' | 'authorized' | 'declined' | 'pending' | 'untouched' | 'unclear';

/** The status words that decide something (gateway: v1.20 of the vendor's API, and CREATED of a new session). The list only grew. */
const meaningOf: ReadonlyMap<string, Verdict> = new Map([
  ['CAPTURED', 'captured'],
  ['SETTLING', 'captured'],
  ['SETTLED', 'captured'],
  ['AUTHORIZED', 'authorized'],
  ['PENDING', 'pending'],
  ['CAPTURE_PENDING', 'pending'],
  ['REFUND_PENDING', 'pending'],
  ['FAILED', 'declined'],
  ['DECLINED', 'declined'],
  ['CREATED', 'untouched'],
]);

/** Statuses that a result FAILURE or DECLINED goes together with. */
const notCharged: ReadonlySet<string | null> = new Set([null, 'FAILED', 'DECLINED', 'FAILURE', 'ABORTED']);

/** What result and status say together. FAILED beside UNKNOWN or ERROR is no decline: the issuer may have charged. */
const verdictOf = (said: Said): Verdict => {
  const status = wordOf(said, 'status');
  const meaning = meaningOf.get(status ?? '') ?? 'unclear';
  switch (wordOf(said, 'result')) {
    case 'SUCCESS':
      return meaning === 'captured' || meaning === 'authorized' || meaning === 'pending'
        ? meaning
        : 'unclear';
    case 'PENDING':
      return status === null || meaning === 'pending' ? 'pending' : 'unclear';
    case 'FAILURE':
    case 'DECLINED':
      return notCharged.has(status) ? 'declined' : 'unclear';
    case null:
      return meaning;
    default:
      return 'unclear';
  }
};

/** The answer to a pay has its status in the order, a session has it at the top; two that differ mean nothing. */
const wordOf = ({ order, ...top }: Said, field: 'result' | 'status'): string | null => {
  const inOrder = order?.[field] ?? null;
  if (top[field] !== null && inOrder !== null && top[field] !== inOrder) return '?';
  return top[field] ?? inOrder;
};

const evidenceOf = (said: Said, session: SessionId): Evidence => ({
  merchantId: said.merchantId ?? said.order?.merchantId ?? null,
  orderId: said.order?.id ?? null,
  amount: amountOf(said),
  transactionId: said.transactionId ?? (said.id === session ? null : said.id),
});

/** Transactions of the gateway's own examples name the amount only as requested. What does not parse exactly is no amount. */
const amountOf = (said: Said): Money | null => {
  const amount = said.amount ?? said.requestedAmount ?? said.order?.amount ?? '';
  return parseMoney(amount, said.currency ?? said.order?.currency ?? '').unwrapOr(null);
};

const noSuccess = ({ status, body }: Answer): SessionError => {
  const said = mayBeVerdict(status) ? readAnswer(body) : null;
  return said?.success === false
    ? gatewayRefused(reasonOf(status, said))
    : gatewayUnavailable(`HTTP ${status}`);
};

const unreadable = (status: number): SessionError =>
  gatewayUnavailable(`HTTP ${status} with an unreadable body`);

const unknown = (reason: string): PayOutcome => ({ type: 'unknown', reason });

/** The gateway's words, or its message when it has none. */
const reasonOf = (status: number, said: Said): string => {
  const words = {
    result: wordOf(said, 'result'),
    status: wordOf(said, 'status'),
    gatewayCode: said.response?.gatewayCode ?? null,
    errorCode: said.errorCode,
  };
  const given = Object.entries(words).flatMap(([name, value]) => (value === null ? [] : `${name} ${value}`));
  const parts = given.length > 0 ? given : [said.message ?? 'without a word'];
  return redact([`HTTP ${status}`, ...parts].join(', '));
};
