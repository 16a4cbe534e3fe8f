/** What an operator does with money on the shop's pages, in the payment dialect: asked first, done once, told what came of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
let operator: Visitor;
beforeAll(async () => {
  shop = await startTestShop({ PRAHSYS_DIALECT: 'payment' });
  operator = await operatorOf(shop);
});
afterAll(() => shop?.close());

const paidOrder = async () => {
  const customer = new Visitor(shop);
  const orderId = await customer.order();
  expect((await customer.pay(orderId, paidCard)).status).toBe(200);
  return { customer, orderId, path: `/operator/orders/${orderId}` };
};

type Form = Readonly<{ action: string; fields: Record<string, string> }>;

/** A form of a page, with the values that it came with. */
const formIn = (page: string, action: string): Form => {
  const [form = ''] = page.split('<form').filter((part) => part.includes(`/${action}"`));
  const [text = ''] = form.split('</form>');
  const fields = [...text.matchAll(/<input\s([^>]*)>/g)].map(([, attributes = '']) => {
    const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
    return [value('name'), value('value')] as const;
  });
  return { action: /action="([^"]+)"/.exec(text)?.[1] ?? '', fields: Object.fromEntries(fields) };
};

const send = (form: Form, who = operator) =>
  who.fetch(form.action, { method: 'POST', body: new URLSearchParams(form.fields) });

/** From the order's page to the question. */
const question = async (
  path: string,
  operation: string,
  changes: Record<string, string> = {},
  who = operator,
) => {
  const { action, fields } = formIn(await who.page(path), operation);
  const query = new URLSearchParams({ ...fields, ...changes });
  const response = await who.fetch(`${action}?${query.toString()}`);
  return { status: response.status, page: await response.text() };
};

/** Asks, says yes, and follows to the page that tells what came of it. */
const doIt = async (
  path: string,
  operation: string,
  changes: Record<string, string> = {},
  who = operator,
) => {
  const { page } = await question(path, operation, changes, who);
  const done = await send(formIn(page, operation), who);
  expect(done.status).toBe(303);
  return who.page(done.headers.get('location') ?? '');
};

const ledger = async (orderId: string) =>
  ((await control(shop, 'GET', 'charges')) as { orderId: string; operation: string; amount: string }[])
    .filter((charge) => charge.orderId === orderId)
    .map(({ operation, amount }) => `${operation} ${amount}`);

describe('a refund', () => {
  it('is asked about with its amount, done once however often it is sent, and told to operator and customer', async () => {
    const { customer, orderId, path } = await paidOrder();
    const { page } = await question(path, 'refund', { amount: '10.00' });
    expect(page).toContain('<h1>Refund $10.00?</h1>');
    const form = formIn(page, 'refund');
    expect(await ledger(orderId)).toHaveLength(1);
    const answers = await Promise.all([send(form), send(form), send(form)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    const told = await operator.page(answers[0]?.headers.get('location') ?? '');
    expect(told).toContain('The refund, $10.00: done');
    expect(told).toContain('<dd id="to-refund">$54.00</dd>');
    expect(told).toContain('data-status="partially_refunded"');
    expect((await ledger(orderId)).at(-1)).toMatch(/REFUND 10.00/);
    expect(await ledger(orderId)).toHaveLength(2);
    const receipt = await customer.page(`/orders/${orderId}`);
    expect(receipt).toContain('<dd id="refunded">$10.00</dd>');
    expect(receipt).toContain('data-status="partially_refunded"');
  });

  it('is prefilled with what is left, and of all of it is the last', async () => {
    const { path } = await paidOrder();
    await doIt(path, 'refund', { amount: '10.00' });
    expect(formIn(await operator.page(path), 'refund').fields.amount).toBe('54.00');
    const told = await doIt(path, 'refund');
    expect(told).toContain('The refund, $54.00: done');
    expect(told).toContain('data-status="refunded"');
    expect(told).not.toContain('action="/operator/orders/refund');
    expect(formIn(told, 'refund').action).toBe('');
  });

  it('of more than is left is refused with what is left, before and after the question', async () => {
    const { orderId, path } = await paidOrder();
    const over = await question(path, 'refund', { amount: '64.01' });
    expect([over.status, over.page]).toEqual([409, expect.stringContaining('Only $64.00 are left')]);
    // What was typed stays, to be corrected.
    expect(formIn(over.page, 'refund').fields.amount).toBe('64.01');
    const early = formIn((await question(path, 'refund', { amount: '60.00' })).page, 'refund');
    await doIt(path, 'refund', { amount: '10.00' });
    const late = await send(early);
    expect([late.status, await late.text()]).toEqual([409, expect.stringContaining('Only $54.00 are left')]);
    expect(await ledger(orderId)).toHaveLength(2);
  });

  it.each(['', '0.00', '-1', '1.001', 'ten'])('of %j is no amount', async (amount) => {
    const { path } = await paidOrder();
    const { status, page } = await question(path, 'refund', { amount });
    expect([status, page]).toEqual([
      400,
      expect.stringContaining('The amount must be a number such as 9.99'),
    ]);
  });

  it('whose answer is lost counts as spent until the gateway was asked', async () => {
    const { orderId, path } = await paidOrder();
    await control(shop, 'POST', 'faults', { operation: 'refund', fault: 'dropAfter' });
    await control(shop, 'PUT', 'settings', { webhooks: 'lose' });
    const told = await doIt(path, 'refund', { amount: '10.00' });
    expect(told).toMatch(/the amount counts as spent \(.+\)\.<\/p>/);
    // A void goes together with nothing that is on its way.
    expect(formIn(told, 'void').action).toBe('');
    const early = await operator.fetch(`${path}/void?key=void-1`);
    expect([early.status, await early.text()]).toEqual([
      409,
      expect.stringContaining('This cannot be done with the payment as it is now.'),
    ]);
    expect(told).toContain('<dd id="to-refund">$54.00</dd>');
    expect(told).toContain('<dd id="refunded">$0.00</dd>');
    expect(await operator.page('/operator')).toMatch(
      new RegExp(`id="in-progress".*${orderId}.*id="all-orders"`, 's'),
    );
    await operator.fetch(`${path}/confirm`, { method: 'POST' });
    expect(await operator.page(path)).toContain('<dd id="refunded">$10.00</dd>');
    await control(shop, 'PUT', 'settings', { webhooks: 'deliver' });
    expect(await ledger(orderId)).toHaveLength(2);
  });

  it('is nobody else’s to ask for', async () => {
    const { customer, orderId, path } = await paidOrder();
    const body = new URLSearchParams({ key: 'refund-1', amount: '10.00' });
    expect((await customer.fetch(`${path}/refund`, { method: 'POST', body })).status).toBe(404);
    const foreign = { method: 'POST', body, headers: { origin: 'https://evil.example' } };
    expect((await operator.fetch(`${path}/refund`, foreign)).status).toBe(403);
    expect(await ledger(orderId)).toHaveLength(1);
  });
});

describe('a void', () => {
  it('undoes the charge of the day', async () => {
    const { orderId, path } = await paidOrder();
    const { page } = await question(path, 'void');
    expect(page).toContain('<h1>Undo $64.00?</h1>');
    const told = await doIt(path, 'void');
    expect(told).toContain('data-status="voided"');
    expect(await ledger(orderId)).toHaveLength(2);
  });

  it('is not offered once a part was given back, and the question is refused too', async () => {
    const { path } = await paidOrder();
    const told = await doIt(path, 'refund', { amount: '10.00' });
    expect(formIn(told, 'void').action).toBe('');
    expect((await operator.fetch(`${path}/void?key=void-1`)).status).toBe(409);
  });

  it('of what is settled is refused by the gateway, and the operator is told to refund it', async () => {
    const { path } = await paidOrder();
    await control(shop, 'POST', 'clock', { advanceMs: 25 * 3_600_000 });
    const told = await doIt(path, 'void');
    expect(told).toContain('data-outcome="refused"');
    expect(told).toMatch(/What is settled cannot be undone any more: refund it \(.+\)\.<\/p>/);
    expect(await doIt(path, 'refund')).toContain('data-status="refunded"');
  });

  it('that was tried in vain is no affair of the customer’s', async () => {
    const { customer, orderId, path } = await paidOrder();
    await control(shop, 'POST', 'clock', { advanceMs: 25 * 3_600_000 });
    expect(await doIt(path, 'void')).toContain('data-event="voidFailed"');
    const receipt = await customer.page(`/orders/${orderId}`);
    expect(receipt).not.toMatch(/data-event="void|Undoing/);
    expect(receipt).toContain('data-event="captured"');
  });
});

describe('a webhook', () => {
  it('of a refund that somebody made at the gateway shows on the order, with nobody asking', async () => {
    const { orderId, path } = await paidOrder();
    const { url = '', merchantId = '', apiKey = '' } = shop.simulator ?? {};
    const refunded = await fetch(`${url}/payments/n1/merchant/${merchantId}/payment/${orderId}/refund`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ amount: 4 }),
    });
    expect([refunded.status, await refunded.text()]).toEqual([200, expect.stringContaining('REFUND')]);
    const page = await eventually(
      () => operator.page(path),
      (text) => text.includes('<dd id="refunded">$4.00</dd>'),
    );
    expect(page).toContain('<dd id="refunded">$4.00</dd>');
    expect(page).toContain('made outside of this application');
  });

  it('that nobody signed is refused', async () => {
    const answer = await fetch(`${shop.url}/payments/webhooks/prahsys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'webhook-rejected' }]);
  });
});

describe('the gateway', () => {
  it('that cannot be asked about a payment is said to be away', async () => {
    const { path } = await paidOrder();
    await control(shop, 'POST', 'faults', {
      operation: 'getPayment',
      fault: 'status',
      status: 500,
      body: 'no',
      // The webhook of the payment has it read too.
      times: 100,
    });
    const asked = await operator.fetch(`${path}/confirm`, { method: 'POST' });
    expect([asked.status, await asked.text()]).toEqual([
      503,
      expect.stringContaining('The gateway could not be asked just now.'),
    ]);
    await control(shop, 'DELETE', 'faults');
    expect((await operator.fetch(`${path}/confirm`, { method: 'POST' })).status).toBe(303);
  });
});

describe('a shop that charges later', () => {
  let later: TestShop;
  let visitor: Visitor;
  beforeAll(async () => {
    later = await startTestShop({ PRAHSYS_DIALECT: 'payment', SHOP_CAPTURE: 'later' });
    visitor = await operatorOf(later);
  });
  afterAll(() => later?.close());

  it('reserves the amount at the checkout, and packs once all of it was charged', async () => {
    const customer = new Visitor(later);
    const orderId = await customer.order();
    const paid = await customer.pay(orderId, paidCard);
    expect([paid.status, await paid.json()]).toMatchObject([
      200,
      { status: 'authorized', fulfilment: 'not_due' },
    ]);
    const reserved = await customer.page(`/orders/${orderId}`);
    expect(reserved).toContain('Amount reserved');
    expect(reserved).toContain('is charged when we begin to pack');
    expect(reserved).toContain('Packed as soon as the reserved amount is charged');
    const path = `/operator/orders/${orderId}`;
    const toCharge = async () =>
      /<section id="to-charge".*?<\/section>/s.exec(await visitor.page('/operator'))?.[0] ?? '';
    expect(await toCharge()).toContain(orderId);
    expect(formIn(await visitor.page(path), 'refund').action).toBe('');
    for (const [amount, status] of [
      ['14.00', 'partially_captured'],
      ['50.00', 'captured'],
    ] as const) {
      const told = await doIt(path, 'capture', { amount }, visitor);
      expect(told).toContain(`Charging the reserved amount, $${amount}: done`);
      expect(told).toContain(`data-status="${status}"`);
      expect((await toCharge()).includes(orderId)).toBe(status === 'partially_captured');
    }
    const packed = await eventually(
      () => visitor.page(path),
      (page) => page.includes('data-event="fulfilled"'),
    );
    expect(packed).toContain('data-event="fulfilled"');
  });

  it('says at its checkout that the amount is only reserved', async () => {
    const customer = new Visitor(later);
    const page = await customer.page(`/checkout/${await customer.order()}`);
    expect(page).toContain('<span id="pay-label">Reserve $64.00</span>');
    expect(page).toContain('reserved on your card now, and charged when we begin to pack');
  });

  it('lets a reservation go', async () => {
    const customer = new Visitor(later);
    const orderId = await customer.order();
    await customer.pay(orderId, paidCard);
    const told = await doIt(`/operator/orders/${orderId}`, 'void', {}, visitor);
    expect(told).toContain('data-status="voided"');
    expect(await customer.page(`/orders/${orderId}`)).toContain('Payment undone');
  });
});

describe('a charge that nobody expected', () => {
  it('is given back by the button that names it, and then decided', async () => {
    const { customer, orderId, path } = await paidOrder();
    await eventually(
      () => operator.page(path),
      (text) => text.includes('data-event="fulfilled"'),
    );
    // Somebody charges the payer again, at the gateway.
    await control(shop, 'PUT', 'settings', { payAfterCapture: true });
    const { url = '', merchantId = '', apiKey = '' } = shop.simulator ?? {};
    const call = (method: string, route: string, body: object) =>
      fetch(`${url}/payments/n1/merchant/${merchantId}/${route}`, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const opened = await call('POST', 'session', {
      payment: { id: orderId, amount: 64, currency: 'USD', description: 'again' },
    });
    const { data } = (await opened.json()) as { data: { id: string } };
    await control(shop, 'POST', `sessions/${data.id}/card`, paidCard);
    await call('PUT', `payment/${orderId}/pay`, { amount: 64, session: { id: data.id } });
    await operator.fetch(`${path}/confirm`, { method: 'POST' });
    const page = await operator.page(path);
    expect(page).toContain('data-status="needs_attention"');
    expect(page).toContain('Give back $64.00…');
    // The goods are packed: what the module would refuse is not offered.
    expect([...page.matchAll(/<option value="(\w+)"/g)].map(([, to]) => to)).toEqual(['captured']);
    const told = await doIt(path, 'refund');
    expect(told).toContain('The refund, $64.00: done');
    expect(told).toContain('name="held" inputmode="decimal" value="64.00"');
    const body = new URLSearchParams({
      version: /name="version" value="([^"]+)"/.exec(told)?.[1] ?? '',
      decision: 'captured',
      held: '64.00',
      by: 'Grace',
      reason: 'one went back',
    });
    expect((await operator.fetch(`${path}/decide`, { method: 'POST', body })).status).toBe(303);
    expect(await operator.page(path)).toContain('data-status="captured"');
    // What a person decided is the shop's affair.
    expect(await operator.page(path)).toContain('data-event="correctedToCaptured"');
    expect(await customer.page(`/orders/${orderId}`)).not.toContain('data-event="corrected');
  });
});
