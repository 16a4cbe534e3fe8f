import { type Html, html } from './html.ts';

/** Gives an order up that nobody has paid. */
export const cancelForm = (action: string): Html =>
  html`<form method="post" action="${action}" class="cancel">
    <button class="button quiet">Cancel this order</button>
  </form>`;
