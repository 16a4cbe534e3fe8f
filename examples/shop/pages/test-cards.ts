import { html } from './html.ts';
import { layout, type Locals } from './layout.ts';

const cards = [
  ['5123 4500 0000 0008', '01/39', '100', 'is charged'],
  ['4000 0000 0000 0002', '01/39', '100', 'is declined; another card then works'],
  ['4000 0000 0000 9995', '01/39', '100', 'is declined for insufficient funds'],
  ['4000 0000 0000 9987', '01/39', '100', 'gets an answer that says nothing: the payment is looked into'],
] as const;

/** Cards that the simulator knows. They have a page of their own, so that neither the checkout nor a log holds a number. */
export const testCardsPage = (locals: Locals): string =>
  layout(locals, {
    title: 'Test cards',
    main: html`<h1>Test cards</h1>
      <section class="card">
        <p>
          This shop runs with a simulator of the payment provider. No money moves, and real cards have no
          place here.
        </p>
        <div class="scroll" role="region" aria-label="Test cards" tabindex="0">
          <table>
            <thead>
              <tr>
                <th scope="col">Number</th>
                <th scope="col">Expiry</th>
                <th scope="col">Code</th>
                <th scope="col">It</th>
              </tr>
            </thead>
            <tbody>
              ${cards.map(
                ([number, expiry, code, effect]) =>
                  html`<tr>
                    <td class="id">${number}</td>
                    <td>${expiry}</td>
                    <td>${code}</td>
                    <td>${effect}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </section>`,
  });
