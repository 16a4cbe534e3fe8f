import { html } from './html.ts';
import { layout, type Locals } from './layout.ts';

const titles: Readonly<Record<number, string>> = {
  404: 'Not found',
  403: 'Refused',
  500: 'Something went wrong',
  503: 'Out of order for a moment',
};

/** A page that only says something. */
export const messagePage = (status: number, message: string, locals: Locals): string => {
  const title = titles[status] ?? 'That did not work';
  return layout(locals, {
    title,
    main: html`<section class="card narrow">
      <h1>${title}</h1>
      <p>${message}</p>
      <p><a class="button" href="/">Go to the shop</a></p>
    </section>`,
  });
};
