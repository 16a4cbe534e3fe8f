/** The shop's pages, over HTTP: who sees what, and what each answer lets a browser do. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { html } from '../../../examples/shop/pages/html.ts';
import type { Shop } from '../../../examples/shop/start-shop.ts';
import {
  control,
  declinedCard,
  eventually,
  operatorOf,
  paidCard,
  startTestShop,
  Visitor,
} from './running-shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startTestShop();
});
afterAll(() => shop.close());

const nonceIn = (page: string): string => /<script[^>]* nonce="([^"]+)"/.exec(page)?.[1] ?? 'none';

describe('security headers', () => {
  it('let the checkout run its own scripts and the gateway’s, frame the gateway, and nothing else', async () => {
    const visitor = new Visitor(shop);
    const response = await visitor.fetch(`/checkout/${await visitor.order()}`);
    const nonce = nonceIn(await response.text());
    expect(nonce).toMatch(/^[\w+/]{22}==$/);
    const gateway = shop.simulator?.url ?? '';
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'nonce-${nonce}' ${gateway}; style-src 'self' 'nonce-${nonce}'; ` +
        `img-src 'self'; connect-src 'self'; frame-src ${gateway}; object-src 'none'; base-uri 'none'; ` +
        `form-action 'self'; frame-ancestors 'none'`,
    );
  });

  it('let every other page run its own scripts only', async () => {
    const response = await new Visitor(shop).fetch('/');
    const nonce = nonceIn(await response.text());
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy':
        `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; ` +
        `img-src 'self'; connect-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; ` +
        `form-action 'self'; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  it('come with a new nonce each time', async () => {
    const visitor = new Visitor(shop);
    expect(nonceIn(await visitor.page('/'))).not.toBe(nonceIn(await visitor.page('/')));
  });
});

describe('pages', () => {
  it('carry no inline style or handler, which their policy would refuse', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    for (const path of [
      '/',
      `/checkout/${orderId}`,
      '/orders',
      `/orders/${orderId}`,
      '/test-cards',
      '/nowhere',
    ])
      expect(await visitor.page(path)).not.toMatch(/\s(style|on[a-z]+)=/);
  });

  it('load nothing from elsewhere', async () => {
    expect(await new Visitor(shop).page('/')).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it.each(['cart.js', 'checkout.js', 'order.js'])('find their script %s', async (script) => {
    const response = await new Visitor(shop).fetch(`/assets/${script}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/javascript');
  });

  it('of an order are for its own browser only', async () => {
    const orderId = await new Visitor(shop).order();
    const stranger = new Visitor(shop);
    await stranger.order();
    for (const path of [`/checkout/${orderId}`, `/orders/${orderId}`]) {
      expect((await stranger.fetch(path)).status).toBe(404);
      expect((await new Visitor(shop).fetch(path)).status).toBe(404);
    }
    expect(await stranger.page('/orders')).not.toContain(orderId);
  });

  it('say that there is nothing where there is nothing', async () => {
    const response = await new Visitor(shop).fetch('/checkout/%E0%A4%A');
    expect(response.status).toBe(400);
    expect((await new Visitor(shop).fetch('/nowhere')).status).toBe(404);
    expect((await new Visitor(shop).fetch('/assets/../settings.ts')).status).toBe(404);
  });

  it('show what was put into a template as text', () => {
    const planted = `<script>alert("1")</script> & 'more'`;
    expect(html`<p title="${planted}">${planted}</p>`.toString()).not.toContain('<script>');
    expect(html`${['<', '&', '"', "'"]}${null}${false}${undefined}${0}`.toString()).toBe(
      '&lt;&amp;&quot;&#39;0',
    );
    expect(html`<b>${html`<i>${'<'}</i>`}</b>`.toString()).toBe('<b><i>&lt;</i></b>');
  });

  it('escape what a customer typed', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order(undefined, `o'neil&"sons"@example.com`.replaceAll('"', ''));
    expect(await visitor.page(`/orders/${orderId}`)).toContain('o&#39;neil&amp;sons@example.com');
  });
});

describe('the page of an order', () => {
  it('is the receipt once it is paid, and the checkout leads there', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    await visitor.pay(orderId, declinedCard);
    await visitor.pay(orderId, paidCard);
    const page = await eventually(
      () => visitor.page(`/orders/${orderId}`),
      (text) => text.includes('data-event="fulfilled"'),
    );
    expect(page).toContain('<h1>Receipt</h1>');
    expect(page).toContain('data-status="captured"');
    expect([...page.matchAll(/data-outcome="(\w+)"/g)].map(([, outcome]) => outcome)).toEqual([
      'declined',
      'captured',
    ]);
    const checkout = await visitor.fetch(`/checkout/${orderId}`);
    expect([checkout.status, checkout.headers.get('location')]).toEqual([303, `/orders/${orderId}`]);
  });

  it('waits with the customer while it is not known what was charged', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    await control(shop, 'POST', 'faults', { operation: 'pay', fault: 'dropAfter' });
    await visitor.pay(orderId, paidCard);
    const page = await visitor.page(`/orders/${orderId}`);
    expect(page).toContain('data-status="processing"');
    expect(page).toContain('You do not need to do anything');
    expect(page).not.toContain('Go to payment');
  });

  it('offers another card after a decline, and none after the last one', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    for (const declines of [1, 2, 3, 4]) {
      await visitor.pay(orderId, declinedCard);
      expect([declines, (await visitor.page(`/orders/${orderId}`)).includes('Go to payment')]).toEqual([
        declines,
        true,
      ]);
    }
    await visitor.pay(orderId, declinedCard);
    const page = await visitor.page(`/orders/${orderId}`);
    expect(page).not.toContain('Go to payment');
    expect(page).toContain('No further card can be tried');
    expect((await visitor.fetch(`/checkout/${orderId}`)).status).toBe(303);
  });

  it('promises no goods after the last decline, and leads back to the shop', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    for (let card = 1; card <= 5; card += 1) await visitor.pay(orderId, declinedCard);
    const page = await visitor.page(`/orders/${orderId}`);
    expect(page).not.toContain('Packed as soon as');
    expect(page).toContain('<a class="button" href="/">Go to the shop</a>');
  });

  it('is given up by its customer while nothing is paid, and by nobody else', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    const cancel = (who: Visitor, id = orderId) => who.fetch(`/orders/${id}/cancel`, { method: 'POST' });
    expect(await visitor.page(`/checkout/${orderId}`)).toContain(`action="/orders/${orderId}/cancel"`);
    expect((await cancel(new Visitor(shop))).status).toBe(404);
    const cancelled = await cancel(visitor);
    expect([cancelled.status, cancelled.headers.get('location')]).toEqual([303, `/orders/${orderId}`]);
    expect(await visitor.page(`/orders/${orderId}`)).toContain('data-status="cancelled"');
    expect((await visitor.openCheckout(orderId)).status).toBe(409);
    const paid = await visitor.order();
    await visitor.pay(paid, paidCard);
    expect((await cancel(visitor, paid)).status).toBe(303);
    expect(await visitor.page(`/orders/${paid}`)).toContain('data-status="captured"');
  });

  it('tells a customer nothing of the gateway’s reasons, which help to try out stolen cards', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    await visitor.pay(orderId, { ...declinedCard, number: '4000000000009995' });
    expect(await visitor.page(`/orders/${orderId}`)).not.toContain('INSUFFICIENT_FUNDS');
    const operator = await operatorOf(shop);
    expect(await operator.page(`/operator/orders/${orderId}`)).toContain('INSUFFICIENT_FUNDS');
  });
});
