import { type OrderWithPayment, statusOf } from '../order-with-payment.ts';
import { currency, decimal, totalOf } from '../products.ts';
import { type Html, html } from './html.ts';
import { layout, type Locals } from './layout.ts';
import { fulfilmentWords, moment, priceText, statusWords } from './words.ts';

/** The orders of one customer. */
export const ordersPage = (locals: Locals, found: readonly OrderWithPayment[], note: Html | false): string =>
  layout(locals, {
    title: 'Your orders',
    note,
    main: html`<h1>Your orders</h1>
      ${
        found.length === 0
          ? html`<section class="card narrow">
              <p>No orders yet in this browser.</p>
              <p><a class="button" href="/">Go to the shop</a></p>
            </section>`
          : orderList(found, '/orders')
      }`,
  });

/** Orders as links to their pages below `path`. */
export const orderList = (found: readonly OrderWithPayment[], path: string): Html =>
  html`<ul class="orders">
    ${found.map((one) => orderEntry(one, path))}
  </ul>`;

const orderEntry = (found: OrderWithPayment, path: string): Html => {
  const { order, payment } = found;
  const { label, tone } = statusWords[statusOf(found)];
  return html`<li class="card" data-order-id="${order.id}" data-status="${statusOf(found)}">
    <a href="${path}/${order.id}">
      <span class="order-what"
        >${order.lines.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ')}</span
      >
      <span class="order-amount">${priceText(decimal(totalOf(order.lines)), currency)}</span>
      <span class="order-when">${moment(order.placedAt)} <span class="id">${order.id}</span></span>
      <span class="order-status">
        <span class="badge ${tone}">${label}</span>
        ${payment?.payment.states.payment === 'captured' && fulfilmentWords[payment.payment.states.fulfilment]}
      </span>
    </a>
  </li>`;
};
