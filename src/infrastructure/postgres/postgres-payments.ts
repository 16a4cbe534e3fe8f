import { randomUUID } from 'node:crypto';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { type DueWorkSource, type PerformDueWork, safely } from '../../application/due-work.ts';
import {
  type ConcurrentUpdate,
  concurrentUpdate,
  type Payments,
  type SessionTaken,
  sessionTaken,
  type StorageUnavailable,
} from '../../application/ports/payments.ts';
import type { Webhook, WebhookInbox } from '../../application/ports/webhooks.ts';
import type { MerchantId, OrderId } from '../../domain/payment/ids.ts';
import { dueAt } from '../../domain/payment/due.ts';
import type { Change, Payment } from '../../domain/payment/payment.ts';
import type { PaymentEvent } from '../../domain/payment/payment-event.ts';
import type { Database, Query, Row, SqlTransaction, SqlValue, Write } from './database.ts';
import type { FailedWork, Jobs } from './jobs.ts';
import { checkSchemaName } from './migrate.ts';
import { warn } from './problems.ts';
import { ask, reasonOf } from './storage-error.ts';
import { readEvent, readPayment, toJson } from './stored-payment.ts';
import { acceptWebhook } from './webhook-inbox.ts';

export type PostgresPaymentsOptions = Readonly<{
  /** `paysession` unless it is given. */
  schema?: string;
  /** How long other instances leave a due payment alone that this one was given, in milliseconds; 60,000 unless it is given. */
  claimMs?: number;
  /** Told of a payment that cannot be read, and of what the jobs cannot do; a warning of the process unless it is given. */
  onProblem?: (problem: string) => void;
}>;

/**
 * The statements of one schema; `publishes` when somebody is told of every event. What a change stores goes in one of them, so that it
 * is stored together or not at all.
 */
const statementsOf = (schema: string, publishes: boolean) => {
  const store = (saved: string, andSession = ''): string => `
    with saved as (${saved} returning merchant_id, order_id, version)${andSession}
    insert into ${schema}.payment_event (merchant_id, order_id, version, document, unpublished)
    select merchant_id, order_id, version, $3::text::json, ${publishes} from saved`;
  const takeSession = `,
    session as (
      insert into ${schema}.pay_session (merchant_id, session_id, order_id)
      select merchant_id, $9::text, order_id from saved
      where $9::text is not null and not exists (
        select from ${schema}.pay_session known
        where known.merchant_id = saved.merchant_id and known.session_id = $9::text
          and known.order_id = saved.order_id)
    )`;
  const create = `
    insert into ${schema}.payment
      (document, due_at, merchant_id, order_id, version, payment_state, fulfilment_state)
    values ($1::text::json, to_timestamp($2::float8 / 1000), $4, $5, $6::integer + 1, $7, $8)
    on conflict do nothing`;
  const update = `
    update ${schema}.payment
    set document = $1::text::json, due_at = to_timestamp($2::float8 / 1000), version = $6::integer + 1,
      payment_state = $7, fulfilment_state = $8, claimed_by = null, claimed_until = null
    where merchant_id = $4 and order_id = $5 and version = $6::integer`;
  return {
    create: store(create, takeSession),
    update: store(update),
    updateSession: store(update, takeSession),
    find: `select document::text as document from ${schema}.payment where merchant_id = $1 and order_id = $2`,
    history: `
      select document::text as document from ${schema}.payment_event
      where merchant_id = $1 and order_id = $2 order by version`,
    // The claims of this instance are no obstacle to itself. What nobody looked after for longest comes first, so that
    // payments whose work keeps failing do not hold the others up.
    findDue: `
      with due as (
        select merchant_id, order_id from ${schema}.payment
        where due_at <= to_timestamp($1::float8 / 1000) and (claimed_until is null or claimed_until < now() or claimed_by = $3)
        order by claimed_until nulls first, due_at limit $2::integer
        for update skip locked
      ),
      claimed as (
        update ${schema}.payment
        set claimed_by = $3, claimed_until = now() + $4::integer * interval '1 millisecond'
        from due where payment.merchant_id = due.merchant_id and payment.order_id = due.order_id
        returning document, due_at, payment.merchant_id, payment.order_id
      )
      select document::text as document, merchant_id, order_id from claimed order by due_at`,
    findNeedingAttention: `
      select document::text as document, merchant_id, order_id from ${schema}.payment
      where payment_state = 'needsAttention' and merchant_id = $1
      order by (document ->> 'updatedAt')::bigint limit $2::integer`,
  };
};

/** A session pays one order of its merchant; nothing else that is unique can be hit by a change that won its version. */
const isSessionTaken = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'constraint' in error &&
  error.constraint === 'pay_session_pkey';

/**
 * Payments in PostgreSQL, on a server or embedded. A change is one statement, or one transaction when something is stored with it: a
 * job, or what runs alongside.
 * Among several instances, `findDue` gives a payment to one of them for a minute.
 */
export class PostgresPayments implements Payments<SqlTransaction>, DueWorkSource, WebhookInbox {
  readonly #database: Database;
  readonly #options: PostgresPaymentsOptions;
  readonly #jobs: Jobs | null;
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #instance = randomUUID();

  constructor(database: Database, options: PostgresPaymentsOptions = {}, jobs: Jobs | null = null) {
    this.#database = database;
    this.#options = options;
    this.#jobs = jobs;
    const schema = checkSchemaName(options.schema ?? 'paysession');
    this.#statements = statementsOf(schema, jobs?.publishes ?? false);
  }

  /** The same payments inside a transaction of the host: what is saved is stored when the host commits, and only then. */
  within(tx: SqlTransaction): Payments<SqlTransaction> {
    return new PostgresPayments(this.#database.within(tx), this.#options, this.#jobs);
  }

  find(merchantId: MerchantId, orderId: OrderId): ResultAsync<Payment | null, StorageUnavailable> {
    return this.#ask(async (query) => {
      const [row] = await query(this.#statements.find, [merchantId, orderId]);
      return ok(row === undefined ? null : readPayment(row['document']));
    });
  }

  history(
    merchantId: MerchantId,
    orderId: OrderId,
  ): ResultAsync<readonly PaymentEvent[], StorageUnavailable> {
    return this.#ask(async (query) => {
      const rows = await query(this.#statements.history, [merchantId, orderId]);
      return ok(rows.map(({ document }) => readEvent(document)));
    });
  }

  findDue(now: number, limit: number): ResultAsync<readonly Payment[], StorageUnavailable> {
    const { claimMs = 60_000 } = this.#options;
    return this.#ask(async (query) =>
      this.#readable(await query(this.#statements.findDue, [now, limit, this.#instance, claimMs])),
    );
  }

  findNeedingAttention(
    merchantId: MerchantId,
    limit: number,
  ): ResultAsync<readonly Payment[], StorageUnavailable> {
    return this.#ask(async (query) =>
      this.#readable(await query(this.#statements.findNeedingAttention, [merchantId, limit])),
    );
  }

  /** Without those that this version does not understand: they must not hide the others. */
  #readable(rows: readonly Row[]): Result<readonly Payment[], never> {
    const tell = safely(this.#options.onProblem ?? warn, warn);
    return ok(
      rows.flatMap(({ document, merchant_id, order_id }) => {
        try {
          return [readPayment(document)];
        } catch (error) {
          tell(`payment of order ${order_id} of merchant ${merchant_id}: ${reasonOf(error)}`);
          return [];
        }
      }),
    );
  }

  save<E = never>(
    change: Change,
    alongside?: (tx: SqlTransaction) => ResultAsync<void, E>,
  ): ResultAsync<void, ConcurrentUpdate | SessionTaken | StorageUnavailable | E> {
    type Stored = Result<void, ConcurrentUpdate | SessionTaken | E>;
    const jobs = this.#jobs !== null && this.#jobs.due(change.event).length > 0 ? this.#jobs : null;
    // What the host did alongside may reach beyond the database, so it is not repeated.
    let ranAlongside = false;
    const inTransaction = (): Promise<Stored> =>
      this.#database.transaction(async ({ tx, query, write }): Promise<Stored> => {
        const stored = await this.#store(write, change);
        if (stored.isErr()) return stored;
        ranAlongside = alongside !== undefined;
        const done = alongside === undefined ? stored : await alongside(tx);
        if (done.isOk()) await jobs?.add(query, change.event);
        return done;
      });
    const isOneStatement = alongside === undefined && jobs === null && !this.#database.joined;
    const store = async (): Promise<Stored> => {
      try {
        const stored = await (isOneStatement ? this.#store(this.#database.write, change) : inTransaction());
        if (stored.isOk()) jobs?.wake(change.event);
        return stored;
      } catch (error) {
        if (isSessionTaken(error)) return err(sessionTaken());
        throw error;
      }
    };
    return ask(store, () => !ranAlongside && !this.#database.joined);
  }

  /**
   * Keeps the webhook for 30 days. Without jobs nothing follows from it: the sweep alone finds the truth about payments that are open, and
   * nobody looks at those that are settled.
   */
  accept(webhook: Webhook): ResultAsync<'new' | 'known', StorageUnavailable> {
    const { schema = 'paysession' } = this.#options;
    return ask(() => acceptWebhook(this.#database, schema, this.#jobs, webhook));
  }

  /** Hands out what is due from now on, in this instance too. Without jobs, the sweep finds it. */
  start(perform: PerformDueWork): void {
    this.#jobs?.start(perform);
  }

  async stop(): Promise<void> {
    await this.#jobs?.stop();
  }

  /** Due work that is given up until it is asked for again, longest first, at most `limit`. */
  failedWork(limit = 100): ResultAsync<readonly FailedWork[], StorageUnavailable> {
    return ask(async () => ok((await this.#jobs?.failed(limit)) ?? []));
  }

  /** Has such work tried once more, now. */
  retryWork(work: FailedWork): ResultAsync<void, StorageUnavailable> {
    return ask(async () => ok(await this.#jobs?.retry(work)));
  }

  async #store(write: Write, { payment, event }: Change): Promise<Result<void, ConcurrentUpdate>> {
    const values: SqlValue[] = [
      toJson(payment),
      dueAt(payment),
      toJson(event),
      payment.merchantId,
      payment.order.id,
      payment.version - 1,
      payment.states.payment,
      payment.states.fulfilment,
    ];
    const { create, update, updateSession } = this.#statements;
    const isFirst = payment.version === 1;
    const saved =
      isFirst || event.type === 'sessionOpened'
        ? await write(isFirst ? create : updateSession, [...values, payment.session?.id ?? null])
        : await write(update, values);
    return saved === 1 ? ok(undefined) : err(concurrentUpdate());
  }

  #ask<T>(run: (query: Query) => Promise<Result<T, never>>): ResultAsync<T, StorageUnavailable> {
    return ask(
      () => run(this.#database.query),
      () => !this.#database.joined,
    );
  }
}
