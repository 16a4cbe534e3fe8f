import { isZero, type PublicStatus } from 'paysession';
import { currency, decimal, type Line, totalOf } from '../products.ts';
import { type OrderWithPayment, statusOf } from '../order-with-payment.ts';
import { type Html, html } from './html.ts';
import { layout, type Locals } from './layout.ts';
import { paymentDetails } from './payment-details.ts';
import { goodsText, moment, moneyText, priceText, statusWords } from './words.ts';

/** One order for its customer: the receipt once it is paid, and before that what happens now. */
export const orderPage = (
  locals: Locals,
  found: OrderWithPayment,
  mayBePaid: boolean,
  note: Html | false,
): string => {
  const { order, payment } = found;
  const status = statusOf(found);
  const title = status === 'captured' ? 'Receipt' : 'Your order';
  return layout(locals, {
    title,
    // It watches a payment that still moves, and leaves any other alone.
    script: 'order.js',
    note,
    main: html`<h1>${title}</h1>
      <section class="card" aria-labelledby="order-title">
        ${statusNotice(found, status, mayBePaid)}
        <h2 id="order-title">Order <span class="id">${order.id}</span></h2>
        ${linesTable(order.lines)}
        <dl>
          <dt>Placed</dt>
          <dd>${moment(order.placedAt)}</dd>
          ${
            payment !== null &&
            // No card will be taken, so there is nothing to promise.
            (mayBePaid || status !== 'declined') &&
            html`<dt>Goods</dt>
              <dd id="fulfilment">${goodsText(found)}</dd>`
          }
          ${
            payment !== null &&
            !isZero(payment.payment.refunded) &&
            html`<dt>Refunded</dt>
              <dd id="refunded">${moneyText(payment.payment.refunded)}</dd>`
          }
          ${
            order.email !== null &&
            html`<dt>E-mail</dt>
              <dd>${order.email}</dd>`
          }
        </dl>
      </section>
      ${payment !== null && paymentDetails(payment, false)}`,
  });
};

/** What the customer should know and do now. The script of the page compares it with the server's word. */
const statusNotice = (
  { order, payment }: OrderWithPayment,
  status: PublicStatus,
  mayBePaid: boolean,
): Html => {
  const { label, tone } = statusWords[status];
  const fulfilment = payment?.payment.states.fulfilment ?? 'notDue';
  return html`<div
      class="notice ${tone}"
      id="order-status"
      role="status"
      data-order-id="${order.id}"
      data-status="${status}"
      data-moving="${String(status === 'processing' || fulfilment === 'due')}"
    >
      <p class="label">
        ${status === 'processing' && html`<span class="spinner" aria-hidden="true"></span> `}${label}
      </p>
      <p id="why">${advice[status]} ${status === 'declined' && (mayBePaid ? anotherCard : noOtherCard)}</p>
    </div>
    ${mayBePaid && html`<p><a class="button" id="pay-now" href="/checkout/${order.id}">Go to payment</a></p>`}
    ${status === 'declined' && !mayBePaid && html`<p><a class="button" href="/">Go to the shop</a></p>`}`;
};

const anotherCard = 'You can try another card.';
const noOtherCard = 'No further card can be tried for this order. You are welcome to order again.';

const advice: Readonly<Record<PublicStatus, string>> = {
  awaiting_payment: 'Nothing was charged. You can pay whenever you are ready.',
  processing:
    'You do not need to do anything, and please do not pay again. This page shows the result as soon as there is one.',
  authorized: 'The amount is reserved on your card and is charged when we begin to pack.',
  partially_captured: 'A part of the reserved amount was charged; the rest is charged when we begin to pack.',
  captured: 'Thank you. Your payment was received.',
  partially_refunded: 'A part of your payment was given back to your card.',
  refunded: 'Your payment was given back to your card.',
  voided: 'Your payment was undone: your card is not charged.',
  declined: 'Nothing was charged.',
  cancelled: 'Nothing was charged, and this order will not be sent.',
  needs_attention:
    'We are looking into this payment. You do not need to do anything, and please do not pay again.',
};

/** What was ordered, with its total. */
export const linesTable = (lines: readonly Line[]): Html =>
  html`<table class="lines">
    <thead>
      <tr>
        <th scope="col">Item</th>
        <th scope="col">Quantity</th>
        <th scope="col">Amount</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        ({ name, quantity, minor }) =>
          html`<tr>
            <td>${name}</td>
            <td>${quantity}</td>
            <td>${priceText(decimal(minor * quantity), currency)}</td>
          </tr>`,
      )}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row" colspan="2">Total</th>
        <td><strong id="order-total">${priceText(decimal(totalOf(lines)), currency)}</strong></td>
      </tr>
    </tfoot>
  </table>`;
