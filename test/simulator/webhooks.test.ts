// The simulator's webhooks, received over real sockets: what is announced, how it is signed, how often it is tried.
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'svix';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import { signaturesOf } from '../../src/simulator/webhooks.ts';
import { cardNumbered, dataOf, PAYMENT, startGateway, type GatewayClient } from './gateway-client.ts';
import { eventually, startReceiver, type Delivery, type Receiver } from './webhook-receiver.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER_SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODw==';
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

type Summary = {
  readonly id: string;
  readonly eventType: string;
  readonly merchantId: string;
  readonly paymentId?: string;
  readonly attempts: readonly { readonly at: string; readonly status: number | null }[];
  readonly delivered: boolean;
};

async function start(
  options: SimulatorOptions = {},
): Promise<{ gateway: GatewayClient; receiver: Receiver }> {
  const receiver = await startReceiver();
  const gateway = await startGateway({ webhook: { url: receiver.url, secret: SECRET }, ...options });
  return { gateway, receiver };
}

const listed = async (gateway: GatewayClient) =>
  (await gateway.control('GET', '/webhooks')).body as readonly Summary[];

/** Waits until the first webhook has been tried so often, and shows it. */
async function tried(gateway: GatewayClient, attempts: number): Promise<Summary> {
  await eventually(async () => (await listed(gateway))[0]?.attempts.length === attempts);
  return (await listed(gateway))[0] as Summary;
}

/** The signature as Svix documents it, computed independently of the simulator. */
function expectedSignature({ headers, body }: Delivery, secret: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const content = `${String(headers['svix-id'])}.${String(headers['svix-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

const eventOf = ({ body }: Delivery) =>
  JSON.parse(body) as { eventType: string; eventId: string; payload: Record<string, unknown> };

describe('a webhook', () => {
  it('announces a transaction that succeeded, with its amount', async () => {
    const { gateway, receiver } = await start();
    const transaction = dataOf(await gateway.useCard('pay'));
    const [delivery] = await receiver.received(1);
    expect(eventOf(delivery as Delivery)).toEqual({
      eventType: 'payments.payment.transaction.pay',
      eventId: expect.stringMatching(
        `^payments\\.payment\\.transaction\\.pay-${String(transaction['id'])}-\\d+$`,
      ),
      payload: { success: true, statusCode: 200, data: { ...transaction, amount: 99.99 } },
    });
    expect(delivery?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(await tried(gateway, 1)).toMatchObject({
      id: delivery?.headers['svix-id'],
      eventType: 'payments.payment.transaction.pay',
      merchantId: gateway.merchantId,
      paymentId: PAYMENT.id,
      attempts: [{ at: expect.any(String), status: 204 }],
      delivered: true,
    });
  });

  it('comes of every operation, authorize with status code 201', async () => {
    const { gateway, receiver } = await start();
    await gateway.useCard('verify');
    await gateway.useCard('authorize');
    await gateway.operate('capture', { amount: 50 });
    await gateway.operate('refund', { amount: 10 });
    await gateway.useCard('authorize', { ...PAYMENT, id: 'OTHER' });
    await gateway.call('PUT', '/payment/OTHER/void', {});
    const events = (await receiver.received(6)).map(eventOf);
    const statusCodes = events.map(
      ({ eventType, payload }) => `${eventType.split('.').at(-1)} ${String(payload['statusCode'])}`,
    );
    // Each is sent on its own: no order is promised.
    expect(statusCodes.sort()).toEqual([
      'authorize 201',
      'authorize 201',
      'capture 200',
      'refund 200',
      'verify 200',
      'void 200',
    ]);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(6);
  });

  it.each(['4000000000000002', '4000000000009987', '4000000000000119', '4000000000000341'])(
    'does not come of what the card %s comes to',
    async (number) => {
      const { gateway } = await start();
      await gateway.useCard('pay', PAYMENT, cardNumbered(number));
      await gateway.operate('refund');
      expect(await listed(gateway)).toEqual([]);
    },
  );

  it('does not come of the order dialect', async () => {
    const { gateway } = await start();
    await gateway.pay(await gateway.openWithCard());
    expect(await listed(gateway)).toEqual([]);
  });

  it('comes of a purge', async () => {
    const { gateway, receiver } = await start();
    await gateway.call('POST', '/purge');
    expect(eventOf((await receiver.received(1))[0] as Delivery)).toMatchObject({
      eventType: 'payments.merchant.purge',
      payload: { data: { merchantId: gateway.merchantId } },
    });
  });

  it('never holds a card number, also when answers echo one', async () => {
    const { gateway, receiver } = await start({ settings: { echoCard: true } });
    await gateway.useCard('pay', PAYMENT, cardNumbered('4242424242424242'));
    expect((await receiver.received(1))[0]?.body).toContain('424242xxxxxx4242');
    expect((await receiver.received(1))[0]?.body).not.toMatch(
      /4242424242424242|4012888888881881|securityCode/,
    );
  });

  it('comes before the answer, instead of it, and of a charge that appears later', async () => {
    const { gateway, receiver } = await start();
    const id = await gateway.openPayment();
    await gateway.control('POST', '/faults', { operation: 'pay', fault: 'hang', charge: true });
    const call = gateway.operate('pay', { session: { id } }).catch(() => 'broken');
    await receiver.received(1);
    await gateway.control('POST', '/faults', { operation: 'refund', fault: 'dropAfter' });
    await gateway.operate('refund', { amount: 1 }).catch(() => 'broken');
    await receiver.received(2);
    await gateway.control('POST', '/faults', { operation: 'refund', fault: 'lateCommit', ms: MINUTE });
    await gateway.operate('refund', { amount: 1 }).catch(() => 'broken');
    await gateway.control('POST', '/clock', { advanceMs: MINUTE });
    await receiver.received(3);
    await gateway.close();
    expect(await call).toBe('broken');
  });
});

describe('its signature', () => {
  it('is what Svix publishes for its example', () => {
    const signature = signaturesOf(
      SECRET,
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      '1614265330',
      '{"test": 2432232314}',
    );
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is made of the id, the time and the very bytes of the body', async () => {
    const { gateway, receiver } = await start();
    await gateway.useCard('pay', { ...PAYMENT, description: 'Grüner Tee' } as typeof PAYMENT);
    const [delivery] = (await receiver.received(1)) as [Delivery];
    expect(delivery.headers['svix-signature']).toBe(expectedSignature(delivery, SECRET));
    expect(delivery.headers['svix-timestamp']).toMatch(/^\d{10}$/);
    expect(delivery.body).toContain('Grüner Tee');
    // The official library checks its age against the computer's clock, which the simulator's is as long as nobody sets it.
    const headers = delivery.headers as Record<string, string>;
    expect(() => new Webhook(SECRET).verify(delivery.body, headers)).not.toThrow();
    expect(() => new Webhook(OTHER_SECRET).verify(delivery.body, headers)).toThrow();
  });

  it('is one for each secret while secrets are changed', async () => {
    const receiver = await startReceiver();
    const gateway = await startGateway({
      webhook: { url: receiver.url, secret: `${SECRET} ${OTHER_SECRET}` },
    });
    await gateway.useCard('pay');
    const [delivery] = (await receiver.received(1)) as [Delivery];
    expect(delivery.headers['svix-signature']).toBe(
      `${expectedSignature(delivery, SECRET)} ${expectedSignature(delivery, OTHER_SECRET)}`,
    );
  });

  it('is stamped with the simulator’s time, or the computer’s when the setting says so', async () => {
    const { gateway, receiver } = await start();
    await gateway.control('POST', '/clock', { now: '2030-01-01T00:00:00Z' });
    await gateway.useCard('pay');
    await receiver.received(1);
    await gateway.control('PUT', '/settings', { webhookClock: 'computer' });
    await gateway.operate('refund');
    const stamps = (await receiver.received(2)).map(({ headers }) => Number(headers['svix-timestamp']));
    expect(Math.abs((stamps[0] ?? 0) - Date.UTC(2030, 0, 1) / SECOND)).toBeLessThan(60);
    expect(Math.abs((stamps[1] ?? 0) - Date.now() / SECOND)).toBeLessThan(60);
  });
});

describe('trying again', () => {
  it('follows the schedule of Svix: eight tries in all, the same id and body, each stamped anew', async () => {
    const { gateway, receiver } = await start();
    receiver.answers = [[500]];
    await gateway.useCard('pay');
    const waits = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
    for (const [index, wait] of waits.entries()) {
      await tried(gateway, index + 1);
      await gateway.control('POST', '/clock', { advanceMs: wait / 2 });
      expect((await listed(gateway))[0]?.attempts).toHaveLength(index + 1);
      await gateway.control('POST', '/clock', { advanceMs: wait / 2 });
    }
    const message = await tried(gateway, 8);
    expect(message).toMatchObject({ delivered: false, attempts: Array(8).fill({ status: 500 }) });
    await gateway.control('POST', '/clock', { advanceMs: 1_000 * HOUR });
    const deliveries = await receiver.received(8);
    expect(deliveries).toHaveLength(8);
    expect(new Set(deliveries.map(({ headers }) => headers['svix-id'])).size).toBe(1);
    expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
    expect(new Set(deliveries.map(({ headers }) => headers['svix-timestamp'])).size).toBe(8);
    for (const delivery of deliveries)
      expect(delivery.headers['svix-signature']).toBe(expectedSignature(delivery, SECRET));
  });

  it.each([
    ['a redirect, which is not followed', [302, { location: 'http://127.0.0.1:9/' }], 302],
    ['a refusal', [400], 400],
    ['a connection that breaks', null, null],
  ] as const)('ends when a 2xx answer comes after %s', async (_, answer, status) => {
    const { gateway, receiver } = await start();
    receiver.answers = [answer, [200]];
    await gateway.useCard('pay');
    expect(await tried(gateway, 1)).toMatchObject({ delivered: false, attempts: [{ status }] });
    await gateway.control('POST', '/clock', { advanceMs: 5 * SECOND });
    expect(await tried(gateway, 2)).toMatchObject({
      delivered: true,
      attempts: [{ status }, { status: 200 }],
    });
    await gateway.control('POST', '/clock', { advanceMs: 100 * HOUR });
    expect(receiver.deliveries).toHaveLength(2);
  });

  it('ends when the receiver asks to abort', async () => {
    const { gateway, receiver } = await start();
    receiver.answers = [[500, { 'webhook-delivery': 'abort-message' }]];
    await gateway.useCard('pay');
    expect(await tried(gateway, 1)).toMatchObject({ delivered: false });
    await gateway.control('POST', '/clock', { advanceMs: 100 * HOUR });
    expect(receiver.deliveries).toHaveLength(1);
  });

  it('sends again what was being sent when the simulator ended', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'simulator-'));
    const silent = await startReceiver();
    silent.answers = ['silence'];
    const gateway = await startGateway({ dataDir, webhook: { url: silent.url, secret: SECRET } });
    await gateway.useCard('pay');
    await silent.received(1);
    await gateway.close();
    const receiver = await startReceiver();
    const after = await startGateway({ dataDir, webhook: { url: receiver.url, secret: SECRET } });
    expect(await tried(after, 1)).toMatchObject({ delivered: true });
    await after.close();
    rmSync(dataDir, { recursive: true });
  });

  it('goes on after a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'simulator-'));
    const { gateway, receiver } = await start({ dataDir });
    receiver.answers = [[500]];
    await gateway.useCard('pay');
    await tried(gateway, 1);
    await gateway.close();
    const after = await startGateway({ dataDir, webhook: { url: receiver.url, secret: SECRET } });
    await after.control('POST', '/clock', { advanceMs: 5 * SECOND });
    expect(await tried(after, 2)).toMatchObject({ attempts: [{}, {}] });
    const [first, second] = await receiver.received(2);
    expect(second?.headers['svix-id']).toBe(first?.headers['svix-id']);
    await after.close();
    rmSync(dataDir, { recursive: true });
  });
});

describe('the controls of webhooks', () => {
  it('replay sends one again under its id, stamped anew', async () => {
    const { gateway, receiver } = await start();
    await gateway.useCard('pay');
    const { id } = await tried(gateway, 1);
    await gateway.control('POST', '/clock', { advanceMs: HOUR });
    expect((await gateway.control('POST', `/webhooks/${id}/replay`)).status).toBe(202);
    expect(await tried(gateway, 2)).toMatchObject({ delivered: true });
    const [first, second] = (await receiver.received(2)) as [Delivery, Delivery];
    expect([second.headers['svix-id'], second.body]).toEqual([id, first.body]);
    expect(second.headers['svix-timestamp']).not.toBe(first.headers['svix-timestamp']);
    expect((await gateway.control('POST', '/webhooks/msg_none/replay')).status).toBe(404);
  });

  it('leave one delivered that fails when it is replayed, and do not try that again', async () => {
    const { gateway, receiver } = await start();
    receiver.answers = [[204], [500]];
    await gateway.useCard('pay');
    const { id } = await tried(gateway, 1);
    await gateway.control('POST', `/webhooks/${id}/replay`);
    expect(await tried(gateway, 2)).toMatchObject({ delivered: true, attempts: [{}, { status: 500 }] });
    await gateway.control('POST', '/clock', { advanceMs: HOUR });
    expect(receiver.deliveries).toHaveLength(2);
  });

  it('do not make a try of the schedule happen twice, however often settings change', async () => {
    const { gateway, receiver } = await start();
    receiver.answers = [[500]];
    await gateway.useCard('pay');
    await tried(gateway, 1);
    for (const createStatus of [201, 200, 201]) await gateway.control('PUT', '/settings', { createStatus });
    await gateway.control('POST', '/clock', { advanceMs: 5 * SECOND });
    await tried(gateway, 2);
    await gateway.control('POST', '/clock', { advanceMs: SECOND });
    expect(receiver.deliveries).toHaveLength(2);
  });

  it('can lose them all: they are listed, never sent, and can be replayed', async () => {
    const { gateway, receiver } = await start({ settings: { webhooks: 'lose' } });
    await gateway.useCard('pay');
    await gateway.control('PUT', '/settings', { webhooks: 'deliver' });
    await gateway.control('POST', '/clock', { advanceMs: 100 * HOUR });
    const [message] = await listed(gateway);
    expect(message).toMatchObject({ attempts: [], delivered: false });
    expect(receiver.deliveries).toEqual([]);
    await gateway.control('POST', `/webhooks/${String(message?.id)}/replay`);
    await receiver.received(1);
  });

  it('can hold them until they are delivered', async () => {
    const { gateway, receiver } = await start({ settings: { webhooks: 'hold' } });
    await gateway.useCard('pay');
    await gateway.operate('refund');
    await gateway.control('POST', '/clock', { advanceMs: HOUR });
    expect((await listed(gateway)).map(({ attempts }) => attempts.length)).toEqual([0, 0]);
    expect(receiver.deliveries).toEqual([]);
    await gateway.control('PUT', '/settings', { webhooks: 'deliver' });
    expect(await receiver.received(2)).toHaveLength(2);
  });

  it('set where they go, for every merchant or for one, while it runs', async () => {
    const second = { merchantId: 'SECOND', apiKey: 'sk_test_2' };
    const gateway = await startGateway({ otherMerchants: [second] });
    const [all, own] = [await startReceiver(), await startReceiver()];
    await gateway.useCard('pay');
    expect(await listed(gateway)).toEqual([]);

    const set = { url: all.url, secret: SECRET };
    expect(await gateway.control('PUT', '/webhook', set)).toEqual({ status: 200, body: { url: all.url } });
    await gateway.control('PUT', '/webhook', { merchantId: 'SECOND', url: own.url, secret: OTHER_SECRET });
    await gateway.operate('refund', { amount: 1 });
    const purge = `${gateway.url}/payments/n1/merchant/SECOND/purge`;
    await fetch(purge, { method: 'POST', headers: { authorization: 'Bearer sk_test_2' } });
    expect(eventOf((await all.received(1))[0] as Delivery).eventType).toMatch(/refund$/);
    const [delivery] = (await own.received(1)) as [Delivery];
    expect(delivery.headers['svix-signature']).toBe(expectedSignature(delivery, OTHER_SECRET));

    await gateway.control('DELETE', '/webhook');
    await gateway.operate('refund', { amount: 1 });
    expect(await listed(gateway)).toHaveLength(2);
  });

  it.each([
    ['an address in the clear that is not this computer’s', { url: 'http://shop.example/', secret: SECRET }],
    ['what is no address', { url: 'shop', secret: SECRET }],
    ['no secret', { url: 'https://shop.example/', secret: '' }],
    ['a secret of another kind', { url: 'https://shop.example/', secret: 'sk_test_1' }],
  ])('refuse %s', async (_, endpoint) => {
    const gateway = await startGateway();
    expect(await gateway.control('PUT', '/webhook', endpoint)).toMatchObject({ status: 400 });
    await expect(startGateway({ webhook: endpoint })).rejects.toThrow('webhook');
  });

  it('forget them with the rest of the state', async () => {
    const { gateway, receiver } = await start({ settings: { webhooks: 'hold' } });
    await gateway.useCard('pay');
    await gateway.control('DELETE', '/state');
    await gateway.control('PUT', '/settings', { webhooks: 'deliver' });
    await gateway.control('POST', '/clock', { advanceMs: HOUR });
    expect(await listed(gateway)).toEqual([]);
    expect(receiver.deliveries).toEqual([]);
    expect((await gateway.call('GET', '/payment/PAYMENT-1')).status).toBe(404);
  });
});
