import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mentions, servePage, type Site } from '../e2e/chromium.ts';
import { card, HostedFieldsWorld, type HostedFieldsPage } from './hosted-fields-page.ts';

let world: HostedFieldsWorld;
let hostile: Site;
let hostileHtml = '';

beforeAll(async () => {
  world = await HostedFieldsWorld.start();
  hostile = await servePage(() => hostileHtml);
});
afterEach(async () => {
  await world.control('DELETE', '/faults');
  await Promise.all(world.browser.contexts().map((context) => context.close()));
});
afterAll(async () => {
  await hostile.close();
  await world.close();
});

async function hostilePage(html: string): Promise<HostedFieldsPage['page']> {
  hostileHtml = html;
  const page = await world.browser.newPage();
  await page.goto(hostile.origin);
  return page;
}

describe.each(['order', 'payment'] as const)('what the payer types, in the %s dialect,', (dialect) => {
  it('reaches the gateway and no other origin, in no address, and nothing of the page', async () => {
    const form = await world.open({
      dialect,
      before: 'var seen = []; addEventListener("message", (event) => seen.push(JSON.stringify(event.data)));',
    });
    await form.fill();
    expect(await form.update()).toMatchObject({ status: 'ok' });
    await form.fill({ ...card, expiryMonth: '13' });
    expect(await form.update()).toMatchObject({ status: 'fields_in_error' });

    const carriers = form.sent.filter((request) => mentions(request, card.number));
    expect(carriers.map(({ method }) => method)).toEqual(['POST', 'POST']);
    for (const { url } of carriers) expect(new URL(url).origin).toBe(world.simulator.url);
    expect(
      form.sent.filter(({ url, headers }) => mentions(url + JSON.stringify(headers), card.number)),
    ).toEqual([]);
    expect(world.shop.requests.filter((request) => mentions(request, card.number))).toEqual([]);
    const { page } = form;
    const visible = [
      await page.content(),
      JSON.stringify(await page.evaluate('[seen, heard, PaymentSession]')),
    ];
    expect(visible.filter((text) => mentions(text, card.number))).toEqual([]);
    const api = await fetch(`${world.simulator.url}/_simulator/requests`).then((answer) => answer.text());
    expect(mentions(api, card.number)).toBe(false);
  });

  it('cannot be read by the page: the frame is of another origin', async () => {
    const form = await world.open({ dialect });
    await form.fill();
    const reach = (path: string) =>
      form.page.evaluate(
        `(() => { try { return String(document.querySelector('iframe').contentWindow.${path}); } catch (e) { return e.name; } })()`,
      );
    expect(await reach('document.body')).toBe('SecurityError');
    expect(await reach('location.href')).toBe('SecurityError');
    expect(await form.page.evaluate("document.querySelector('iframe').contentDocument")).toBeNull();
  });
});

describe('a frame', () => {
  it('is refused to a page of another origin', async () => {
    const form = await world.open();
    const src = String(await form.frame('number').getAttribute('src'));
    const page = await hostilePage(`<iframe src="${src.replaceAll('&', '&amp;')}"></iframe>`);
    await page.waitForLoadState();
    expect(page.frames().filter((frame) => frame.url().startsWith(world.simulator.url))).toEqual([]);
    expect(page.frames()[1]?.url()).toMatch(/^chrome-error:/);
  });

  it('says where it may be shown and what it may load, and leaves no copy', async () => {
    const form = await world.open();
    const answer = await fetch(String(await form.frame('number').getAttribute('src')));
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      expect.stringMatching(/^script-src 'nonce-[\w+/=]{22,}'$/),
      expect.stringMatching(/^style-src 'nonce-[\w+/=]{22,}'$/),
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      `frame-ancestors ${world.shop.origin}`,
    ]);
    expect(answer.headers.get('x-frame-options')).toBeNull();
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  const badQueries = [
    '',
    'origin=http://localhost:1',
    'origin=*&page=P',
    'origin=http://a.example/path&page=P',
    'origin=null&page=P',
    'origin=http://a.example;x&page=P',
    'origin=javascript:1&page=P',
    'origin=http://a.example&page=<script>',
    "origin=http://a.example&page=P&ancestor='self'",
  ];
  it.each(badQueries)('is not made for "%s"', async (query) => {
    const address = world.scriptUrl.replace(
      'session.js',
      `role/number/inputField.do?${query.replace('=P', `=${'0'.repeat(32)}`)}`,
    );
    expect((await fetch(address)).status).toBe(400);
  });

  it('obeys its own page only: other windows and other origins are not answered', async () => {
    const form = await world.open();
    await form.fill();
    const page = new URL(String(await form.frame('number').getAttribute('src'))).searchParams.get('page');
    const orders = [
      { type: 'mark' },
      { type: 'setup', setup: { attributes: { placeholder: 'Hostile' }, styles: [] } },
    ];
    hostileHtml = `<script>
      for (const order of ${JSON.stringify(orders)})
        for (let index = 0; index < parent.frames.length; index += 1)
          parent.frames[index].postMessage({ page: '${page}', id: 1, ...order }, '*');
      parent.postMessage({ page: '${page}', type: 'enter' }, '*');
      parent.postMessage({ page: '${page}', type: 'reply', id: 1, reply: { status: 'ok' } }, '*');
      fetch('/done', { method: 'POST' });
    </script>`;
    const done = form.page.waitForResponse(/\/done$/);
    await form.page.evaluate((src) => {
      Object.assign(window, { enters: 0 });
      addEventListener('keydown', () => Object.assign(window, { enters: 1 }));
      const frame = document.createElement('iframe');
      frame.src = src;
      document.body.append(frame);
    }, hostile.origin);
    await done;
    // The fields' own conversation goes on behind the hostile messages, so by its end these have been read, too.
    expect(await form.update()).toMatchObject({ status: 'ok' });
    expect(await form.field('number').getAttribute('placeholder')).toBe('1234 5678');
    expect(await form.field('number').getAttribute('aria-invalid')).toBeNull();
    expect(await form.page.evaluate('enters')).toBe(0);
  });

  it('that was sent elsewhere speaks for no field', async () => {
    const form = await world.open();
    const page = new URL(String(await form.frame('number').getAttribute('src'))).searchParams.get('page');
    hostileHtml = `<script>parent.postMessage({ page: '${page}', type: 'enter' }, '*'); fetch('/done', { method: 'POST' })</script>`;
    const done = form.page.waitForResponse(/\/done$/);
    await form.page.evaluate((src) => {
      let enters = 0;
      addEventListener('keydown', (event) => {
        event.preventDefault();
        Object.assign(window, { enters: (enters += 1) });
      });
      Object.assign(document.querySelector('iframe.gw-proxy-number') ?? {}, { src });
    }, hostile.origin);
    await done;
    await form.field('nameOnCard').press('Enter');
    await form.page.waitForFunction('window.enters > 0');
    expect(await form.page.evaluate('enters')).toBe(1);
  });

  it('does not obey a message of its page that lacks the page id', async () => {
    const form = await world.open();
    await form.page.evaluate((origin) => {
      const { contentWindow } = document.querySelector<HTMLIFrameElement>('iframe.gw-proxy-number') ?? {};
      for (const message of [null, 'x', 7, {}, { type: 'mark' }, { page: 'other', type: 'mark' }]) {
        contentWindow?.postMessage(message, origin);
      }
    }, world.simulator.url);
    await form.update();
    expect(await form.field('nameOnCard').getAttribute('aria-invalid')).toBeNull();
    expect(form.consoleErrors).toEqual([]);
  });
});

describe('the addresses that frames send to', () => {
  const post = (headers: Record<string, string>, body: unknown = { session: 'x' }) =>
    fetch(world.scriptUrl.replace('session.js', 'open'), {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });

  it('need no header but the content type, which another site cannot send unasked', async () => {
    const json = { 'content-type': 'application/json' };
    expect(await (await post(json)).json()).toEqual({
      status: 'system_error',
      errors: { message: 'Session not found or expired' },
    });
    expect((await post({ 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post({ ...json, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post(json)).headers.get('access-control-allow-origin')).toBeNull();
    const page = await hostilePage('<p>Hostile</p>');
    const reach = await page.evaluate(
      (url) =>
        fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(
          () => 'answered',
          () => 'refused',
        ),
      world.scriptUrl.replace('session.js', 'open'),
    );
    expect(reach).toBe('refused');
  });

  it('repeat nothing of a request that they cannot use', async () => {
    const answer = await post({ 'content-type': 'application/json' }, { session: 7, value: card.number });
    expect(answer.status).toBe(400);
    expect(mentions(await answer.text(), card.number)).toBe(false);
  });
});

describe('frameEmbeddingMitigation', () => {
  const inside = async (frameEmbeddingMitigation: string[]) => {
    const session = await world.createSession();
    const address = world.publish(`/inside-${frameEmbeddingMitigation.join('-')}`, session, {
      options: { frameEmbeddingMitigation },
    });
    const page = await hostilePage(`<iframe src="${address}"></iframe>`);
    const frame = page.frames().find((one) => one.url() === address);
    await frame?.waitForFunction('heard.initialized.length > 0');
    return frame?.evaluate('heard.initialized[0]');
  };

  it('"javascript" gives no fields to a page inside another', async () => {
    expect(await inside(['javascript'])).toMatchObject({
      status: 'system_error',
      message: expect.stringContaining('inside a frame'),
    });
    expect(await inside(['javascript', 'csp'])).toMatchObject({ status: 'system_error' });
  });

  it('"csp" and "x-frame-options" leave that to the headers of the page', async () => {
    expect(await inside(['csp'])).toEqual({ status: 'ok' });
    expect(await inside(['x-frame-options'])).toEqual({ status: 'ok' });
  });
});

describe.each(['order', 'payment'] as const)(
  'a page with a strict policy of its own, %s dialect,',
  (dialect) => {
    it('needs the gateway in script-src and frame-src, and nothing else', async () => {
      const gateway = world.simulator.url;
      const policy = `default-src 'none'; script-src 'unsafe-inline' ${gateway}; frame-src ${gateway}`;
      const form = await world.visit({ policy, dialect });
      expect(await form.initialized()).toEqual({ status: 'ok' });
      await form.fill();
      expect(await form.update()).toMatchObject({ status: 'ok' });
      expect(form.consoleErrors).toEqual([]);
    });
  },
);

describe('a fault of the script', () => {
  it('keeps the script from the page', async () => {
    await world.control('POST', '/faults', {
      operation: 'script',
      fault: 'status',
      status: 503,
      body: 'Down',
    });
    expect((await fetch(world.scriptUrl)).status).toBe(503);
    await world.control('POST', '/faults', { operation: 'script', fault: 'dropBefore' });
    await expect(fetch(world.scriptUrl)).rejects.toThrow('fetch failed');
    await world.control('POST', '/faults', { operation: 'script', fault: 'hang' });
    await expect(fetch(world.scriptUrl, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
    expect((await fetch(world.scriptUrl)).status).toBe(200);
  });
});
