// A shop with a lamp to sell that pays through the real adapter and a simulator of its own. Its clock stands still until a test lets
// time pass, in the shop and at the gateway together.
import { afterEach } from '@jest/globals';
import type { ResultAsync } from 'neverthrow';
import type { Payments } from '../../src/application/ports/payments.ts';
import { createPayments, type Paysession } from '../../src/container/create-payments.ts';
import type { HostPorts } from '../../src/container/modules.ts';
import type { Attempt } from '../../src/domain/payment/attempt.ts';
import { merchantId, orderId, type SessionId } from '../../src/domain/payment/ids.ts';
import type { OrderData } from '../../src/domain/payment/order.ts';
import type { Payment } from '../../src/domain/payment/payment.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts';
import type { Dialect } from './dialects.ts';
import { type Spoil, spoilingProxy } from './spoiling-proxy.ts';

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

const good = { expiryMonth: '01', expiryYear: '39', securityCode: '100', nameOnCard: 'A. Payer' };
/** Test cards of the gateway, by what they come to. */
export const cards = {
  approved: { ...good, number: '5123450000000008' },
  declined: { ...good, number: '4000000000000002' },
  /** FAILED, but result UNKNOWN: the issuer timed out. */
  resultUnknown: { ...good, number: '4000000000009987' },
  /** FAILED, but result ERROR. */
  resultError: { ...good, number: '4000000000000119' },
};
export type Card = keyof typeof cards;

const lamp: OrderData = {
  id: 'LAMP-1',
  amount: '99.99',
  currency: 'USD',
  description: 'A lamp',
  customerEmail: 'ann@example.com',
};

export type ShopOptions = Readonly<{
  /** `order` unless it is given. */
  dialect?: Dialect;
  order?: Partial<OrderData>;
  /** What webhooks are signed with; without any, none is accepted. */
  webhookSecrets?: readonly string[];
  /** Where an instance keeps its payments; in one memory of all of them unless it is given. */
  payments?: () => Payments;
  /** What the host does otherwise than this shop. */
  host?: Partial<HostPorts>;
  /** Real milliseconds: hanging calls last as long, and calls on a busy machine must fit in. */
  timeoutMs?: number;
  settings?: SimulatorOptions['settings'];
  /** Where the simulator keeps what it must find again after `simulator.close()` and `restart`. */
  dataDir?: string;
  /** Puts a proxy between the shop and the gateway, which spoils the answers to pays. */
  spoil?: Spoil;
}>;

export type LedgerLine = Readonly<{
  orderId: string;
  transactionId: string;
  operation: 'PAY' | 'CAPTURE' | 'REFUND' | 'VOID';
  amount: string;
  currency: string;
}>;

export type Shop = Readonly<{
  module: Paysession;
  /** Another instance of the module over the same storage. */
  instance(): Paysession;
  payments: Payments;
  simulator: Simulator;
  key: Readonly<{ merchantId: Payment['merchantId']; orderId: Payment['order']['id'] }>;
  /** Keys of releases, and addresses that were written to, in order. */
  released: readonly string[];
  written: readonly string[];
  priceIs(amount: string): void;
  /** In the shop and at the gateway; nobody sweeps meanwhile. */
  timePasses(ms: number): Promise<void>;
  /** Time passes, with a sweep after each of these steps. */
  sweepsAfter(...steps: readonly number[]): Promise<void>;
  /** The next call of this operation suffers it (`POST /_simulator/faults`). */
  fault(operation: string, fault: object): Promise<void>;
  faultsEnd(): Promise<void>;
  settings(change: object): Promise<void>;
  /** `POST /_simulator/…` or another method; the status of its answer, which must be 2xx. */
  control(method: string, path: string, body?: object): Promise<number>;
  /** The payer's hosted fields; answers the simulator's status. */
  types(session: SessionId, card?: object): Promise<number>;
  open(): Promise<SessionId>;
  openWithCard(card?: Card): Promise<SessionId>;
  /** What the submit answers in one word: the attempt's outcome, or the type of the error. */
  submit(session: SessionId): Promise<string>;
  /** The same for a hold. */
  authorize(session: SessionId): Promise<string>;
  /** Opens a session, types the card and submits it. */
  pays(card?: Card): Promise<string>;
  payment(): Promise<Payment>;
  history(): Promise<readonly string[]>;
  /** The gateway's ledger: all money that moved, oldest first; amounts are decimal text. */
  ledger(): Promise<readonly LedgerLine[]>;
  /** The pays in it, each as `LAMP-1 99.99 USD`. */
  charges(): Promise<readonly string[]>;
  /** The calls that the gateway received, each as method and path. */
  requests(): Promise<readonly string[]>;
  /** Those of them that ask for this operation. */
  sent(operation: string): Promise<readonly string[]>;
  paysSent(): Promise<readonly string[]>;
}>;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

/** Ends with the test, before what was started before it. */
export const closesAfterwards = (close: () => Promise<unknown>): void => void closing.push(close);

/** Opens a shop; what it started ends with the test. */
export const aShop = async (options: ShopOptions = {}): Promise<Shop> => {
  const { settings = {}, dataDir, timeoutMs = 5_000, dialect = 'order', webhookSecrets = [] } = options;
  const simulator = await startSimulator({ settings, ...(dataDir !== undefined && { dataDir }) });
  closing.push(() => simulator.close());
  let apiUrl = simulator.url;
  if (options.spoil !== undefined) {
    const proxy = await spoilingProxy(simulator.url, options.spoil);
    closing.push(() => proxy.close());
    apiUrl = proxy.url;
  }
  const sold = { ...lamp, ...options.order };
  const released: string[] = [];
  const written: string[] = [];
  const memory = new InMemoryPayments();
  const storage = options.payments ?? (() => memory);
  const payments = storage();
  let price = sold.amount;
  let now = Date.now();
  const instanceOn = (payments: Payments) => {
    const module = createPayments({
      prahsys: { ...simulator, dialect, webhookSecrets, apiUrl, scriptUrl: simulator.url, timeoutMs },
      // Longer than any call lives at the gateway; `timeoutMs` is short here only so that tests need not wait.
      policy: { quietMs: 150 * second },
      orders: async ({ orderId: id }) => ({ ...sold, id, amount: price }),
      fulfilment: async (request) => void released.push(request.key),
      confirmations: async ({ to }) => void written.push(to),
      payments,
      clock: { now: () => now },
      sweepEveryMs: 0,
      ...options.host,
    });
    closing.push(() => module.close());
    return module;
  };
  const module = instanceOn(payments);
  const key = {
    merchantId: merchantId(simulator.merchantId)._unsafeUnwrap(),
    orderId: orderId(sold.id)._unsafeUnwrap(),
  };
  const { control, read } = controlsOf(simulator);
  const shop: Shop = {
    module,
    instance: () => instanceOn(storage()),
    payments,
    simulator,
    key,
    released,
    written,
    priceIs: (amount) => void (price = amount),
    timePasses: async (ms) => {
      now += ms;
      await control('POST', 'clock', { advanceMs: ms });
    },
    sweepsAfter: async (...steps) => {
      for (const ms of steps) {
        await shop.timePasses(ms);
        (await module.resolveUnfinished.execute())._unsafeUnwrap();
      }
    },
    fault: async (operation, fault) => void (await control('POST', 'faults', { operation, ...fault })),
    faultsEnd: async () => void (await control('DELETE', 'faults')),
    control,
    settings: async (change) => void (await control('PUT', 'settings', change)),
    types: (session, card = cards.approved) => control('POST', `sessions/${session}/card`, card, [400, 404]),
    open: async () => (await module.openPaySession.execute(key))._unsafeUnwrap().session.id,
    openWithCard: async (card = 'approved') => {
      const session = await shop.open();
      await shop.types(session, cards[card]);
      return session;
    },
    submit: async (sessionId) =>
      outcomeOf(module.submitPayment.execute({ ...key, sessionId, revision: null })),
    authorize: async (sessionId) =>
      outcomeOf(module.authorizePayment.execute({ ...key, sessionId, revision: null })),
    pays: async (card) => shop.submit(await shop.openWithCard(card)),
    payment: async () => (await module.findPayment.execute(key))._unsafeUnwrap().payment,
    history: async () =>
      (await module.findPayment.execute(key))._unsafeUnwrap().history.map(({ type }) => type),
    ledger: async () => read<LedgerLine>('charges'),
    charges: async () =>
      (await shop.ledger())
        .filter(({ operation }) => operation === 'PAY')
        .map(({ orderId: order, amount, currency }) => `${order} ${amount} ${currency}`),
    requests: async () =>
      (await read<{ method: string; path: string }>('requests')).map(
        ({ method, path }) => `${method} ${path}`,
      ),
    sent: async (operation) => (await shop.requests()).filter((line) => line.endsWith(`/${operation}`)),
    paysSent: () => shop.sent('pay'),
  };
  return shop;
};

/** The same simulator at the same address, after it was closed: what it keeps in its folder is still there. */
export const restart = async ({ simulator }: Shop, dataDir: string): Promise<void> => {
  const port = Number(new URL(simulator.url).port);
  const again = await startSimulator({ port, dataDir });
  closing.push(() => again.close());
};

/** What a submit or a follow-up answered, in one word: its attempt's outcome, or the type of the error. */
export const outcomeOf = async (
  asked: ResultAsync<Readonly<{ attempt: Attempt }>, Readonly<{ type: string }>>,
): Promise<string> =>
  asked.match(
    ({ attempt }) => attempt.outcome,
    ({ type }) => type,
  );

/** Polls for at most ten seconds; whoever called finds out in its own words when it never holds. */
export const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 2_000 && !(await holds()); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const controlsOf = ({ url }: Simulator) => ({
  control: async (method: string, path: string, body?: object, alsoFine: readonly number[] = []) => {
    const answer = await fetch(`${url}/_simulator/${path}`, { method, body: JSON.stringify(body) ?? null });
    const text = await answer.text();
    if (!answer.ok && !alsoFine.includes(answer.status)) throw new Error(`${path}: ${answer.status} ${text}`);
    return answer.status;
  },
  read: async <T>(path: string): Promise<readonly T[]> =>
    (await (await fetch(`${url}/_simulator/${path}`)).json()) as T[],
});
