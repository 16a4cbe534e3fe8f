// A host in a process of its own, which embeds the module. It can be told to stop for ever at a named point, so that its parent
// kills it exactly there. It writes one line of JSON about everything that happens.
// Run: node test/crash/instance.ts '<InstanceSettings as JSON>'
import { setTimeout as sleep } from 'node:timers/promises';
import { ResultAsync } from 'neverthrow';
import pg from 'pg';
import type { PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import type { Payments } from '../../src/application/ports/payments.ts';
import { createPayments } from '../../src/container/create-payments.ts';
import type { FollowUp } from '../../src/domain/payment/attempt.ts';
import { merchantId, orderId, sessionId } from '../../src/domain/payment/ids.ts';
import {
  pgDatabase,
  postgresPayments,
  type SqlTransaction,
} from '../../src/infrastructure/postgres/postgres.ts';
import type { PaymentEvent } from '../../src/domain/payment/payment-event.ts';
import { usd } from '../builders/a-payment.ts';
import { type Dialect, prahsysGateway } from '../checkout/dialects.ts';
import { cards, gatewayAt, orderOf } from './shop.ts';

/** Where a process can be killed. Between them lie all the awaits of a payment that something outside can see. */
export type Point =
  | 'beforeIntent'
  | 'afterIntent'
  | 'afterAnswer'
  | 'beforeOutcome'
  | 'afterOutcome'
  | 'beforeFulfilment'
  | 'insideFulfilment'
  | 'afterFulfilment';

export type InstanceSettings = Readonly<{
  databaseUrl: string;
  gatewayUrl: string;
  dialect: Dialect;
  /** Gateway account. */
  merchantId: string;
  apiKey: string;
  timeoutMs: number;
  policy: Readonly<{ quietMs: number; agreeMs: number }>;
  /** 0: it does not sweep. */
  sweepEveryMs: number;
  /** Left out, it also does the due work; with a point it only submits, and fulfils what it captured itself. */
  stopAt?: Point | 'nowhere';
  /** Who pays: through this session, or through one that is opened for this card. */
  payers: readonly Readonly<{ orderId: string; sessionId?: string; card?: keyof typeof cards }>[];
  /** What the merchant does, all at once, with orders that were paid before. */
  followUps?: readonly FollowUpOf[];
  /** So many payers at a time. */
  atOnce: number;
  /** How long it waits when it is asked to end. */
  waitMs: number;
}>;

export type FollowUpOf = Readonly<{
  orderId: string;
  operation: FollowUp;
  key: string;
  /** In dollars; left out: all that is left. */
  amount?: string;
}>;

/** What it tells its parent. */
export type Told = Readonly<
  | { ready: true }
  | { reached: Point; orderId: string }
  | { answered: string; orderId: string }
  | { paid: 'all' }
  | { closing: true }
  | { closed: true }
>;

const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);

const settings = JSON.parse(process.argv[2] ?? '') as InstanceSettings;
const forEver = new Promise<never>(() => undefined);

const reach = async (point: Point, order: string): Promise<void> => {
  if (settings.stopAt !== point) return;
  tell({ reached: point, orderId: order });
  await forEver;
};

const isIntent = ({ type }: PaymentEvent): boolean => type.endsWith('Started');
const isOutcome = (event: PaymentEvent): boolean => event.attemptId !== null && !isIntent(event);

/** The storage with places to die around its commits. Work that is due is stored, but not done: this instance only submits. */
const stopping = (inner: Payments): Payments => ({
  find: (merchant, order) => inner.find(merchant, order),
  history: (merchant, order) => inner.history(merchant, order),
  findDue: (now, limit) => inner.findDue(now, limit),
  findNeedingAttention: (merchant, limit) => inner.findNeedingAttention(merchant, limit),
  save: (change, alongside) => {
    const { event } = change;
    const save = async () => {
      if (isIntent(event)) await reach('beforeIntent', event.orderId);
      if (isOutcome(event)) await reach('beforeOutcome', event.orderId);
      if (alongside !== undefined) await reach('beforeFulfilment', event.orderId);
      const saved = await inner.save(change, alongside);
      if (isIntent(event)) await reach('afterIntent', event.orderId);
      if (isOutcome(event)) await reach('afterOutcome', event.orderId);
      if (alongside !== undefined) await reach('afterFulfilment', event.orderId);
      return saved;
    };
    return new ResultAsync(save());
  },
});

const afterAnswer =
  (order: string) =>
  <T>(outcome: T): ResultAsync<T, never> =>
    ResultAsync.fromSafePromise(reach('afterAnswer', order).then(() => outcome));

const stoppingGateway = (inner: PaymentGateway): PaymentGateway => ({
  // A patient process waits longer than its quiet period only where the machine is busy, and nobody sweeps then.
  capabilities: { ...inner.capabilities, timeoutMs: settings.policy.quietMs - 1 },
  scriptUrl: (merchant, session) => inner.scriptUrl(merchant, session),
  openSession: (merchant, order) => inner.openSession(merchant, order),
  updateSession: (merchant, session, order) => inner.updateSession(merchant, session, order),
  read: (request) => inner.read(request),
  list: (merchant, part) => inner.list(merchant, part),
  followUp: (request) => inner.followUp(request).andThen(afterAnswer(request.orderId)),
  verify: (request) => inner.verify(request),
  pay: (request) => inner.pay(request).andThen(afterAnswer(request.orderId)),
});

const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: 10, application_name: 'instance' });
/** Stands for systems elsewhere. From the same pool, releases that hold a connection each would wait for one more, all together. */
const elsewhere = new pg.Pool({ connectionString: settings.databaseUrl, max: 5 });
elsewhere.on('error', () => undefined);
const gateway = prahsysGateway({
  dialect: settings.dialect,
  merchantId: settings.merchantId,
  apiKey: settings.apiKey,
  apiUrl: settings.gatewayUrl,
  scriptUrl: settings.gatewayUrl,
  timeoutMs: settings.timeoutMs,
});
const payments = await postgresPayments(pgDatabase(pool), {
  claimMs: 1000,
  onProblem: (problem) => process.stderr.write(`${problem}\n`),
  publish: async ({ orderId: order, version }) => {
    await elsewhere.query('insert into host_heard (order_id, version) values ($1, $2)', [order, version]);
  },
});

const module = createPayments({
  payments: settings.stopAt === undefined ? payments : stopping(payments),
  gateway: stoppingGateway(gateway),
  policy: settings.policy,
  sweepEveryMs: settings.sweepEveryMs,
  // The tests spoil answers of the gateway: the sweep may tell of that, and of nothing else.
  onProblem: (problem) => {
    const others = problem.split('; ').filter((each) => !each.includes('GatewayUnavailable'));
    if (others.length > 0) process.stderr.write(`${problem}\n`);
  },
  orders: async ({ orderId: order }) => orderOf(order),
  // Two effects of one release: one in the transaction of the payment, and one beside it.
  fulfilment: async ({ order, key, tx }) => {
    await (tx as SqlTransaction).query('insert into host_released (order_id, key) values ($1, $2)', [
      order.id,
      key,
    ]);
    await elsewhere.query('insert into host_delivered (order_id, key) values ($1, $2)', [order.id, key]);
    await reach('insideFulfilment', order.id);
  },
  confirmations: async ({ order, key }) => {
    await elsewhere.query('insert into host_written (order_id, key) values ($1, $2)', [order.id, key]);
  },
});

const keyOf = (order: string) => ({
  merchantId: merchantId(settings.merchantId)._unsafeUnwrap(),
  orderId: orderId(order)._unsafeUnwrap(),
});
const control = gatewayAt(settings.gatewayUrl);
let isClosing = false;

/** What a payer's browser does when something is away for a moment: it tries the same again. */
const again: ReadonlySet<string> = new Set([
  'StorageUnavailable',
  'ConcurrentUpdate',
  'NotSent',
  'GatewayUnavailable',
  'OrdersUnavailable',
]);

const openWithCard = async (order: string, card: keyof typeof cards): Promise<string> => {
  const key = keyOf(order);
  for (;;) {
    const opened = await module.openPaySession.execute(key);
    if (opened.isOk()) {
      await control.types(opened.value.session.id, cards[card]);
      return opened.value.session.id;
    }
    if (isClosing || !again.has(opened.error.type)) return '';
    await sleep(50);
  }
};

const pay = async (order: string, session: string): Promise<string> => {
  const key = keyOf(order);
  const id = sessionId(session)._unsafeUnwrap();
  for (;;) {
    const submitted = await module.submitPayment.execute({ ...key, sessionId: id, revision: null });
    if (submitted.isOk()) {
      if (settings.stopAt !== undefined) await module.fulfilOrder.execute(key);
      return submitted.value.attempt.outcome;
    }
    if (isClosing || !again.has(submitted.error.type)) return submitted.error.type;
    await sleep(50);
  }
};

const followsUp = async ({ orderId: order, operation, key, amount }: FollowUpOf): Promise<void> => {
  const useCase = {
    capture: module.capturePayment,
    void: module.voidPayment,
    refund: module.refundPayment,
  }[operation];
  const done = await useCase.execute({
    ...keyOf(order),
    key,
    amount: amount === undefined ? null : usd(amount),
  });
  const answered = done.isOk() ? done.value.attempt.outcome : done.error.type;
  tell({ answered, orderId: order });
};

process.on('SIGUSR2', () => {
  const open = `select order_id from paysession.payment where payment_state in ('paying', 'payUnknown', 'pending')`;
  void pool.query<{ order_id: string }>(open).then(async ({ rows }) => {
    for (const { order_id } of rows) await module.confirmPayment.execute(keyOf(order_id));
  });
});

process.once('SIGTERM', () => {
  isClosing = true;
  const closed = module.close({ waitMs: settings.waitMs });
  tell({ closing: true });
  void closed.then(() => {
    tell({ closed: true });
    process.exit(0);
  });
});

tell({ ready: true });
const waiting = [...settings.payers];
const lane = async (): Promise<void> => {
  for (let payer = waiting.shift(); payer !== undefined; payer = waiting.shift()) {
    const session = payer.sessionId ?? (await openWithCard(payer.orderId, payer.card ?? 'approved'));
    if (session !== '') tell({ answered: await pay(payer.orderId, session), orderId: payer.orderId });
  }
};
await Promise.all([
  ...Array.from({ length: settings.atOnce }, lane),
  ...(settings.followUps ?? []).map(followsUp),
]);
tell({ paid: 'all' });
// Without a sweep, due work or an open connection nothing else would keep it alive.
setInterval(() => undefined, 60_000);
