import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { recordRequests, type SeenRequest } from './chromium.ts';
import { eventually } from './eventually.ts';

/** Somebody with a browser of its own, who does what people do in the shop. */

export type Card = Readonly<Record<'number' | 'expiryMonth' | 'expiryYear' | 'securityCode', string>>;

export const goodCard: Card = {
  number: '5123450000000008',
  expiryMonth: '01',
  expiryYear: '39',
  securityCode: '100',
};
export const declinedCard: Card = { ...goodCard, number: '4000000000000002' };

/** Half the default of a test, so that what a page never shows is told by the waiting line. */
const patienceMs = 15_000;

export class Payer {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Every request of its pages and frames, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** What a page tried and its policy refused; a page of ours tries nothing of the kind. */
  readonly violations: string[] = [];
  readonly #shopUrl: string;

  private constructor(shopUrl: string, context: BrowserContext, page: Page) {
    this.#shopUrl = shopUrl;
    this.context = context;
    this.page = page;
    this.requests = recordRequests(context);
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.violations.push(message.text());
    });
  }

  static async arrive(browser: Browser, shopUrl: string, options?: BrowserContextOptions): Promise<Payer> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(patienceMs);
    return new Payer(shopUrl, context, await context.newPage());
  }

  leave(): Promise<void> {
    return this.context.close();
  }

  async goTo(path: string): Promise<void> {
    await this.page.goto(this.#shopUrl + path);
  }

  /** Orders as the page of the shop does; answers the order's id. */
  async order(quantity = 1, sku = 'PEN'): Promise<string> {
    const response = await this.context.request.post(`${this.#shopUrl}/api/orders`, {
      data: { items: [{ sku, quantity }] },
    });
    const { orderId } = (await response.json()) as { orderId: string };
    return orderId;
  }

  /** Orders, goes to the checkout and waits until it takes a card; answers the order's id. */
  async checkOut(quantity?: number): Promise<string> {
    const orderId = await this.order(quantity);
    await this.goTo(`/checkout/${orderId}`);
    await this.cardFormIsReady();
    return orderId;
  }

  async cardFormIsReady(page = this.page): Promise<void> {
    await page.locator('#card-form[data-state=ready] #pay:enabled').waitFor();
  }

  /** The input inside one hosted field. */
  field(name: string, page = this.page): Locator {
    return page.frameLocator(`iframe.gw-proxy-${name}`).locator('input');
  }

  /** Once the field itself says that it is wrong, to the eye and to a screen reader. */
  async fieldIsMarked(name: string): Promise<void> {
    await this.page.frameLocator(`iframe.gw-proxy-${name}`).locator('input[aria-invalid=true]').waitFor();
  }

  async typeCard(card: Card, page = this.page): Promise<void> {
    for (const [name, value] of Object.entries(card)) await this.field(name, page).fill(value);
  }

  payButton(page = this.page): Locator {
    return page.locator('#pay');
  }

  async pay(card: Card): Promise<void> {
    await this.typeCard(card);
    await this.payButton().click();
  }

  /** The message of the checkout, once it says this. */
  async isTold(text: string | RegExp, page = this.page): Promise<void> {
    await page.locator('#checkout-alert').filter({ hasText: text }).waitFor();
  }

  /** The page of the order, once it shows this status. */
  async sees(status: string, page = this.page): Promise<void> {
    await page.locator(`#order-status[data-status=${status}]`).waitFor();
  }

  async seesReceipt(page = this.page): Promise<void> {
    await this.sees('captured', page);
  }

  /** On the receipt, which looks again until it is so. */
  async seesOrderPacked(page = this.page): Promise<void> {
    await page
      .locator('#fulfilment')
      .filter({ hasText: /^Packed$/ })
      .waitFor();
  }

  /** Waits until a page or frame has sent a request to an address that ends like this. */
  async asksFor(ending: string): Promise<void> {
    const sent = () => this.requests.some(({ url }) => url.endsWith(ending));
    if (!(await eventually(sent, Boolean))) throw new Error(`nothing asked for ${ending}`);
  }

  /** Keeps the next request to such an address waiting in the browser, until the answer is called. */
  async holdsBack(address: string): Promise<() => void> {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await this.page.route(address, (route) => released.then(() => route.continue()), { times: 1 });
    return release;
  }

  /** Sends JSON by the page's own script, as an attacker in the console would. */
  send(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    return this.page.evaluate(
      async ([how, where, json]) => {
        const response = await fetch(where, {
          method: how,
          ...(json !== null && { headers: { 'content-type': 'application/json' }, body: json }),
        });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      },
      [method, path, body === undefined ? null : JSON.stringify(body)] as const,
    );
  }
}
