// A shop with the payment routes mounted in it, over real sockets. Payments and gateway are in memory; the clock stands still.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { type Context, Hono } from 'hono';
import {
  createPayments,
  type OrderData,
  type PaymentGateway,
  type PaymentsOptions,
  type Paysession,
} from '../../../src/index.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { expressRoutes } from '../../../src/interfaces/http/express.ts';
import { createHttp, type HttpOptions } from '../../../src/interfaces/http/http.ts';

export type Shop<Gateway extends PaymentGateway = InMemoryGateway> = Readonly<{
  payments: Paysession;
  gateway: Gateway;
  /** The host's catalogue. */
  orders: Map<string, OrderData>;
  clock: { now(): number; pass(ms: number): void };
  /** What the host heard of. */
  errors: unknown[];
  options: HttpOptions<unknown>;
}>;

export const customer = { authorization: 'Bearer customer-1' };
const start = Date.UTC(2026, 0, 5, 9);

export const openShop = ({
  gateway = new InMemoryGateway(),
  ...options
}: Partial<PaymentsOptions> & { gateway?: InMemoryGateway } = {}): Shop => shopOn(gateway, options);

/** The same shop on a gateway of the test's own. */
export const shopOn = <Gateway extends PaymentGateway>(
  gateway: Gateway,
  options: Partial<PaymentsOptions> = {},
): Shop<Gateway> => {
  const orders = new Map<string, OrderData>();
  for (const id of ['order-1', 'order-2'])
    orders.set(id, { id, amount: '99.99', currency: 'USD', description: 'A year of tea' });
  let time = start;
  const clock = {
    now: () => time,
    pass: (ms: number) => {
      time += ms;
    },
  };
  const payments = createPayments({
    orders: async ({ orderId }) => orders.get(orderId) ?? null,
    fulfilment: async () => undefined,
    gateway,
    clock,
    sweepEveryMs: 0,
    ...options,
  });
  const errors: unknown[] = [];
  const authorize = (request: Request) =>
    request.headers.get('authorization') === customer.authorization ? { merchantId: 'merchant-1' } : null;
  return {
    payments,
    gateway,
    orders,
    clock,
    errors,
    options: { authorize, onError: (e) => void errors.push(e) },
  };
};

const closing: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

/** The base URL of a server that is closed when the test file ends. */
export const listen = async (
  listener: (...request: Parameters<RequestListener>) => unknown,
): Promise<string> => {
  const server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** The ways in which a host mounts the routes. Each gives the URL under which `/orders/…` lies. */
export const hosts = {
  'Express, before any body parser': async ({ payments, options }: Shop) => {
    const app = express();
    app.use('/payments', expressRoutes(payments, options));
    app.use(express.json());
    return `${await listen(app)}/payments`;
  },
  'Express, after express.json() and express.urlencoded()': async ({ payments, options }: Shop) => {
    const app = express();
    app.use(express.json(), express.urlencoded());
    app.use('/shop/payments', expressRoutes(payments, options));
    return `${await listen(app)}/shop/payments`;
  },
  'Express, after express.raw()': async ({ payments, options }: Shop) => {
    const app = express();
    app.use(express.raw({ type: () => true, limit: '1mb' }));
    app.use('/payments', expressRoutes(payments, options));
    return `${await listen(app)}/payments`;
  },
  'Express, after express.text()': async ({ payments, options }: Shop) => {
    const app = express();
    app.use(express.text({ type: () => true, limit: '1mb' }));
    app.use('/payments', expressRoutes(payments, options));
    return `${await listen(app)}/payments`;
  },
  'a Hono app': async ({ payments, options }: Shop) => {
    const app = new Hono();
    app.route('/payments', createHttp(payments, options));
    return `${await listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }))}/payments`;
  },
  'a Hono app whose middleware reads the body': async ({ payments, options }: Shop) => {
    const app = new Hono();
    app.use(async (c: Context, next) => {
      await c.req.text();
      await next();
    });
    app.route('/payments', createHttp(payments, options));
    return `${await listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }))}/payments`;
  },
  'plain node:http': async ({ payments, options }: Shop) => listen(expressRoutes(payments, options)),
} satisfies Record<string, (shop: Shop) => Promise<string>>;

export type Reply = Readonly<{ status: number; headers: Headers; body: Record<string, unknown> }>;

export const call = async (
  url: string,
  method: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> => {
  const response = await fetch(url, {
    method,
    headers: { ...customer, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
};

/** Opens a session for order-1 and gives what the page gets. */
export const openSession = async (base: string): Promise<{ sessionId: string; revision: number }> =>
  (await call(`${base}/orders/order-1/session`, 'POST')).body as { sessionId: string; revision: number };

/** Opens a session for order-1 and pays through it. */
export const pay = async (base: string): Promise<Reply> => {
  const { sessionId, revision } = await openSession(base);
  return call(`${base}/orders/order-1/pay`, 'POST', { sessionId, revision });
};
