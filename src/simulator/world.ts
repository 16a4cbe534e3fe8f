import { SimulatorClock } from './clock.ts';
import type { CardInput } from './card.ts';
import { FaultQueue, type Fault, type Operation } from './faults.ts';
import { Ids } from './ids.ts';
import type { Payment, PaymentTransaction } from './payment.ts';
import { PaymentBook } from './payment-book.ts';
import { webhookView } from './payment-view.ts';
import { takeCard, type CardUpdate, type Session } from './session.ts';
import type { Settings } from './settings.ts';
import type { Transaction } from './transaction.ts';
import { Webhooks } from './webhooks.ts';

/** Money that moved; `orderId` holds the payment's id in the payment dialect. `amount` is decimal text in major units, `at` ISO 8601. */
export type Charge = {
  readonly merchantId: string;
  readonly orderId: string;
  readonly transactionId: string;
  readonly operation: 'PAY' | 'CAPTURE' | 'REFUND' | 'VOID';
  readonly amount: string;
  readonly currency: string;
  readonly result: 'SUCCESS';
  readonly at: string;
};

/** A request to the API as it is kept: path without query, body redacted (null when there was none), `at` ISO 8601. */
export type LoggedRequest = {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly at: string;
};

/** The oldest requests beyond this many are forgotten. */
const REQUESTS_KEPT = 10_000;

/** Everything one simulator knows. Nothing of it is shared with another simulator in the same process. */
export class World {
  readonly clock = new SimulatorClock();
  readonly faults = new FaultQueue();
  readonly ids: Ids;
  /** Key by merchant id. */
  readonly keys: ReadonlyMap<string, string>;
  settings: Settings;
  /** Where the simulator listens, such as `http://127.0.0.1:4010`. */
  origin = '';

  sessions = new Map<string, Session>();
  /** The last word on an order, by merchant and order id; captured stays captured. */
  orders = new Map<string, Transaction['status']>();
  /** The payments of the payment dialect. */
  readonly payments = new PaymentBook(this);
  readonly webhooks = new Webhooks(this);
  charges: Charge[] = [];
  requests: LoggedRequest[] = [];
  /** Transactions that will be booked when the clock reads their `atMs`. */
  awaited = new Set<Transaction>();
  /** Card numbers and codes, from the hosted fields to the pay; never written anywhere else. */
  #cards = new Map<string, CardInput>();
  /** Called after every change of what a restart must find again. */
  onChange: () => void = () => undefined;

  constructor(keys: ReadonlyMap<string, string>, settings: Settings, seed?: string) {
    this.keys = keys;
    this.settings = settings;
    this.ids = new Ids(seed);
  }

  /** What the hosted fields do when they are submitted: the card goes into the session, or the answer says why it does not. */
  setCard(sessionId: string, card: CardInput): CardUpdate {
    const fault = this.faults.takeFormFault();
    if (fault) return { status: fault.formStatus, reason: 'fault', message: 'Simulated fault' };
    const session = this.sessions.get(sessionId);
    if (!session) {
      return { status: 'system_error', reason: 'notFound', message: 'Session not found or expired' };
    }
    const update = takeCard(session, card, this.clock.now(), this.settings, this.ids.sessionVersion());
    if (update.status === 'ok') this.#cards.set(sessionId, card);
    if ('session' in update) this.keep(update.session);
    return update;
  }

  /** The fault that the call of this operation at hand must suffer, used up by asking. */
  takeFault(operation: Operation): Fault | undefined {
    return this.faults.takeCallFault(operation);
  }

  /** The card that the hosted fields put into a session, while it is unpaid. */
  cardOf(sessionId: string): CardInput | undefined {
    return this.#cards.get(sessionId);
  }

  /** Forgets the number and the security code (MPGS purges the code with the first operation that uses the session). */
  purgeCard(sessionId: string): void {
    this.#cards.delete(sessionId);
  }

  /** Keeps a new or changed session. */
  keep<S extends Session>(session: S): S {
    this.sessions.set(session.id, session);
    this.onChange();
    return session;
  }

  orderStatus(merchantId: string, orderId: string): Transaction['status'] | undefined {
    return this.orders.get(`${merchantId}/${orderId}`);
  }

  /** Makes a transaction the truth about its session and order, and adds the money it moved to the ledger. */
  book(transaction: Transaction): void {
    const { merchantId, orderId, amount, currency, status, atMs } = transaction;
    const session = this.sessions.get(transaction.sessionId);
    if (session?.dialect === 'order') {
      const order = { ...session.order, amount };
      this.sessions.set(session.id, { ...session, order, transaction, updatedAtMs: atMs });
    }
    if (this.orderStatus(merchantId, orderId) !== 'CAPTURED')
      this.orders.set(`${merchantId}/${orderId}`, status);
    if (status === 'CAPTURED') {
      this.#charge(
        { merchantId, orderId, transactionId: transaction.id, operation: 'PAY', amount, currency },
        atMs,
      );
    }
    this.onChange();
  }

  /** Books a transaction when the clock reads its `atMs`, unless the state is forgotten before. */
  bookLater(transaction: Transaction): void {
    this.awaited.add(transaction);
    this.clock.at(transaction.atMs, () => {
      if (this.awaited.delete(transaction)) this.book(transaction);
    });
    this.onChange();
  }

  /** What follows when a transaction of the payment dialect succeeds: the money it moved in the ledger, and a webhook. */
  succeeded(payment: Payment, transaction: PaymentTransaction): void {
    const { merchantId, paymentId, id, operation, type, amount, currency, atMs } = transaction;
    if (operation !== 'AUTHORIZE' && operation !== 'VERIFY' && type !== 'VOID_AUTHORIZATION') {
      this.#charge({ merchantId, orderId: paymentId, transactionId: id, operation, amount, currency }, atMs);
    }
    const statusCode = operation === 'AUTHORIZE' ? 201 : 200;
    const data = webhookView(this, payment, transaction);
    const eventType = `payments.payment.transaction.${operation.toLowerCase()}`;
    const payload = { success: true, statusCode, data };
    this.webhooks.announce({ merchantId, paymentId, eventType, about: id, payload });
  }

  #charge(charge: Omit<Charge, 'result' | 'at'>, atMs: number): void {
    this.charges.push({ ...charge, result: 'SUCCESS', at: new Date(atMs).toISOString() });
    this.onChange();
  }

  /** Forgets a merchant's payments and sessions, and tells by webhook. The ledger stays: the money has moved. */
  purge(merchantId: string): void {
    this.payments.purge(merchantId);
    for (const [id, session] of this.sessions) {
      if (session.merchantId !== merchantId) continue;
      this.sessions.delete(id);
      this.#cards.delete(id);
    }
    const payload = { data: { merchantId } };
    this.webhooks.announce({ merchantId, eventType: 'payments.merchant.purge', about: merchantId, payload });
    this.onChange();
  }

  log(request: Omit<LoggedRequest, 'at'>): void {
    this.requests.push({ ...request, at: new Date(this.clock.now()).toISOString() });
    if (this.requests.length > REQUESTS_KEPT) this.requests.shift();
  }

  /** Forgets sessions, orders, payments, ledger, webhooks, requests and what was still to happen; keys, settings and faults stay. */
  reset(): void {
    this.#cards.clear();
    this.sessions = new Map();
    this.orders = new Map();
    this.charges = [];
    this.requests = [];
    this.awaited = new Set();
    this.payments.reset();
    this.webhooks.reset();
    this.onChange();
  }
}
