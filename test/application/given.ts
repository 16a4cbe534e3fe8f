// A host with one lamp to sell, on in-memory adapters, a clock that stands still and ids that count.
import { ResultAsync } from 'neverthrow';
import type { PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import {
  createPayments,
  type PaymentsOptions,
  type Paysession,
} from '../../src/container/create-payments.ts';
import { attemptId, merchantId, orderId, paymentId, type SessionId } from '../../src/domain/payment/ids.ts';
import type { OrderData } from '../../src/domain/payment/order.ts';
import type { Payment } from '../../src/domain/payment/payment.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';

const noon = Date.UTC(2026, 0, 5, 12);
export const minute = 60_000;
const lamp: OrderData = {
  id: 'LAMP-1',
  amount: '99.99',
  currency: 'USD',
  description: 'A lamp',
  customerEmail: 'ann@example.com',
};
export const key = {
  merchantId: merchantId('MERCHANT-1')._unsafeUnwrap(),
  orderId: orderId(lamp.id)._unsafeUnwrap(),
};

export type Given = Readonly<{
  module: Paysession;
  gateway: InMemoryGateway;
  payments: InMemoryPayments;
  /** Keys of releases, in order. */
  released: string[];
  /** Addresses that were written to, in order. */
  written: string[];
  /** The price from now on; null: the order is no longer sold. */
  priceIs(amount: string | null): void;
  timePasses(ms: number): void;
  /** Waits for the work that a save made due. */
  settled(): Promise<void>;
  open(): Promise<SessionId>;
  submit(sessionId: SessionId, revision?: number | null): ReturnType<Paysession['submitPayment']['execute']>;
  payment(): Promise<Payment>;
  history(): Promise<readonly string[]>;
  calls(): readonly string[];
}>;

/** The module, as a host has it; any port may be replaced. */
export const given = (options: Partial<PaymentsOptions> = {}, gateway = new InMemoryGateway()): Given => {
  const payments = new InMemoryPayments();
  const released: string[] = [];
  const written: string[] = [];
  let price: string | null = lamp.amount;
  let now = noon;
  let made = 0;
  const module = createPayments({
    orders: async ({ orderId: id }) => (price === null || id !== lamp.id ? null : { ...lamp, amount: price }),
    fulfilment: async (request) => void released.push(request.key),
    confirmations: async ({ to }) => void written.push(to),
    gateway,
    payments,
    clock: { now: () => now },
    ids: {
      payment: () => paymentId(`payment-${(made += 1)}`)._unsafeUnwrap(),
      attempt: () => attemptId(`attempt-${(made += 1)}`)._unsafeUnwrap(),
    },
    sweepEveryMs: 0,
    ...options,
  });
  return {
    module,
    gateway,
    payments,
    released,
    written,
    priceIs: (amount) => void (price = amount),
    timePasses: (ms) => void (now += ms),
    settled: () => new Promise((resolve) => setImmediate(resolve)),
    open: async () => (await module.openPaySession.execute(key))._unsafeUnwrap().session.id,
    submit: (sessionId, revision = null) => module.submitPayment.execute({ ...key, sessionId, revision }),
    payment: async () => (await module.findPayment.execute(key))._unsafeUnwrap().payment,
    history: async () =>
      (await module.findPayment.execute(key))._unsafeUnwrap().history.map(({ type }) => type),
    calls: () => gateway.requests.map(({ operation }) => operation),
  };
};

/** A call that never answers, as when the process that made it died. */
export const never = (): ResultAsync<never, never> => new ResultAsync(new Promise<never>(() => undefined));

/** The gateway as plain functions, so that one of them can be replaced. */
export const bound = (gateway: PaymentGateway): PaymentGateway => ({
  capabilities: gateway.capabilities,
  scriptUrl: gateway.scriptUrl.bind(gateway),
  openSession: gateway.openSession.bind(gateway),
  updateSession: gateway.updateSession.bind(gateway),
  pay: gateway.pay.bind(gateway),
  followUp: gateway.followUp.bind(gateway),
  verify: gateway.verify.bind(gateway),
  read: gateway.read.bind(gateway),
  list: gateway.list.bind(gateway),
});
