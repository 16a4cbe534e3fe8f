// What an operator can do with a payment over HTTP: look, capture, void, give back, ask the gateway, decide.
import { describe, expect, it } from '@jest/globals';
import express, { type Request as ExpressRequest } from 'express';
import { type Context, Hono } from 'hono';
import { getRequestListener } from '@hono/node-server';
import { errAsync } from 'neverthrow';
import { type PaymentGateway, type Payments, storageUnavailable } from '../../../src/index.ts';
import { InMemoryPayments } from '../../../src/infrastructure/in-memory/in-memory-payments.ts';
import { expressBackOffice, expressRoutes } from '../../../src/interfaces/http/express.ts';
import { type BackOfficeOptions, createBackOffice } from '../../../src/interfaces/http/http.ts';
import { usd } from '../../builders/a-payment.ts';
import { MoneyGateway } from './money-gateway.ts';
import { call, listen, openShop, pay, type Reply, type Shop, shopOn } from './shop.ts';

const operator = { authorization: 'Bearer operator-1' };

const optionsOf = ({ errors }: Pick<Shop, 'errors'>): BackOfficeOptions<unknown> => ({
  authorizeOperator: (request) =>
    request.headers.get('authorization') === operator.authorization
      ? { merchantId: 'merchant-1', operator: 'Grace' }
      : null,
  onError: (error) => void errors.push(error),
});

/** A shop with both kinds of routes; `ask` speaks as the operator about order-1. */
const opened = async <Gateway extends PaymentGateway>(
  shop: Shop<Gateway>,
  submit: 'pay' | 'authorize' = 'pay',
  more: Partial<BackOfficeOptions<unknown>> = {},
) => {
  const app = express();
  app.use('/payments', expressRoutes(shop.payments, { ...shop.options, submit }));
  app.use('/back-office', expressBackOffice(shop.payments, { ...optionsOf(shop), ...more }));
  const base = await listen(app);
  const ask = (path: string, body?: object, headers: Readonly<Record<string, string>> = operator) =>
    call(`${base}/back-office/orders/order-1${path}`, body === undefined ? 'GET' : 'POST', body, headers);
  const paid = () => pay(`${base}/payments`);
  return { ...shop, base, ask, paid, shown: () => call(`${base}/payments/orders/order-1`, 'GET') };
};
const paidShop = async () => {
  const shop = await opened(shopOn(new MoneyGateway()));
  expect((await shop.paid()).status).toBe(200);
  return shop;
};
const heldShop = async () => {
  const shop = await opened(shopOn(new MoneyGateway()), 'authorize');
  expect(await shop.paid()).toMatchObject({ status: 200, body: { status: 'authorized' } });
  return shop;
};
const told = ({ status, body }: Reply) => [status, body.code ?? body.status];

describe('a refund', () => {
  it('of a part and then of the rest gives back exactly what was charged', async () => {
    const { ask, gateway, shown } = await paidShop();
    const part = await ask('/refund', { key: 'r1', amount: '40.00' });
    expect(part).toMatchObject({
      status: 200,
      body: {
        status: 'partially_refunded',
        captured: '99.99',
        refunded: '40.00',
        leftToRefund: '59.99',
        attempt: { operation: 'refund', outcome: 'done', amount: '40.00', key: 'r1' },
      },
    });
    const rest = await ask('/refund', { key: 'r2' });
    expect(rest).toMatchObject({ status: 200, body: { status: 'refunded', leftToRefund: '0.00' } });
    expect(gateway.followUps.map(({ amount }) => amount.minor)).toEqual([4000, 5999]);
    expect(await shown()).toMatchObject({ status: 200, body: { status: 'refunded', amount: '99.99' } });
  });

  it('needs the agreement of whoever else the shop asks, who sees what is asked for', async () => {
    const shop = shopOn(new MoneyGateway());
    const seen: unknown[] = [];
    const approve: BackOfficeOptions<unknown>['approve'] = async (asked) => {
      seen.push(asked);
      return asked.amount !== null && asked.amount.minor <= 1000;
    };
    const { ask, paid, gateway } = await opened(shop, 'pay', { approve });
    await paid();
    expect(told(await ask('/refund', { key: 'r1' }))).toEqual([403, 'not-approved']);
    expect(told(await ask('/void', { key: 'v1' }))).toEqual([403, 'not-approved']);
    expect(told(await ask('/refund', { key: 'r1', amount: '10.00' }))).toEqual([200, 'partially_refunded']);
    expect(gateway.followUps).toHaveLength(1);
    const about = { merchantId: 'merchant-1', orderId: 'order-1', operator: 'Grace' };
    expect(seen).toEqual([
      { ...about, operation: 'refund', key: 'r1', amount: null },
      { ...about, operation: 'void', key: 'v1', amount: null },
      { ...about, operation: 'refund', key: 'r1', amount: usd('10.00') },
    ]);
  });

  it('above what is left is refused with the amount that is left, and sends nothing', async () => {
    const { ask, gateway } = await paidShop();
    await ask('/refund', { key: 'r1', amount: '40.00' });
    expect(await ask('/refund', { key: 'r2', amount: '60.00' })).toMatchObject({
      status: 409,
      body: { code: 'amount-exceeded', left: '59.99', currency: 'USD' },
    });
    expect(gateway.followUps).toHaveLength(1);
  });

  it('under the same key is the same refund; under it for something else it is refused', async () => {
    const { ask, gateway } = await paidShop();
    const first = await ask('/refund', { key: 'r1', amount: '40.00' });
    const again = await ask('/refund', { key: 'r1', amount: '40.00' });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(told(await ask('/refund', { key: 'r1', amount: '41.00' }))).toEqual([409, 'key-reused']);
    expect(told(await ask('/void', { key: 'r1' }))).toEqual([409, 'key-reused']);
    expect(gateway.followUps).toHaveLength(1);
  });

  it('whose outcome is not known is answered 202, and its amount counts as spent until the gateway was read', async () => {
    const { ask, gateway, shown, clock } = await paidShop();
    gateway.next({ type: 'lost' });
    const lost = { key: 'r1', amount: '90.00' };
    const open = { body: { refunded: '0.00', leftToRefund: '9.99', attempt: { outcome: 'unknown' } } };
    expect(await ask('/refund', lost)).toMatchObject({ status: 202, ...open });
    expect(await ask('/refund', lost)).toMatchObject({ status: 202, ...open });
    expect(await ask('/refund', { key: 'r2', amount: '10.00' })).toMatchObject({
      status: 409,
      body: { code: 'amount-exceeded', left: '9.99' },
    });
    // The payer's money was not taken back yet, as far as anybody knows.
    expect((await shown()).body.status).toBe('captured');
    clock.pass(1_000);
    const confirmed = await ask('/confirm', {});
    expect(confirmed).toMatchObject({ status: 200, body: { refunded: '90.00', leftToRefund: '9.99' } });
    expect(await ask('/refund', lost)).toMatchObject({ status: 200, body: { attempt: { outcome: 'done' } } });
    expect(gateway.followUps).toHaveLength(1);
  });

  it('that is asked for many times at once, by one impatient hand or by many, is never more than what is left', async () => {
    const { ask, gateway } = await paidShop();
    const keys = ['r1', 'r1', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
    const answers = await Promise.all(keys.map((key) => ask('/refund', { key, amount: '30.00' })));
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(gateway.followUps).toHaveLength(3);
    expect(await ask('')).toMatchObject({ body: { refunded: '90.00', leftToRefund: '9.99' } });
  });

  it('that is on its way is told to who asks for it again', async () => {
    const { ask, gateway } = await paidShop();
    gateway.next({ type: 'held' });
    const asking = ask('/refund', { key: 'r1', amount: '5.00' });
    while (gateway.followUps.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(told(await ask('/refund', { key: 'r1', amount: '5.00' }))).toEqual([409, 'in-progress']);
    gateway.release();
    expect(told(await asking)).toEqual([200, 'partially_refunded']);
  });

  it('that the gateway refuses, or that never left, says why to the operator', async () => {
    const { ask, gateway, errors } = await paidShop();
    gateway.next({ type: 'refused', reason: 'no funds' }, { type: 'notSent', reason: 'ECONNREFUSED' });
    const refused = { status: 502, body: { code: 'gateway-refused', reason: 'no funds' } };
    expect(await ask('/refund', { key: 'r1', amount: '5.00' })).toMatchObject(refused);
    expect(await ask('/refund', { key: 'r1', amount: '5.00' })).toMatchObject(refused);
    expect(await ask('/refund', { key: 'r2' })).toMatchObject({
      status: 503,
      body: { code: 'not-done', reason: 'ECONNREFUSED' },
    });
    expect(errors).toHaveLength(3);
    expect(await ask('/refund', { key: 'r3' })).toMatchObject({ status: 200, body: { refunded: '99.99' } });
  });

  it.each([
    [{ amount: '5.00' }, 400, 'key'],
    [{ key: 7 }, 400, 'key'],
    [{ key: 'r', amount: 5 }, 400, 'amount'],
    [{ key: 'r', amount: '-5' }, 400, 'amount'],
    [{ key: 'r', amount: '5.001' }, 400, 'amount'],
    [{ key: 'r', amount: '5 USD' }, 400, 'amount'],
    [{ key: 'r', transactionId: {} }, 400, 'transactionId'],
    [{ key: 'r', currency: 'USD' }, 400, 'currency'],
  ])('that says %j is refused by the name of the field', async (body, status, field) => {
    const { ask, gateway } = await paidShop();
    expect(await ask('/refund', body)).toMatchObject({ status, body: { field } });
    expect(gateway.followUps).toEqual([]);
  });

  it.each([{ key: '' }, { key: 'two words' }, { key: 'r', amount: '0.00' }, { key: '5123450000000008' }])(
    'that asks for the impossible, %j, is told what it lacks',
    async (body) => {
      const { ask } = await paidShop();
      expect(await ask('/refund', body)).toMatchObject({
        status: 400,
        body: { code: 'invalid-request', reason: expect.any(String) },
      });
    },
  );

  it('of what was never charged is not possible', async () => {
    const { ask } = await heldShop();
    expect(await ask('/refund', { key: 'r1' })).toMatchObject({
      status: 409,
      body: { code: 'not-possible', status: 'authorized' },
    });
  });
});

describe('an authorized amount', () => {
  it('is captured in parts; what is left is named when one asks for more', async () => {
    const { ask, shown } = await heldShop();
    expect(await ask('')).toMatchObject({ body: { captured: '0.00', leftToCapture: '99.99' } });
    expect(await ask('/capture', { key: 'c1', amount: '60.00' })).toMatchObject({
      status: 200,
      body: { status: 'partially_captured', captured: '60.00', leftToCapture: '39.99' },
    });
    expect(await ask('/capture', { key: 'c2', amount: '40.00' })).toMatchObject({
      status: 409,
      body: { code: 'amount-exceeded', left: '39.99' },
    });
    expect(told(await ask('/capture', { key: 'c3' }))).toEqual([200, 'captured']);
    expect((await shown()).body.status).toBe('captured');
  });

  it('is processing to its payer while it is being captured, and looked at when the payer looks', async () => {
    const { ask, gateway, shown } = await heldShop();
    gateway.next({ type: 'lost' });
    expect(told(await ask('/capture', { key: 'c1' }))).toEqual([202, 'processing']);
    expect(await shown()).toMatchObject({ status: 200, body: { status: 'captured' } });
  });

  it('is let go by a void, once', async () => {
    const { ask, shown, gateway } = await heldShop();
    expect(told(await ask('/void', { key: 'v1' }))).toEqual([200, 'voided']);
    expect(told(await ask('/void', { key: 'v1' }))).toEqual([200, 'voided']);
    expect(told(await ask('/capture', { key: 'c1' }))).toEqual([409, 'not-possible']);
    expect((await shown()).body.status).toBe('voided');
    expect(gateway.followUps).toHaveLength(1);
  });
});

describe('a void', () => {
  it('of a settled charge is refused with the advice to refund', async () => {
    const { ask, gateway } = await paidShop();
    gateway.next({ type: 'refused', reason: 'SETTLED' });
    expect(await ask('/void', { key: 'v1' })).toMatchObject({
      status: 409,
      body: { code: 'void-refused', detail: 'If it is settled already, refund it.', reason: 'SETTLED' },
    });
    expect(told(await ask('/refund', { key: 'r1' }))).toEqual([200, 'refunded']);
  });

  it('has no amount', async () => {
    const { ask } = await paidShop();
    expect(await ask('/void', { key: 'v1', amount: '5.00' })).toMatchObject({
      status: 400,
      body: { code: 'unknown-field', field: 'amount' },
    });
  });
});

describe('a charge that nobody expected', () => {
  const twice = async () => {
    const shop = await paidShop();
    const transactionId = shop.gateway.elsewhere({ operation: 'pay', amount: usd('99.99') });
    const confirmed = await shop.ask('/confirm', {});
    return { ...shop, transactionId, confirmed };
  };

  it('is shown with what would undo it, and that undoes it', async () => {
    const { ask, transactionId, confirmed, gateway } = await twice();
    expect(confirmed.body).toMatchObject({
      status: 'needs_attention',
      captured: '199.98',
      proposal: { operation: 'refund', transactionId, amount: '99.99' },
    });
    // Which of the two is given back must be said.
    expect(told(await ask('/refund', { key: 'r0' }))).toEqual([409, 'not-possible']);
    const back = await ask('/refund', { key: 'r1', transactionId });
    expect(back).toMatchObject({ status: 200, body: { refunded: '99.99', leftToRefund: '99.99' } });
    expect(gateway.followUps).toMatchObject([{ target: transactionId, amount: { minor: 9999 } }]);
  });

  it('ends by a decision, which the history keeps with the name of who decided', async () => {
    const { ask, transactionId } = await twice();
    await ask('/refund', { key: 'r1', transactionId });
    const { version } = (await ask('')).body as { version?: number };
    const decision = { to: 'captured', held: '99.99', reason: 'one was given back' };
    expect(told(await ask('/correct', { ...decision, version: 1 }))).toEqual([409, 'payment-changed']);
    const decided = await ask('/correct', { ...decision, version });
    expect(decided).toMatchObject({ status: 200, body: { status: 'captured', proposal: null } });
    expect((decided.body.history as { reason: string }[]).map(({ reason }) => reason)).toContain(
      'Grace: one was given back (99.99 USD kept)',
    );
    expect(told(await ask('/correct', { to: 'notCharged', reason: 'again' }))).toEqual([
      409,
      'no-decision-needed',
    ]);
  });

  it.each([
    [{ to: 'paid', reason: 'a' }, 'to'],
    [{ to: 'captured', reason: 'a' }, 'held'],
    [{ to: 'captured', held: '1.001', reason: 'a' }, 'held'],
    [{ to: 'cancelled', held: '1.00', reason: 'a' }, 'held'],
    [{ to: 'cancelled', reason: 7 }, 'reason'],
    [{ to: 'cancelled', reason: 'a', version: '7' }, 'version'],
    [{ to: 'cancelled', reason: 'a', by: 'Somebody else' }, 'by'],
  ])('is not decided by %j, whose %s is wrong', async (body, field) => {
    const { ask } = await twice();
    expect(await ask('/correct', body)).toMatchObject({ status: 400, body: { field } });
  });

  it('is not decided without a reason', async () => {
    const { ask } = await twice();
    expect(await ask('/correct', { to: 'cancelled', reason: ' ' })).toMatchObject({
      status: 400,
      body: { code: 'invalid-correction', reason: 'say who decided, and why' },
    });
  });
});

describe('the back office', () => {
  it('shows all of a payment: totals, attempts, history and why', async () => {
    const { ask } = await paidShop();
    await ask('/refund', { key: 'r1', amount: '40.00' });
    expect(await ask('')).toMatchObject({
      status: 200,
      body: {
        orderId: 'order-1',
        state: 'partlyRefunded',
        amount: '99.99',
        currency: 'USD',
        attempts: [
          { operation: 'pay', outcome: 'captured', transactionId: 'transaction-1', key: null },
          { operation: 'refund', outcome: 'done', transactionId: 'transaction-2', key: 'r1' },
        ],
        history: [
          { version: 1, type: 'sessionOpened', at: '2026-01-05T09:00:00.000Z' },
          { type: 'payStarted' },
          { type: 'captured' },
          expect.anything(),
          { type: 'refundStarted' },
          { type: 'refundedInPart' },
        ],
        why: '40.00 USD of 99.99 USD were given back.',
        proposal: null,
      },
    });
  });

  it.each([
    ['GET', ''],
    ['POST', '/capture'],
    ['POST', '/refund'],
    ['POST', '/void'],
    ['POST', '/confirm'],
    ['POST', '/correct'],
  ])('does not exist to a payer, nor to anybody else: %s %s', async (method, path) => {
    const { base, gateway } = await paidShop();
    const url = `${base}/back-office/orders/order-1${path}`;
    const body = method === 'POST' ? { key: 'r1' } : undefined;
    for (const authorization of ['Bearer customer-1', 'Bearer operator-2', '']) {
      expect(await call(url, method, body, { authorization })).toMatchObject({
        status: 404,
        body: { code: 'order-not-found' },
      });
    }
    expect(gateway.followUps).toEqual([]);
  });

  it('moves no money for a page of another site, nor by GET', async () => {
    const { ask, base, gateway } = await paidShop();
    const foreign = { ...operator, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect(told(await ask('/refund', { key: 'r1' }, foreign))).toEqual([403, 'foreign-origin']);
    const got = await call(`${base}/back-office/orders/order-1/refund`, 'GET', undefined, operator);
    expect(got).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect([got.headers.get('allow'), got.headers.get('cache-control')]).toEqual(['POST', 'no-store']);
    expect(gateway.followUps).toEqual([]);
  });

  it('keeps one merchant from the payments of another', async () => {
    const { payments, gateway } = await paidShop();
    const app = express();
    const authorizeOperator = () => ({ merchantId: 'merchant-2', operator: 'Grace' });
    app.use(expressBackOffice(payments, { authorizeOperator }));
    const order = `${await listen(app)}/orders/order-1`;
    for (const path of ['', '/refund', '/confirm']) {
      const body = path === '/refund' ? { key: 'r1' } : {};
      const answer = await call(order + path, path === '' ? 'GET' : 'POST', path === '' ? undefined : body);
      expect(told(answer)).toEqual([404, 'payment-not-found']);
    }
    expect(gateway.followUps).toEqual([]);
  });

  it('says that a gateway without the operation has none', async () => {
    const shop = await opened(openShop());
    await shop.paid();
    for (const operation of ['capture', 'refund', 'void'])
      expect(told(await shop.ask(`/${operation}`, { key: operation }))).toEqual([501, 'not-supported']);
  });

  it('needs its own authorizeOperator, which names the operator', async () => {
    const { payments, errors } = shopOn(new MoneyGateway());
    const without = { authorize: () => null } as unknown as BackOfficeOptions<unknown>;
    expect(() => createBackOffice(payments, without)).toThrow('`authorizeOperator` is missing');
    expect(() => expressBackOffice(payments, without)).toThrow('`authorizeOperator` is missing');
    const nameless = createBackOffice(payments, {
      authorizeOperator: () => ({ merchantId: 'merchant-1', operator: ' ' }),
      onError: (error) => void errors.push(error),
    });
    expect((await nameless.request('http://shop/orders/order-1')).status).toBe(503);
    expect(String(errors)).toContain('authorizeOperator answered no name');
  });

  it('answers 503 when the payments cannot be read', async () => {
    const away = () => errAsync(storageUnavailable('connect ECONNREFUSED 10.0.0.7'));
    const reads = { find: away, history: away, findDue: away, findNeedingAttention: away };
    const payments: Payments = { ...reads, save: away };
    const { ask } = await opened(shopOn(new MoneyGateway(), { payments }));
    const answers = [await ask(''), await ask('/refund', { key: 'r1' }), await ask('/confirm', {})];
    for (const answer of answers) {
      expect(told(answer)).toEqual([503, 'storage-unavailable']);
      expect(JSON.stringify(answer.body)).not.toContain('10.0.0.7');
    }
  });

  it('lets authorizeOperator use what the middleware of Express and of Hono found out', async () => {
    const { payments } = shopOn(new MoneyGateway(), { payments: new InMemoryPayments() });
    const app = express();
    app.use((request, _response, next) => {
      Object.assign(request, { user: request.get('x-user') });
      next();
    });
    app.use(
      expressBackOffice(payments, {
        authorizeOperator: (_request, _order, { user }: ExpressRequest & { user?: string }) =>
          user === undefined ? null : { merchantId: 'merchant-1', operator: user },
      }),
    );
    const hono = new Hono<{ Variables: { user: string } }>();
    hono.use(async (c, next) => {
      c.set('user', c.req.header('x-user') ?? '');
      await next();
    });
    const authorizeOperator = (_request: Request, _order: string, c: Context) => {
      const user = c.get('user') as string;
      return user === '' ? null : { merchantId: 'merchant-1', operator: user };
    };
    hono.route('/', createBackOffice(payments, { authorizeOperator }));
    const listener = getRequestListener(hono.fetch, { overrideGlobalObjects: false });
    for (const url of [await listen(app), await listen(listener)]) {
      expect(told(await call(`${url}/orders/order-1`, 'GET'))).toEqual([404, 'order-not-found']);
      const known = await call(`${url}/orders/order-1`, 'GET', undefined, { 'x-user': 'Grace' });
      expect(told(known)).toEqual([404, 'payment-not-found']);
    }
  });
});
