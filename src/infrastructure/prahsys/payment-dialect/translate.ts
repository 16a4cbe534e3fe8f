import { err, ok, type Result } from 'neverthrow';
import {
  type FollowUpRequest,
  gatewayRefused,
  type SessionError,
} from '../../../application/ports/payment-gateway.ts';
import type { FollowUp } from '../../../domain/payment/attempt.ts';
import type { OrderId, SessionId } from '../../../domain/payment/ids.ts';
import type {
  Evidence,
  FollowUpOutcome,
  PayOutcome,
  VerifyOutcome,
} from '../../../domain/payment/outcome.ts';
import { amountFrom } from '../amounts.ts';
import type { Answer } from '../client.ts';
import { agreed, isDone, isRefusal, isSuccess, mayBeVerdict, reasonOf } from '../envelope.ts';
import { notCharged, payOutcomeOf, type Verdict, verdictOf, type Words } from '../verdict.ts';
import { readOperation, type SaidOfOperation } from './wire.ts';

type Unexplained = Readonly<{ type: 'unknown'; reason: string }>;
const unknown = (reason: string): Unexplained => ({ type: 'unknown', reason });

/** An answer of which nothing but its status code may count, or what it says. */
const read = ({ status, body }: Answer): Unexplained | SaidOfOperation => {
  if (!isDone(status) && !mayBeVerdict(status)) return unknown(`HTTP ${status}`);
  return readOperation(body) ?? unknown(`HTTP ${status} with an unreadable body`);
};
const isUnexplained = (said: Unexplained | SaidOfOperation): said is Unexplained => 'reason' in said;

/** What the answer to a pay or an authorize means: rule 4 of the rules of money in ARCHITECTURE.md. What it does not name is unknown. */
export const payOutcome = (answer: Answer, order: OrderId, session: SessionId): PayOutcome => {
  const said = read(answer);
  if (isUnexplained(said)) return said;
  const words = wordsOf(said);
  const reason = () => reasonFor(answer.status, said);
  if ((said.session?.id ?? session) !== session) {
    return unknown(`${reason()}: the answer is about another session`);
  }
  const verdict = verdictOf(words);
  if (!isOf(said, ofVerdict[verdict])) return unknown(`${reason()}: the answer is about another operation`);
  const evidence = evidenceOf(said, order, said.payment?.amount ?? null);
  return payOutcomeOf(answer.status, { said, words, verdict, evidence, reason });
};

/** Operation and type that an answer may have; either may be left out, and then it says nothing. */
type Kind = Readonly<{ operations: readonly string[]; types: readonly string[] }>;

const isOf = (
  { operation, type }: Readonly<{ operation: string | null; type: string | null }>,
  { operations, types }: Kind,
): boolean =>
  (operation === null || operations.includes(operation)) && (type === null || types.includes(type));

const cardOperations: Kind = {
  operations: ['PAY', 'AUTHORIZE'],
  types: ['CAPTURE', 'AUTHORIZATION', 'AUTHENTICATION'],
};
const ofVerdict: Readonly<Record<Verdict, Kind>> = {
  captured: { operations: ['PAY'], types: ['CAPTURE'] },
  authorized: { operations: ['PAY', 'AUTHORIZE'], types: ['AUTHORIZATION'] },
  declined: cardOperations,
  pending: cardOperations,
  untouched: cardOperations,
  unclear: cardOperations,
};

type FollowUpRule = Kind &
  Readonly<{
    /** Statuses of the payment that a success goes together with. */
    done: ReadonlySet<string | null>;
    /** Statuses of a payment to which it was not done. */
    notDone: ReadonlySet<string | null>;
  }>;

const failures = [...notCharged];
const taken = ['CAPTURED', 'SETTLING', 'SETTLED', 'PARTIALLY_CAPTURED', 'PARTIALLY_REFUNDED'];

/** The status is that of the whole payment, of which other captures, refunds or charges may be left. */
const rules: Readonly<Record<FollowUp, FollowUpRule>> = {
  capture: {
    operations: ['CAPTURE'],
    types: ['CAPTURE'],
    done: new Set(taken),
    notDone: new Set([...failures, 'AUTHORIZED', 'PARTIALLY_CAPTURED', 'PARTIALLY_REFUNDED']),
  },
  void: {
    operations: ['VOID'],
    types: ['VOID_AUTHORIZATION', 'VOID_CAPTURE'],
    done: new Set(['CANCELLED', 'AUTHORIZED', 'REFUNDED', ...taken]),
    notDone: new Set([...failures, 'AUTHORIZED', 'REFUNDED', 'DISPUTED', ...taken]),
  },
  refund: {
    operations: ['REFUND'],
    types: ['REFUND'],
    done: new Set(['REFUNDED', 'PARTIALLY_REFUNDED']),
    notDone: new Set([...failures, 'DISPUTED', ...taken]),
  },
};

/** Nothing is left of a payment that was voided, unless one of its transactions was named. */
const wholeVoid: FollowUpRule = { ...rules.void, done: new Set(['CANCELLED']) };

const pendingWords: ReadonlySet<string | null> = new Set(['PENDING', 'CAPTURE_PENDING', 'REFUND_PENDING']);

/** What the answer to a capture, void or refund means, by the same rule; the result is its own, the status that of the payment. */
export const followUpOutcome = (
  answer: Answer,
  { operation, orderId, target }: Pick<FollowUpRequest, 'operation' | 'orderId' | 'target'>,
): FollowUpOutcome => {
  const said = read(answer);
  if (isUnexplained(said)) return said;
  const { status: http } = answer;
  const reason = reasonFor(http, said);
  const rule = operation === 'void' && target === null ? wholeVoid : rules[operation];
  if (!isOf(said, rule)) return unknown(`${reason}: the answer is about another operation`);
  const { result } = said;
  const status = agreed(said.status, said.payment?.status ?? null);
  const isNamed = said.operation !== null || said.type !== null;
  if ((result === 'DECLINED' || result === 'FAILURE') && rule.notDone.has(status)) {
    return { type: 'refused', reason };
  }
  if (isDone(http) && isSuccess(said)) {
    const isOpen = result === 'PENDING' && (status === null || rule.notDone.has(status));
    if (isOpen || (pendingWords.has(status) && [null, 'PENDING', 'SUCCESS'].includes(result))) {
      return { type: 'pending', reason };
    }
    const evidence = evidenceOf(said, orderId, null);
    const isWhole = operation === 'void' || evidence.amount !== null;
    if (result === 'SUCCESS' && isNamed && isWhole && rule.done.has(status))
      return { type: 'done', evidence };
  }
  return isRefusal(http, said, wordsOf(said)) ? { type: 'refused', reason } : unknown(reason);
};

/** What the answer to a card check means. A refusal moved nothing and used nothing up. */
export const verifyOutcome = (answer: Answer): Result<VerifyOutcome, SessionError> => {
  const said = read(answer);
  if (isUnexplained(said)) return ok(said);
  const { status: http } = answer;
  const reason = reasonFor(http, said);
  const words = wordsOf(said);
  if (isRefusal(http, said, words)) return err(gatewayRefused(reason));
  if (!isOf(said, { operations: ['VERIFY'], types: ['VERIFICATION'] })) return ok(unknown(reason));
  const { result, status } = words;
  if ((result === 'DECLINED' || result === 'FAILURE') && notCharged.has(status)) {
    return ok({ type: 'notVerified', reason });
  }
  const isVerified = isDone(http) && isSuccess(said) && result === 'SUCCESS' && status === 'VERIFIED';
  return ok(isVerified ? { type: 'verified' } : unknown(reason));
};

/**
 * A transaction has its result at the top and its payment's beside it: two that differ mean nothing. VERIFIED beside a decline is the
 * payment's own, of an earlier check that moved nothing.
 */
const wordsOf = (said: SaidOfOperation): Words => {
  const result = agreed(said.result, said.payment?.result ?? null);
  const status = agreed(said.status, said.payment?.status ?? null);
  const isDecline = result === 'DECLINED' || result === 'FAILURE';
  return { result, status: isDecline && status === 'VERIFIED' ? null : status };
};

/**
 * The vendor's own examples of a pay name the amount only as requested. The payment's amount is no substitute in a follow-up, which may
 * be of a part. An answer that is the payment itself, and not its transaction, has the payment's id.
 */
const evidenceOf = (said: SaidOfOperation, order: OrderId, ofPayment: string | null): Evidence => {
  const { payment } = said;
  const isPayment = payment === null && said.id === order;
  return {
    merchantId: said.merchantId ?? payment?.merchantId ?? null,
    orderId: isPayment ? said.id : (payment?.id ?? null),
    amount: amountFrom(
      said.amount ?? said.requestedAmount ?? ofPayment,
      said.currency ?? payment?.currency ?? null,
    ),
    transactionId: isPayment ? null : said.id,
  };
};

const reasonFor = (http: number, said: SaidOfOperation): string =>
  reasonOf(http, { ...wordsOf(said), errorCode: said.errorCode }, said);
