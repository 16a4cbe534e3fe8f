import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { CheckoutState } from '../../../src/interfaces/browser/mount-checkout.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import {
  launchChromium,
  mentions,
  recordRequests,
  servePage,
  type SeenRequest,
  type Site,
} from '../../e2e/chromium.ts';

/** The client with the simulator's own script and hosted fields, on a shop of another origin with a strict policy. */

let browser: Browser;
let client: string;
let simulator: Simulator;
let shop: Site;
let context: BrowserContext;
let page: Page;
let seen: readonly SeenRequest[];
let sessionId = '';

beforeAll(async () => {
  [browser, simulator] = await Promise.all([launchChromium(), startSimulator()]);
  const { outputFiles } = await build({
    entryPoints: [new URL('../../../src/interfaces/browser/mount-checkout.ts', import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  client = outputFiles[0]?.text ?? '';
  shop = await servePage(merchant);
});
afterAll(() => Promise.all([browser.close(), simulator.close(), shop.close()]));
beforeEach(async () => {
  sessionId = '';
  await control('DELETE', '/_simulator/state');
  await control('DELETE', '/_simulator/faults');
  context = await browser.newContext();
  seen = recordRequests(context);
  page = await context.newPage();
});
afterEach(() => context.close());

async function gateway(
  method: string,
  path: string,
  body: object,
): Promise<{ data: Record<string, unknown> }> {
  const response = await fetch(`${simulator.url}/payments/n1/merchant/${simulator.merchantId}${path}`, {
    method,
    headers: { authorization: `Bearer ${simulator.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { data: Record<string, unknown> };
}

async function control(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(simulator.url + path, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

/** A merchant's server in few lines: one order, whose session is renewed when it was paid through. */
async function merchant(request: Request): Promise<string | Response> {
  const { pathname } = new URL(request.url);
  const view = { orderId: 'order-1', fulfilment: 'not_due', amount: '99.99', currency: 'USD' };
  switch (`${request.method} ${pathname}`) {
    case 'GET /checkout':
      return new Response(checkoutPage, {
        headers: { 'content-type': 'text/html', 'content-security-policy': contentSecurityPolicy() },
      });
    case 'GET /client.js':
      return new Response(client, { headers: { 'content-type': 'text/javascript' } });
    case 'POST /payments/orders/order-1/session':
    case 'PUT /payments/orders/order-1/session': {
      const order = { id: 'order-1', amount: 99.99, currency: 'USD' };
      sessionId ||= String((await gateway('POST', '/session', { operation: 'PAY', order })).data['id']);
      const scriptUrl = `${simulator.url}/form/version/100/merchant/${simulator.merchantId}/session.js`;
      return Response.json({ ...view, sessionId, scriptUrl, dialect: 'order', revision: 1, expiresAt: '' });
    }
    case 'POST /payments/orders/order-1/pay': {
      const { sessionId: id } = (await request.json()) as { sessionId: string };
      const order = { amount: 99.99, currency: 'USD' };
      const { data } = await gateway('POST', '/order/order-1/pay', { order, session: { id } });
      if (data['result'] === 'SUCCESS') return Response.json({ ...view, status: 'captured' });
      sessionId = '';
      return Response.json({ ...view, status: 'declined', retry: true }, { status: 402 });
    }
    default:
      return new Response('', { status: 404 });
  }
}

const contentSecurityPolicy = () =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-checkout' ${simulator.url}`,
    "style-src 'nonce-checkout'",
    `frame-src ${simulator.url}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const checkoutPage = `<!doctype html>
  <html lang="en"><head><title>Checkout</title>
    <style nonce="checkout" id="antiClickjack">body { display: none !important }</style>
  </head><body>
    <form>
      <label for="number">Card number</label><input id="number" placeholder="0000" readonly>
      <label for="month">Month</label><input id="month" readonly>
      <label for="year">Year</label><input id="year" readonly>
      <label for="code">Security code</label><input id="code" readonly>
      <label for="holder">Name on card</label><input id="holder" readonly>
      <button disabled>Pay</button>
      <p role="status"></p><pre></pre>
    </form>
    <script type="module" nonce="checkout">
      import { mountCheckout } from '/client.js';
      const [form, button, message, state] = ['form', 'button', 'p', 'pre'].map((name) => document.querySelector(name));
      const updateMs = Number(new URLSearchParams(location.search).get('updateMs') ?? 20000);
      const checkout = await mountCheckout({
        basePath: '/payments',
        orderId: 'order-1',
        fields: { number: '#number', expiryMonth: '#month', expiryYear: '#year', securityCode: '#code', nameOnCard: '#holder' },
        styles: {
          focus: { color: 'rgb(1, 2, 3)' },
          hover: { color: 'rgb(4, 5, 6)' },
          invalid: { color: 'rgb(7, 8, 9)' },
          placeholder: { color: 'rgb(10, 11, 12)' },
        },
        timeouts: { updateMs },
        onChange(next) {
          button.disabled = next.status !== 'ready';
          message.textContent = next.message ?? '';
          state.textContent = JSON.stringify(next);
        },
      });
      form.addEventListener('submit', (event) => { event.preventDefault(); checkout.submit(); });
      document.querySelector('pre').addEventListener('click', () => checkout.retry());
    </script>
  </body></html>`;

const hosted = (role: string) => page.frameLocator(`.gw-proxy-${role}`).locator('input');
const payButton = () => page.getByRole('button', { name: 'Pay' });
const state = async () => JSON.parse((await page.locator('pre').textContent()) ?? '') as CheckoutState;
const pays = () =>
  seen.filter(({ url }) => url.endsWith('/pay')).map(({ body }) => JSON.parse(body) as object);
const charges = () => control('GET', '/_simulator/charges');
const cards = {
  good: ['5123450000000008', '01', '39', '100'],
  declined: ['4000000000000002', '01', '39', '100'],
  mistyped: ['5123450000000007', '01', '39', '100'],
} as const;

async function open(query = ''): Promise<void> {
  await page.goto(`${shop.origin}/checkout${query}`);
  await becomes('ready');
}

async function becomes(status: CheckoutState['status'], text = ''): Promise<CheckoutState> {
  await page.waitForFunction(
    ([expected, message]) => {
      const shown = document.querySelector('pre')?.textContent;
      const { status: now, message: said = '' } = JSON.parse(shown || '{}') as Partial<CheckoutState>;
      return now === expected && said.includes(message);
    },
    [status, text] as const,
  );
  return state();
}

async function fill(card: readonly [string, string, string, string]): Promise<void> {
  const [number, month, year, code] = card;
  await hosted('number').fill(number);
  await hosted('expiryMonth').fill(month);
  await hosted('expiryYear').fill(year);
  await hosted('securityCode').fill(code);
}

/** What a frame shows follows what the page is told by a message, so a moment later. */
async function eventually(read: () => Promise<unknown>, expected: unknown): Promise<void> {
  const end = Date.now() + 5_000;
  let value = await read();
  while (value !== expected && Date.now() < end) {
    await page.waitForTimeout(20);
    value = await read();
  }
  expect(value).toBe(expected);
}

describe('With the hosted fields of the simulator', () => {
  it('a card is paid once, and no card number reaches the page, the shop or its server', async () => {
    await open();
    await fill(cards.good);
    await payButton().dblclick();
    expect(await becomes('done')).toMatchObject({ payment: { status: 'captured' } });
    expect(await charges()).toMatchObject([{ orderId: 'order-1', amount: '99.99', currency: 'USD' }]);

    const [number, , , code] = cards.good;
    const toGateway = seen.filter((request) => request.url.startsWith(simulator.url));
    expect(toGateway.some((request) => mentions(request, number))).toBe(true);
    expect(seen.filter((request) => !toGateway.includes(request) && mentions(request, number))).toEqual([]);
    expect(shop.requests.filter((request) => mentions(request, number))).toEqual([]);
    expect(shop.requests.filter(({ body }) => body.includes(code))).toEqual([]);
    expect(mentions(await page.content(), number)).toBe(false);
  });

  it('Enter in a field pays, by way of the form', async () => {
    await open();
    await fill(cards.good);
    await hosted('securityCode').press('Enter');
    await becomes('done');
    expect(await charges()).toHaveLength(1);
  });

  it('a mistyped number is marked and sent to nobody, and the corrected one is paid', async () => {
    await open();
    await fill(cards.mistyped);
    await payButton().click();
    expect(await becomes('ready', 'card details')).toMatchObject({ fieldErrors: { number: 'invalid' } });
    await eventually(() => hosted('number').getAttribute('aria-invalid'), 'true');
    expect(pays()).toEqual([]);
    await hosted('number').fill(cards.good[0]);
    await payButton().click();
    await becomes('done');
  });

  it('a declined card leaves empty fields of a new session, and the next card is paid', async () => {
    await open();
    await fill(cards.declined);
    const first = sessionId;
    await payButton().click();
    await becomes('ready', 'declined');
    expect(sessionId).not.toBe(first);
    expect(await hosted('number').inputValue()).toBe('');
    await fill(cards.good);
    await payButton().click();
    await becomes('done');
    expect(await charges()).toMatchObject([{ result: 'SUCCESS' }]);
  });

  it.each(['request_timeout', 'system_error'])(
    '%s keeps the typed card and can be tried again',
    async (formStatus) => {
      await open();
      await fill(cards.good);
      await control('POST', '/_simulator/faults', { fault: 'formUpdate', formStatus });
      await payButton().click();
      await becomes('ready', 'try again');
      expect(await charges()).toEqual([]);
      await payButton().click();
      await becomes('done');
    },
  );

  it('an ok that comes after the timeout pays nothing, and the card is asked for again', async () => {
    await open('?updateMs=3000');
    await fill(cards.declined);
    await control('POST', '/_simulator/faults', { operation: 'formUpdate', fault: 'delay', ms: 6_000 });
    await payButton().click();
    await becomes('ready', 'enter your card again');
    expect(await hosted('number').inputValue()).toBe('');
    await fill(cards.good);
    await payButton().click();
    await becomes('done');
    expect(pays()).toEqual([{ sessionId, revision: 1 }]);
    expect(await charges()).toHaveLength(1);
  });

  it('a session that expired while the payer typed is replaced by a new one', async () => {
    await open();
    await fill(cards.good);
    await control('POST', '/_simulator/clock', { advanceMs: 3_600_000 });
    sessionId = '';
    await payButton().click();
    await becomes('ready', 'enter your card again');
    await fill(cards.good);
    await payButton().click();
    await becomes('done');
    expect(await charges()).toHaveLength(1);
  });

  it('a script that does not load leaves a visible message, and trying again helps', async () => {
    await control('POST', '/_simulator/faults', { operation: 'script', fault: 'dropBefore' });
    await page.goto(`${shop.origin}/checkout`);
    await becomes('failed');
    expect(await page.getByRole('status').textContent()).toMatch(/could not be loaded/);
    expect(await page.getByRole('status').isVisible()).toBe(true);
    await page.locator('pre').click();
    await becomes('ready');
  });

  it('the styles show inside the frames', async () => {
    await open();
    const placeholder = () =>
      hosted('number').evaluate((input) => getComputedStyle(input, '::placeholder').color);
    await eventually(placeholder, 'rgb(10, 11, 12)');
    const color = (role: string) => hosted(role).evaluate((input) => getComputedStyle(input).color);
    await page.getByText('Card number').click();
    await eventually(() => color('number'), 'rgb(1, 2, 3)');
    await hosted('expiryMonth').hover();
    await eventually(() => color('expiryMonth'), 'rgb(4, 5, 6)');
    await payButton().click();
    await becomes('ready', 'card details');
    await eventually(() => color('securityCode'), 'rgb(7, 8, 9)');
  });
});
