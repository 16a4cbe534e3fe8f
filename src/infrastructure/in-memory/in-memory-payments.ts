import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import type { PaymentKey } from '../../application/change-payment.ts';
import {
  type DueWork,
  type DueWorkSource,
  dueWork,
  type PerformDueWork,
} from '../../application/due-work.ts';
import {
  type ConcurrentUpdate,
  concurrentUpdate,
  type Payments,
  type SessionTaken,
  sessionTaken,
} from '../../application/ports/payments.ts';
import type { Webhook, WebhookInbox } from '../../application/ports/webhooks.ts';
import type { MerchantId, OrderId } from '../../domain/payment/ids.ts';
import { dueAt } from '../../domain/payment/due.ts';
import type { Change, Payment } from '../../domain/payment/payment.ts';
import type { PaymentEvent } from '../../domain/payment/payment-event.ts';

type Stored = Readonly<{ payment: Payment; history: readonly PaymentEvent[] }>;

const keyOf = (merchantId: MerchantId, id: string): string => `${merchantId}/${id}`;

/**
 * Payments that live as long as the process: for tests, demonstrations and development. The same version check and
 * uniqueness as a database. It has no transactions, so `alongside` gets `undefined`, and what it did is not undone by an error.
 */
export class InMemoryPayments implements Payments<undefined>, DueWorkSource, WebhookInbox {
  readonly #stored = new Map<string, Stored>();
  readonly #orderOfSession = new Map<string, OrderId>();
  /** The last save of each payment: saves of one payment go one after the other, as row locks would make them. */
  readonly #saves = new Map<string, Promise<unknown>>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #webhooks = new Set<string>();
  /** Payments that a webhook spoke of and that could not be confirmed: nothing in their state remembers it. */
  readonly #unconfirmed = new Map<string, PaymentKey>();
  #perform: PerformDueWork | null = null;

  find(merchantId: MerchantId, orderId: OrderId): ResultAsync<Payment | null, never> {
    return okAsync(this.#stored.get(keyOf(merchantId, orderId))?.payment ?? null);
  }

  history(merchantId: MerchantId, orderId: OrderId): ResultAsync<readonly PaymentEvent[], never> {
    return okAsync(this.#stored.get(keyOf(merchantId, orderId))?.history ?? []);
  }

  /** Whoever looks for what is due also has the payments confirmed that could not be before. */
  findDue(now: number, limit: number): ResultAsync<readonly Payment[], never> {
    const unconfirmed = [...this.#unconfirmed.values()];
    this.#unconfirmed.clear();
    for (const key of unconfirmed) this.#run('confirmPayment', key);
    const due = [...this.#stored.values()].flatMap(({ payment }) => {
      const at = dueAt(payment);
      return at !== null && at <= now ? [{ at, payment }] : [];
    });
    return okAsync(
      due
        .sort((one, other) => one.at - other.at)
        .slice(0, limit)
        .map(({ payment }) => payment),
    );
  }

  findNeedingAttention(merchantId: MerchantId, limit: number): ResultAsync<readonly Payment[], never> {
    return okAsync(
      [...this.#stored.values()]
        .map(({ payment }) => payment)
        .filter((payment) => payment.merchantId === merchantId && payment.states.payment === 'needsAttention')
        .sort((one, other) => one.updatedAt - other.updatedAt)
        .slice(0, limit),
    );
  }

  save<E = never>(
    change: Change,
    alongside?: (tx: undefined) => ResultAsync<void, E>,
  ): ResultAsync<void, ConcurrentUpdate | SessionTaken | E> {
    const key = keyOf(change.payment.merchantId, change.payment.order.id);
    const turn = (this.#saves.get(key) ?? Promise.resolve()).then(() => this.#store(key, change, alongside));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#saves.set(key, settled);
    void settled.then(() => this.#saves.get(key) === settled && this.#saves.delete(key));
    return new ResultAsync(turn);
  }

  async #store<E>(
    key: string,
    { payment, event }: Change,
    alongside?: (tx: undefined) => ResultAsync<void, E>,
  ): Promise<Result<void, ConcurrentUpdate | SessionTaken | E>> {
    const stored = this.#stored.get(key);
    if ((stored?.payment.version ?? 0) !== payment.version - 1) return err(concurrentUpdate());
    const sessionKey = payment.session && keyOf(payment.merchantId, payment.session.id);
    if (
      sessionKey !== null &&
      (this.#orderOfSession.get(sessionKey) ?? payment.order.id) !== payment.order.id
    ) {
      return err(sessionTaken());
    }
    const done = alongside === undefined ? ok(undefined) : await alongside(undefined);
    if (done.isErr()) return err(done.error);
    if (sessionKey !== null) this.#orderOfSession.set(sessionKey, payment.order.id);
    this.#stored.set(key, { payment, history: [...(stored?.history ?? []), event] });
    this.#handOut(event);
    return ok(undefined);
  }

  accept({ merchantId, orderId, eventId }: Webhook): ResultAsync<'new' | 'known', never> {
    const event = keyOf(merchantId, eventId);
    if (this.#webhooks.has(event)) return okAsync('known');
    this.#webhooks.add(event);
    if (orderId !== null) this.#run('confirmPayment', { merchantId, orderId });
    return okAsync('new');
  }

  /** Whoever starts last gets all that is due, as after a process that is gone. */
  start(perform: PerformDueWork): void {
    this.#perform = perform;
    for (const { history } of this.#stored.values()) history.forEach((event) => this.#handOut(event));
  }

  async stop(): Promise<void> {
    this.#perform = null;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  #handOut(event: PaymentEvent): void {
    for (const work of dueWork(event)) this.#run(work, event);
  }

  /** Work that fails stays due by the payment's state, where the sweep finds it; all but what a webhook asked for. */
  #run(work: DueWork, { merchantId, orderId }: PaymentKey): void {
    const perform = this.#perform;
    if (perform === null) return;
    const running = Promise.resolve()
      .then(async () => (await perform(work, { merchantId, orderId })).isOk())
      .catch(() => false)
      .then((isDone) => {
        this.#running.delete(running);
        if (!isDone && work === 'confirmPayment')
          this.#unconfirmed.set(keyOf(merchantId, orderId), { merchantId, orderId });
      });
    this.#running.add(running);
  }
}
