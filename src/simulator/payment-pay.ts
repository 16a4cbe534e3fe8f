import { fromMinor, toDecimal } from './money.ts';
import { standing, type Payment, type PaymentFields, type PaymentTransaction } from './payment.ts';
import { book, type BookingFault } from './payment-operations.ts';
import { mergeFields, type PaymentRequest } from './payment-request.ts';
import { invalid, Refusal } from './refusal.ts';
import type { PaymentSession } from './session.ts';
import { paymentVerdictOf, securityCheckOf } from './test-cards.ts';
import type { World } from './world.ts';

const TYPES = { PAY: 'CAPTURE', AUTHORIZE: 'AUTHORIZATION', VERIFY: 'VERIFICATION' } as const;

export type CardOperation = keyof typeof TYPES;

/**
 * Pays, authorizes, or verifies the card, through a session and once per session: from here on the session is used up and its card
 * forgotten, whatever the issuer says. What the request says of the payment overrides the session. Throws a
 * Refusal when nothing was done.
 */
export function useCard(
  world: World,
  session: PaymentSession,
  operation: CardOperation,
  request: PaymentRequest,
  fault: BookingFault,
): PaymentTransaction {
  const fields = mergeFields(session.payment, request, world.settings);
  const amount = amountFor(world, session, operation, fields);
  refuseSecond(world, session, operation);
  const card = world.cardOf(session.id);
  if (!card || !session.card || session.updateStatus !== 'SUCCESS') {
    throw new Refusal(400, 'The session holds no card data', {
      'session.id': ['holds no card data: its updateStatus must be SUCCESS'],
    });
  }
  const shown = { ...session.card, securityCode: undefined };
  world.purgeCard(session.id);
  world.keep({ ...session, card: shown, payTaken: true });
  world.payments.define(session.merchantId, fields, shown);
  const now = world.clock.now();
  return book(world, fault, {
    ...paymentVerdictOf(card),
    id: world.ids.transaction(),
    merchantId: session.merchantId,
    paymentId: fields.id,
    operation,
    type: TYPES[operation],
    amount,
    currency: fields.currency,
    card: shown,
    cscCode: securityCheckOf(card),
    avsCode: fields.address ? 'FULL_MATCH' : undefined,
    authorizationCode: world.ids.authorizationCode(),
    stan: world.ids.stan(),
    createdAtMs: now,
    atMs: now,
  });
}

function amountFor(
  world: World,
  session: PaymentSession,
  operation: CardOperation,
  fields: PaymentFields,
): string {
  const { validationStatus } = world.settings;
  const { currency } = session.payment;
  if (fields.currency !== currency) {
    throw invalid(validationStatus, { 'payment.currency': [`must be the session's, ${currency}`] });
  }
  if (operation === 'VERIFY') return fromMinor(0n, currency);
  if (fields.amount === undefined) throw invalid(validationStatus, { 'payment.amount': ['is required'] });
  if (toDecimal(Number(fields.amount), currency) !== undefined) return fields.amount;
  throw invalid(validationStatus, { 'payment.amount': ['must be above zero'] });
}

function refuseSecond(world: World, session: PaymentSession, operation: CardOperation): void {
  const { alreadyPaidStatus, payAfterCapture, payAfterDecline } = world.settings;
  if (session.payTaken) {
    throw new Refusal(alreadyPaidStatus, 'The session has been used to pay', { 'session.id': ['was used'] });
  }
  const payment = world.payments.find(session.merchantId, session.payment.id);
  if (!payment || operation === 'VERIFY') return;
  if (hasMoved(payment) && !payAfterCapture) {
    throw new Refusal(alreadyPaidStatus, 'The payment has been paid', {
      payment: ['has transactions and cannot be paid again'],
    });
  }
  const wasDeclined = payment.transactions.length > 0 && !hasMoved(payment) && !isVerified(payment);
  if (wasDeclined && !payAfterDecline) {
    throw new Refusal(alreadyPaidStatus, 'The payment was declined', { payment: ['was declined'] });
  }
}

/** Whether money was captured or set aside, even when it went back afterwards. */
function hasMoved(payment: Payment): boolean {
  const stands = standing(payment, 'CAPTURE').length + standing(payment, 'AUTHORIZATION').length > 0;
  return stands || payment.transactions.some(({ operation }) => operation === 'VOID');
}

function isVerified(payment: Payment): boolean {
  return payment.transactions.some(({ operation, result }) => operation === 'VERIFY' && result === 'SUCCESS');
}
