import type { Attempt, FoundPayment, PaymentEvent } from 'paysession';
import { type Html, html } from './html.ts';
import { eventWords, moment, moneyText, operationWords, outcomeWords } from './words.ts';

/**
 * What happened to a payment: its attempts and its history. Only the operator sees ids and the gateway's reasons: a customer who
 * tries stolen cards would learn from them.
 */
export const paymentDetails = (found: FoundPayment, forOperator: boolean): Html => {
  const { payment, history, why } = found;
  const isShown = (attempt: Attempt) => forOperator || !isTriedInVain(attempt);
  const attempts = payment.attempts.filter(isShown);
  const hidden = payment.attempts.filter((attempt) => !isShown(attempt)).map(({ id }) => id);
  const events = history.filter(
    ({ type, attemptId }) =>
      forOperator || !(type.startsWith('correctedTo') || (attemptId !== null && hidden.includes(attemptId))),
  );
  return html`<section class="card" aria-labelledby="details-title">
    <h2 id="details-title">The payment</h2>
    ${forOperator && html`<p id="why"><strong>Why it is where it is:</strong> ${why}</p>`}
    <h3 id="attempts-title">Attempts, in UTC</h3>
    ${
      attempts.length === 0
        ? html`<p>None yet.</p>`
        : table(
            'attempts',
            [
              'Started',
              'What',
              'Amount',
              'Result',
              ...(forOperator ? ['Reason', 'Transaction', 'Session'] : []),
            ],
            [...attempts.map((attempt) => attemptRow(attempt, forOperator))],
          )
    }
    <h3 id="timeline-title">Timeline, in UTC</h3>
    ${table(
      'timeline',
      ['When', 'What happened', ...(forOperator ? ['Reason', 'Version'] : [])],
      [...events.map((event) => eventRow(event, forOperator))],
    )}
    ${
      forOperator &&
      html`<p class="fine">Payment <span class="id">${payment.id}</span>, version ${payment.version}</p>`
    }
  </section>`;
};

/** What the shop asked for and did not get is its own affair, as its decisions are. */
const isTriedInVain = ({ operation, outcome }: Attempt): boolean =>
  operation !== 'pay' && operation !== 'authorize' && ['refused', 'notSent', 'notDone'].includes(outcome);

const table = (name: string, columns: readonly string[], rows: readonly Html[]): Html =>
  html`<div class="scroll" role="region" aria-labelledby="${name}-title" tabindex="0">
    <table id="${name}" aria-labelledby="${name}-title">
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;

const attemptRow = (attempt: Attempt, forOperator: boolean): Html =>
  html`<tr data-outcome="${attempt.outcome}">
    <td>${moment(attempt.startedAt, 'clock')}</td>
    <td>${operationWords[attempt.operation]}</td>
    <td>${moneyText(attempt.amount)}</td>
    <td>${outcomeWords[attempt.outcome]}</td>
    ${
      forOperator &&
      html`<td>${attempt.reason ?? '–'}</td>
        <td class="id">${attempt.transactionId ?? '–'}</td>
        <td class="id">${attempt.sessionId}</td>`
    }
  </tr>`;

const eventRow = (event: PaymentEvent, forOperator: boolean): Html =>
  html`<tr data-event="${event.type}">
    <td>${moment(event.at, 'clock')}</td>
    <td>${eventWords[event.type]}</td>
    ${
      forOperator &&
      html`<td>${event.reason ?? '–'}</td>
        <td>${event.version}</td>`
    }
  </tr>`;
