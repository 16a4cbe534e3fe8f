import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkoutPage,
  fields,
  found,
  gatewayScript,
  payment,
  problem,
  routes,
  session,
  until,
  type CheckoutWindow,
} from './checkout-page.ts';

const shop = checkoutPage();

const state = () => shop.page.evaluate(() => (window as unknown as CheckoutWindow).checkout.state);
const retry = () => shop.page.evaluate(() => (window as unknown as CheckoutWindow).checkout.retry());
const refresh = () => shop.page.evaluate(() => (window as unknown as CheckoutWindow).checkout.refresh());
const statuses = () =>
  shop.page.evaluate(() => (window as unknown as CheckoutWindow).states.map(({ status }) => status));
const configured = () =>
  shop.page.evaluate(() =>
    (window as unknown as CheckoutWindow).gateway.configured.map(
      (options) => JSON.parse(JSON.stringify(options)) as object,
    ),
  );
const focused = () => shop.page.evaluate(() => (window as unknown as CheckoutWindow).gateway.focused);
const inputs = () => shop.page.locator('form input').count();
const frames = () => shop.page.locator('form iframe').count();

describe('Mounting a checkout', () => {
  it('opens a session without a body and hands all fields to the gateway', async () => {
    await shop.mount();
    expect(shop.sent(routes.open)).toEqual(['']);
    expect(await configured()).toEqual([
      {
        session: { id: 'SESSION-1' },
        fields: { card: fields },
        frameEmbeddingMitigation: ['javascript'],
        callbacks: {},
      },
    ]);
    expect(await frames()).toBe(4);
  });

  it('is ready only after the gateway said ok, and says the price that it will pay', async () => {
    await shop.mount();
    expect(await statuses()).toEqual(['loading', 'ready']);
    expect(await state()).toMatchObject({ status: 'ready', amount: '99.99', currency: 'USD' });
  });

  it('shows the page once it is proven to be on top', async () => {
    expect(await shop.page.locator('form').isVisible()).toBe(false);
    await shop.mount();
    expect(await shop.page.locator('form').isVisible()).toBe(true);
  });

  it('waits for a page that is still being read', async () => {
    await shop.page.evaluate(() => {
      Object.defineProperty(document, 'readyState', { value: 'loading', configurable: true });
    });
    const mounted = shop.mount();
    await shop.page.evaluate(() => document.dispatchEvent(new Event('DOMContentLoaded')));
    await mounted;
    expect(await state()).toMatchObject({ status: 'ready' });
  });

  it('leaves inputs that cannot hold or post a card while they wait for the gateway', async () => {
    shop.on(routes.script, {
      status: 200,
      body: 'PaymentSession = { configure() { throw new Error("no"); } }',
    });
    await shop.mount();
    expect(await shop.page.locator('#card-number').getAttribute('name')).toBeNull();
    expect(await shop.page.locator('#card-number').isEditable()).toBe(false);
  });

  it('moves the focus to a hosted field when its label is clicked', async () => {
    await shop.mount();
    await shop.page.getByText('Security code').click();
    expect(await focused()).toEqual(['card.securityCode']);
  });

  it('asks below the base path only, however that and the order are written', async () => {
    await shop.mount({ basePath: '/payments/' });
    await shop.mount({ orderId: '../order-1' });
    expect(shop.requests.map(({ line }) => line).filter((line) => line.startsWith('POST'))).toEqual([
      routes.open,
      'POST /payments/orders/..%2Forder-1/session',
    ]);
  });

  it('replaces the checkout that was mounted before', async () => {
    await shop.mount();
    await shop.page.evaluate(() => {
      const page = window as unknown as CheckoutWindow & { first: unknown };
      page.first = page.checkout;
    });
    await shop.mount();
    expect(
      await shop.page.evaluate(
        () => (window as unknown as { first: { state: { status: string } } }).first.state.status,
      ),
    ).toBe('destroyed');
    expect(await state()).toMatchObject({ status: 'ready' });
    expect(await frames()).toBe(4);
    expect(shop.sent(routes.script)).toHaveLength(1);
  });
});

describe('A mistake of the page is refused with a sentence', () => {
  it('that names the field whose selector matches nothing', async () => {
    await expect(shop.mount({ fields: { ...fields, expiryYear: '#yaer' } })).rejects.toThrow(
      'fields.expiryYear: no element matches "#yaer"',
    );
    expect(shop.requests).toEqual([]);
  });

  it('that says a secret key is in the browser', async () => {
    await expect(shop.mount({ texts: { paid: 'sk_test_abc' } })).rejects.toThrow('secret API key');
    expect(shop.requests).toEqual([]);
  });
});

describe('A page without card fields has a message and can try again', () => {
  const failing: [string, () => void][] = [
    ['the script does not load', () => shop.on(routes.script, 'cut', gatewayScript)],
    ['the script is another', () => shop.on(routes.script, { status: 200, body: 'void 0' }, gatewayScript)],
    ['the server has no session', () => shop.on(routes.open, problem(503, 'gateway-unavailable'), session())],
    ['the server is not there', () => shop.on(routes.open, 'cut', session())],
    ['the server does not answer', () => shop.on(routes.open, 'hang', session())],
    ['a proxy answers', () => shop.on(routes.open, { status: 502, body: '<h1>Bad Gateway</h1>' }, session())],
    [
      'the session is of another dialect',
      () => shop.on(routes.open, session({ dialect: 'unheard-of' }), session()),
    ],
    [
      'the session carries a secret key',
      () => shop.on(routes.open, session({ key: 'sk_test_1' }), session()),
    ],
    ['the gateway fails to initialize', () => initialized({ status: 'system_error', message: 'down' })],
    ['the gateway never initializes', () => initialized(null)],
  ];
  let pending: Promise<unknown>;
  const initialized = (answer: object | null) => {
    pending = shop.page.evaluate(
      (first) => (window as unknown as CheckoutWindow).gateway.initialized.push(first),
      answer,
    );
  };
  beforeEach(() => {
    pending = Promise.resolve();
  });

  it.each(failing)('when %s', async (_, arrange) => {
    arrange();
    await pending;
    await shop.mount({ timeouts: { loadMs: 2_000, requestMs: 2_000 } });
    expect(await state()).toMatchObject({ status: 'failed', message: expect.stringMatching(/try again/) });
    expect(await inputs()).toBe(4);
    expect((await shop.submit()).outcome).toMatchObject({ status: 'failed' });
    expect(shop.sent(routes.pay)).toEqual([]);

    await retry();
    expect(await state()).toMatchObject({ status: 'ready' });
    expect(await frames()).toBe(4);
  });
});

describe('A script that comes too late', () => {
  it('leaves a message, and serves the next try', async () => {
    shop.on(routes.script, 'hang');
    await shop.mount({ timeouts: { loadMs: 2_000 } });
    expect(await state()).toMatchObject({ status: 'failed', message: expect.stringMatching(/try again/) });
    await shop.release(gatewayScript);
    shop.on(routes.script, gatewayScript);
    expect(await retry()).toMatchObject({ status: 'ready' });
  });
});

describe('An order that has nothing left to pay', () => {
  it.each(['captured', 'authorized', 'refunded', 'cancelled', 'needs_attention'])(
    'is shown as it is when it is %s, without card fields',
    async (status) => {
      shop.on(routes.open, problem(409, 'not-payable'));
      shop.on(routes.find, found(status));
      await shop.mount();
      expect(await state()).toMatchObject({
        status: 'done',
        payment: { status },
        message: expect.any(String),
      });
      expect(shop.sent(routes.script)).toEqual([]);
      expect((await shop.submit()).outcome).toMatchObject({ status, message: expect.any(String) });
      expect(shop.sent(routes.pay)).toEqual([]);
    },
  );

  it('is watched when it is processing', async () => {
    shop.on(routes.open, problem(409, 'in-progress'));
    shop.on(routes.find, found('processing'), found('processing'), found('captured'));
    await shop.mount();
    expect(await shop.becomes('done')).toMatchObject({ payment: { status: 'captured' } });
  });
});

describe('A changed cart', () => {
  it('is re-priced by the server, and keeps the typed card while the session stays', async () => {
    await shop.mount();
    shop.on(routes.update, session({ amount: '120.00', revision: 2 }));
    const state = await refresh();
    expect(state).toMatchObject({ status: 'ready', amount: '120.00' });
    expect(state.message).toBeUndefined();
    expect(shop.sent(routes.update)).toEqual(['']);
    expect(await configured()).toHaveLength(1);
    await shop.submit();
    expect(shop.sent(routes.pay)).toEqual(['{"sessionId":"SESSION-1","revision":2}']);
  });

  it('takes the new session of the server when there is one', async () => {
    await shop.mount();
    shop.on(routes.update, session({ sessionId: 'SESSION-2', amount: '120.00', revision: 2 }));
    await refresh();
    expect(await configured()).toMatchObject([
      { session: { id: 'SESSION-1' } },
      { session: { id: 'SESSION-2' } },
    ]);
    expect(await frames()).toBe(4);
    await shop.page.getByText('Security code').click();
    expect(await focused()).toEqual(['card.securityCode']);
  });

  it('that the page did not ask about is pointed out to the payer', async () => {
    await shop.mount();
    shop.on(routes.open, session({ sessionId: 'SESSION-2', amount: '120.00', revision: 2 }));
    expect(await retry()).toMatchObject({
      status: 'ready',
      amount: '120.00',
      message: expect.stringContaining('price has changed'),
    });
  });

  it('is never paid in the same breath, at a price that the page has not shown', async () => {
    await shop.mount();
    shop.on(routes.update, session({ amount: '120.00', revision: 2 }));
    const outcome = await shop.page.evaluate(() => {
      const { checkout } = window as unknown as CheckoutWindow;
      void checkout.refresh();
      return checkout.submit();
    });
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(shop.sent(routes.pay)).toEqual([]);
  });
});

describe('The styles of the fields', () => {
  it('are set once the fields are there, and a call that the gateway lacks or refuses costs nothing else', async () => {
    const focus = { color: 'blue' };
    const invalid = { color: 'red' };
    await shop.mount({
      styles: { focus, invalid, hover: { color: 'grey' }, placeholder: { color: 'pink' } },
    });
    const roles = ['card.number', 'card.expiryMonth', 'card.expiryYear', 'card.securityCode'];
    expect(await shop.page.evaluate(() => (window as unknown as CheckoutWindow).gateway.styled)).toEqual([
      ['setFocusStyle', roles, focus],
      ['setInvalidHoverStyle', roles, invalid],
    ]);
    expect(await state()).toMatchObject({ status: 'ready' });
    expect(shop.errors).toEqual(['no such style']);
  });
});

describe('A page that comes back', () => {
  it('from the back/forward cache asks the server where the payment is', async () => {
    await shop.mount();
    shop.on(routes.open, problem(409, 'not-payable'));
    shop.on(routes.find, found('captured'));
    await shop.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    expect(await shop.becomes('done')).toMatchObject({ payment: { status: 'captured' } });
  });

  it('in the middle of a submit leaves it alone', async () => {
    await shop.mount();
    shop.on(routes.pay, 'hang');
    const submitted = shop.submit();
    await until(() => shop.sent(routes.pay).length === 1);
    await shop.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    await shop.release(payment('captured'));
    expect((await submitted).outcome).toMatchObject({ status: 'captured' });
    await state();
    expect(shop.sent(routes.open)).toHaveLength(1);
  });

  it('by an ordinary load does nothing twice', async () => {
    await shop.mount();
    await shop.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false })));
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
    expect(shop.sent(routes.open)).toHaveLength(1);
  });
});

describe('A destroyed checkout', () => {
  const destroy = () => shop.page.evaluate(() => (window as unknown as CheckoutWindow).checkout.destroy());

  it('gives the page its inputs back and does nothing any more', async () => {
    await shop.mount();
    await destroy();
    expect(await inputs()).toBe(4);
    expect(await frames()).toBe(0);
    const before = shop.requests.length;
    await retry();
    await refresh();
    await shop.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    expect((await shop.submit()).outcome).toMatchObject({ status: 'failed' });
    expect(shop.requests).toHaveLength(before);
    expect((await statuses()).at(-1)).toBe('destroyed');
  });

  it('pays nothing when it goes while the fields send the card', async () => {
    await shop.mount();
    const outcome = await shop.page.evaluate(async () => {
      const { checkout, gateway } = window as unknown as CheckoutWindow;
      gateway.updated.push(null);
      const submitted = checkout.submit();
      while (gateway.updates === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      checkout.destroy();
      gateway.configured[0]?.callbacks.formSessionUpdate({ status: 'ok' });
      return submitted;
    });
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(shop.sent(routes.pay)).toEqual([]);
  });

  it('pays nothing when it goes while the payer leaves the last field', async () => {
    await shop.mount();
    const [outcome, updates] = await shop.page.evaluate(async () => {
      const { checkout, gateway } = window as unknown as CheckoutWindow;
      document.querySelector('iframe')?.focus();
      const submitted = checkout.submit();
      checkout.destroy();
      return [await submitted, gateway.updates] as const;
    });
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(updates).toBe(0);
    expect(shop.sent(routes.pay)).toEqual([]);
  });

  it('loads nothing when it goes while the server opens the session', async () => {
    await shop.mount();
    shop.on(routes.update, 'hang');
    await shop.page.evaluate(() => void (window as unknown as CheckoutWindow).checkout.refresh());
    await until(() => shop.sent(routes.update).length === 1);
    await destroy();
    await shop.release(session({ sessionId: 'SESSION-2' }));
    await shop.page.waitForLoadState('networkidle');
    expect(await configured()).toHaveLength(1);
    expect(await inputs()).toBe(4);
  });

  it('takes no field when it goes while the gateway prepares them', async () => {
    await shop.mount();
    shop.on(routes.update, session({ sessionId: 'SESSION-2' }));
    await shop.page.evaluate(() => {
      const { checkout, gateway } = window as unknown as CheckoutWindow;
      gateway.initialized.push(null);
      void checkout.refresh();
    });
    await shop.page.waitForFunction(
      () => (window as unknown as CheckoutWindow).gateway.configured.length === 2,
    );
    await destroy();
    await shop.page.evaluate(() =>
      (window as unknown as CheckoutWindow).gateway.configured[1]?.callbacks.initialized({ status: 'ok' }),
    );
    await shop.page.waitForFunction(() => document.querySelectorAll('form input').length === 4);
    expect(await frames()).toBe(0);
  });
});
