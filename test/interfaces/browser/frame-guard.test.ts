import { describe, expect, it } from '@jest/globals';
import { guardAgainstFraming } from '../../../src/interfaces/browser/frame-guard.ts';
import { checkoutPage, type CheckoutWindow } from './checkout-page.ts';

const shop = checkoutPage();

/** The checkout inside a page of another site; `sandbox` keeps it from moving that page. */
async function frameCheckout(sandbox: string) {
  await shop.context.route('http://hostile.test/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<iframe ${sandbox} src="http://shop.test/checkout" width="800" height="600"></iframe>`,
    }),
  );
  await shop.page.goto('http://hostile.test/');
  const frame = shop.page.frame({ url: /shop\.test/ });
  if (!frame) throw new Error('the checkout was not framed');
  await frame.waitForLoadState();
  return frame;
}

const sandboxed = 'sandbox="allow-scripts allow-same-origin allow-forms"';
const mountOptions = {
  basePath: '/payments',
  orderId: 'order-1',
  fields: { number: '#card-number', expiryMonth: '#month', expiryYear: '#year' },
} as const;

describe('A checkout inside a foreign page', () => {
  it('stays hidden, opens no session and loads no card field', async () => {
    const frame = await frameCheckout(sandboxed);
    const outcome = await frame.evaluate(async (options) => {
      const page = window as unknown as CheckoutWindow;
      const checkout = await page.paysession.mountCheckout(options);
      await Promise.all([checkout.retry(), checkout.refresh()]);
      return [checkout.state, await checkout.submit()];
    }, mountOptions);
    expect(outcome).toMatchObject([
      { status: 'blocked', message: expect.any(String) },
      { status: 'failed', message: expect.any(String) },
    ]);
    expect(await frame.locator('form').isVisible()).toBe(false);
    expect(shop.requests).toEqual([]);
  });

  it('stays hidden even when its own style element is missing', async () => {
    const frame = await frameCheckout(sandboxed);
    await frame.evaluate(() => document.getElementById('antiClickjack')?.remove());
    expect(await frame.locator('form').isVisible()).toBe(true);
    await frame.evaluate(
      (options) => (window as unknown as CheckoutWindow).paysession.mountCheckout(options),
      mountOptions,
    );
    expect(await frame.locator('form').isVisible()).toBe(false);
  });

  it('breaks out of it where the browser lets it', async () => {
    const frame = await frameCheckout('sandbox="allow-scripts allow-same-origin allow-top-navigation"');
    await Promise.all([
      shop.page.waitForURL('http://shop.test/checkout'),
      frame.evaluate((options) => {
        void (window as unknown as CheckoutWindow).paysession.mountCheckout(options);
      }, mountOptions),
    ]);
    expect(shop.requests).toEqual([]);
  });

  it('is shown when the host guards itself by a header instead', async () => {
    const frame = await frameCheckout('');
    const state = await frame.evaluate(async (options) => {
      const { mountCheckout } = (window as unknown as CheckoutWindow).paysession;
      return (await mountCheckout({ ...options, frameEmbeddingMitigation: ['csp'] })).state;
    }, mountOptions);
    expect(state).toMatchObject({ status: 'ready' });
    expect(await frame.locator('form').isVisible()).toBe(true);
  });
});

describe('The guard alone', () => {
  it('works as the text of an inline script, before any bundle', async () => {
    expect(await shop.page.locator('form').isVisible()).toBe(false);
    expect(await shop.page.evaluate(`(${guardAgainstFraming})()`)).toBe(true);
    expect(await shop.page.locator('form').isVisible()).toBe(true);

    const frame = await frameCheckout(sandboxed);
    expect(await frame.evaluate(`(${guardAgainstFraming})()`)).toBe(false);
    expect(await frame.locator('form').isVisible()).toBe(false);
  });

  it('removes the style element whose id it is given', async () => {
    await shop.page.evaluate(() =>
      document.getElementById('antiClickjack')?.setAttribute('id', 'hidden-first'),
    );
    await shop.page.evaluate(`(${guardAgainstFraming})('hidden-first')`);
    expect(await shop.page.locator('form').isVisible()).toBe(true);
  });
});
