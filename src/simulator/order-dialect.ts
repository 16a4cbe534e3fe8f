import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { suffersFaults, type SimulatorEnv } from './call-faults.ts';
import { isCurrency, toDecimal } from './money.ts';
import { pay } from './pay.ts';
import { timestamp } from './clock.ts';
import { redact, redactText } from './redact.ts';
import { invalid, Refusal } from './refusal.ts';
import { merchantOf, parseBody } from './request-body.ts';
import { liveSession } from './find-session.ts';
import type { OrderSession } from './session.ts';
import type { Transaction } from './transaction.ts';
import type { World } from './world.ts';

const currency = z.string().refine(isCurrency, 'must be an ISO 4217 currency code');
const billing = z.object({ address: z.object({ street: z.string().optional() }).optional() }).optional();
const operation = z.enum(['AUTHORIZE', 'PAY', 'VERIFY', 'NONE']).optional();
const order = z.object({
  id: z.string().min(1).max(40),
  amount: z.number(),
  currency,
  description: z.string().optional(),
  reference: z.string().max(40).optional(),
});

const sessionRequest = z.object({
  operation,
  interaction: z.object({ operation }).optional(),
  customer: z.record(z.string(), z.unknown()).optional(),
  billing,
});
const createRequest = sessionRequest.extend({ order });
const updateRequest = sessionRequest.extend({ order: order.partial().optional() });
const payRequest = z.object({
  order: order.pick({ amount: true, currency: true }).partial().optional(),
  session: z.object({ id: z.string().min(1) }),
  billing,
});

/**
 * The `order` dialect's own route of the gateway's API, below `/payments/n1/merchant/{merchant}`: pay an order
 * through a session.
 */
export function orderDialect(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();

  routes.on(['POST', 'PUT'], '/order/:order/pay', suffersFaults(world, 'pay'), (c) => {
    const request = parseBody(c, payRequest, world.settings);
    const session = liveSession(world, merchantOf(c), request.session.id);
    if (session.dialect !== 'order') {
      throw invalid(world.settings.validationStatus, { 'session.id': ['belongs to a payment'] });
    }
    const transaction = pay(world, session, c.req.param('order'), {
      ...request.order,
      street: request.billing?.address?.street,
      fault: c.get('bookingFault'),
    });
    return payAnswer(world, c, session, transaction);
  });

  return routes;
}

/** Answers the create call of a session. */
export function createOrderSession(world: World, c: Context<SimulatorEnv>): Response {
  const session = createSession(world, merchantOf(c), parseBody(c, createRequest, world.settings));
  const data = { id: session.id, interaction: { successIndicator: session.successIndicator } };
  return c.json({ success: true, message: 'Session created', data }, world.settings.createStatus);
}

/** Answers the update call of a session. */
export function updateOrderSession(world: World, c: Context<SimulatorEnv>, session: OrderSession): Response {
  const updated = updateSession(world, session, parseBody(c, updateRequest, world.settings));
  return c.json({ success: true, message: 'Session updated', data: sessionData(updated) });
}

/** Answers the read of a session. */
export function showOrderSession(world: World, c: Context<SimulatorEnv>, session: OrderSession): Response {
  const data = sessionData(session);
  const mirror = world.settings.mirrorRoot && data;
  return c.json({ ...mirror, success: true, message: 'Session retrieved', data });
}

function createSession(
  world: World,
  merchantId: string,
  request: z.infer<typeof createRequest>,
): OrderSession {
  const given = request.operation ?? request.interaction?.operation;
  if (!given) throw invalid(world.settings.validationStatus, { operation: ['is required'] });
  const now = world.clock.now();
  return world.keep({
    dialect: 'order',
    id: world.ids.session(),
    merchantId,
    operation: given,
    successIndicator: world.ids.successIndicator(),
    order: {
      ...request.order,
      ...description(request.order.description),
      amount: decimal(world, request.order.amount, request.order.currency),
      reference: request.order.reference ?? request.order.id,
    },
    customer: redact(request.customer ?? {}) as OrderSession['customer'],
    street: request.billing?.address?.street,
    version: world.ids.sessionVersion(),
    updateStatus: 'NO_UPDATE',
    formUpdates: 0,
    createdAtMs: now,
    updatedAtMs: now,
    payTaken: false,
  });
}

/** Fields are added or overwritten, never removed; the order's id stays. */
function updateSession(
  world: World,
  session: OrderSession,
  request: z.infer<typeof updateRequest>,
): OrderSession {
  const { alreadyPaidStatus, updateAfterPay, validationStatus } = world.settings;
  if (session.payTaken && !updateAfterPay) throw new Refusal(alreadyPaidStatus, 'The session has been paid');
  const { id = session.order.id, amount = Number(session.order.amount), ...rest } = request.order ?? {};
  if (id !== session.order.id) throw invalid(validationStatus, { 'order.id': ['cannot be changed'] });
  const newCurrency = rest.currency ?? session.order.currency;
  return world.keep({
    ...session,
    order: {
      ...session.order,
      ...rest,
      ...description(rest.description),
      amount: decimal(world, amount, newCurrency),
    },
    customer: { ...session.customer, ...(redact(request.customer ?? {}) as OrderSession['customer']) },
    street: request.billing?.address?.street ?? session.street,
    version: world.ids.sessionVersion(),
    updateStatus: 'SUCCESS',
    updatedAtMs: world.clock.now(),
  });
}

/** What an answer shows of a session; status and result are those of the last pay made through it. */
function sessionData(session: OrderSession): Record<string, unknown> {
  const { transaction, card } = session;
  return {
    id: session.id,
    operation: session.operation,
    status: transaction?.status ?? 'CREATED',
    result: transaction?.result,
    updateStatus: session.updateStatus,
    version: session.version,
    order: { ...session.order, amount: Number(session.order.amount) },
    customer: session.customer,
    sourceOfFunds: card && { type: 'CARD', provided: { card } },
    creationTime: timestamp(session.createdAtMs),
    lastUpdatedTime: timestamp(session.updatedAtMs),
  };
}

/** The transaction, with `order` where today's dialect says `payment`; like its examples it names the amount as requested. */
function transactionData(session: OrderSession, transaction: Transaction): Record<string, unknown> {
  const { result, status, currency: paidIn, gatewayCode } = transaction;
  const amount = Number(transaction.amount);
  return {
    id: transaction.id,
    operation: 'PAY',
    type: 'CAPTURE',
    result,
    errorCode: transaction.errorCode,
    requestedAmount: amount,
    currency: paidIn,
    order: { ...session.order, amount, currency: paidIn, status, result },
    response: { gatewayCode },
    authorizationCode: result === 'SUCCESS' ? transaction.authorizationCode : undefined,
    cscCode: transaction.cscCode,
    avsCode: transaction.avsCode,
    stan: transaction.stan,
    source: 'INTERNET',
    sourceOfFunds: { type: 'CARD', provided: { card: transaction.card } },
    createdAt: timestamp(transaction.atMs),
  };
}

/** A processed pay is answered 2xx even when the issuer declines, unless the settings say otherwise. */
function payAnswer(world: World, c: Context, session: OrderSession, transaction: Transaction): Response {
  const data = transactionData(session, transaction);
  const status = transaction.result === 'FAILURE' ? world.settings.declineStatus : 200;
  if (status === 200) return c.json({ success: true, message: 'Payment processed', data });
  const message = 'The payment was declined';
  if (status === 402) return c.json({ success: false, message, data }, status);
  return c.json({ success: false, message, errors: { payment: [transaction.gatewayCode] } }, status);
}

function decimal(world: World, amount: number, inCurrency: string): string {
  const text = toDecimal(amount, inCurrency);
  if (text !== undefined) return text;
  throw invalid(world.settings.validationStatus, {
    'order.amount': [`must be above zero and expressible in ${inCurrency}`],
  });
}

function description(text: string | undefined): { readonly description?: string } {
  return text === undefined ? {} : { description: redactText(text) };
}
