/** What crosses which wire: every byte between the browser, the shop and the gateway's API is recorded, and searched for the card. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { launchChromium, mentions } from './chromium.ts';
import { GatewayControl } from './gateway-control.ts';
import { type Card, Payer } from './payer.ts';
import {
  isOrderDialect,
  recordWire,
  type RecordedWire,
  type ShopProcess,
  startShopProcess,
} from './shop-process.ts';

const apiKey = 'sk_test_recorded_on_the_wire';
/** Numbers that stand nowhere else. The four digits of the code are looked for as a word: an id may hold any four digits. */
const planted: Card = {
  number: '371449635398431',
  expiryMonth: '11',
  expiryYear: '37',
  securityCode: '7286',
};
const mistyped = '371449635398432';
const name = 'Planted Payerson';

let browser: Browser;
let simulator: Simulator;
let gateway: GatewayControl;
/** Between the shop and the gateway's API, and between the browser and the shop. */
let api: RecordedWire;
let web: RecordedWire;
let shop: ShopProcess;

beforeAll(async () => {
  [browser, simulator] = await Promise.all([launchChromium(), startSimulator({ apiKey })]);
  gateway = new GatewayControl(simulator.url);
  api = await recordWire(simulator.url);
  shop = await startShopProcess({
    PRAHSYS_API_KEY: apiKey,
    PRAHSYS_MERCHANT_ID: simulator.merchantId,
    PRAHSYS_API_URL: `http://127.0.0.1:${api.port}`,
    PRAHSYS_SCRIPT_URL: simulator.url,
  });
  web = await recordWire(shop.url);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await web?.close();
  await shop?.close();
  await api?.close();
  await simulator?.close();
});

const holdsCard = (text: string): boolean =>
  mentions(text, planted.number) ||
  mentions(text, mistyped) ||
  new RegExp(`(?<![\\w+/-])${planted.securityCode}(?![\\w+/-])`).test(text);

/** The page as it stands, with what its scripts may read beside it. */
const pageKeeps = ({ page }: Payer): Promise<string> =>
  page.evaluate(() =>
    JSON.stringify([
      document.documentElement.outerHTML,
      [...document.querySelectorAll('input')].map(({ value }) => value),
      ...[localStorage, sessionStorage].map((storage) => Object.entries(storage)),
      document.cookie,
      window.name,
      history.state,
      performance.getEntries().map((entry) => entry.name),
    ]),
  );

describe('The card', () => {
  it('reaches the gateway’s frames and nothing else: no wire, page, cookie, store, log or record of the shop', async () => {
    const payer = await Payer.arrive(browser, `http://localhost:${web.port}`);
    const told: string[] = [];
    payer.context.on('console', (message) => told.push(message.text()));
    payer.context.on('weberror', ({ error }) => told.push(String(error().stack)));
    await payer.context.addInitScript(() => {
      addEventListener('message', ({ data }) => console.log(`message ${JSON.stringify(data)}`));
    });
    const kept: string[] = [];

    // Every way that a card can take: mistyped, sent and lost, declined, paid.
    const orderId = await payer.checkOut();
    await payer.field('nameOnCard').fill(name);
    await payer.pay({ ...planted, number: mistyped });
    await payer.isTold('marked card details');
    kept.push(await pageKeeps(payer));
    await payer.cardFormIsReady();
    await gateway.fault({ fault: 'formUpdate', formStatus: 'system_error' });
    await payer.pay(planted);
    await payer.isTold('try again');
    kept.push(await pageKeeps(payer));
    await payer.cardFormIsReady();
    await gateway.fault({ operation: 'pay', fault: 'pendingThen', ms: 1, result: 'DECLINED' });
    await payer.payButton().click();
    await payer.sees('declined');
    await payer.goTo(`/checkout/${orderId}`);
    await payer.cardFormIsReady();
    await payer.field('nameOnCard').fill(name);
    await payer.pay(planted);
    await payer.seesReceipt();
    kept.push(await pageKeeps(payer));

    const operator = await Payer.arrive(browser, shop.url);
    await operator.page.goto(shop.operatorUrl);
    await operator.goTo(`/operator/orders/${orderId}`);
    expect(await operator.page.locator('#attempts tbody tr').count()).toBe(2);
    kept.push(await pageKeeps(operator));

    const [toGateway, elsewhere] = [true, false].map((wanted) =>
      payer.requests.filter(({ url }) => url.startsWith(`${simulator.url}/`) === wanted),
    );
    expect(toGateway?.filter((request) => holdsCard(JSON.stringify(request))).length).toBeGreaterThan(3);
    expect(elsewhere?.filter((request) => holdsCard(JSON.stringify(request)))).toEqual([]);
    expect(toGateway?.filter(({ url }) => holdsCard(url))).toEqual([]);

    const places = {
      'the requests to the shop': web.sent(),
      'the answers of the shop': web.answered(),
      'the requests of the shop to the gateway': api.sent(),
      'the answers of the gateway to the shop': api.answered(),
      'the output of the shop': shop.output(),
      'the pages, their stores and the operator’s record': kept.join('\n'),
      'cookies and stores of the browser': JSON.stringify(await payer.context.storageState()),
      'consoles, errors and messages between windows': told.join('\n'),
    };
    for (const [place, text] of Object.entries(places)) {
      expect([place, text.length > 0]).toEqual([place, true]);
      expect([place, holdsCard(text)]).toEqual([place, false]);
    }
    // The gateway tells the cardholder's name to the page and the server; the shop keeps it nowhere and passes it on to nobody.
    const ours = [web.sent(), web.answered(), api.sent(), shop.output(), ...kept];
    expect(mentions(ours.join(), name)).toBe(false);
    expect(mentions(JSON.stringify(toGateway), name)).toBe(true);
    expect(payer.violations).toEqual([]);
    await Promise.all([payer.leave(), operator.leave()]);
  });
});

describe('The session', () => {
  it('is opened by one call that says what is bought, and the page learns its id only', async () => {
    const payer = await Payer.arrive(browser, `http://localhost:${web.port}`);
    const response = await payer.context.request.post(`http://localhost:${web.port}/api/orders`, {
      data: { items: [{ sku: 'INK', quantity: 3 }], email: 'ada@example.com' },
    });
    const { orderId } = (await response.json()) as { orderId: string };
    const [askedBefore, answeredBefore] = [api.sent().length, api.answered().length];
    await payer.goTo(`/checkout/${orderId}`);
    await payer.cardFormIsReady();

    const order = { id: orderId, amount: 29.97, currency: 'USD', description: '3 × Blue-black ink' };
    const customer = { email: 'ada@example.com' };
    expect(await gateway.requests(orderId)).toMatchObject([
      {
        method: 'POST',
        path: `/payments/n1/merchant/${simulator.merchantId}/session`,
        body: isOrderDialect ? { operation: 'PAY', order, customer } : { payment: { ...order, customer } },
      },
    ]);
    const asked = api.sent().slice(askedBefore);
    expect(asked).toMatch(/^POST \/payments\/n1\/merchant\/\w+\/session HTTP\/1\.1\r\n/);
    expect(asked.toLowerCase()).toContain(`\r\nauthorization: bearer ${apiKey}\r\n`);

    // The secret by which a browser could claim to have paid, where there is one; and the key.
    const [, indicator = 'x'.repeat(16)] =
      /"successIndicator":"(\w+)"/.exec(api.answered().slice(answeredBefore)) ?? [];
    const [, sessionId] = /"id":"(SESSION\w+)"/.exec(api.answered().slice(answeredBefore)) ?? [];
    expect([indicator, sessionId]).toEqual([expect.stringMatching(/^\w{16}$/), expect.any(String)]);
    expect(web.answered()).toContain(String(sessionId));
    const pages = web.answered() + (await pageKeeps(payer)) + JSON.stringify(payer.requests);
    for (const secret of [String(indicator), 'successIndicator', apiKey, 'sk_test_'])
      expect([secret, pages.includes(secret)]).toEqual([secret, false]);
    await payer.leave();
  });
});
