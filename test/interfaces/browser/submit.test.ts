import { describe, expect, it } from '@jest/globals';
import {
  checkoutPage,
  found,
  payment,
  problem,
  routes,
  session,
  type CheckoutWindow,
  type Reply,
} from './checkout-page.ts';

const shop = checkoutPage();

const paid = '{"sessionId":"SESSION-1","revision":1}';
/** The next updates of the hosted fields answer this; `null`: nothing. */
const updated = (...answers: (object | null)[]) =>
  shop.page.evaluate((next) => (window as unknown as CheckoutWindow).gateway.updated.push(...next), answers);
/** A callback of the nth configuration, out of the blue. */
const callBack = (nth: number, answer: object) =>
  shop.page.evaluate(
    ([index, said]) =>
      (window as unknown as CheckoutWindow).gateway.configured[index]?.callbacks.formSessionUpdate(said),
    [nth, answer] as const,
  );
const updates = () => shop.page.evaluate(() => (window as unknown as CheckoutWindow).gateway.updates);
const sessions = () =>
  shop.page.evaluate(() =>
    (window as unknown as CheckoutWindow).gateway.configured.map(({ session }) =>
      typeof session === 'string' ? session : session.id,
    ),
  );

describe('A submit', () => {
  it("pays with the session and the price's revision, and names no amount", async () => {
    await shop.mount();
    const { outcome, state } = await shop.submit();
    expect(outcome).toMatchObject({
      status: 'captured',
      payment: { amount: '99.99' },
      message: expect.any(String),
    });
    expect(state).toMatchObject({ status: 'done', payment: { status: 'captured' } });
    expect(shop.sent(routes.pay)).toEqual([paid]);
  });

  it('answers a second one with the same promise, and pays once', async () => {
    await shop.mount();
    const same = await shop.page.evaluate(async () => {
      const { checkout } = window as unknown as CheckoutWindow;
      const [first, second] = [checkout.submit(), checkout.submit()];
      await Promise.all([first, second]);
      return first === second;
    });
    expect(same).toBe(true);
    expect(await updates()).toBe(1);
    expect(shop.sent(routes.pay)).toEqual([paid]);
  });

  it('after the payment has been made answers the same, and sends nothing', async () => {
    await shop.mount();
    const first = await shop.submit();
    const before = shop.requests.length;
    expect(await shop.submit()).toEqual(first);
    expect(shop.requests).toHaveLength(before);
    expect(await updates()).toBe(1);
  });

  it('takes the focus out of a hosted field first, so that what is typed last counts', async () => {
    await shop.mount();
    const focused = await shop.page.evaluate(async () => {
      const { checkout, gateway } = window as unknown as CheckoutWindow;
      document.querySelector('iframe')?.focus();
      const before = document.activeElement?.tagName;
      gateway.updated.push(null);
      void checkout.submit();
      while (gateway.updates === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return [before, document.activeElement?.tagName];
    });
    expect(focused).toEqual(['IFRAME', 'BODY']);
  });

  it('goes on when the page fails to show a state', async () => {
    await shop.mount();
    await shop.page.evaluate(() => {
      Object.assign(window, {
        states: {
          push: () => {
            throw new Error('rendering failed');
          },
        },
      });
    });
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
    expect(shop.errors).toContain('rendering failed');
  });
});

describe('Nothing is paid without the ok of the hosted fields for this very submit', () => {
  it('marks the fields in error, moves to the first, and can be submitted again', async () => {
    await shop.mount();
    await updated({ status: 'fields_in_error', errors: { cardNumber: 'invalid', securityCode: 'missing' } });
    const { outcome, state } = await shop.submit();
    const errors = { number: 'invalid', securityCode: 'required' };
    expect(outcome).toMatchObject({ status: 'fields-invalid', errors });
    expect(state).toMatchObject({ status: 'ready', fieldErrors: errors, message: expect.any(String) });
    expect(await shop.page.evaluate(() => (window as unknown as CheckoutWindow).gateway.focused)).toEqual([
      'card.number',
    ]);
    expect(shop.sent(routes.pay)).toEqual([]);

    const next = await shop.submit();
    expect(next.outcome).toMatchObject({ status: 'captured' });
    expect(next.state.fieldErrors).toEqual({});
  });

  it.each(['request_timeout', 'system_error', 'payment_type_required'])(
    'keeps the fields after %s, and can be submitted again',
    async (status) => {
      await shop.mount();
      await updated({ status, errors: { message: 'later' } });
      expect(await shop.submit()).toMatchObject({
        outcome: { status: 'failed' },
        state: { status: 'ready', message: expect.stringMatching(/try again/) },
      });
      expect(shop.sent(routes.pay)).toEqual([]);
      expect(await sessions()).toEqual(['SESSION-1']);
      expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
    },
  );

  it('takes the new session of the server when the old one is what failed', async () => {
    await shop.mount();
    await updated({ status: 'system_error' });
    shop.on(routes.update, session({ sessionId: 'SESSION-2' }));
    await shop.submit();
    expect(await sessions()).toEqual(['SESSION-1', 'SESSION-2']);
    await shop.submit();
    expect(shop.sent(routes.pay)).toEqual(['{"sessionId":"SESSION-2","revision":1}']);
  });

  it('recovers when the gateway throws', async () => {
    await shop.mount();
    await shop.page.evaluate(() => {
      const { gateway } = window as unknown as CheckoutWindow;
      Object.defineProperty(gateway, 'updates', {
        get: () => {
          throw new Error('broken');
        },
        configurable: true,
      });
    });
    expect(await shop.submit()).toMatchObject({ outcome: { status: 'failed' }, state: { status: 'ready' } });
    expect(shop.sent(routes.pay)).toEqual([]);
  });

  it('ignores a callback that nobody waits for', async () => {
    await shop.mount();
    await callBack(0, { status: 'ok' });
    await callBack(0, { status: 'fields_in_error', errors: { cardNumber: 'invalid' } });
    await updated({ status: 'fields_in_error', errors: {} });
    expect((await shop.submit()).outcome).toMatchObject({ status: 'fields-invalid' });
    expect(shop.sent(routes.pay)).toEqual([]);
  });

  it("ignores another session's ok while it waits for its own", async () => {
    await shop.mount();
    await updated({ status: 'ok', session: { id: 'SESSION-0' } });
    const submitted = shop.submit();
    await shop.page.waitForFunction(() => (window as unknown as CheckoutWindow).gateway.updates === 1);
    await callBack(0, { status: 'fields_in_error', session: { id: 'SESSION-1' }, errors: {} });
    expect((await submitted).outcome).toMatchObject({ status: 'fields-invalid' });
    expect(shop.sent(routes.pay)).toEqual([]);
  });

  it('takes the first answer of an update and ignores a second', async () => {
    await shop.mount();
    await updated(null);
    const submitted = shop.submit();
    await shop.page.waitForFunction(() => (window as unknown as CheckoutWindow).gateway.updates === 1);
    await callBack(0, { status: 'fields_in_error', errors: {} });
    await callBack(0, { status: 'ok' });
    expect((await submitted).outcome).toMatchObject({ status: 'fields-invalid' });
    expect(shop.sent(routes.pay)).toEqual([]);
  });

  it('never pays on an ok that comes after its own timeout, not even while the next submit waits', async () => {
    await shop.mount({ timeouts: { updateMs: 1_500 } });
    await updated(null, null);
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'failed' },
      state: { status: 'ready', message: expect.stringMatching(/enter your card again/) },
    });
    await callBack(0, { status: 'ok', session: { id: 'SESSION-1' } });

    const next = shop.submit();
    await shop.page.waitForFunction(() => (window as unknown as CheckoutWindow).gateway.updates === 2);
    await callBack(0, { status: 'ok', session: { id: 'SESSION-1' } });
    expect((await next).outcome).toMatchObject({ status: 'failed' });
    expect(shop.sent(routes.pay)).toEqual([]);

    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
    expect(shop.sent(routes.pay)).toHaveLength(1);
  });
});

describe('A declined card', () => {
  it('makes room for another one in a new session', async () => {
    await shop.mount();
    shop.on(routes.pay, payment('declined', { retry: true }), payment('captured'));
    shop.on(routes.open, session({ sessionId: 'SESSION-2' }));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'declined', payment: { retry: true } },
      state: { status: 'ready', message: expect.stringMatching(/another card/) },
    });
    expect(await sessions()).toEqual(['SESSION-1', 'SESSION-2']);
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
    expect(shop.sent(routes.pay)).toEqual([paid, '{"sessionId":"SESSION-2","revision":1}']);
  });

  it('is the end when no other may be tried', async () => {
    await shop.mount();
    shop.on(routes.pay, payment('declined', { retry: false }));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'declined' },
      state: { status: 'done', payment: { status: 'declined' } },
    });
    expect((await shop.submit()).outcome).toMatchObject({ status: 'declined' });
    expect(shop.sent(routes.pay)).toHaveLength(1);
  });

  it('tells the payer when the new session has another price', async () => {
    await shop.mount();
    shop.on(routes.pay, payment('declined', { retry: true }));
    shop.on(routes.open, session({ sessionId: 'SESSION-2', amount: '120.00', revision: 2 }));
    const { state } = await shop.submit();
    expect(state).toMatchObject({
      amount: '120.00',
      message: expect.stringMatching(/declined.*price has changed/),
    });
  });

  it('gives way to what another tab has come to meanwhile', async () => {
    await shop.mount();
    shop.on(routes.pay, payment('declined', { retry: true }));
    shop.on(routes.open, problem(409, 'not-payable'));
    shop.on(routes.find, found('captured'));
    expect(await shop.submit()).toMatchObject({ outcome: { status: 'captured' }, state: { status: 'done' } });
  });
});

describe('A refusal of the server', () => {
  it('of the price shows the new one, and only the next submit pays it', async () => {
    await shop.mount();
    shop.on(
      routes.pay,
      problem(409, 'price-changed', { amount: '120.00', revision: 2 }),
      payment('captured'),
    );
    shop.on(routes.update, session({ amount: '120.00', revision: 2 }));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'price-changed' },
      state: { status: 'ready', amount: '120.00', message: expect.stringMatching(/price has changed/) },
    });
    expect(shop.sent(routes.pay)).toHaveLength(1);
    expect(await sessions()).toEqual(['SESSION-1']);
    await shop.submit();
    expect(shop.sent(routes.pay)).toEqual([paid, '{"sessionId":"SESSION-1","revision":2}']);
  });

  it.each([
    [410, 'session-expired'],
    [409, 'session-mismatch'],
  ])('of the session (%s %s) opens another in place and asks for the card again', async (status, code) => {
    await shop.mount();
    shop.on(routes.pay, problem(status, code), payment('captured'));
    shop.on(routes.open, session({ sessionId: 'SESSION-2' }));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'session-expired' },
      state: { status: 'ready', message: expect.stringMatching(/enter your card again/) },
    });
    expect(await sessions()).toEqual(['SESSION-1', 'SESSION-2']);
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
  });

  it('by the gateway is said to be the shop’s to mend, and the card’s fields stay', async () => {
    await shop.mount();
    shop.on(routes.pay, problem(502, 'gateway-refused'), payment('captured'));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'failed' },
      state: { status: 'ready', message: expect.stringMatching(/No card can be taken.*Nothing was charged/) },
    });
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
  });

  it('with the status of a refusing gateway, but not its code, is some proxy’s, and proves nothing', async () => {
    await shop.mount();
    shop.on(routes.pay, problem(502, 'bad-gateway'));
    shop.on(routes.find, found('captured'));
    expect(await shop.submit()).toMatchObject({ outcome: { status: 'captured' }, state: { status: 'done' } });
  });

  it.each([
    [503, 'not-sent'],
    [400, 'invalid-request'],
  ])('for another reason (%s %s) can be recovered from', async (status, code) => {
    await shop.mount();
    shop.on(routes.pay, problem(status, code), payment('captured'));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'failed' },
      state: { status: 'ready', message: expect.stringMatching(/Nothing was charged/) },
    });
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
  });

  it('for a failure of its own is not believed to mean that nothing was charged', async () => {
    await shop.mount();
    shop.on(routes.pay, problem(503, 'storage-unavailable'));
    shop.on(routes.find, problem(503, 'storage-unavailable'), found('processing'), found('captured'));
    expect(await shop.submit()).toMatchObject({ outcome: { status: 'captured' }, state: { status: 'done' } });
    expect(shop.sent(routes.open)).toHaveLength(1);
  });

  it('that leaves no session says so, and the next try finds one', async () => {
    await shop.mount();
    shop.on(routes.pay, problem(410, 'session-expired'));
    shop.on(routes.open, problem(503, 'gateway-unavailable'), session({ sessionId: 'SESSION-2' }));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'session-expired' },
      state: {
        status: 'failed',
        message: expect.stringMatching(/^The payment did not go through. Nothing was charged.*be loaded/),
      },
    });
    await shop.page.evaluate(() => (window as unknown as CheckoutWindow).checkout.retry());
    expect(await sessions()).toEqual(['SESSION-1', 'SESSION-2']);
  });

  it('that cannot be reached does not hide that the card was not sent and nothing was charged', async () => {
    await shop.mount();
    await updated({ status: 'request_timeout' });
    shop.on(routes.update, 'cut', session());
    const { state } = await shop.submit();
    expect(state).toMatchObject({
      status: 'failed',
      message:
        'Your card details could not be sent. Nothing was charged. Please try again. ' +
        'The card form could not be loaded. Please try again.',
    });
  });
});

describe('A payment that is processing', () => {
  it.each<[string, Reply]>([
    ['after a 202', payment('processing')],
    ['after another submit won', problem(409, 'in-progress')],
  ])('is looked at until it ends, %s', async (_, reply) => {
    await shop.mount();
    shop.on(routes.pay, reply);
    shop.on(routes.find, found('processing'), found('processing'), found('captured'));
    expect(await shop.submit()).toMatchObject({ outcome: { status: 'captured' }, state: { status: 'done' } });
    expect(shop.sent(routes.find)).toHaveLength(3);
    expect(shop.sent(routes.pay)).toHaveLength(1);
  });

  it('may end in a decline, and then makes room for another card', async () => {
    await shop.mount();
    shop.on(routes.pay, payment('processing'));
    shop.on(routes.find, found('processing'), found('declined', { retry: true }));
    shop.on(routes.open, session({ sessionId: 'SESSION-2' }));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'declined' },
      state: { status: 'ready' },
    });
    expect(await sessions()).toEqual(['SESSION-1', 'SESSION-2']);
  });

  it('for too long is said to be so, and a further submit looks again and pays nothing', async () => {
    await shop.mount({ timeouts: { processingMs: 300 } });
    shop.on(routes.pay, payment('processing'));
    shop.on(routes.find, found('processing'));
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'processing', message: expect.stringMatching(/do not pay again/) },
      state: { status: 'processing' },
    });
    shop.on(routes.find, found('captured'));
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
    expect(shop.sent(routes.pay)).toHaveLength(1);
    expect(await updates()).toBe(1);
  });
});

describe('A lost answer to a pay is never sent again, but read', () => {
  const lost: [string, Reply][] = [
    ['the connection is cut', 'cut'],
    ['nothing comes in time', 'hang'],
    ['a proxy answers in its place', { status: 504, body: '<h1>Gateway Timeout</h1>' }],
    ['the body is no JSON', { status: 200, body: '{"orderId":"order-1","sta' }],
    ['the body says nothing', { status: 200, body: {} }],
  ];
  it.each(lost)('when %s and the money moved', async (_, reply) => {
    await shop.mount({ timeouts: { requestMs: 2_000 } });
    shop.on(routes.pay, reply);
    shop.on(routes.find, 'cut', found('awaiting_payment'), found('processing'), found('captured'));
    expect(await shop.submit()).toMatchObject({ outcome: { status: 'captured' }, state: { status: 'done' } });
    expect(shop.sent(routes.pay)).toEqual([paid]);
  });

  it('and when the server says repeatedly that nothing was paid, the same session can be submitted again', async () => {
    await shop.mount();
    shop.on(routes.pay, 'cut', payment('captured'));
    expect(await shop.submit()).toMatchObject({ outcome: { status: 'failed' }, state: { status: 'ready' } });
    expect(shop.sent(routes.find)).toHaveLength(3);
    expect(await sessions()).toEqual(['SESSION-1']);
    expect((await shop.submit()).outcome).toMatchObject({ status: 'captured' });
    expect(shop.sent(routes.pay)).toEqual([paid, paid]);
  });

  it('and while the server cannot be asked, nobody says that nothing was charged', async () => {
    await shop.mount({ timeouts: { processingMs: 300 } });
    shop.on(routes.pay, 'cut');
    shop.on(routes.find, 'cut');
    expect(await shop.submit()).toMatchObject({
      outcome: { status: 'processing', message: expect.stringMatching(/do not pay again/) },
      state: { status: 'processing' },
    });
  });
});
