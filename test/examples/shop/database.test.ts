/** The shop and its database: starting together, a database that does not fit or is not there, and one that goes away. */
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SettingsError, settingsFrom } from '../../../examples/shop/settings.ts';
import { startShop } from '../../../examples/shop/start-shop.ts';
import { type Cluster, startCluster } from '../../postgres/cluster.ts';
import { wireTo } from '../../infrastructure/postgres/wire.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { control, eventually, paidCard, Visitor } from './running-shop.ts';
import { runShop, type ShopProcess, startShopProcess } from './shop-process.ts';

describe('a start', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(() => database.close());
  const start = () => startShop(settingsFrom({ PORT: '0', DATABASE_URL: database.url }));

  it('of two shops at once on one empty database brings up both, and each knows the other’s orders', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    const visitor = new Visitor(one);
    const orderId = await visitor.order();
    visitor.moveTo(other);
    expect((await visitor.fetch(`/orders/${orderId}`)).status).toBe(200);
    await Promise.all([one.close(), other.close()]);
  });

  const afterOneStart = async (sql: string) => {
    await (await start()).close();
    await database.pool.query(sql);
  };
  it.each([
    [
      'payments of a newer version',
      () => afterOneStart(`insert into paysession.migration (name) values ('9999-later')`),
      'Migration 9999-later (newer)',
    ],
    [
      'orders of a newer version',
      () => afterOneStart(`insert into shop.migration (name) values ('9999-later')`),
      'Migration 9999-later (newer)',
    ],
    [
      'payments that other migrations made',
      () => afterOneStart(`update paysession.migration set sha256 = 'other' where name = '0001-payments'`),
      'Migration 0001-payments (changed)',
    ],
    [
      'a migration that was half run',
      () => database.pool.query('create schema shop; create table shop.shop_order ()'),
      'Migration 0001-orders (failed)',
    ],
  ])('stops at %s, and says which migration it is', async (_what, arrange, sentence) => {
    await arrange();
    const starting = start();
    await expect(starting).rejects.toThrow(SettingsError);
    await expect(starting).rejects.toThrow(sentence);
  });

  it('tries again while there is no database, then ends with 1 and a sentence without the password', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const url = `postgres://shop:hidden-word@127.0.0.1:${port}/shop`;
    const { code, stdout, stderr } = await runShop({ DATABASE_URL: url }).ended;
    expect(code).toBe(1);
    expect(stdout.match(/Trying again/g)).toHaveLength(4);
    expect(stderr).toMatch(
      new RegExp(
        `^The shop did not start\\. DATABASE_URL: the database at 127\\.0\\.0\\.1:${port} .*\\.\\n$`,
      ),
    );
    expect(stdout + stderr).not.toContain('hidden-word');
  });
});

describe('a server', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  it('that knows no such database is not asked again: nobody makes one by waiting', async () => {
    const url = new URL(database.url);
    url.pathname = '/nothing';
    const said: string[] = [];
    const settings = settingsFrom({ PORT: '0', DATABASE_URL: url.href });
    await expect(startShop(settings, (line) => void said.push(line))).rejects.toThrow(
      `DATABASE_URL: the database at ${url.host} cannot be used: the database does not exist (3D000).`,
    );
    expect(said).toEqual([]);
  });
});

describe('a database that goes away', () => {
  let cluster: Cluster;
  let shop: ShopProcess;
  beforeAll(async () => {
    cluster = await startCluster();
    shop = await startShopProcess({ DATABASE_URL: cluster.url() });
  });
  afterAll(async () => {
    await shop.kill('SIGTERM');
    await cluster.stop();
  });

  it('stops new pays before anything is sent, shows plain pages, and is found again when it is back', async () => {
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    const sessionId = await visitor.typeCard(orderId, paidCard);
    const pay = () => visitor.send('POST', `/payments/orders/${orderId}/pay`, { sessionId });
    await cluster.crash();

    const refused = await pay();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    for (const path of ['/orders', `/orders/${orderId}`, `/checkout/${orderId}`]) {
      const page = await visitor.fetch(path);
      expect([path, page.status]).toEqual([path, 503]);
      const text = await page.text();
      expect(text).toContain('Please try again soon');
      expect(text).not.toMatch(/ECONN|Error|\n {4}at |postgres/);
      // It leads to the same address again, not to the shop, where somebody who was just charged might order once more.
      expect(text).toContain(`<a class="button" href="${path}">Try again</a>`);
      expect(text).not.toContain('Go to the shop');
      const isOfOrder = path !== '/orders';
      expect(text.includes('If you have just paid, please do not pay again.')).toBe(isOfOrder);
      expect([page.headers.get('retry-after'), page.headers.get('refresh')]).toEqual([
        '5',
        isOfOrder ? '5' : null,
      ]);
    }
    expect((await visitor.send('POST', '/api/orders', { items: [{ sku: 'PEN', quantity: 1 }] })).status).toBe(
      503,
    );
    expect((await visitor.fetch('/')).status).toBe(200);
    const requests = (await control(shop, 'GET', 'requests')) as { path: string }[];
    expect(requests.filter(({ path }) => path.endsWith('/pay'))).toEqual([]);

    await cluster.start();
    const answer = await eventually(pay, ({ status }) => status === 200);
    expect(answer.status).toBe(200);
    const page = await eventually(
      () => visitor.page(`/orders/${orderId}`),
      (text) => text.includes('data-event="fulfilled"'),
      15_000,
    );
    expect(page).toContain('data-event="fulfilled"');
    expect((await control(shop, 'GET', 'charges')) as unknown[]).toHaveLength(1);
    expect(shop.output.stderr).not.toContain('only-on-loopback');
  });
});

describe('a database that falls silent', () => {
  it('is not waited for longer than a statement may take: a pay is refused, and nothing is sent', async () => {
    const database = await testDatabase();
    const wire = await wireTo(database.url);
    const shop = await startShopProcess({ DATABASE_URL: wire.url });
    const visitor = new Visitor(shop);
    const orderId = await visitor.order();
    const sessionId = await visitor.typeCard(orderId, paidCard);
    wire.fallSilent();
    const refused = await visitor.send('POST', `/payments/orders/${orderId}/pay`, { sessionId });
    expect(refused.status).toBe(503);
    const requests = (await control(shop, 'GET', 'requests')) as { path: string }[];
    expect(requests.filter(({ path }) => path.endsWith('/pay'))).toEqual([]);
    await shop.kill('SIGKILL');
    await wire.close();
    await database.close();
  }, 60_000);
});
