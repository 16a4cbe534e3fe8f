import { html } from './html.ts';
import { layout, type Locals } from './layout.ts';

const cards = [
  ['5123 4500 0000 0008', 'It is charged.'],
  ['4000 0000 0000 0002', 'It is declined; another card then works.'],
  ['4000 0000 0000 9995', 'It is declined for insufficient funds.'],
  ['4000 0000 0000 9987', 'The answer says nothing: the payment is looked into.'],
] as const;

/** Cards that the simulator knows. They have a page of their own, so that neither the checkout nor a log holds a number. */
export const testCardsPage = (locals: Locals): string =>
  layout(locals, {
    title: 'Test cards',
    main: html`<h1>Test cards</h1>
      <section class="card">
        <p>
          This shop runs with a simulator of the payment provider. No money moves, and real cards have no
          place here. All of these take the expiry 01/39 and the security code 100.
        </p>
        <div class="scroll" role="region" aria-label="Test cards" tabindex="0">
          <table>
            <thead>
              <tr>
                <th scope="col">Number</th>
                <th scope="col">What happens</th>
              </tr>
            </thead>
            <tbody>
              ${cards.map(
                ([number, effect]) =>
                  html`<tr>
                    <td class="id card-number">${number}</td>
                    <td>${effect}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </section>`,
  });
