import { currency, decimal, maxQuantity, type Product, products } from '../products.ts';
import { type Html, html, trusted } from './html.ts';
import { layout, type Locals } from './layout.ts';
import { pictures } from './pictures.ts';
import { priceText } from './words.ts';

/** The products and the cart. The cart lives in the browser; an order is made of it at the checkout. */
export const homePage = (locals: Locals, note: Html | false): string =>
  layout(locals, {
    title: 'Stationery',
    script: 'cart.js',
    note,
    main: html`<h1>Things to write with</h1>
      <div class="with-aside">
        <ul class="products" aria-label="Products">
          ${products.map(productCard)}
        </ul>
        ${cart}
      </div>
      <p class="cart-bar" id="cart-bar" role="status" hidden><a href="#cart-title" id="cart-news"></a></p>`,
  });

const productCard = ({ sku, name, about, minor }: Product): Html =>
  html`<li class="card product" data-sku="${sku}" data-name="${name}" data-minor="${minor}">
    <div class="picture">${trusted(pictures[sku] ?? '')}</div>
    <h2>${name}</h2>
    <p>${about}</p>
    <p class="price">${priceText(decimal(minor), currency)}</p>
    <button type="button" class="button quiet" aria-label="Add to cart: ${name}">Add to cart</button>
  </li>`;

const cart = html`<section class="card cart" aria-labelledby="cart-title" data-currency="${currency}">
  <h2 id="cart-title" tabindex="-1">Your cart</h2>
  <noscript
    ><p class="alert">The cart and the card fields need JavaScript, which is switched off here.</p></noscript
  >
  <p id="cart-empty">Nothing in it yet.</p>
  <form id="cart-form" novalidate hidden>
    <ul id="cart-lines" aria-label="Items in your cart" data-max="${maxQuantity}"></ul>
    <p class="total"><span>Total</span> <strong id="cart-total" aria-live="polite"></strong></p>
    <div class="field">
      <label for="email">E-mail for the confirmation <small>(optional)</small></label>
      <input id="email" type="email" autocomplete="email" aria-describedby="email-error" />
      <p class="field-error" id="email-error" hidden></p>
    </div>
    <p class="alert" id="cart-error" role="alert"></p>
    <button class="button" id="to-checkout">Go to checkout</button>
  </form>
</section>`;
