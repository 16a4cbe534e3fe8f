/** The operator's pages, over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  control,
  eventually,
  operatorOf,
  paidCard,
  startTestShop,
  type TestShop,
  Visitor,
} from './running-shop.ts';

let shop: TestShop;
beforeEach(async () => {
  shop = await startTestShop();
});
afterEach(() => shop.close());

const part = (page: string, id: string): string =>
  new RegExp(`<section id="${id}".*?</section>`, 's').exec(page)?.[0] ?? '';

/** The gateway says that it charged a dollar for a pen of 64. */
const wrongCharge = (id: string) => ({
  operation: 'pay',
  fault: 'status',
  status: 200,
  body: {
    success: true,
    data: {
      transactionId: 'TXN-1',
      result: 'SUCCESS',
      order: { id, amount: 1, currency: 'USD', status: 'CAPTURED' },
    },
  },
});

describe('the operator', () => {
  it('is let in by the printed link, once', async () => {
    const operator = await operatorOf(shop);
    expect((await operator.fetch('/operator')).status).toBe(200);
    const late = new Visitor(shop);
    expect((await late.fetch(shop.operatorUrl)).status).toBe(404);
    expect((await late.fetch('/operator')).status).toBe(404);
    expect(await late.page(shop.operatorUrl)).toContain('This link was used already, or is out of date.');
    // The first one stays in, also by the link.
    expect((await operator.fetch('/operator')).status).toBe(200);
    const again = await operator.fetch(shop.operatorUrl);
    expect([again.status, again.headers.get('location')]).toEqual([303, '/operator']);
  });

  it('gets a cookie that scripts and other sites do not', async () => {
    const response = await new Visitor(shop).fetch(shop.operatorUrl);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/operator']);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^shop_operator=[\w-]{43}; .*Path=\/; .*HttpOnly; SameSite=Lax$/),
    ]);
  });

  it('still has the link after a program has looked at it', async () => {
    await new Visitor(shop).fetch(shop.operatorUrl, { method: 'HEAD' });
    const operator = await operatorOf(shop);
    expect((await operator.fetch('/operator')).status).toBe(200);
  });

  it('alone sees these pages: to a customer they do not exist', async () => {
    const customer = new Visitor(shop);
    const orderId = await customer.order();
    for (const path of [
      '/operator',
      '/operator/outbox',
      `/operator/orders/${orderId}`,
      '/operator/enter/guess',
    ])
      expect([path, (await customer.fetch(path)).status]).toEqual([path, 404]);
    const confirmed = await customer.fetch(`/operator/orders/${orderId}/confirm`, { method: 'POST' });
    expect(confirmed.status).toBe(404);
  });

  it('sees all orders, and first those that need a person', async () => {
    const customer = new Visitor(shop);
    const open = await customer.order();
    const wrong = await customer.order();
    await control(shop, 'POST', 'faults', wrongCharge(wrong));
    await customer.pay(wrong, paidCard);
    expect(await customer.page(`/orders/${wrong}`)).toContain('data-status="needs_attention"');

    const page = await (await operatorOf(shop)).page('/operator');
    expect(part(page, 'needs-person')).toContain(wrong);
    expect(part(page, 'needs-person')).not.toContain(open);
    expect(part(page, 'all-orders')).toContain(open);
    expect(page.indexOf('id="needs-person"')).toBeLessThan(page.indexOf('id="all-orders"'));
  });

  it('sees why a payment is where it is, its attempts and its history with versions', async () => {
    const customer = new Visitor(shop);
    const orderId = await customer.order();
    const sessionId = await customer.typeCard(orderId, paidCard);
    await customer.send('POST', `/payments/orders/${orderId}/pay`, { sessionId });
    const operator = await operatorOf(shop);
    const page = await eventually(
      () => operator.page(`/operator/orders/${orderId}`),
      (text) => text.includes('data-event="fulfilled"'),
    );
    expect(page).toContain('64.00 USD was charged, and the gateway');
    expect(page).toContain(sessionId);
    expect([...page.matchAll(/data-event="(\w+)"/g)].map(([, event]) => event)).toEqual([
      'sessionOpened',
      'payStarted',
      'captured',
      'fulfilled',
    ]);
  });

  it('can have the gateway asked about a payment at once', async () => {
    const customer = new Visitor(shop);
    const orderId = await customer.order();
    await control(shop, 'POST', 'faults', { operation: 'pay', fault: 'dropAfter' });
    await customer.pay(orderId, paidCard);
    const operator = await operatorOf(shop);
    expect(part(await operator.page('/operator'), 'in-progress')).toContain(orderId);
    const asked = await operator.fetch(`/operator/orders/${orderId}/confirm`, { method: 'POST' });
    const told = await operator.page(asked.headers.get('location') ?? '');
    expect([asked.status, told]).toEqual([303, expect.stringContaining('data-status="captured"')]);
    expect(told).toMatch(/The gateway was asked at .*what is new is the end of the timeline/s);
    await eventually(
      () => operator.page(`/operator/orders/${orderId}`),
      (text) => text.includes('data-event="fulfilled"'),
    );
    const again = await operator.fetch(`/operator/orders/${orderId}/confirm`, { method: 'POST' });
    expect(await operator.page(again.headers.get('location') ?? '')).toMatch(/asked at .*nothing is new\./s);
  });

  /** An order that was charged wrongly, and how an operator decides about it. */
  const toBeDecided = async () => {
    const customer = new Visitor(shop);
    const orderId = await customer.order();
    await control(shop, 'POST', 'faults', wrongCharge(orderId));
    await customer.pay(orderId, paidCard);
    const operator = await operatorOf(shop);
    const decide = (fields: Readonly<Record<string, string>>) =>
      operator.fetch(`/operator/orders/${orderId}/decide`, {
        method: 'POST',
        body: new URLSearchParams(fields),
      });
    return { customer, orderId, operator, decide };
  };

  it('records what a person decided, with name and reason, and only for a payment that needs it', async () => {
    const { customer, orderId, operator, decide } = await toBeDecided();
    const asked = await operator.page(`/operator/orders/${orderId}`);
    expect(asked).toContain('Your decision');
    const decision = {
      version: /name="version" value="([^"]+)"/.exec(asked)?.[1] ?? '',
      decision: 'captured',
      held: '64.00',
      by: 'Grace',
      reason: 'the bank statement shows 64',
    };
    const unsigned = await decide({ ...decision, by: ' ' });
    expect(unsigned.status).toBe(400);
    // What was filled in stays.
    const refused = await unsigned.text();
    expect(refused).toContain('This cannot be recorded: say who decided, and why.');
    expect(refused).toContain('value="the bank statement shows 64"');
    expect(refused).toContain('<option value="captured" selected>');
    expect(refused).toContain('<nav aria-label="Operator">');
    const held = await decide({ ...decision, held: '64.001' });
    expect([held.status, await held.text()]).toEqual([
      400,
      expect.stringContaining('The amount that we keep must be a number such as 99.99.'),
    ]);
    expect((await decide({ ...decision, decision: 'paid' })).status).toBe(400);
    expect((await decide({ ...decision, version: '1' })).status).toBe(409);
    expect((await decide(decision)).status).toBe(303);
    const page = await eventually(
      () => operator.page(`/operator/orders/${orderId}`),
      (text) => text.includes('data-event="fulfilled"'),
    );
    expect(page).toContain('Grace: the bank statement shows 64');
    expect(page).toContain('data-status="captured"');
    expect(page).not.toContain('Your decision');
    expect((await decide(decision)).status).toBe(409);
    expect((await customer.fetch(`/operator/orders/${orderId}/decide`, { method: 'POST' })).status).toBe(404);
  });

  it('is asked once more before an amount is kept that is more than anybody knows of', async () => {
    const { orderId, operator, decide } = await toBeDecided();
    const page = await operator.page(`/operator/orders/${orderId}`);
    const version = /name="version" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const decision = { version, decision: 'captured', held: '5000', by: 'Grace', reason: 'so it says' };
    const question = await decide(decision);
    const asked = await question.text();
    expect([question.status, asked]).toEqual([
      409,
      expect.stringContaining('$5,000.00 is more than the $64.00 that we know of'),
    ]);
    expect(asked).toContain('name="sure" value="5000"');
    expect(await operator.page(`/operator/orders/${orderId}`)).toContain('data-status="needs_attention"');
    // The answer is to this amount and no other.
    expect((await decide({ ...decision, held: '6000', sure: '5000' })).status).toBe(409);
    expect((await decide({ ...decision, sure: '5000' })).status).toBe(303);
    expect(await operator.page(`/operator/orders/${orderId}`)).toContain('5000.00 USD kept');
  });

  it('gives up an order that nobody paid, and none whose payment has begun', async () => {
    const customer = new Visitor(shop);
    const operator = await operatorOf(shop);
    const open = await customer.order();
    expect(await operator.page(`/operator/orders/${open}`)).toContain('Cancel this order');
    await operator.fetch(`/operator/orders/${open}/cancel`, { method: 'POST' });
    expect(await operator.page(`/operator/orders/${open}`)).toContain('data-status="cancelled"');
    expect(await customer.page(`/orders/${open}`)).toContain('data-status="cancelled"');
    const paid = await customer.order();
    await customer.pay(paid, paidCard);
    expect(await operator.page(`/operator/orders/${paid}`)).not.toContain('Cancel this order');
    const late = await operator.fetch(`/operator/orders/${paid}/cancel`, { method: 'POST' });
    expect([late.status, await late.text()]).toEqual([
      409,
      expect.stringContaining('The order was not cancelled'),
    ]);
  });

  it('is told of what is not there among the operator’s pages', async () => {
    const operator = await operatorOf(shop);
    const response = await operator.fetch('/operator/orders/nothing');
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringContaining('<nav aria-label="Operator">'),
    ]);
    expect(await new Visitor(shop).page('/operator/orders/nothing')).toContain('<nav aria-label="Shop">');
  });

  it('cannot ask the older gateway for a refund, not even by the question’s address', async () => {
    const customer = new Visitor(shop);
    const orderId = await customer.order();
    await customer.pay(orderId, paidCard);
    const operator = await operatorOf(shop);
    const question = await operator.fetch(`/operator/orders/${orderId}/refund?key=refund-1&amount=1.00`);
    expect([question.status, await question.text()]).toEqual([
      409,
      expect.stringContaining('do it at the gateway’s own pages'),
    ]);
    const wrong = await customer.order();
    await control(shop, 'POST', 'faults', wrongCharge(wrong));
    await customer.pay(wrong, paidCard);
    const page = await operator.page(`/operator/orders/${wrong}`);
    expect(page).toMatch(
      /Give back \$\d+\.00 at the gateway’s own pages, transaction <span class="id">TXN-1</,
    );
    expect(page).not.toContain(`action="/operator/orders/${wrong}/refund"`);
  });

  it('finds each confirmation in the outbox once, and reads that nobody received it', async () => {
    const customer = new Visitor(shop);
    const orderId = await customer.order([{ sku: 'INK', quantity: 1 }], 'ada@example.com');
    await customer.pay(orderId, paidCard);
    const operator = await operatorOf(shop);
    const page = await eventually(
      () => operator.page('/operator/outbox'),
      (text) => text.includes('ada@example.com'),
    );
    expect(page).toContain('No mail server is configured');
    expect(page.split('ada@example.com')).toHaveLength(2);
  });

  it('sees the longest waiting first, however many orders came since', async () => {
    const customer = new Visitor(shop);
    const wrong = await customer.order();
    await control(shop, 'POST', 'faults', wrongCharge(wrong));
    await customer.pay(wrong, paidCard);
    // More than a page shows.
    await shop.database.pool.query(
      `insert into shop.shop_order (id, owner_hash, lines, placed_at)
       select 'LATER-' || n, 'nobody', '[]', now() from generate_series(1, 120) n`,
    );
    const page = await (await operatorOf(shop)).page('/operator');
    expect(part(page, 'needs-person')).toContain(wrong);
    expect(part(page, 'all-orders')).not.toContain(wrong);
    expect(part(page, 'all-orders')).toContain('(100)');
  });

  it('sees work that was given up, and has it tried again', async () => {
    const customer = new Visitor(shop);
    const orderId = await customer.order(undefined, 'ada@example.com');
    const sessionId = await customer.typeCard(orderId, paidCard);
    // The price changes when the payment is under way: what was paid is not what the goods cost.
    const change = (quantity: number) =>
      shop.database.pool.query(
        `update shop.shop_order set lines = jsonb_set(lines, '{0,quantity}', $2) where id = $1`,
        [orderId, String(quantity)],
      );
    await control(shop, 'POST', 'faults', { operation: 'pay', fault: 'delay', ms: 500 });
    const paying = customer.send('POST', `/payments/orders/${orderId}/pay`, { sessionId });
    await eventually(
      async () => (await control(shop, 'GET', 'requests')) as { path: string }[],
      (requests) => requests.some(({ path }) => path.endsWith('/pay')),
    );
    await change(2);
    expect((await paying).status).toBe(200);

    const operator = await operatorOf(shop);
    expect(part(await operator.page('/operator'), 'needs-person')).toContain(orderId);
    const giveUp = () =>
      shop.database.pool.query(
        `update paysession_jobs.job set state = 'failed', completed_on = now() where state = 'retry' returning id`,
      );
    expect((await eventually(giveUp, ({ rows }) => rows.length > 0)).rows).toHaveLength(1);
    const failed = part(await operator.page('/operator'), 'failed');
    expect(failed).toContain('It could not be packed');
    expect(failed).toContain('64.00 was paid, but the order costs 128.00 now');

    await change(1);
    const [, again = ''] = /action="([^"]+)"/.exec(failed) ?? [];
    const retried = await operator.fetch(again, { method: 'POST' });
    expect([retried.status, retried.headers.get('location')]).toEqual([303, `/operator/orders/${orderId}`]);
    const page = await eventually(
      () => operator.page(`/operator/orders/${orderId}`),
      (text) => text.includes('data-event="fulfilled"'),
    );
    expect(page).toContain('data-event="fulfilled"');
    expect(part(await operator.page('/operator'), 'needs-person')).not.toContain(orderId);
    expect((await operator.fetch(again, { method: 'POST' })).status).toBe(404);
  });
});
