/** The shop as the process that `npm start` runs: what it says, what it keeps, and how it ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { control, eventually, paidCard, Visitor } from './running-shop.ts';
import { runShop, startShopProcess } from './shop-process.ts';

// An embedded database starts in three seconds on an idle machine, and in many more on a busy one.
jest.setTimeout(120_000);

describe('the process', () => {
  it('says last where it is, and what stays in memory, and ends with 0 when told to', async () => {
    const shop = await startShopProcess({});
    expect((await fetch(`${shop.url}/test-cards`)).status).toBe(200);
    expect(shop.operatorUrl).toContain(`${shop.url}/operator/enter/`);
    const { code, stdout, stderr } = await shop.kill('SIGTERM');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Orders and payments are in memory, and end with this process');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`Shop ready: ${shop.url}`);
    // Not even a test card's number is in a log.
    expect(stdout.replaceAll(' ', '')).not.toMatch(/\d{13}/);
  });

  it('ends with 1 and one sentence, and no stack, when a value is wrong', async () => {
    const { code, stdout, stderr } = await runShop({ DATABASE_URL: 'mysql://localhost/shop' }).ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The shop did not start\. DATABASE_URL [^\n]+\.\n$/);
  });

  it('does not start with a word that it does not know, and says where the right ones are', async () => {
    const { code, stdout, stderr } = await runShop({}, '--port=4000').ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The shop did not start\. It takes no arguments but --help[^\n]+\.\n$/);
  });

  it.each(['--help', '-h'])('explains every variable with %s', async (word) => {
    const { code, stdout } = await runShop({}, word).ended;
    expect(code).toBe(0);
    const variables = ['PORT', 'DATA_DIR', 'DATABASE_URL', 'SMTP_URL', 'MAIL_FROM', 'PRAHSYS_API_KEY'];
    for (const name of [...variables, 'PRAHSYS_QUIET_MS']) expect(stdout).toContain(name);
  });
});

describe('DATA_DIR', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'paysession-shop-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps orders, payments, messages and what the simulator knows, though the process was killed', async () => {
    const first = await startShopProcess({ DATA_DIR: folder });
    const visitor = new Visitor(first);
    const paid = await visitor.order(undefined, 'ada@example.com');
    const open = await visitor.order();
    expect((await visitor.pay(paid, paidCard)).status).toBe(200);
    const isPacked = (page: string) => page.includes('data-event="fulfilled"');
    await eventually(() => visitor.page(`/orders/${paid}`), isPacked);
    expect((await first.kill('SIGKILL')).code).toBeNull();

    const second = await startShopProcess({ DATA_DIR: folder });
    visitor.moveTo(second);
    const receipt = await visitor.page(`/orders/${paid}`);
    expect(receipt).toContain('<h1>Receipt</h1>');
    expect(isPacked(receipt)).toBe(true);
    expect((await visitor.pay(open, paidCard)).status).toBe(200);
    const charges = (await control(second, 'GET', 'charges')) as { orderId: string }[];
    expect(charges.map(({ orderId }) => orderId)).toEqual([paid, open]);
    const { code, stderr } = await second.kill('SIGTERM');
    expect([code, stderr]).toEqual([0, '']);
  });

  it('is not said to keep orders when DATABASE_URL has them in memory', async () => {
    const shop = await startShopProcess({ DATA_DIR: folder, DATABASE_URL: 'memory:' });
    const { stdout } = await shop.kill('SIGTERM');
    expect(stdout).toContain(
      'Orders and payments are in memory, as DATABASE_URL says, and end with this process.',
    );
    expect(stdout).not.toContain('DATA_DIR keeps');
  });

  it('is one process’s alone: a second one is told so, and the first goes on', async () => {
    const first = await startShopProcess({ DATA_DIR: folder });
    const { code, stderr } = await runShop({ DATA_DIR: folder }).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `The shop did not start. DATA_DIR: another process uses ${folder}. End it, or choose another folder.\n`,
    );
    expect((await new Visitor(first).fetch('/api/products')).status).toBe(200);
    await first.kill('SIGTERM');
  });
});
