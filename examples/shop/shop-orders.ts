import type { MerchantId } from 'paysession';
import type { Sql } from './database.ts';
import type { Line } from './products.ts';

/** What a customer ordered. Whether it is paid is the payment's business, not the order's. */
export type ShopOrder = Readonly<{
  id: string;
  /** SHA-256 of the token in the customer's cookie: who reads the store cannot become the customer. */
  ownerHash: string;
  lines: readonly Line[];
  email: string | null;
  /** Milliseconds since 1970. */
  placedAt: number;
  /** When it was packed, and under which key; null until it is paid. */
  packed: Readonly<{ key: string; at: number }> | null;
}>;

/** The shop's orders in its database, or, as of `new ShopOrders(tx)`, in a transaction. Lists are bounded by `limit`. */
export class ShopOrders {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async add({ id, ownerHash, lines, email, placedAt }: ShopOrder): Promise<void> {
    await this.#sql.query(
      `insert into shop.shop_order (id, owner_hash, lines, email, placed_at)
       values ($1, $2, $3::text::jsonb, $4, $5)`,
      [id, ownerHash, JSON.stringify(lines), email, new Date(placedAt)],
    );
  }

  async find(id: string): Promise<ShopOrder | null> {
    return this.#one('select * from shop.shop_order where id = $1', [id]);
  }

  /** Newest first, as `newest`. */
  async ownedBy(ownerHash: string, limit: number): Promise<readonly ShopOrder[]> {
    return this.#all('select * from shop.shop_order where owner_hash = $1 order by placed_at desc limit $2', [
      ownerHash,
      limit,
    ]);
  }

  async newest(limit: number): Promise<readonly ShopOrder[]> {
    return this.#all('select * from shop.shop_order order by placed_at desc limit $1', [limit]);
  }

  /** Those of these ids, in their order. */
  async listed(ids: readonly string[]): Promise<readonly ShopOrder[]> {
    return this.#all('select * from shop.shop_order where id = any($1) order by array_position($1, id)', [
      ids,
    ]);
  }

  /** Those that are paid and not packed; oldest first. */
  async unpacked(merchantId: MerchantId, limit: number): Promise<readonly ShopOrder[]> {
    return this.#byPayment(
      `due_at is not null and payment_state <> 'needsAttention' and fulfilment_state = 'due'`,
      [merchantId, limit],
    );
  }

  /**
   * Those whose amount is reserved and not charged, or not all of it; oldest first. Nothing is due about them, so no index of the module's
   * helps.
   */
  async toBeCharged(merchantId: MerchantId, limit: number): Promise<readonly ShopOrder[]> {
    return this.#byPayment(`payment_state in ('authorized', 'partlyCaptured')`, [merchantId, limit]);
  }

  /**
   * Those whose payment is at the gateway or not known to have ended, and those to which something may still happen there, such as a
   * refund; oldest first.
   */
  async inProgress(merchantId: MerchantId, limit: number): Promise<readonly ShopOrder[]> {
    const moving = ['paying', 'payUnknown', 'pending'];
    const followedUp = ['authorized', 'partlyCaptured', 'captured', 'partlyRefunded'];
    const states = [...moving, ...followedUp].map((state) => `'${state}'`).join(', ');
    return this.#byPayment(`due_at is not null and payment_state in (${states})`, [merchantId, limit]);
  }

  /** Null when there is no such order. */
  async changeLines(id: string, lines: readonly Line[]): Promise<ShopOrder | null> {
    return this.#one('update shop.shop_order set lines = $2::text::jsonb where id = $1 returning *', [
      id,
      JSON.stringify(lines),
    ]);
  }

  /** The order, which nobody else changes until the transaction ends. */
  async lock(id: string): Promise<ShopOrder | null> {
    return this.#one('select * from shop.shop_order where id = $1 for update', [id]);
  }

  /** Packs an order. Throws when it is packed already. */
  async pack(id: string, key: string, at: number): Promise<void> {
    const packed = await this.#one(
      `update shop.shop_order set packed_key = $2, packed_at = $3
       where id = $1 and packed_key is null returning *`,
      [id, key, new Date(at)],
    );
    if (packed === null) throw new Error(`order ${id} is packed already`);
  }

  /** The module's own table says where a payment is; `due_at is not null` lets the database use its partial index. */
  #byPayment(condition: string, values: readonly [MerchantId, number]): Promise<readonly ShopOrder[]> {
    return this.#all(
      `select shop_order.* from paysession.payment join shop.shop_order on id = order_id
       where merchant_id = $1 and (${condition}) order by placed_at limit $2`,
      [...values],
    );
  }

  async #one(text: string, values: unknown[]): Promise<ShopOrder | null> {
    return (await this.#all(text, values))[0] ?? null;
  }

  async #all(text: string, values: unknown[]): Promise<readonly ShopOrder[]> {
    return (await this.#sql.query<Row>(text, values)).rows.map(orderOf);
  }
}

type Row = Readonly<{
  id: string;
  owner_hash: string;
  lines: readonly Line[];
  email: string | null;
  placed_at: Date;
  packed_key: string | null;
  packed_at: Date | null;
}>;

const orderOf = ({ id, owner_hash, lines, email, placed_at, packed_key, packed_at }: Row): ShopOrder => ({
  id,
  ownerHash: owner_hash,
  lines,
  email,
  placedAt: placed_at.getTime(),
  packed: packed_key === null || packed_at === null ? null : { key: packed_key, at: packed_at.getTime() },
});
