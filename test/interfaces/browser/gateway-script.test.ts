import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkoutPage,
  paymentScript,
  paymentScriptPath,
  paymentSession,
  routes,
  type CheckoutWindow,
} from './checkout-page.ts';

/** The script of the payment dialect: one for each session, with calls and answers of its own. */

const shop = checkoutPage();
const scriptRoute = (id: string) => `GET ${paymentScriptPath(id)}`;

beforeEach(() => {
  shop.on(routes.open, paymentSession());
  for (const id of ['SESSION-1', 'SESSION-2']) shop.on(scriptRoute(id), paymentScript(id));
});

const inPage = <T>(read: (page: CheckoutWindow) => T) =>
  shop.page.evaluate(`(${read.toString()})(window)`) as Promise<T>;
const state = () => inPage(({ checkout }) => checkout.state);
const sessions = () => inPage(({ gateway }) => gateway.configured.map(({ session }) => session));
const styled = () => inPage(({ gateway }) => gateway.styled);
/** The session of the script that the page has now, and how many such scripts are in it. */
const scripts = () =>
  shop.page.evaluate(() => [
    (window as unknown as { PaymentSession?: { of: string } }).PaymentSession?.of,
    document.querySelectorAll('script[src$="/script.js"]').length,
  ]);
const updated = (...answers: (object | null)[]) =>
  shop.page.evaluate((next) => (window as unknown as CheckoutWindow).gateway.updated.push(...next), answers);
const promise = (kind: 'resolves' | 'rejects') =>
  shop.page.evaluate((said) => {
    (window as unknown as CheckoutWindow).gateway.promise = said;
  }, kind);

describe('The script of a session', () => {
  it('is told the session as text, and which fields it gets', async () => {
    const card = { number: '#card-number', expiryDate: '#month' };
    await shop.mount({ fields: card });
    const options = await inPage(({ gateway }) => JSON.stringify(gateway.configured));
    expect(JSON.parse(options)).toMatchObject([{ session: 'SESSION-1', fields: { card } }]);
    expect(await state()).toMatchObject({ status: 'ready' });
  });

  it('gives way to the script of the next session', async () => {
    await shop.mount();
    expect(await scripts()).toEqual(['SESSION-1', 1]);
    shop.on(routes.update, paymentSession('SESSION-2'));
    await inPage(({ checkout }) => checkout.refresh());
    expect(await scripts()).toEqual(['SESSION-2', 1]);
    expect(await sessions()).toEqual(['SESSION-1', 'SESSION-2']);
    await shop.submit();
    expect(shop.sent(routes.pay)).toEqual(['{"sessionId":"SESSION-2","revision":1}']);
  });

  it('leaves the page with the checkout', async () => {
    await shop.mount();
    await inPage(({ checkout }) => checkout.destroy());
    expect(await scripts()).toEqual([undefined, 0]);
  });

  it('is loaded again when it failed', async () => {
    shop.on(scriptRoute('SESSION-1'), 'cut', paymentScript('SESSION-1'));
    await shop.mount();
    expect(await state()).toMatchObject({ status: 'failed', message: expect.stringMatching(/try again/) });
    expect(await scripts()).toEqual([undefined, 0]);
    await inPage(({ gateway }) => gateway.initialized.push({ status: 'error', message: 'session mismatch' }));
    await inPage(({ checkout }) => checkout.retry());
    expect(await state()).toMatchObject({ status: 'failed' });
    shop.on(routes.update, paymentSession());
    await inPage(({ checkout }) => checkout.retry());
    expect(await state()).toMatchObject({ status: 'ready' });
    expect(await scripts()).toEqual(['SESSION-1', 1]);
  });

  it.each(['error', 'system_error', 'loading', 'OK', ''])(
    'whose fields say "%s" gives no checkout',
    async (status) => {
      await shop.page.evaluate(
        (said) => (window as unknown as CheckoutWindow).gateway.initialized.push({ status: said }),
        status,
      );
      await shop.mount();
      expect(await state()).toMatchObject({ status: 'failed' });
      expect(await shop.page.locator('form input').count()).toBe(4);
    },
  );
});

describe('Two checkouts on one page', () => {
  it('do not meet: the later one has the fields, whatever the script of the earlier one still does', async () => {
    shop.on(routes.open, paymentSession('SESSION-1'), paymentSession('SESSION-2'));
    shop.on(scriptRoute('SESSION-1'), 'hang');
    void shop.mount();
    await shop.page.waitForFunction(() => document.querySelector('script[src*="SESSION-1"]'));
    await shop.mount();
    expect(await state()).toMatchObject({ status: 'ready' });
    await shop.release(paymentScript('SESSION-1'));
    expect(await sessions()).toEqual(['SESSION-2']);
    await shop.submit();
    expect(shop.sent(routes.pay)).toEqual(['{"sessionId":"SESSION-2","revision":1}']);
    expect(await shop.page.locator('form iframe').count()).toBe(4);
    expect(shop.errors).toEqual([]);
  });

  it('do not meet either while the fields of the earlier one appear', async () => {
    shop.on(routes.open, paymentSession('SESSION-1'), paymentSession('SESSION-2'));
    await inPage(({ gateway }) => gateway.initialized.push(null));
    void shop.mount();
    await shop.page.waitForFunction(() => (window as unknown as CheckoutWindow).gateway.configured.length);
    await shop.mount();
    await inPage(({ gateway }) => gateway.configured[0]?.callbacks.initialized({ status: 'ok' }));
    expect(await state()).toMatchObject({ status: 'ready' });
    expect(await shop.page.locator('form iframe').count()).toBe(4);
    expect(await scripts()).toEqual(['SESSION-2', 1]);
    await inPage(({ checkout }) => checkout.destroy());
    expect(await shop.page.locator('form input').count()).toBe(4);
  });
});

describe('The promise of an update', () => {
  it('that resolves although a field is wrong pays nothing', async () => {
    await promise('resolves');
    await shop.mount();
    await updated({ status: 'fields_in_error', errors: { number: 'required', nameOnCard: 'invalid' } });
    const { outcome } = await shop.submit();
    const errors = { number: 'required', nameOnCard: 'invalid' };
    expect(outcome).toMatchObject({ status: 'fields-invalid', errors });
    expect(shop.sent(routes.pay)).toEqual([]);
  });

  it('that resolves is no ok: without the callback nothing is paid', async () => {
    await promise('resolves');
    await shop.mount({ timeouts: { updateMs: 300 } });
    await updated(null);
    shop.on(routes.open, paymentSession('SESSION-2'));
    expect((await shop.submit()).outcome).toMatchObject({ status: 'failed' });
    expect(shop.sent(routes.pay)).toEqual([]);
  });

  it('that rejects is caught, and the callback says what to do', async () => {
    await promise('rejects');
    await shop.mount();
    shop.on(routes.update, paymentSession());
    await updated({ status: 'system_error', session: undefined });
    expect(await shop.submit()).toMatchObject({ outcome: { status: 'failed' }, state: { status: 'ready' } });
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
    expect(shop.errors).toEqual([]);
  });
});

describe('A callback', () => {
  it.each(['processing', 'payment_type_required', ''])(
    'of the unknown status "%s" pays nothing',
    async (status) => {
      await shop.mount();
      shop.on(routes.update, paymentSession());
      await updated({ status });
      expect((await shop.submit()).outcome).toMatchObject({ status: 'failed' });
      expect(shop.sent(routes.pay)).toEqual([]);
    },
  );

  it("of another session's fields is not this submit's", async () => {
    await shop.mount({ timeouts: { updateMs: 300 } });
    shop.on(routes.open, paymentSession('SESSION-2'));
    await updated({ status: 'ok', session: { id: 'SESSION-0' } });
    expect((await shop.submit()).outcome).toMatchObject({ status: 'failed' });
    expect(shop.sent(routes.pay)).toEqual([]);
  });
});

describe("The host's styles", () => {
  const roles = ['card.number', 'card.expiryMonth', 'card.expiryYear', 'card.securityCode'];
  const styles = {
    default: { color: 'black' },
    focus: { color: 'blue' },
    hover: { color: 'grey' },
    invalid: { color: 'red' },
    valid: { color: 'green' },
  };

  it('become the calls that this script has', async () => {
    await shop.mount({ styles });
    expect(await styled()).toEqual([
      ['setStyle', roles, { default: styles.default }],
      ['setFocusStyle', roles, styles.focus],
      ['setErrorStyle', roles, styles.invalid],
      ['setValidStyle', roles, styles.valid],
    ]);
    expect(shop.errors).toEqual([]);
  });

  it('of valid fields show beside those in error, when the gateway names any', async () => {
    await shop.mount({ styles: { valid: styles.valid } });
    await updated(
      { status: 'fields_in_error', errors: { number: 'invalid' } },
      { status: 'fields_in_error' },
    );
    await shop.submit();
    await shop.submit();
    const marks = (await styled()).filter(([call]) => call === 'setFieldState');
    expect(marks).toEqual([['setFieldState', roles.slice(1), 'valid']]);
  });
});

describe('Without setFocus', () => {
  it('the frame of a field gets the focus, by its label and when it is the first in error', async () => {
    await shop.mount();
    const focused = () => shop.page.evaluate(() => document.activeElement?.className);
    await shop.page.getByText('Security code').click();
    expect(await focused()).toBe('gw-proxy-securityCode');
    await updated({ status: 'fields_in_error', errors: { expiryYear: 'invalid' } });
    await shop.submit();
    expect(await focused()).toBe('gw-proxy-expiryYear');
  });
});
