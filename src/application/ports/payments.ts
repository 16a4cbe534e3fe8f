import type { ResultAsync } from 'neverthrow';
import type { MerchantId, OrderId } from '../../domain/payment/ids.ts';
import type { Change, Payment } from '../../domain/payment/payment.ts';
import type { PaymentEvent } from '../../domain/payment/payment-event.ts';

/** Somebody else changed the payment since it was read, or made it first: read it again and decide anew. */
export type ConcurrentUpdate = Readonly<{ type: 'ConcurrentUpdate' }>;
export const concurrentUpdate = (): ConcurrentUpdate => ({ type: 'ConcurrentUpdate' });

/** The storage did not answer. Whether a save took place is not known: read again before anything else. */
export type StorageUnavailable = Readonly<{ type: 'StorageUnavailable'; reason: string }>;
export const storageUnavailable = (reason: string): StorageUnavailable => ({
  type: 'StorageUnavailable',
  reason,
});

/** Another order is paid through this session already. */
export type SessionTaken = Readonly<{ type: 'SessionTaken' }>;
export const sessionTaken = (): SessionTaken => ({ type: 'SessionTaken' });

/**
 * Keeps payments, their attempts and their history. Every read sees every save that was confirmed before it began. Unique are
 * (merchant, order), (merchant, session) and (payment, version). The contract is `src/testing/payments-contract.ts`.
 */
export interface Payments<Tx = unknown> {
  /** The payment of an order; null when there is none yet. */
  find(merchantId: MerchantId, orderId: OrderId): ResultAsync<Payment | null, StorageUnavailable>;

  /**
   * Stores the payment, its event and what is due next (`dueWork`), all together or not at all, provided that the stored
   * version is the one before `payment.version` (none, for version 1). When it answers ok, the change survives a crash.
   *
   * `alongside` runs inside the same transaction, after this change won against all others and before it is committed: when it
   * answers an error, nothing is stored and the error is passed on.
   *
   * Repeating a save that took place is `ConcurrentUpdate`.
   */
  save<E = never>(
    change: Change,
    alongside?: (tx: Tx) => ResultAsync<void, E>,
  ): ResultAsync<void, ConcurrentUpdate | SessionTaken | StorageUnavailable | E>;

  /** The history of a payment, by version; empty when there is no such payment. */
  history(merchantId: MerchantId, orderId: OrderId): ResultAsync<readonly PaymentEvent[], StorageUnavailable>;

  /**
   * Payments whose `dueAt` is not after `now` (milliseconds since 1970), longest due first, at most `limit`. A storage may leave out what
   * another instance was given, and put what it gave out before behind the rest.
   */
  findDue(now: number, limit: number): ResultAsync<readonly Payment[], StorageUnavailable>;

  /** The merchant's payments that a person must decide about (`needsAttention`), longest unchanged first, at most `limit`. */
  findNeedingAttention(
    merchantId: MerchantId,
    limit: number,
  ): ResultAsync<readonly Payment[], StorageUnavailable>;
}
