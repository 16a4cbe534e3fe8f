import type { Money } from '../money/money.ts';
import type { AttemptId, SessionId } from './ids.ts';

/** What is asked of the gateway: the two that a payer's card is asked for, and what the merchant does with the money afterwards. */
export const everyOperation = ['pay', 'authorize', 'capture', 'void', 'refund'] as const;
export type Operation = (typeof everyOperation)[number];
export type FollowUp = Exclude<Operation, 'pay' | 'authorize'>;

/** What an attempt came to. Until `started` becomes another word, the call may be on its way. Follow-ups come to `done` or `notDone`. */
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

/** What is asked for now, and nothing known of it: `lookAt` is when the gateway is read about it, should its answer not come. */
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

/** It is not of a payer's card, but what the merchant does afterwards. */
export const isFollowUp = ({ operation }: Readonly<{ operation: Operation }>): boolean =>
  operation !== 'pay' && operation !== 'authorize';

/** Outcomes that only the gateway's own word can end. A pay that only held the amount is one; that of an authorize is its end. */
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
