import type { Money } from '../money/money.ts';
import type { FollowUp } from './attempt.ts';
import type { AttemptId, SessionId } from './ids.ts';
import type { PaymentEventType, PaymentState, PaymentStates } from './payment-machine.ts';

/** The chart has no such edge from here. */
export type IllegalTransition = Readonly<{
  type: 'IllegalTransition';
  from: PaymentStates;
  event: PaymentEventType;
}>;
export const illegalTransition = (from: PaymentStates, event: PaymentEventType): IllegalTransition => ({
  type: 'IllegalTransition',
  from,
  event,
});

/** Money moves, has moved, or never will: the payment takes no session, no other price and no cancellation now. */
export type NotPayable = Readonly<{ type: 'NotPayable'; state: PaymentState }>;
export const notPayable = (state: PaymentState): NotPayable => ({ type: 'NotPayable', state });

/** So many cards were declined for this order that no further one is taken: a defence against card testing. */
export type TooManyDeclines = Readonly<{ type: 'TooManyDeclines'; declined: number }>;
export const tooManyDeclines = (declined: number): TooManyDeclines => ({ type: 'TooManyDeclines', declined });

/** The session is not the one that this order is paid through. */
export type SessionMismatch = Readonly<{ type: 'SessionMismatch' }>;
export const sessionMismatch = (): SessionMismatch => ({ type: 'SessionMismatch' });

/** The session's time is over, or the gateway no longer takes it: open a new one and ask for the card again. */
export type SessionExpired = Readonly<{ type: 'SessionExpired'; sessionId: SessionId }>;
export const sessionExpired = (sessionId: SessionId): SessionExpired => ({
  type: 'SessionExpired',
  sessionId,
});

/** The payer's page shows another price than the order has now. `revision` counts the prices of a payment from 1. */
export type PriceChanged = Readonly<{ type: 'PriceChanged'; amount: Money; revision: number }>;
export const priceChanged = (amount: Money, revision: number): PriceChanged => ({
  type: 'PriceChanged',
  amount,
  revision,
});

/** This follow-up asks for more than there is. `left`: what may be asked for; what is on its way is taken off. */
export type AmountExceeded = Readonly<{ type: 'AmountExceeded'; left: Money }>;
export const amountExceeded = (left: Money): AmountExceeded => ({ type: 'AmountExceeded', left });

/** This key was used for another follow-up, or for another amount: nothing was done. */
export type KeyReused = Readonly<{ type: 'KeyReused'; attemptId: AttemptId }>;
export const keyReused = (attemptId: AttemptId): KeyReused => ({ type: 'KeyReused', attemptId });

/** There is nothing in this state that could be captured, voided or refunded. */
export type NotPossible = Readonly<{ type: 'NotPossible'; operation: FollowUp; state: PaymentState }>;
export const notPossible = (operation: FollowUp, state: PaymentState): NotPossible => ({
  type: 'NotPossible',
  operation,
  state,
});

/** A follow-up says too little, or names another currency. */
export type InvalidFollowUp = Readonly<{ type: 'InvalidFollowUp'; reason: string }>;
export const invalidFollowUp = (reason: string): InvalidFollowUp => ({ type: 'InvalidFollowUp', reason });

/** Another call of this payment is at the gateway, or may be: wait for its outcome. */
export type AttemptInFlight = Readonly<{ type: 'AttemptInFlight'; attemptId: AttemptId }>;
export const attemptInFlight = (attemptId: AttemptId): AttemptInFlight => ({
  type: 'AttemptInFlight',
  attemptId,
});

/** No person was called for this payment, or somebody has decided. */
export type NoDecisionNeeded = Readonly<{ type: 'NoDecisionNeeded' }>;
export const noDecisionNeeded = (): NoDecisionNeeded => ({ type: 'NoDecisionNeeded' });

/** The payment has changed since it was shown to who decides: the decision is about what it was. */
export type PaymentChanged = Readonly<{ type: 'PaymentChanged' }>;
export const paymentChanged = (): PaymentChanged => ({ type: 'PaymentChanged' });
