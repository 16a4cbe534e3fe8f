import { Hono } from 'hono';
import type { World } from '../world.ts';

/** Serves session.js, the hosted fields' frames and the calls they make. */
export function hostedFieldRoutes(_world: World): Hono {
  return new Hono();
}
