import { html } from './html.ts';
import { layout, type Locals } from './layout.ts';

const titles: Readonly<Record<number, string>> = {
  404: 'Not found',
  403: 'Refused',
  500: 'Something went wrong',
  503: 'Out of order for a moment',
};

type Message = Readonly<{
  status: number;
  message: string;
  /** The address to be tried again, when that helps. */
  again: string | null;
  /** Whether who sees this may have been charged a moment ago. */
  mayHavePaid: boolean;
}>;

/** A page that only says something; an operator stays among the operator's pages. */
export const messagePage = (locals: Locals, { status, message, again, mayHavePaid }: Message): string => {
  const title = titles[status] ?? 'That did not work';
  const { isOperator = false } = locals;
  const home = isOperator
    ? html`<a class="button" href="/operator">Go to the payments</a>`
    : html`<a class="button" href="/">Go to the shop</a>`;
  return layout(locals, {
    title,
    operator: isOperator,
    main: html`<section class="card narrow">
      <h1>${title}</h1>
      <p>${message}</p>
      ${mayHavePaid && html`<p><strong>If you have just paid, please do not pay again.</strong></p>`}
      <p>${again === null ? home : html`<a class="button" href="${again}">Try again</a>`}</p>
    </section>`,
  });
};
