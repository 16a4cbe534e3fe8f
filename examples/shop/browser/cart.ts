import { keepCart, keptCart } from './kept-cart.ts';
import { byId, priceText, send } from './page.ts';

/** The cart of the home page. It lives in this tab of the browser; the shop prices the order itself when it is made. */

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
restore();
// Back from the browser's cache, the page may show what became an order since.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void checkOut();
});

const items = () => [...lines.values()].map(({ sku, quantity }) => ({ sku, quantity }));

function restore(): void {
  for (const { sku, quantity } of keptCart().items) {
    const card = document.querySelector<HTMLElement>(`.product[data-sku="${CSS.escape(sku)}"]`);
    if (card && quantity >= 1 && quantity <= most) put(card.dataset, quantity);
  }
  show();
}

function put({ sku = '', name = '', minor }: DOMStringMap, quantity: number): void {
  lines.set(sku, { sku, name, minor: Number(minor), quantity });
}

function add(product: DOMStringMap): void {
  const { sku = '', name = '' } = product;
  const quantity = Math.min((lines.get(sku)?.quantity ?? 0) + 1, most);
  put(product, quantity);
  keepCart({ items: items() });
  show(`${name}: ${quantity} in your cart.`);
}

/** `news`: what has just changed, for the bar at the edge of a narrow screen. */
function show(news = ''): void {
  byId('cart-empty', HTMLParagraphElement).hidden = lines.size > 0;
  form.hidden = lines.size === 0;
  byId('cart-bar', HTMLParagraphElement).hidden = lines.size === 0;
  list.replaceChildren(...[...lines.values()].map(lineElement));
  showTotal(news);
}

function showTotal(news = ''): void {
  const minor = [...lines.values()].reduce((sum, line) => sum + line.minor * line.quantity, 0);
  // An estimate for the eye: what is charged is what the shop says at the checkout.
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
    .maximumFractionDigits;
  const total = priceText((minor / 10 ** (digits ?? 2)).toFixed(digits), currency);
  byId('cart-total', HTMLElement).textContent = total;
  const count = [...lines.values()].reduce((sum, { quantity }) => sum + quantity, 0);
  const inCart = news || `${count} in your cart.`;
  byId('cart-news', HTMLAnchorElement).textContent = `${inCart} Total ${total}`;
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
    keepCart({ items: items() });
    showTotal();
  });
  const remove = Object.assign(document.createElement('button'), { type: 'button', className: 'remove' });
  remove.setAttribute('aria-label', `Remove ${line.name}`);
  remove.textContent = '×';
  remove.addEventListener('click', () => {
    const place = [...lines.keys()].indexOf(line.sku);
    lines.delete(line.sku);
    keepCart({ items: items() });
    show(`${line.name} removed.`);
    // The button is gone: the keyboard goes on from what took its place.
    const next = list.querySelectorAll<HTMLElement>('.remove');
    (next[Math.min(place, next.length - 1)] ?? byId('cart-title', HTMLHeadingElement)).focus();
  });
  item.append(label, quantity, remove);
  return item;
}

async function checkOut(): Promise<void> {
  button.disabled = true;
  tell('', undefined);
  type Made = { orderId: string; checkoutUrl: string };
  const answer = await send<Made>('POST', '/api/orders', { items: items(), email: email.value });
  if (answer.ok) {
    // It stays until the order is paid, for who comes back to change it.
    keepCart({ items: items(), orderId: answer.value.orderId });
    return location.assign(answer.value.checkoutUrl);
  }
  button.disabled = false;
  tell(answer.detail, answer.field);
}

/** Next to its field when it is about one. */
function tell(detail: string, field: string | undefined): void {
  const aboutEmail = field === 'email';
  email.toggleAttribute('aria-invalid', false);
  if (aboutEmail) email.setAttribute('aria-invalid', 'true');
  email.parentElement?.classList.toggle('invalid', aboutEmail);
  emailError.textContent = aboutEmail ? 'This is not an e-mail address.' : '';
  emailError.hidden = !aboutEmail;
  error.textContent = aboutEmail ? '' : detail;
  if (aboutEmail) email.focus();
}
