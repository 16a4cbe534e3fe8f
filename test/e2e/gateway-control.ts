import { eventually } from './eventually.ts';

/** The simulator's control routes: what it saw and did for an order, and what a test makes it do. */

type LoggedRequest = {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
};

type Charge = {
  readonly orderId: string;
  readonly operation: string;
  readonly amount: string;
  readonly currency: string;
  readonly result: string;
};

export class GatewayControl {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** The next call of the operation suffers it. */
  async fault(fault: object): Promise<void> {
    await this.#ask('POST', 'faults', fault);
  }

  async noFaults(): Promise<void> {
    await this.#ask('DELETE', 'faults');
  }

  /** Lets time pass at the gateway: what was delayed until then happens, sessions grow old. */
  async timePasses(advanceMs: number): Promise<void> {
    await this.#ask('POST', 'clock', { advanceMs });
  }

  /** The calls of the API that name this id, of an order or a session, oldest first. */
  async requests(id: string): Promise<LoggedRequest[]> {
    const all = (await this.#ask('GET', 'requests')) as LoggedRequest[];
    return all.filter((request) => JSON.stringify(request).includes(id));
  }

  /** The payer's, in either dialect. */
  async pays(orderId: string): Promise<LoggedRequest[]> {
    return (await this.requests(orderId)).filter(({ path }) => path.endsWith(`/${orderId}/pay`));
  }

  /** The next pay is answered as a charge of one dollar, whatever the order costs; nothing is charged. */
  async chargesWrongly(orderId: string): Promise<void> {
    const money = { amount: 1, currency: 'USD', status: 'CAPTURED' };
    // What either dialect looks at.
    const data = {
      ...{ id: 'TXN-1', operation: 'PAY', result: 'SUCCESS', ...money },
      order: { id: orderId, ...money },
      payment: { id: orderId, ...money },
    };
    await this.fault({ operation: 'pay', fault: 'status', status: 200, body: { success: true, data } });
  }

  /** Settings of the simulator, such as `webhooks`. */
  async set(settings: object): Promise<void> {
    await this.#ask('PUT', 'settings', settings);
  }

  /** What the merchant does at the gateway's own pages, past the shop. */
  async refundsElsewhere(orderId: string, amount: number): Promise<void> {
    const response = await fetch(
      `${this.url}/payments/n1/merchant/PAYSESSION_DEMO/payment/${orderId}/refund`,
      {
        method: 'PUT',
        headers: { authorization: 'Bearer sk_test_paysession_simulator', 'content-type': 'application/json' },
        body: JSON.stringify({ amount }),
      },
    );
    if (!response.ok) throw new Error(`refund: ${response.status} ${await response.text()}`);
  }

  /** Waits until a pay of the order has arrived; it may be held back there. */
  async payArrives(orderId: string): Promise<void> {
    const pays = await eventually(
      () => this.pays(orderId),
      (found) => found.length > 0,
    );
    if (pays.length === 0) throw new Error(`no pay of ${orderId} reached the gateway`);
  }

  async charges(orderId: string): Promise<Charge[]> {
    const ledger = (await this.#ask('GET', 'charges')) as Charge[];
    return ledger.filter((charge) => charge.orderId === orderId);
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}/_simulator/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }
}
