import { settingsFrom } from '../../../examples/shop/settings.ts';
import { type Shop, startShop } from '../../../examples/shop/start-shop.ts';

/** A shop on a free port with its own simulator. `environment` is what `npm start` would find. */
export const startTestShop = (environment: Readonly<Record<string, string>> = {}): Promise<Shop> =>
  startShop(settingsFrom({ PORT: '0', ...environment }));

export const paidCard = {
  number: '5123450000000008',
  expiryMonth: '01',
  expiryYear: '39',
  securityCode: '100',
};
export const declinedCard = { ...paidCard, number: '4000000000000002' };

/** A browser as far as HTTP goes: it keeps its cookies. */
export class Visitor {
  readonly #shop: Shop;
  readonly #cookies = new Map<string, string>();

  constructor(shop: Shop) {
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

  /** Opens the checkout of an order and types this card into the hosted fields; answers the session's id. */
  async typeCard(orderId: string, card: object): Promise<string> {
    const opened = await this.fetch(`/payments/orders/${orderId}/session`, { method: 'POST' });
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
export const operatorOf = async (shop: Shop): Promise<Visitor> => {
  const operator = new Visitor(shop);
  await operator.fetch(shop.operatorUrl);
  return operator;
};

/** A control of the shop's simulator. */
export const control = async (shop: Shop, method: string, path: string, body?: object): Promise<unknown> => {
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

/** Asks again until the answer fits, for at most five seconds. */
export const eventually = async <T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> => {
  const end = Date.now() + 5_000;
  for (;;) {
    const answer = await ask();
    if (fits(answer) || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
