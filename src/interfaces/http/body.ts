import type { Context } from 'hono';
import { scrub } from '../../domain/payment/card-digits.ts';
import type { RequestError } from './http-error.ts';

const maxBytes = 64 * 1024;

export type Fields = Readonly<Record<string, unknown>>;
/** What was read, or what is wrong with it. */
export type Read<T> = Readonly<{ value: T; error?: undefined }> | Readonly<{ error: RequestError }>;

/** What Express and its like leave on Node's request. Some leave a `body` of their own when there was nothing to read. */
type NodeRequest = Readonly<{ body?: unknown; readableDidRead?: boolean }>;

const nodeRequestOf = (c: Context): NodeRequest =>
  (c.env as Readonly<{ incoming?: NodeRequest }> | undefined)?.incoming ?? {};

export const isJson = (contentType: string | undefined): boolean =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';

/**
 * The fields of a JSON body; none when the body is empty. A body that the host parsed, or read as text or bytes, before us
 * serves as well. Any field that is not in `allowed` is an error, an amount above all.
 */
export const readFields = async (c: Context, allowed: readonly string[]): Promise<Read<Fields>> => {
  if (Number(c.req.header('content-length')) > maxBytes) return { error: { type: 'BodyTooLarge' } };
  const { body, readableDidRead } = nodeRequestOf(c);
  const readByHost = readableDidRead === true ? body : undefined;
  const bytes = isValue(readByHost) ? null : await readBytes(c, readByHost);
  if (bytes?.error) return bytes;
  if (bytes?.value.length === 0) return { value: {} };
  if (!isJson(c.req.header('content-type'))) return { error: { type: 'UnsupportedMediaType' } };
  return fieldsOf(bytes === null ? readByHost : parseJson(bytes.value), allowed);
};

/** A body that the host not only read but parsed. */
const isValue = (body: unknown): boolean =>
  body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);

const fieldsOf = (body: unknown, allowed: readonly string[]): Read<Fields> => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { error: { type: 'MalformedBody' } };
  const unknown = Object.keys(body).find((name) => !allowed.includes(name));
  if (unknown !== undefined) return { error: { type: 'UnknownField', field: scrub(unknown.slice(0, 100)) } };
  return { value: body as Fields };
};

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};

const readBytes = async (c: Context, readByHost: unknown): Promise<Read<Uint8Array>> => {
  if (typeof readByHost === 'string') return withinLimit(new TextEncoder().encode(readByHost), maxBytes);
  if (readByHost instanceof Uint8Array) return withinLimit(readByHost, maxBytes);
  // Hono keeps what a middleware of the host read through it.
  if (c.req.raw.bodyUsed)
    return withinLimit(new Uint8Array(await c.req.arrayBuffer().catch(alreadyRead)), maxBytes);
  if (nodeRequestOf(c).readableDidRead === true) return alreadyRead();
  return readStream(c.req.raw.body, maxBytes);
};

const alreadyRead = (): never => {
  throw new Error(
    'The body was read before the payment routes and not left in req.body: mount them before whatever reads it, and ' +
      'let `authorize` leave it alone.',
  );
};

/** The very bytes of a body, which a signature is over; at most `limit`. Null when the host has parsed it: the bytes are lost then. */
export const readRaw = async (c: Context, limit: number): Promise<Read<Uint8Array> | null> => {
  if (Number(c.req.header('content-length')) > limit) return { error: { type: 'BodyTooLarge' } };
  const { body, readableDidRead } = nodeRequestOf(c);
  if (readableDidRead === true && body instanceof Uint8Array) return withinLimit(body, limit);
  if (readableDidRead === true || c.req.raw.bodyUsed) return null;
  return readStream(c.req.raw.body, limit);
};

const withinLimit = (value: Uint8Array, limit: number): Read<Uint8Array> =>
  value.length > limit ? { error: { type: 'BodyTooLarge' } } : { value };

const readStream = async (
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Read<Uint8Array>> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream?.getReader();
  try {
    for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
      length += chunk.value.length;
      // The rest is left unread, not cancelled: the connection is needed for the answer.
      if (length > limit) return { error: { type: 'BodyTooLarge' } };
      chunks.push(chunk.value);
    }
  } catch {
    // The client left in the middle of its body.
    return { error: { type: 'MalformedBody' } };
  }
  return { value: joined(chunks, length) };
};

const joined = (chunks: readonly Uint8Array[], length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
};
