import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchChromium, servePage, type Site } from './chromium.ts';
import { GatewayControl } from './gateway-control.ts';
import { Payer } from './payer.ts';
import { type ShopProcess, simulatorOf, startShopProcess } from './shop-process.ts';

/** One browser and one shop for all tests of a file; a payer with a fresh browser context for each. */
export interface InAShop {
  readonly browser: Browser;
  readonly shop: ShopProcess;
  readonly gateway: GatewayControl;
  readonly payer: Payer;
  /** Somebody else's browser. */
  stranger(): Promise<Payer>;
  /** Comes by the link that the shop printed: once for a file. */
  operator(): Promise<Payer>;
  /** A page of a third origin. */
  hostile(html: string): Promise<Site>;
}

/** For a browser and a database server that are started for the first time. */
const startMs = 60_000;

/** Registers what every file of tests needs around it. No page may try what its policy refuses. */
export function inAShop(environment: Readonly<Record<string, string>> = {}): InAShop {
  let browser: Browser;
  let shop: ShopProcess;
  let gateway: GatewayControl;
  let payers: Payer[] = [];
  let sites: Site[] = [];
  let operatorState: Awaited<ReturnType<Payer['context']['storageState']>> | undefined;

  const arrive = async (options?: Parameters<Browser['newContext']>[0]) => {
    const payer = await Payer.arrive(browser, shop.url, options);
    payers.push(payer);
    return payer;
  };

  beforeAll(async () => {
    [browser, shop] = await Promise.all([launchChromium(), startShopProcess(environment)]);
    gateway = new GatewayControl(simulatorOf(shop));
  }, startMs);
  afterAll(async () => {
    await browser?.close();
    await shop?.close();
  });
  beforeEach(async () => {
    await arrive();
  });
  afterEach(async () => {
    const violations = payers.flatMap((payer) => payer.violations);
    await Promise.all(payers.map((payer) => payer.leave()));
    await Promise.all(sites.map((site) => site.close()));
    [payers, sites] = [[], []];
    await gateway?.noFaults();
    expect(violations).toEqual([]);
  });

  return {
    get browser() {
      return browser;
    },
    get shop() {
      return shop;
    },
    get gateway() {
      return gateway;
    },
    get payer() {
      const [first] = payers;
      if (first === undefined) throw new Error('a payer is there during a test only');
      return first;
    },
    stranger: () => arrive(),
    hostile: async (html) => {
      const site = await servePage(() => html);
      sites.push(site);
      return site;
    },
    operator: async () => {
      const operator = await arrive(operatorState && { storageState: operatorState });
      if (operatorState === undefined) await operator.page.goto(shop.operatorUrl);
      operatorState = await operator.context.storageState();
      return operator;
    },
  };
}
