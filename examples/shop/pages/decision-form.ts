import type { Payment } from 'paysession';
import { type Html, html } from './html.ts';

/** What a person found out and saw to at the gateway is recorded with name and reason; no money moves by it. */
export const decisionForm = ({ order, version }: Payment, proposed: Html | null): Html =>
  html`<section class="card narrow" aria-labelledby="decision-title">
    <h2 id="decision-title">Your decision</h2>
    ${
      proposed !== null &&
      html`<p>A charge was found that this order did not expect. Unless it is right, undo it first.</p>
        ${proposed}`
    }
    <p>Look at the gateway first, and give back what is to be given back. This records the result.</p>
    <form method="post" action="/operator/orders/${order.id}/decide">
      <input type="hidden" name="version" value="${String(version)}" />
      <div class="field">
        <label for="decision">What is true now</label>
        <select id="decision" name="decision" required>
          <option value="">Please choose</option>
          <option value="notCharged">We hold no money; another card may be tried</option>
          <option value="cancelled">We hold no money; the order is given up</option>
          <option value="captured">We keep the amount below; the order is paid</option>
        </select>
      </div>
      <div class="field">
        <label for="held"
          >Amount that we keep, in ${order.amount.currency} <small>(if the order is paid)</small></label
        >
        <input id="held" name="held" inputmode="decimal" />
      </div>
      <div class="field">
        <label for="by">Your name</label>
        <input id="by" name="by" autocomplete="name" required />
      </div>
      <div class="field">
        <label for="reason">Why</label>
        <input id="reason" name="reason" maxlength="400" required />
      </div>
      <button class="button">Record the decision</button>
    </form>
  </section>`;
