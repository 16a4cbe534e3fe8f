import { type Money, sameMoney, zero } from '../money/money.ts';
import { type Attempt, isFollowUp, isUnsettled, movedMoney, type Operation } from './attempt.ts';
import type { Evidence, FollowUpReading, Reading } from './outcome.ts';
import type { Payment } from './payment.ts';
import type { Policy } from './policy.ts';

/**
 * One thing that the gateway did or tried. A transaction of the gateway names no session, so which of our attempts it belongs to is
 * found out here.
 */
export type Transaction = Readonly<{
  id: string;
  /** What it came to, whatever was asked: `authorize` where a pay only held the amount. */
  operation: Operation;
  /** `done`: money moved or is held. `declined`: it surely did not. `unclear`: the gateway does not say. */
  result: 'done' | 'declined' | 'pending' | 'unclear';
  amount: Money | null;
  reason: string;
  /** The gateway's id of the transaction that a follow-up acted on; left out or null where it does not say. */
  target?: string | null;
  /** When, by the gateway's clock, in milliseconds since 1970; left out or null where it does not say. */
  at?: number | null;
}>;

/** All that the gateway keeps about one order: its transactions, oldest first. */
export type GatewayRecord = Readonly<{
  type: 'record';
  merchantId: string | null;
  orderId: string | null;
  transactions: readonly Transaction[];
  /** The gateway tells of more than it shows. */
  isPartial?: true;
}>;

/** Pay and authorize share the payer's card: either may answer for the other. A follow-up answers for itself. */
const sameKind = (one: Operation, other: Operation): boolean =>
  one === other || !(isFollowUp({ operation: one }) || isFollowUp({ operation: other }));

/** What no attempt of ours has claimed by the gateway's id. */
const unclaimed = (payment: Payment, { transactions }: GatewayRecord): readonly Transaction[] => {
  const claimed = new Set(payment.attempts.map(({ transactionId }) => transactionId));
  return transactions.filter(({ id }) => !claimed.has(id));
};

/** Something of the attempt's kind is pending and nobody's. */
export const hasPending = (payment: Payment, { operation }: Attempt, record: GatewayRecord): boolean =>
  unclaimed(payment, record).some((each) => each.result === 'pending' && sameKind(each.operation, operation));

const evidenceOf = ({ merchantId, orderId }: GatewayRecord, { id, amount }: Transaction): Evidence => ({
  merchantId,
  orderId,
  amount,
  transactionId: id,
});

/** What a person who restated the totals knew of: nobody claims it, and nobody counts it again. */
const isRestated = ({ correctedAt }: Payment, each: Transaction): boolean =>
  correctedAt !== null && isFollowUp(each) && (each.at ?? correctedAt) <= correctedAt;

/**
 * What was there before a correction is not what was asked for after it: surely not where it is older than clocks differ, and else it is
 * not clear.
 */
const fromBefore = (payment: Payment, attempt: Attempt, { quietMs }: Policy) => {
  const isLater = attempt.startedAt >= (payment.correctedAt ?? Infinity);
  return (each: Transaction): readonly Transaction[] => {
    if (!isLater || !isRestated(payment, each)) return [each];
    return (each.at ?? Infinity) + quietMs <= attempt.startedAt ? [] : [{ ...each, result: 'unclear' }];
  };
};

/**
 * The transaction may be this attempt's: of the same kind, on the same charge as far as both name one, and of the same amount where parts
 * are possible.
 */
const areAlike = (attempt: Attempt, other: Pick<Transaction, 'operation' | 'amount' | 'target'>): boolean =>
  sameKind(other.operation, attempt.operation) &&
  (attempt.target ?? other.target ?? null) === (other.target ?? attempt.target) &&
  (!(attempt.operation === 'capture' || attempt.operation === 'refund') ||
    other.amount === null ||
    sameMoney(other.amount, attempt.amount));

/**
 * Which of these transactions is most likely the attempt's own. One of the very same operation comes first: a hold beside the charge of a
 * pay may be that of an authorization which was given up before. An attempt that the gateway called pending keeps a pending transaction if
 * at least as many others wait as there are transactions that are done.
 */
const likeliest = (
  { operation, outcome }: Attempt,
  shared: readonly Transaction[],
  others: number,
): Transaction | undefined => {
  const same = shared.filter((each) => each.operation === operation);
  const isPending =
    outcome === 'pending' && others >= shared.filter(({ result }) => result === 'done').length;
  return (isPending ? same.find(({ result }) => result === 'pending') : undefined) ?? same[0] ?? shared[0];
};

/** What is left for one attempt when those before it have taken theirs. */
const shareOf = (
  attempt: Attempt,
  inTurn: readonly Attempt[],
  shared: readonly Transaction[],
): Transaction | undefined => {
  const turn = inTurn.indexOf(attempt);
  const all = turn < 0 ? [...inTurn, attempt] : inTurn.slice(0, turn + 1);
  const others = (index: number) => inTurn.length - index - 1;
  let left = shared;
  let taken: Transaction | undefined;
  for (const [index, each] of all.entries()) {
    taken = likeliest(each, left, others(index));
    left = left.filter((one) => one !== taken);
  }
  return taken;
};

type Found = Readonly<{ result: Transaction['result'] | 'nothing'; transaction: Transaction | null }>;

/**
 * The attempt's own transaction when it is known by its id, else one that no attempt has claimed. Attempts that look alike take one in
 * turn: first those on their way, whose own answers will name theirs; then those that the gateway called pending, since it has them; then
 * the unknown; last one that was given up.
 */
const find = (
  payment: Payment,
  attempt: Attempt,
  record: GatewayRecord,
  now: number,
  policy: Policy,
): Found => {
  if (attempt.transactionId !== null) {
    const own = record.transactions.find(({ id }) => id === attempt.transactionId) ?? null;
    return { result: own?.result ?? 'unclear', transaction: own };
  }
  const left = unclaimed(payment, record)
    .filter((each) => areAlike(attempt, each))
    .flatMap(fromBefore(payment, attempt, policy));
  const shared = (['done', 'pending', 'unclear'] as const).flatMap((result) =>
    left.filter((each) => each.result === result),
  );
  const alike = payment.attempts.filter((each) => each.transactionId === null && areAlike(attempt, each));
  const isOnItsWay = ({ outcome, startedAt }: Attempt) =>
    outcome === 'started' && now < startedAt + policy.quietMs;
  const open = alike.filter(isUnsettled);
  const rank = (each: Attempt): number => (isOnItsWay(each) ? 0 : each.outcome === 'pending' ? 1 : 2);
  const inTurn = open.toSorted((one, other) => rank(one) - rank(other));
  const turn = inTurn.indexOf(attempt);
  const mine = shareOf(attempt, inTurn, shared);
  const isSure = !isOnItsWay(attempt) || shared.length >= inTurn.length;
  if (mine !== undefined && isSure) return { result: mine.result, transaction: mine };
  const mayBeMine = turn >= 0 && shared.length > 0 && open.some(isOnItsWay);
  return mayBeMine
    ? { result: 'unclear', transaction: null }
    : findDecline(
        attempt,
        alike,
        left,
        now < attempt.startedAt + policy.quietMs && attempt.outcome !== 'pending',
      );
};

/**
 * A decline is believed once there are more of them than attempts that may own one: an answer that declines names no transaction. Whose it
 * is stays a guess, since one call may have been declined twice, or somebody else's was: no proof while the call may still arrive. What
 * the gateway called pending has arrived, and is shown as pending until it is decided.
 */
const findDecline = (
  attempt: Attempt,
  alike: readonly Attempt[],
  left: readonly Transaction[],
  mayStillMove: boolean,
): Found => {
  const owners = alike.filter((each) => each !== attempt && !movedMoney(each) && each.outcome !== 'notSent');
  const decline = left.filter(({ result }) => result === 'declined')[owners.length];
  if (decline === undefined) return { result: 'nothing', transaction: null };
  return mayStillMove && (owners.length > 0 || !isFollowUp(attempt))
    ? { result: 'unclear', transaction: null }
    : { result: 'declined', transaction: decline };
};

const noTransaction = 'the gateway shows no such transaction';

/** What the record says of a pay or an authorization. */
export const payInRecord = (
  payment: Payment,
  attempt: Attempt,
  record: GatewayRecord,
  now: number,
  policy: Policy,
): Reading => {
  const { result, transaction } = find(payment, attempt, record, now, policy);
  if (result === 'done' && transaction !== null) {
    const evidence = evidenceOf(record, transaction);
    return { type: transaction.operation === 'authorize' ? 'authorized' : 'captured', evidence };
  }
  return { type: result === 'done' ? 'unclear' : result, reason: transaction?.reason ?? noTransaction };
};

/** What the record says of a follow-up. Nothing is believed to be given back of a charge that is not known yet. */
export const followUpInRecord = (
  payment: Payment,
  attempt: Attempt,
  record: GatewayRecord,
  now: number,
  policy: Policy,
): FollowUpReading => {
  const { result, transaction } = find(payment, attempt, record, now, policy);
  const reason = transaction?.reason ?? noTransaction;
  if (result === 'declined') return { type: 'refused', reason };
  if (result !== 'done') return { type: result, reason };
  if (transaction === null || isEarly(payment, record, transaction))
    return { type: 'unclear', reason: 'its charge is not known yet' };
  return { type: 'done', evidence: evidenceOf(record, transaction), target: transaction.target ?? null };
};

/** The charge that it acted on is not counted yet. */
const isEarly = (payment: Payment, record: GatewayRecord, { target = null }: Transaction): boolean =>
  target !== null &&
  (news(payment, record).some(({ id }) => id === target) ||
    unclaimed(payment, record).some(({ id, result }) => id === target && result === 'unclear') ||
    payment.attempts.some((each) => each.transactionId === target && isUnsettled(each) && !movedMoney(each)));

const holdsFirst = (one: Transaction, other: Transaction): number =>
  Number(other.operation === 'authorize') - Number(one.operation === 'authorize');

/** The attempt whose answer named no transaction, with the one that must be its own; null when there is none. */
export const withItsTransaction = (payment: Payment, record: GatewayRecord): Attempt | null => {
  for (const attempt of payment.attempts) {
    if (attempt.transactionId !== null || !movedMoney(attempt)) continue;
    const isLater = attempt.startedAt >= (payment.correctedAt ?? Infinity);
    const left = unclaimed(payment, record).filter(
      (each) =>
        each.result === 'done' &&
        sameKind(each.operation, attempt.operation) &&
        !(isLater && isRestated(payment, each)) &&
        // What is only held is not what was taken.
        !(each.operation === 'authorize' && attempt.outcome === 'captured'),
    );
    // A hold comes first for an answer that said authorized: a charge beside it may be another attempt's.
    const inTurn = attempt.outcome === 'authorized' ? left.toSorted(holdsFirst) : left;
    const equal = inTurn.find(({ operation, amount }) =>
      amount === null ? operation === 'void' : sameMoney(amount, attempt.amount),
    );
    // Where another amount moved than was asked for, or a person said so, any will be it.
    const isOther = attempt.outcome === 'mismatched' || payment.correctedAt !== null;
    const own = equal ?? (isOther ? inTurn[0] : undefined);
    if (own !== undefined) return { ...attempt, transactionId: own.id };
  }
  return null;
};

/**
 * A void of ours that undid another charge than we thought, as is seen when that charge is found later: the void with its true target, and
 * what is still to be counted as given back. Nothing is, if a charge was known then, whose amount was counted; else all of it, since only a
 * hold seemed to be let go. Null when there is none.
 */
export const undoing = (
  payment: Payment,
  { transactions }: GatewayRecord,
): Readonly<{ undo: Attempt; uncounted: Money }> | null => {
  const byId = (id: string | null) => transactions.find((each) => each.id === id);
  for (const attempt of payment.attempts) {
    if (attempt.operation !== 'void' || attempt.outcome !== 'done') continue;
    const target = byId(attempt.transactionId)?.target ?? null;
    const { operation, amount = null } = byId(target) ?? {};
    if (target === attempt.target || amount === null || operation === 'authorize') continue;
    const voidedAt = attempt.settledAt ?? 0;
    const knownBy = (time: number) => (each: Attempt) => (each.settledAt ?? 0) <= time;
    const charges = payment.attempts.filter(tookMoney);
    const undone = charges.find((each) => each.transactionId === target);
    if (undone === undefined || knownBy(Math.max(voidedAt, payment.correctedAt ?? 0))(undone)) continue;
    const isCounted = charges.some(knownBy(voidedAt));
    return { undo: { ...attempt, target }, uncounted: isCounted ? zero(amount.currency) : amount };
  }
  return null;
};

const tookMoney = (attempt: Attempt): boolean =>
  movedMoney(attempt) &&
  attempt.outcome !== 'authorized' &&
  attempt.operation !== 'void' &&
  attempt.operation !== 'refund';

/**
 * What moved money and no attempt has claimed. Once a person has restated the totals, captures, voids and refunds of before are in them; a
 * charge never is. "Before" compares the gateway's clock with ours: what was done within their difference may be counted twice, or not at
 * all.
 */
const news = (payment: Payment, record: GatewayRecord): readonly Transaction[] => {
  if ((record.merchantId ?? payment.merchantId) !== payment.merchantId) return [];
  if ((record.orderId ?? payment.order.id) !== payment.order.id) return [];
  const { correctedAt } = payment;
  // What gave back a charge that was counted only after the correction was not counted with it.
  const isOfNews = ({ target = null }: Transaction, since: number) =>
    payment.attempts.some(
      (each) =>
        target !== null && each.transactionId === target && tookMoney(each) && (each.settledAt ?? 0) > since,
    );
  return unclaimed(payment, record).filter(
    (each) =>
      each.result === 'done' &&
      (correctedAt === null || !isRestated(payment, each) || isOfNews(each, correctedAt)),
  );
};

/**
 * Transactions that moved money and that no attempt of ours explains: a call that was carried out twice, or somebody at the gateway's own
 * pages. While an attempt is open and looked at, all of its kind may be its own; once no look is left, only those that look like it.
 */
export const unexplained = (payment: Payment, record: GatewayRecord): readonly Transaction[] =>
  news(payment, record).filter(
    (each) =>
      !payment.attempts.some(
        (attempt) =>
          attempt.transactionId === null &&
          isUnsettled(attempt) &&
          sameKind(attempt.operation, each.operation) &&
          (attempt.lookAt !== null || areAlike(attempt, each)),
      ),
  );
