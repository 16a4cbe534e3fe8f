import { randomBytes } from 'node:crypto';
import { Hono, type Context, type Next } from 'hono';
import { z } from 'zod';
import { suffersFaults, type SimulatorEnv } from '../call-faults.ts';
import { isExpired, type CardUpdate } from '../session.ts';
import type { World } from '../world.ts';
import type { FormUpdate } from './form-options.ts';
import { cardFrom, orderFormUpdate, paymentFormUpdate, systemError, type Typed } from './form-update.ts';
import { framePage, framePolicy } from './frame-page.ts';
import { paymentScript } from './payment-script.ts';
import { orderRoles, roles, type Role } from './roles.ts';
import { sessionScript } from './session-script.ts';
import { Staging } from './staging.ts';

const LARGEST_BODY_BYTES = 4096;
const NOT_FOUND = 'Session not found or expired';

const role = z.enum(roles);
const page = z.string().regex(/^[0-9a-f]{32}$/);
const session = z.string().min(1).max(64);
const batch = z.int().positive();

const openRequest = z.object({ session });
const stageRequest = z.object({ session, page, batch, role, value: z.string().max(512) });
const finishRequest = z.object({ session, page, batch, roles: z.array(role).min(1) });

// It goes into a header: a URL parser's idea of a host (which may hold ";" or "*") is too wide.
const webOrigin = z.string().regex(/^https?:\/\/([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/);
const frameQuery = z.object({ origin: webOrigin, page, ancestors: z.array(webOrigin).max(8) });

/** In what the browser's half of the two dialects differs. */
type Dialect = {
  readonly base: string;
  readonly script: string;
  /** `session` is '' where the address names none. */
  scriptText(session: string): string;
  readonly roles: readonly Role[];
  merchantOf(world: World, name: string): string | undefined;
  formUpdate(world: World, merchantId: string, update: CardUpdate, typed: Typed): FormUpdate;
};

const orderDialect: Dialect = {
  base: '/form/version/100/merchant/:merchant',
  script: 'session.js',
  scriptText: sessionScript,
  roles: orderRoles,
  merchantOf: merchantOfOrderDialect,
  formUpdate: (world, merchantId, update) => orderFormUpdate(update, merchantId, world.settings.errorsShape),
};

const paymentDialect: Dialect = {
  base: '/n1/merchant/:merchant/session/:session',
  script: 'script.js',
  scriptText: paymentScript,
  roles,
  merchantOf: (world, name) => (world.keys.has(name) ? name : undefined),
  formUpdate: (_world, _merchantId, update, typed) => paymentFormUpdate(update, typed),
};

/** What the payer's browser loads from the gateway: the scripts, the frames of the fields, and where the frames send what was typed. */
export function hostedFieldRoutes(world: World): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  for (const dialect of [orderDialect, paymentDialect]) app.route(dialect.base, fieldRoutes(world, dialect));
  return app;
}

function fieldRoutes(world: World, dialect: Dialect): Hono<SimulatorEnv> {
  const staging = new Staging();
  const app = new Hono<SimulatorEnv>();
  const merchantIn = (c: Context) => dialect.merchantOf(world, c.req.param('merchant') ?? '') ?? '';
  const sessionIn = (c: Context) => c.req.param('session');

  app.use(async (c, next) => {
    const session = sessionIn(c);
    if (merchantIn(c) === '') return c.text('Unknown merchant', 404);
    if (session !== undefined && world.sessions.get(session)?.merchantId !== merchantIn(c))
      return c.text('Unknown session', 404);
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'no-referrer');
    return next();
  });

  app.get(`/${dialect.script}`, suffersFaults(world, 'script'), (c) =>
    c.body(dialect.scriptText(sessionIn(c) ?? ''), 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );

  app.get('/role/:role/inputField.do', (c) => {
    const known = role.safeParse(c.req.param('role'));
    const query = frameQuery.safeParse({ ...c.req.query(), ancestors: c.req.queries('ancestor') ?? [] });
    if (!known.success || !dialect.roles.includes(known.data)) return c.text('Unknown field', 404);
    if (!query.success) return c.text('A field needs the origin and the id of its page', 400);
    const nonce = randomBytes(16).toString('base64');
    const { origin, page, ancestors } = query.data;
    c.header('content-security-policy', framePolicy([...new Set([origin, ...ancestors])], nonce));
    return c.html(framePage({ role: known.data, origin, page }, nonce));
  });

  app.post('/:action{open|stage|finish}', fromFieldsOnly);

  app.post('/open', async (c) => {
    const { session } = openRequest.parse(await c.req.json());
    const refusal = refusalOf(world, merchantIn(c), session, sessionIn(c));
    return c.json(refusal === undefined ? { status: 'ok' } : systemError(refusal));
  });

  app.post('/stage', async (c) => {
    const { session, page, batch, role, value } = stageRequest.parse(await c.req.json());
    staging.put(session, page, batch, role, value);
    return c.json({ status: 'ok' });
  });

  app.post('/finish', suffersFaults(world, 'formUpdate'), async (c) => {
    const { session, page, batch, roles } = finishRequest.parse(await c.req.json());
    const typed = staging.take(session, page, batch);
    const merchantId = merchantIn(c);
    if (roles.some((one) => !typed.has(one))) return c.json(systemError('A field did not send its value.'));
    if (!isOf(world, merchantId, session, sessionIn(c))) return c.json(systemError(NOT_FOUND));
    const update = world.setCard(session, cardFrom(typed));
    return c.json(dialect.formUpdate(world, merchantId, update, typed));
  });

  app.onError((_error, c) => {
    // The reason stays out of the answer and the log: the request may hold a card number.
    return c.json(systemError('The request is not one of a hosted field.'), 400);
  });
  return app;
}

// JSON makes a browser ask before it lets another site send this, and nothing here answers such a question.
async function fromFieldsOnly(c: Context, next: Next): Promise<Response | void> {
  const site = c.req.header('sec-fetch-site') ?? 'same-origin';
  if (site !== 'same-origin') return c.json(systemError('Only a hosted field may do this.'), 403);
  if (Number(c.req.header('content-length')) > LARGEST_BODY_BYTES)
    return c.json(systemError('Too large.'), 413);
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\b/.test(type)) return c.json(systemError('Send application/json.'), 415);
  return next();
}

/** `TEST` before the id marks the sandbox; the setting `requireTestPrefix` asks for it. */
function merchantOfOrderDialect(world: World, name: string): string | undefined {
  if (world.keys.has(name) && !world.settings.requireTestPrefix) return name;
  const plain = name.replace(/^TEST/, '');
  return plain !== name && world.keys.has(plain) ? plain : undefined;
}

/** A session of this merchant, and the one that the address names, where it names one. */
function isOf(world: World, merchantId: string, sessionId: string, named = sessionId): boolean {
  return named === sessionId && world.sessions.get(sessionId)?.merchantId === merchantId;
}

/** Why this session takes no card; undefined when it does. */
function refusalOf(world: World, merchantId: string, sessionId: string, named?: string): string | undefined {
  const session = world.sessions.get(sessionId);
  if (!session || !isOf(world, merchantId, sessionId, named)) return NOT_FOUND;
  if (isExpired(session, world.clock.now(), world.settings)) return NOT_FOUND;
  return session.payTaken ? 'The session has been paid' : undefined;
}
