import { errAsync, type ResultAsync } from 'neverthrow';
import type { MerchantId } from '../domain/payment/ids.ts';
import type { Clock } from './ports/clock.ts';
import type { StorageUnavailable } from './ports/payments.ts';
import {
  type Webhook,
  type WebhookHeaders,
  type WebhookInbox,
  type WebhookRejected,
  webhookRejected,
  type WebhookVerifier,
} from './ports/webhooks.ts';

export type HandleWebhookCommand = Readonly<{
  /** Whose endpoint was called: each merchant has its own, and its own secrets. */
  merchantId: MerchantId;
  headers: WebhookHeaders;
  /** The very bytes that came: a parsed and written body has another signature. */
  body: Uint8Array;
}>;

export type HandledWebhook = Readonly<{ webhook: Webhook; isNew: boolean }>;
export type HandleWebhookError = WebhookRejected | StorageUnavailable;

/** How many webhooks came, by what became of them, since this instance started. */
export type WebhookCounts = Readonly<Record<'accepted' | 'repeated' | WebhookRejected['reason'], number>>;

/**
 * Stores a webhook whose signature holds, before it is acknowledged. It only makes a reading of the payment due, so that webhooks that
 * come late, twice, in any order, or lie, do no harm; an event that is no order's is stored and has no effect.
 */
export class HandleWebhook {
  readonly #verifier: WebhookVerifier;
  readonly #inbox: WebhookInbox;
  readonly #clock: Clock;
  readonly #counts = {
    accepted: 0,
    repeated: 0,
    noSecret: 0,
    headers: 0,
    timestamp: 0,
    signature: 0,
    size: 0,
    body: 0,
  };

  constructor(verifier: WebhookVerifier, inbox: WebhookInbox, clock: Clock) {
    this.#verifier = verifier;
    this.#inbox = inbox;
    this.#clock = clock;
  }

  get counts(): WebhookCounts {
    return { ...this.#counts };
  }

  /** Counts one that was refused before its signature was looked at: too large, or its bytes are lost. */
  refuse(reason: WebhookRejected['reason']): WebhookRejected {
    this.#counts[reason] += 1;
    return webhookRejected(reason);
  }

  execute({
    merchantId,
    headers,
    body,
  }: HandleWebhookCommand): ResultAsync<HandledWebhook, HandleWebhookError> {
    const verified = this.#verifier.verify(merchantId, headers, body, this.#clock.now());
    if (verified.isErr()) return errAsync(this.refuse(verified.error.reason));
    return this.#inbox.accept(verified.value).map((stored) => {
      this.#counts[stored === 'new' ? 'accepted' : 'repeated'] += 1;
      return { webhook: verified.value, isNew: stored === 'new' };
    });
  }
}
