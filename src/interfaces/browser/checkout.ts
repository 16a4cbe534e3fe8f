import type { FieldErrors } from './field-errors.ts';
import type { PaymentStatus, PaymentView } from './payment-routes.ts';

/** Where the checkout is. A page renders this after each change, and needs nothing else. */
export interface CheckoutState {
  /**
   * `loading`: the fields are being prepared · `ready`: a card can be typed and submitted · `paying`: a submit is under
   * way · `processing`: it is not known yet whether money moved · `done`: the payment is over, `payment` says how ·
   * `failed`: there is no card form, `retry()` tries again · `blocked`: inside another page · `destroyed`.
   */
  readonly status:
    'loading' | 'ready' | 'paying' | 'processing' | 'done' | 'failed' | 'blocked' | 'destroyed';
  /** For the payer: what happened, and what to do now. */
  readonly message?: string | undefined;
  /** The price that a submit pays: decimal text in major units, and its currency. The page must show it. */
  readonly amount?: string;
  readonly currency?: string;
  /** What to correct, after a submit with invalid fields. */
  readonly fieldErrors: FieldErrors;
  /** The server's last word on the payment. */
  readonly payment?: PaymentView | undefined;
}

/** What a submit came to. `message` is for the payer. */
export type Outcome = { readonly message: string } & (
  | {
      readonly status: Exclude<PaymentStatus, 'awaiting_payment' | 'processing'>;
      readonly payment: PaymentView;
    }
  /** The money may have moved: offer no other way to pay. Submitting again looks again, and pays nothing. */
  | { readonly status: 'processing' }
  | { readonly status: 'fields-invalid'; readonly errors: FieldErrors }
  /** Nothing was charged. `state` has the new price; the payer must submit again. */
  | { readonly status: 'price-changed' }
  /** Nothing was charged. Empty fields of a new session wait for the card. */
  | { readonly status: 'session-expired' }
  /** No charge is known. Submitting again is safe: the order is charged once at most. */
  | { readonly status: 'failed' }
);

/** One order's checkout on one page. */
export interface Checkout {
  readonly state: CheckoutState;
  /**
   * Pays with the card in the fields. Never rejects. While one submit is under way, another answers with the same promise; when the
   * payment is over, with its outcome; when the fields are not ready, `failed`. None of these sends anything.
   */
  submit(): Promise<Outcome>;
  /**
   * The cart changed: takes the order's new price from the server, without a message about it. The typed card stays while the
   * session does.
   */
  refresh(): Promise<CheckoutState>;
  /** Asks the server where the payment is and goes on from there: a new card form, or the outcome. Never pays. */
  retry(): Promise<CheckoutState>;
  /** Takes the fields off the page and ignores whatever still arrives. A payment already sent is not called back. */
  destroy(): void;
}
