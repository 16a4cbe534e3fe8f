import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { MerchantId, OrderId } from '../domain/payment/ids.ts';
import type { Change, Payment } from '../domain/payment/payment.ts';
import {
  concurrentUpdate,
  type ConcurrentUpdate,
  type Payments,
  type SessionTaken,
  type StorageUnavailable,
} from './ports/payments.ts';

/** Which payment: there is one per merchant and order. */
export type PaymentKey = Readonly<{ merchantId: MerchantId; orderId: OrderId }>;

/** Nothing is stored for this order: no session was opened, and it was neither registered nor cancelled. */
export type PaymentNotFound = Readonly<{ type: 'PaymentNotFound'; orderId: OrderId }>;
export const paymentNotFound = (orderId: OrderId): PaymentNotFound => ({ type: 'PaymentNotFound', orderId });

export type SaveError = ConcurrentUpdate | SessionTaken | StorageUnavailable;

/** Enough for twenty that refund parts of one payment at the same moment. */
const maxTries = 50;
/** A storage that is away may take its whole timeout to say so, each time: more tries would keep a payer waiting for nothing. */
const maxFailures = 3;

/**
 * Reads, decides, saves. When somebody else was faster, or the storage failed to confirm, it reads and decides again: a decision
 * that took place already decides `null` the second time. Never for a decision that a call to the gateway follows.
 */
export const changePayment = <E>(
  payments: Payments,
  { merchantId, orderId }: PaymentKey,
  decide: (payment: Payment) => Result<Change | null, E>,
): ResultAsync<Payment, E | PaymentNotFound | SaveError> => {
  const run = async (): Promise<Result<Payment, E | PaymentNotFound | SaveError>> => {
    let last: SaveError = concurrentUpdate();
    let failures = 0;
    for (let tries = 0; tries < maxTries && failures < maxFailures; tries += 1) {
      const found = await payments.find(merchantId, orderId);
      if (found.isErr()) {
        last = found.error;
        failures += 1;
        continue;
      }
      if (found.value === null) return err(paymentNotFound(orderId));
      const decided = decide(found.value);
      if (decided.isErr()) return err(decided.error);
      if (decided.value === null) return ok(found.value);
      const saved = await payments.save(decided.value);
      if (saved.isOk()) return ok(decided.value.payment);
      last = saved.error;
      if (last.type === 'StorageUnavailable') failures += 1;
    }
    return err(last);
  };
  return new ResultAsync(run());
};

/** Takes the steps, and takes them again when somebody else changed the payment first: at most `tries` times. */
export const retried = <T, E extends Readonly<{ type: string }>>(
  tries: number,
  steps: () => PromiseLike<Result<T, E>>,
): ResultAsync<T, E> => {
  const run = async (): Promise<Result<T, E>> => {
    let result = await steps();
    for (let left = tries - 1; left > 0; left -= 1) {
      if (result.isOk() || result.error.type !== 'ConcurrentUpdate') break;
      result = await steps();
    }
    return result;
  };
  return new ResultAsync(run());
};
