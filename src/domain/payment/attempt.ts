import type { Money } from '../money/money.ts';
import type { AttemptId, SessionId } from './ids.ts';

/** What an attempt came to. Until `started` becomes another word, the call may be on its way. */
export type AttemptOutcome =
  | 'started'
  | 'captured'
  | 'authorized'
  | 'declined'
  | 'pending'
  | 'unknown'
  | 'notSent'
  | 'refused'
  | 'sessionGone'
  | 'notCharged'
  | 'mismatched';

/** One money-moving call to the gateway, recorded before it is sent. Times are milliseconds since 1970. */
export type Attempt = Readonly<{
  id: AttemptId;
  operation: 'pay';
  sessionId: SessionId;
  amount: Money;
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

/** Outcomes that only the gateway's own word can end. */
export const isUnsettled = ({ outcome }: Attempt): boolean =>
  outcome === 'started' || outcome === 'unknown' || outcome === 'pending' || outcome === 'authorized';

/** The gateway said that it took or holds money through this attempt. */
export const holdsMoney = ({ outcome }: Attempt): boolean =>
  outcome === 'captured' || outcome === 'authorized' || outcome === 'mismatched';

/** The session went to the gateway with this attempt, or may have. */
export const mayHaveLeft = ({ outcome }: Attempt): boolean => outcome !== 'notSent';
