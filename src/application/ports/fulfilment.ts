import type { ResultAsync } from 'neverthrow';
import type { MerchantId, PaymentId } from '../../domain/payment/ids.ts';
import type { Order } from '../../domain/payment/order.ts';

/** The host could not release the goods now; it is asked again later, under the same key. */
export type FulfilmentFailed = Readonly<{ type: 'FulfilmentFailed'; reason: string }>;
export const fulfilmentFailed = (reason: string): FulfilmentFailed => ({ type: 'FulfilmentFailed', reason });

export type FulfilmentRequest<Tx> = Readonly<{
  merchantId: MerchantId;
  /** The order as it was paid. */
  order: Order;
  /** The same at every call for this order: whoever acts once per key fulfils once. */
  key: PaymentId;
  /** The transaction in which the payment becomes fulfilled; undefined where the storage has none. */
  tx: Tx;
}>;

/** The host's act of releasing what was bought. Implemented by the host. */
export interface Fulfilment<Tx = unknown> {
  /**
   * Releases the goods. What is written through `tx` commits together with the payment's own state: exactly once. Any other
   * effect happens at least once, since a crash after it and before the commit leads to a second call with the same key. While it
   * runs it holds the connection of `tx`: what is slow belongs elsewhere, and a second connection of the same pool may never come.
   */
  fulfil(request: FulfilmentRequest<Tx>): ResultAsync<void, FulfilmentFailed>;
}
