import type { Checkout, CheckoutState, Outcome } from './checkout.ts';
import type { CheckoutTexts } from './checkout-texts.ts';
import type { FieldErrors } from './field-errors.ts';
import { attempt } from './attempt.ts';
import {
  attachHostedFields,
  type FieldsUpdate,
  type HostedFields,
  type HostedFieldsOptions,
} from './hosted-fields.ts';
import type { PaymentRoutes, PaymentStatus, PaymentView, SessionView } from './payment-routes.ts';
import { refuseKeys } from './refuse-keys.ts';

export interface CheckoutClientOptions {
  readonly routes: PaymentRoutes;
  readonly hostedFields: HostedFieldsOptions;
  readonly texts: CheckoutTexts;
  readonly updateMs: number;
  readonly pollMs: number;
  readonly processingMs: number;
  readonly onChange: (state: CheckoutState) => void;
}

type Change = Pick<CheckoutState, 'status' | 'message' | 'payment'> & { readonly fieldErrors?: FieldErrors };

const slowestPollMs = 5_000;
/** After a lost answer the pay may still be on its way to the server, so one "nothing was paid" is not believed. */
const agreeingReads = 3;
/** A phone may commit the last field's value only some time after its field lost the focus. */
const commitMs = 200;

/** How the payer is told that a payment ended; any other end means that there is nothing to pay here any more. */
const endings: Partial<Record<PaymentStatus, keyof CheckoutTexts>> = {
  authorized: 'paid',
  captured: 'paid',
  partially_captured: 'paid',
  declined: 'declinedFinally',
  needs_attention: 'needsAttention',
};

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Pays only after the hosted fields' own ok for this very submit, and believes nothing but the server about money:
 * what it did not hear, it reads.
 */
export class CheckoutClient implements Checkout {
  readonly #options: CheckoutClientOptions;
  readonly #leaving = new AbortController();
  #state: CheckoutState = { status: 'loading', fieldErrors: {} };
  #session: SessionView | undefined;
  #fields: HostedFields | undefined;
  #submitting: Promise<Outcome> | undefined;
  /** The session took no fields: an update, other than an opening, has the server ask the gateway about it. */
  #useless = false;
  /** What talks to the server and the fields runs one after the other. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: CheckoutClientOptions) {
    this.#options = options;
    const returned = ({ persisted }: PageTransitionEvent) => {
      // The page comes back from the back/forward cache with a past that the server may have left.
      if (persisted && !this.#submitting) void this.retry();
    };
    addEventListener('pageshow', returned, { signal: this.#leaving.signal });
  }

  get state(): CheckoutState {
    return this.#state;
  }

  submit(): Promise<Outcome> {
    if (this.#submitting) return this.#submitting;
    const { status, payment } = this.#state;
    if (status === 'processing') return this.#submitAs(() => this.#look());
    if (status === 'done' && payment) return this.#conclude(payment);
    const [session, fields] = [this.#session, this.#fields];
    if (status !== 'ready' || !session || !fields)
      return Promise.resolve({
        status: 'failed',
        message: this.#state.message ?? this.#options.texts.notReady,
      });
    this.#change({ status: 'paying' });
    return this.#submitAs(() => this.#pay(session, fields));
  }

  refresh(): Promise<CheckoutState> {
    return this.#reopen('updateSession');
  }

  retry(): Promise<CheckoutState> {
    return this.#reopen(this.#useless ? 'updateSession' : 'openSession');
  }

  destroy(): void {
    this.#change({ status: 'destroyed' });
    this.#leaving.abort();
    this.#detach();
  }

  /** Inside another page: nothing is loaded, so nothing can be paid. */
  block(): void {
    this.#change({ status: 'blocked', message: this.#options.texts.framed });
    this.#leaving.abort();
  }

  #submitAs(work: () => Promise<Outcome>): Promise<Outcome> {
    this.#submitting = this.#next(work).finally(() => {
      this.#submitting = undefined;
    });
    return this.#submitting;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  #reopen(how: 'openSession' | 'updateSession'): Promise<CheckoutState> {
    // At once, so that a submit in the same tick does not pay a price that the page has not shown yet.
    if (this.#state.status === 'ready') this.#change({ status: 'loading' });
    return this.#next(async () => {
      await this.#open(how);
      return this.#state;
    });
  }

  /** Ends with fields that take a card, as `failed`, or with the outcome of a payment that has nothing left to pay. */
  async #open(how: 'openSession' | 'updateSession', message?: string): Promise<Outcome | undefined> {
    const { routes } = this.#options;
    if (this.#over) return undefined;
    this.#change({ status: 'loading', message });
    const answer = await routes[how]();
    if (this.#over) return undefined;
    if (answer.value) {
      const isExpected = how === 'updateSession' && !message && !this.#useless;
      return this.#adopt(answer.value, message, isExpected);
    }
    const found = answer.problem && (await routes.find()).value;
    if (found && !isPayable(found)) return this.#settle(found);
    return this.#fail(message);
  }

  /** There is no card form. What was said of the last submit stays true: above all, that nothing was charged. */
  #fail(before?: string): undefined {
    const { cardAgain, notCharged, unavailable } = this.#options.texts;
    // Nor is there a renewed form to enter a card into.
    const kept = before === cardAgain ? notCharged : before;
    this.#change({ status: 'failed', message: kept ? `${kept} ${unavailable}` : unavailable });
  }

  async #adopt(session: SessionView, message: string | undefined, isExpected: boolean): Promise<undefined> {
    const { hostedFields, texts } = this.#options;
    if (this.#fields?.sessionId !== session.sessionId) {
      this.#detach();
      try {
        refuseKeys(session);
        this.#fields = await attachHostedFields(session, hostedFields, this.#leaving.signal);
        this.#useless = false;
      } catch (error) {
        if (this.#over) return;
        this.#useless = true;
        reportError(error);
        return this.#fail(message);
      }
    }
    const shown = this.#session ?? session;
    const repriced = shown.amount !== session.amount || shown.currency !== session.currency;
    this.#session = session;
    // Nobody pays a price that the page did not show; a page that asked for it tells its payer in its own way.
    const notice = repriced && !isExpected && message !== texts.priceChanged ? texts.priceChanged : '';
    this.#change({ status: 'ready', message: [message, notice].filter(Boolean).join(' ') || undefined });
  }

  async #pay(session: SessionView, fields: HostedFields): Promise<Outcome> {
    const { routes, texts, updateMs } = this.#options;
    await leaveHostedField();
    if (this.#over) return { status: 'failed', message: texts.notReady };
    const update = await fields.update(updateMs);
    if (update.status !== 'ok') return this.#notUpdated(update, fields);
    const answer = await routes.pay(session.sessionId, session.revision);
    if (answer.value) return this.#conclude(answer.value);
    // Never sent again from here: the answer is lost, the payment is not.
    if (!answer.problem) return this.#look(agreeingReads);
    const { code, httpStatus } = answer.problem;
    // The gateway took the call, and did nothing: the shop has to act. A bare 502 may be some proxy's.
    if (code === 'gateway-refused') return this.#again('failed', 'refused');
    if (code === 'in-progress' || httpStatus >= 500) return this.#look();
    if (code === 'price-changed') return this.#again(code, 'priceChanged', 'updateSession');
    if (!/^session-(expired|mismatch)$/.test(code)) return this.#again('failed', 'notCharged');
    this.#detach();
    return this.#again('session-expired', 'cardAgain');
  }

  async #notUpdated(update: FieldsUpdate, fields: HostedFields): Promise<Outcome> {
    const { texts } = this.#options;
    if (update.status === 'fields_in_error') {
      const { errors } = update;
      this.#change({ status: 'ready', message: texts.fieldsInvalid, fieldErrors: errors });
      const [first] = Object.keys(errors);
      if (first) fields.focus(first);
      return { status: 'fields-invalid', errors, message: texts.fieldsInvalid };
    }
    if (update.status === 'silent') {
      // The update may still come to an end. In fresh fields its late ok cannot be taken for the next submit's.
      this.#detach();
      return this.#again('failed', 'cardAgain');
    }
    // Perhaps the session is gone: then there are new fields, and they are empty.
    const outcome = await this.#again('failed', 'notSent', 'updateSession');
    if (this.#state.status !== 'ready' || this.#fields === fields) return outcome;
    this.#change({ status: 'ready', message: texts.cardAgain });
    return { status: 'session-expired', message: texts.cardAgain };
  }

  /** Nothing was charged, the payer may go on: with the same fields while the server keeps their session. */
  async #again(
    status: 'failed' | 'price-changed' | 'session-expired' | 'declined',
    text: keyof CheckoutTexts,
    how: 'openSession' | 'updateSession' = 'openSession',
    payment?: PaymentView,
  ): Promise<Outcome> {
    const message = this.#options.texts[text];
    return (await this.#open(how, message)) ?? ({ status, message, payment } as Outcome);
  }

  /** What the server knows is the outcome. */
  async #look(reads?: number): Promise<Outcome> {
    return this.#conclude(await this.#truth(reads));
  }

  /** Reads until the payment is not processing any more. Nothing when that takes too long. */
  async #truth(reads = 1): Promise<PaymentView | undefined> {
    const { routes, pollMs, processingMs } = this.#options;
    const end = performance.now() + processingMs;
    let unpaid = 0;
    for (
      let wait = pollMs;
      !this.#over && performance.now() < end;
      wait = Math.min(wait * 1.5, slowestPollMs)
    ) {
      await sleep(wait);
      const { value } = await routes.find();
      if (!value || value.status === 'processing') continue;
      if (value.status !== 'awaiting_payment' || ++unpaid >= reads) return value;
    }
    return undefined;
  }

  async #conclude(payment: PaymentView | undefined): Promise<Outcome> {
    if (payment?.status === 'processing') {
      this.#settle(payment);
      return this.#look();
    }
    if (payment?.status === 'awaiting_payment') return this.#again('failed', 'notCharged');
    if (payment?.status === 'declined' && payment.retry)
      return this.#again('declined', 'declined', 'openSession', payment);
    return this.#settle(payment);
  }

  /** Nothing is left to pay here: the payment is over, or nobody knows yet. */
  #settle(payment: PaymentView | undefined): Outcome {
    const { texts } = this.#options;
    if (!payment || payment.status === 'processing' || payment.status === 'awaiting_payment') {
      this.#change({ status: 'processing', message: texts.processing, payment });
      // A page that opens on such a payment looks on by itself.
      if (!this.#submitting) void this.#submitAs(() => this.#look());
      return { status: 'processing', message: texts.processing };
    }
    const message = texts[endings[payment.status] ?? 'closed'];
    this.#change({ status: 'done', message, payment });
    return { status: payment.status, payment, message };
  }

  #detach(): void {
    this.#fields?.detach();
    this.#fields = undefined;
  }

  get #over(): boolean {
    return this.#leaving.signal.aborted;
  }

  #change(change: Change): void {
    if (this.#over) return;
    const { amount, currency } = this.#session ?? {};
    this.#state = { fieldErrors: {}, amount, currency, ...change };
    // The page's own mistake must not stop a payment half-way.
    attempt(() => this.#options.onChange(this.#state));
  }
}

const isPayable = ({ status, retry }: PaymentView) =>
  status === 'awaiting_payment' || (status === 'declined' && retry === true);

/** Focus in a hosted field shows as focus on its frame. A click on the button has moved it away already, except on a phone. */
async function leaveHostedField(): Promise<void> {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLIFrameElement)) return;
  focused.blur();
  await sleep(commitMs);
}
