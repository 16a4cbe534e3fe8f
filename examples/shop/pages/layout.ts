import { type Html, html } from './html.ts';

/** What the answer knows about itself: the nonce that its policy lets run, and whether it is for an operator who is logged in. */
export type Locals = Readonly<{ nonce?: string; isOperator?: boolean }>;

type Page = Readonly<{
  title: string;
  main: Html;
  /** A bundled script of ours, such as `cart.js`. */
  script?: string;
  /** What has to stand in the head before anything else is shown. */
  head?: Html;
  /** The operator's pages have their own way around. */
  operator?: boolean;
  /** Lines at the foot, such as what is special about this shop. */
  note?: Html | false;
}>;

/** A whole document. */
export const layout = (locals: Locals, { title, main, script, head, operator = false, note }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – Paper &amp; Ink</title>
        ${head}
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/shop.css" />
        ${
          script !== undefined &&
          html`<script
            type="module"
            id="page-script"
            src="/assets/${script}"
            nonce="${locals.nonce}"
          ></script>`
        }
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="brand" href="/">Paper <span>&amp;</span> Ink</a>
          <nav aria-label="${operator ? 'Operator' : 'Shop'}">${operator ? operatorLinks : shopLinks}</nav>
        </header>
        <main id="main">${main}</main>
        <footer>
          <p>Card details are entered in fields of our payment provider and never reach this shop.</p>
          ${note}
        </footer>
      </body>
    </html>`.toString();

const shopLinks = html`<a href="/">Shop</a> <a href="/orders">Your orders</a>`;
const operatorLinks = html`<a href="/operator">Payments</a> <a href="/operator/outbox">Outbox</a>`;
