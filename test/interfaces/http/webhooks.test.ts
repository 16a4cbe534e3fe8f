// The gateway's webhooks as they come in over HTTP: stored before they are acknowledged, refused in the same words whatever was wrong.
import { once } from 'node:events';
import { request as nodeRequest } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import { type Context, Hono } from 'hono';
import { getRequestListener } from '@hono/node-server';
import { err, errAsync, ok } from 'neverthrow';
import {
  storageUnavailable,
  type WebhookHeaders,
  type WebhookInbox,
  webhookRejected,
  type WebhookVerifier,
} from '../../../src/index.ts';
import { InMemoryPayments } from '../../../src/infrastructure/in-memory/in-memory-payments.ts';
import { expressRoutes, expressWebhooks } from '../../../src/interfaces/http/express.ts';
import { createWebhooks } from '../../../src/interfaces/http/http.ts';
import { MoneyGateway } from './money-gateway.ts';
import { call, listen, type Reply, shopOn } from './shop.ts';

type Seen = Readonly<{ merchantId: string; headers: WebhookHeaders; body: string }>;

/** Knows one good signature, and keeps what it was given. */
const verifier = (seen: Seen[]): WebhookVerifier => ({
  verify(merchantId, headers, body, now) {
    const text = Buffer.from(body).toString('latin1');
    seen.push({ merchantId, headers, body: text });
    const eventId = headers['svix-id'];
    if (headers['svix-signature'] !== 'v1,good') return err(webhookRejected('signature'));
    if (typeof eventId !== 'string') return err(webhookRejected('headers'));
    return ok({ merchantId, eventId, type: 'payment.captured', orderId: null, receivedAt: now });
  },
});

class BrokenInbox extends InMemoryPayments {
  override accept = (() =>
    errAsync(storageUnavailable('disk full at 10.0.0.7'))) as unknown as InMemoryPayments['accept'] &
    WebhookInbox['accept'];
}

const shopWith = (payments: InMemoryPayments = new InMemoryPayments()) => {
  const seen: Seen[] = [];
  const shop = shopOn(new MoneyGateway(), { payments, webhookVerifier: verifier(seen) });
  const options = { merchantId: 'merchant-1', onError: (error: unknown) => void shop.errors.push(error) };
  return { ...shop, seen, webhookOptions: options };
};
type WebhookShop = ReturnType<typeof shopWith>;

/** The ways in which a host mounts the webhooks rightly. */
const mounts = {
  'Express, before any body parser': async (shop: WebhookShop) => {
    const app = express();
    app.use('/payments/webhooks/prahsys', expressWebhooks(shop.payments, shop.webhookOptions));
    app.use('/payments', expressRoutes(shop.payments, shop.options));
    app.use(express.json());
    return `${await listen(app)}/payments/webhooks/prahsys`;
  },
  'Express, after express.raw()': async (shop: WebhookShop) => {
    const app = express();
    app.use('/payments/webhooks', express.raw({ type: 'application/json', limit: '1mb' }));
    app.use('/payments/webhooks/prahsys', expressWebhooks(shop.payments, shop.webhookOptions));
    return `${await listen(app)}/payments/webhooks/prahsys`;
  },
  'a Hono app': async (shop: WebhookShop) => {
    const app = new Hono();
    app.route('/payments/webhooks/prahsys', createWebhooks(shop.payments, shop.webhookOptions));
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
    return `${await listen(listener)}/payments/webhooks/prahsys`;
  },
};

const signed = { 'content-type': 'application/json', 'svix-id': 'msg_1', 'svix-signature': 'v1,good' };
/** Spaces that nobody who writes JSON again would write. */
const body = '{ "eventType":"payment.captured",  "payload": {"id":"order-1"} }';
const told = ({ status, body: { code } }: Reply) => [status, code];
const rejected = {
  title: 'The webhook was not accepted.',
  detail: 'Nothing was stored. Send what the gateway sends, as it sends it.',
  code: 'webhook-rejected',
};

describe.each(Object.entries(mounts))('webhooks in %s', (_name, mount) => {
  it('are stored as they came, byte for byte, and acknowledged with nothing, also the second time', async () => {
    const shop = shopWith();
    const url = await mount(shop);
    for (const times of ['once', 'twice']) {
      const answer = await call(url, 'POST', body, signed);
      expect([times, answer.status, answer.body]).toEqual([times, 200, {}]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expect(shop.seen).toMatchObject([
      { merchantId: 'merchant-1', body },
      { merchantId: 'merchant-1', body },
    ]);
    expect(shop.payments.handleWebhook.counts).toMatchObject({ accepted: 1, repeated: 1 });
    expect(shop.errors).toEqual([]);
  });

  it('need no Origin, and may carry any', async () => {
    const url = await mount(shopWith());
    const headers = { ...signed, origin: 'https://play.svix.example', 'sec-fetch-site': 'cross-site' };
    expect((await call(url, 'POST', body, headers)).status).toBe(200);
  });

  it('that are not accepted are refused in the same words, whatever was wrong', async () => {
    const shop = shopWith();
    const url = await mount(shop);
    for (const [status, headers, sent] of [
      [401, { ...signed, 'svix-signature': 'v1,bad' }, body],
      [401, { 'content-type': 'application/json' }, body],
      [401, { 'content-type': 'application/json' }, ''],
      [415, { ...signed, 'content-type': 'text/plain' }, body],
      [413, signed, ' '.repeat(256 * 1024 + 1)],
    ] as const) {
      const answer = await call(url, 'POST', sent, headers);
      expect([answer.status, answer.body]).toEqual([status, rejected]);
    }
    expect(shop.payments.handleWebhook.counts).toMatchObject({
      ...{ accepted: 0, signature: 3, headers: 1, size: 1 },
    });
    // Neither the one of another type nor the one that is too large was looked at.
    expect(shop.seen).toHaveLength(3);
  });

  it('of 256 KB are read', async () => {
    const shop = shopWith();
    const large = ' '.repeat(256 * 1024);
    expect((await call(await mount(shop), 'POST', large, signed)).status).toBe(200);
    expect(shop.seen[0]?.body).toHaveLength(256 * 1024);
  });

  it('too large are refused before anything is hashed, also when they do not say how long they are', async () => {
    const shop = shopWith();
    const sending = nodeRequest(await mount(shop), { method: 'POST', headers: signed });
    // The server may have answered, and closed, while we still send.
    sending.on('error', () => undefined);
    const answered = once(sending, 'response') as Promise<[{ statusCode: number }]>;
    for (let chunk = 0; chunk < 40; chunk += 1) sending.write(' '.repeat(8 * 1024));
    sending.end();
    expect((await answered)[0].statusCode).toBe(413);
    expect(shop.seen).toEqual([]);
    sending.destroy();
  });

  it('keep a header that came twice as two', async () => {
    const shop = shopWith();
    const headers = { ...signed, 'Svix-Id': ['msg_1', 'msg_2'], 'svix-id': undefined };
    const sending = nodeRequest(await mount(shop), {
      method: 'POST',
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
    });
    sending.end(body);
    const [response] = (await once(sending, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(401);
    expect(shop.seen[0]?.headers['svix-id']).toEqual(['msg_1', 'msg_2']);
  });

  it('that cannot be stored are not acknowledged, so that they come again', async () => {
    const shop = shopWith(new BrokenInbox());
    const answer = await call(await mount(shop), 'POST', body, signed);
    expect(told(answer)).toEqual([503, 'storage-unavailable']);
    expect(JSON.stringify(answer.body)).not.toContain('10.0.0.7');
    expect(shop.errors).toEqual([storageUnavailable('disk full at 10.0.0.7')]);
  });

  it('come by POST, to this very path', async () => {
    const url = await mount(shopWith());
    const got = await call(url, 'GET');
    expect([...told(got), got.headers.get('allow')]).toEqual([405, 'method-not-allowed', 'POST']);
    expect(told(await call(`${url}/x`, 'POST', body, signed))).toEqual([404, 'route-not-found']);
  });
});

describe('webhooks whose body the host has read before them', () => {
  const wrong = {
    'express.json()': async ({ payments, webhookOptions }: WebhookShop) => {
      const app = express();
      app.use(express.json());
      app.use('/webhooks', expressWebhooks(payments, webhookOptions));
      return `${await listen(app)}/webhooks`;
    },
    'express.text()': async ({ payments, webhookOptions }: WebhookShop) => {
      const app = express();
      app.use(express.text({ type: () => true }));
      app.use('/webhooks', expressWebhooks(payments, webhookOptions));
      return `${await listen(app)}/webhooks`;
    },
    'a Hono middleware': async ({ payments, webhookOptions }: WebhookShop) => {
      const app = new Hono();
      app.use(async (c: Context, next) => {
        await c.req.json();
        await next();
      });
      app.route('/webhooks', createWebhooks(payments, webhookOptions));
      return `${await listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }))}/webhooks`;
    },
  };

  it.each(Object.entries(wrong))('%s: the host is told how to mount them', async (_name, mount) => {
    const shop = shopWith();
    const answer = await call(await mount(shop), 'POST', body, signed);
    expect(told(answer)).toEqual([400, 'webhook-rejected']);
    expect(JSON.stringify(answer.body)).not.toContain('express');
    expect(String(shop.errors)).toContain('mount the webhooks before express.json()');
    expect(shop.payments.handleWebhook.counts).toMatchObject({ accepted: 0, body: 1 });
    expect(shop.seen).toEqual([]);
  });
});

describe('webhooks', () => {
  it('on any runtime get the headers that fetch knows', async () => {
    const shop = shopWith();
    const app = createWebhooks(shop.payments, shop.webhookOptions);
    const answer = await app.request('http://shop/', { method: 'POST', body, headers: signed });
    expect(answer.status).toBe(200);
    expect(shop.seen).toMatchObject([{ headers: signed, body }]);
  });

  it('for which there is no secret are refused, and the host hears of it', async () => {
    const shop = shopOn(new MoneyGateway());
    const onError = (error: unknown) => void shop.errors.push(error);
    const app = createWebhooks(shop.payments, { merchantId: 'merchant-1', onError });
    const answer = await app.request('http://shop/', { method: 'POST', body, headers: signed });
    expect([answer.status, shop.errors]).toEqual([401, [webhookRejected('noSecret')]]);
  });

  it('whose verifier throws all the same are answered 500, and the host hears of it', async () => {
    const errors: unknown[] = [];
    const execute = () => {
      throw new Error('a bug');
    };
    const app = createWebhooks(
      { handleWebhook: { execute, refuse: webhookRejected } },
      { merchantId: 'merchant-1', onError: (error) => void errors.push(error) },
    );
    const answer = await app.request('http://shop/', { method: 'POST', body, headers: signed });
    expect([answer.status, String(errors)]).toEqual([500, 'Error: a bug']);
  });

  it.each([undefined, '', 'a merchant'])('of no merchant, %j, are not mounted', (merchantId) => {
    const { payments } = shopWith();
    const options = { merchantId: merchantId as string };
    expect(() => createWebhooks(payments, options)).toThrow('createWebhooks: `merchantId` must be');
    expect(() => expressWebhooks(payments, options)).toThrow('expressWebhooks: `merchantId` must be');
  });
});
