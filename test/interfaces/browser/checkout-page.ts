import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import type { Checkout, mountCheckout } from '../../../src/interfaces/browser/mount-checkout.ts';
import { launchChromium } from '../../e2e/chromium.ts';

/** A checkout page in a real browser, between a merchant's server and a gateway's script that do what a test tells them. */

const shop = 'http://shop.test';
const sessionPath = '/payments/orders/order-1/session';
const payPath = '/payments/orders/order-1/pay';
const orderPath = '/payments/orders/order-1';

export const routes = {
  open: `POST ${sessionPath}`,
  update: `PUT ${sessionPath}`,
  pay: `POST ${payPath}`,
  find: `GET ${orderPath}`,
  script: 'GET /session.js',
} as const;

/** `cut`: the connection breaks. `hang`: no answer until the test releases it. */
export type Reply = { readonly status: number; readonly body: object | string } | 'cut' | 'hang';

const json = (status: number, body: object): Reply => ({ status, body });
export const session = (change: object = {}): Reply =>
  json(200, {
    orderId: 'order-1',
    sessionId: 'SESSION-1',
    scriptUrl: 'http://gateway.test/session.js',
    dialect: 'order',
    amount: '99.99',
    currency: 'USD',
    revision: 1,
    expiresAt: '2030-01-01T00:00:00.000Z',
    ...change,
  });
export const payment = (status: string, change: object = {}): Reply =>
  json(
    ({ declined: 402, processing: 202 } as Record<string, number>)[status] ?? 200,
    paymentView(status, change),
  );
/** The same as a GET answers it: always 200. */
export const found = (status: string, change: object = {}): Reply => json(200, paymentView(status, change));
const paymentView = (status: string, change: object) => ({
  orderId: 'order-1',
  status,
  fulfilment: 'not_due',
  amount: '99.99',
  currency: 'USD',
  ...change,
});
export const problem = (status: number, code: string, change: object = {}): Reply =>
  json(status, { title: code, status, code, ...change });

/** Bundled as one classic script, as a page without a bundler would load it. */
async function bundleClient(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL('../../../src/interfaces/browser/mount-checkout.ts', import.meta.url).pathname],
    bundle: true,
    format: 'iife',
    globalName: 'paysession',
    write: false,
  });
  const [file] = outputFiles;
  if (!file) throw new Error('esbuild wrote nothing');
  return file.text;
}

/** What a page's own script can reach. */
export interface CheckoutWindow extends Window {
  readonly paysession: { readonly mountCheckout: typeof mountCheckout };
  readonly gateway: FakeGateway;
  checkout: Checkout;
  readonly states: Checkout['state'][];
}

/** The hand of the test on the gateway's script: what it was asked, and what it says. */
interface FakeGateway {
  readonly configured: {
    readonly session: { readonly id: string } | string;
    readonly callbacks: Callbacks;
  }[];
  /** What `updateSessionFromForm` answers beside the callback. */
  promise?: 'resolves' | 'rejects';
  readonly focused: string[];
  readonly styled: unknown[][];
  updates: number;
  /** Answers of the coming configurations and updates; without one, `{ status: 'ok' }`. `null`: none comes. */
  readonly initialized: (object | null)[];
  readonly updated: (object | null)[];
}

interface Callbacks {
  initialized(answer: object): void;
  formSessionUpdate(answer?: object): void;
}

/** Replaces inputs by frames, as the real script does, and calls back later, never in the same tick. */
export const gatewayScript = {
  status: 200,
  body: `
  PaymentSession = {
    configure(options) {
      gateway.configured.push(options);
      for (const [role, selector] of Object.entries(options.fields.card)) {
        const frame = document.createElement('iframe');
        frame.className = 'gw-proxy-' + role;
        document.querySelector(selector).replaceWith(frame);
      }
      const answer = gateway.initialized.length ? gateway.initialized.shift() : { status: 'ok' };
      if (answer) setTimeout(() => options.callbacks.initialized(answer));
    },
    updateSessionFromForm() {
      gateway.updates += 1;
      const { session, callbacks } = gateway.configured.at(-1);
      const answer = gateway.updated.length ? gateway.updated.shift() : { status: 'ok' };
      if (answer) setTimeout(() => callbacks.formSessionUpdate({ session: { id: session.id ?? session }, ...answer }));
      if (gateway.promise) return gateway.promise === 'rejects' ? Promise.reject(new Error('rejected')) : Promise.resolve();
    },
    setFocus(role) { gateway.focused.push(role); },
    setFocusStyle(...call) { gateway.styled.push(['setFocusStyle', ...call]); },
    setInvalidHoverStyle(...call) { gateway.styled.push(['setInvalidHoverStyle', ...call]); },
    setPlaceholderStyle() { throw new Error('no such style'); },
  };
`,
};

/** A session of the payment dialect, whose script is its own. */
export const paymentSession = (id = 'SESSION-1', change: object = {}): Reply =>
  session({
    sessionId: id,
    dialect: 'payment',
    scriptUrl: `http://gateway.test${paymentScriptPath(id)}`,
    ...change,
  });
export const paymentScriptPath = (id: string) => `/n1/merchant/M/session/${id}/script.js`;

/** Such a script: it has no setFocus, and the styling calls of its own. */
export const paymentScript = (id: string): Reply => ({
  status: 200,
  body: `{
    ${gatewayScript.body}
    const { configure, updateSessionFromForm } = PaymentSession;
    PaymentSession = { configure, updateSessionFromForm, of: '${id}' };
    for (const call of ['setStyle', 'setFocusStyle', 'setErrorStyle', 'setValidStyle', 'setFieldState'])
      PaymentSession[call] = (...args) => gateway.styled.push([call, ...args]);
  }`,
});

const document = `<!doctype html>
  <html lang="en"><head><title>Checkout</title>
    <style id="antiClickjack">body { display: none !important }</style>
    <script>
      gateway = { configured: [], focused: [], styled: [], updates: 0, initialized: [], updated: [] };
      states = [];
    </script>
    <script src="/client.js"></script>
  </head><body>
    <form id="card-form">
      <label for="card-number">Card number</label><input id="card-number" name="number">
      <label for="month">Month</label><input id="month">
      <label for="year">Year</label><input id="year">
      <label for="code">Security code</label><input id="code">
      <button>Pay</button>
    </form>
  </body></html>`;

export const fields = {
  number: '#card-number',
  expiryMonth: '#month',
  expiryYear: '#year',
  securityCode: '#code',
};

export interface CheckoutPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page asked of the merchant and the gateway, `METHOD /path`, oldest first. */
  readonly requests: { readonly line: string; readonly body: string }[];
  /** Errors that the page reported to itself. */
  readonly errors: string[];
  sent(line: string): string[];
  /** The replies to come on a route; the last one stays. */
  on(line: string, ...replies: Reply[]): void;
  /** Answers what hangs. */
  release(reply: Reply): Promise<void>;
  /** The state, once it has this status. */
  becomes(status: Checkout['state']['status']): Promise<Checkout['state']>;
  mount(options?: object): Promise<void>;
  submit(): Promise<{ outcome: Record<string, unknown>; state: Checkout['state'] }>;
}

/** A fresh page for each test of a file, in one browser. */
export function checkoutPage(): CheckoutPage {
  let browser: Browser;
  let client: string;
  const current = {} as CheckoutPage;
  beforeAll(async () => {
    [browser, client] = await Promise.all([launchChromium(), bundleClient()]);
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    Object.assign(current, await openCheckoutPage(browser, client));
  });
  afterEach(() => current.context.close());
  return current;
}

async function openCheckoutPage(browser: Browser, client: string): Promise<CheckoutPage> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const requests: { line: string; body: string }[] = [];
  const errors: string[] = [];
  const hanging: Route[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const replies = new Map<string, Reply[]>([
    [routes.open, [session()]],
    [routes.update, [session()]],
    [routes.pay, [payment('captured')]],
    [routes.find, [found('awaiting_payment')]],
    [routes.script, [gatewayScript]],
  ]);

  await context.route(/^http:\/\/(shop|gateway|hostile)\.test\//, async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    const line = `${request.method()} ${pathname}`;
    if (pathname === '/checkout') return route.fulfill({ contentType: 'text/html', body: document });
    if (pathname === '/client.js') return route.fulfill({ contentType: 'text/javascript', body: client });
    requests.push({ line, body: request.postData() ?? '' });
    const queue = replies.get(line) ?? [];
    const reply = queue.length > 1 ? queue.shift() : queue[0];
    if (reply === 'hang') hanging.push(route);
    else await answer(route, reply ?? { status: 404, body: {} });
  });
  await page.goto(`${shop}/checkout`);

  return {
    page,
    context,
    requests,
    errors,
    sent: (line) => requests.filter((request) => request.line === line).map(({ body }) => body),
    release: async (reply) => {
      for (const route of hanging.splice(0)) if (reply !== 'hang') await answer(route, reply);
    },
    becomes: async (status) => {
      await page.waitForFunction(
        (expected) => (window as unknown as CheckoutWindow).states.at(-1)?.status === expected,
        status,
      );
      return page.evaluate(() => (window as unknown as CheckoutWindow).checkout.state);
    },
    on: (line, ...next) => void replies.set(line, next),
    mount: (options = {}) => page.evaluate(mount, { fields, ...options }),
    submit: () => page.evaluate(submit),
  };
}

function answer(route: Route, reply: Exclude<Reply, 'hang'>): Promise<void> {
  if (reply === 'cut') return route.abort('connectionreset');
  const { status, body } = reply;
  if (typeof body === 'string') return route.fulfill({ status, contentType: 'text/javascript', body });
  const contentType = status < 400 || status === 402 ? 'application/json' : 'application/problem+json';
  return route.fulfill({ status, contentType, body: JSON.stringify(body) });
}

/** Runs in the page. */
async function mount(options: object): Promise<void> {
  const page = window as unknown as CheckoutWindow;
  page.checkout = await page.paysession.mountCheckout({
    basePath: '/payments',
    orderId: 'order-1',
    ...(options as { fields: typeof fields }),
    timeouts: { pollMs: 10, ...(options as { timeouts?: object }).timeouts },
    onChange: (state) => page.states.push(state),
  });
}

/** Runs in the page. */
async function submit() {
  const { checkout } = window as unknown as CheckoutWindow;
  const outcome = await checkout.submit();
  return { outcome: { ...outcome }, state: checkout.state };
}

/** Waits until it holds; whoever called then finds out in its own words when it never does. */
export async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !holds() && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 10));
}
