import { settingsFrom } from '../../../examples/shop/settings.ts';
import { type Shop, startShop } from '../../../examples/shop/start-shop.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';

export type TestShop = Shop & Readonly<{ database: TestDatabase }>;

/** A shop on a free port with its own simulator and its own database. `environment` is what `npm start` would find. */
export const startTestShop = async (
  environment: Readonly<Record<string, string>> = {},
): Promise<TestShop> => {
  const database = await testDatabase();
  try {
    const shop = await startShop(settingsFrom({ PORT: '0', DATABASE_URL: database.url, ...environment }));
    return { ...shop, database, close: () => shop.close().finally(database.close) };
  } catch (error) {
    await database.close();
    throw error;
  }
};

export const paidCard = {
  number: '5123450000000008',
  expiryMonth: '01',
  expiryYear: '39',
  securityCode: '100',
};
export const declinedCard = { ...paidCard, number: '4000000000000002' };

/** Where a visitor goes: a shop in this process, or another one. */
export type Place = Readonly<{ url: string; simulator: Readonly<{ url: string }> | null }>;

/** A browser as far as HTTP goes: it keeps its cookies. */
export class Visitor {
  #shop: Place;
  readonly #cookies = new Map<string, string>();

  constructor(shop: Place) {
    this.#shop = shop;
  }

  /** Goes to another instance of the shop. */
  moveTo(shop: Place): void {
    this.#shop = shop;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(this.cookie !== '' && { cookie: this.cookie }), ...init.headers };
    const response = await fetch(new URL(path, this.#shop.url), { redirect: 'manual', ...init, headers });
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  async page(path: string): Promise<string> {
    return (await this.fetch(path)).text();
  }

  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.fetch(path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: json }),
    });
  }

  /** Orders a pen, or what is named; answers the order's id. */
  async order(items: readonly object[] = [{ sku: 'PEN', quantity: 1 }], email?: string): Promise<string> {
    const response = await this.send('POST', '/api/orders', { items, email });
    const { orderId } = (await response.json()) as { orderId: string };
    return orderId;
  }

  openCheckout(orderId: string): Promise<Response> {
    return this.fetch(`/payments/orders/${orderId}/session`, { method: 'POST' });
  }

  /** Opens the checkout of an order and types this card into the hosted fields; answers the session's id. */
  async typeCard(orderId: string, card: object): Promise<string> {
    const opened = await this.openCheckout(orderId);
    if (!opened.ok) throw new Error(`the checkout answered ${opened.status}: ${await opened.text()}`);
    const { sessionId } = (await opened.json()) as { sessionId: string };
    await control(this.#shop, 'POST', `sessions/${sessionId}/card`, card);
    return sessionId;
  }

  async pay(orderId: string, card: object): Promise<Response> {
    const sessionId = await this.typeCard(orderId, card);
    return this.send('POST', `/payments/orders/${orderId}/pay`, { sessionId });
  }
}

/** The operator, who came by the link that the start-up printed. */
export const operatorOf = async (shop: Place & Pick<Shop, 'operatorUrl'>): Promise<Visitor> => {
  const operator = new Visitor(shop);
  await operator.fetch(shop.operatorUrl);
  return operator;
};

/** A control of the shop's simulator. */
export const control = async (shop: Place, method: string, path: string, body?: object): Promise<unknown> => {
  const response = await fetch(`${shop.simulator?.url}/_simulator/${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  if (!response.ok) throw new Error(`the simulator answered ${response.status}: ${await response.text()}`);
  return response.status === 204 ? null : response.json();
};

/** Asks again until the answer fits, for at most `forMs` milliseconds. */
export const eventually = async <T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  forMs = 5_000,
): Promise<T> => {
  const end = Date.now() + forMs;
  for (;;) {
    const answer = await ask();
    if (fits(answer) || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
