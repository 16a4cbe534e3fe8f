import { timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { z } from 'zod';
import {
  type Webhook,
  type WebhookHeaders,
  webhookRejected,
  type WebhookRejected,
  type WebhookVerifier,
} from '../../../application/ports/webhooks.ts';
import { type MerchantId, orderId } from '../../../domain/payment/ids.ts';

/** The secrets of a merchant, decoded; none when it has no webhooks. */
export type WebhookKeys = (merchantId: MerchantId) => readonly Uint8Array[];

const secretShape = /^(?:whsec_)?([A-Za-z0-9+/]+={0,2})$/;

/** The bytes of a secret as Svix writes it; null when it is none, or not of 24 to 64 bytes. */
export const webhookKey = (secret: unknown): Uint8Array | null => {
  const [, base64] = typeof secret === 'string' ? (secretShape.exec(secret) ?? []) : [];
  if (base64 === undefined || base64.length % 4 !== 0) return null;
  const key = new Uint8Array(Buffer.from(base64, 'base64'));
  return key.length >= 24 && key.length <= 64 ? key : null;
};

const largestBody = 256 * 1024;
const toleranceSeconds = 300;

/**
 * Webhooks as Svix signs them (Standard Webhooks): HMAC-SHA256 over id, timestamp and the very bytes of the body. The package computes the
 * signature; its own check of the time is not used, since it reads the machine's clock where `now` is what counts, and it takes
 * headers and bodies that are stricter here.
 */
export class SvixVerifier implements WebhookVerifier {
  readonly #keys: WebhookKeys;

  constructor(keys: WebhookKeys) {
    this.#keys = keys;
  }

  verify(
    merchantId: MerchantId,
    headers: WebhookHeaders,
    body: Uint8Array,
    now: number,
  ): Result<Webhook, WebhookRejected> {
    if (body.byteLength > largestBody) return err(webhookRejected('size'));
    const keys = this.#keys(merchantId);
    if (keys.length === 0) return err(webhookRejected('noSecret'));
    return signedHeaders(headers).andThen((signed) => {
      if (!isNear(signed.timestamp, now)) return err(webhookRejected('timestamp'));
      const text = textOf(body);
      if (text === null) return err(webhookRejected('body'));
      if (!isSignedBy(keys, signed, text)) return err(webhookRejected('signature'));
      return readEvent(text, signed.id, merchantId, now);
    });
  }
}

type Signed = Readonly<{ id: string; timestamp: string; signatures: readonly string[] }>;

/** The names of the headers, in the order of `Signed`; a white-labelled sender uses the second set. */
const prefixes = ['svix-', 'webhook-'] as const;
const names = ['id', 'timestamp', 'signature'] as const;

/** The three headers, all of one set and each there once. */
const signedHeaders = (headers: WebhookHeaders): Result<Signed, WebhookRejected> => {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), value] as const],
  );
  const sets = prefixes.map((prefix) =>
    names.map((name) => given.filter(([header]) => header === `${prefix}${name}`).map(([, value]) => value)),
  );
  const [found, ...mixed] = sets.filter((set) => set.some((values) => values.length > 0));
  const [id, timestamp, signature] =
    found?.map((values) => (values.length === 1 ? values[0] : undefined)) ?? [];
  if (
    mixed.length > 0 ||
    typeof id !== 'string' ||
    typeof timestamp !== 'string' ||
    typeof signature !== 'string'
  ) {
    return err(webhookRejected('headers'));
  }
  // A dot in the id would let it be cut from the timestamp in another place.
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(id) || !/^[\x20-\x7e]{1,4096}$/.test(signature)) {
    return err(webhookRejected('headers'));
  }
  return ok({ id, timestamp, signatures: signature.split(' ') });
};

/** Unix seconds as they are signed: no zeros before, no sign, no fraction. */
const isNear = (timestamp: string, now: number): boolean =>
  /^(?:0|[1-9]\d{0,11})$/.test(timestamp) &&
  Math.abs(Math.floor(now / 1000) - Number(timestamp)) <= toleranceSeconds;

/** The text of exactly these bytes, so that signing it signs them; null when they are no UTF-8, or nothing. */
const textOf = (body: Uint8Array): string | null => {
  if (body.byteLength === 0) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
};

/** Any `v1` of the list may match any of the secrets, while one replaces another; other versions say nothing. */
const isSignedBy = (
  keys: readonly Uint8Array[],
  { id, timestamp, signatures }: Signed,
  text: string,
): boolean => {
  const at = new Date(Number(timestamp) * 1000);
  const given = signatures.filter((each) => each.startsWith('v1,')).map((each) => Buffer.from(each));
  if (given.length === 0) return false;
  const own = keys.map((key) => Buffer.from(new StandardWebhook(key, { format: 'raw' }).sign(id, at, text)));
  return own.some((right) =>
    given.some((each) => each.length === right.length && timingSafeEqual(each, right)),
  );
};

const payment = z.object({ id: z.unknown(), merchantId: z.string().nullish().catch('?') });
const event = z.object({
  eventType: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/)
    .catch('unknown'),
  /** Stable over all deliveries of an event; some events of the documentation have none. */
  eventId: z
    .string()
    .regex(/^[\x21-\x7e]{1,300}$/)
    .nullish()
    .catch(null),
  payload: z
    .object({ data: z.object({ payment: payment.nullish() }) })
    .nullish()
    .catch(null),
});

/** What the gateway tells. It names no order of ours unless it says so plainly: what is read from the gateway decides, not this. */
const readEvent = (
  text: string,
  messageId: string,
  merchantId: MerchantId,
  receivedAt: number,
): Result<Webhook, WebhookRejected> => {
  const { data: said } = event.safeParse(parsed(text));
  if (said === undefined) return err(webhookRejected('body'));
  const about = said.payload?.data.payment;
  const isOurs = (about?.merchantId ?? merchantId) === merchantId;
  const named = typeof about?.id === 'string' && isOurs ? orderId(about.id).unwrapOr(null) : null;
  return ok({
    merchantId,
    eventId: said.eventId ?? messageId,
    type: said.eventType,
    orderId: named,
    receivedAt,
  });
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
