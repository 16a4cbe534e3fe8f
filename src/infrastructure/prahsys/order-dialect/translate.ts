import { err, ok, type Result } from 'neverthrow';
import type { SessionError } from '../../../application/ports/payment-gateway.ts';
import type { SessionId } from '../../../domain/payment/ids.ts';
import type { Evidence, PayOutcome, Reading } from '../../../domain/payment/outcome.ts';
import { amountFrom } from '../amounts.ts';
import type { Answer } from '../client.ts';
import { agreed, isDone, isSuccess, mayBeVerdict, noSuccess, reasonOf, unreadable } from '../envelope.ts';
import { payOutcomeOf, verdictOf, type Words } from '../verdict.ts';
import { readAnswer, type Said } from './wire.ts';

/** What the answer to a pay means: rule 4 of the rules of money in ARCHITECTURE.md. What it does not name is unknown. */
export const payOutcome = ({ status, body }: Answer, session: SessionId): PayOutcome => {
  if (!isDone(status) && !mayBeVerdict(status)) return unknown(`HTTP ${status}`);
  const said = readAnswer(body);
  if (said === null) return unknown(`HTTP ${status} with an unreadable body`);
  const words = wordsOf(said);
  const reason = () => reasonFor(status, said);
  if ((said.session?.id ?? session) !== session) {
    return unknown(`${reason()}: the answer is about another session`);
  }
  const evidence = evidenceOf(said, session);
  return payOutcomeOf(status, { said, words, verdict: verdictOf(words), evidence, reason });
};

/** What a retrieved session says of the pay through it. An error says nothing about the money. */
export const reading = ({ status, body }: Answer, session: SessionId): Result<Reading, SessionError> => {
  if (status === 404) return ok({ type: 'unclear', reason: 'HTTP 404: the session is not known' });
  if (!isDone(status)) return err(noSuccess({ status, body }));
  const said = readAnswer(body);
  if (said === null) return err(unreadable(status));
  const reason = reasonFor(status, said);
  const named = said.id ?? said.session?.id ?? null;
  if (named !== null && named !== session) {
    return ok({ type: 'unclear', reason: `${reason}: the answer is about another session` });
  }
  const verdict = isSuccess(said) ? verdictOf(wordsOf(said)) : 'unclear';
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

/** The answer to a pay has its status in the order, a session has it at the top. */
const wordsOf = ({ order, result, status }: Said): Words => ({
  result: agreed(result, order?.result ?? null),
  status: agreed(status, order?.status ?? null),
});

const evidenceOf = (said: Said, session: SessionId): Evidence => ({
  merchantId: said.merchantId ?? said.order?.merchantId ?? null,
  orderId: said.order?.id ?? null,
  // Transactions of the gateway's own examples name the amount only as requested.
  amount: amountFrom(
    said.amount ?? said.requestedAmount ?? said.order?.amount ?? null,
    said.currency ?? said.order?.currency ?? null,
  ),
  transactionId: said.transactionId ?? (said.id === session ? null : said.id),
});

const unknown = (reason: string): PayOutcome => ({ type: 'unknown', reason });

const reasonFor = (status: number, said: Said): string => {
  const { response, errorCode } = said;
  return reasonOf(status, { ...wordsOf(said), gatewayCode: response?.gatewayCode ?? null, errorCode }, said);
};
