import type { Context } from 'hono';
import { scrub } from '../../domain/payment/card-digits.ts';
import type { RequestError } from './problem.ts';

const maxBytes = 64 * 1024;

type Fields = Readonly<Record<string, unknown>>;
/** What was read, or what is wrong with it. */
export type Read<T> = Readonly<{ value: T; error?: undefined }> | Readonly<{ error: RequestError }>;

/** What Express and its like leave on Node's request. Some leave a `body` of their own when there was nothing to read. */
type NodeRequest = Readonly<{ body?: unknown; readableDidRead?: boolean }>;

const nodeRequestOf = (c: Context): NodeRequest =>
  (c.env as Readonly<{ incoming?: NodeRequest }> | undefined)?.incoming ?? {};

const isJson = (contentType: string | undefined): boolean =>
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
  if (typeof readByHost === 'string') return withinLimit(new TextEncoder().encode(readByHost));
  if (readByHost instanceof Uint8Array) return withinLimit(readByHost);
  // Hono keeps what a middleware of the host read through it.
  if (c.req.raw.bodyUsed) return withinLimit(new Uint8Array(await c.req.arrayBuffer().catch(alreadyRead)));
  if (nodeRequestOf(c).readableDidRead === true) return alreadyRead();
  return readStream(c.req.raw.body);
};

const alreadyRead = (): never => {
  throw new Error(
    'The body was read before the payment routes and not left in req.body: mount them before whatever reads it, and let authorize alone with it.',
  );
};

const withinLimit = (value: Uint8Array): Read<Uint8Array> =>
  value.length > maxBytes ? { error: { type: 'BodyTooLarge' } } : { value };

const readStream = async (stream: ReadableStream<Uint8Array> | null): Promise<Read<Uint8Array>> => {
  const bytes: number[] = [];
  const reader = stream?.getReader();
  try {
    for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
      // The rest is left unread, not cancelled: the connection is needed for the answer.
      if (bytes.length + chunk.value.length > maxBytes) return { error: { type: 'BodyTooLarge' } };
      bytes.push(...chunk.value);
    }
  } catch {
    // The client left in the middle of its body.
    return { error: { type: 'MalformedBody' } };
  }
  return { value: Uint8Array.from(bytes) };
};
