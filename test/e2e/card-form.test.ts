/** The checkout page and the gateway's fields in it: shown safely, usable when ready, and never a dead end. */
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from './eventually.ts';
import type { Locator } from 'playwright-core';
import { inAShop } from './in-a-shop.ts';
import { goodCard } from './payer.ts';
import { isOrderDialect } from './shop-process.ts';

const given = inAShop();
const minute = 60_000;

/** What a thief's page shows of a frame: its text, when the browser let it load at all. */
async function payableIn(page: Page): Promise<{ loaded: boolean; payButton: boolean; fields: number }> {
  const frame = page.frames().find((one) => one.url().includes('/checkout/'));
  if (frame === undefined) return { loaded: false, payButton: false, fields: 0 };
  const button = frame.locator('#pay');
  return {
    loaded: (await button.count()) === 1,
    payButton: (await button.count()) === 1 && (await button.isVisible()),
    fields: await frame.locator('iframe').count(),
  };
}

describe('A hostile page that frames the checkout', () => {
  it('gets nothing of it, because the policy of the page names no one', async () => {
    const { payer, shop } = given;
    const orderId = await payer.order();
    const hostile = await given.hostile(`<iframe src="${shop.url}/checkout/${orderId}"></iframe>`);
    await payer.page.goto(hostile.origin);
    const refusal = await eventually(
      () => payer.violations.splice(0).join(),
      (text) => text !== '',
    );
    expect(refusal).toContain('frame-ancestors');
    expect(await payableIn(payer.page)).toMatchObject({ loaded: false });
  });

  it.each([
    ['a sandbox', 'sandbox="allow-scripts allow-same-origin allow-forms"'],
    ['no sandbox', ''],
  ])('shows nothing payable even without that policy, in %s', async (_name, attributes) => {
    const { payer, shop } = given;
    const orderId = await payer.order();
    // As if a proxy had lost the header: the guard in the page is the second line.
    await payer.page.route('**/checkout/*', async (route) => {
      const response = await route.fetch();
      const headers = new Map(Object.entries(response.headers()));
      headers.delete('content-security-policy');
      await route.fulfill({ response, headers: Object.fromEntries(headers) });
    });
    const hostile = await given.hostile(
      `<iframe ${attributes} src="${shop.url}/checkout/${orderId}"></iframe>`,
    );
    await payer.page.goto(hostile.origin);
    await payer.page
      .frameLocator('iframe')
      .locator('#card-form[data-state=blocked]')
      .waitFor({ state: 'attached' });
    expect(await payableIn(payer.page)).toEqual({ loaded: true, payButton: false, fields: 0 });
    expect(await given.gateway.requests(orderId)).toEqual([]);
  });
});

describe('The checkout page', () => {
  it('is hidden until its guard has run, and shown once it is on top', async () => {
    const { payer } = given;
    const orderId = await payer.order();
    const response = await payer.context.request.get(`${given.shop.url}/checkout/${orderId}`);
    const head = /<head>.*<\/head>/s.exec(await response.text())?.[0] ?? '';
    const [hides, guards] = [head.indexOf('id="antiClickjack"'), head.indexOf('<script')];
    expect(hides).toBeGreaterThan(0);
    expect(guards).toBeGreaterThan(hides);
    await payer.goTo(`/checkout/${orderId}`);
    expect(await payer.page.locator('#antiClickjack').count()).toBe(0);
    expect(await payer.page.locator('#card-form').isVisible()).toBe(true);
  });

  it.each([
    ['is refused', { fault: 'status', status: 500 }],
    ['never arrives', { fault: 'dropBefore' }],
  ])('says so when the script of the card fields %s, and trying again helps', async (_name, fault) => {
    const { payer, gateway } = given;
    await gateway.fault({ operation: 'script', ...fault });
    const orderId = await payer.order();
    await payer.goTo(`/checkout/${orderId}`);
    await payer.isTold('The card form could not be loaded. Please try again.');
    expect(await payer.payButton().isEnabled()).toBe(false);
    await payer.page.getByRole('button', { name: 'Try again' }).click();
    await payer.cardFormIsReady();
    await payer.pay(goodCard);
    await payer.seesReceipt();
  });

  it('says so when its own script does not arrive, with a way on', async () => {
    const { payer } = given;
    const orderId = await payer.order();
    await payer.page.route('**/assets/checkout.js', (route) => route.abort());
    await payer.goTo(`/checkout/${orderId}`);
    await payer.page.getByText('This page could not be loaded completely.').waitFor();
    await payer.page.unroute('**/assets/checkout.js');
    await payer.page.getByRole('link', { name: 'Try again' }).click();
    await payer.cardFormIsReady();
  });

  it('lets nobody pay before the fields have said that they are ready', async () => {
    const { payer } = given;
    const release = await payer.holdsBack('**/open');
    await payer.goTo(`/checkout/${await payer.order()}`);
    await payer.asksFor('/open');
    await payer.page.getByText('Loading the card form…').waitFor();
    await payer.typeCard(goodCard);
    await payer.field('securityCode').press('Enter');
    await payer.page.locator('#card-form').evaluate((form: HTMLFormElement) => form.requestSubmit());
    expect(await payer.payButton().isEnabled()).toBe(false);
    release();
    await payer.cardFormIsReady();
    expect(payer.requests.filter(({ url }) => /\/(finish|pay)$/.test(url))).toEqual([]);
    await payer.payButton().click();
    await payer.seesReceipt();
  });

  it('gets over fields that could not be initialized, because their session had ended', async () => {
    const { payer, gateway } = given;
    const script = isOrderDialect ? '/session.js' : '/script.js';
    const release = await payer.holdsBack(`**${script}`);
    await payer.goTo(`/checkout/${await payer.order()}`);
    await payer.asksFor(script);
    await gateway.timePasses(20 * minute);
    release();
    await payer.isTold('The card form could not be loaded. Please try again.');
    await payer.page.getByRole('button', { name: 'Try again' }).click();
    await payer.cardFormIsReady();
  });
});

describe('When the fields answer a submit', () => {
  it.each(['request_timeout', 'system_error'])(
    '%s, the payer is told that nothing was charged, and pays by trying again',
    async (formStatus) => {
      const { payer, gateway } = given;
      const orderId = await payer.checkOut();
      await gateway.fault({ fault: 'formUpdate', formStatus });
      await payer.pay(goodCard);
      await payer.isTold('Nothing was charged. Please try again.');
      await payer.cardFormIsReady();
      expect(await gateway.pays(orderId)).toEqual([]);
      await payer.payButton().click();
      await payer.seesReceipt();
      expect(await gateway.charges(orderId)).toHaveLength(1);
    },
  );

  it('fields_in_error, each is marked with what it lacks, and the button works again', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await payer.field('number').fill(goodCard.number);
    await payer.field('expiryMonth').fill('13');
    await payer.payButton().click();
    await payer.isTold('Please check the marked card details.');
    const notes = await payer.page.locator('.field-error:visible').allInnerTexts();
    expect(notes).toEqual(['Check the month.', 'Enter the year.', 'Enter the code.']);
    for (const name of ['expiryMonth', 'expiryYear', 'securityCode']) await payer.fieldIsMarked(name);
    await payer.cardFormIsReady();
    expect(await gateway.pays(orderId)).toEqual([]);
    await payer.pay(goodCard);
    await payer.seesReceipt();
  });

  it('not at all, the payer is told, and a late answer pays nothing by itself', async () => {
    const { payer, gateway } = given;
    await payer.page.clock.install();
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'formUpdate', fault: 'delay', ms: minute });
    await payer.pay(goodCard);
    await payer.page.getByText('Paying… Please keep this page open.').waitFor();
    await payer.asksFor('/finish');
    await payer.page.clock.fastForward(40_000);
    await payer.isTold('Nothing was charged.');
    await payer.cardFormIsReady();
    await gateway.timePasses(minute);
    expect(await gateway.pays(orderId)).toEqual([]);
    await payer.pay(goodCard);
    await payer.seesReceipt();
    expect(await gateway.pays(orderId)).toHaveLength(1);
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });
});

describe('A pay session that has ended', () => {
  it('while the card was typed is replaced in place, and the payer is asked for the card again', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await payer.typeCard(goodCard);
    await gateway.timePasses(20 * minute);
    await payer.payButton().click();
    await payer.isTold('enter your card again');
    await payer.cardFormIsReady();
    expect(await payer.field('number').inputValue()).toBe('');
    expect(await gateway.pays(orderId)).toEqual([]);
    await payer.pay(goodCard);
    await payer.seesReceipt();
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });

  it('between the card and the pay is replaced in place too, and nothing was charged', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await payer.page.route(
      '**/pay',
      async (route) => {
        await gateway.timePasses(20 * minute);
        await route.continue();
      },
      { times: 1 },
    );
    await payer.pay(goodCard);
    await payer.isTold('Nothing was charged. Please enter your card again.');
    await payer.cardFormIsReady();
    expect(await payer.field('number').inputValue()).toBe('');
    expect(await gateway.charges(orderId)).toEqual([]);
    await payer.pay(goodCard);
    await payer.seesReceipt();
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });
});

describe('The styles of the shop', () => {
  it('show in and around the fields: placeholder, focus, hover, invalid', async () => {
    const { payer } = given;
    await payer.checkOut();
    const styleOf = (place: Locator, property: string, pseudo?: string) =>
      place.evaluate((element, [one, part]) => getComputedStyle(element, part).getPropertyValue(one), [
        property,
        pseudo,
      ] as const);
    const style = (name: string, property: string, pseudo?: string) =>
      styleOf(payer.field(name), property, pseudo);
    /** Today's gateway shows borders and outlines on the frame, the older one on the input in it. */
    const edge = (name: string, property: string) =>
      isOrderDialect
        ? style(name, property)
        : styleOf(payer.page.locator(`iframe.gw-proxy-${name}`), property);
    const shows = async (read: () => Promise<string>, value: string) =>
      expect(await eventually(read, (now) => now === value, 5_000)).toBe(value);

    await shows(() => style('expiryMonth', 'color', '::placeholder'), 'rgb(102, 114, 127)');
    await shows(() => edge('number', 'border-top-color'), 'rgb(123, 135, 148)');
    await payer.page.getByText('Card number', { exact: true }).click();
    await shows(() => edge('number', 'border-top-color'), 'rgb(29, 79, 145)');
    await shows(() => edge('number', 'outline-style'), 'solid');
    await payer.field('expiryYear').hover();
    await shows(() => edge('expiryYear', 'border-top-color'), 'rgb(70, 86, 107)');
    await payer.payButton().click();
    await payer.fieldIsMarked('securityCode');
    await shows(() => style('securityCode', 'color'), 'rgb(164, 22, 26)');
    await shows(() => edge('securityCode', 'border-top-color'), 'rgb(164, 22, 26)');
    await payer.field('securityCode').hover();
    await shows(() => edge('securityCode', 'border-top-color'), 'rgb(164, 22, 26)');
  });
});
