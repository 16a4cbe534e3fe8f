import {
  gatewayRefused,
  gatewayUnavailable,
  type SessionError,
} from '../../application/ports/payment-gateway.ts';
import type { Answer } from './client.ts';
import { redact } from './redact.ts';

/** Reads something of an answer, whatever stands there: it never throws, and nothing is refused. */
type Reader<T> = (value: unknown) => T;
type Shape = Readonly<Record<string, Reader<unknown>>>;
type Found<Fields extends Shape> = { readonly [Name in keyof Fields]: ReturnType<Fields[Name]> };
/** What a reader finds, when it finds anything. */
export type Read<Of extends Reader<unknown>> = NonNullable<ReturnType<Of>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null when nothing is said. A word of a wrong type is not absent but `?`, which means nothing to anybody. */
export const word: Reader<string | null> = (value) => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : '?';
};

/** An id of a wrong type or shape is no id. */
export const id: Reader<string | null> = (value) => {
  const said = word(value);
  return said !== null && /^[A-Za-z0-9._:-]{1,200}$/.test(said) ? said : null;
};

/** An object with these fields, without the others; null when it is none. */
export const part = <Fields extends Shape>(fields: Fields): Reader<Found<Fields> | null> => {
  const readers = Object.entries(fields);
  return (value) => {
    if (!isObject(value)) return null;
    const found: Record<string, unknown> = {};
    for (const [name, read] of readers) found[name] = read(value[name]);
    return found as Found<Fields>;
  };
};

/**
 * An answer in either shape, `{success, message, data: {…}}` or all at the root; where both say something, `data` holds. Null when it
 * is no JSON object, or its `data` is none.
 */
export const unwrapped = (body: unknown): Readonly<Record<string, unknown>> | null => {
  if (!isObject(body)) return null;
  const data = body['data'] ?? {};
  return isObject(data) ? { ...body, ...data, success: body['success'] } : null;
};

/** What every answer has. */
export type Envelope = Readonly<{ success?: unknown; message: string | null }>;
export const envelope = { success: (value: unknown) => value, message: word };

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

const refusal = part(envelope);

/** An answer other than 2xx to a call that moves no money. */
export const noSuccess = ({ status, body }: Answer): SessionError => {
  const said = mayBeVerdict(status) ? refusal(unwrapped(body)) : null;
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
