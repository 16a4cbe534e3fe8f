import { describe, expect, it } from '@jest/globals';
import { mentions } from '../../e2e/chromium.ts';
import { cards, SimulatorShop, type Dialect } from './simulator-shop.ts';

describe.each<Dialect>(['order', 'payment'])(
  'With the hosted fields of the simulator, %s dialect',
  (dialect) => {
    const shop = new SimulatorShop(dialect);

    it('a card is paid once, and no card number reaches the page, the shop or its server', async () => {
      await shop.open();
      await shop.fill(cards.good);
      await shop.payButton.dblclick();
      expect(await shop.becomes('done')).toMatchObject({ payment: { status: 'captured' } });
      expect(await shop.charges()).toMatchObject([{ orderId: 'order-1', amount: '99.99', currency: 'USD' }]);

      const [number, , , code] = cards.good;
      const toGateway = shop.seen.filter((request) => request.url.startsWith(shop.world.simulator.url));
      expect(toGateway.some((request) => mentions(request, number))).toBe(true);
      expect(
        shop.seen.filter((request) => !toGateway.includes(request) && mentions(request, number)),
      ).toEqual([]);
      expect(shop.world.site.requests.filter((request) => mentions(request, number))).toEqual([]);
      // As a word: the digits of a session's id may hold a code of three by chance.
      const codeAsWord = new RegExp(String.raw`\b${code}\b`);
      expect(shop.world.site.requests.filter(({ body }) => codeAsWord.test(body))).toEqual([]);
      expect(mentions(await shop.page.content(), number)).toBe(false);
    });

    it('Enter in a field pays, by way of the form', async () => {
      await shop.open();
      await shop.fill(cards.good);
      await shop.hosted('securityCode').press('Enter');
      await shop.becomes('done');
      expect(await shop.charges()).toHaveLength(1);
    });

    it('a mistyped number is marked and sent to nobody, and the corrected one is paid', async () => {
      await shop.open();
      await shop.fill(cards.mistyped);
      await shop.payButton.click();
      expect(await shop.becomes('ready', 'card details')).toMatchObject({
        fieldErrors: { number: 'invalid' },
      });
      await shop.eventually(() => shop.hosted('number').getAttribute('aria-invalid'), 'true');
      expect(shop.pays()).toEqual([]);
      await shop.hosted('number').fill(cards.good[0]);
      await shop.payButton.click();
      await shop.becomes('done');
    });

    it('a declined card leaves empty fields of a new session, and the next card is paid', async () => {
      await shop.open();
      await shop.fill(cards.declined);
      const first = shop.sessionId;
      await shop.payButton.click();
      await shop.becomes('ready', 'declined');
      expect(shop.sessionId).not.toBe(first);
      expect(await shop.hosted('number').inputValue()).toBe('');
      await shop.fill(cards.good);
      await shop.payButton.click();
      await shop.becomes('done');
      expect(await shop.charges()).toMatchObject([{ result: 'SUCCESS' }]);
    });

    it.each(['request_timeout', 'system_error'])(
      '%s keeps the typed card and can be tried again',
      async (formStatus) => {
        await shop.open();
        await shop.fill(cards.good);
        await shop.control('POST', '/_simulator/faults', { fault: 'formUpdate', formStatus });
        await shop.payButton.click();
        await shop.becomes('ready', 'try again');
        expect(await shop.charges()).toEqual([]);
        await shop.payButton.click();
        await shop.becomes('done');
      },
    );

    it('an ok that comes after the timeout pays nothing, and the card is asked for again', async () => {
      await shop.open('?updateMs=3000');
      await shop.fill(cards.declined);
      await shop.control('POST', '/_simulator/faults', {
        operation: 'formUpdate',
        fault: 'delay',
        ms: 6_000,
      });
      await shop.payButton.click();
      await shop.becomes('ready', 'enter your card again');
      expect(await shop.hosted('number').inputValue()).toBe('');
      await shop.fill(cards.good);
      await shop.payButton.click();
      await shop.becomes('done');
      expect(shop.pays()).toEqual([{ sessionId: shop.sessionId, revision: 1 }]);
      expect(await shop.charges()).toHaveLength(1);
    });

    it('a session that expired while the payer typed is replaced by a new one', async () => {
      await shop.open();
      await shop.fill(cards.good);
      await shop.control('POST', '/_simulator/clock', { advanceMs: 3_600_000 });
      shop.sessionId = '';
      await shop.payButton.click();
      await shop.becomes('ready', 'enter your card again');
      await shop.fill(cards.good);
      await shop.payButton.click();
      await shop.becomes('done');
      expect(await shop.charges()).toHaveLength(1);
    });

    it('a script that does not load leaves a visible message, and trying again helps', async () => {
      await shop.control('POST', '/_simulator/faults', { operation: 'script', fault: 'dropBefore' });
      await shop.visit();
      await shop.becomes('failed');
      expect(await shop.page.getByRole('status').textContent()).toMatch(/could not be loaded/);
      expect(await shop.page.getByRole('status').isVisible()).toBe(true);
      await shop.page.locator('pre').click();
      await shop.becomes('ready');
    });

    it('the page needs the gateway in script-src and frame-src, and in nothing else', async () => {
      await shop.open();
      await shop.fill(cards.good);
      await shop.payButton.click();
      await shop.becomes('done');
      expect(await shop.violations()).toEqual([]);
    });

    it.each(['script-src', 'frame-src'])(
      'without the gateway in %s there is a message instead of fields',
      async (directive) => {
        shop.mistake = { directive };
        await shop.visit('?loadMs=2000');
        await shop.becomes('failed', 'could not be loaded');
        expect(await shop.violations()).toContainEqual([
          directive.replace(/^script-src$/, 'script-src-elem'),
          expect.stringContaining(shop.world.simulator.url),
        ]);
      },
    );

    it('the styles show inside the frames', async () => {
      await shop.open();
      const placeholder = () =>
        shop.hosted('number').evaluate((input) => getComputedStyle(input, '::placeholder').color);
      await shop.eventually(placeholder, 'rgb(10, 11, 12)');
      const color = (role: string) => shop.hosted(role).evaluate((input) => getComputedStyle(input).color);
      await shop.page.getByText('Card number').click();
      await shop.eventually(() => color('number'), 'rgb(1, 2, 3)');
      await shop.hosted('expiryMonth').hover();
      await shop.eventually(() => color('expiryMonth'), 'rgb(4, 5, 6)');
      await shop.payButton.click();
      await shop.becomes('ready', 'card details');
      await shop.eventually(() => color('securityCode'), 'rgb(7, 8, 9)');
    });
  },
);
