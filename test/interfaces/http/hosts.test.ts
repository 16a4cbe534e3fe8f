// The routes in every kind of host: the same answers wherever and however they are mounted.
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import express, { type Request as ExpressRequest } from 'express';
import { type Context, Hono } from 'hono';
import { getRequestListener } from '@hono/node-server';
import { expressRoutes } from '../../../src/interfaces/http/express.ts';
import { createHttp } from '../../../src/interfaces/http/http.ts';
import { call, hosts, listen, openSession, openShop, pay } from './shop.ts';

const session = {
  orderId: 'order-1',
  sessionId: expect.any(String),
  scriptUrl: expect.stringMatching(/session\.js$/),
  dialect: 'order',
  amount: '99.99',
  currency: 'USD',
  revision: 1,
  expiresAt: '2026-01-05T09:14:00.000Z',
};
const captured = { orderId: 'order-1', status: 'captured', amount: '99.99', currency: 'USD' };

describe.each(Object.entries(hosts))('the routes in %s', (_name, mount) => {
  it('open a session, give it again, pay, and show the payment', async () => {
    const shop = openShop();
    const order = `${await mount(shop)}/orders/order-1`;
    const first = await call(`${order}/session`, 'POST');
    expect([first.status, first.body]).toEqual([201, session]);
    const again = await call(`${order}/session`, 'POST', {});
    expect([again.status, again.body]).toEqual([200, first.body]);
    const { sessionId, revision } = first.body;
    const paid = await call(`${order}/pay`, 'POST', { sessionId, revision });
    expect([paid.status, paid.body]).toEqual([200, { ...captured, fulfilment: 'due' }]);
    const shown = await call(order, 'GET');
    expect([shown.status, shown.body]).toEqual([200, { ...captured, fulfilment: 'fulfilled' }]);
    expect(shop.gateway.charges).toHaveLength(1);
    expect(shop.errors).toEqual([]);
  });

  it('take the new price of an order over into its open session', async () => {
    const shop = openShop();
    const base = await mount(shop);
    const { sessionId } = await openSession(base);
    shop.orders.set('order-1', { id: 'order-1', amount: '5', currency: 'JPY', description: 'Less tea' });
    const repriced = await call(`${base}/orders/order-1/session`, 'PUT');
    expect([repriced.status, repriced.body]).toEqual([
      200,
      { ...session, sessionId, amount: '5', currency: 'JPY', revision: 2 },
    ]);
  });

  it('name a field that they do not take, wherever the body was parsed', async () => {
    const base = await mount(openShop());
    const { sessionId } = await openSession(base);
    for (const [method, path, body, field] of [
      ['POST', 'session', { amount: '1.00' }, 'amount'],
      ['PUT', 'session', { amount: '1.00' }, 'amount'],
      ['POST', 'pay', { sessionId, amount: '1.00' }, 'amount'],
      ['POST', 'pay', { sessionId: 7 }, 'sessionId'],
      ['POST', 'pay', '{"__proto__": {"sessionId": "a"}}', '__proto__'],
    ] as const) {
      const { status, body: problem } = await call(`${base}/orders/order-1/${path}`, method, body);
      expect([status, problem.field]).toEqual([400, field]);
    }
  });

  it('refuse a body of another type, and accept none at all under any type', async () => {
    const base = await mount(openShop());
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const path of ['session', 'pay'])
      expect(await call(`${base}/orders/order-1/${path}`, 'POST', 'sessionId=a', form)).toMatchObject({
        status: 415,
        body: { code: 'unsupported-media-type' },
      });
    expect(await call(`${base}/orders/order-1/session`, 'POST', '', form)).toMatchObject({ status: 201 });
    expect(await call(`${base}/orders/order-1/session`, 'POST', '')).toMatchObject({ status: 200 });
  });
});

describe('a host', () => {
  it('lets authorize use what its Express middleware found out', async () => {
    const { payments } = openShop();
    const app = express();
    app.use((request, _response, next) => {
      Object.assign(request, { merchant: request.get('x-shop') });
      next();
    });
    const authorize = async (_: Request, orderId: string, native: ExpressRequest & { merchant?: string }) =>
      native.merchant && native.originalUrl.endsWith(orderId) ? { merchantId: native.merchant } : null;
    app.use('/payments', expressRoutes(payments, { authorize }));
    const url = `${await listen(app)}/payments/orders/order-1`;
    expect((await call(url, 'GET', undefined, { 'x-shop': 'merchant-1' })).body.code).toBe(
      'payment-not-found',
    );
    expect((await call(url, 'GET')).body.code).toBe('order-not-found');
  });

  it('lets authorize use what its Hono middleware found out', async () => {
    const { payments } = openShop();
    const app = new Hono<{ Variables: { merchant: string | undefined } }>();
    app.use(async (c, next) => {
      c.set('merchant', c.req.header('x-shop'));
      c.header('x-request-id', '7');
      await next();
    });
    const authorize = (_: Request, _orderId: string, c: Context) => {
      const merchantId = c.get('merchant') as string | undefined;
      return merchantId ? { merchantId } : null;
    };
    app.route('/payments', createHttp(payments, { authorize }));
    app.get('/payments/help', (c) => c.json({ help: true }));
    const base = `${await listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }))}/payments`;
    const shown = await call(`${base}/orders/order-1`, 'GET', undefined, { 'x-shop': 'merchant-1' });
    expect([shown.body.code, shown.headers.get('x-request-id')]).toEqual(['payment-not-found', '7']);
    expect((await call(`${base}/orders/order-1`, 'GET')).body.code).toBe('order-not-found');
    expect((await call(`${base}/help`, 'GET')).body).toEqual({ help: true });
  });

  it('may leave an object for an empty body of any type, as the parsers of Express 4 do', async () => {
    const { payments, options } = openShop();
    const app = express();
    app.use(async (request, _response, next) => {
      for await (const chunk of request) throw new Error(`not empty: ${String(chunk)}`);
      request.body = {};
      next();
    });
    app.use('/payments', expressRoutes(payments, options));
    const url = `${await listen(app)}/payments/orders/order-1/session`;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await call(url, 'POST', '', form)).toMatchObject({ status: 201 });
  });

  it('keeps its own Request and Response', async () => {
    const before = [globalThis.Request, globalThis.Response];
    const base = await hosts['plain node:http'](openShop());
    await pay(base);
    expect([globalThis.Request, globalThis.Response]).toEqual(before);
  });

  it.each([undefined, {}, { authorize: 'everybody' }])(
    'cannot start the routes without authorize: %j',
    (options) => {
      const { payments } = openShop();
      const broken = options as unknown as { authorize: () => null };
      expect(() => createHttp(payments, broken)).toThrow(/^createHttp: `authorize` is missing/);
      expect(() => expressRoutes(payments, broken)).toThrow(/^expressRoutes: `authorize` is missing/);
    },
  );

  it('cannot ask the payer’s card for what is neither a pay nor a hold', () => {
    const { payments, options } = openShop();
    const wrong = { ...options, submit: 'Authorize' as 'authorize' };
    expect(() => createHttp(payments, wrong)).toThrow(
      "createHttp: `submit` is 'pay' or 'authorize', not 'Authorize'.",
    );
  });

  it('cannot promise the payer what the gateway cannot do', () => {
    const { payments, options } = openShop();
    expect(() => createHttp(payments, { ...options, submit: 'authorize' })).toThrow(
      "createHttp: `submit: 'authorize'` needs a gateway that can authorize; this one cannot.",
    );
    expect(() => createHttp(payments, { ...options, verifyCards: true })).toThrow(
      'createHttp: `verifyCards` needs a gateway that can verify; this one cannot.',
    );
  });

  it('cannot allow one origin instead of a list', () => {
    const { payments, options } = openShop();
    const one = 'https://shop.example' as unknown as string[];
    expect(() => createHttp(payments, { ...options, allowedOrigins: one })).toThrow('must be a list');
  });

  it.each(['shop.example', 'https://shop.example/', '*', 'null', 'https://SHOP.example'])(
    'cannot allow %j as an origin',
    (origin) => {
      const { payments, options } = openShop();
      expect(() => createHttp(payments, { ...options, allowedOrigins: [origin] })).toThrow(origin);
    },
  );

  it('gets an answer that is not cached also for what is no valid request', async () => {
    const base = await hosts['plain node:http'](openShop());
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.end('GET /orders/order-1 HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n');
    const answer = (await socket.setEncoding('utf8').toArray()).join('');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/cache-control: no-store/i);
    expect(answer).toContain('"code":"malformed-request"');
  });
});
