/** The shop's own JSON routes, over HTTP, with a simulator behind the shop. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Shop } from '../../../examples/shop/start-shop.ts';
import { control, declinedCard, eventually, paidCard, startTestShop, Visitor } from './running-shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startTestShop();
});
afterAll(() => shop.close());

const one = [{ sku: 'PEN', quantity: 1 }];

describe('products', () => {
  it('are listed with their prices as decimal text', async () => {
    const response = await new Visitor(shop).fetch('/api/products');
    expect(response.status).toBe(200);
    const products = (await response.json()) as object[];
    expect(products).toContainEqual({ sku: 'PEN', name: 'Fountain pen', amount: '64.00', currency: 'USD' });
    expect(products.length).toBeGreaterThanOrEqual(3);
  });

  it('are the same at both names of this machine', async () => {
    const byAddress = await fetch(`${shop.url.replace('localhost', '127.0.0.1')}/api/products`);
    expect(byAddress.status).toBe(200);
  });
});

describe('a new order', () => {
  it('answers its id, its checkout and a cookie that scripts and other sites do not get', async () => {
    const response = await new Visitor(shop).send('POST', '/api/orders', { items: one });
    expect(response.status).toBe(201);
    const { orderId, checkoutUrl } = (await response.json()) as Record<string, string>;
    // 128 random bits in at most 40 characters.
    expect(orderId).toMatch(/^ORD-[0-9a-f]{32}$/);
    expect(checkoutUrl).toBe(`/checkout/${orderId}`);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^shop_payer=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
      ),
    ]);
  });

  it('takes no token that a browser brings along without owning an order', async () => {
    const planted = `shop_payer=${'a'.repeat(43)}`;
    const response = await new Visitor(shop).send('POST', '/api/orders', { items: one }, { cookie: planted });
    expect(response.headers.getSetCookie().join()).not.toContain(planted);
  });

  it('belongs to the same browser as its earlier ones', async () => {
    const visitor = new Visitor(shop);
    const ids = [await visitor.order(), await visitor.order()];
    const page = await visitor.page('/orders');
    for (const id of ids) expect(page).toContain(id);
  });

  it('is priced by the shop, to the cent', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order([
      { sku: 'INK', quantity: 3 },
      { sku: 'LAMP', quantity: 2 },
    ]);
    const opened = await visitor.fetch(`/payments/orders/${orderId}/session`, { method: 'POST' });
    expect(await opened.json()).toMatchObject({ amount: '209.77', currency: 'USD', revision: 1 });
  });

  const card = '4111111111111111';
  it.each([
    ['items', {}],
    ['items', { items: [] }],
    ['items', { items: { sku: 'PEN', quantity: 1 } }],
    ['items', { items: Array(200).fill(one[0]) }],
    ['items[0]', { items: ['PEN'] }],
    ['items[0].sku', { items: [{ sku: 'GOLD', quantity: 1 }] }],
    ['items[0].sku', { items: [{ sku: '__proto__', quantity: 1 }] }],
    ['items[0].quantity', { items: [{ sku: 'PEN' }] }],
    ['items[0].quantity', { items: [{ sku: 'PEN', quantity: 0 }] }],
    ['items[0].quantity', { items: [{ sku: 'PEN', quantity: 1.5 }] }],
    ['items[0].quantity', { items: [{ sku: 'PEN', quantity: '1' }] }],
    ['items[0].quantity', { items: [{ sku: 'PEN', quantity: 100 }] }],
    ['items[0].amount', { items: [{ sku: 'PEN', quantity: 1, amount: '0.01' }] }],
    ['items[1].sku', { items: [...one, ...one] }],
    ['amount', { items: one, amount: '0.01' }],
    ['email', { items: one, email: 'nobody' }],
    ['email', { items: one, email: `${card}@example.com` }],
    ['email', { items: one, email: 'a@b.example\r\nBcc: everybody@example.com' }],
    ['body', [one]],
  ])('is refused with the name of what is wrong: %s in %j', async (field, body) => {
    const response = await new Visitor(shop).send('POST', '/api/orders', body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = await response.text();
    expect(JSON.parse(problem)).toMatchObject({ status: 400, code: 'invalid-request', field });
    expect(problem).not.toContain(card);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it.each([
    ['a body that is not JSON', 400, '{"items":', 'application/json'],
    ['another content type', 415, 'items=PEN', 'application/x-www-form-urlencoded'],
    ['no content type', 415, '{}', 'text/plain'],
    ['a body over 64 KB', 413, JSON.stringify({ email: 'x'.repeat(70_000) }), 'application/json'],
  ])('is refused for %s', async (_what, status, body, type) => {
    const headers = { 'content-type': type };
    const response = await new Visitor(shop).fetch('/api/orders', { method: 'POST', body, headers });
    expect(response.status).toBe(status);
  });

  it.each([
    ['origin', 'http://hostile.example'],
    ['origin', 'null'],
    ['sec-fetch-site', 'cross-site'],
  ])('is refused to the page of another site: %s %s', async (name, value) => {
    const response = await new Visitor(shop).send('POST', '/api/orders', { items: one }, { [name]: value });
    expect(response.status).toBe(403);
  });
});

describe('a changed order', () => {
  const two = { items: [{ sku: 'PEN', quantity: 2 }] };

  it('has new items, and its checkout a new price', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    await visitor.fetch(`/payments/orders/${orderId}/session`, { method: 'POST' });
    const changed = await visitor.send('PUT', `/api/orders/${orderId}`, two);
    expect(changed.status).toBe(200);
    expect(await changed.json()).toMatchObject({
      orderId,
      items: [{ sku: 'PEN', amount: '128.00' }],
      amount: '128.00',
    });
    const read = await visitor.fetch(`/api/orders/${orderId}`);
    expect(await read.json()).toMatchObject({ items: [{ sku: 'PEN', quantity: 2 }], amount: '128.00' });
    expect((await new Visitor(shop).fetch(`/api/orders/${orderId}`)).status).toBe(404);
    const repriced = await visitor.fetch(`/payments/orders/${orderId}/session`, { method: 'PUT' });
    expect(await repriced.json()).toMatchObject({ amount: '128.00', revision: 2 });
  });

  it('can be changed by nobody else, to whom it does not exist', async () => {
    const orderId = await new Visitor(shop).order();
    const stranger = new Visitor(shop);
    await stranger.order();
    expect((await stranger.send('PUT', `/api/orders/${orderId}`, two)).status).toBe(404);
    expect((await new Visitor(shop).send('PUT', `/api/orders/${orderId}`, two)).status).toBe(404);
  });

  it('can be changed after a card was declined, and not once it is paid', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    expect((await visitor.pay(orderId, declinedCard)).status).toBe(402);
    expect((await visitor.send('PUT', `/api/orders/${orderId}`, two)).status).toBe(200);
    expect((await visitor.pay(orderId, paidCard)).status).toBe(200);
    const refused = await visitor.send('PUT', `/api/orders/${orderId}`, { items: one });
    expect(refused.status).toBe(409);
    // RFC 9457, with a title for people.
    expect(await refused.json()).toEqual({
      type: 'urn:shop:not-changeable',
      title: 'The order can no longer be changed',
      status: 409,
      code: 'not-changeable',
      detail: 'The order can no longer be changed: its payment has begun.',
    });
  });

  it('cannot be changed while it is not known whether it was charged', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    await control(shop, 'POST', 'faults', { operation: 'pay', fault: 'dropAfter' });
    expect((await visitor.pay(orderId, paidCard)).status).toBe(202);
    expect((await visitor.send('PUT', `/api/orders/${orderId}`, two)).status).toBe(409);
  });

  it('names what is wrong with it', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    const response = await visitor.send('PUT', `/api/orders/${orderId}`, { ...two, email: 'a@b.example' });
    expect(await response.json()).toMatchObject({ status: 400, field: 'email' });
  });
});

describe('a payment', () => {
  it('packs the order and hands its confirmation over, once', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order(one, 'ada@example.com');
    expect((await visitor.pay(orderId, paidCard)).status).toBe(200);
    const ask = async () =>
      (await (await visitor.fetch(`/payments/orders/${orderId}`)).json()) as { fulfilment: string };
    const found = await eventually(ask, ({ fulfilment }) => fulfilment === 'fulfilled');
    expect(found).toMatchObject({ status: 'captured', fulfilment: 'fulfilled', amount: '64.00' });
    const charges = (await control(shop, 'GET', 'charges')) as { orderId: string; amount: string }[];
    expect(charges.filter((charge) => charge.orderId === orderId)).toMatchObject([{ amount: '64.00' }]);
  });

  it('is opened, made and read by the order’s own browser only', async () => {
    const owner = new Visitor(shop);
    const orderId = await owner.order();
    const sessionId = await owner.typeCard(orderId, paidCard);
    const stranger = new Visitor(shop);
    await stranger.order();
    const answers = [
      await stranger.fetch(`/payments/orders/${orderId}`),
      await stranger.fetch(`/payments/orders/${orderId}/session`, { method: 'POST' }),
      await stranger.send('POST', `/payments/orders/${orderId}/pay`, { sessionId }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    const charges = (await control(shop, 'GET', 'charges')) as { orderId: string }[];
    expect(charges.filter((charge) => charge.orderId === orderId)).toEqual([]);
  });
});
