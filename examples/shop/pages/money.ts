import {
  type Ability,
  type Attempt,
  authorizedAmount,
  type FollowUp,
  isUnsettled,
  isZero,
  leftToCapture,
  leftToRefund,
  money,
  type Money,
  type Payment,
  proposal,
  toDecimal,
} from 'paysession';
import { type Html, html } from './html.ts';
import { layout, type Locals } from './layout.ts';
import { moneyText, outcomeWords, type Tone } from './words.ts';

/** What an operator asks for: seen first as a question, which names the amount, then done. */
export type Request = Readonly<{
  operation: FollowUp;
  /** Made when the form was shown: however often it is sent, it is one request. */
  key: string;
  /** Null for a void, which is of everything. */
  amount: Money | null;
  /** The gateway's id of one charge among several. */
  target: string | null;
}>;

const verbs: Readonly<Record<FollowUp, string>> = { capture: 'Charge', void: 'Undo', refund: 'Refund' };
const nouns: Readonly<Record<FollowUp, string>> = {
  capture: 'Charging the reserved amount',
  void: 'Undoing the payment',
  refund: 'The refund',
};

/** What may be asked for now; `formKey` makes this showing of the forms one of a kind. `entered`: what was typed into one of them. */
export const moneySection = (
  payment: Payment,
  can: readonly Ability[],
  formKey: string,
  entered: Typed | null,
): Html => {
  const { captured, refunded, order } = payment;
  const toCapture = leftToCapture(payment);
  const toRefund = leftToRefund(payment);
  const form = (operation: FollowUp, max: Money | null) =>
    can.includes(operation) &&
    mayAsk(payment, { operation, target: null }) &&
    requestForm(
      order.id,
      { operation, key: `${operation}-${formKey}`, amount: max, target: null },
      entered?.operation === operation ? entered.amount : null,
    );
  return html`<section class="card" id="money" aria-labelledby="money-title">
    <h2 id="money-title">Money</h2>
    <dl>
      ${!isZero(authorizedAmount(payment)) && row('to-capture', 'Can still be charged', toCapture)}
      ${row('captured', 'Charged', captured)} ${row('refunded', 'Refunded', refunded)}
      ${row('to-refund', 'Can still be refunded', toRefund)}
    </dl>
    <div class="requests">
      ${!isZero(toCapture) && form('capture', toCapture)} ${!isZero(toRefund) && form('refund', toRefund)}
      ${form('void', null)}
    </div>
  </section>`;
};

/** An amount as it was typed, which may be none. */
export type Typed = Readonly<{ operation: string; amount: string }>;

/** A void goes together with nothing else that is on its way, and undoes the whole payment; of one charge among several it is the module that knows. */
export const mayAsk = (
  { states, refunded, attempts }: Payment,
  { operation, target }: Pick<Request, 'operation' | 'target'>,
): boolean => {
  const onItsWay = attempts.filter((attempt) => isFollowUp(attempt) && isUnsettled(attempt));
  const isFree =
    operation === 'void' ? onItsWay.length === 0 : onItsWay.every((other) => other.operation !== 'void');
  if (!isFree || target !== null) return isFree;
  return operation === 'void'
    ? states.payment === 'authorized' || (states.payment === 'captured' && isZero(refunded))
    : states.payment !== 'needsAttention';
};

const isFollowUp = ({ operation }: Attempt): boolean => operation !== 'pay' && operation !== 'authorize';

const row = (id: string, label: string, amount: Money): Html =>
  html`<dt>${label}</dt>
    <dd id="${id}">${moneyText(amount)}</dd>`;

const requestForm = (orderId: string, { operation, key, amount }: Request, typed: string | null): Html =>
  html`<form method="get" action="/operator/orders/${orderId}/${operation}">
    <input type="hidden" name="key" value="${key}" />
    ${amount !== null && amountField(operation, amount, typed ?? toDecimal(amount))}
    <button class="button quiet">${verbs[operation]}${amount === null && ' the payment'}…</button>
  </form>`;

const amountField = (operation: FollowUp, max: Money, value: string): Html => {
  const smallest = money(1, max.currency).map(toDecimal).unwrapOr('any');
  return html`<label for="${operation}-amount">${verbs[operation]}, in ${max.currency}</label>
    <input
      id="${operation}-amount"
      name="amount"
      type="number"
      inputmode="decimal"
      min="${smallest}"
      step="${smallest}"
      max="${toDecimal(max)}"
      value="${value}"
      required
    />`;
};

/** One click to what would undo a charge that nobody expected; or where that is done, when the gateway cannot be asked for it. */
export const proposalForm = (payment: Payment, can: readonly Ability[], formKey: string): Html | null => {
  const proposed = proposal(payment);
  if (proposed === null) return null;
  const { operation, target, amount } = proposed;
  const what = `${operation === 'refund' ? 'Give back' : 'Let go of'} ${moneyText(amount)}`;
  if (!can.includes(operation))
    return html`<p id="proposal">
      ${what} at the gateway’s own pages, transaction <span class="id">${target}</span>: this cannot be done
      from here.
    </p>`;
  return html`<form method="get" action="/operator/orders/${payment.order.id}/${operation}" id="proposal">
    <input type="hidden" name="key" value="${operation}-${formKey}" />
    <input type="hidden" name="transactionId" value="${target}" />
    ${operation === 'refund' && html`<input type="hidden" name="amount" value="${toDecimal(amount)}" />`}
    <button class="button">${what}…</button>
  </form>`;
};

/** The question before money moves. */
export const confirmPage = (locals: Locals, { order }: Payment, request: Request, moved: Money): string => {
  const { operation, key, amount, target } = request;
  const what = `${verbs[operation]} ${moneyText(moved)}`;
  return layout(locals, {
    title: `${what}?`,
    operator: true,
    main: html`<section class="card narrow">
      <h1>${what}?</h1>
      <p>
        ${advice[operation]} Order <span class="id">${order.id}</span>${
          target !== null && html`, transaction <span class="id">${target}</span>`
        }.
      </p>
      <form method="post" action="/operator/orders/${order.id}/${operation}">
        <input type="hidden" name="key" value="${key}" />
        ${amount !== null && html`<input type="hidden" name="amount" value="${toDecimal(amount)}" />`}
        ${target !== null && html`<input type="hidden" name="transactionId" value="${target}" />`}
        <button class="button" id="do-it">${what}</button>
        <a href="/operator/orders/${order.id}">Cancel</a>
      </form>
    </section>`,
  });
};

const advice: Readonly<Record<FollowUp, string>> = {
  capture: 'The amount is taken from what is reserved on the payer’s card.',
  void: 'The whole payment is undone: what is reserved is let go, or what was charged today is taken back.',
  refund: 'The amount goes back to the payer’s card. This cannot be undone.',
};

/** What a request came to, as the payment shows it. */
export const requestNotice = (attempt: Attempt): Html => {
  const tone = toneOf(attempt);
  const what = `${nouns[attempt.operation as FollowUp]}, ${moneyText(attempt.amount)}: `;
  return html`<div class="notice ${tone}" role="status" id="request" data-outcome="${attempt.outcome}">
    <p class="label">${what}${outcomeWords[attempt.outcome].toLowerCase()}</p>
    ${attempt.outcome !== 'done' && html`<p>${nextStep(attempt, tone)}</p>`}
  </div>`;
};

const toneOf = (attempt: Attempt): Tone => {
  if (attempt.outcome === 'done') return 'good';
  return isUnsettled(attempt) ? 'busy' : 'bad';
};

/** What to do now, and in brackets the gateway's word for why. */
const nextStep = ({ operation, outcome, reason }: Attempt, tone: Tone): string => {
  const because = reason === null ? '' : ` (${reason})`;
  if (tone === 'busy') return `Until it is known, the amount counts as spent${because}.`;
  if (outcome !== 'notSent' && operation === 'void')
    return `What is settled cannot be undone any more: refund it${because}.`;
  return `You can ask for it again${because}.`;
};
