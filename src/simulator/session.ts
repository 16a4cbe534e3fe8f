import type { PaymentFields } from './payment.ts';
import { summarizeCard, validateCard, type CardInput, type CardSummary, type FieldErrors } from './card.ts';
import type { Settings } from './settings.ts';
import type { Transaction } from './transaction.ts';

/** What sessions of both dialects have. Times are milliseconds since 1970; amounts are decimal text in major units. */
type AnySession = {
  readonly id: string;
  readonly merchantId: string;
  readonly successIndicator: string;
  /** Changes with every update: 10 hex characters. */
  readonly version: string;
  readonly updateStatus: 'NO_UPDATE' | 'SUCCESS' | 'FAILURE';
  readonly formUpdates: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly card?: CardSummary;
  /** A pay went through it, or is on its way: a session takes one. */
  readonly payTaken: boolean;
};

/** A session whose create body had an `order`. */
export type OrderSession = AnySession & {
  readonly dialect: 'order';
  readonly operation: string;
  readonly order: {
    readonly id: string;
    readonly amount: string;
    readonly currency: string;
    readonly description?: string;
    readonly reference: string;
  };
  readonly customer: Readonly<Record<string, unknown>>;
  /** Street of the billing address: the test cards' address check looks at it. */
  readonly street?: string;
  readonly transaction?: Transaction;
};

/** A session whose create body had a `payment`; `portal` is there when it is one of the Pay Portal. */
export type PaymentSession = AnySession & {
  readonly dialect: 'payment';
  readonly payment: PaymentFields;
  readonly portal?: Readonly<Record<string, unknown>>;
  readonly returnUrl?: string;
};

/** A pay session as the gateway keeps it. */
export type Session = OrderSession | PaymentSession;

/** What came of an attempt to put a card into a session; `status` has the words of the browser's `formSessionUpdate`. */
export type CardUpdate =
  | { readonly status: 'ok'; readonly session: Session; readonly card: CardSummary }
  | { readonly status: 'fields_in_error'; readonly session: Session; readonly errors: FieldErrors }
  | {
      readonly status: 'request_timeout' | 'system_error';
      readonly reason: 'fault' | 'notFound' | 'expired' | 'updateLimit' | 'alreadyPaid';
      readonly message: string;
    };

export function isExpired(session: Session, nowMs: number, settings: Settings): boolean {
  return nowMs >= session.createdAtMs + settings.sessionLifetimeMs;
}

/**
 * What the session makes of a card. Fields in error leave it as it was, with the card it had: a pay sent too early charges that one.
 * Every try counts against the limit of updates.
 */
export function takeCard(
  session: Session,
  card: CardInput,
  nowMs: number,
  settings: Settings,
  newVersion: string,
): CardUpdate {
  if (isExpired(session, nowMs, settings)) {
    return { status: 'system_error', reason: 'expired', message: 'Session not found or expired' };
  }
  if (session.payTaken) {
    return { status: 'system_error', reason: 'alreadyPaid', message: 'The session has been paid' };
  }
  if (session.formUpdates >= settings.formUpdateLimit) {
    return {
      status: 'system_error',
      reason: 'updateLimit',
      message: 'Session authentication limit exceeded',
    };
  }
  const tried = { ...session, formUpdates: session.formUpdates + 1 };
  const errors = validateCard(card, nowMs, settings);
  if (errors) return { status: 'fields_in_error', session: tried, errors };
  const summary = summarizeCard(card);
  const updated: Session = {
    ...tried,
    updateStatus: 'SUCCESS',
    version: newVersion,
    card: summary,
    updatedAtMs: nowMs,
  };
  return { status: 'ok', session: updated, card: summary };
}
