import { Hono, type Context } from 'hono';
import { suffersFaults, type SimulatorEnv } from './call-faults.ts';
import { liveSession } from './find-session.ts';
import type { Payment, PaymentTransaction } from './payment.ts';
import { page } from './payment-lists.ts';
import { capture, refund, voidTransaction } from './payment-operations.ts';
import { useCard, type CardOperation } from './payment-pay.ts';
import { followUpRequest, payRequest } from './payment-request.ts';
import { paymentView, transactionView } from './payment-view.ts';
import { invalid, Refusal } from './refusal.ts';
import { merchantOf, parseBody } from './request-body.ts';
import type { World } from './world.ts';

/** What lists may be filtered and sorted by. */
const PAYMENT_ATTRIBUTES = (
  'id status result amount currency orderId invoiceNumber type capturedAmount refundedAmount ' +
  'customer.email creationTime lastUpdatedTime'
).split(' ');
const TRANSACTION_ATTRIBUTES = (
  'id payment.id payment.status operation type result requestedAmount currency settlementStatus ' +
  'targetTransactionId createdAt'
).split(' ');

const CARD_OPERATIONS = { pay: 'PAY', authorize: 'AUTHORIZE', verify: 'VERIFY' } as const;
const FOLLOW_UPS = { capture, refund, void: voidTransaction } as const;

/**
 * The `payment` dialect of the gateway's API, below `/payments/n1/merchant/{merchant}`: the six operations, each on POST
 * and PUT, and the reads. Tokens, organizations, receipts and terminals are not simulated.
 */
export function paymentDialect(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();

  for (const [name, operation] of Object.entries(CARD_OPERATIONS)) {
    routes.on(
      ['POST', 'PUT'],
      `/payment/:payment/${name}`,
      suffersFaults(world, name as keyof typeof CARD_OPERATIONS),
      (c) => cardOperation(world, c, c.req.param('payment') ?? '', operation),
    );
  }
  for (const [name, operation] of Object.entries(FOLLOW_UPS)) {
    routes.on(
      ['POST', 'PUT'],
      `/payment/:payment/${name}`,
      suffersFaults(world, name as keyof typeof FOLLOW_UPS),
      (c) => {
        const payment = paymentOf(world, c);
        const body = c.get('body').trim() === '' ? {} : parseBody(c, followUpRequest, world.settings);
        return operationAnswer(
          world,
          c,
          operation(world, payment, { ...body, fault: c.get('bookingFault') }),
        );
      },
    );
  }

  routes.get('/payment/:payment', suffersFaults(world, 'getPayment'), (c) => {
    const payment = paymentOf(world, c);
    if (payment.transactions.length === 0 && !world.settings.readUnpaidPayments) throw missing(world);
    const transactions = payment.transactions.map((one) => transactionView(world, payment, one));
    return c.json({ success: true, statusCode: 200, data: { ...paymentView(world, payment), transactions } });
  });

  routes.get('/payment/:payment/transaction/:transaction', suffersFaults(world, 'getTransaction'), (c) => {
    const payment = paymentOf(world, c);
    const found = payment.transactions.find(({ id }) => id === c.req.param('transaction'));
    if (!found) throw new Refusal(world.settings.missingPayment, 'Transaction not found');
    return c.json({ success: true, statusCode: 200, data: transactionView(world, payment, found) });
  });

  routes.get('/payments', suffersFaults(world, 'listPayments'), (c) => {
    const withOthers = c.req.query('filter[hasTransactions]') === 'false';
    const rows = world.payments
      .all(merchantOf(c))
      .filter(({ transactions }) => withOthers || transactions.length > 0)
      .map((payment) => paymentView(world, payment));
    return c.json({ success: true, statusCode: 200, ...page(c, world.settings, rows, PAYMENT_ATTRIBUTES) });
  });

  routes.get('/transactions', suffersFaults(world, 'listTransactions'), (c) => {
    const rows = world.payments
      .all(merchantOf(c))
      .flatMap((payment) => payment.transactions.map((one) => transactionView(world, payment, one)));
    return c.json({
      success: true,
      statusCode: 200,
      ...page(c, world.settings, rows, TRANSACTION_ATTRIBUTES),
    });
  });

  return routes;
}

function cardOperation(
  world: World,
  c: Context<SimulatorEnv>,
  paymentId: string,
  operation: CardOperation,
): Response {
  const request = parseBody(c, payRequest, world.settings);
  const session = liveSession(world, merchantOf(c), request.session.id);
  if (session.dialect !== 'payment' || session.payment.id !== paymentId) {
    throw invalid(world.settings.validationStatus, { 'session.id': ['belongs to another payment'] });
  }
  const fault = c.get('bookingFault');
  return operationAnswer(world, c, useCard(world, session, operation, request.payment ?? {}, fault));
}

/** A processed operation is answered 2xx even when the issuer declines, unless the settings say otherwise. */
function operationAnswer(world: World, c: Context<SimulatorEnv>, transaction: PaymentTransaction): Response {
  const payment = paymentOf(world, c);
  const { result } = transaction;
  const isDeclined = result === 'DECLINED' || result === 'FAILURE';
  const status = isDeclined ? world.settings.declineStatus : 200;
  const data = transactionView(world, payment, latest(payment, transaction));
  if (status === 200) return c.json({ success: true, statusCode: status, data });
  const message = 'The payment was declined';
  if (status === 402) return c.json({ success: false, statusCode: status, message, data }, status);
  return c.json({ success: false, message, errors: { payment: [transaction.errorCode] } }, status);
}

/** The transaction as it was booked, which knows when it settles; one that is still to come is as it was answered. */
function latest(payment: Payment, transaction: PaymentTransaction): PaymentTransaction {
  return payment.transactions.find(({ id }) => id === transaction.id) ?? transaction;
}

function paymentOf(world: World, c: Context<SimulatorEnv>): Payment {
  const payment = world.payments.find(merchantOf(c), c.req.param('payment') ?? '');
  if (payment) return payment;
  throw missing(world);
}

function missing(world: World): Refusal {
  return new Refusal(world.settings.missingPayment, 'Payment not found');
}
