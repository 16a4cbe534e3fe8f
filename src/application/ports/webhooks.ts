import type { Result, ResultAsync } from 'neverthrow';
import type { MerchantId, OrderId } from '../../domain/payment/ids.ts';
import type { StorageUnavailable } from './payments.ts';

/** What a webhook is about, once its signature held. It is a hint and proves nothing: the gateway is read before anything is believed. */
export type Webhook = Readonly<{
  merchantId: MerchantId;
  /** The same at every delivery of one event. */
  eventId: string;
  /** The gateway's word; new ones may come. */
  type: string;
  /** Null when it is about no order of this merchant that we could name. */
  orderId: OrderId | null;
  /** Milliseconds since 1970. */
  receivedAt: number;
}>;

/** Unsigned, wrongly signed, too old, or not what the gateway sends. `reason` is for counting, and is never told to the sender. */
export type WebhookRejected = Readonly<{
  type: 'WebhookRejected';
  reason: 'noSecret' | 'headers' | 'timestamp' | 'signature' | 'size' | 'body';
}>;
export const webhookRejected = (reason: WebhookRejected['reason']): WebhookRejected => ({
  type: 'WebhookRejected',
  reason,
});

/** Header names in any case; a header that came twice is an array. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Knows the merchants' secrets. */
export interface WebhookVerifier {
  /** Checks the signature over the very bytes that came, then reads them. A pure computation that never throws, whatever came. */
  verify(
    merchantId: MerchantId,
    headers: WebhookHeaders,
    body: Uint8Array,
    now: number,
  ): Result<Webhook, WebhookRejected>;
}

/** Keeps webhooks, so that none is lost once it was acknowledged. */
export interface WebhookInbox {
  /**
   * Stores the webhook and, if it names an order, that its payment is to be confirmed: together or not at all. `known` when its event was
   * stored before: then nothing is due. When it answers ok, it survives a crash.
   */
  accept(webhook: Webhook): ResultAsync<'new' | 'known', StorageUnavailable>;
}
