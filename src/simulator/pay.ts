import type { SimulatorEnv } from './call-faults.ts';
import { toDecimal } from './money.ts';
import { invalid, Refusal } from './refusal.ts';
import type { OrderSession } from './session.ts';
import { addressCheckOf, securityCheckOf, verdictNamed, verdictOf } from './test-cards.ts';
import type { Transaction, Verdict } from './transaction.ts';
import type { World } from './world.ts';

export type PayRequest = {
  /** Major units; overrides the session's. */
  readonly amount?: number;
  /** Must be the session's when given. */
  readonly currency?: string;
  readonly street?: string;
  readonly fault?: SimulatorEnv['Variables']['bookingFault'];
};

const PENDING: Verdict = { result: 'PENDING', status: 'PENDING', gatewayCode: 'PENDING' };

/**
 * Pays an order through a session, at most once per session: from here on the session is used up and its card forgotten, whatever the
 * issuer says. Throws a Refusal when nothing was done.
 */
export function pay(world: World, session: OrderSession, orderId: string, request: PayRequest): Transaction {
  const amount = amountToPay(world, session, orderId, request);
  refuseSecondPay(world, session);
  const card = world.cardOf(session.id);
  if (!card || !session.card || session.updateStatus !== 'SUCCESS') {
    throw new Refusal(400, 'The session holds no card data');
  }
  const shown = { ...session.card, securityCode: undefined };
  world.purgeCard(session.id);
  world.keep({ ...session, card: shown, payTaken: true });
  const now = world.clock.now();
  const transaction: Transaction = {
    ...verdictOf(card),
    id: world.ids.transaction(),
    merchantId: session.merchantId,
    sessionId: session.id,
    orderId,
    amount,
    currency: session.order.currency,
    card: shown,
    cscCode: securityCheckOf(card),
    avsCode: addressCheckOf(request.street ?? session.street),
    authorizationCode: world.ids.authorizationCode(),
    stan: world.ids.stan(),
    atMs: now,
  };
  return book(world, transaction, request.fault);
}

function book(world: World, transaction: Transaction, fault: PayRequest['fault']): Transaction {
  if (!fault || fault.fault === 'duplicate') {
    if (fault) world.book({ ...transaction, id: world.ids.transaction() });
    world.book(transaction);
    return transaction;
  }
  const pending = { ...transaction, ...PENDING, errorCode: undefined };
  const atMs = transaction.atMs + fault.ms;
  if (fault.fault === 'lateCommit') {
    world.bookLater({ ...transaction, atMs });
  } else {
    world.book(pending);
    world.bookLater({ ...pending, ...verdictNamed(fault.result), atMs });
  }
  return pending;
}

function amountToPay(world: World, session: OrderSession, orderId: string, request: PayRequest): string {
  const { validationStatus } = world.settings;
  const { id, currency, amount } = session.order;
  if (id !== orderId) throw invalid(validationStatus, { 'session.id': ['belongs to another order'] });
  if (request.currency !== undefined && request.currency !== currency) {
    throw invalid(validationStatus, { 'order.currency': [`must be the session's, ${currency}`] });
  }
  const asked = request.amount === undefined ? amount : toDecimal(request.amount, currency);
  if (asked !== undefined) return asked;
  throw invalid(validationStatus, { 'order.amount': [`must be above zero and expressible in ${currency}`] });
}

function refuseSecondPay(world: World, session: OrderSession): void {
  const { alreadyPaidStatus, payAfterCapture, payAfterDecline } = world.settings;
  if (session.payTaken) throw new Refusal(alreadyPaidStatus, 'The session has been used to pay');
  const status = world.orderStatus(session.merchantId, session.order.id);
  if (status === 'CAPTURED' && !payAfterCapture)
    throw new Refusal(alreadyPaidStatus, 'The order has been paid');
  if (status === 'FAILED' && !payAfterDecline) throw new Refusal(alreadyPaidStatus, 'The order was declined');
}
