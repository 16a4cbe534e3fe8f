import { Hono, type Context } from 'hono';
import { z } from 'zod';
import type { SimulatorEnv } from './call-faults.ts';
import { faultRequest } from './faults.ts';
import { Refusal } from './refusal.ts';
import { answersRefusals, jsonOf, readsBody } from './request-body.ts';
import type { CardUpdate } from './session.ts';
import { settingsChange } from './settings.ts';
import { endpointProblem, webhookSummary } from './webhooks.ts';
import type { World } from './world.ts';

const text = z.string().default('');
const cardRequest = z.strictObject({
  number: text,
  expiryMonth: text,
  expiryYear: text,
  securityCode: text,
  nameOnCard: text,
});

const webhookRequest = z.strictObject({
  merchantId: z.string().optional(),
  url: z.string(),
  secret: z.string(),
});

const clockRequest = z.union([
  z.strictObject({ advanceMs: z.int() }),
  z.strictObject({ now: z.union([z.int(), z.iso.datetime({ offset: true })]) }),
]);

const REASON_STATUS = {
  fault: 503,
  notFound: 404,
  expired: 404,
  updateLimit: 409,
  alreadyPaid: 409,
} as const;

/**
 * What tests and people use to look into the simulator and to steer it, below `/_simulator`. A request
 * that carries `Origin` comes from a web page and is refused: a page must not be able to put cards into sessions.
 */
export function controlRoutes(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  routes.onError(answersRefusals);
  routes.use(async (c, next) => {
    if (c.req.header('origin') !== undefined)
      throw new Refusal(403, 'The controls are not for web pages: no Origin');
    await next();
  });
  routes.use(readsBody);

  routes.post('/sessions/:session/card', (c) =>
    cardAnswer(c, world.setCard(c.req.param('session'), parse(c, cardRequest))),
  );
  routes.get('/charges', (c) => c.json(world.charges));
  routes.get('/requests', (c) => c.json(world.requests));
  routes.post('/faults', (c) => {
    const fault = parse(c, faultRequest);
    world.faults.add(fault);
    return c.json(fault, 201);
  });
  routes.delete('/faults', (c) => {
    world.faults.clear();
    return c.body(null, 204);
  });
  routes.get('/settings', (c) => c.json(world.settings));
  routes.put('/settings', (c) => {
    world.settings = { ...world.settings, ...parse(c, settingsChange) };
    world.webhooks.release();
    return c.json(world.settings);
  });
  routes.put('/webhook', (c) => {
    const { merchantId, ...endpoint } = parse(c, webhookRequest);
    const problem = endpointProblem(endpoint);
    if (problem !== undefined) throw new Refusal(400, problem);
    world.webhooks.sendTo(endpoint, merchantId);
    return c.json({ merchantId, url: endpoint.url });
  });
  routes.delete('/webhook', (c) => {
    world.webhooks.sendNowhere();
    return c.body(null, 204);
  });
  routes.get('/webhooks', (c) => c.json(world.webhooks.list().map(webhookSummary)));
  routes.post('/webhooks/:message/replay', (c) => {
    const message = world.webhooks.replay(c.req.param('message'));
    if (!message) throw new Refusal(404, 'No such webhook');
    return c.json(webhookSummary(message), 202);
  });
  routes.delete('/state', (c) => {
    world.reset();
    return c.body(null, 204);
  });
  routes.post('/clock', async (c) => {
    const request = parse(c, clockRequest);
    const now = 'now' in request ? new Date(request.now).getTime() : world.clock.now() + request.advanceMs;
    world.clock.set(now);
    world.onChange();
    // Calls that a delay held back go on now: what they do is done before this answer.
    await new Promise((resolve) => setImmediate(resolve));
    return c.json({ now: new Date(world.clock.now()).toISOString() });
  });
  return routes;
}

function cardAnswer(c: Context, update: CardUpdate): Response {
  if (update.status === 'ok') {
    const { id, updateStatus, version } = update.session;
    return c.json({ status: 'ok', session: { id, updateStatus, version }, card: update.card });
  }
  if (update.status === 'fields_in_error')
    return c.json({ status: update.status, errors: update.errors }, 400);
  return c.json({ status: update.status, message: update.message }, REASON_STATUS[update.reason]);
}

function parse<T>(c: Context<SimulatorEnv>, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(jsonOf(c));
  if (parsed.success) return parsed.data;
  throw new Refusal(400, z.prettifyError(parsed.error));
}
