// What all instances of the host agree on, and how the simulator is steered.
import type { OrderData } from '../../src/domain/payment/order.ts';

const good = { expiryMonth: '01', expiryYear: '39', securityCode: '100', nameOnCard: 'A. Payer' };
/** Test cards of the gateway, by what they come to. */
export const cards = {
  approved: { ...good, number: '5123450000000008' },
  declined: { ...good, number: '4000000000000002' },
};

/** Every order has its own price, so that money cannot end up on another one unnoticed. */
export const orderOf = (id: string): OrderData => {
  const cents = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 90_000, 0) + 1000;
  return {
    id,
    amount: (cents / 100).toFixed(2),
    currency: 'USD',
    description: `Order ${id}`,
    customerEmail: 'ann@example.com',
  };
};

export type Charge = Readonly<{
  operation: string;
  orderId: string;
  transactionId: string;
  amount: string;
  currency: string;
}>;
export type LoggedRequest = Readonly<{ method: string; path: string; body: unknown }>;

export interface Gateway {
  /** The payer's hosted fields; they refuse a session that was used to pay. */
  types(session: string, card: object): Promise<void>;
  /** The next call of the operation suffers it, or the next `times`. */
  fault(operation: string, fault: Readonly<{ fault: string; [option: string]: unknown }>): Promise<void>;
  /** Lets time pass at the gateway: what it delayed until then happens. */
  timePasses(advanceMs: number): Promise<void>;
  charges(): Promise<readonly Charge[]>;
  requests(): Promise<readonly LoggedRequest[]>;
  /** Bodies of the pays that arrived, each as `order session`. */
  pays(): Promise<readonly string[]>;
  /** How often the gateway was read about a pay. */
  reads(): Promise<number>;
}

/** The simulator at this address, from any process. */
export const gatewayAt = (url: string): Gateway => {
  const ask = async (method: string, path: string, body?: object, alsoFine?: number): Promise<unknown> => {
    const answer = await fetch(`${url}/_simulator/${path}`, { method, body: JSON.stringify(body) ?? null });
    const text = await answer.text();
    if (!answer.ok && answer.status !== alsoFine)
      throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  const requests = async () => (await ask('GET', 'requests')) as readonly LoggedRequest[];
  return {
    types: async (session, card) => void (await ask('POST', `sessions/${session}/card`, card, 409)),
    fault: async (operation, fault) => void (await ask('POST', 'faults', { operation, ...fault })),
    timePasses: async (advanceMs) => void (await ask('POST', 'clock', { advanceMs })),
    charges: async () => (await ask('GET', 'charges')) as readonly Charge[],
    requests,
    pays: async () =>
      (await requests()).flatMap(({ path, body }) => {
        const order = /\/(?:order|payment)\/([^/]+)\/pay$/.exec(path)?.[1];
        const sent = body as { session?: { id?: string } } | null;
        return order === undefined ? [] : [`${order} ${sent?.session?.id}`];
      }),
    reads: async () => (await requests()).filter(({ method }) => method === 'GET').length,
  };
};
