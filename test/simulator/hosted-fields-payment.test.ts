import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { card, HostedFieldsWorld, selectors, type CardRole, type PageOptions } from './hosted-fields-page.ts';

/** The payment dialect's script of one session: what it has of its own. */

let world: HostedFieldsWorld;

beforeAll(async () => {
  world = await HostedFieldsWorld.start();
});
afterEach(async () => {
  await world.control('DELETE', '/faults');
  await world.control('PUT', '/settings', { sessionLifetimeMs: 900_000, requireTestPrefix: false });
  await Promise.all(world.browser.contexts().map((context) => context.close()));
});
afterAll(() => world.close());

const visit = (options: PageOptions = {}) => world.visit({ dialect: 'payment', ...options });
const open = (options: PageOptions = {}) => world.open({ dialect: 'payment', ...options });
type Form = Awaited<ReturnType<typeof open>>;

const dateFields = {
  card: { number: '#card-number', expiryDate: '#expiry-month', securityCode: '#security-code' },
};

/** Updates from the form and says what became of the promise, once the callback was heard too. */
async function promised(form: Form, type = 'card'): Promise<string> {
  const { updates } = await form.heard();
  const settled = await form.page.evaluate(
    `PaymentSession.updateSessionFromForm('${type}').then((value) => 'resolved: ' + value, (error) => 'rejected: ' + error.message)`,
  );
  await form.updateAfter(updates.length);
  return String(settled);
}

function call(form: Form, method: string, ...args: unknown[]): Promise<unknown> {
  return form.page.evaluate(`PaymentSession.${method}(...${JSON.stringify(args)})`);
}

async function becomes(read: () => Promise<unknown>, expected: unknown): Promise<void> {
  for (const end = Date.now() + 5_000; (await read()) !== expected && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await read()).toBe(expected);
}

describe('the script of a session', () => {
  it('is there for a session of the merchant, and for no other', async () => {
    const session = await world.createPaymentSession();
    const answer = await fetch(world.scriptUrlOf(session));
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const { merchantId } = world.simulator;
    for (const wrong of ['TEST', 'NOBODY'])
      expect((await fetch(world.scriptUrlOf(session).replace(merchantId, wrong + merchantId))).status).toBe(
        404,
      );
    expect((await fetch(world.scriptUrlOf('SESSION000NOT0THERE'))).status).toBe(404);
    await world.control('PUT', '/settings', { requireTestPrefix: true });
    expect((await fetch(world.scriptUrlOf(session))).status).toBe(200);
  });

  it('suffers the faults of scripts', async () => {
    const session = await world.createPaymentSession();
    await world.control('POST', '/faults', {
      operation: 'script',
      fault: 'status',
      status: 503,
      body: 'Down',
    });
    expect((await fetch(world.scriptUrlOf(session))).status).toBe(503);
    expect((await fetch(world.scriptUrlOf(session))).status).toBe(200);
  });

  it('serves a session of the order dialect too, and session.js one of this dialect', async () => {
    expect((await fetch(world.scriptUrlOf(await world.createSession()))).status).toBe(200);
    const session = { id: await world.createPaymentSession() };
    expect(await (await world.visit({ options: { session } })).initialized()).toEqual({ status: 'ok' });
  });

  it("keeps its frames' addresses for its own session", async () => {
    const [own, other] = [await world.createPaymentSession(), await world.createPaymentSession()];
    const post = (session: string) =>
      fetch(world.scriptUrlOf(own).replace('script.js', 'open'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ session }),
      }).then((answer) => answer.json());
    expect(await post(own)).toEqual({ status: 'ok' });
    expect(await post(other)).toMatchObject({ status: 'system_error' });
    const frame = '/role/expiryDate/inputField.do';
    expect((await fetch(world.scriptUrl.replace('/session.js', frame))).status).toBe(404);
    expect((await fetch(world.scriptUrlOf('SESSION000NOT0THERE').replace('/script.js', frame))).status).toBe(
      404,
    );
  });
});

describe('configure', () => {
  it('knows its session: it may be left out, and no other is taken', async () => {
    expect(await (await visit()).initialized()).toEqual({ status: 'ok' });
    expect(await (await visit({ options: { session: undefined } })).initialized()).toEqual({ status: 'ok' });
    for (const session of [await world.createPaymentSession(), { id: 'an-object' }, '']) {
      const form = await visit({ options: { session } });
      expect(await form.initialized()).toEqual({
        status: 'error',
        message: 'session must be the id in the address of this script, or be left out.',
      });
      expect(form.consoleErrors).toHaveLength(1);
      expect(await form.page.locator('iframe').count()).toBe(0);
    }
  });

  it('needs no frameEmbeddingMitigation, and checks one that is given', async () => {
    const options = { frameEmbeddingMitigation: undefined };
    expect(await (await visit({ options })).initialized()).toEqual({ status: 'ok' });
    const wrong = await visit({ options: { frameEmbeddingMitigation: ['hope'] } });
    expect(await wrong.initialized()).toMatchObject({ status: 'error' });
  });

  const mistakes: [name: string, fields: object, message: RegExp][] = [
    ['no fields', { card: {} }, /fields.card/],
    ['an unknown field', { card: { pin: '#card-number' } }, /pin/],
    ['a month without a year', { card: { expiryMonth: '#expiry-month' } }, /expiryYear together/],
    ['two ways to say the expiry', { card: { ...selectors, expiryDate: '#before' } }, /expiryDate, or/],
    ['a selector that matches nothing', { card: { number: '#nowhere' } }, /#nowhere/],
  ];
  it.each(mistakes)('says what is wrong with %s', async (_name, fields, message) => {
    const form = await visit({ options: { fields } });
    expect(await form.initialized()).toEqual({ status: 'error', message: expect.stringMatching(message) });
  });

  it('says error for a session that has expired', async () => {
    await world.control('PUT', '/settings', { sessionLifetimeMs: 1 });
    expect(await (await visit()).initialized()).toEqual({
      status: 'error',
      message: 'Session not found or expired',
    });
  });

  it('says error when the frames do not come', async () => {
    const form = await visit({ html: '<p></p>', options: { fields: {} } });
    await form.page.clock.install();
    await form.page.route('**/inputField.do*', (route) => route.abort());
    await form.page.goto(world.publish('/no-payment-frames', form.sessionId, { dialect: 'payment' }));
    await form.page.clock.runFor(15_000);
    expect(await form.initialized()).toMatchObject({ status: 'error', message: expect.any(String) });
  });
});

describe('updateSessionFromForm', () => {
  it('puts the card into the session, reports little, and resolves', async () => {
    const form = await open();
    await form.fill();
    expect(await promised(form)).toBe('resolved: undefined');
    const [update] = (await form.heard()).updates;
    expect(update).toEqual({ status: 'ok', session: { id: form.sessionId, version: 1 } });
    const { data } = (await (await world.api('GET', `/session/${form.sessionId}`)).json()) as {
      data: object;
    };
    expect(data).toMatchObject({ updateStatus: 'SUCCESS' });
  });

  it('names the fields in error by their roles, resolves, and marks them until the next try', async () => {
    const form = await open();
    await form.fill({ ...card, number: '5123450000000009', securityCode: '' });
    expect(await promised(form)).toBe('resolved: undefined');
    const [update] = (await form.heard()).updates;
    expect(update).toEqual({
      status: 'fields_in_error',
      errors: { number: 'invalid', securityCode: 'required' },
    });
    const marked = (role: CardRole) => () => form.field(role).getAttribute('aria-invalid');
    await becomes(marked('number'), 'true');
    await becomes(marked('securityCode'), 'true');
    expect(await marked('expiryYear')()).toBeNull();
    await form.fill();
    expect(await promised(form)).toBe('resolved: undefined');
    expect(await marked('number')()).toBeNull();
  });

  it.each(['request_timeout', 'system_error'])(
    'reports %s without a word, and rejects',
    async (formStatus) => {
      const form = await open();
      await form.fill();
      await world.control('POST', '/faults', { operation: 'formUpdate', fault: 'formUpdate', formStatus });
      expect(await promised(form)).toBe('rejected: Simulated fault');
      expect((await form.heard()).updates).toEqual([{ status: formStatus }]);
      expect(await promised(form)).toBe('resolved: undefined');
    },
  );

  it('calls it a system error, never a timeout of its own, when no answer comes', async () => {
    const form = await visit({ html: '<p></p>', options: { fields: {} } });
    await form.page.clock.install();
    await form.page.goto(world.publish('/payment-clock', form.sessionId, { dialect: 'payment' }));
    await form.initialized();
    await form.fill();
    await world.control('POST', '/faults', { operation: 'formUpdate', fault: 'hang' });
    const sent = form.page.waitForRequest(/\/finish$/);
    const hung = promised(form);
    await sent;
    await form.page.clock.runFor(15_000);
    expect(await hung).toMatch(/^rejected: .*in time/);
    expect((await form.heard()).updates).toEqual([{ status: 'system_error' }]);
  });

  it('rejects another type of form than card', async () => {
    expect(await promised(await open(), 'giftCard')).toMatch(/^rejected: .*giftCard/);
  });
});

describe('the field expiryDate', () => {
  it('is one frame that the browser knows as the expiry of a card', async () => {
    const form = await open({ options: { fields: dateFields } });
    expect(await form.field('expiryDate').getAttribute('autocomplete')).toBe('cc-exp');
    expect(await form.page.locator('iframe').count()).toBe(3);
  });

  const right = ['01/39', '01/2039', '0139', '01 / 39'];
  it.each(right)('takes "%s"', async (expiryDate) => {
    const form = await open({ options: { fields: dateFields } });
    await form.fill({ number: card.number, securityCode: card.securityCode, expiryDate });
    expect(await form.update()).toMatchObject({ status: 'ok' });
  });

  const wrong = ['13/39', '00/39', '1/39', '39/01', '01/20', '01', '01/39/01', 'ab/cd'];
  it('is required, and refuses what is no month and year to come', async () => {
    const form = await open({ options: { fields: dateFields } });
    await form.fill({ number: card.number, securityCode: card.securityCode });
    expect(await form.update()).toEqual({ status: 'fields_in_error', errors: { expiryDate: 'required' } });
    for (const expiryDate of wrong) {
      await form.fill({ expiryDate });
      expect([expiryDate, await form.update()]).toEqual([
        expiryDate,
        { status: 'fields_in_error', errors: { expiryDate: 'invalid' } },
      ]);
    }
  });
});

describe('styles', () => {
  const css =
    'input { border: 2px dashed rgb(9, 9, 9); border-radius: 5px; padding: 7px; width: 80%; box-shadow: 0 1px 2px rgb(8, 8, 8) }';
  const number = ['card.number'];

  it("of the merchant's element are split: its borders and shadow stay outside, in the same box", async () => {
    const html = '<p><input id="number"></p><p><input id="twin"></p>';
    const form = await open({ css, html, options: { fields: { card: { number: '#number' } } } });
    expect(await form.outside('number', 'border-top-style')).toBe('dashed');
    expect(await form.outside('number', 'border-top-left-radius')).toBe('5px');
    expect(await form.outside('number', 'box-shadow')).toContain('rgb(8, 8, 8)');
    expect(await form.style('number', 'border-top-width')).toBe('0px');
    expect(await form.style('number', 'box-shadow')).toBe('none');
    expect(await form.style('number', 'padding-left')).toBe('7px');
    expect(await form.outside('number', 'padding-left')).toBe('0px');
    const sizes = await form.page
      .locator('#number, #twin')
      .evaluateAll((all) =>
        all.map((one) => [one.getBoundingClientRect().height, one.getBoundingClientRect().x]),
      );
    expect(sizes[0]).toEqual(sizes[1]);
  });

  it.each([
    ['setErrorStyle', 'error'],
    ['setValidStyle', 'valid'],
  ] as const)('%s shows in the state that setFieldState gives, and only then', async (method, state) => {
    const form = await open();
    const plain = [await form.outside('number', 'border-top-color'), await form.style('number', 'color')];
    await call(form, method, number, { borderColor: 'rgb(1, 1, 1)', color: 'rgb(2, 2, 2)' });
    expect(await form.outside('number', 'border-top-color')).toBe(plain[0]);
    await call(form, 'setFieldState', number, state);
    await becomes(() => form.style('number', 'color'), 'rgb(2, 2, 2)');
    expect(await form.outside('number', 'border-top-color')).toBe('rgb(1, 1, 1)');
    expect(await form.outside('securityCode', 'border-top-color')).toBe(plain[0]);
    await call(form, 'setFieldState', number, null);
    await becomes(() => form.style('number', 'color'), plain[1]);
    expect(await form.outside('number', 'border-top-color')).toBe(plain[0]);
  });

  it('setStyle takes all states in one call, before configure too', async () => {
    const sets = {
      default: { outline: '1px solid rgb(3, 3, 3)', fontWeight: '700' },
      focus: { boxShadow: '0 0 1px rgb(4, 4, 4)', color: 'rgb(5, 5, 5)' },
      placeholder: { color: 'rgb(6, 6, 6)' },
    };
    const form = await open({ before: `PaymentSession.setStyle(['card.number'], ${JSON.stringify(sets)})` });
    await becomes(() => form.style('number', 'font-weight'), '700');
    expect(await form.outside('number', 'outline-color')).toBe('rgb(3, 3, 3)');
    expect(await form.style('number', 'outline-style')).toBe('none');
    await form.field('number').focus();
    await becomes(() => form.style('number', 'color'), 'rgb(5, 5, 5)');
    await becomes(() => form.outside('number', 'box-shadow'), 'rgb(4, 4, 4) 0px 0px 1px 0px');
    await form.field('securityCode').focus();
    await becomes(() => form.outside('number', 'box-shadow'), 'none');
  });

  it('that are unsafe are dropped, outside as well', async () => {
    const form = await open({ css });
    const leak = `url(${world.shop.origin}/leak)`;
    await call(form, 'setStyle', number, {
      default: {
        borderImage: `${leak} 1`,
        border: `1px solid ${leak}`,
        background: leak,
        color: 'rgb(7, 7, 7)',
      },
    });
    await becomes(() => form.style('number', 'color'), 'rgb(7, 7, 7)');
    expect(await form.outside('number', 'border-image-source')).toBe('none');
    expect(await form.outside('number', 'border-top-style')).toBe('dashed');
    expect(world.shop.requests.filter(({ url }) => url.endsWith('/leak'))).toEqual([]);
  });

  it('have no calls of the older scripts', async () => {
    const form = await open();
    const has = (name: string) => form.page.evaluate(`name in PaymentSession`.replace('name', `'${name}'`));
    for (const name of ['setInvalidStyle', 'setInvalidHoverStyle', 'setFocus', 'validate', 'onFocus'])
      expect([name, await has(name)]).toEqual([name, false]);
  });
});
