import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import {
  type ConcurrentUpdate,
  type Payments,
  type SessionTaken,
  storageUnavailable,
  type StorageUnavailable,
} from '../../src/application/ports/payments.ts';
import type { MerchantId, OrderId, PaymentId } from '../../src/domain/payment/ids.ts';
import type { Change, Payment } from '../../src/domain/payment/payment.ts';
import type { PaymentEvent } from '../../src/domain/payment/payment-event.ts';
import type { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import type { Rules } from './rules.ts';
import { type Process, type World } from './world.ts';

/** What the host writes in the transaction in which a payment becomes fulfilled. */
export type Transaction = { readonly releases: PaymentId[] };
type Saved<E> = Result<void, ConcurrentUpdate | SessionTaken | StorageUnavailable | E>;

/** The module's in-memory storage, at the other end of a wire that breaks, with transactions that a crash rolls back. */
export class SimulatedPayments implements Payments<Transaction> {
  readonly #world: World;
  readonly #stored: InMemoryPayments;
  readonly #rules: Rules;

  constructor(world: World, stored: InMemoryPayments, rules: Rules) {
    this.#world = world;
    this.#stored = stored;
    this.#rules = rules;
  }

  find(merchantId: MerchantId, orderId: OrderId): ResultAsync<Payment | null, StorageUnavailable> {
    return this.#read(`find ${orderId}`, () => this.#stored.find(merchantId, orderId));
  }

  history(
    merchantId: MerchantId,
    orderId: OrderId,
  ): ResultAsync<readonly PaymentEvent[], StorageUnavailable> {
    return this.#read(`history ${orderId}`, () => this.#stored.history(merchantId, orderId));
  }

  findDue(now: number, limit: number): ResultAsync<readonly Payment[], StorageUnavailable> {
    return this.#read('findDue', () => this.#stored.findDue(now, limit));
  }

  findNeedingAttention(
    merchantId: MerchantId,
    limit: number,
  ): ResultAsync<readonly Payment[], StorageUnavailable> {
    return this.#read('findNeedingAttention', () => this.#stored.findNeedingAttention(merchantId, limit));
  }

  save<E = never>(
    change: Change,
    alongside?: (tx: Transaction) => ResultAsync<void, E>,
  ): ResultAsync<void, ConcurrentUpdate | SessionTaken | StorageUnavailable | E> {
    const { type, version, orderId } = change.event;
    const process = this.#world.caller();
    return this.#world.call('storage', `save ${orderId} ${type} v${version}`, () =>
      this.#commit(process, change, alongside),
    );
  }

  #read<T>(what: string, read: () => ResultAsync<T, never>): ResultAsync<T, StorageUnavailable> {
    return this.#world.call<T, StorageUnavailable>('storage', what, () =>
      this.#world.faults.happens('storage: a read fails')
        ? errAsync(storageUnavailable('no answer'))
        : read(),
    );
  }

  async #commit<E>(
    process: Process,
    change: Change,
    alongside?: (tx: Transaction) => ResultAsync<void, E>,
  ): Promise<Saved<E>> {
    const { faults, random } = this.#world;
    if (faults.happens('storage: a save fails before it commits')) return err(storageUnavailable('not done'));
    if (alongside === undefined && faults.happens('storage: a save commits after it was given up')) {
      this.#world.after(random.between(1_000, 20_000), () => void this.#write(process, change));
      return err(storageUnavailable('no answer yet'));
    }
    const written = await this.#write(process, change, alongside);
    return faults.happens('storage: a save commits and its answer is lost')
      ? err(storageUnavailable('no answer'))
      : written;
  }

  async #write<E>(
    process: Process,
    change: Change,
    alongside?: (tx: Transaction) => ResultAsync<void, E>,
  ): Promise<Saved<E>> {
    const tx: Transaction = { releases: [] };
    const rolledBack = process.died.then(() =>
      err<void, StorageUnavailable>(storageUnavailable('rolled back')),
    );
    const orRollBack =
      alongside &&
      (() => new ResultAsync<void, E | StorageUnavailable>(Promise.race([alongside(tx), rolledBack])));
    const saved = await this.#stored.save(change, orRollBack);
    if (saved.isOk()) this.#world.guard(() => this.#rules.committed(change, tx.releases));
    return saved.isOk() ? ok(undefined) : err(saved.error);
  }
}
