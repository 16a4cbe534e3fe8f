import type { Money } from '../money/money.ts';
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

/** Money moves, has moved, or never will: no session is opened, re-priced or cancelled now. */
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

/** Another submit of this session is at the gateway right now: wait for its outcome. */
export type AttemptInFlight = Readonly<{ type: 'AttemptInFlight'; attemptId: AttemptId }>;
export const attemptInFlight = (attemptId: AttemptId): AttemptInFlight => ({
  type: 'AttemptInFlight',
  attemptId,
});
