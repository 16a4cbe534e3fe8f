import { randomUUID } from 'node:crypto';
import type { ResultAsync } from 'neverthrow';
import type { Job, JobResult, PgBoss } from 'pg-boss';
import type { PaymentKey } from '../../application/change-payment.ts';
import {
  type DueWork,
  dueWork,
  failureInWords,
  type PerformDueWork,
  safely,
} from '../../application/due-work.ts';
import { scrub } from '../../domain/payment/card-digits.ts';
import { merchantId, orderId } from '../../domain/payment/ids.ts';
import type { PaymentEvent } from '../../domain/payment/payment-event.ts';
import { type Database, Explained, type Query } from './database.ts';
import { warn } from './problems.ts';
import { reasonOf } from './storage-error.ts';
import { readEvent } from './stored-payment.ts';

/**
 * Hears every event of every payment, in the order of its versions for one payment, at least once: act once per (`paymentId`,
 * `version`). When it rejects, it hears the same event again later, and nothing newer of that payment before.
 */
export type PublishEvent = (event: PaymentEvent) => Promise<void>;

/** Work that failed so often that nobody tries it any more, until `retry` is asked for. */
export type FailedWork = Readonly<{
  id: string;
  work: DueWork | 'publish';
  key: PaymentKey;
  /** What it failed with the last time; scrubbed of card digits. */
  reason: string;
  /** Milliseconds since 1970. */
  failedAt: number;
}>;

export type JobsOptions = Readonly<{
  /** The schema of the payments; the jobs have one of their own, with `_jobs` behind. */
  schema: string;
  publish?: PublishEvent;
  /** False: the host has made the schema of the jobs itself. */
  migrate: boolean;
  /** How often and how far apart work is tried that fails; the default gives up after three hours. */
  retries?: Readonly<{ limit: number; firstDelaySeconds: number; longestDelaySeconds: number }>;
  /** How often events are looked for whose job is gone; every five minutes unless it is given. */
  wakeLeftoversEveryMs?: number;
  onProblem: (problem: string) => void;
}>;

/** What a job carries: which payment, and the version of the event that made it due, where it was added with one. */
type JobData = PaymentKey & Readonly<{ version?: number }>;
type WorkName = DueWork | 'publish';
const everyDueWork: Readonly<Record<DueWork, true>> = {
  fulfilOrder: true,
  sendConfirmation: true,
  confirmPayment: true,
};
const dueWorkNames = Object.keys(everyDueWork) as DueWork[];

const threeHours = { limit: 25, firstDelaySeconds: 2, longestDelaySeconds: 600 };
const pollSeconds = 0.5;
const stopMs = 30_000;
const fiveMinutes = 300_000;

const oneByOne = async <T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> => {
  const done: U[] = [];
  for (const item of items) done.push(await work(item));
  return done;
};

/** Due work as jobs of pg-boss in the same database: several instances share it, and it survives all of them. */
export class Jobs {
  readonly #database: Database;
  readonly #boss: PgBoss;
  readonly #options: JobsOptions;
  readonly #workers = new Map<WorkName, string>();
  /** When each problem was told last. */
  readonly #reported = new Map<string, number>();
  #leftovers: NodeJS.Timeout | undefined;
  #isStarted = false;
  #waking: Promise<void> = Promise.resolve();

  private constructor(database: Database, boss: PgBoss, options: JobsOptions) {
    this.#database = database;
    this.#boss = boss;
    this.#options = options;
  }

  /** Makes what is missing in the database. Rejects with what the driver or pg-boss throws. */
  static async open(database: Database, options: JobsOptions): Promise<Jobs> {
    const { PgBoss: Boss } = await import('pg-boss').catch(() => {
      throw new Explained('pg-boss is not installed: install it, or set jobs to false');
    });
    const schema = `${options.schema}_jobs`;
    const boss = new Boss({
      db: { executeSql: (text, values) => database.execute(text, values) },
      schema,
      migrate: options.migrate,
      createSchema: options.migrate,
      schedule: false,
      // Work of an instance that died goes to another one after its heartbeat is missed: 20 seconds at most.
      superviseIntervalSeconds: 10,
      monitorIntervalSeconds: 10,
    });
    const jobs = new Jobs(database, boss, options);
    boss.on('error', jobs.#report);
    if (!options.migrate && !(await boss.isInstalled())) {
      throw new Explained(
        `schema ${schema} is missing: make it with getConstructionPlans('${schema}') of pg-boss`,
      );
    }
    await startOf(boss);
    const { limit, firstDelaySeconds, longestDelaySeconds } = options.retries ?? threeHours;
    for (const name of jobs.#names()) {
      await boss.createQueue(name, {
        // Of one payment, one job at a time, and none that follows a failed one. One reading that waits does for all webhooks
        // before it, and is held up by none that failed.
        policy: name === 'confirmPayment' ? 'short' : 'key_strict_fifo',
        retryLimit: limit,
        retryDelay: firstDelaySeconds,
        retryBackoff: true,
        retryDelayMax: longestDelaySeconds,
        expireInSeconds: 60,
        heartbeatSeconds: 10,
        deleteAfterSeconds: 7 * 86_400,
      });
      // Now pg-boss knows the queue: it does not ask for it in the middle of a transaction.
      await boss.findJobs(name, { id: randomUUID() });
    }
    return jobs;
  }

  /** What the event makes due. */
  due(event: PaymentEvent): readonly WorkName[] {
    return this.#options.publish === undefined ? dueWork(event) : [...dueWork(event), 'publish'];
  }

  get publishes(): boolean {
    return this.#options.publish !== undefined;
  }

  /** Adds what the event makes due, in the transaction of `query`. */
  async add(query: Query, event: PaymentEvent): Promise<void> {
    for (const name of this.due(event)) await this.#send(name, event, query);
  }

  /** What was added is committed: this instance looks at once, the others within half a second. */
  wake(event: PaymentEvent): void {
    for (const name of this.due(event)) this.#wakeWorker(name);
  }

  /** Adds the reading of a payment that a webhook is about, in the transaction of `query`; `wakeReading` when it is committed. */
  async addReading(query: Query, key: PaymentKey): Promise<void> {
    await this.#send('confirmPayment', key, query);
  }

  wakeReading(): void {
    this.#wakeWorker('confirmPayment');
  }

  #wakeWorker(name: WorkName): void {
    const worker = this.#workers.get(name);
    if (worker !== undefined) this.#boss.notifyWorker(worker);
  }

  async #send(name: WorkName, due: JobData, query: Query = this.#database.query): Promise<void> {
    const { merchantId, orderId, version } = due;
    const data: JobData = { merchantId, orderId, ...(version !== undefined && { version }) };
    const db = {
      executeSql: async (text: string, values: unknown[] = []) => ({
        rows: [...(await query(text, values.map(String)))],
      }),
    };
    await this.#boss.send(name, data, { singletonKey: `${merchantId}/${orderId}`, db });
  }

  #names(): readonly WorkName[] {
    return this.publishes ? [...dueWorkNames, 'publish'] : dueWorkNames;
  }

  /** While the database is away, every look for work fails: the same problem is told once a minute. */
  readonly #report = (error: unknown): void => {
    const problem = `jobs: ${reasonOf(error)}`;
    const now = performance.now();
    if (now - (this.#reported.get(problem) ?? -Infinity) < 60_000) return;
    this.#reported.set(problem, now);
    safely(this.#options.onProblem, warn)(problem);
  };

  start(perform: PerformDueWork): void {
    if (this.#isStarted)
      throw new Error('postgresPayments: each hands its due work to one createPayments, once: make another.');
    this.#isStarted = true;
    const options = {
      batchSize: 10,
      burstWhenBatchFull: true,
      perJobResults: true,
      pollingIntervalSeconds: pollSeconds,
    } as const;
    for (const name of this.#names()) {
      const handle = ({ data }: Job<JobData>): Promise<void> =>
        name === 'publish' ? this.#publishAll(data) : performed(perform(name, keyOf(data)));
      this.#boss
        .work<JobData>(name, options, (jobs) =>
          // A release holds a connection of the host's pool: one at a time leaves the others to those who pay.
          name === 'fulfilOrder'
            ? oneByOne(jobs, (job) => settled(job, handle))
            : Promise.all(jobs.map((job) => settled(job, handle))),
        )
        .then((worker) => this.#workers.set(name, worker))
        .catch(this.#report);
    }
    if (!this.publishes) return;
    const wake = () =>
      void (this.#waking = this.#waking.then(() => this.#wakeLeftovers()).catch(this.#report));
    wake();
    this.#leftovers = setInterval(wake, this.#options.wakeLeftoversEveryMs ?? fiveMinutes).unref();
  }

  /** Takes no more work, and waits for what is under way, half a minute at most; what then is left goes to another instance. */
  async stop(): Promise<void> {
    clearInterval(this.#leftovers);
    const workers = this.#names().map((name) => this.#boss.offWork(name, { wait: true }));
    const ended = Promise.all([...workers, this.#waking]);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, stopMs)))]);
    clearTimeout(timer);
    await this.#boss.stop({ graceful: false, close: false });
  }

  /** Work that is given up and still due, longest first, at most `limit`: the sweep may have done it since. */
  async failed(limit: number): Promise<readonly FailedWork[]> {
    const { schema } = this.#options;
    const rows = await this.#database.query(
      `select id::text as id, name, data ->> 'merchantId' as merchant, data ->> 'orderId' as "order",
         coalesce(output ->> 'reason', output ->> 'message', output ->> 'value', '') as reason,
         (extract(epoch from completed_on) * 1000)::bigint::text as at
       from ${schema}_jobs.job
       left join ${schema}.payment on merchant_id = data ->> 'merchantId' and order_id = data ->> 'orderId'
       where job.state = 'failed' and case name
         when 'fulfilOrder' then fulfilment_state = 'due'
         when 'sendConfirmation' then document ->> 'confirmationSentAt' is null
         else true end
       order by completed_on limit $1::integer`,
      [limit],
    );
    return rows.map(({ id, name, merchant, order, reason, at }) => ({
      id: String(id),
      work: name as WorkName,
      key: keyOf({ merchantId: String(merchant), orderId: String(order) }),
      reason: scrub(String(reason)),
      failedAt: Number(at),
    }));
  }

  /** Has work that was given up tried once more, now. */
  async retry({ work, id }: FailedWork): Promise<void> {
    await this.#boss.retry(work, id);
    this.#wakeWorker(work);
  }

  /** Every event of the payment that the host has not heard of, whichever job came first, so that the order is that of the versions. */
  async #publishAll(key: StoredKey): Promise<void> {
    const { publish, schema } = this.#options;
    const { merchantId, orderId } = keyOf(key);
    const ofPayment = 'where merchant_id = $1 and order_id = $2 and unpublished';
    const rows = await this.#database.query(
      `select document::text as document from ${schema}.payment_event ${ofPayment} order by version`,
      [merchantId, orderId],
    );
    for (const { document } of rows) {
      const event = readEvent(document);
      await publish?.(event);
      await this.#database.query(
        `update ${schema}.payment_event set unpublished = false ${ofPayment} and version = $3::integer`,
        [merchantId, orderId, event.version],
      );
    }
  }

  /** Events whose job is gone: pg-boss deletes a failed one after a week, or its schema was lost. A job too many does nothing. */
  async #wakeLeftovers(): Promise<void> {
    const { schema } = this.#options;
    const rows = await this.#database.query(
      `select distinct merchant_id as merchant, order_id as "order" from ${schema}.payment_event
       where unpublished and stored_at < now() - interval '10 minutes' and not exists (
         select from ${schema}_jobs.job where name = 'publish' and singleton_key = merchant_id || '/' || order_id
           and state in ('created', 'retry', 'active', 'failed'))
       limit 1000`,
    );
    for (const { merchant, order } of rows)
      await this.#send('publish', keyOf({ merchantId: String(merchant), orderId: String(order) }));
  }
}

/** Instances that make the schema of the jobs at the same time get into each other's way: all but one fail, and find it made then. */
const startOf = async (boss: PgBoss, tries = 5): Promise<void> => {
  try {
    await boss.start();
  } catch (error) {
    if (tries === 1) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await startOf(boss, tries - 1);
  }
};

type StoredKey = Readonly<{ merchantId: string; orderId: string }>;

const keyOf = (stored: StoredKey): PaymentKey => {
  const merchant = merchantId(stored.merchantId);
  const order = orderId(stored.orderId);
  if (merchant.isErr() || order.isErr()) throw new Explained('a job names no payment');
  return { merchantId: merchant.value, orderId: order.value };
};

/** Rejects with what the use case answered, in words. */
const performed = async (work: ResultAsync<unknown, unknown>): Promise<void> => {
  const result = await work;
  if (result.isErr()) throw new Error(failureInWords(result.error));
};

/** A job by itself: one that fails takes none of its batch with it. */
const settled = async (
  job: Job<JobData>,
  handle: (job: Job<JobData>) => Promise<void>,
): Promise<JobResult> => {
  try {
    await handle(job);
    return { id: job.id, status: 'completed' };
  } catch (thrown) {
    return { id: job.id, status: 'failed', output: { reason: failureInWords(thrown) } };
  }
};
