import { afterAll } from '@jest/globals';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';

export const GOOD_CARD = {
  number: '5123450000000008',
  expiryMonth: '01',
  expiryYear: '39',
  securityCode: '100',
  nameOnCard: 'A. Payer',
};

export const ORDER = { id: 'ORDER-1', amount: 99.99, currency: 'USD', description: 'A year of tea' };

export const PAYMENT = { id: 'PAYMENT-1', amount: 99.99, currency: 'USD', description: 'A year of tea' };

/** A card that differs from `GOOD_CARD` by its number alone. */
export const cardNumbered = (number: string) => ({
  ...GOOD_CARD,
  number,
  securityCode: /^3[47]/.test(number) ? '1000' : '100',
});

export type Answer = {
  readonly status: number;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
};

export type GatewayClient = Simulator & {
  /** A call of the API below the merchant, with its key unless `headers` has another. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  control(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Opens a session for the order and gives its id. */
  open(order?: object): Promise<string>;
  /** Opens a session and puts a card into it. */
  openWithCard(order?: object, card?: object): Promise<string>;
  pay(sessionId: string, orderId?: string, order?: object): Promise<Answer>;
  charges(): Promise<readonly unknown[]>;
  /** Opens a session of the payment dialect, with a card in it unless that is null, and gives its id. */
  openPayment(payment?: object, card?: object | null): Promise<string>;
  /** Pays, authorizes or verifies through a fresh session with a card. */
  useCard(
    operation: 'pay' | 'authorize' | 'verify',
    payment?: { id: string },
    card?: object,
  ): Promise<Answer>;
  /** A call of an operation on the payment that `PAYMENT` is. */
  operate(operation: string, body?: object, method?: string): Promise<Answer>;
  /** What GET payment shows of a payment. */
  payment(id?: string): Promise<Record<string, unknown>>;
};

const running: Simulator[] = [];

afterAll(async () => {
  await Promise.all(running.map((simulator) => simulator.close()));
});

/** A fresh simulator, and a merchant's server that talks to it over sockets; closed when the test file ends. */
export async function startGateway(options: SimulatorOptions = {}): Promise<GatewayClient> {
  const simulator = await startSimulator(options);
  running.push(simulator);
  const { url, merchantId, apiKey } = simulator;
  const merchant = `${url}/payments/n1/merchant/${merchantId}`;

  const client: GatewayClient = {
    ...simulator,
    call: (method, path, body, headers) =>
      send(method, merchant + path, body, { authorization: `Bearer ${apiKey}`, ...headers }),
    control: (method, path, body, headers = {}) => send(method, `${url}/_simulator${path}`, body, headers),
    async open(order = ORDER) {
      return dataOf<{ id: string }>(await client.call('POST', '/session', { operation: 'PAY', order })).id;
    },
    async openWithCard(order = ORDER, card = GOOD_CARD) {
      const id = await client.open(order);
      const { status } = await client.control('POST', `/sessions/${id}/card`, card);
      if (status !== 200) throw new Error(`The card was refused: ${status}`);
      return id;
    },
    pay: (id, orderId = ORDER.id, order) =>
      client.call('POST', `/order/${orderId}/pay`, { ...(order && { order }), session: { id } }),
    async openPayment(payment = PAYMENT, card = GOOD_CARD) {
      const { id } = dataOf<{ id: string }>(await client.call('POST', '/session', { payment }));
      const accepted =
        card === null || (await client.control('POST', `/sessions/${id}/card`, card)).status === 200;
      if (!accepted) throw new Error('The card was refused');
      return id;
    },
    async useCard(operation, payment = PAYMENT, card = GOOD_CARD) {
      const id = await client.openPayment(payment, card);
      return client.call('PUT', `/payment/${payment.id}/${operation}`, { session: { id } });
    },
    operate: (operation, body = {}, method = 'PUT') =>
      client.call(method, `/payment/${PAYMENT.id}/${operation}`, body),
    payment: async (id = PAYMENT.id) => dataOf(await client.call('GET', `/payment/${id}`)),
    charges: async () => (await client.control('GET', '/charges')).body as readonly unknown[],
  };
  return client;
}

/** The `data` of the gateway's envelope. */
export function dataOf<T = Record<string, unknown>>(answer: Answer): T {
  return (answer.body as { data: T }).data;
}

async function send(
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, { method, body: text, headers: { ...type, ...headers } });
  const answer = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, body: isJson ? JSON.parse(answer) : answer };
}
