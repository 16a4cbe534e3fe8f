import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { launchChromium, recordRequests, servePage, type SeenRequest, type Site } from '../e2e/chromium.ts';

/** A merchant's page on `localhost`, the simulator on `127.0.0.1`, and a browser that shows the one with the fields of the other. */

export const card = {
  number: '5123450000000008',
  expiryMonth: '01',
  expiryYear: '39',
  securityCode: '100',
  nameOnCard: 'Ada Lovelace',
};

export type CardRole = keyof typeof card | 'expiryDate';

export const selectors: Record<keyof typeof card, string> = {
  number: '#card-number',
  expiryMonth: '#expiry-month',
  expiryYear: '#expiry-year',
  securityCode: '#security-code',
  nameOnCard: '#name-on-card',
};

const formHtml = `
  <form><button type="button" id="before">Before</button>
    <label for="card-number">Card number:</label><input id="card-number" readonly placeholder="1234 5678">
    <label for="expiry-month">Month</label><input id="expiry-month" readonly>
    <label for="expiry-year">Year</label><input id="expiry-year" readonly>
    <label for="security-code">Code</label><input id="security-code" readonly>
    <label for="name-on-card">Name</label><input id="name-on-card" readonly>
    <button id="pay">Pay</button></form>`;

export type PageOptions = {
  /** The page's own elements; a form with the five inputs of `selectors` by default. */
  readonly html?: string;
  readonly css?: string;
  /** Changes what is given to `configure`. */
  readonly options?: object;
  /** Script that runs before `configure`. */
  readonly before?: string;
  readonly scriptUrl?: string;
  /** `order` unless it is said. */
  readonly dialect?: 'order' | 'payment';
  /** Content-Security-Policy of the page. */
  readonly policy?: string;
};

/** What the callbacks of the page heard, oldest first. */
export type Heard = {
  readonly initialized: Record<string, unknown>[];
  readonly updates: Record<string, unknown>[];
};

export class HostedFieldsPage {
  readonly page: Page;
  readonly sessionId: string;
  readonly context: BrowserContext;
  readonly sent: readonly SeenRequest[];
  readonly consoleErrors: string[] = [];

  constructor(page: Page, sessionId: string, sent: readonly SeenRequest[]) {
    this.page = page;
    this.sessionId = sessionId;
    this.context = page.context();
    this.sent = sent;
    page.on('console', (message) => message.type() === 'error' && this.consoleErrors.push(message.text()));
    page.on('pageerror', (error) => this.consoleErrors.push(error.message));
  }

  frame(role: CardRole): Locator {
    return this.page.locator(`iframe.gw-proxy-${role}`);
  }

  field(role: CardRole): Locator {
    return this.page.frameLocator(`iframe.gw-proxy-${role}`).locator('input, select').first();
  }

  style(role: CardRole, property: string): Promise<string> {
    return this.field(role).evaluate(
      (field, name) => getComputedStyle(field).getPropertyValue(name),
      property,
    );
  }

  /** The style of the frame's own element. */
  outside(role: CardRole, property: string): Promise<string> {
    return this.frame(role).evaluate(
      (frame, name) => getComputedStyle(frame).getPropertyValue(name),
      property,
    );
  }

  async fill(values: Partial<Record<CardRole, string>> = card): Promise<void> {
    for (const [role, value] of Object.entries(values)) await this.field(role as CardRole).fill(value);
  }

  heard(): Promise<Heard> {
    return this.page.evaluate(() => (window as unknown as { heard: Heard }).heard);
  }

  /** Waits for the callback `initialized`. */
  async initialized(): Promise<Record<string, unknown>> {
    await this.page.waitForFunction(
      () => (window as unknown as { heard: Heard }).heard.initialized.length > 0,
    );
    return (await this.heard()).initialized[0] ?? {};
  }

  /** Sends the form to the session and waits for what the page's callback hears. */
  async update(): Promise<Record<string, unknown>> {
    const before = (await this.heard()).updates.length;
    await this.page.evaluate("PaymentSession.updateSessionFromForm('card')");
    return this.updateAfter(before);
  }

  async updateAfter(count: number): Promise<Record<string, unknown>> {
    await this.page.waitForFunction(
      (n) => (window as unknown as { heard: Heard }).heard.updates.length > n,
      count,
    );
    return (await this.heard()).updates[count] ?? {};
  }
}

export class HostedFieldsWorld {
  readonly browser: Browser;
  readonly simulator: Simulator;
  readonly shop: Site;
  readonly #pages: Map<string, string>;

  private constructor(browser: Browser, simulator: Simulator, shop: Site, pages: Map<string, string>) {
    this.browser = browser;
    this.simulator = simulator;
    this.shop = shop;
    this.#pages = pages;
  }

  static async start(): Promise<HostedFieldsWorld> {
    const pages = new Map<string, string>();
    const shop = await servePage(
      (request) => pages.get(new URL(request.url).pathname) ?? new Response(null, { status: 404 }),
    );
    return new HostedFieldsWorld(await launchChromium(), await startSimulator(), shop, pages);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.shop.close();
    await this.simulator.close();
  }

  get scriptUrl(): string {
    const { url, merchantId } = this.simulator;
    return `${url}/form/version/100/merchant/TEST${merchantId}/session.js`;
  }

  async createSession(id = `ORDER-${Math.random().toString(36).slice(2)}`): Promise<string> {
    const order = { id, amount: 12.5, currency: 'USD' };
    const answer = await this.api('POST', '/session', { operation: 'PAY', order });
    return ((await answer.json()) as { data: { id: string } }).data.id;
  }

  /** The payment dialect's script of one session. */
  scriptUrlOf(sessionId: string): string {
    const { url, merchantId } = this.simulator;
    return `${url}/n1/merchant/${merchantId}/session/${sessionId}/script.js`;
  }

  async createPaymentSession(): Promise<string> {
    const answer = await this.api('POST', '/session', { payment: { amount: 12.5, currency: 'USD' } });
    return ((await answer.json()) as { data: { id: string } }).data.id;
  }

  api(method: string, path: string, body?: object): Promise<Response> {
    const { url, merchantId, apiKey } = this.simulator;
    return fetch(`${url}/payments/n1/merchant/${merchantId}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  async control(method: string, path: string, body?: object): Promise<void> {
    const answer = await fetch(`${this.simulator.url}/_simulator${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  /** Puts a page at this path of the shop, with a new session unless the options name one. */
  publish(
    path: string,
    sessionId: string,
    { html = formHtml, css = '', options = {}, before = '', scriptUrl, policy, dialect }: PageOptions,
  ): string {
    const meta = policy ? `<meta http-equiv="Content-Security-Policy" content="${policy}">` : '';
    const script = scriptUrl ?? (dialect === 'payment' ? this.scriptUrlOf(sessionId) : this.scriptUrl);
    const configuration = {
      session: dialect === 'payment' ? sessionId : { id: sessionId },
      fields: { card: selectors },
      frameEmbeddingMitigation: ['javascript'],
      ...options,
    };
    this.#pages.set(
      path,
      `<!doctype html><html lang="en"><head><title>Pay</title>${meta}
      ${css && `<style>${css}</style>`}
      <script src="${script}"></script></head><body>${html}<script>
      var heard = { initialized: [], updates: [] };
      ${before}
      var configuration = ${JSON.stringify(configuration)};
      configuration.callbacks = {
        initialized: function (response) { heard.initialized.push(response); },
        formSessionUpdate: function (response) { heard.updates.push(response); },
      };
      PaymentSession.configure(configuration);
      </script></body></html>`,
    );
    return `${this.shop.origin}${path}`;
  }

  /** A page of its own in a context of its own; not waited for: ask `initialized()`. */
  async visit(options: PageOptions = {}): Promise<HostedFieldsPage> {
    const isPayment = options.dialect === 'payment';
    const sessionId = await (isPayment ? this.createPaymentSession() : this.createSession());
    const context = await this.browser.newContext();
    const sent = recordRequests(context);
    const page = new HostedFieldsPage(await context.newPage(), sessionId, sent);
    await page.page.goto(this.publish(`/${sessionId}`, sessionId, options));
    return page;
  }

  /** As `visit`, with the fields ready to type in. */
  async open(options: PageOptions = {}): Promise<HostedFieldsPage> {
    const page = await this.visit(options);
    const { status } = await page.initialized();
    if (status !== 'ok') throw new Error(`The fields said ${String(status)}`);
    return page;
  }
}
