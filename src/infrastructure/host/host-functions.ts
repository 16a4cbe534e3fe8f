import { err, ok, type Result, ResultAsync } from 'neverthrow';
import {
  confirmationFailed,
  type Confirmation,
  type Confirmations,
} from '../../application/ports/confirmations.ts';
import {
  type Fulfilment,
  fulfilmentFailed,
  type FulfilmentRequest,
} from '../../application/ports/fulfilment.ts';
import { type Orders, ordersUnavailable } from '../../application/ports/orders.ts';
import { scrub } from '../../domain/payment/card-digits.ts';
import type { MerchantId, OrderId } from '../../domain/payment/ids.ts';
import { order, type OrderData } from '../../domain/payment/order.ts';

/** The host's order, or null (undefined will do) when this merchant has none of that id. Called whenever a price is needed; may throw. */
export type FindOrder = (
  key: Readonly<{ merchantId: MerchantId; orderId: OrderId }>,
) => Promise<OrderData | null | undefined>;
/** Releases the goods; throws when it could not. Called again under the same key until it returns. */
export type Fulfil<Tx = unknown> = (request: FulfilmentRequest<Tx>) => Promise<void>;
/**
 * Hands a message to the payer over; throws when it could not. Called again under the same key until it returns, within a minute.
 */
export type SendMessage = (confirmation: Confirmation) => Promise<void>;

const reasonOf = (thrown: unknown): string =>
  scrub(thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 500);

/** A host's function may also throw before it returns a promise: that counts as a rejection. */
const call = <T, E>(action: () => Promise<T>, onFailure: (reason: string) => E): ResultAsync<T, E> => {
  const result = async (): Promise<Result<T, E>> => {
    try {
      return ok(await action());
    } catch (thrown) {
      return err(onFailure(reasonOf(thrown)));
    }
  };
  return new ResultAsync(result());
};

const longestMs = 60_000;

/** Whoever waits for an answer that never comes would look after no other payment. */
const inTime = async <T>(answer: Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${longestMs} ms`)), longestMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
};

/** The host's catalogue, from one plain function. */
export const ordersFrom = (find: FindOrder): Orders => ({
  find: (merchantId, orderId) =>
    call(() => find({ merchantId, orderId }), ordersUnavailable).andThen((data) => {
      if (data === null || data === undefined) return ok(null);
      return order(data).andThen((found) =>
        found.id === orderId
          ? ok(found)
          : err(ordersUnavailable(`asked for order ${orderId}, got ${found.id}`)),
      );
    }),
});

/** The host's release of goods, from one plain function. */
export const fulfilmentFrom = <Tx>(fulfil: Fulfil<Tx>): Fulfilment<Tx> => ({
  fulfil: (request) => call(() => fulfil(request), fulfilmentFailed),
});

/** The host's messages, from one plain function. */
export const confirmationsFrom = (send: SendMessage): Confirmations => ({
  send: (confirmation) => call(() => inTime(send(confirmation)), confirmationFailed),
});
