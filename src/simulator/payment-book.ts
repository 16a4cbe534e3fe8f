import type { Payment, PaymentFields, PaymentTransaction } from './payment.ts';
import type { World } from './world.ts';

/** The payments of every merchant and what happens to them; each merchant's ids are its own. */
export class PaymentBook {
  readonly #world: World;
  #payments = new Map<string, Payment>();
  /** Transactions that will be booked when the clock reads their `atMs`. */
  #awaited = new Set<PaymentTransaction>();

  constructor(world: World) {
    this.#world = world;
  }

  find(merchantId: string, id: string): Payment | undefined {
    return this.#payments.get(`${merchantId}/${id}`);
  }

  /** All payments, or all of a merchant, oldest first. */
  all(merchantId?: string): readonly Payment[] {
    const payments = [...this.#payments.values()];
    return payments.filter((payment) => merchantId === undefined || payment.merchantId === merchantId);
  }

  /** Makes a payment, or gives the one of this id these fields. */
  define(merchantId: string, fields: PaymentFields, card?: Payment['card']): Payment {
    const now = this.#world.clock.now();
    const before = this.find(merchantId, fields.id);
    const made = { merchantId, createdAtMs: now, transactions: [], card: undefined, ...before };
    return this.#keep({ ...made, fields, card: card ?? made.card, updatedAtMs: now });
  }

  delete(payment: Payment): void {
    this.#payments.delete(`${payment.merchantId}/${payment.fields.id}`);
    this.#world.onChange();
  }

  /** Forgets the payments of a merchant and what was still to happen to them. */
  purge(merchantId: string): void {
    for (const payment of this.all(merchantId)) this.delete(payment);
    for (const one of this.#awaited) if (one.merchantId === merchantId) this.#awaited.delete(one);
  }

  reset(): void {
    this.#payments.clear();
    this.#awaited.clear();
  }

  /** Puts a transaction, or its new result, into its payment; nothing when the payment was forgotten meanwhile. */
  book(transaction: PaymentTransaction): void {
    const payment = this.find(transaction.merchantId, transaction.paymentId);
    if (!payment) return;
    const isMoney = transaction.type === 'CAPTURE' || transaction.type === 'REFUND';
    const settles = isMoney && transaction.result === 'SUCCESS';
    const booked = settles
      ? { ...transaction, settlesAtMs: transaction.atMs + this.#world.settings.settlementDelayMs }
      : transaction;
    const others = payment.transactions.filter(({ id }) => id !== booked.id);
    const changed = { ...payment, transactions: [...others, booked], updatedAtMs: booked.atMs };
    this.#keep(changed);
    if (booked.result === 'SUCCESS') this.#world.succeeded(changed, booked);
  }

  /** Books a transaction when the clock reads its `atMs`, unless it is forgotten before. */
  bookLater(transaction: PaymentTransaction): void {
    this.#awaited.add(transaction);
    this.#world.clock.at(transaction.atMs, () => {
      if (this.#awaited.delete(transaction)) this.book(transaction);
    });
    this.#world.onChange();
  }

  /** Everything that moved or may still move money of a payment, with what is to be booked: amounts once used are not used twice. */
  movesOf(payment: Payment): readonly PaymentTransaction[] {
    const known = new Set(payment.transactions.map(({ id }) => id));
    const coming = [...this.#awaited].filter(
      ({ merchantId, paymentId, id }) =>
        merchantId === payment.merchantId && paymentId === payment.fields.id && !known.has(id),
    );
    return [...payment.transactions, ...coming].filter(
      ({ result }) => result === 'SUCCESS' || result === 'PENDING',
    );
  }

  /** What a restart must find again. */
  snapshot(): {
    readonly payments: readonly Payment[];
    readonly awaitedPayments: readonly PaymentTransaction[];
  } {
    return { payments: this.all(), awaitedPayments: [...this.#awaited] };
  }

  restore(payments: readonly Payment[], awaited: readonly PaymentTransaction[]): void {
    this.#payments = new Map(payments.map((one) => [`${one.merchantId}/${one.fields.id}`, one]));
    for (const transaction of awaited) this.bookLater(transaction);
  }

  #keep(payment: Payment): Payment {
    this.#payments.set(`${payment.merchantId}/${payment.fields.id}`, payment);
    this.#world.onChange();
    return payment;
  }
}
