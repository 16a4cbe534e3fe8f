import { randomBytes } from 'node:crypto';
import type { Ability, FoundPayment } from 'paysession';
import { mayBeCancelled, type OrderWithPayment, statusOf } from '../order-with-payment.ts';
import { cancelForm } from './cancel-form.ts';
import { decisionForm, type Entered } from './decision-form.ts';
import { type Html, html } from './html.ts';
import { layout, type Locals } from './layout.ts';
import { moneySection, proposalForm, requestNotice, type Typed } from './money.ts';
import { linesTable } from './order.ts';
import { paymentDetails } from './payment-details.ts';
import { goodsText, moment, statusWords } from './words.ts';

/** What brought the operator here, to be told first. */
export type Told = Readonly<{
  /** The request whose outcome is told. */
  key?: string | undefined;
  /** When the gateway was asked, and the payment's version before that. */
  asked?: Readonly<{ at: number; version: number }> | undefined;
  /** Why a request was not taken, with what was filled in. */
  alert?: string;
  decision?: Entered;
  money?: Typed;
}>;

/** Makes the page's forms one of a kind, so that each of them is one request, however often it is sent. */
const newFormKey = (): string => randomBytes(12).toString('hex');

/** One order with everything that is stored of its payment, and what can be done about it: `can` is what the gateway can beside charging. */
export const operatorOrderPage = (
  locals: Locals,
  found: OrderWithPayment,
  can: readonly Ability[],
  told: Told = {},
): string => {
  const { order, payment } = found;
  const { label, tone } = statusWords[statusOf(found)];
  const request = payment?.payment.attempts.find(({ key }) => key !== null && key === told.key);
  return layout(locals, {
    title: `Order ${order.id}`,
    operator: true,
    main: html`<h1>Order <span class="id">${order.id}</span></h1>
      ${told.alert !== undefined && html`<p class="alert" role="alert">${told.alert}</p>`}
      ${request !== undefined && requestNotice(request)}
      ${payment !== null && told.asked !== undefined && askedNotice(told.asked, payment.payment.version)}
      <section class="card" aria-label="Order">
        <div class="notice ${tone}" data-status="${statusOf(found)}"><p class="label">${label}</p></div>
        ${linesTable(order.lines)}
        <dl>
          <dt>Placed</dt>
          <dd>${moment(order.placedAt)}</dd>
          <dt>E-mail</dt>
          <dd>${order.email ?? 'none given'}</dd>
          <dt>Goods</dt>
          <dd>${goodsText(found)} ${order.packed !== null && html`(${moment(order.packed.at)})`}</dd>
        </dl>
        ${
          payment !== null &&
          html`<form method="post" action="/operator/orders/${order.id}/confirm">
            <button class="button quiet">Ask the gateway now</button>
          </form>`
        }
        ${mayBeCancelled(found) && cancelForm(`/operator/orders/${order.id}/cancel`)}
      </section>
      ${
        payment === null
          ? html`<section class="card"><p>Nobody has opened the checkout of this order.</p></section>`
          : paymentParts(payment, can, told)
      }`,
  });
};

const askedNotice = ({ at, version }: NonNullable<Told['asked']>, now: number): Html =>
  html`<div class="notice" role="status" id="asked">
    <p>
      The gateway was asked at ${moment(at)}:
      ${now === version ? 'nothing is new.' : 'what is new is the end of the timeline below.'}
    </p>
  </div>`;

const paymentParts = (found: FoundPayment, can: readonly Ability[], told: Told): Html => {
  const { payment } = found;
  const formKey = newFormKey();
  const needsDecision = payment.states.payment === 'needsAttention';
  return html`${needsDecision && decisionForm(payment, proposalForm(payment, can, formKey), told.decision ?? null)}
  ${can.includes('refund') && moneySection(payment, can, formKey, told.money ?? null)}
  ${paymentDetails(found, true)}`;
};
