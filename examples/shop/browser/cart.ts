import { byId, priceText, send } from './page.ts';

/** The cart of the home page. It lives in the page; the shop prices the order itself when it is made. */

type CartLine = { readonly sku: string; readonly name: string; readonly minor: number; quantity: number };

const form = byId('cart-form', HTMLFormElement);
const list = byId('cart-lines', HTMLUListElement);
const email = byId('email', HTMLInputElement);
const emailError = byId('email-error', HTMLParagraphElement);
const error = byId('cart-error', HTMLParagraphElement);
const button = byId('to-checkout', HTMLButtonElement);
const currency = form.closest<HTMLElement>('[data-currency]')?.dataset.currency ?? '';
const most = Number(list.dataset.max);
const lines = new Map<string, CartLine>();

for (const card of document.querySelectorAll<HTMLElement>('.product')) {
  card.querySelector('button')?.addEventListener('click', () => add(card.dataset));
}
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void checkOut();
});

function add({ sku = '', name = '', minor }: DOMStringMap): void {
  const line = lines.get(sku) ?? { sku, name, minor: Number(minor), quantity: 0 };
  line.quantity = Math.min(line.quantity + 1, most);
  lines.set(sku, line);
  show();
  byId('cart-news', HTMLAnchorElement).textContent =
    `${name}: ${line.quantity} in your cart. Total ${byId('cart-total', HTMLElement).textContent}`;
}

function show(): void {
  byId('cart-empty', HTMLParagraphElement).hidden = lines.size > 0;
  form.hidden = lines.size === 0;
  byId('cart-bar', HTMLParagraphElement).hidden = lines.size === 0;
  list.replaceChildren(...[...lines.values()].map(lineElement));
  showTotal();
}

function showTotal(): void {
  const minor = [...lines.values()].reduce((sum, line) => sum + line.minor * line.quantity, 0);
  // An estimate for the eye: what is charged is what the shop says at the checkout.
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
    .maximumFractionDigits;
  byId('cart-total', HTMLElement).textContent = priceText(
    (minor / 10 ** (digits ?? 2)).toFixed(digits),
    currency,
  );
}

function lineElement(line: CartLine): HTMLLIElement {
  const item = document.createElement('li');
  item.className = 'line';
  const label = Object.assign(document.createElement('label'), {
    htmlFor: `cart-${line.sku}`,
    textContent: line.name,
  });
  const quantity = Object.assign(document.createElement('input'), {
    ...{ id: `cart-${line.sku}`, type: 'number', min: '1', max: String(most), value: String(line.quantity) },
    ...{ inputMode: 'numeric', required: true },
  });
  quantity.setAttribute('aria-label', `Quantity of ${line.name}`);
  quantity.addEventListener('change', () => {
    if (!quantity.checkValidity()) quantity.value = String(line.quantity);
    line.quantity = Number(quantity.value);
    showTotal();
  });
  const remove = Object.assign(document.createElement('button'), { type: 'button', className: 'remove' });
  remove.setAttribute('aria-label', `Remove ${line.name}`);
  remove.textContent = '×';
  remove.addEventListener('click', () => {
    lines.delete(line.sku);
    show();
  });
  item.append(label, quantity, remove);
  return item;
}

async function checkOut(): Promise<void> {
  button.disabled = true;
  tell('', undefined);
  const items = [...lines.values()].map(({ sku, quantity }) => ({ sku, quantity }));
  const answer = await send<{ checkoutUrl: string }>('POST', '/api/orders', { items, email: email.value });
  if (answer.ok) return location.assign(answer.value.checkoutUrl);
  button.disabled = false;
  tell(answer.detail, answer.field);
}

/** Next to its field when it is about one. */
function tell(detail: string, field: string | undefined): void {
  const aboutEmail = field === 'email';
  email.toggleAttribute('aria-invalid', false);
  if (aboutEmail) email.setAttribute('aria-invalid', 'true');
  emailError.textContent = aboutEmail ? 'This is not an e-mail address.' : '';
  emailError.hidden = !aboutEmail;
  error.textContent = aboutEmail ? '' : detail;
  if (aboutEmail) email.focus();
}
