import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { SimulatorEnv } from './call-faults.ts';
import { faultRequest } from './faults.ts';
import type { CardUpdate } from './session.ts';
import { settingsChange } from './settings.ts';
import type { World } from './world.ts';

const LARGEST_BODY_BYTES = 64 * 1024;

const text = z.string().default('');
const cardRequest = z.strictObject({
  number: text,
  expiryMonth: text,
  expiryYear: text,
  securityCode: text,
  nameOnCard: text,
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
 * What tests and people use to look into the simulator and to steer it, below `/_simulator` (design: Simulator, controls). A request
 * that carries `Origin` comes from a web page and is refused: a page must not be able to put cards into sessions.
 */
export function controlRoutes(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  const tooLarge = (c: Context) => c.json({ message: 'The request body is too large' }, 413);
  routes.use(bodyLimit({ maxSize: LARGEST_BODY_BYTES, onError: tooLarge }));
  routes.use(async (c, next) => {
    if (c.req.header('origin') === undefined) return next();
    return c.json({ message: 'The controls are not for web pages: the request carries Origin' }, 403);
  });

  routes.post('/sessions/:session/card', async (c) => {
    const card = await parse(c, cardRequest);
    return card instanceof Response ? card : cardAnswer(c, world.setCard(c.req.param('session'), card));
  });
  routes.get('/charges', (c) => c.json(world.charges));
  routes.get('/requests', (c) => c.json(world.requests));
  routes.post('/faults', async (c) => {
    const fault = await parse(c, faultRequest);
    if (fault instanceof Response) return fault;
    world.faults.add(fault);
    return c.json(fault, 201);
  });
  routes.delete('/faults', (c) => {
    world.faults.clear();
    return c.body(null, 204);
  });
  routes.get('/settings', (c) => c.json(world.settings));
  routes.put('/settings', async (c) => {
    const change = await parse(c, settingsChange);
    if (change instanceof Response) return change;
    world.settings = { ...world.settings, ...change };
    return c.json(world.settings);
  });
  routes.delete('/state', (c) => {
    world.reset();
    return c.body(null, 204);
  });
  routes.post('/clock', async (c) => {
    const request = await parse(c, clockRequest);
    if (request instanceof Response) return request;
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

/** The body as the schema has it, or an answer 400 that names what is wrong. An empty body is an empty object. */
async function parse<T>(c: Context, schema: z.ZodType<T>): Promise<T | Response> {
  const body = await c.req.text();
  let json: unknown;
  try {
    json = body === '' ? {} : JSON.parse(body);
  } catch {
    return c.json({ message: 'The request body is not JSON' }, 400);
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : c.json({ message: z.prettifyError(parsed.error) }, 400);
}
