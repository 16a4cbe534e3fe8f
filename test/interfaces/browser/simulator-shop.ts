import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { build } from 'esbuild';
import type { Browser, Locator, Page } from 'playwright-core';
import type { CheckoutState } from '../../../src/interfaces/browser/mount-checkout.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import {
  launchChromium,
  recordRequests,
  servePage,
  type SeenRequest,
  type Site,
} from '../../e2e/chromium.ts';
import { checkoutHtml } from './checkout-html.ts';

/** A shop of another origin with a strict policy, whose checkout page has the simulator's own script and hosted fields. */

export type Dialect = 'order' | 'payment';

/** How a merchant's server and page use the gateway in each dialect. */
const dialects: Record<
  Dialect,
  {
    readonly session: object;
    readonly payPath: string;
    readonly price: object;
    readonly scriptPath: (merchantId: string, sessionId: string) => string;
  }
> = {
  order: {
    session: { operation: 'PAY', order: { id: 'order-1', amount: 99.99, currency: 'USD' } },
    payPath: '/order/order-1/pay',
    price: { order: { amount: 99.99, currency: 'USD' } },
    scriptPath: (merchantId) => `/form/version/100/merchant/${merchantId}/session.js`,
  },
  payment: {
    session: { payment: { id: 'order-1', amount: 99.99, currency: 'USD' } },
    payPath: '/payment/order-1/pay',
    price: { payment: { amount: 99.99, currency: 'USD' } },
    scriptPath: (merchantId, sessionId) => `/n1/merchant/${merchantId}/session/${sessionId}/script.js`,
  },
};

/** What the shop gets wrong for a test: a directive of its policy, or the session whose script it names. */
export type Mistake = { readonly directive?: string; readonly scriptOf?: string };

/** Begins before the tests of a file or a `describe`, with a fresh page, order and gateway for each of them. */
export class SimulatorShop {
  readonly dialect: Dialect;
  #world: { readonly browser: Browser; readonly simulator: Simulator; readonly site: Site } | undefined;
  #client = '';
  #page: Page | undefined;
  /** Every request of the page and its frames. */
  seen: readonly SeenRequest[] = [];
  /** The session of the only order: renewed when it was paid through, or emptied by a test. */
  sessionId = '';
  mistake: Mistake = {};

  constructor(dialect: Dialect) {
    this.dialect = dialect;
    beforeAll(() => this.#start());
    beforeEach(() => this.#begin());
    afterEach(() => this.page.context().close());
    afterAll(async () => {
      const { browser, simulator, site } = this.world;
      await Promise.all([browser.close(), simulator.close(), site.close()]);
    });
  }

  async #start(): Promise<void> {
    const entry = new URL('../../../src/interfaces/browser/mount-checkout.ts', import.meta.url).pathname;
    const options = { bundle: true, minify: true, format: 'esm', write: false } as const;
    const [browser, simulator, site, bundle] = await Promise.all([
      launchChromium(),
      startSimulator(),
      servePage((request) => this.#answer(request)),
      build({ entryPoints: [entry], ...options }),
    ]);
    this.#world = { browser, simulator, site };
    this.#client = bundle.outputFiles[0]?.text ?? '';
  }

  async #begin(): Promise<void> {
    this.sessionId = '';
    this.mistake = {};
    await this.control('DELETE', '/_simulator/state');
    await this.control('DELETE', '/_simulator/faults');
    const context = await this.world.browser.newContext();
    this.seen = recordRequests(context);
    this.#page = await context.newPage();
  }

  get world(): { readonly browser: Browser; readonly simulator: Simulator; readonly site: Site } {
    if (!this.#world) throw new Error('The shop has not been started.');
    return this.#world;
  }

  get page(): Page {
    if (!this.#page) throw new Error('No test has begun.');
    return this.#page;
  }

  async openSession(): Promise<string> {
    return String((await this.#gateway('/session', dialects[this.dialect].session))['id']);
  }

  scriptUrl(sessionId: string): string {
    return (
      this.world.simulator.url + dialects[this.dialect].scriptPath(this.world.simulator.merchantId, sessionId)
    );
  }

  /** What SECURITY.md asks of a host, and nothing more. */
  get policy(): string[] {
    const { url } = this.world.simulator;
    return [
      "default-src 'none'",
      `script-src 'self' 'nonce-checkout' ${url}`,
      "style-src 'nonce-checkout'",
      `frame-src ${url}`,
      "connect-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].map((one) => (this.mistake.directive === one.split(' ')[0] ? one.replace(` ${url}`, '') : one));
  }

  async #gateway(path: string, body: object): Promise<Record<string, unknown>> {
    const { url, merchantId, apiKey } = this.world.simulator;
    const response = await fetch(`${url}/payments/n1/merchant/${merchantId}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return ((await response.json()) as { data: Record<string, unknown> }).data;
  }

  async control(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(this.world.simulator.url + path, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  /** A merchant's server in few lines. */
  async #answer(request: Request): Promise<string | Response> {
    const { pathname, searchParams } = new URL(request.url);
    const view = { orderId: 'order-1', fulfilment: 'not_due', amount: '99.99', currency: 'USD' };
    const { dialect } = this;
    switch (`${request.method} ${pathname}`) {
      case 'GET /checkout':
        return new Response(checkoutHtml(searchParams.has('expiryDate') ? 'expiryDate' : 'monthAndYear'), {
          headers: { 'content-type': 'text/html', 'content-security-policy': this.policy.join('; ') },
        });
      case 'GET /client.js':
        return new Response(this.#client, { headers: { 'content-type': 'text/javascript' } });
      case 'POST /payments/orders/order-1/session':
      case 'PUT /payments/orders/order-1/session': {
        this.sessionId ||= await this.openSession();
        const { sessionId } = this;
        const scriptUrl = this.scriptUrl(this.mistake.scriptOf ?? sessionId);
        return Response.json({ ...view, sessionId, scriptUrl, dialect, revision: 1, expiresAt: '' });
      }
      case 'POST /payments/orders/order-1/pay': {
        const { sessionId: id } = (await request.json()) as { sessionId: string };
        const { payPath, price } = dialects[dialect];
        const { result } = await this.#gateway(payPath, { ...price, session: { id } });
        if (result === 'SUCCESS') return Response.json({ ...view, status: 'captured' });
        this.sessionId = '';
        return Response.json({ ...view, status: 'declined', retry: true }, { status: 402 });
      }
      default:
        return new Response('', { status: 404 });
    }
  }

  hosted(role: string): Locator {
    return this.page.frameLocator(`.gw-proxy-${role}`).locator('input');
  }

  frame(role: string): Locator {
    return this.page.locator(`.gw-proxy-${role}`);
  }

  get payButton(): Locator {
    return this.page.getByRole('button', { name: 'Pay' });
  }

  /** What the page's policy refused: directive and address. */
  violations(): Promise<unknown> {
    return this.page.evaluate('violations');
  }

  hasFocus(role: string): Promise<boolean> {
    return this.hosted(role).evaluate((field) => field === document.activeElement);
  }

  /** The computed style of what is inside a field's frame, and of the frame's own element. */
  inside(role: string, property: string): () => Promise<string> {
    return () => computed(this.hosted(role), property);
  }

  outside(role: string, property: string): () => Promise<string> {
    return () => computed(this.frame(role), property);
  }

  /** What was asked of the shop's pay route. */
  pays(): object[] {
    return this.seen.filter(({ url }) => url.endsWith('/pay')).map(({ body }) => JSON.parse(body) as object);
  }

  charges(): Promise<unknown> {
    return this.control('GET', '/_simulator/charges');
  }

  async visit(query = ''): Promise<void> {
    await this.page.goto(`${this.world.site.origin}/checkout${query}`);
  }

  async open(query = ''): Promise<void> {
    await this.visit(query);
    await this.becomes('ready');
  }

  async becomes(status: CheckoutState['status'], text = ''): Promise<CheckoutState> {
    await this.page.waitForFunction(
      ([expected, message]) => {
        const shown = document.querySelector('pre')?.textContent;
        const { status: now, message: said = '' } = JSON.parse(shown || '{}') as Partial<CheckoutState>;
        return now === expected && said.includes(message);
      },
      [status, text] as const,
    );
    return JSON.parse((await this.page.locator('pre').textContent()) ?? '') as CheckoutState;
  }

  async fill([number, month, year, code]: Card): Promise<void> {
    await this.hosted('number').fill(number);
    await this.hosted('expiryMonth').fill(month);
    await this.hosted('expiryYear').fill(year);
    await this.hosted('securityCode').fill(code);
  }

  /** What a frame shows follows what the page is told by a message, so a moment later. */
  async eventually(read: () => Promise<unknown>, expected: unknown): Promise<void> {
    const end = Date.now() + 5_000;
    let value = await read();
    while (value !== expected && Date.now() < end) {
      await this.page.waitForTimeout(20);
      value = await read();
    }
    expect(value).toBe(expected);
  }
}

function computed(element: Locator, property: string): Promise<string> {
  return element.evaluate((one, name) => getComputedStyle(one).getPropertyValue(name), property);
}

type Card = readonly [number: string, month: string, year: string, code: string];

export const cards = {
  good: ['5123450000000008', '01', '39', '100'],
  declined: ['4000000000000002', '01', '39', '100'],
  mistyped: ['5123450000000007', '01', '39', '100'],
} as const;
