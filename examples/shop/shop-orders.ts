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

/** Where the shop keeps its orders. */
export interface ShopOrders {
  add(order: ShopOrder): Promise<void>;
  find(id: string): Promise<ShopOrder | null>;
  /** Newest first, as `newest`. */
  ownedBy(ownerHash: string): Promise<readonly ShopOrder[]>;
  newest(limit: number): Promise<readonly ShopOrder[]>;
  /** Null when there is no such order. */
  changeLines(id: string, lines: readonly Line[]): Promise<ShopOrder | null>;
  /** Packs the order once: a second call with the same key does nothing, and another key is refused by an error. */
  pack(id: string, key: string, at: number): Promise<void>;
}

/** Orders that live as long as the process. */
export class InMemoryShopOrders implements ShopOrders {
  readonly #orders = new Map<string, ShopOrder>();

  async add(order: ShopOrder): Promise<void> {
    if (this.#orders.has(order.id)) throw new Error(`order ${order.id} is there already`);
    this.#orders.set(order.id, order);
  }

  async find(id: string): Promise<ShopOrder | null> {
    return this.#orders.get(id) ?? null;
  }

  async ownedBy(ownerHash: string): Promise<readonly ShopOrder[]> {
    return this.#newestFirst().filter((order) => order.ownerHash === ownerHash);
  }

  async newest(limit: number): Promise<readonly ShopOrder[]> {
    return this.#newestFirst().slice(0, limit);
  }

  async changeLines(id: string, lines: readonly Line[]): Promise<ShopOrder | null> {
    return this.#change(id, (order) => ({ ...order, lines }));
  }

  async pack(id: string, key: string, at: number): Promise<void> {
    const order = this.#change(id, (stored) => ({ ...stored, packed: stored.packed ?? { key, at } }));
    if (order?.packed?.key !== key) throw new Error(`order ${id} cannot be packed under this key`);
  }

  #change(id: string, change: (order: ShopOrder) => ShopOrder): ShopOrder | null {
    const order = this.#orders.get(id);
    if (order === undefined) return null;
    const changed = change(order);
    this.#orders.set(id, changed);
    return changed;
  }

  #newestFirst(): ShopOrder[] {
    return [...this.#orders.values()].reverse();
  }
}
