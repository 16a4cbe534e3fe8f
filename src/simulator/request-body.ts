import type { Context, ErrorHandler, MiddlewareHandler } from 'hono';
import type { SimulatorEnv } from './call-faults.ts';
import { Refusal } from './refusal.ts';

const LARGEST_BODY_BYTES = 64 * 1024;

/**
 * Reads the body, up to 64 KB, into `body`. (Hono's own limit makes a `Request` of a chunked body, which fails as long as the server
 * adapter leaves the global `Request` alone.)
 */
export const readsBody: MiddlewareHandler<SimulatorEnv> = async (c, next) => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_BODY_BYTES) throw new Refusal(413, 'The request body is too large');
    chunks.push(chunk);
  }
  c.set('body', Buffer.concat(chunks).toString('utf8'));
  await next();
};

/** The body that was read, as JSON. */
export function jsonOf(c: Context<SimulatorEnv>): unknown {
  try {
    return JSON.parse(c.get('body'));
  } catch {
    throw new Refusal(400, 'The request body is not JSON');
  }
}

/** Answers a refusal with the envelope; anything else that is thrown is a defect of the simulator. */
export const answersRefusals: ErrorHandler<SimulatorEnv> = (error, c) => {
  if (!(error instanceof Refusal)) throw error;
  return c.json({ success: false, message: error.message, errors: error.errors }, error.status);
};
