import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchChromium, mentions, recordRequests, servePage, type Site } from './chromium.ts';

describe('the browser harness', () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    browser = await launchChromium();
    site = await servePage((request) =>
      request.url.endsWith('/page') ? '<h1>Shown</h1>' : new Response('ok'),
    );
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it('opens a page of a local site, and both sides see the same requests', async () => {
    const context = await browser.newContext();
    const sent = recordRequests(context);
    const page = await context.newPage();
    await page.goto(`${site.origin}/page`);
    expect(await page.textContent('h1')).toBe('Shown');
    await page.evaluate(() => fetch('/in', { method: 'POST', body: 'number=4111 1111 1111 1111' }));

    for (const requests of [sent, site.requests]) {
      expect(requests.filter((request) => mentions(request, '4111111111111111'))).toMatchObject([
        { method: 'POST' },
      ]);
    }
    await context.close();
  });

  it('calls localhost and 127.0.0.1 two origins', async () => {
    const page = await browser.newPage();
    await page.goto(`${site.addressOrigin}/page`);
    const read = (url: string) =>
      page.evaluate(
        (to) =>
          fetch(to)
            .then((r) => r.text())
            .catch(() => 'refused'),
        url,
      );
    expect(await read(`${site.addressOrigin}/in`)).toBe('ok');
    expect(await read(`${site.origin}/in`)).toBe('refused');
    await page.close();
  });

  it('finds a planted secret however it is written, and nothing else', () => {
    const secret = '4111111111111111';
    for (const text of [
      secret,
      '4111 1111 1111 1111',
      '4111%201111%201111%201111',
      '4111-1111-1111-1111',
      btoa(secret),
    ]) {
      expect(mentions(`before ${text} after`, secret)).toBe(true);
    }
    expect(mentions('4111xxxxxxxx1111', secret)).toBe(false);
  });
});
