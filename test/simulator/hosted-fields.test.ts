import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { card, HostedFieldsWorld, selectors, type CardRole } from './hosted-fields-page.ts';

let world: HostedFieldsWorld;
const roles = Object.keys(card) as (keyof typeof card)[];

beforeAll(async () => {
  world = await HostedFieldsWorld.start();
});
afterEach(async () => {
  await world.control('DELETE', '/faults');
  await world.control('PUT', '/settings', {
    errorsShape: 'hybrid',
    requireTestPrefix: false,
    sessionLifetimeMs: 900_000,
  });
  await Promise.all(world.browser.contexts().map((context) => context.close()));
});
afterAll(() => world.close());

describe('configure', () => {
  it('replaces each named element, in place, by one frame of the gateway, and adds no other frame', async () => {
    const form = await world.open({
      html: `<p>${roles.map((role) => `<b>${role}</b><input id="${selectors[role].slice(1)}">`).join('')}</p>`,
    });
    const children = await form.page
      .locator('p > *')
      .evaluateAll((all) => all.map((one) => one.tagName + one.textContent));
    expect(children).toEqual(roles.flatMap((role) => [`B${role}`, 'IFRAME']));
    for (const role of roles) {
      expect(await form.frame(role).getAttribute('src')).toMatch(
        new RegExp(`^${world.simulator.url}/.*/role/${role}/inputField`),
      );
      expect(await form.field(role).getAttribute('id')).toBe(role);
    }
    expect(form.page.frames()).toHaveLength(roles.length + 1);
  });

  it('takes any subset of the fields', async () => {
    const form = await world.open({
      options: { fields: { card: { number: '#card-number' } }, session: await world.createSession() },
    });
    expect(await form.page.locator('iframe').count()).toBe(1);
    expect(await form.page.locator('#expiry-month').evaluate((element) => element.tagName)).toBe('INPUT');
  });

  it('keeps a select a select, with its own choices', async () => {
    const html =
      '<select id="m"><option value="">Month</option><option value="01">January</option></select><input id="y">';
    const form = await world.open({
      html,
      options: { fields: { card: { expiryMonth: '#m', expiryYear: '#y' } } },
    });
    expect(await form.field('expiryMonth').evaluate((field) => field.tagName)).toBe('SELECT');
    expect(await form.field('expiryMonth').locator('option').allTextContents()).toEqual(['Month', 'January']);
    await form.field('expiryMonth').selectOption('01');
    expect(Object.keys((await form.update())['errors'] as object)).toEqual([
      'cardNumber',
      'expiryYear',
      'securityCode',
    ]);
  });

  it('carries title, label, placeholder, ARIA and tabindex over', async () => {
    const html = `<label>Number of card * <input id="n" placeholder="1234" title="Your card" aria-required="true"
      aria-describedby="hint" tabindex="3"></label><p id="hint">Without spaces</p><input id="c">`;
    const form = await world.open({
      html,
      options: { fields: { card: { number: '#n', securityCode: '#c' } } },
    });
    expect(await form.frame('number').getAttribute('title')).toBe('Your card');
    expect(await form.frame('number').getAttribute('tabindex')).toBe('3');
    const attributes = ['aria-label', 'aria-required', 'aria-description', 'placeholder', 'title'];
    const values = await Promise.all(attributes.map((name) => form.field('number').getAttribute(name)));
    expect(values).toEqual(['Number of card', 'true', 'Without spaces', '1234', 'Your card']);
    expect(await form.frame('securityCode').getAttribute('title')).toBe('Security code');
    expect(await form.field('securityCode').getAttribute('aria-label')).toBe('Security code');
  });

  it('tells the browser which card field each is', async () => {
    const form = await world.open();
    const facts = (role: CardRole) =>
      form
        .field(role)
        .evaluate((field) => [field.getAttribute('autocomplete'), field.getAttribute('inputmode')].join(' '));
    expect(await Promise.all(roles.map(facts))).toEqual([
      'cc-number numeric',
      'cc-exp-month numeric',
      'cc-exp-year numeric',
      'cc-csc numeric',
      'cc-name ',
    ]);
    expect(await form.field('number').getAttribute('type')).toBe('tel');
  });

  it('works through a script address with or without TEST, unless the setting asks for it', async () => {
    const plain = world.scriptUrl.replace('/TEST', '/');
    expect((await fetch(plain)).status).toBe(200);
    expect(await (await world.open({ scriptUrl: plain })).initialized()).toEqual({ status: 'ok' });
    await world.control('PUT', '/settings', { requireTestPrefix: true });
    expect((await fetch(plain)).status).toBe(404);
    expect((await fetch(world.scriptUrl)).status).toBe(200);
    expect((await fetch(world.scriptUrl.replace('/TEST', '/TESTNOBODY'))).status).toBe(404);
  });

  it('can be called again: the fields start afresh with another session', async () => {
    const form = await world.open();
    await form.fill();
    const session = await world.createSession();
    await form.page.evaluate((id) => {
      const page = window as unknown as {
        configuration: { session: unknown };
        PaymentSession: { configure(o: object): void };
      };
      page.configuration.session = { id };
      page.PaymentSession.configure(page.configuration);
    }, session);
    await form.page.waitForFunction('heard.initialized.length === 2');
    expect(await form.page.locator('iframe').count()).toBe(roles.length);
    expect(await form.field('number').inputValue()).toBe('');
    await form.fill();
    expect(await form.update()).toMatchObject({ status: 'ok', session: { id: session } });
  });

  it('survives that the page moves its fields about', async () => {
    const form = await world.open();
    await form.page.evaluate('document.body.prepend(document.querySelector("form"))');
    await form.page.frameLocator('iframe.gw-proxy-number').locator('[placeholder="1234 5678"]').waitFor();
    await form.fill();
    expect(await form.update()).toMatchObject({ status: 'ok' });
  });

  const mistakes: [name: string, options: object, message: RegExp][] = [
    ['no session', { session: '' }, /session/],
    ['no fields', { fields: { card: {} } }, /fields.card/],
    ['an unknown field', { fields: { card: { pin: '#card-number' } } }, /pin/],
    ['the expiry in one field', { fields: { card: { expiryDate: '#card-number' } } }, /expiryDate/],
    ['a month without a year', { fields: { card: { expiryMonth: '#expiry-month' } } }, /expiryYear together/],
    ['a selector that matches nothing', { fields: { card: { number: '#nowhere' } } }, /#nowhere/],
    ['an element that is no input', { fields: { card: { number: 'form' } } }, /form is no input/],
    ['no mitigation', { frameEmbeddingMitigation: [] }, /frameEmbeddingMitigation/],
    ['an unknown mitigation', { frameEmbeddingMitigation: ['hope'] }, /frameEmbeddingMitigation/],
  ];
  it.each(mistakes)(
    'says what is wrong with %s, in the console and in initialized',
    async (_name, options, message) => {
      const form = await world.visit({ options });
      expect(await form.initialized()).toEqual({
        status: 'system_error',
        message: expect.stringMatching(message),
      });
      expect(form.consoleErrors).toEqual([expect.stringMatching(message)]);
      expect(await form.page.locator('iframe').count()).toBe(0);
    },
  );

  it('fails for a session that does not exist or was paid', async () => {
    const unknown = await world.visit({ options: { session: { id: 'SESSION0000000000000X0Y0' } } });
    expect(await unknown.initialized()).toEqual({
      status: 'system_error',
      message: 'Session not found or expired',
    });
    const paid = await world.createSession('ORDER-PAID');
    await world.control('POST', `/sessions/${paid}/card`, card);
    expect((await world.api('POST', '/order/ORDER-PAID/pay', { session: { id: paid } })).status).toBe(200);
    const again = await world.visit({ options: { session: { id: paid } } });
    expect(await again.initialized()).toEqual({
      status: 'system_error',
      message: 'The session has been paid',
    });
  });

  it('fails for a session that has expired, and so does an update after the expiry', async () => {
    const form = await world.open();
    await form.fill();
    await world.control('PUT', '/settings', { sessionLifetimeMs: 1 });
    expect(await form.update()).toMatchObject({ status: 'system_error', session: { id: form.sessionId } });
    expect(await (await world.visit()).initialized()).toMatchObject({ status: 'system_error' });
  });

  it('reports a timeout when the frames do not come', async () => {
    const form = await world.visit({ html: '<p></p>', options: { fields: {} } });
    await form.page.clock.install();
    await form.page.route('**/inputField.do*', (route) => route.abort());
    await form.page.goto(world.publish('/no-frames', form.sessionId, {}));
    await form.page.clock.runFor(15_000);
    expect(await form.initialized()).toMatchObject({ status: 'request_timeout' });
  });
});

describe('updateSessionFromForm', () => {
  it('puts the card into the session and reports it masked', async () => {
    const form = await world.open();
    await form.fill();
    expect(await form.update()).toEqual({
      status: 'ok',
      merchant: world.simulator.merchantId,
      session: {
        id: form.sessionId,
        updateStatus: 'SUCCESS',
        version: expect.stringMatching(/^[0-9a-f]{10}$/),
      },
      sourceOfFunds: {
        type: 'CARD',
        provided: {
          card: expect.objectContaining({
            brand: 'MASTERCARD',
            number: '512345xxxxxx0008',
            expiry: { month: '1', year: '39' },
          }),
        },
      },
      version: '100',
    });
    const { data } = (await (await world.api('GET', `/session/${form.sessionId}`)).json()) as {
      data: object;
    };
    expect(data).toMatchObject({ updateStatus: 'SUCCESS' });
  });

  it('marks the fields in error inside their frames and takes the marks away with the next try', async () => {
    const form = await world.open();
    await form.fill({ ...card, number: '5123450000000009', securityCode: '' });
    expect(await form.update()).toEqual({
      status: 'fields_in_error',
      session: { id: form.sessionId },
      errors: { cardNumber: 'invalid', securityCode: 'missing' },
      version: '100',
    });
    const marked = (role: CardRole) => form.field(role).getAttribute('aria-invalid');
    await form.page.frameLocator('iframe.gw-proxy-number').locator('[aria-invalid=true]').waitFor();
    expect(await Promise.all(roles.map(marked))).toEqual(['true', null, null, 'true', null]);
    await form.fill();
    expect(await form.update()).toMatchObject({ status: 'ok' });
    expect(await Promise.all(roles.map(marked))).toEqual([null, null, null, null, null]);
  });

  it('gives errors the shape that the setting names', async () => {
    const form = await world.open();
    const errorsOf = async (errorsShape: string) => {
      await world.control('PUT', '/settings', { errorsShape });
      const count = (await form.heard()).updates.length;
      await form.update();
      return form.page.evaluate((index) => {
        const { heard } = window as unknown as { heard: { updates: { errors: { join?: () => string } }[] } };
        const errors = heard.updates[index]?.errors;
        return { isArray: Array.isArray(errors), keys: Object.keys(errors ?? {}), joined: errors?.join?.() };
      }, count);
    };
    await form.fill({ ...card, number: '1', expiryYear: '' });
    const keys = ['cardNumber', 'expiryYear'];
    expect(await errorsOf('hybrid')).toEqual({
      isArray: false,
      keys,
      joined: 'cardNumber invalid,expiryYear missing',
    });
    expect(await errorsOf('mpgs')).toEqual({ isArray: false, keys, joined: undefined });
    expect(await errorsOf('array')).toMatchObject({
      isArray: true,
      joined: 'cardNumber invalid,expiryYear missing',
    });
  });

  it.each(['request_timeout', 'system_error'])(
    'reports %s, and the next try succeeds',
    async (formStatus) => {
      const form = await world.open();
      await form.fill();
      await world.control('POST', '/faults', { operation: 'formUpdate', fault: 'formUpdate', formStatus });
      expect(await form.update()).toMatchObject({
        status: formStatus,
        session: { id: form.sessionId },
        errors: { message: expect.any(String) },
      });
      expect(await form.update()).toMatchObject({ status: 'ok' });
    },
  );

  it('reports a system error when the answer of the gateway cannot be read, and a timeout when none comes', async () => {
    const form = await world.visit({ html: '<p></p>', options: { fields: {} } });
    await form.page.clock.install();
    await form.page.goto(world.publish('/clock', form.sessionId, {}));
    await form.initialized();
    await form.fill();
    for (const body of ['<h1>Down</h1>', null, { success: false }]) {
      await world.control('POST', '/faults', { operation: 'formUpdate', fault: 'status', status: 500, body });
      expect(await form.update()).toMatchObject({ status: 'system_error' });
    }
    await world.control('POST', '/faults', { operation: 'formUpdate', fault: 'hang' });
    const sent = form.page.waitForRequest(/\/finish$/);
    const hung = form.update();
    await sent;
    await form.page.clock.runFor(15_000);
    expect(await hung).toMatchObject({ status: 'request_timeout' });
  });

  it('reports each of two calls, in order', async () => {
    const form = await world.open();
    await form.fill();
    await form.page.evaluate(
      "PaymentSession.updateSessionFromForm('card'); PaymentSession.updateSessionFromForm('card')",
    );
    const [first, second] = [await form.updateAfter(0), await form.updateAfter(1)] as {
      session: { version: string };
    }[];
    expect(first?.session.version).not.toBe(second?.session.version);
  });

  it('refuses another type of form than card', async () => {
    const form = await world.open();
    await form.page.evaluate("PaymentSession.updateSessionFromForm('giftCard')");
    expect(await form.updateAfter(0)).toMatchObject({
      status: 'system_error',
      errors: { message: expect.stringContaining('giftCard') },
    });
  });
});

describe('a payer at the keyboard', () => {
  it('tabs through the fields in the order of the page, types the card, and pays with Enter', async () => {
    const form = await world.open({
      before:
        "document.querySelector('form').onsubmit = (event) => { event.preventDefault(); PaymentSession.updateSessionFromForm('card'); };",
    });
    await form.page.focus('#before');
    for (const role of roles) {
      await form.page.keyboard.press('Tab');
      await form.page.frameLocator(`iframe.gw-proxy-${role}`).locator('input:focus').waitFor();
      await form.page.keyboard.type(card[role]);
    }
    await form.page.keyboard.press('Tab');
    await form.page.locator('#pay:focus').waitFor();
    await form.page.keyboard.press('Shift+Tab');
    await form.page.frameLocator('iframe.gw-proxy-nameOnCard').locator('input:focus').waitFor();
    await form.page.keyboard.press('Enter');
    expect(await form.updateAfter(0)).toMatchObject({
      status: 'ok',
      sourceOfFunds: { provided: { card: { nameOnCard: card.nameOnCard } } },
    });
  });

  it('submits nothing by Enter when the page cancels the key or its button is disabled', async () => {
    const form = await world.open({
      before:
        'var submits = 0, keys = 0; addEventListener("submit", (event) => { event.preventDefault(); submits += 1; });',
    });
    const press = async (expectedKeys: number) => {
      await form.field('number').press('Enter');
      await form.page.waitForFunction(`keys === ${expectedKeys}`);
      return form.page.evaluate('submits');
    };
    await form.page.evaluate('addEventListener("keydown", (event) => { keys += event.key === "Enter"; })');
    expect(await press(1)).toBe(1);
    await form.page.evaluate('document.querySelector("#pay").disabled = true');
    expect(await press(2)).toBe(1);
    await form.page.evaluate(
      'document.querySelector("#pay").disabled = false; addEventListener("keydown", (event) => event.preventDefault())',
    );
    expect(await press(3)).toBe(1);
  });

  it('is taken to a field by setFocus', async () => {
    const form = await world.open();
    await form.page.evaluate("PaymentSession.setFocus('card.securityCode')");
    await form.page.frameLocator('iframe.gw-proxy-securityCode').locator('input:focus').waitFor();
    expect(await form.page.evaluate('document.activeElement.id')).toBe('security-code');
  });
});

describe('what the page may learn while the payer types', () => {
  it('is whether a field is valid, complete or empty', async () => {
    const form = await world.open({
      before: `var learnt = [];
      PaymentSession.onValidityChange(['card.number'], (selector, state, role) => learnt.push([selector, state, role]));
      PaymentSession.onEmptinessChange(['card.number'], (selector, state) => learnt.push(state));
      PaymentSession.onBlur(['card.number'], (selector, nothing, role) => learnt.push('blur ' + role));`,
    });
    await form.field('number').fill('5123');
    await form.field('number').blur();
    await form.page.waitForFunction('learnt.length === 3');
    expect(await form.page.evaluate('learnt')).toEqual([
      [
        '#card-number',
        { isValid: false, isIncomplete: true, hasError: true, errorReason: 'INVALID_VALUE' },
        'card.number',
      ],
      { isEmpty: false },
      'blur card.number',
    ]);
  });

  it('is what validate finds in the browser, with no request', async () => {
    const form = await world.open();
    await form.fill({ ...card, number: '51234x', nameOnCard: '' });
    const requests = form.sent.length;
    const result = await form.page.evaluate(
      "new Promise((resolve) => PaymentSession.validate('card', resolve))",
    );
    expect(result).toMatchObject({
      card: {
        isValid: false,
        number: { isValid: false, errorReason: 'INVALID_CHARACTERS', selector: '#card-number' },
        securityCode: { isValid: true, hasError: false },
        nameOnCard: { isValid: true },
      },
    });
    await form.fill();
    expect(
      await form.page.evaluate("new Promise((resolve) => PaymentSession.validate('card', resolve))"),
    ).toMatchObject({ card: { isValid: true } });
    expect(form.sent).toHaveLength(requests);
  });
});
