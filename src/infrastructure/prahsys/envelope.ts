import { z } from 'zod';
import {
  gatewayRefused,
  gatewayUnavailable,
  type SessionError,
} from '../../application/ports/payment-gateway.ts';
import type { Answer } from './client.ts';
import { redact } from './redact.ts';

/**
 * What the fields of an answer may hold. A number is its decimal text (the client sees to that). A word of a wrong type is not
 * absent but `?`, which means nothing to anybody; an id of a wrong type or shape is no id.
 */
export const word = z
  .string()
  .nullish()
  .catch('?')
  .transform((value) => value ?? null);
export const id = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,200}$/)
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
export const part = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .object(shape)
    .nullish()
    .catch(null)
    .transform((value) => value ?? null);

const jsonObject = z.record(z.string(), z.unknown());

/**
 * An answer in either shape, `{success, message, data: {…}}` or all at the root; where both say something, `data` holds. Null when it
 * is no JSON object, or its `data` is none.
 */
export const unwrapped = (body: unknown): Readonly<Record<string, unknown>> | null => {
  const root = jsonObject.safeParse(body);
  if (!root.success) return null;
  const data = jsonObject.safeParse(root.data.data ?? {});
  return data.success ? { ...root.data, ...data.data, success: root.data.success } : null;
};

/** What every answer has. */
export type Envelope = Readonly<{ success?: unknown; message: string | null }>;
export const envelope = { success: z.unknown(), message: word };

/** Two places that say the same thing; when they differ they mean nothing. */
export const agreed = (one: string | null, other: string | null): string | null =>
  one !== null && other !== null && one !== other ? '?' : (one ?? other);

export const isDone = (status: number): boolean => status >= 200 && status <= 299;

/** Of the other codes only 4xx may carry a verdict, and not those that a proxy or a crowded gateway may answer after the call went on. */
export const mayBeVerdict = (status: number): boolean =>
  status >= 400 && status <= 499 && ![408, 409, 425, 429].includes(status);

export const isSuccess = ({ success }: Envelope): boolean => success === true || success === undefined;

const refusals: ReadonlySet<number> = new Set([400, 401, 403, 404, 422]);

/** The gateway's own envelope says that it did nothing, and no word of a payment beside it says otherwise. */
export const isRefusal = (
  status: number,
  said: Envelope,
  words: Readonly<{ result: string | null; status: string | null }>,
): boolean =>
  refusals.has(status) &&
  said.success === false &&
  words.result === null &&
  !/^[A-Z_?]+$/.test(words.status ?? '');

const refusal = z.object(envelope);

/** An answer other than 2xx to a call that moves no money. */
export const noSuccess = ({ status, body }: Answer): SessionError => {
  const said = mayBeVerdict(status) ? refusal.safeParse(unwrapped(body)).data : undefined;
  if (said?.success !== false) return gatewayUnavailable(`HTTP ${status}`);
  // A decline may repeat what the payer typed in words of its own: only a refusal is quoted.
  return gatewayRefused(refusals.has(status) ? reasonOf(status, {}, said) : `HTTP ${status}`);
};

export const unreadable = (status: number): SessionError =>
  gatewayUnavailable(`HTTP ${status} with an unreadable body`);

/** The gateway's words, or its message when it has none. */
export const reasonOf = (
  status: number,
  words: Readonly<Record<string, string | null>>,
  { message }: Envelope,
): string => {
  const given = Object.entries(words).flatMap(([name, value]) => (value === null ? [] : `${name} ${value}`));
  const parts = given.length > 0 ? given : [message ?? 'without a word'];
  return redact([`HTTP ${status}`, ...parts].join(', '));
};
