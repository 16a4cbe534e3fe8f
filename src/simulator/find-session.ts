import { Refusal } from './refusal.ts';
import { isExpired, type Session } from './session.ts';
import type { World } from './world.ts';

/** A session of this merchant, expired or not; refuses with 404. */
export function findSession(world: World, merchantId: string, id: string): Session {
  const session = world.sessions.get(id);
  if (session?.merchantId !== merchantId) throw new Refusal(404, 'Session not found or expired');
  return session;
}

/** A session of this merchant that may still be updated and paid. */
export function liveSession(world: World, merchantId: string, id: string): Session {
  const session = findSession(world, merchantId, id);
  if (!isExpired(session, world.clock.now(), world.settings)) return session;
  throw new Refusal(world.settings.expiredSessionStatus, 'Session not found or expired');
}
