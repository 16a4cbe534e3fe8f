import type { Money } from '../money/money.ts';

/** What the gateway says that it charged; null where its answer does not say. Compared with the payment before it is believed. */
export type Evidence = Readonly<{
  merchantId: string | null;
  orderId: string | null;
  amount: Money | null;
  transactionId: string | null;
}>;

type MoneyMoved = Readonly<{ type: 'captured' | 'authorized'; evidence: Evidence }>;
type Explained<Type extends string> = Readonly<{ type: Type; reason: string }>;

/**
 * What the answer to a pay means. `refused`: the gateway says that it did nothing (`sessionGone`: since it no longer knows the
 * session). `notSent`: no byte of the request left. `unknown`: it may or may not have charged; only reading tells.
 */
export type PayOutcome =
  | MoneyMoved
  | Explained<'declined' | 'pending' | 'notSent' | 'unknown'>
  | Readonly<{ type: 'refused'; reason: string; sessionGone: boolean }>;

/** What the gateway says when it is read. `nothing`: it knows the session and no pay through it. `unclear`: it does not say. */
export type Reading =
  | (MoneyMoved &
      Readonly<{
        /** It is said of the whole order, not of the pay through one session: whose money it is, is not told. */
        isOfOrder?: true;
      }>)
  | (Explained<'declined' | 'pending' | 'nothing' | 'unclear'> &
      Readonly<{
        /** The gateway tells of more than it shows. */
        isPartial?: true;
      }>);

export type Outcome = PayOutcome | Reading;

type Done = Readonly<{ type: 'done'; evidence: Evidence }>;

/** What the answer to a capture, void or refund means. `refused`: the gateway says that it did nothing. */
export type FollowUpOutcome = Done | Explained<'refused' | 'pending' | 'notSent' | 'unknown'>;

/** What the gateway says of a follow-up when it is read. `target`: the transaction that it acted on, if it says so. */
export type FollowUpReading =
  (Done & Readonly<{ target?: string | null }>) | Explained<'refused' | 'pending' | 'nothing' | 'unclear'>;

/** What a card check without a charge came to. `unknown`: the gateway did not say; no money can have moved. */
export type VerifyOutcome = Readonly<{ type: 'verified' }> | Explained<'notVerified' | 'unknown'>;
