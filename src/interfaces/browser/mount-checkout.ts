import type { Checkout, CheckoutState } from './checkout.ts';
import { CheckoutClient } from './checkout-client.ts';
import { englishTexts, type CheckoutTexts } from './checkout-texts.ts';
import { guardAgainstFraming } from './frame-guard.ts';
import {
  placeholdersOf,
  type CardFields,
  type FieldStyles,
  type FrameEmbeddingMitigation,
} from './hosted-fields.ts';
import { paymentRoutes } from './payment-routes.ts';
import { refuseKeys } from './refuse-keys.ts';

export type { Checkout, CheckoutState, Outcome } from './checkout.ts';
export type { CheckoutTexts } from './checkout-texts.ts';
export type { FieldErrors } from './field-errors.ts';
export { guardAgainstFraming } from './frame-guard.ts';
export type { CardFields, FieldStyles, FrameEmbeddingMitigation } from './hosted-fields.ts';
export type { PaymentStatus, PaymentView } from './payment-routes.ts';

export interface MountOptions {
  /** Where the host mounted the module's routes, for example `/payments`. */
  readonly basePath: string;
  readonly orderId: string;
  /** Selectors of the page's inputs (or selects), which the gateway's frames replace. */
  readonly fields: CardFields;
  readonly styles?: FieldStyles;
  /**
   * How this page keeps foreign pages from framing it. `javascript` (the default) is the guard in this module; choose `csp` or
   * `x-frame-options` when the host sends that header, or when a page of its own may frame the checkout.
   */
  readonly frameEmbeddingMitigation?: readonly FrameEmbeddingMitigation[];
  /** Id of the style element that hides the page until the guard has passed: `antiClickjack` by default. */
  readonly antiClickjackStyleId?: string;
  readonly texts?: Partial<CheckoutTexts>;
  readonly timeouts?: Partial<typeof defaultTimeouts>;
  /** Called with each new state, before `mountCheckout` resolves too. Show it: it is all that the payer learns. */
  readonly onChange?: (state: CheckoutState) => void;
  /** For a host whose routes need a header of its own. */
  readonly fetch?: typeof fetch;
}

/** Milliseconds. */
const defaultTimeouts = {
  /** For the gateway's script to load, and again for its fields to appear. */
  loadMs: 20_000,
  /** For the fields to send the card to the gateway. */
  updateMs: 30_000,
  /** For one answer of the host's server; longer than a pay may take there. */
  requestMs: 75_000,
  /** Between the first two looks at a payment that is processing; then less and less often. */
  pollMs: 1_000,
  /** After which the payer is told that it takes longer. */
  processingMs: 60_000,
};

/** The gateway's script is one global per page, and so is its checkout: mounting again replaces the one before. */
let mounted: Checkout | undefined;

/**
 * Puts the gateway's card fields on the page for one order, in whichever dialect the server opened its session. Resolves when they take
 * a card, and also when they do not: then `state.status` and `state.message` say why. Rejects only on a mistake of the page: a selector
 * that matches nothing, or a secret key among the options.
 *
 * A strict Content Security Policy of the page must name the origin of the session's `scriptUrl` in `script-src` and in `frame-src`, and
 * the host's own routes in `connect-src`. Nothing else is asked for: styles go through the CSSOM, and the frames talk to the gateway
 * under a policy of their own.
 */
export async function mountCheckout(options: MountOptions): Promise<Checkout> {
  refuseKeys(options);
  const { frameEmbeddingMitigation = ['javascript'], antiClickjackStyleId = 'antiClickjack' } = options;
  const { loadMs, requestMs, ...waits } = { ...defaultTimeouts, ...options.timeouts };
  const usesGuard = frameEmbeddingMitigation.includes('javascript');
  if (!usesGuard) document.getElementById(antiClickjackStyleId)?.remove();
  const mayBeShown = !usesGuard || guardAgainstFraming(antiClickjackStyleId);
  if (document.readyState === 'loading')
    await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));

  mounted?.destroy();
  placeholdersOf(options.fields);
  const checkout = new CheckoutClient({
    ...waits,
    routes: paymentRoutes(options.basePath, options.orderId, requestMs, options.fetch ?? fetch),
    hostedFields: { fields: options.fields, styles: options.styles ?? {}, frameEmbeddingMitigation, loadMs },
    texts: { ...englishTexts, ...options.texts },
    onChange: options.onChange ?? (() => undefined),
  });
  mounted = checkout;
  if (mayBeShown) await checkout.retry();
  else checkout.block();
  return checkout;
}
