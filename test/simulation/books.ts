import type { MerchantId, OrderId } from '../../src/domain/payment/ids.ts';
import type { Transaction } from '../../src/domain/payment/record.ts';

type Said = Readonly<{ since: number } & Pick<Transaction, 'result' | 'amount' | 'reason'>>;

/** A transaction, and what the gateway says of it since when, oldest first. */
export type Booked = {
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  readonly id: string;
  readonly operation: Transaction['operation'];
  readonly target: string | null;
  readonly said: Said[];
};

/** What the gateway's records show of all that is not a pay through a session: follow-ups, and pays that were carried out twice. */
export class Books {
  readonly #booked: Booked[] = [];

  book(about: Pick<Booked, 'merchantId' | 'orderId' | 'operation' | 'target'>, said: Said): Booked {
    const id = `${about.operation}-${this.#booked.length + 1}`;
    const booked: Booked = { ...about, id, said: [said] };
    this.#booked.push(booked);
    return booked;
  }

  of(merchantId: MerchantId, orderId: OrderId): readonly Booked[] {
    return this.#booked.filter((each) => each.merchantId === merchantId && each.orderId === orderId);
  }

  /** The transactions as they were at that time. */
  shown(merchantId: MerchantId, orderId: OrderId, at: number): readonly Transaction[] {
    return this.of(merchantId, orderId).flatMap((booked): Transaction[] => {
      const now = booked.said.findLast(({ since }) => since <= at);
      if (now === undefined) return [];
      const { id, operation, target, said } = booked;
      const { result, amount, reason } = now;
      return [{ id, operation, target, result, amount, reason, at: said[0]?.since ?? null }];
    });
  }
}
