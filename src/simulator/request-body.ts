import type { Context, ErrorHandler, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { SimulatorEnv } from './call-faults.ts';
import { invalid, Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

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

/** The merchant in the path; the key has been checked to be that merchant's. */
export function merchantOf(c: Context): string {
  return c.req.param('merchant') ?? '';
}

/** The body that was read, as JSON. */
export function jsonOf(c: Context<SimulatorEnv>): unknown {
  try {
    return JSON.parse(c.get('body'));
  } catch {
    throw new Refusal(400, 'The request body is not JSON', { body: ['is not JSON'] });
  }
}

/** The body that was read, as this schema has it; else the refusal that names each wrong field by its path. */
export function parseBody<T>(c: Context<SimulatorEnv>, schema: z.ZodType<T>, settings: Settings): T {
  const parsed = schema.safeParse(jsonOf(c));
  if (parsed.success) return parsed.data;
  const errors: Record<string, string[]> = {};
  for (const { path, message } of parsed.error.issues) {
    const isMissing = message.endsWith('received undefined');
    (errors[path.join('.') || 'body'] ??= []).push(isMissing ? 'is required' : message);
  }
  throw invalid(settings.validationStatus, errors);
}

/** Answers a refusal with the envelope; anything else that is thrown is a defect of the simulator. */
export const answersRefusals: ErrorHandler<SimulatorEnv> = (error, c) => {
  if (!(error instanceof Refusal)) throw error;
  return c.json({ success: false, message: error.message, errors: error.errors }, error.status);
};
