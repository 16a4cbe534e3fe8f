/** Whatever a payer does with the page, an order is paid once, and at the price that was shown. */
import { describe, expect, it } from '@jest/globals';
import { inAShop } from './in-a-shop.ts';
import { goodCard } from './payer.ts';
import { isOrderDialect } from './shop-process.ts';

const given = inAShop();
const minute = 60_000;

/** One call left for the gateway, and one charge stands in its ledger. */
async function expectPaidOnce(orderId: string, amount = '64.00'): Promise<void> {
  expect(await given.gateway.pays(orderId)).toHaveLength(1);
  expect(await given.gateway.charges(orderId)).toMatchObject([
    { amount, currency: 'USD', result: 'SUCCESS' },
  ]);
}

describe('An order is paid once', () => {
  it('by a double click', async () => {
    const { payer } = given;
    const orderId = await payer.checkOut();
    await payer.typeCard(goodCard);
    await payer.payButton().dblclick();
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });

  it('by Enter in a field, pressed again and again, and the button after it', async () => {
    const { payer } = given;
    const orderId = await payer.checkOut();
    await payer.typeCard(goodCard);
    const field = payer.field('securityCode');
    await field.press('Enter');
    await field.evaluate((input) => {
      for (let times = 0; times < 3; times += 1)
        input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    });
    await payer.page.evaluate(() => document.querySelector<HTMLFormElement>('#card-form')?.requestSubmit());
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });

  it('when the gateway takes its time: the page says that it is paying, and then shows the receipt', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', fault: 'delay', ms: minute });
    await payer.pay(goodCard);
    await gateway.payArrives(orderId);
    await payer.page.locator('#checkout-status', { hasText: 'Paying…' }).waitFor();
    expect(await payer.payButton().isEnabled()).toBe(false);
    expect(await payer.page.locator('#pay .spinner').isVisible()).toBe(true);
    await gateway.timePasses(minute);
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });

  it('when the page is loaded again while it pays', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', fault: 'delay', ms: minute });
    await payer.pay(goodCard);
    await gateway.payArrives(orderId);
    await payer.page.reload();
    await payer.sees('processing');
    expect(await payer.page.locator('#pay-now').count()).toBe(0);
    await gateway.timePasses(minute);
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });

  it('when the page is closed while it pays: the order is paid and packed without it', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', fault: 'delay', ms: minute });
    await payer.pay(goodCard);
    await gateway.payArrives(orderId);
    await payer.page.close();
    await gateway.timePasses(minute);
    const later = await payer.context.newPage();
    await later.goto(`${given.shop.url}/orders/${orderId}`);
    await payer.seesReceipt(later);
    await payer.seesOrderPacked(later);
    await expectPaidOnce(orderId);
  });

  it('when the payer goes back after paying, and opens the checkout once more', async () => {
    const { payer } = given;
    await payer.goTo('/');
    const orderId = await payer.checkOut();
    await payer.pay(goodCard);
    await payer.seesReceipt();
    await payer.page.goBack();
    expect(new URL(payer.page.url()).pathname).toBe('/');
    await payer.goTo(`/checkout/${orderId}`);
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });

  it('when the back button leads to a checkout that was paid elsewhere meanwhile', async () => {
    const { payer, shop } = given;
    const orderId = await payer.checkOut();
    await payer.goTo('/orders');
    const other = await payer.context.newPage();
    await other.goto(`${shop.url}/checkout/${orderId}`);
    await payer.typeCard(goodCard, other);
    await payer.payButton(other).click();
    await payer.seesReceipt(other);
    await payer.page.goBack();
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });

  it('when the browser kept the checkout, with the card in it, and shows it again after it was paid', async () => {
    const { payer, shop } = given;
    const orderId = await payer.checkOut();
    await payer.typeCard(goodCard);
    const other = await payer.context.newPage();
    await other.goto(`${shop.url}/checkout/${orderId}`);
    await payer.typeCard(goodCard, other);
    await payer.payButton(other).click();
    await payer.seesReceipt(other);
    // What a page hears that comes back from the back/forward cache, which Playwright switches off.
    await payer.page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });

  it('and a submit that is sent again is answered with what happened, without a call', async () => {
    const { payer } = given;
    const orderId = await payer.checkOut();
    const { sessionId, revision } = (await payer.send('POST', `/payments/orders/${orderId}/session`)).body;
    await payer.pay(goodCard);
    await payer.seesReceipt();
    const again = await payer.send('POST', `/payments/orders/${orderId}/pay`, { sessionId, revision });
    expect(again).toMatchObject({ status: 200, body: { status: 'captured', amount: '64.00' } });
    await expectPaidOnce(orderId);
  });

  it('by two tabs that submit at once, and both show the receipt', async () => {
    const { payer, shop } = given;
    const orderId = await payer.checkOut();
    const other = await payer.context.newPage();
    await other.goto(`${shop.url}/checkout/${orderId}`);
    await payer.cardFormIsReady(other);
    await payer.typeCard(goodCard);
    await payer.typeCard(goodCard, other);
    await Promise.all([payer.payButton().click(), payer.payButton(other).click()]);
    await Promise.all([payer.seesReceipt(), payer.seesReceipt(other)]);
    await expectPaidOnce(orderId);
  });
});

describe('A session', () => {
  it('of another order, or an unknown one, pays nothing: it is refused and nothing is sent', async () => {
    const { payer, gateway } = given;
    const other = await payer.order();
    const orderId = await payer.checkOut();
    const foreign = await payer.send('POST', `/payments/orders/${other}/session`);
    for (const sessionId of [foreign.body['sessionId'], 'SESSION0001234567890A1234567B12']) {
      const answer = await payer.send('POST', `/payments/orders/${orderId}/pay`, { sessionId });
      expect(answer).toMatchObject({ status: 409, body: { code: 'session-mismatch' } });
    }
    expect([...(await gateway.pays(orderId)), ...(await gateway.pays(other))]).toEqual([]);
    await payer.pay(goodCard);
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });

  it('is paid for the amount of the order, and a page that names another is refused', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    const { sessionId } = (await payer.send('POST', `/payments/orders/${orderId}/session`)).body;
    const answer = await payer.send('POST', `/payments/orders/${orderId}/pay`, { sessionId, amount: '0.01' });
    expect(answer).toMatchObject({ status: 400, body: { field: 'amount' } });
    expect(await gateway.pays(orderId)).toEqual([]);
  });
});

describe('The price', () => {
  it('follows the quantity on the checkout, at the gateway too, and the typed card stays', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await payer.typeCard(goodCard);
    await payer.page.getByLabel('Quantity of Fountain pen').fill('3');
    await payer.page.keyboard.press('Tab');
    await payer.page.locator('#amount', { hasText: '$192.00' }).waitFor();
    await payer.cardFormIsReady();
    expect(await payer.payButton().innerText()).toBe('Pay $192.00');
    expect(await payer.page.locator('#lines .line-amount').innerText()).toBe('$192.00');
    const { sessionId } = (await payer.send('POST', `/payments/orders/${orderId}/session`)).body;
    const updates = (await gateway.requests(String(sessionId))).filter(({ method }) => method === 'PUT');
    const price = { amount: 192, currency: 'USD' };
    expect(updates).toMatchObject([{ body: isOrderDialect ? { order: price } : { payment: price } }]);
    await payer.payButton().click();
    await payer.seesReceipt();
    await expectPaidOnce(orderId, '192.00');
  });

  it('that changed in another tab is shown first, with the lines: nothing is paid until the payer agrees', async () => {
    const { payer, gateway, shop } = given;
    const orderId = await payer.checkOut();
    const other = await payer.context.newPage();
    await other.goto(`${shop.url}/checkout/${orderId}`);
    await payer.cardFormIsReady(other);
    await other.getByLabel('Quantity of Fountain pen').fill('2');
    await other.keyboard.press('Tab');
    await other.locator('#pay', { hasText: 'Pay $128.00' }).waitFor();

    expect(await payer.payButton().innerText()).toBe('Pay $64.00');
    await payer.pay(goodCard);
    await payer.isTold('Your order was changed elsewhere. Please check it, then pay again.');
    await payer.cardFormIsReady();
    expect(await payer.payButton().innerText()).toBe('Pay $128.00');
    expect(await payer.page.getByLabel('Quantity of Fountain pen').inputValue()).toBe('2');
    expect(await payer.page.locator('#lines .line-amount').innerText()).toBe('$128.00');
    expect(await payer.page.locator('#amount').innerText()).toBe('$128.00');
    expect(await gateway.pays(orderId)).toEqual([]);

    await payer.payButton().click();
    await payer.seesReceipt();
    await expectPaidOnce(orderId, '128.00');
  });

  it('that changed in the moment of paying is shown with its lines, and paid by the next click only', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await payer.typeCard(goodCard);
    const release = await payer.holdsBack(`**/payments/orders/${orderId}/pay`);
    await payer.payButton().click();
    await payer.asksFor('/pay');
    await payer.send('PUT', `/api/orders/${orderId}`, { items: [{ sku: 'PEN', quantity: 2 }] });
    release();
    await payer.isTold('The price has changed. Please check the new amount, then pay again.');
    await payer.page.locator('#lines .line-amount', { hasText: '$128.00' }).waitFor();
    expect(await payer.page.getByLabel('Quantity of Fountain pen').inputValue()).toBe('2');
    expect(await gateway.pays(orderId)).toEqual([]);
    await payer.cardFormIsReady();
    await payer.payButton().click();
    await payer.seesReceipt();
    await expectPaidOnce(orderId, '128.00');
  });

  it('and the lines that another tab changed stay when this one changes another line', async () => {
    const { payer } = given;
    const { orderId } = (await payer.context.request
      .post(`${given.shop.url}/api/orders`, {
        data: {
          items: [
            { sku: 'PEN', quantity: 1 },
            { sku: 'INK', quantity: 1 },
          ],
        },
      })
      .then((response) => response.json())) as { orderId: string };
    await payer.goTo(`/checkout/${orderId}`);
    await payer.cardFormIsReady();
    const items = [
      { sku: 'PEN', quantity: 3 },
      { sku: 'INK', quantity: 1 },
    ];
    await payer.send('PUT', `/api/orders/${orderId}`, { items });
    await payer.page.getByLabel('Quantity of Blue-black ink').fill('2');
    await payer.page.keyboard.press('Tab');
    await payer.page.locator('#pay', { hasText: 'Pay $211.98' }).waitFor();
    expect(await payer.page.getByLabel('Quantity of Fountain pen').inputValue()).toBe('3');
    expect(await payer.page.locator('#lines .line-amount').allInnerTexts()).toEqual(['$192.00', '$19.98']);
  });

  it.each(['0', '1000', '1.5', ''])(
    'is that of the last quantity which was taken, not of %j',
    async (wrong) => {
      const { payer } = given;
      const orderId = await payer.checkOut();
      const quantity = payer.page.getByLabel('Quantity of Fountain pen');
      const told = payer.page.locator('#summary-alert');
      await quantity.fill(wrong);
      await payer.page.keyboard.press('Tab');
      await told
        .filter({ hasText: 'Please enter a whole number from 1 to 99. Fountain pen: still 1.' })
        .waitFor();
      expect(await quantity.inputValue()).toBe('1');
      await quantity.fill('2');
      await payer.page.keyboard.press('Tab');
      await payer.page.locator('#pay', { hasText: 'Pay $128.00' }).waitFor();
      expect(await told.innerText()).toBe('');
      await payer.pay(goodCard);
      await payer.seesReceipt();
      await expectPaidOnce(orderId, '128.00');
    },
  );

  it('is that of the last quantity which was taken when the shop cannot be reached', async () => {
    const { payer } = given;
    await payer.checkOut();
    const quantity = payer.page.getByLabel('Quantity of Fountain pen');
    await payer.context.setOffline(true);
    await quantity.fill('5');
    await payer.page.keyboard.press('Tab');
    const told = payer.page.locator('#summary-alert');
    await told.filter({ hasText: 'The shop could not be reached.' }).waitFor();
    expect([await quantity.inputValue(), await payer.payButton().innerText()]).toEqual(['1', 'Pay $64.00']);
    await payer.context.setOffline(false);
    await quantity.fill('5');
    await payer.page.keyboard.press('Tab');
    await payer.page.locator('#pay', { hasText: 'Pay $320.00' }).waitFor();
    expect(await told.innerText()).toBe('');
  });

  it('cannot change any more once money moves', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', fault: 'delay', ms: minute });
    await payer.pay(goodCard);
    await gateway.payArrives(orderId);
    expect(await payer.page.getByLabel('Quantity of Fountain pen').isEnabled()).toBe(false);
    const items = [{ sku: 'PEN', quantity: 2 }];
    const change = await payer.send('PUT', `/api/orders/${orderId}`, { items });
    expect(change).toMatchObject({ status: 409, body: { code: 'not-changeable' } });
    await gateway.timePasses(minute);
    await payer.seesReceipt();
    await expectPaidOnce(orderId);
  });
});
