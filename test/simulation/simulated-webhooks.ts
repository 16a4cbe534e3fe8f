import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { PaymentKey } from '../../src/application/change-payment.ts';
import type { HandleWebhookCommand } from '../../src/application/handle-webhook.ts';
import { type StorageUnavailable, storageUnavailable } from '../../src/application/ports/payments.ts';
import {
  type Webhook,
  type WebhookInbox,
  type WebhookRejected,
  webhookRejected,
  type WebhookVerifier,
} from '../../src/application/ports/webhooks.ts';
import { merchantId, orderId } from '../../src/domain/payment/ids.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

const minute = 60_000;
const signed = { 'svix-signature': 'right' };

/** Trusts one word in the place of a signature, which is not what is simulated here. */
export const simulatedVerifier: WebhookVerifier = {
  verify(of, headers, body, now): Result<Webhook, WebhookRejected> {
    if (headers['svix-signature'] !== signed['svix-signature']) return err(webhookRejected('signature'));
    const [eventId = '', order = ''] = new TextDecoder().decode(body).split(' ');
    const named = orderId(order).unwrapOr(null);
    return ok({ merchantId: of, eventId, type: 'payment.updated', orderId: named, receivedAt: now });
  },
};

/** The module's inbox, at the other end of a wire that breaks. */
export const simulatedInbox = (world: World, stored: WebhookInbox): WebhookInbox => ({
  accept: (webhook: Webhook): ResultAsync<'new' | 'known', StorageUnavailable> =>
    world.call<'new' | 'known', StorageUnavailable>('storage', `accept ${webhook.eventId}`, async () => {
      if (world.faults.happens('storage: a save fails before it commits'))
        return err(storageUnavailable('not done'));
      const accepted = await stored.accept(webhook);
      return world.faults.happens('storage: a save commits and its answer is lost')
        ? err(storageUnavailable('no answer'))
        : accepted;
    }),
});

/** What the gateway sends when money moved: before the answer or after it, late, twice, never, and false. */
export class SimulatedWebhooks {
  readonly #world: World;
  readonly #anInstance: () => Instance | null;
  #numbered = 0;

  constructor(world: World, anInstance: () => Instance | null) {
    this.#world = world;
    this.#anInstance = anInstance;
  }

  announce(key: PaymentKey): void {
    const { faults } = this.#world;
    this.#numbered += 1;
    const body = new TextEncoder().encode(
      faults.happens('webhook: names no order')
        ? `event-${this.#numbered}`
        : `event-${this.#numbered} ${key.orderId}`,
    );
    const command: HandleWebhookCommand = { merchantId: key.merchantId, headers: signed, body };
    const isLate = faults.happens('webhook: comes hours later');
    if (!faults.happens('webhook: lost')) this.#sends(command, isLate ? 300 * minute : minute);
    for (let times = faults.happens('webhook: comes eight times') ? 7 : 0; times > 0; times -= 1)
      this.#sends(command, 60 * minute);
    if (faults.happens('webhook: lies')) this.#lies();
    if (faults.happens('webhook: is not signed')) this.#sends({ ...command, headers: {} }, minute);
  }

  /** Nothing happened to this order, or there is none. */
  #lies(): void {
    const { random } = this.#world;
    this.#numbered += 1;
    this.#sends(
      {
        merchantId: merchantId(`M-${random.between(1, 2)}`)._unsafeUnwrap(),
        headers: signed,
        body: new TextEncoder().encode(`event-${this.#numbered} O-${random.between(1, 9)}`),
      },
      minute,
    );
  }

  /** Again later, while nobody says that it was stored; the gateway gives up after a few times. */
  #sends(command: HandleWebhookCommand, withinMs: number, times = 4): void {
    if (times === 0) return;
    const again = () => this.#sends(command, 30 * minute, times - 1);
    this.#world.after(this.#world.random.between(1, withinMs), () => {
      const instance = this.#anInstance();
      if (instance === null) return again();
      const isSigned = 'svix-signature' in command.headers;
      this.#world.run(
        instance.process,
        'webhook',
        () => instance.handleWebhook.execute(command),
        (handled) => {
          if (handled.isOk() && !isSigned)
            this.#world.breaks('Only a signed webhook is believed', command.merchantId);
          if (handled.isErr() && handled.error.type !== 'WebhookRejected') again();
        },
      );
    });
  }
}
