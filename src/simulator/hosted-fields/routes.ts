import { randomBytes } from 'node:crypto';
import { Hono, type Context, type Next } from 'hono';
import { z } from 'zod';
import { suffersFaults, type SimulatorEnv } from '../call-faults.ts';
import { isExpired } from '../session.ts';
import type { World } from '../world.ts';
import type { FormUpdate } from './form-options.ts';
import { framePage, framePolicy } from './frame-page.ts';
import { roles, type Role } from './roles.ts';
import { sessionScript } from './session-script.ts';
import { Staging } from './staging.ts';

const LARGEST_BODY_BYTES = 4096;

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

/** What the payer's browser loads from the gateway: the script, the frames of the fields, and where the frames send what was typed. */
export function hostedFieldRoutes(world: World): Hono<SimulatorEnv> {
  const staging = new Staging();
  const app = new Hono<SimulatorEnv>().basePath('/form/version/100/merchant/:merchant');
  const merchantIn = (c: Context) => merchantOf(world, c.req.param('merchant') ?? '') ?? '';

  app.use(async (c, next) => {
    if (merchantIn(c) === '') return c.text('Unknown merchant', 404);
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'no-referrer');
    return next();
  });

  app.get('/session.js', suffersFaults(world, 'script'), (c) =>
    c.body(sessionScript(), 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );

  app.get('/role/:role/inputField.do', (c) => {
    const known = role.safeParse(c.req.param('role'));
    const query = frameQuery.safeParse({ ...c.req.query(), ancestors: c.req.queries('ancestor') ?? [] });
    if (!known.success) return c.text('Unknown field', 404);
    if (!query.success) return c.text('A field needs the origin and the id of its page', 400);
    const nonce = randomBytes(16).toString('base64');
    const { origin, page, ancestors } = query.data;
    c.header('content-security-policy', framePolicy([...new Set([origin, ...ancestors])], nonce));
    return c.html(framePage({ role: known.data, origin, page }, nonce));
  });

  app.post('/:action{open|stage|finish}', fromFieldsOnly);

  app.post('/open', async (c) => {
    const { session } = openRequest.parse(await c.req.json());
    const refusal = refusalOf(world, merchantIn(c), session);
    return c.json(refusal === undefined ? { status: 'ok' } : systemError(refusal));
  });

  app.post('/stage', async (c) => {
    const { session, page, batch, role, value } = stageRequest.parse(await c.req.json());
    staging.put(session, page, batch, role, value);
    return c.json({ status: 'ok' });
  });

  app.post('/finish', suffersFaults(world, 'formUpdate'), async (c) => {
    const { session, page, batch, roles } = finishRequest.parse(await c.req.json());
    const values = staging.take(session, page, batch);
    if (roles.some((one) => !values.has(one))) return c.json(systemError('A field did not send its value.'));
    return c.json(formUpdate(world, merchantIn(c), session, values));
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

/** `TEST` before the id marks the sandbox (gateway.md 1.5); the setting `requireTestPrefix` asks for it. */
function merchantOf(world: World, name: string): string | undefined {
  if (world.keys.has(name) && !world.settings.requireTestPrefix) return name;
  const plain = name.replace(/^TEST/, '');
  return plain !== name && world.keys.has(plain) ? plain : undefined;
}

/** Why this session takes no card; undefined when it does. */
function refusalOf(world: World, merchantId: string, sessionId: string): string | undefined {
  const session = world.sessions.get(sessionId);
  if (session?.merchantId !== merchantId || isExpired(session, world.clock.now(), world.settings)) {
    return 'Session not found or expired';
  }
  return session.payTaken ? 'The session has been paid' : undefined;
}

/** Puts the card into the session and answers in the words of the browser's `formSessionUpdate` (gateway.md 3.3). */
function formUpdate(
  world: World,
  merchantId: string,
  sessionId: string,
  values: ReadonlyMap<Role, string>,
): FormUpdate {
  if (world.sessions.get(sessionId)?.merchantId !== merchantId)
    return systemError('Session not found or expired');
  const update = world.setCard(sessionId, {
    number: values.get('number') ?? '',
    expiryMonth: values.get('expiryMonth') ?? '',
    expiryYear: values.get('expiryYear') ?? '',
    securityCode: values.get('securityCode') ?? '',
    nameOnCard: values.get('nameOnCard') ?? '',
  });
  const { errorsShape } = world.settings;
  switch (update.status) {
    case 'ok': {
      const { id, updateStatus, version } = update.session;
      const sourceOfFunds = { type: 'CARD', provided: { card: update.card } };
      return { status: 'ok', merchant: merchantId, session: { id, updateStatus, version }, sourceOfFunds };
    }
    case 'fields_in_error':
      return { status: update.status, errors: update.errors, errorsShape };
    case 'request_timeout':
    case 'system_error':
      return { status: update.status, errors: { message: update.message }, errorsShape };
  }
}

function systemError(message: string): FormUpdate {
  return { status: 'system_error', errors: { message } };
}
