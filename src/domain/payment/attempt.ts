import type { Money } from '../money/money.ts';
import type { AttemptId, SessionId } from './ids.ts';

/** What is asked of the gateway: `pay` and `authorize` of the payer's card; the others, the follow-ups, by the merchant afterwards. */
export const everyOperation = ['pay', 'authorize', 'capture', 'void', 'refund'] as const;
export type Operation = (typeof everyOperation)[number];
export type FollowUp = Exclude<Operation, 'pay' | 'authorize'>;

/**
 * What an attempt came to. `started`: its call may be on its way. `notSent`: surely no byte of it left. `sessionGone`: refused, since the
 * gateway no longer knew the session. `notCharged`: proven by readings, or said by a person. `mismatched`: money moved, but other than it
 * was asked for. A follow-up that moved its money is `done`, one that surely did not is `notDone`.
 */
export const everyOutcome = [
  'started',
  'captured',
  'authorized',
  'declined',
  'pending',
  'unknown',
  'notSent',
  'refused',
  'sessionGone',
  'notCharged',
  'mismatched',
  'done',
  'notDone',
] as const;
export type AttemptOutcome = (typeof everyOutcome)[number];

/** One money-moving call to the gateway, recorded before it is sent. Times are milliseconds since 1970. */
export type Attempt = Readonly<{
  id: AttemptId;
  operation: Operation;
  /** The session that was paid through; a follow-up has that of the pay which it follows. */
  sessionId: SessionId;
  amount: Money;
  /** The caller's key of a follow-up: the same key is the same attempt. */
  key: string | null;
  /** The gateway's id of the transaction that a follow-up acts on, where the caller named one. */
  target: string | null;
  startedAt: number;
  outcome: AttemptOutcome;
  /** The gateway's word or ours for why; scrubbed of card digits. */
  reason: string | null;
  /** The gateway's id of the transaction, when it told one. */
  transactionId: string | null;
  /** When the outcome was recorded; null while the call may be on its way. */
  settledAt: number | null;
  /** When the gateway is to be read about this attempt; null when nothing is left to find out. */
  lookAt: number | null;
  /** When a reading after the quiet period first found no charge; a second one that agrees is proof. */
  nothingFoundAt: number | null;
}>;

/** An attempt that is about to be sent. `lookAt`: when the gateway is read about it, should no answer come. */
export const newAttempt = (
  asked: Pick<
    Attempt,
    'id' | 'operation' | 'sessionId' | 'amount' | 'key' | 'target' | 'startedAt' | 'lookAt'
  >,
): Attempt => ({
  ...asked,
  outcome: 'started',
  reason: null,
  transactionId: null,
  settledAt: null,
  nothingFoundAt: null,
});

/** A capture, void or refund: what the merchant does after the card answered. */
export const isFollowUp = ({ operation }: Readonly<{ operation: Operation }>): boolean =>
  operation !== 'pay' && operation !== 'authorize';

/**
 * The outcome is open: only the gateway's own word ends it. An amount that is only held is the end of an authorize; a pay still waits for
 * its charge.
 */
export const isUnsettled = ({ operation, outcome }: Attempt): boolean =>
  outcome === 'started' ||
  outcome === 'unknown' ||
  outcome === 'pending' ||
  (outcome === 'authorized' && operation === 'pay');

/** The gateway said that it took or holds money through this attempt. */
export const holdsMoney = ({ outcome }: Attempt): boolean =>
  outcome === 'captured' || outcome === 'authorized' || outcome === 'mismatched';

/** The gateway said that money moved through this attempt, in whichever direction, or is held. */
export const movedMoney = (attempt: Attempt): boolean => holdsMoney(attempt) || attempt.outcome === 'done';

/** The session went to the gateway with this attempt, or may have. */
export const mayHaveLeft = ({ outcome }: Attempt): boolean => outcome !== 'notSent';
