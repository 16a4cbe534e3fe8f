import type { FailedWork } from 'paysession/postgres';
import type { OrderWithPayment } from '../order-with-payment.ts';
import type { Message } from '../outbox.ts';
import { type Html, html } from './html.ts';
import { layout, type Locals } from './layout.ts';
import { orderList } from './orders.ts';
import { moment } from './words.ts';

/** What the operator sees first. `waiting`: for a person; `failed`: work that nobody tries any more; `toCharge`: what is only reserved. */
type Overview = Readonly<{
  failed: readonly FailedWork[];
  waiting: readonly OrderWithPayment[];
  toCharge: readonly OrderWithPayment[];
  moving: readonly OrderWithPayment[];
  newest: readonly OrderWithPayment[];
}>;

/** Orders, those that wait for a person first. */
export const operatorPage = (
  locals: Locals,
  { failed, waiting, toCharge, moving, newest }: Overview,
): string =>
  layout(locals, {
    title: 'Payments',
    operator: true,
    main: html`<h1>Payments</h1>
      ${part('needs-person', 'For a person to decide', waiting, 'Nothing waits for you.')}
      ${failed.length > 0 && failedPart(failed)}
      ${toCharge.length > 0 && part('to-charge', 'To be charged', toCharge, '')}
      ${part('in-progress', 'In progress', moving, 'Nothing is on its way.')}
      ${part('all-orders', 'Newest orders', newest, 'No orders yet.')}`,
  });

const workWords: Readonly<Record<FailedWork['work'], string>> = {
  fulfilOrder: 'It could not be packed',
  sendConfirmation: 'Its confirmation could not be sent',
  confirmPayment: 'A message of the gateway about it could not be followed up',
  publish: 'Its events could not be published',
};

const failedPart = (failed: readonly FailedWork[]): Html =>
  html`<section id="failed" aria-labelledby="failed-title">
    <h2 id="failed-title">Given up after many tries (${failed.length})</h2>
    <ul class="orders">
      ${failed.map(
        ({ id, work, key, reason, failedAt }) =>
          html`<li class="card">
            <p><strong>${workWords[work]}</strong>, ${moment(failedAt)}</p>
            <p>${reason}</p>
            <p><a href="/operator/orders/${key.orderId}">Show the order</a></p>
            <form method="post" action="/operator/failed/${id}/retry">
              <button class="button quiet">Try again now</button>
            </form>
          </li>`,
      )}
    </ul>
  </section>`;

const part = (id: string, title: string, found: readonly OrderWithPayment[], nothing: string): Html =>
  html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title} (${found.length})</h2>
    ${found.length === 0 ? html`<p>${nothing}</p>` : orderList(found, '/operator/orders')}
  </section>`;

/** The messages that went out, or would have: `mails` says whether there is a mail server. */
export const outboxPage = (locals: Locals, messages: readonly Message[], mails: boolean): string =>
  layout(locals, {
    title: 'Outbox',
    operator: true,
    main: html`<h1>Outbox</h1>
      <p>
        ${
          mails
            ? 'Confirmations go to the mail server, and are listed here once it has taken them.'
            : 'No mail server is configured: confirmations are kept here, and nobody receives them.'
        }
      </p>
      ${
        messages.length === 0
          ? html`<p>No messages yet.</p>`
          : html`<ul class="orders">
              ${messages.map(
                ({ orderId, to, subject, mailed, at }) =>
                  html`<li class="card">
                    <p><strong>${subject}</strong></p>
                    <p>To ${to}, ${moment(at)}${!mailed && ', not mailed'}</p>
                    <p><a href="/operator/orders/${orderId}">Show the order</a></p>
                  </li>`,
              )}
            </ul>`
      }`,
  });
