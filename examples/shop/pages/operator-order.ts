import { randomBytes } from 'node:crypto';
import type { Ability, FoundPayment } from 'paysession';
import { type OrderWithPayment, statusOf } from '../order-with-payment.ts';
import { decisionForm } from './decision-form.ts';
import { type Html, html } from './html.ts';
import { layout, type Locals } from './layout.ts';
import { moneySection, proposalForm, requestNotice } from './money.ts';
import { linesTable } from './order.ts';
import { paymentDetails } from './payment-details.ts';
import { fulfilmentWords, moment, statusWords } from './words.ts';

type Shown = Readonly<{
  /** What the gateway can do beside charging. */
  can: readonly Ability[];
  /** Makes the page's forms one of a kind, so that each of them is one request, however often it is sent. */
  formKey: string;
  /** The request that brought the operator here; its outcome is told first. */
  key: string | null;
  /** Why a request was not taken. */
  alert: string | null;
}>;

export const newFormKey = (): string => randomBytes(12).toString('hex');

/** One order with everything that is stored of its payment, and what can be done about it. */
export const operatorOrderPage = (locals: Locals, found: OrderWithPayment, shown: Shown): string => {
  const { order, payment } = found;
  const { label, tone } = statusWords[statusOf(found)];
  const asked = payment?.payment.attempts.find(({ key }) => key !== null && key === shown.key);
  return layout(locals, {
    title: `Order ${order.id}`,
    operator: true,
    main: html`<h1>Order <span class="id">${order.id}</span></h1>
      ${shown.alert !== null && html`<p class="alert" role="alert">${shown.alert}</p>`}
      ${asked !== undefined && requestNotice(asked)}
      <section class="card" aria-label="Order">
        <div class="notice ${tone}" data-status="${statusOf(found)}"><p class="label">${label}</p></div>
        ${linesTable(order.lines)}
        <dl>
          <dt>Placed</dt>
          <dd>${moment(order.placedAt)}</dd>
          <dt>E-mail</dt>
          <dd>${order.email ?? 'none given'}</dd>
          <dt>Goods</dt>
          <dd>
            ${payment === null ? fulfilmentWords.notDue : fulfilmentWords[payment.payment.states.fulfilment]}
            ${order.packed !== null && html`(${moment(order.packed.at)})`}
          </dd>
        </dl>
        ${
          payment !== null &&
          html`<form method="post" action="/operator/orders/${order.id}/confirm">
            <button class="button quiet">Ask the gateway now</button>
          </form>`
        }
      </section>
      ${
        payment === null
          ? html`<section class="card"><p>Nobody has opened the checkout of this order.</p></section>`
          : paymentParts(payment, shown)
      }`,
  });
};

const paymentParts = (found: FoundPayment, { can, formKey }: Shown): Html => {
  const { payment } = found;
  return html`${payment.states.payment === 'needsAttention' && decisionForm(payment, proposalForm(payment, formKey))}
  ${can.includes('refund') && moneySection(payment, can, formKey)} ${paymentDetails(found, true)}`;
};
