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

/** The client with the simulator's own scripts and hosted fields, on a shop of another origin with a strict policy. */

type Dialect = 'order' | 'payment';

let browser: Browser;
let client: string;
let simulator: Simulator;
let shop: Site;
let context: BrowserContext;
let page: Page;
let seen: readonly SeenRequest[];
let dialect: Dialect;
let sessionId = '';
/** What the shop gets wrong for a test. */
let mistake: { readonly policy?: [string, string]; readonly scriptOf?: string } = {};

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
  mistake = {};
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
  const { pathname, searchParams } = new URL(request.url);
  const view = { orderId: 'order-1', fulfilment: 'not_due', amount: '99.99', currency: 'USD' };
  switch (`${request.method} ${pathname}`) {
    case 'GET /checkout':
      return new Response(checkoutPage(searchParams.has('expiryDate') ? 'expiryDate' : 'monthAndYear'), {
        headers: { 'content-type': 'text/html', 'content-security-policy': contentSecurityPolicy() },
      });
    case 'GET /client.js':
      return new Response(client, { headers: { 'content-type': 'text/javascript' } });
    case 'POST /payments/orders/order-1/session':
    case 'PUT /payments/orders/order-1/session': {
      const order = { id: 'order-1', amount: 99.99, currency: 'USD' };
      sessionId ||= String((await gateway('POST', '/session', { operation: 'PAY', order })).data['id']);
      const scriptUrl = scriptUrlOf[dialect](mistake.scriptOf ?? sessionId);
      return Response.json({ ...view, sessionId, scriptUrl, dialect, revision: 1, expiresAt: '' });
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

const scriptUrlOf: Record<Dialect, (session: string) => string> = {
  order: () => `${simulator.url}/form/version/100/merchant/${simulator.merchantId}/session.js`,
  payment: (session) => `${simulator.url}/n1/merchant/${simulator.merchantId}/session/${session}/script.js`,
};

/** What SECURITY.md asks of a host, and nothing more. */
const contentSecurityPolicy = () =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-checkout' ${simulator.url}`,
    "style-src 'nonce-checkout'",
    `frame-src ${simulator.url}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
    .join('; ')
    .replace(...(mistake.policy ?? (['', ''] as const)));

const expiryOf = {
  monthAndYear: {
    html: '<label for="month">Month</label><input id="month" readonly> <label for="year">Year</label><input id="year" readonly>',
    fields: { expiryMonth: '#month', expiryYear: '#year' },
  },
  expiryDate: {
    html: '<label for="expiry">Expiry date</label><input id="expiry" placeholder="MM/YY" readonly>',
    fields: { expiryDate: '#expiry' },
  },
};

const checkoutPage = (expiry: keyof typeof expiryOf) => `<!doctype html>
  <html lang="en"><head><title>Checkout</title>
    <style nonce="checkout" id="antiClickjack">body { display: none !important }</style>
    <style nonce="checkout">input { border: 2px solid rgb(20, 20, 20); padding: 6px; border-radius: 4px }</style>
    <script nonce="checkout">
      violations = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => violations.push([effectiveDirective, blockedURI]));
    </script>
  </head><body>
    <form>
      <label for="number">Card number</label><input id="number" placeholder="0000" readonly>
      ${expiryOf[expiry].html}
      <label for="code">Security code</label><input id="code" readonly>
      <label for="holder">Name on card</label><input id="holder" readonly>
      <button disabled>Pay</button>
      <p role="status"></p><pre></pre>
    </form>
    <script type="module" nonce="checkout">
      import { mountCheckout } from '/client.js';
      const [form, button, message, state] = ['form', 'button', 'p', 'pre'].map((name) => document.querySelector(name));
      const asked = new URLSearchParams(location.search);
      const timeouts = Object.fromEntries(['loadMs', 'updateMs'].map((name) => [name, Number(asked.get(name) ?? 20000)]));
      const checkout = await mountCheckout({
        basePath: '/payments',
        orderId: 'order-1',
        fields: { number: '#number', securityCode: '#code', nameOnCard: '#holder', ...${JSON.stringify(expiryOf[expiry].fields)} },
        styles: ${JSON.stringify(styles)},
        timeouts,
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

const styles = {
  default: { backgroundColor: 'rgb(250, 250, 240)', borderColor: 'rgb(30, 30, 30)' },
  focus: {
    color: 'rgb(1, 2, 3)',
    borderColor: 'rgb(1, 2, 30)',
    outline: 'none',
    boxShadow: '0 0 0 3px rgb(1, 2, 40)',
  },
  hover: { color: 'rgb(4, 5, 6)', borderColor: 'rgb(4, 5, 60)' },
  invalid: { color: 'rgb(7, 8, 9)', borderColor: 'rgb(7, 8, 90)' },
  valid: { color: 'rgb(13, 14, 15)', borderColor: 'rgb(13, 14, 150)' },
  placeholder: { color: 'rgb(10, 11, 12)' },
};

const hosted = (role: string) => page.frameLocator(`.gw-proxy-${role}`).locator('input');
const frame = (role: string) => page.locator(`.gw-proxy-${role}`);
const violations = () => page.evaluate('violations');
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

describe.each<Dialect>(['order', 'payment'])(
  'With the hosted fields of the simulator, %s dialect',
  (spoken) => {
    beforeEach(() => {
      dialect = spoken;
    });

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

    it('the page needs the gateway in script-src and frame-src, and in nothing else', async () => {
      await open();
      await fill(cards.good);
      await payButton().click();
      await becomes('done');
      expect(await violations()).toEqual([]);
    });

    it.each(['script-src', 'frame-src'])(
      'without the gateway in %s there is a message instead of fields',
      async (directive) => {
        const withGateway =
          contentSecurityPolicy()
            .split('; ')
            .find((one) => one.startsWith(directive)) ?? '';
        mistake = {
          policy: [
            withGateway,
            `${withGateway.replace(simulator.url, '')} 'none'`.replace(/('self'.*) 'none'/, '$1'),
          ],
        };
        await page.goto(`${shop.origin}/checkout?loadMs=2000`);
        await becomes('failed', 'could not be loaded');
        expect(await violations()).toContainEqual([
          directive.replace(/^script-src$/, 'script-src-elem'),
          expect.stringContaining(simulator.url),
        ]);
      },
    );

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
  },
);

describe('With the payment dialect', () => {
  beforeEach(() => {
    dialect = 'payment';
  });

  const outside = (role: string, property: string) => () =>
    frame(role).evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
  const inside = (role: string, property: string) => () =>
    hosted(role).evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);

  it('borders, shadows and outlines show on the frame, the rest inside it, in every state', async () => {
    await open();
    await eventually(inside('number', 'background-color'), 'rgb(250, 250, 240)');
    await eventually(outside('number', 'border-top-color'), 'rgb(30, 30, 30)');
    expect(await outside('number', 'border-top-width')()).toBe('2px');
    expect(await inside('number', 'border-top-width')()).toBe('0px');
    expect(await outside('number', 'padding-top')()).toBe('0px');
    expect(await inside('number', 'padding-top')()).toBe('6px');

    await hosted('number').focus();
    await eventually(outside('number', 'border-top-color'), 'rgb(1, 2, 30)');
    await eventually(inside('number', 'color'), 'rgb(1, 2, 3)');
    expect(await outside('number', 'box-shadow')()).toContain('rgb(1, 2, 40)');
    expect(await outside('number', 'outline-style')()).toBe('none');
    expect(await inside('number', 'box-shadow')()).toBe('none');
    await hosted('securityCode').hover();
    await eventually(outside('securityCode', 'border-top-color'), 'rgb(4, 5, 60)');
    expect(await inside('securityCode', 'color')()).toBe('rgb(4, 5, 6)');
  });

  it('a refused submit shows which fields are wrong and which are right, until the next', async () => {
    await open();
    await fill(cards.mistyped);
    await payButton().click();
    await becomes('ready', 'card details');
    await eventually(outside('number', 'border-top-color'), 'rgb(7, 8, 90)');
    await eventually(inside('number', 'color'), 'rgb(7, 8, 9)');
    await eventually(outside('expiryYear', 'border-top-color'), 'rgb(13, 14, 150)');
    await eventually(inside('expiryYear', 'color'), 'rgb(13, 14, 15)');
    expect(await hosted('expiryYear').getAttribute('aria-invalid')).toBeNull();
    await eventually(() => hosted('number').evaluate((field) => field === document.activeElement), true);

    await control('POST', '/_simulator/faults', { fault: 'formUpdate', formStatus: 'system_error' });
    await payButton().click();
    await becomes('ready', 'try again');
    await eventually(outside('expiryYear', 'border-top-color'), 'rgb(30, 30, 30)');
    await eventually(() => hosted('number').getAttribute('aria-invalid'), null);
  });

  it('a card whose expiry is in one field is paid, and a wrong one is marked there', async () => {
    await open('?expiryDate');
    await hosted('number').fill(cards.good[0]);
    await hosted('securityCode').fill(cards.good[3]);
    await payButton().click();
    expect(await becomes('ready', 'card details')).toMatchObject({ fieldErrors: { expiryDate: 'required' } });
    await hosted('expiryDate').fill('13/39');
    await payButton().click();
    await page.waitForFunction(() =>
      document.querySelector('pre')?.textContent?.includes('"expiryDate":"invalid"'),
    );
    await eventually(() => hosted('expiryDate').getAttribute('aria-invalid'), 'true');
    await hosted('expiryDate').fill('01/39');
    await payButton().click();
    await becomes('done');
    expect(await charges()).toHaveLength(1);
  });

  it('a click on a label moves to its field', async () => {
    await open();
    await page.getByText('Security code').click();
    await eventually(
      () => hosted('securityCode').evaluate((field) => field === document.activeElement),
      true,
    );
    await page.keyboard.type('123');
    expect(await hosted('securityCode').inputValue()).toBe('123');
  });

  it("another session's script gives no fields", async () => {
    const order = { id: 'order-2', amount: 1, currency: 'USD' };
    mistake = {
      scriptOf: String((await gateway('POST', '/session', { operation: 'PAY', order })).data['id']),
    };
    await page.goto(`${shop.origin}/checkout`);
    await becomes('failed', 'could not be loaded');
    expect(await page.locator('iframe').count()).toBe(0);
    mistake = {};
    await page.locator('pre').click();
    await becomes('ready');
  });

  it('a new session brings its own script, and the old one is gone', async () => {
    await open();
    await fill(cards.declined);
    await payButton().click();
    await becomes('ready', 'declined');
    const scripts = await page
      .locator('script[src$="script.js"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('src')));
    expect(scripts).toEqual([scriptUrlOf.payment(sessionId)]);
  });
});
