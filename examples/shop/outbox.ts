import type { Confirmation } from 'paysession';

/** A message to a customer. `at` is milliseconds since 1970. */
export type Message = Readonly<{ key: string; orderId: string; to: string; subject: string; at: number }>;

/** Stands where a host has its mail server: keeps the messages for the operator to see, one for each key. */
export class Outbox {
  readonly #messages = new Map<string, Message>();

  get messages(): readonly Message[] {
    return [...this.#messages.values()].reverse();
  }

  async send({ key, order, to }: Confirmation): Promise<void> {
    const subject = `Your order ${order.id} is paid and packed`;
    if (!this.#messages.has(key))
      this.#messages.set(key, { key, orderId: order.id, to, subject, at: Date.now() });
  }
}
