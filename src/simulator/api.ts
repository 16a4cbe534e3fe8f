import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import { suffersFaults, type SimulatorEnv } from './call-faults.ts';
import { orderDialect } from './order-dialect.ts';
import { paymentDialect } from './payment-dialect.ts';
import { paymentUpkeep } from './payment-upkeep.ts';
import { redact, redactText } from './redact.ts';
import { Refusal } from './refusal.ts';
import { answersRefusals, readsBody } from './request-body.ts';
import { sessionRoutes } from './sessions.ts';
import type { World } from './world.ts';

const STATUS = {
  version: '1.81.0',
  status: 'OPERATING',
  cardPresent: 'OPERATING',
  cardNotPresent: 'OPERATING',
};

/**
 * The gateway's API below `/payments/n1`: bearer key, JSON in and out, an envelope on every answer. It sends no CORS
 * header: the API is for servers, and a browser's call must fail.
 */
export function gatewayApi(world: World): Hono<SimulatorEnv> {
  const api = new Hono<SimulatorEnv>();
  api.use(readsBody);
  api.use(async (c, next) => {
    world.log({ method: c.req.method, path: c.req.path, body: redactedBody(c.get('body')) });
    await next();
  });
  api.use('/merchant/:merchant/*', authorizes(world));
  for (const routes of [sessionRoutes, orderDialect, paymentDialect, paymentUpkeep])
    api.route('/merchant/:merchant', routes(world));
  api.get('/status', suffersFaults(world, 'getStatus'), (c) => c.json(STATUS));
  api.all('*', () => {
    throw new Refusal(404, 'Not found');
  });
  api.onError(answersRefusals);
  return api;
}

function authorizes(world: World): MiddlewareHandler<SimulatorEnv, '/merchant/:merchant/*'> {
  return async (c, next) => {
    const [, key] = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const owner = [...world.keys].find(([, known]) => key !== undefined && isSame(key, known));
    if (!owner) throw new Refusal(401, 'Authentication is required');
    if (owner[0] !== c.req.param('merchant'))
      throw new Refusal(403, 'The key has no permission for this merchant');
    await next();
  };
}

function isSame(key: string, known: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(key), hash(known));
}

function redactedBody(text: string): unknown {
  if (text === '') return null;
  try {
    return redact(JSON.parse(text));
  } catch {
    return redactText(text);
  }
}
