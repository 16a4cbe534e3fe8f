import { Hono } from 'hono';
import { suffersFaults, type SimulatorEnv } from './call-faults.ts';
import { findSession, liveSession } from './find-session.ts';
import { createOrderSession, showOrderSession, updateOrderSession } from './order-dialect.ts';
import { createPaymentSession, showPaymentSession, updatePaymentSession } from './payment-sessions.ts';
import { jsonOf, merchantOf } from './request-body.ts';
import type { World } from './world.ts';

/**
 * Sessions of both dialects, below `/payments/n1/merchant/{merchant}`. The create call's body decides
 * the dialect, once and for all that is done with the session.
 */
export function sessionRoutes(world: World): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();

  routes.post('/session', suffersFaults(world, 'createSession'), (c) =>
    isOfTheOrderDialect(jsonOf(c)) ? createOrderSession(world, c) : createPaymentSession(world, c),
  );

  routes.put('/session/:session', suffersFaults(world, 'updateSession'), (c) => {
    const session = liveSession(world, merchantOf(c), c.req.param('session'));
    return session.dialect === 'order'
      ? updateOrderSession(world, c, session)
      : updatePaymentSession(world, c, session);
  });

  routes.get('/session/:session', suffersFaults(world, 'getSession'), (c) => {
    const find = world.settings.readExpiredSessions ? findSession : liveSession;
    const session = find(world, merchantOf(c), c.req.param('session'));
    return session.dialect === 'order'
      ? showOrderSession(world, c, session)
      : showPaymentSession(world, c, session);
  });

  return routes;
}

/** `order` and `operation` are words of the order dialect; `payment` beside them makes it today's. */
function isOfTheOrderDialect(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return true;
  return !('payment' in body) && ('order' in body || 'operation' in body || 'interaction' in body);
}
