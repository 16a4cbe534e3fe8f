// One process under test: pays orders when it is told to, and says what that cost. Run by main.ts.
import pg from 'pg';
import { createPayments, merchantId, orderId as toOrderId } from '../src/index.ts';
import { pgDatabase, postgresPayments } from '../src/infrastructure/postgres/postgres.ts';
import { payOnFloor, postByFetch, postByUndici, release } from './floor.ts';
import { apiKey, type Contestant, contestants, description } from './plan.ts';
import { type Measured, median, merchant, price, type Task } from './plan.ts';

type Pay = (orderId: string) => Promise<void>;
/** `ended` resolves when the work is done that so many orders made due, and says how long after the answer they were released. */
type Payer = Readonly<{ pay: Pay; ended?: (payments: number) => Promise<number> }>;

const [, , name = '', database, gateway = ''] = process.argv;
const pool = new pg.Pool({ connectionString: database, max: 10 });

/** The module as a host has it. What is due is done by jobs, or by the caller right after the payment. */
const modulePayer = async (jobs: boolean): Promise<Payer> => {
  const releasedAt = new Map<string, number>();
  const answeredAt = new Map<string, number>();
  const schema = jobs ? 'with_jobs' : 'paysession';
  const sold = { amount: String(price.amount), currency: price.currency, description };
  const module = createPayments({
    prahsys: { merchantId: merchant, apiKey, apiUrl: gateway },
    payments: await postgresPayments(pgDatabase(pool), { schema, jobs }),
    orders: async ({ orderId }) => ({ id: orderId, ...sold }),
    fulfilment: async ({ order, tx }) => {
      await (tx as pg.PoolClient).query({ ...release, values: [order.id] });
      releasedAt.set(order.id, performance.now());
    },
    confirmations: async () => undefined,
    sweepEveryMs: 0,
  });
  const pay: Pay = async (order) => {
    const orderId = toOrderId(order)._unsafeUnwrap();
    const key = { merchantId: merchantId(merchant)._unsafeUnwrap(), orderId };
    const { session } = (await module.openPaySession.execute(key))._unsafeUnwrap();
    const submitted = await module.submitPayment.execute({ ...key, sessionId: session.id, revision: 1 });
    const { payment, attempt } = submitted._unsafeUnwrap();
    if (attempt.outcome !== 'captured') throw new Error('not paid');
    answeredAt.set(order, performance.now());
    if (!jobs) (await module.fulfilOrder.execute(payment))._unsafeUnwrap();
  };
  const ended = async (payments: number): Promise<number> => {
    const workLeft = `select from with_jobs_jobs.job where state < 'completed' limit 1`;
    while (releasedAt.size < payments || (jobs && (await pool.query(workLeft)).rows.length > 0))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const waits = [...releasedAt].map(([order, at]) => at - (answeredAt.get(order) ?? at));
    releasedAt.clear();
    answeredAt.clear();
    return median(waits);
  };
  return { pay, ended };
};

const payers: Readonly<Record<Contestant, () => Promise<Payer>>> = {
  module: () => modulePayer(false),
  jobs: () => modulePayer(true),
  fetch: async () => ({ pay: payOnFloor(pool, postByFetch(gateway)) }),
  undici: async () => ({ pay: payOnFloor(pool, await postByUndici(gateway)) }),
};

let orders = 0;
const measure = async ({ pay, ended }: Payer, { payments, concurrency }: Task): Promise<Measured> => {
  const latencies: number[] = [];
  const last = orders + payments;
  const lane = async (): Promise<void> => {
    while (orders < last) {
      const from = performance.now();
      await pay(`${name}-${(orders += 1)}`);
      latencies.push(performance.now() - from);
    }
  };
  const cpu = process.cpuUsage();
  const from = performance.now();
  await Promise.all(Array.from({ length: concurrency }, lane));
  const releasedAfterMs = (await ended?.(payments)) ?? 0;
  const perSecond = (payments * 1000) / (performance.now() - from);
  const { user, system } = process.cpuUsage(cpu);
  return { p50Ms: median(latencies), perSecond, cpuMs: (user + system) / 1000 / payments, releasedAfterMs };
};

const contestant = contestants.find((each) => each === name);
if (contestant === undefined) throw new Error('run bench/main.ts');
const payer = await payers[contestant]();
process.on('message', (task: Task) => {
  void measure(payer, task).then((measured) => process.send?.(measured));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
