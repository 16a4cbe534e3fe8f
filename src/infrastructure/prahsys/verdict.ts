import type { Evidence, PayOutcome } from '../../domain/payment/outcome.ts';
import { type Envelope, isDone, isRefusal, isSuccess } from './envelope.ts';

export type Verdict = 'captured' | 'authorized' | 'declined' | 'pending' | 'untouched' | 'unclear';

/** What an answer calls the result of a call, and the status of what was paid. */
export type Words = Readonly<{ result: string | null; status: string | null }>;

/** The status words that decide something (gateway: payment.status, and CREATED of a new session). The list only grew. */
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
export const notCharged: ReadonlySet<string | null> = new Set([
  null,
  'FAILED',
  'DECLINED',
  'FAILURE',
  'ABORTED',
]);

/** What result and status say together. FAILED beside UNKNOWN or ERROR is no decline: the issuer may have charged. */
export const verdictOf = ({ result, status }: Words): Verdict => {
  const meaning = meaningOf.get(status ?? '') ?? 'unclear';
  switch (result) {
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

/** What an answer to a pay, once read, has to say. */
type PayAnswer = Readonly<{
  said: Envelope;
  words: Words;
  verdict: Verdict;
  evidence: Evidence;
  /** Asked only of what needs one: most answers to a pay are charges. */
  reason: () => string;
}>;

/** Rule 4 of the rules of money in ARCHITECTURE.md for an answer that could be read. What it does not name is unknown. */
export const payOutcomeOf = (
  http: number,
  { said, words, verdict, evidence, reason }: PayAnswer,
): PayOutcome => {
  if (verdict === 'declined') return { type: 'declined', reason: reason() };
  if (isDone(http) && isSuccess(said)) {
    if (verdict === 'pending') return { type: 'pending', reason: reason() };
    const moved = verdict === 'captured' || verdict === 'authorized';
    if (moved && words.result !== null) return { type: verdict, evidence };
  }
  return isRefusal(http, said, words)
    ? { type: 'refused', reason: reason(), sessionGone: http === 404 }
    : { type: 'unknown', reason: reason() };
};
