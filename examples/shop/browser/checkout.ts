import { type CheckoutState, type FieldErrors, mountCheckout } from 'paysession/browser';
import { byId, priceText, send } from './page.ts';

/** Shows each state of the checkout, and hands it the payer's wishes. All about money is decided elsewhere. */

const form = byId('card-form', HTMLFormElement);
const pay = byId('pay', HTMLButtonElement);
const payLabel = byId('pay-label', HTMLSpanElement);
const retry = byId('retry', HTMLButtonElement);
const status = byId('checkout-status', HTMLParagraphElement);
const alert = byId('checkout-alert', HTMLParagraphElement);
const summaryAlert = byId('summary-alert', HTMLParagraphElement);
const amount = byId('amount', HTMLElement);
const quantities = [...document.querySelectorAll<HTMLInputElement>('#lines input')];
const { orderId = '', currency = '' } = form.dataset;

/** Ids of the placeholders; the gateway's frames take them over. */
const fields = {
  number: '#card-number',
  expiryMonth: '#expiry-month',
  expiryYear: '#expiry-year',
  securityCode: '#security-code',
  nameOnCard: '#cardholder-name',
};

const missing: Readonly<Record<string, string>> = {
  number: 'Enter the card number.',
  expiryMonth: 'Enter the month.',
  expiryYear: 'Enter the year.',
  securityCode: 'Enter the code.',
  nameOnCard: 'Enter the name on the card.',
};
const wrong: Readonly<Record<string, string>> = {
  number: 'Check the card number.',
  expiryMonth: 'Check the month.',
  expiryYear: 'Check the year.',
  securityCode: 'Check the code.',
  nameOnCard: 'Check the name on the card.',
};

/** While the new price is on its way, nobody pays the old one. */
let repricing = false;

const mounting = mountCheckout({
  basePath: '/payments',
  orderId,
  fields,
  styles: {
    focus: { borderColor: '#1d4f91', outlineColor: '#1d4f91', outlineStyle: 'solid', outlineWidth: '2px' },
    hover: { borderColor: '#46566b' },
    invalid: { color: '#a4161a', borderColor: '#a4161a' },
    placeholder: { color: '#66727f' },
  },
  onChange: show,
});

function show(state: CheckoutState): void {
  const { status: stage, message = '' } = state;
  const isOver = stage === 'done' || stage === 'processing';
  form.dataset.state = stage;
  form.setAttribute('aria-busy', String(stage === 'loading' || stage === 'paying' || isOver));
  pay.disabled = stage !== 'ready' || repricing;
  retry.hidden = stage !== 'failed';
  for (const input of quantities) input.disabled = stage === 'paying' || isOver;
  tell(status, statusOf(state));
  // The payer who changed the order is told by the new total.
  tell(alert, isOver || (repricing && stage === 'ready') ? '' : message);
  if (state.amount !== undefined) showPrice(priceText(state.amount, state.currency ?? currency));
  if (stage === 'paying') payLabel.textContent = 'Paying…';
  showFieldErrors(state.fieldErrors);
  // The order's own page has the receipt, and waits with the payer for a payment that takes longer.
  if (isOver) location.replace(`/orders/${orderId}`);
}

function statusOf({ status: stage, message = '' }: CheckoutState): string {
  if (stage === 'loading') return 'Loading the card form…';
  if (stage === 'paying') return 'Paying… Please keep this page open.';
  return stage === 'done' || stage === 'processing' ? message : '';
}

/** A live region speaks when its text changes, so it is left alone when it does not. */
function tell(region: HTMLElement, text: string): void {
  if (region.textContent !== text) region.textContent = text;
}

function showPrice(text: string): void {
  tell(amount, text);
  payLabel.textContent = `Pay ${text}`;
}

function showFieldErrors(errors: FieldErrors): void {
  for (const [name, selector] of Object.entries(fields)) {
    const problem = Object.entries(errors).find(([field]) => field === name)?.[1];
    const text = { required: missing[name], invalid: wrong[name], none: undefined }[problem ?? 'none'] ?? '';
    const note = byId(`${selector.slice(1)}-error`, HTMLParagraphElement);
    tell(note, text);
    note.hidden = text === '';
    note.parentElement?.classList.toggle('invalid', text !== '');
    // In place of the placeholder there is a frame now, which says what is wrong with it too.
    document.querySelector(selector)?.setAttribute('aria-describedby', note.id);
  }
}

async function submit(): Promise<void> {
  if (pay.disabled) return;
  const checkout = await mounting;
  const outcome = await checkout.submit();
  // A wrong field has the focus already. Any other message is where a keyboard goes on from.
  if (outcome.status !== 'fields-invalid' && alert.textContent) alert.focus();
}

/** The cart changes on the server first; the checkout then shows the price that the server made of it. */
async function changeQuantities(): Promise<void> {
  if (!quantities.every((input) => input.reportValidity())) return;
  repricing = true;
  pay.disabled = true;
  const items = quantities.map(({ id, value }) => ({
    sku: id.replace('quantity-', ''),
    quantity: Number(value),
  }));
  type Repriced = { readonly items: readonly { readonly sku: string; readonly amount: string }[] };
  const answer = await send<Repriced>('PUT', `/api/orders/${orderId}`, { items });
  tell(summaryAlert, answer.ok ? '' : answer.detail);
  if (answer.ok) for (const item of answer.value.items) showLine(item);
  const checkout = await mounting;
  const state = await checkout.refresh();
  repricing = false;
  show({ ...state, message: state.status === 'ready' ? undefined : state.message });
}

function showLine({ sku, amount: lineAmount }: { readonly sku: string; readonly amount: string }): void {
  const cell = document.querySelector(`#lines [data-sku="${CSS.escape(sku)}"] .line-amount`);
  if (cell) cell.textContent = priceText(lineAmount, currency);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void submit();
});
retry.addEventListener('click', () => void mounting.then((checkout) => checkout.retry()));

// One change after the other, so that the last one wins on the server too.
let changing: Promise<void> = Promise.resolve();
for (const input of quantities) {
  input.addEventListener('change', () => {
    changing = changing.then(changeQuantities);
  });
}
