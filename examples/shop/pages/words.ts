import {
  type AttemptOutcome,
  type FulfilmentState,
  type Money,
  type Operation,
  type PaymentEventType,
  type PublicStatus,
  toDecimal,
} from 'paysession';
import { type OrderWithPayment, statusOf } from '../order-with-payment.ts';
import { type Html, html } from './html.ts';

/** The states in the words of people: what a customer reads, and whether it is good news. */
export type Tone = 'good' | 'busy' | 'bad' | 'plain';

export const statusWords: Readonly<Record<PublicStatus, Readonly<{ label: string; tone: Tone }>>> = {
  awaiting_payment: { label: 'Waiting for payment', tone: 'plain' },
  processing: { label: 'Payment in progress', tone: 'busy' },
  authorized: { label: 'Amount reserved', tone: 'busy' },
  partially_captured: { label: 'Partly charged', tone: 'busy' },
  captured: { label: 'Paid', tone: 'good' },
  partially_refunded: { label: 'Partly refunded', tone: 'plain' },
  refunded: { label: 'Refunded', tone: 'plain' },
  voided: { label: 'Payment undone', tone: 'plain' },
  declined: { label: 'Card declined', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'plain' },
  needs_attention: { label: 'Being checked by a person', tone: 'bad' },
};

export const fulfilmentWords: Readonly<Record<FulfilmentState, string>> = {
  notDue: 'Packed as soon as it is paid',
  due: 'Being packed',
  fulfilled: 'Packed',
  cancelled: 'Will not be sent',
};

/** Where the goods are: they are packed once all of the amount is charged. */
export const goodsText = (found: OrderWithPayment): string => {
  const status = statusOf(found);
  const fulfilment = found.payment?.payment.states.fulfilment ?? 'notDue';
  const isReserved = status === 'authorized' || status === 'partially_captured';
  return isReserved && fulfilment === 'notDue'
    ? 'Packed as soon as the reserved amount is charged'
    : fulfilmentWords[fulfilment];
};

export const outcomeWords: Readonly<Record<AttemptOutcome, string>> = {
  started: 'On its way to the gateway',
  captured: 'Charged',
  authorized: 'Reserved on the card',
  declined: 'Declined, nothing charged',
  pending: 'Not decided yet',
  unknown: 'Not known yet: being read back from the gateway',
  notSent: 'Not sent, no money moved',
  refused: 'Refused, no money moved',
  sessionGone: 'Card form expired, nothing charged',
  notCharged: 'Nothing charged, as reading back showed',
  mismatched: 'The answer did not match the order',
  done: 'Done',
  notDone: 'Not done, as reading back showed',
};

export const operationWords: Readonly<Record<Operation, string>> = {
  pay: 'Payment',
  authorize: 'Reservation',
  capture: 'Charge of what is reserved',
  void: 'Undoing',
  refund: 'Refund',
};

export const eventWords: Readonly<Record<PaymentEventType, string>> = {
  registered: 'The order was placed',
  sessionOpened: 'The card form was opened',
  sessionExpired: 'The card form expired',
  repriced: 'The price changed',
  cancelled: 'The payment was cancelled',
  payStarted: 'The payer pressed Pay',
  authorizeStarted: 'The payer pressed Reserve',
  cardVerified: 'The card was checked: it is good',
  cardNotVerified: 'The card was checked: it was not accepted',
  captured: 'The amount was charged',
  authorized: 'The amount was reserved',
  declined: 'The card was declined',
  pending: 'The gateway has not decided yet',
  outcomeLost: 'The gateway’s answer was lost or unclear',
  notSent: 'The charge could not be sent',
  refused: 'The gateway refused the charge',
  notCharged: 'Reading back showed that nothing was charged',
  lookedAgain: 'The gateway was read again',
  unresolved: 'What happened could not be found out: a person decides',
  mismatched: 'The gateway’s answer did not match the order: a person decides',
  chargeFound: 'A charge was found that nobody expected: a person decides',
  captureStarted: 'Charging the reserved amount was asked for',
  captureFailed: 'Nothing more was charged',
  captureUnknown: 'Whether the reserved amount was charged is not known yet',
  capturedInPart: 'A part of the reserved amount was charged',
  voidStarted: 'Undoing the payment was asked for',
  voidFailed: 'The payment was not undone',
  voidUnknown: 'Whether the payment was undone is not known yet',
  voided: 'The payment was undone',
  refundStarted: 'A refund was asked for',
  refundFailed: 'Nothing was refunded',
  refundUnknown: 'Whether the refund was made is not known yet',
  refundedInPart: 'A part was refunded',
  refundedInFull: 'Everything was refunded',
  correctedToCaptured: 'A person decided that the order is paid',
  correctedToNotCharged: 'A person decided that nothing was charged',
  correctedToCancelled: 'A person decided to give the order up',
  fulfilled: 'The order was packed',
  confirmationSent: 'The confirmation was handed over',
};

/** Decimal text in major units as people write it. */
export const priceText = (amount: string, currency: string): string =>
  new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(amount as `${number}`);

export const moneyText = (amount: Money): string => priceText(toDecimal(amount), amount.currency);

/** A moment, given in milliseconds since 1970. `clock` leaves out what a heading says already: the year, and that it is UTC. */
export const moment = (at: number, style: 'full' | 'clock' = 'full'): Html => {
  const format = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(style === 'full' && { year: 'numeric', timeZoneName: 'short' }),
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: 'UTC' },
  });
  return html`<time datetime="${new Date(at).toISOString()}">${format.format(at)}</time>`;
};
