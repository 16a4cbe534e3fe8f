/** The cart, the checkout and their messages, as a person meets them in a real browser. */
import { describe, expect, it } from '@jest/globals';
import { inAShop } from './in-a-shop.ts';
import { declinedCard, goodCard } from './payer.ts';

const given = inAShop();

describe('The cart', () => {
  it('is there after a reload and on the way back from the checkout, and is empty once it is paid', async () => {
    const { payer } = given;
    const { page } = payer;
    await payer.goTo('/');
    await page.getByRole('button', { name: 'Add to cart: Fountain pen' }).click();
    await page.getByRole('button', { name: 'Add to cart: Blue-black ink' }).click();
    await page.getByLabel('Quantity of Blue-black ink').fill('3');
    await page.keyboard.press('Tab');
    await page.reload();
    await page.locator('#cart-total', { hasText: '$93.97' }).waitFor();
    await page.getByRole('button', { name: 'Go to checkout' }).click();
    await payer.cardFormIsReady();
    await page.goBack();
    await page.locator('#cart-total', { hasText: '$93.97' }).waitFor();
    expect(await page.getByRole('button', { name: 'Go to checkout' }).isEnabled()).toBe(true);
    await page.goForward();
    await payer.cardFormIsReady();
    await payer.pay(goodCard);
    await payer.seesReceipt();
    // The receipt's own script empties the cart; its words are there before it.
    await page.waitForLoadState();
    await payer.goTo('/');
    await page.locator('#cart-empty').waitFor();
    expect(await page.locator('#cart-form').isVisible()).toBe(false);
  });

  it('holds products and quantities in the browser, and nothing else', async () => {
    const { payer } = given;
    await payer.goTo('/');
    await payer.page.getByRole('button', { name: 'Add to cart: Fountain pen' }).click();
    await payer.page.getByLabel(/E-mail/).fill('ada@example.com');
    await payer.page.getByRole('button', { name: 'Go to checkout' }).click();
    await payer.cardFormIsReady();
    await payer.pay(declinedCard);
    await payer.isTold('declined');
    const kept = await payer.page.evaluate(() =>
      JSON.stringify([{ ...sessionStorage }, { ...localStorage }]),
    );
    const orderId = new URL(payer.page.url()).pathname.split('/').at(-1) ?? '';
    expect(JSON.parse(kept)).toEqual([
      { cart: JSON.stringify({ items: [{ sku: 'PEN', quantity: 1 }], orderId }) },
      {},
    ]);
  });

  it('says at the edge of a narrow screen what is in it now, and keeps the keyboard where a line was', async () => {
    const { payer } = given;
    const { page } = payer;
    await page.setViewportSize({ width: 320, height: 640 });
    await payer.goTo('/');
    await page.getByRole('button', { name: 'Add to cart: Fountain pen' }).click();
    await page.getByRole('button', { name: 'Add to cart: Blue-black ink' }).click();
    const news = page.locator('#cart-news');
    expect(await news.innerText()).toBe('Blue-black ink: 1 in your cart. Total $73.99');
    await page.getByLabel('Quantity of Fountain pen').fill('2');
    await page.keyboard.press('Tab');
    expect(await news.innerText()).toBe('3 in your cart. Total $137.99');
    await page.getByRole('button', { name: 'Remove Fountain pen' }).click();
    expect(await news.innerText()).toBe('Fountain pen removed. Total $9.99');
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id);
    expect(await focused()).toBe('Remove Blue-black ink');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('cart-title');
  });

  it('marks an address that is none at its field', async () => {
    const { payer } = given;
    const { page } = payer;
    await payer.goTo('/');
    await page.getByRole('button', { name: 'Add to cart: Fountain pen' }).click();
    await page.getByLabel(/E-mail/).fill('nobody');
    await page.getByRole('button', { name: 'Go to checkout' }).click();
    await page.locator('.field.invalid #email[aria-invalid=true]').waitFor();
  });
});

describe('The checkout', () => {
  it('does not move its fields when a message comes or goes', async () => {
    const { payer } = given;
    await payer.checkOut();
    // In the page, wherever it is scrolled to: a wrong field is scrolled into view.
    const top = () =>
      payer.page.locator('#card-fields').evaluate((fields) => fields.getBoundingClientRect().top + scrollY);
    const before = await top();
    await payer.payButton().click();
    await payer.isTold('Please check the marked card details.');
    expect(await top()).toBe(before);
    await payer.cardFormIsReady();
    await payer.pay(declinedCard);
    await payer.isTold('Your card was declined.');
    await payer.cardFormIsReady();
    expect(await top()).toBe(before);
  });

  it('cancels an order that is not paid, by its button', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await payer.page.getByRole('button', { name: 'Cancel this order' }).click();
    await payer.sees('cancelled');
    await payer.goTo(`/checkout/${orderId}`);
    await payer.sees('cancelled');
    expect(await gateway.pays(orderId)).toEqual([]);
  });

  it('keeps the keyboard at its messages while it tries again to load the card form', async () => {
    const { payer, gateway } = given;
    await gateway.fault({ operation: 'script', fault: 'status', status: 500 });
    await payer.goTo(`/checkout/${await payer.order()}`);
    await payer.isTold('could not be loaded');
    await payer.page.getByRole('button', { name: 'Try again' }).press('Enter');
    await payer.cardFormIsReady();
    expect(await payer.page.evaluate(() => document.activeElement?.id)).toBe('checkout-messages');
  });
});

describe('Without JavaScript', () => {
  it('the shop says what it needs, and shows no field that nothing would come of', async () => {
    const orderId = await given.payer.order();
    const context = await given.browser.newContext({
      javaScriptEnabled: false,
      storageState: await given.payer.context.storageState(),
    });
    const page = await context.newPage();
    await page.goto(given.shop.url);
    expect(await page.locator('.cart .alert').first().innerText()).toContain('need JavaScript');
    await page.goto(`${given.shop.url}/checkout/${orderId}`);
    expect(await page.locator('section .alert').first().innerText()).toContain('Paying needs JavaScript');
    expect(await page.locator('input:visible').count()).toBe(0);
    expect(await page.locator('#lines').innerText()).toMatch(/Fountain pen\s+1 ×\s+\$64\.00/);
    await context.close();
  });
});
