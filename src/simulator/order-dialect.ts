import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { suffersFaults, type SimulatorEnv } from './call-faults.ts';
import { isCurrency, toDecimal } from './money.ts';
import { pay } from './pay.ts';
import { redact, redactText } from './redact.ts';
import { invalid, Refusal } from './refusal.ts';
import { jsonOf } from './request-body.ts';
import { isExpired, type Session } from './session.ts';
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
 * The `order` dialect of the gateway's API (gateway.md 1), below `/payments/n1/merchant/{merchant}`: create, update and retrieve a
 * session, and pay an order through it.
 */
export function orderDialect(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();

  routes.post('/session', suffersFaults(world, 'createSession'), (c) => {
    const session = createSession(world, merchantOf(c), parseBody(world, c, createRequest));
    const data = { id: session.id, interaction: { successIndicator: session.successIndicator } };
    return c.json({ success: true, message: 'Session created', data }, world.settings.createStatus);
  });

  routes.put('/session/:session', suffersFaults(world, 'updateSession'), (c) => {
    const request = parseBody(world, c, updateRequest);
    const session = updateSession(world, liveSession(world, merchantOf(c), c.req.param('session')), request);
    return c.json({ success: true, message: 'Session updated', data: sessionData(session) });
  });

  routes.get('/session/:session', suffersFaults(world, 'getSession'), (c) => {
    const { readExpiredSessions, mirrorRoot } = world.settings;
    const find = readExpiredSessions ? findSession : liveSession;
    const data = sessionData(find(world, merchantOf(c), c.req.param('session')));
    return c.json({ ...(mirrorRoot && data), success: true, message: 'Session retrieved', data });
  });

  routes.on(['POST', 'PUT'], '/order/:order/pay', suffersFaults(world, 'pay'), (c) => {
    const request = parseBody(world, c, payRequest);
    const session = liveSession(world, merchantOf(c), request.session.id);
    const transaction = pay(world, session, c.req.param('order'), {
      ...request.order,
      street: request.billing?.address?.street,
      fault: c.get('bookingFault'),
    });
    return payAnswer(world, c, session, transaction);
  });

  return routes;
}

function createSession(world: World, merchantId: string, request: z.infer<typeof createRequest>): Session {
  const given = request.operation ?? request.interaction?.operation;
  if (!given) throw invalid(world.settings.validationStatus, { operation: ['is required'] });
  const now = world.clock.now();
  return world.keep({
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
    customer: redact(request.customer ?? {}) as Session['customer'],
    street: request.billing?.address?.street,
    version: world.ids.sessionVersion(),
    updateStatus: 'NO_UPDATE',
    formUpdates: 0,
    createdAtMs: now,
    updatedAtMs: now,
    payTaken: false,
  });
}

/** Fields are added or overwritten, never removed; the order's id stays (gateway.md 1.3). */
function updateSession(world: World, session: Session, request: z.infer<typeof updateRequest>): Session {
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
    customer: { ...session.customer, ...(redact(request.customer ?? {}) as Session['customer']) },
    street: request.billing?.address?.street ?? session.street,
    version: world.ids.sessionVersion(),
    updateStatus: 'SUCCESS',
    updatedAtMs: world.clock.now(),
  });
}

function findSession(world: World, merchantId: string, id: string): Session {
  const session = world.sessions.get(id);
  if (session?.merchantId !== merchantId) throw new Refusal(404, 'Session not found or expired');
  return session;
}

function liveSession(world: World, merchantId: string, id: string): Session {
  const session = findSession(world, merchantId, id);
  if (!isExpired(session, world.clock.now(), world.settings)) return session;
  throw new Refusal(world.settings.expiredSessionStatus, 'Session not found or expired');
}

/** What an answer shows of a session; status and result are those of the last pay made through it (gateway.md 1.5). */
function sessionData(session: Session): Record<string, unknown> {
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

/** The transaction, with `order` where today's dialect says `payment`; like its examples it names the amount as requested (2.5). */
function transactionData(session: Session, transaction: Transaction): Record<string, unknown> {
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

/** A processed pay is answered 2xx even when the issuer declines, unless the settings say otherwise (gateway.md 9). */
function payAnswer(world: World, c: Context, session: Session, transaction: Transaction): Response {
  const data = transactionData(session, transaction);
  const status = transaction.result === 'FAILURE' ? world.settings.declineStatus : 200;
  if (status === 200) return c.json({ success: true, message: 'Payment processed', data });
  const message = 'The payment was declined';
  if (status === 402) return c.json({ success: false, message, data }, status);
  return c.json({ success: false, message, errors: { payment: [transaction.gatewayCode] } }, status);
}

function parseBody<T>(world: World, c: Context<SimulatorEnv>, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(jsonOf(c));
  if (parsed.success) return parsed.data;
  const errors: Record<string, string[]> = {};
  for (const issue of parsed.error.issues)
    (errors[issue.path.join('.') || 'body'] ??= []).push(issue.message);
  throw invalid(world.settings.validationStatus, errors);
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

function merchantOf(c: Context): string {
  return c.req.param('merchant') ?? '';
}

/** ISO 8601 with an offset, as the gateway writes it (gateway.md 2.1). */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}
