import { isZero, leftToRefund, type Payment, toDecimal } from 'paysession';
import type { DecisionEntries } from '../decision-input.ts';
import { type Html, html } from './html.ts';

/** What was filled in before, and whether the amount in it is to be confirmed. */
export type Entered = Readonly<{ entries: DecisionEntries; isUnlikely: boolean }>;

/** What a person found out and saw to at the gateway is recorded with name and reason; no money moves by it. */
export const decisionForm = (payment: Payment, proposed: Html | null, entered: Entered | null): Html => {
  const { order, version } = payment;
  const { entries } = entered ?? {};
  const known = leftToRefund(payment);
  const held = entries?.held ?? (isZero(known) ? '' : toDecimal(known));
  return html`<section class="card narrow" aria-labelledby="decision-title">
    <h2 id="decision-title">Your decision</h2>
    ${
      proposed !== null &&
      html`<p>A charge was found that this order did not expect. Unless it is right, undo it first.</p>
        ${proposed}`
    }
    <p>Look at the gateway first, and give back what is to be given back. This records the result.</p>
    <form method="post" action="/operator/orders/${order.id}/decide">
      <input type="hidden" name="version" value="${String(version)}" />
      ${entered?.isUnlikely === true && html`<input type="hidden" name="sure" value="${held}" />`}
      <div class="field">
        <label for="decision">What is true now</label>
        <select id="decision" name="decision" required>
          <option value="">Please choose</option>
          ${decisionsFor(payment).map(
            ({ to, words }) =>
              html`<option value="${to}" ${entries?.decision === to && html`selected`}>${words}</option>`,
          )}
        </select>
      </div>
      <div class="field">
        <label for="held"
          >Amount that we keep, in ${order.amount.currency} <small>(if the order is paid)</small></label
        >
        <input id="held" name="held" inputmode="decimal" value="${held}" />
      </div>
      <div class="field">
        <label for="by">Your name</label>
        <input id="by" name="by" autocomplete="name" value="${entries?.by}" required />
      </div>
      <div class="field">
        <label for="reason">Why</label>
        <input id="reason" name="reason" maxlength="400" value="${entries?.reason}" required />
      </div>
      <button class="button">Record the decision</button>
    </form>
  </section>`;
};

const decisions = [
  { to: 'notCharged', words: 'We hold no money; another card may be tried', goods: ['notDue', 'due'] },
  {
    to: 'cancelled',
    words: 'We hold no money; the order is given up',
    goods: ['notDue', 'due', 'cancelled'],
  },
  {
    to: 'captured',
    words: 'We keep the amount below; the order is paid',
    goods: ['notDue', 'due', 'fulfilled'],
  },
] as const;

/** What was sent is paid, and what was given up is not: the module takes no other decision. */
const decisionsFor = ({ states }: Payment) =>
  decisions.filter(({ goods }) => goods.some((state) => state === states.fulfilment));
