import { guardAgainstFraming } from 'paysession/browser';
import { currency, decimal, type Line, maxQuantity, totalOf } from '../products.ts';
import type { ShopOrder } from '../shop-orders.ts';
import { cancelForm } from './cancel-form.ts';
import { type Html, html, trusted } from './html.ts';
import { layout, type Locals } from './layout.ts';
import { priceText } from './words.ts';

/**
 * The page where the card is typed. It is hidden from its first byte until the guard finds it on top, and stays readable when
 * a script does not arrive. The five inputs are placeholders: the gateway's frames take their places.
 */
export const checkoutPage = (
  locals: Locals,
  order: ShopOrder,
  submit: 'pay' | 'authorize',
  note: Html | false,
): string =>
  layout(locals, {
    title: 'Checkout',
    script: 'checkout.js',
    head: guard(locals),
    note,
    main: html`<h1>Checkout</h1>
      <div class="with-aside">
        ${cardForm(order, submit === 'pay' ? 'Pay' : 'Reserve')} ${summary(order)}
      </div>`,
  });

const guard = ({ nonce }: Locals): Html =>
  html`<style id="antiClickjack" nonce="${nonce}">
      body {
        display: none !important;
      }
    </style>
    <noscript>
      <style nonce="${nonce}">
        body {
          display: flex !important;
        }
        #card-form,
        #lines input {
          display: none;
        }
      </style>
    </noscript>
    <script nonce="${nonce}">
      (${trusted(guardAgainstFraming.toString())})();
      (${trusted(sayWhenScriptIsMissing.toString())})();
    </script>`;

/** Runs in the page, before any script of ours was fetched: one that never arrives leaves a message and a way on. */
function sayWhenScriptIsMissing(): void {
  const listener = ({ target }: Event) => {
    if (!(target instanceof HTMLScriptElement) || target.id !== 'page-script') return;
    addEventListener('DOMContentLoaded', () => document.body.classList.add('script-missing'));
    document.body?.classList.add('script-missing');
  };
  addEventListener('error', listener, true);
}

/** `verb`: what happens to the amount now. */
const cardForm = (order: ShopOrder, verb: 'Pay' | 'Reserve'): Html =>
  html`<section class="card" aria-labelledby="card-title">
    <h2 id="card-title">Pay by card</h2>
    <noscript
      ><p class="alert">
        Paying needs JavaScript, which is switched off here: the card fields are the payment provider’s own.
        Nothing was charged.
      </p></noscript
    >
    <div class="if-script-missing" role="alert">
      <p class="alert">This page could not be loaded completely. Nothing was charged.</p>
      <p><a class="button" href="/checkout/${order.id}">Try again</a></p>
    </div>
    <form
      id="card-form"
      data-order-id="${order.id}"
      data-currency="${currency}"
      data-amount="${decimal(totalOf(order.lines))}"
      data-verb="${verb}"
      aria-busy="true"
      novalidate
    >
      <div id="checkout-messages" tabindex="-1">
        <p class="status" id="checkout-status" role="status">Loading the card form…</p>
        <p class="alert" id="checkout-alert" role="alert" tabindex="-1"></p>
      </div>
      <button type="button" class="button quiet" id="retry" hidden>Try again</button>
      <div id="card-fields">
        ${cardField('number', 'card-number', 'Card number', '')}
        <div class="fields">
          ${cardField('expiryMonth', 'expiry-month', 'Expiry month', 'MM')}
          ${cardField('expiryYear', 'expiry-year', 'Expiry year', 'YY')}
          ${cardField('securityCode', 'security-code', 'Security code', 'CVC')}
        </div>
        ${cardField('nameOnCard', 'cardholder-name', 'Name on card', '')}
      </div>
      ${verb === 'Reserve' && html`<p>The amount is reserved on your card now, and charged when we begin to pack.</p>`}
      <button class="button pay" id="pay" disabled>
        <span class="spinner" aria-hidden="true"></span>
        <span id="pay-label">${verb} ${priceText(decimal(totalOf(order.lines)), currency)}</span>
      </button>
    </form>
  </section>`;

const cardField = (name: string, id: string, label: string, placeholder: string): Html =>
  html`<div class="field" data-field="${name}">
    <label for="${id}">${label}</label>
    <input id="${id}" title="${label}" placeholder="${placeholder}" aria-describedby="${id}-error" readonly />
    <p class="field-error" id="${id}-error" hidden></p>
  </div>`;

const summary = ({ id, lines }: ShopOrder): Html =>
  html`<section class="card" aria-labelledby="summary-title">
    <h2 id="summary-title">Your order</h2>
    <ul id="lines">
      ${lines.map(summaryLine)}
    </ul>
    <p class="total">
      <span>Total</span>
      <strong id="amount" aria-live="polite">${priceText(decimal(totalOf(lines)), currency)}</strong>
    </p>
    <p class="alert" id="summary-alert" role="alert"></p>
    <p class="fine">Order <span class="id">${id}</span></p>
    ${cancelForm(`/orders/${id}/cancel`)}
  </section>`;

const summaryLine = ({ sku, name, minor, quantity }: Line): Html =>
  html`<li class="line" data-sku="${sku}">
    <label for="quantity-${sku}">${name}</label>
    <input
      id="quantity-${sku}"
      aria-label="Quantity of ${name}"
      type="number"
      inputmode="numeric"
      min="1"
      max="${maxQuantity}"
      value="${quantity}"
      required
    />
    <noscript>${quantity} ×</noscript>
    <span class="line-amount">${priceText(decimal(minor * quantity), currency)}</span>
  </li>`;
