import { createHmac } from 'node:crypto';
import type { World } from './world.ts';

/** Where webhooks go. `secret` holds one or more of `whsec_` and base64, with spaces between: each signs the message. */
export type Endpoint = { readonly url: string; readonly secret: string };

/** A webhook as it is kept and, each time it is sent, sent: the body never changes. Times are milliseconds since 1970. */
export type Message = {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly merchantId: string;
  readonly paymentId?: string;
  readonly body: string;
  /** `status` is null when there was no answer. */
  readonly attempts: readonly { readonly atMs: number; readonly status: number | null }[];
  readonly delivered: boolean;
  /** When it is sent next; absent when it is not. */
  readonly dueAtMs?: number;
  /** How many tries of the schedule have been used: replays are beside it. */
  readonly tries: number;
};

/** Something happened that is announced; `about` is the id of what it happened to. */
type Announcement = {
  readonly merchantId: string;
  readonly paymentId?: string;
  readonly eventType: string;
  readonly about: string;
  readonly payload: object;
};

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long after the previous failure each try follows. */
const RETRY_AFTER_MS = [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];

/** The computer's time, not the simulator's: a receiver really has this long. */
const ANSWER_WITHIN_MS = 15_000;

/** The oldest messages beyond this many are forgotten. */
const MESSAGES_KEPT = 1_000;

/** Webhooks as Svix sends them: signed, retried on the simulator's clock, never redirected. */
export class Webhooks {
  readonly #world: World;
  readonly #stopped = new AbortController();
  /** By merchant id; '' is everybody else's. */
  #endpoints = new Map<string, Endpoint>();
  #messages = new Map<string, Message>();

  constructor(world: World) {
    this.#world = world;
  }

  /** From now on, webhooks of this merchant, or of every merchant without an endpoint of its own, go there. */
  sendTo(endpoint: Endpoint, merchantId = ''): void {
    this.#endpoints.set(merchantId, endpoint);
  }

  sendNowhere(): void {
    this.#endpoints.clear();
  }

  /** Makes a webhook of it, and sends it soon; nothing for a merchant without an endpoint, unless webhooks are held or lost. */
  announce(event: Announcement): void {
    const { webhooks } = this.#world.settings;
    if (webhooks === 'deliver' && !this.#endpointOf(event.merchantId)) return;
    const { merchantId, paymentId, eventType, about, payload } = event;
    const now = this.#world.clock.now();
    const eventId = `${eventType}-${about}-${Math.floor(now / SECOND)}`;
    const body = JSON.stringify({ eventType, payload, eventId });
    const id = this.#world.ids.message();
    const kept = { id, eventId, eventType, merchantId, paymentId, body };
    const dueAtMs = webhooks === 'lose' ? undefined : now;
    this.#keep({ ...kept, attempts: [], delivered: false, tries: 0, dueAtMs });
    const [oldest] = this.#messages.keys();
    if (oldest !== undefined && this.#messages.size > MESSAGES_KEPT) this.#messages.delete(oldest);
    this.#wait(id);
  }

  /** Oldest first. */
  list(): readonly Message[] {
    return [...this.#messages.values()];
  }

  /** Sends a message again, whatever became of it; undefined when there is none. */
  replay(id: string): Message | undefined {
    const message = this.#messages.get(id);
    if (message) this.#world.clock.at(this.#world.clock.now(), () => void this.#send(id));
    return message;
  }

  /** Sends what was held back, if it is held no longer. */
  release(): void {
    for (const id of this.#messages.keys()) this.#wait(id);
  }

  reset(): void {
    this.#messages.clear();
  }

  /** Takes messages up again after a restart; one that was being sent when the simulator ended is sent again. */
  restore(messages: readonly Message[]): void {
    const now = this.#world.clock.now();
    for (const message of messages) {
      const wasCut = message.dueAtMs === undefined && message.tries > message.attempts.length;
      this.#messages.set(
        message.id,
        wasCut ? { ...message, tries: message.tries - 1, dueAtMs: now } : message,
      );
    }
    this.release();
  }

  /** Cuts what is being sent; nothing is sent any more. */
  stop(): void {
    this.#stopped.abort();
  }

  #wait(id: string): void {
    const dueAtMs = this.#messages.get(id)?.dueAtMs;
    if (dueAtMs === undefined) return;
    this.#world.clock.at(dueAtMs, () => {
      const message = this.#messages.get(id);
      if (message?.dueAtMs !== dueAtMs || this.#world.settings.webhooks !== 'deliver') return;
      this.#keep({ ...message, dueAtMs: undefined, tries: message.tries + 1 });
      void this.#send(id).then((isOver) => isOver || this.#retry(id));
    });
  }

  #retry(id: string): void {
    const message = this.#messages.get(id);
    const after = message && RETRY_AFTER_MS[message.tries];
    if (!message || after === undefined || message.dueAtMs !== undefined) return;
    this.#keep({ ...message, dueAtMs: this.#world.clock.now() + after });
    this.#wait(id);
  }

  /** Sends a message now; true when nothing more is to be tried. */
  async #send(id: string): Promise<boolean> {
    const message = this.#messages.get(id);
    const endpoint = message && this.#endpointOf(message.merchantId);
    if (!message || !endpoint) return true;
    const atMs = this.#world.clock.now();
    const { status, isAborted } = await this.#post(endpoint, message);
    const now = this.#messages.get(id);
    if (!now || this.#stopped.signal.aborted) return true;
    const succeeded = status !== null && status >= 200 && status < 300;
    const delivered = now.delivered || succeeded;
    this.#keep({ ...now, attempts: [...now.attempts, { atMs, status }], delivered });
    return delivered || isAborted;
  }

  async #post(endpoint: Endpoint, message: Message): Promise<{ status: number | null; isAborted: boolean }> {
    const isComputers = this.#world.settings.webhookClock === 'computer';
    const now = isComputers ? Date.now() : this.#world.clock.now();
    const timestamp = String(Math.floor(now / SECOND));
    const headers = {
      'content-type': 'application/json',
      'svix-id': message.id,
      'svix-timestamp': timestamp,
      'svix-signature': signaturesOf(endpoint.secret, message.id, timestamp, message.body),
    };
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    try {
      const init = { method: 'POST', headers, body: message.body, redirect: 'manual', signal } as const;
      const response = await fetch(endpoint.url, init);
      await response.body?.cancel();
      const isAborted = response.headers.get('webhook-delivery') === 'abort-message';
      return { status: response.status, isAborted };
    } catch {
      return { status: null, isAborted: false };
    }
  }

  #endpointOf(merchantId: string): Endpoint | undefined {
    return this.#endpoints.get(merchantId) ?? this.#endpoints.get('');
  }

  #keep(message: Message): void {
    this.#messages.set(message.id, message);
    this.#world.onChange();
  }
}

/** What a person sees of a webhook. */
export function webhookSummary(message: Message): Record<string, unknown> {
  const { id, eventId, eventType, merchantId, paymentId, delivered } = message;
  const attempts = message.attempts.map(({ atMs, status }) => ({ at: new Date(atMs).toISOString(), status }));
  return { id, eventId, eventType, merchantId, paymentId, attempts, delivered };
}

/** `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, for each secret. */
export function signaturesOf(secret: string, id: string, timestamp: string, body: string): string {
  return secretsOf(secret)
    .map((one) => createHmac('sha256', keyOf(one)).update(`${id}.${timestamp}.${body}`).digest('base64'))
    .map((signature) => `v1,${signature}`)
    .join(' ');
}

/** What is wrong with an endpoint; undefined when webhooks may go there. */
export function endpointProblem(endpoint: Endpoint): string | undefined {
  const url = URL.canParse(endpoint.url) ? new URL(endpoint.url) : undefined;
  const isLoopback = url && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url?.protocol !== 'https:' && !(isLoopback && url.protocol === 'http:')) {
    return 'webhook url: must be https, or http on this computer';
  }
  const secrets = secretsOf(endpoint.secret);
  const isRight = secrets.length > 0 && secrets.every((one) => /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(one));
  return isRight ? undefined : 'webhook secret: must be whsec_ and base64';
}

function secretsOf(secret: string): readonly string[] {
  return secret.split(/\s+/).filter(Boolean);
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}
