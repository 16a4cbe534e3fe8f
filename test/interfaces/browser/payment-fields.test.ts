import { describe, expect, it } from '@jest/globals';
import { cards, SimulatorShop } from './simulator-shop.ts';

describe('With the payment dialect', () => {
  const shop = new SimulatorShop('payment');

  it('borders, shadows and outlines show on the frame, the rest inside it, in every state', async () => {
    await shop.open();
    await shop.eventually(shop.inside('number', 'background-color'), 'rgb(250, 250, 240)');
    await shop.eventually(shop.outside('number', 'border-top-color'), 'rgb(30, 30, 30)');
    expect(await shop.outside('number', 'border-top-width')()).toBe('2px');
    expect(await shop.inside('number', 'border-top-width')()).toBe('0px');
    expect(await shop.outside('number', 'padding-top')()).toBe('0px');
    expect(await shop.inside('number', 'padding-top')()).toBe('6px');

    await shop.hosted('number').focus();
    await shop.eventually(shop.outside('number', 'border-top-color'), 'rgb(1, 2, 30)');
    await shop.eventually(shop.inside('number', 'color'), 'rgb(1, 2, 3)');
    expect(await shop.outside('number', 'box-shadow')()).toContain('rgb(1, 2, 40)');
    expect(await shop.outside('number', 'outline-style')()).toBe('none');
    expect(await shop.inside('number', 'box-shadow')()).toBe('none');
    await shop.hosted('securityCode').hover();
    await shop.eventually(shop.outside('securityCode', 'border-top-color'), 'rgb(4, 5, 60)');
    expect(await shop.inside('securityCode', 'color')()).toBe('rgb(4, 5, 6)');
  });

  it('a refused submit shows which fields are wrong and which are right, until the next', async () => {
    await shop.open();
    await shop.fill(cards.mistyped);
    await shop.payButton.click();
    await shop.becomes('ready', 'card details');
    await shop.eventually(shop.outside('number', 'border-top-color'), 'rgb(7, 8, 90)');
    await shop.eventually(shop.inside('number', 'color'), 'rgb(7, 8, 9)');
    await shop.eventually(shop.outside('expiryYear', 'border-top-color'), 'rgb(13, 14, 150)');
    await shop.eventually(shop.inside('expiryYear', 'color'), 'rgb(13, 14, 15)');
    expect(await shop.hosted('expiryYear').getAttribute('aria-invalid')).toBeNull();
    await shop.eventually(() => shop.hasFocus('number'), true);

    await shop.control('POST', '/_simulator/faults', { fault: 'formUpdate', formStatus: 'system_error' });
    await shop.payButton.click();
    await shop.becomes('ready', 'try again');
    await shop.eventually(shop.outside('expiryYear', 'border-top-color'), 'rgb(30, 30, 30)');
    await shop.eventually(() => shop.hosted('number').getAttribute('aria-invalid'), null);
  });

  it('a card whose expiry is in one field is paid, and a wrong one is marked there', async () => {
    await shop.open('?expiryDate');
    await shop.hosted('number').fill(cards.good[0]);
    await shop.hosted('securityCode').fill(cards.good[3]);
    await shop.payButton.click();
    expect(await shop.becomes('ready', 'card details')).toMatchObject({
      fieldErrors: { expiryDate: 'required' },
    });
    await shop.hosted('expiryDate').fill('13/39');
    await shop.payButton.click();
    await shop.page.waitForFunction(() =>
      document.querySelector('pre')?.textContent?.includes('"expiryDate":"invalid"'),
    );
    await shop.eventually(() => shop.hosted('expiryDate').getAttribute('aria-invalid'), 'true');
    await shop.hosted('expiryDate').fill('01/39');
    await shop.payButton.click();
    await shop.becomes('done');
    expect(await shop.charges()).toHaveLength(1);
  });

  it('a click on a label moves to its field', async () => {
    await shop.open();
    await shop.page.getByText('Security code').click();
    await shop.eventually(() => shop.hasFocus('securityCode'), true);
    await shop.page.keyboard.type('123');
    expect(await shop.hosted('securityCode').inputValue()).toBe('123');
  });

  it("another session's script gives no fields", async () => {
    shop.mistake = { scriptOf: await shop.openSession() };
    await shop.visit();
    await shop.becomes('failed', 'could not be loaded');
    expect(await shop.page.locator('iframe').count()).toBe(0);
    shop.mistake = {};
    await shop.page.locator('pre').click();
    await shop.becomes('ready');
  });

  it('a new session brings its own script, and the old one is gone', async () => {
    await shop.open();
    await shop.fill(cards.declined);
    await shop.payButton.click();
    await shop.becomes('ready', 'declined');
    const scripts = await shop.page
      .locator('script[src$="script.js"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('src')));
    expect(scripts).toEqual([shop.scriptUrl(shop.sessionId)]);
  });
});
