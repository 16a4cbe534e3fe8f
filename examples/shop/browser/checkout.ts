import { type CheckoutState, type FieldErrors, mountCheckout } from 'paysession/browser';
import { type Answer, byId, priceText, send } from './page.ts';

/** Shows each state of the checkout, and hands it the payer's wishes. All about money is decided elsewhere. */

const form = byId('card-form', HTMLFormElement);
const pay = byId('pay', HTMLButtonElement);
const payLabel = byId('pay-label', HTMLSpanElement);
const retry = byId('retry', HTMLButtonElement);
const status = byId('checkout-status', HTMLParagraphElement);
const alert = byId('checkout-alert', HTMLParagraphElement);
const messages = byId('checkout-messages', HTMLDivElement);
const summaryAlert = byId('summary-alert', HTMLParagraphElement);
const total = byId('amount', HTMLElement);
const quantities = [...document.querySelectorAll<HTMLInputElement>('#lines input')];
const { orderId = '', currency = '', verb = '' } = form.dataset;
const paying = verb === 'Pay' ? 'Paying…' : 'Reserving…';
const path = `/api/orders/${orderId}`;

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

type ShopOrder = Readonly<{
  items: readonly Readonly<{ sku: string; quantity: number; amount: string }>[];
  amount: string;
}>;

let state: CheckoutState = { status: 'loading', fieldErrors: {} };
/** What the lines on the page cost together. A session with another price is one of lines that the page does not show yet. */
let { amount: shownAmount = '' } = form.dataset;
/** How many looks at the order, or changes of it, are under way: meanwhile nobody pays. */
let looking = 0;
/** What the page itself tells of the order. */
let notice = '';

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

function show(next: CheckoutState): void {
  const { amount: knownAmount } = state;
  state = next;
  const { status: stage, message = '', amount, fieldErrors } = state;
  const isOver = stage === 'done' || stage === 'processing';
  form.dataset.state = stage;
  form.setAttribute('aria-busy', String(stage === 'loading' || stage === 'paying' || isOver));
  pay.disabled = stage !== 'ready' || looking > 0;
  retry.hidden = stage !== 'failed';
  for (const input of quantities) input.disabled = stage === 'paying' || isOver;
  tell(status, statusOf(state));
  tell(alert, isOver ? '' : message || notice);
  if (amount !== undefined) tell(payLabel, `${verb} ${priceText(amount, currency)}`);
  if (stage === 'paying') tell(payLabel, paying);
  showFieldErrors(fieldErrors);
  // Another tab changed the order.
  if (amount !== undefined && amount !== knownAmount && amount !== shownAmount) void inTurn(readOrder);
  // The order's own page has the receipt, and waits with the payer for a payment that takes longer.
  if (isOver) location.replace(`/orders/${orderId}`);
}

function statusOf({ status: stage, message = notice }: CheckoutState): string {
  if (stage === 'loading') return 'Loading the card form…';
  if (stage === 'paying') return `${paying} Please keep this page open.`;
  if (stage === 'ready' && message === '') return 'Your card goes straight to our payment provider.';
  return stage === 'done' || stage === 'processing' ? message : '';
}

/** A live region speaks when its text changes, so it is left alone when it does not. */
function tell(region: HTMLElement, text: string): void {
  if (region.textContent !== text) region.textContent = text;
}

/** Lines and total as the shop has them. */
function showOrder({ items, amount }: ShopOrder): void {
  // The page has room for the lines that it came with.
  if (!items.every(({ sku }) => inputOf(sku)) || items.length < quantities.length) return location.reload();
  for (const { sku, quantity, amount: lineAmount } of items) {
    const input = inputOf(sku);
    // The default is what the shop has taken last: what it refuses goes back to that.
    if (input) input.value = input.defaultValue = String(quantity);
    const cell = input?.closest('li')?.querySelector('.line-amount');
    if (cell) cell.textContent = priceText(lineAmount, currency);
  }
  shownAmount = amount;
  tell(total, priceText(amount, currency));
}

function inputOf(sku: string): HTMLInputElement | undefined {
  return quantities.find(({ id }) => id === `quantity-${sku}`);
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

/** One after the other, so that the last change wins on the server too; the page can be paid again when all are through. */
let turn: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  looking += 1;
  pay.disabled = true;
  const result = turn.then(work).finally(() => {
    looking -= 1;
    show(state);
  });
  turn = result.catch(() => undefined);
  return result;
}

/** Whether the page showed the order as it is, as far as the shop can be asked. Afterwards it does. */
async function readOrder(): Promise<boolean> {
  const answer = await send<ShopOrder>('GET', path);
  if (!answer.ok) return true;
  const { items, amount } = answer.value;
  const isShown =
    amount === shownAmount &&
    items.every(({ sku, quantity }) => inputOf(sku)?.value === String(quantity)) &&
    items.length === quantities.length;
  if (!isShown) showOrder(answer.value);
  return isShown;
}

async function submit(): Promise<void> {
  if (pay.disabled) return;
  notice = '';
  // The payer agrees to the lines, not only to their total.
  const isShown = await inTurn(readOrder);
  const checkout = await mounting;
  if (isShown) {
    const outcome = await checkout.submit();
    // A wrong field has the focus already. Any other message is where a keyboard goes on from.
    if (outcome.status === 'fields-invalid') return;
  } else {
    await inTurn(() => checkout.refresh());
    notice = 'Your order was changed elsewhere. Please check it, then pay again.';
    show(state);
  }
  if (alert.textContent) alert.focus();
}

/** The order changes on the server first; the checkout then takes the price that the server made of it. */
async function changeQuantity(input: HTMLInputElement): Promise<void> {
  notice = '';
  const answer = await changed(input);
  if (answer.ok) showOrder(answer.value);
  else input.value = input.defaultValue;
  const name = input.labels?.[0]?.textContent ?? '';
  tell(summaryAlert, answer.ok ? '' : `${answer.detail} ${name}: still ${input.defaultValue}.`);
  if (answer.ok || answer.code === 'not-changeable') await (await mounting).refresh();
}

/** The other lines stay as the shop has them, which may be otherwise than this page shows them. */
async function changed(input: HTMLInputElement): Promise<Answer<ShopOrder>> {
  if (!input.checkValidity())
    return { ok: false, detail: `Please enter a whole number from ${input.min} to ${input.max}.` };
  const quantity = Number(input.value);
  const stored = await send<ShopOrder>('GET', path);
  if (!stored.ok) return stored;
  const items = stored.value.items.map((item) => ({
    sku: item.sku,
    quantity: inputOf(item.sku) === input ? quantity : item.quantity,
  }));
  return send('PUT', path, { items });
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void submit();
});
retry.addEventListener('click', () => {
  void mounting.then((checkout) => checkout.retry());
  // The button is gone while it tries; what is said of that has its place.
  messages.focus();
});

for (const input of quantities)
  input.addEventListener('change', () => void inTurn(() => changeQuantity(input)));
