import type { Credentials, PrahsysConnection } from './config.ts';
import { redact } from './redact.ts';

/** The part of `fetch` that is used; a host may pass its own. It must neither retry nor follow redirects by itself. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** `body` is parsed JSON; null when it was empty, undefined when unreadable. A number that a double may not hold stands as its own text. */
export type Answer = Readonly<{ status: number; body: unknown }>;

/** `notSent`: no byte of the request left. `unknown`: it may have been received and carried out, and no whole answer came. */
export type Reply =
  Readonly<{ type: 'answered'; answer: Answer }> | Readonly<{ type: 'notSent' | 'unknown'; reason: string }>;

export type Call = Readonly<{
  method: 'GET' | 'POST' | 'PUT';
  /** Segments, unencoded. */
  path: readonly string[];
  query?: Readonly<Record<string, string>>;
  credentials: Credentials;
  body?: object;
}>;

const largestAnswerBytes = 1_000_000;

/**
 * Sends one request to the gateway's API, once: no retry, no redirect, a fresh connection for each call, so that none is reused that
 * the gateway is about to close. (A read answered 421 is repeated by `fetch` itself, which moves nothing.) An answer of any size
 * and speed ends at 1 MB or at the deadline. Never rejects.
 */
export class PrahsysClient {
  readonly #connection: PrahsysConnection;
  readonly #fetch: Fetch;

  constructor(connection: PrahsysConnection, fetch: Fetch = (url, init) => globalThis.fetch(url, init)) {
    this.#connection = connection;
    this.#fetch = fetch;
  }

  async send({ method, path, query, credentials, body }: Call): Promise<Reply> {
    const address = [this.#connection.apiUrl, ...path.map(encodeURIComponent)].join('/');
    const url = query === undefined ? address : `${address}?${new URLSearchParams(query)}`;
    const { timeoutMs } = this.#connection;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = {
      authorization: credentials.authorization(),
      accept: 'application/json',
      connection: 'close',
    };
    const init = { method, headers, redirect: 'manual' as const, signal };
    let response: Response;
    try {
      response = await this.#fetch(url, body === undefined ? init : withBody(init, body));
    } catch (error) {
      return isSurelyNotSent(error)
        ? { type: 'notSent', reason: `no connection (${codeOf(error)})` }
        : withoutAnswer(error, timeoutMs);
    }
    try {
      const text = await readText(response.body);
      return text === null
        ? { type: 'unknown', reason: `the answer is larger than ${largestAnswerBytes} bytes` }
        : { type: 'answered', answer: { status: response.status, body: parseJson(text) } };
    } catch (error) {
      return withoutAnswer(error, timeoutMs);
    }
  }
}

const withoutAnswer = (error: unknown, timeoutMs: number): Reply =>
  property(error, 'name') === 'TimeoutError'
    ? { type: 'unknown', reason: `no whole answer within ${timeoutMs} ms` }
    : { type: 'unknown', reason: `the connection failed (${codeOf(error)})` };

/**
 * A body that can be read only once, of a known length. Given a string, `fetch` itself sends the request a second time when the
 * answer is 421 (the Fetch standard asks for it): a second charge. What was read cannot be sent again.
 */
const withBody = (init: RequestInit & { headers: Record<string, string> }, body: object): RequestInit => {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const once = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const headers = {
    ...init.headers,
    'content-type': 'application/json',
    'content-length': String(bytes.length),
  };
  return { ...init, headers, body: once, duplex: 'half' } as RequestInit;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The whole text, or null when it is too large. Throws when it breaks off or is not UTF-8. */
const readText = async (body: ReadableStream<Uint8Array> | null): Promise<string | null> => {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    size += read.value.byteLength;
    if (size > largestAnswerBytes) {
      await reader?.cancel(); // closes the connection
      return null;
    }
    chunks.push(read.value);
  }
  return utf8.decode(Buffer.concat(chunks));
};

/**
 * A double holds every decimal of up to 15 digits, and says the same digits again. A longer number is kept as the text that was sent,
 * so that no amount is changed by passing through binary fractions.
 */
const parseJson = (text: string): unknown => {
  if (text === '') return null;
  const asText = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  try {
    return JSON.parse(text, /[\d.]{16}/.test(text) ? asText : undefined);
  } catch {
    return undefined;
  }
};

const beforeConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Node's words for a certificate that it does not trust; it checks before it sends anything. */
const certificateRejected =
  /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|(DEPTH_ZERO_)?SELF_SIGNED_CERT(_IN_CHAIN)?|UNABLE_TO_(GET_ISSUER_CERT(_LOCALLY)?|VERIFY_LEAF_SIGNATURE)|CERT_(NOT_YET_VALID|HAS_EXPIRED|UNTRUSTED|REJECTED|REVOKED|CHAIN_TOO_LONG)|INVALID_(CA|PURPOSE))$/;

/** Node's sentence for a connection that ended within the TLS handshake; its code is that of any reset. */
const brokenHandshake = 'Client network socket disconnected before secure TLS connection was established';

/** Only what is known to end before the first byte of the request counts; whatever is unclear may have left. */
const isSurelyNotSent = (error: unknown): boolean => {
  const cause = causeOf(error);
  const tries = property(cause, 'errors');
  const failures: readonly unknown[] = Array.isArray(tries) && tries.length > 0 ? tries : [cause];
  return failures.every((failure) => {
    const code = String(property(failure, 'code'));
    return (
      beforeConnected.has(code) ||
      certificateRejected.test(code) ||
      property(failure, 'message') === brokenHandshake ||
      ['connect', 'getaddrinfo'].includes(String(property(failure, 'syscall')))
    );
  });
};

/** A code or a name, never a message: messages of `fetch` may quote headers. */
const codeOf = (error: unknown): string => {
  const code = property(causeOf(error), 'code') ?? property(error, 'name');
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,60}$/.test(code) ? redact(code) : 'no reason given';
};

/** `fetch` wraps the system's error; a host's own may throw it as it is. */
const causeOf = (error: unknown): unknown => property(error, 'cause') ?? error;

/** Errors come from another realm in some hosts and test runners, where `instanceof` does not know them. */
const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
