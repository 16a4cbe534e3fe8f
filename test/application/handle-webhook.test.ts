import { describe, expect, it } from '@jest/globals';
import { err, errAsync, ok } from 'neverthrow';
import { HandleWebhook } from '../../src/application/handle-webhook.ts';
import { storageUnavailable } from '../../src/application/ports/payments.ts';
import { type Webhook, webhookRejected, type WebhookVerifier } from '../../src/application/ports/webhooks.ts';
import { orderId } from '../../src/domain/payment/ids.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { given, key } from './given.ts';

/** Takes the body for the id of an event about the lamp, or about the order after a colon; `bad` is signed wrongly. */
const verifier: WebhookVerifier = {
  verify: (merchantId, _headers, body, now) => {
    const [eventId = '', about] = new TextDecoder().decode(body).split(':');
    if (eventId === 'bad') return err(webhookRejected('signature'));
    const order =
      about === 'none' ? null : about === undefined ? key.orderId : orderId(about)._unsafeUnwrap();
    return ok<Webhook>({ merchantId, eventId, type: 'payment.updated', orderId: order, receivedAt: now });
  },
};
const today = () => given({ webhookVerifier: verifier }, new InMemoryGateway([], { dialect: 'payment' }));
const webhook = (text: string) => ({
  merchantId: key.merchantId,
  headers: {},
  body: new TextEncoder().encode(text),
});
const reads = (calls: readonly string[]) => calls.filter((call) => call === 'read').length;

describe('HandleWebhook', () => {
  it('has the gateway read once for an event, however often it comes', async () => {
    const { module, gateway, open, submit, calls, settled, payment } = today();
    gateway.cardIs({ type: 'unknown', charged: true });
    await submit(await open());
    for (let delivery = 1; delivery <= 8; delivery += 1) {
      const handled = (await module.handleWebhook.execute(webhook('event-1')))._unsafeUnwrap();
      expect(handled.isNew).toBe(delivery === 1);
      await settled();
    }
    expect((await payment()).states.payment).toBe('captured');
    expect(reads(calls())).toBe(1);
    expect(module.handleWebhook.counts).toMatchObject({ accepted: 1, repeated: 7 });
  });

  it('believes nothing that a webhook says: only what the gateway says when it is read', async () => {
    const { module, gateway, open, submit, settled, payment, released } = today();
    gateway.cardIs({ type: 'unknown', charged: false });
    await submit(await open());
    await module.handleWebhook.execute(webhook('captured-says-the-event'));
    await settled();
    expect((await payment()).states.payment).toBe('payUnknown');
    expect(released).toEqual([]);
  });

  it('finds a refund that was made elsewhere, of a payment that waits for nothing', async () => {
    const { module, gateway, open, submit, settled, payment } = today();
    await submit(await open());
    const { attempts, order } = await payment();
    const sessionId = attempts[0]?.sessionId ?? (await open());
    await gateway.followUp({ ...key, operation: 'refund', sessionId, amount: order.amount, target: null });
    await module.handleWebhook.execute(webhook('event-1'));
    await settled();
    expect((await payment()).states.payment).toBe('refunded');
  });

  it('stores what is about no order, or about one that was never paid through us, and does nothing more', async () => {
    const { module, settled, calls } = today();
    for (const text of ['event-1:none', 'event-2:OTHER-1']) {
      expect((await module.handleWebhook.execute(webhook(text)))._unsafeUnwrap().isNew).toBe(true);
      await settled();
    }
    expect(calls()).toEqual([]);
  });

  it('stores nothing whose signature does not hold, and counts it', async () => {
    const { module, calls } = today();
    const refused = (await module.handleWebhook.execute(webhook('bad')))._unsafeUnwrapErr();
    expect(refused).toEqual({ type: 'WebhookRejected', reason: 'signature' });
    expect(module.handleWebhook.counts).toMatchObject({ signature: 1, accepted: 0 });
    expect(calls()).toEqual([]);
  });

  it('is not acknowledged when it could not be stored', async () => {
    const inbox = { accept: () => errAsync(storageUnavailable('full')) };
    const handle = new HandleWebhook(verifier, inbox, { now: () => 0 });
    expect((await handle.execute(webhook('event-1')))._unsafeUnwrapErr().type).toBe('StorageUnavailable');
    expect(handle.counts).toMatchObject({ accepted: 0, repeated: 0 });
  });
});
