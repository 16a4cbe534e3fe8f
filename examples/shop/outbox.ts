import type { Confirmation } from 'paysession';
import type { Sql } from './database.ts';

/** A message to a customer. `mailed`: a mail server took it. `at` is milliseconds since 1970. */
export type Message = Readonly<{
  key: string;
  orderId: string;
  to: string;
  subject: string;
  mailed: boolean;
  at: number;
}>;

/** The messages of the shop, for its operator to see: one for each key. Where there is no mail server, they end here. */
export class Outbox {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async add({ key, order, to }: Confirmation, mailed: boolean): Promise<void> {
    await this.#sql.query(
      `insert into shop.message (key, order_id, recipient, subject, mailed, at)
       values ($1, $2, $3, $4, $5, now()) on conflict (key) do nothing`,
      [key, order.id, to, `Your order ${order.id} is paid`, mailed],
    );
  }

  async newest(limit: number): Promise<readonly Message[]> {
    const { rows } = await this.#sql.query<Omit<Message, 'at'> & { at: Date }>(
      `select key, order_id as "orderId", recipient as "to", subject, mailed, at
       from shop.message order by at desc limit $1`,
      [limit],
    );
    return rows.map((row) => ({ ...row, at: row.at.getTime() }));
  }
}
