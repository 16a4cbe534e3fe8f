import { Hono, type Context } from 'hono';
import { z } from 'zod';
import type { SimulatorEnv } from './call-faults.ts';
import type { Payment } from './payment.ts';
import { customerRequest, idRequest, mergeFields, paymentRequest } from './payment-request.ts';
import { paymentView } from './payment-view.ts';
import { invalid, Refusal } from './refusal.ts';
import { jsonOf, merchantOf, parseBody } from './request-body.ts';
import type { World } from './world.ts';

/** No source says whether the body of an update is wrapped like that of a session: both are taken. */
const wrappedRequest = z.object({ payment: paymentRequest });

/**
 * What a merchant does with payments beside moving money: make, change and delete those without transactions, change
 * the customer of any, and forget everything in the sandbox.
 */
export function paymentUpkeep(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();

  routes.post('/payment/:payment', (c) => {
    const before = world.payments.find(merchantOf(c), c.req.param('payment'));
    return save(world, c, before, c.req.param('payment'));
  });
  routes.put('/payment/:payment', (c) => save(world, c, existing(world, c), c.req.param('payment')));
  routes.delete('/payment/:payment', (c) => {
    const payment = existing(world, c);
    refuseLocked(world, payment);
    world.payments.delete(payment);
    return c.json({ success: true, message: 'Payment deleted' });
  });

  routes.post('/payment/:payment/customer', (c) => {
    const { merchantId, fields } = existing(world, c);
    const customer = parseBody(c, customerRequest, world.settings);
    const changed = mergeFields(fields, { customer: { ...fields.customer, ...customer } }, world.settings);
    const data = paymentView(world, world.payments.define(merchantId, changed));
    return c.json({ success: true, statusCode: 200, data });
  });

  routes.post('/purge', (c) => {
    const merchantId = merchantOf(c);
    if (!world.keys.get(merchantId)?.startsWith('sk_test_'))
      throw new Refusal(403, 'Only a sandbox can be purged');
    world.purge(merchantId);
    return c.json({ success: true, statusCode: 200, message: 'The merchant is being purged' });
  });

  return routes;
}

function save(world: World, c: Context<SimulatorEnv>, before: Payment | undefined, id: string): Response {
  refuseLocked(world, before);
  if (!idRequest.safeParse(id).success)
    throw invalid(world.settings.validationStatus, {
      'payment.id': ['must not be longer than 40 characters'],
    });
  const body = jsonOf(c);
  const isWrapped = typeof body === 'object' && body !== null && 'payment' in body;
  const request = isWrapped
    ? parseBody(c, wrappedRequest, world.settings).payment
    : parseBody(c, paymentRequest, world.settings);
  const fields = mergeFields(before?.fields ?? { id, currency: 'USD' }, request, world.settings);
  const data = paymentView(world, world.payments.define(merchantOf(c), fields));
  return c.json({ success: true, statusCode: 200, data });
}

function existing(world: World, c: Context<SimulatorEnv>): Payment {
  const payment = world.payments.find(merchantOf(c), c.req.param('payment') ?? '');
  if (payment) return payment;
  throw new Refusal(world.settings.missingPayment, 'Payment not found');
}

function refuseLocked(world: World, payment: Payment | undefined): void {
  if (payment && payment.transactions.length > 0) {
    throw invalid(world.settings.validationStatus, { payment: ['is locked: it has transactions'] });
  }
}
