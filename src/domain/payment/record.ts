import { type Money, sameMoney } from '../money/money.ts';
import { type Attempt, holdsMoney, isFollowUp, isUnsettled, type Operation } from './attempt.ts';
import type { Evidence, FollowUpReading, Reading } from './outcome.ts';
import type { Payment } from './payment.ts';
import type { Policy } from './policy.ts';

/**
 * One thing that the gateway did or tried. `done`: money moved or is held. `declined`: it surely did not. `unclear`: it does not say.
 * A transaction of the gateway names no session, so which of our attempts it belongs to is found out here.
 */
export type Transaction = Readonly<{
  id: string;
  operation: Operation;
  result: 'done' | 'declined' | 'pending' | 'unclear';
  amount: Money | null;
  reason: string;
}>;

/** All that the gateway keeps about one order: its transactions, oldest first. */
export type GatewayRecord = Readonly<{
  type: 'record';
  merchantId: string | null;
  orderId: string | null;
  transactions: readonly Transaction[];
}>;

/** Pay and authorize share the payer's card: either may answer for the other. A follow-up answers for itself. */
const sameKind = (one: Operation, other: Operation): boolean =>
  one === other || !(isFollowUp({ operation: one }) || isFollowUp({ operation: other }));

/** What no attempt of ours has claimed by the gateway's id. */
export const unclaimed = (payment: Payment, { transactions }: GatewayRecord): readonly Transaction[] => {
  const claimed = new Set(payment.attempts.map(({ transactionId }) => transactionId));
  return transactions.filter(({ id }) => !claimed.has(id));
};

export const evidenceOf = (record: GatewayRecord, { id, amount }: Transaction): Evidence => ({
  merchantId: record.merchantId,
  orderId: record.orderId,
  amount,
  transactionId: id,
});

type Found = Readonly<{ type: 'nothing' | 'done' | Transaction['result']; transaction: Transaction | null }>;
const nothing: Found = { type: 'nothing', transaction: null };

/**
 * The attempt's own transaction when it is known by its id, else one that nobody claimed. Attempts that look alike share what there is:
 * those still on their way first, since their own answers will name theirs; those that were given up last.
 */
const find = (
  payment: Payment,
  attempt: Attempt,
  record: GatewayRecord,
  now: number,
  policy: Policy,
): Found => {
  const own = record.transactions.find(({ id }) => id === attempt.transactionId);
  if (own !== undefined) return { type: own.result, transaction: own };
  const isAlike = ({ operation, amount }: Readonly<{ operation: Operation; amount: Money | null }>) =>
    sameKind(operation, attempt.operation) &&
    (!isFollowUp(attempt) || amount === null || sameMoney(amount, attempt.amount));
  const left = unclaimed(payment, record).filter(isAlike);
  const mayBeItsOwn = (['done', 'pending', 'unclear'] as const).flatMap((result) =>
    left.filter((each) => each.result === result),
  );
  const isOnItsWay = ({ outcome, startedAt }: Attempt) =>
    outcome === 'started' && now < startedAt + policy.quietMs;
  const open = payment.attempts.filter((each) => isAlike(each) && isUnsettled(each));
  const onTheirWay = open.filter(isOnItsWay);
  const inTurn = [...onTheirWay, ...open.filter((each) => !isOnItsWay(each)), attempt];
  const turn = inTurn.findIndex(({ id }) => id === attempt.id);
  const mine = mayBeItsOwn[turn];
  const isSure = mayBeItsOwn.length >= open.length || turn >= onTheirWay.length;
  if (mine !== undefined && isSure) return { type: mine.result, transaction: mine };
  const [first] = mayBeItsOwn;
  if (first !== undefined && onTheirWay.length > 0 && turn < open.length) {
    return { type: 'unclear', transaction: first };
  }
  // Declines that were answered carry no id: as many of them as we know of are theirs.
  const known = payment.attempts.filter(
    (other) => isAlike(other) && declinedOutcomes.has(other.outcome) && other.transactionId === null,
  );
  const decline = left.filter(({ result }) => result === 'declined')[known.length];
  return decline === undefined ? nothing : { type: 'declined', transaction: decline };
};

const declinedOutcomes: ReadonlySet<Attempt['outcome']> = new Set<Attempt['outcome']>([
  'declined',
  'refused',
]);

const noTransaction = 'the gateway shows no such transaction';

/** What the record says of a pay or an authorization. */
export const payInRecord = (
  payment: Payment,
  attempt: Attempt,
  record: GatewayRecord,
  now: number,
  policy: Policy,
): Reading => {
  const { type, transaction } = find(payment, attempt, record, now, policy);
  const reason = transaction?.reason ?? noTransaction;
  if (type !== 'done' || transaction === null) return { type: type === 'done' ? 'unclear' : type, reason };
  const evidence = evidenceOf(record, transaction);
  return { type: transaction.operation === 'authorize' ? 'authorized' : 'captured', evidence };
};

/** What the record says of a follow-up. */
export const followUpInRecord = (
  payment: Payment,
  attempt: Attempt,
  record: GatewayRecord,
  now: number,
  policy: Policy,
): FollowUpReading => {
  const { type, transaction } = find(payment, attempt, record, now, policy);
  const reason = transaction?.reason ?? noTransaction;
  if (type === 'done' && transaction !== null) return { type, evidence: evidenceOf(record, transaction) };
  if (type === 'declined') return { type: 'refused', reason };
  return { type: type === 'done' ? 'unclear' : type, reason };
};

/**
 * A transaction that moved money and that no attempt of ours can explain: one call carried out twice, or somebody at the gateway's own
 * pages. Null while an attempt of its kind is open, or holds money under no id, since it may be that one's.
 */
export const unexplained = (payment: Payment, record: GatewayRecord): Transaction | null => {
  const mayExplain = (operation: Operation) => (each: Attempt) =>
    sameKind(each.operation, operation) &&
    (isUnsettled(each) || (each.transactionId === null && (holdsMoney(each) || each.outcome === 'done')));
  const found = unclaimed(payment, record).find(
    ({ operation, result }) => result === 'done' && !payment.attempts.some(mayExplain(operation)),
  );
  return found ?? null;
};
