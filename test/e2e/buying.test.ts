/** A person buys something: the shop as `npm start` runs it, in a real browser, and on either generation of the gateway. */
import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.ts';
import { inAShop } from './in-a-shop.ts';
import { declinedCard, goodCard, type Payer } from './payer.ts';

const orderIdOf = ({ page }: Payer): string => new URL(page.url()).pathname.split('/').at(-1) ?? '';

describe.each(['order', 'payment'])('In the %s dialect', (dialect) => {
  const given = inAShop({ PRAHSYS_DIALECT: dialect });

  describe('A person', () => {
    it('chooses, pays by card, and sees the receipt: charged once, packed once, told once', async () => {
      const { payer, gateway } = given;
      const { page } = payer;
      await payer.goTo('/');
      await page.getByRole('button', { name: 'Add to cart: Fountain pen' }).click();
      await page.getByRole('button', { name: 'Add to cart: Blue-black ink' }).click();
      await page.getByLabel('Quantity of Blue-black ink').fill('2');
      await page.getByLabel(/E-mail/).fill('ada@example.com');
      await page.getByRole('button', { name: 'Go to checkout' }).click();
      await payer.cardFormIsReady();
      const orderId = orderIdOf(payer);
      expect(await payer.payButton().innerText()).toBe('Pay $83.98');

      await payer.pay(goodCard);
      await payer.seesReceipt();
      await payer.seesOrderPacked();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Receipt');
      expect(await page.locator('#order-total').innerText()).toBe('$83.98');
      expect(await gateway.charges(orderId)).toMatchObject([
        { operation: 'PAY', amount: '83.98', currency: 'USD', result: 'SUCCESS' },
      ]);
      expect(await gateway.pays(orderId)).toHaveLength(1);

      const operator = await given.operator();
      const timesOf = async (event: string) => {
        await operator.goTo(`/operator/orders/${orderId}`);
        return operator.page.locator(`[data-event=${event}]`).count();
      };
      await eventually(
        () => timesOf('confirmationSent'),
        (times) => times > 0,
      );
      for (const event of ['payStarted', 'captured', 'fulfilled', 'confirmationSent'])
        expect([event, await timesOf(event)]).toEqual([event, 1]);
      await operator.goTo('/operator/outbox');
      const told = operator.page.locator('li', { has: operator.page.locator(`a[href$="${orderId}"]`) });
      expect(await told.count()).toBe(1);
      expect(await told.innerText()).toContain('To ada@example.com');
    });

    it('whose card is declined is told so, and pays with another', async () => {
      const { payer, gateway } = given;
      const orderId = await payer.checkOut();
      await payer.pay(declinedCard);
      await payer.isTold('Your card was declined. Please try another card.');
      await payer.cardFormIsReady();
      expect(await payer.field('number').inputValue()).toBe('');
      expect(await gateway.charges(orderId)).toEqual([]);

      await payer.pay(goodCard);
      await payer.seesReceipt();
      expect(await gateway.pays(orderId)).toHaveLength(2);
      expect(await gateway.charges(orderId)).toMatchObject([{ amount: '64.00' }]);
    });

    it('who mistypes the number sees it marked in its field, and nothing is sent', async () => {
      const { payer, gateway } = given;
      const orderId = await payer.checkOut();
      await payer.pay({ ...goodCard, number: '5123450000000007' });
      await payer.isTold('Please check the marked card details.');
      const field = payer.page.locator('.field[data-field=number]');
      expect(await field.innerText()).toContain('Check the card number.');
      expect(await payer.page.locator('.field.invalid').count()).toBe(1);
      await payer.fieldIsMarked('number');
      await payer.cardFormIsReady();
      expect(await gateway.pays(orderId)).toEqual([]);
      expect(payer.requests.filter(({ url }) => url.endsWith('/pay'))).toEqual([]);

      await payer.field('number').fill(goodCard.number);
      await payer.payButton().click();
      await payer.seesReceipt();
    });
  });

  describe('An order', () => {
    it('does not become paid by looking at its receipt', async () => {
      const { payer, gateway } = given;
      const orderId = await payer.checkOut();
      await payer.goTo(`/orders/${orderId}?resultIndicator=0123456789abcdef&result=SUCCESS&status=captured`);
      await payer.sees('awaiting_payment');
      expect(await payer.page.locator('#why').innerText()).toContain('Nothing was charged.');
      expect(await gateway.charges(orderId)).toEqual([]);
      await payer.page.getByRole('link', { name: 'Go to payment' }).click();
      await payer.cardFormIsReady();
    });

    it('is nothing to another browser: its page, its checkout and its payment are not there', async () => {
      const orderId = await given.payer.order();
      const stranger = await given.stranger();
      await stranger.order();
      for (const path of [`/orders/${orderId}`, `/checkout/${orderId}`, `/payments/orders/${orderId}`]) {
        const response = await stranger.page.goto(given.shop.url + path);
        expect([path, response?.status()]).toEqual([path, 404]);
      }
      await stranger.goTo('/orders');
      expect(await stranger.page.content()).not.toContain(orderId);
      const session = await stranger.send('POST', `/payments/orders/${orderId}/session`);
      expect(session.status).toBe(404);
      expect(await given.gateway.requests(orderId)).toEqual([]);
    });

    it('is listed with its payment to its own browser, and to the operator, whose link works once', async () => {
      const { payer, shop } = given;
      const orderId = await payer.checkOut();
      await payer.pay(goodCard);
      await payer.seesReceipt();
      await payer.page.getByRole('link', { name: 'Your orders' }).click();
      await payer.page.locator(`[data-order-id="${orderId}"][data-status=captured]`).waitFor();
      expect((await payer.page.goto(`${shop.url}/operator`))?.status()).toBe(404);

      const operator = await given.operator();
      await operator.goTo('/operator');
      expect(await operator.page.locator(`#all-orders [data-order-id="${orderId}"]`).count()).toBe(1);
      const late = await given.stranger();
      expect((await late.page.goto(shop.operatorUrl))?.status()).toBe(404);
    });
  });
});
