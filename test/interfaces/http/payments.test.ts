// What becomes of payments over HTTP: declines, lost answers, races, failing neighbours.
import { describe, expect, it } from '@jest/globals';
import {
  gatewayRefused,
  gatewayUnavailable,
  type OrderData,
  ordersUnavailable,
  type Payments,
  type PayRequest,
  storageUnavailable,
} from '../../../src/index.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { expressRoutes } from '../../../src/interfaces/http/express.ts';
import { createHttp } from '../../../src/interfaces/http/http.ts';
import { errAsync, ResultAsync } from 'neverthrow';
import { MoneyGateway } from './money-gateway.ts';
import { call, customer, hosts, listen, openSession, openShop, pay, type Shop, shopOn } from './shop.ts';

const mounted = async (shop: Shop) => {
  const base = await hosts['Express, before any body parser'](shop);
  return { shop, base, order: `${base}/orders/order-1` };
};
const count = ({ gateway }: Shop, what: string) =>
  gateway.requests.filter(({ operation }) => operation === what).length;

/** Answers no pay or read until the test lets it. */
class SlowGateway extends InMemoryGateway {
  #release: () => void = () => undefined;
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });
  #reached: () => void = () => undefined;
  /** A pay or read is on its way. */
  readonly reached = new Promise<void>((resolve) => {
    this.#reached = resolve;
  });
  /** How many pays and reads have come. */
  waiting = 0;
  release() {
    this.#release();
  }
  #wait(): ResultAsync<void, never> {
    this.#reached();
    this.waiting += 1;
    return ResultAsync.fromSafePromise(this.#released);
  }
  override pay(request: PayRequest) {
    return this.#wait().andThen(() => super.pay(request));
  }
  override read(request: Parameters<InMemoryGateway['read']>[0]) {
    return this.#wait().andThen(() => super.read(request));
  }
}

describe('a submit', () => {
  it.each([
    [
      { type: 'declined', reason: 'no funds' },
      402,
      { status: 'declined', retry: true, fulfilment: 'not_due' },
    ],
    [{ type: 'pending', reason: 'asked' }, 202, { status: 'processing' }],
    [{ type: 'unknown', charged: true }, 202, { status: 'processing' }],
    [{ type: 'unknown', charged: false }, 202, { status: 'processing' }],
    [{ type: 'notSent', reason: 'refused' }, 503, { code: 'not-sent' }],
    [{ type: 'refused', reason: 'wrong key' }, 502, { code: 'gateway-refused' }],
    [{ type: 'sessionGone', reason: 'gone' }, 410, { code: 'session-expired' }],
  ] as const)(
    'that comes to %j is answered %d, and repeating it sends nothing',
    async (card, status, body) => {
      const { shop, base, order } = await mounted(openShop());
      shop.gateway.cardIs(card);
      const { sessionId } = await openSession(base);
      expect(await call(`${order}/pay`, 'POST', { sessionId })).toMatchObject({ status, body });
      if (card.type === 'notSent') return;
      expect(await call(`${order}/pay`, 'POST', { sessionId })).toMatchObject({ status, body });
      expect(count(shop, 'pay')).toBe(1);
    },
  );

  it('of a charge that does not match is not called paid', async () => {
    const { shop, base } = await mounted(openShop());
    shop.orders.set('order-2', {
      ...(shop.orders.get('order-1') as OrderData),
      id: 'order-2',
      amount: '1.00',
    });
    const other = await shop.payments.openPaySession.execute({
      merchantId: 'merchant-1' as never,
      orderId: 'order-2' as never,
    });
    shop.gateway.cardIs({ type: 'captured', charges: other._unsafeUnwrap().payment.order.amount });
    expect(await pay(base)).toMatchObject({ status: 202, body: { status: 'needs_attention' } });
    expect(await call(`${base}/orders/order-1/session`, 'POST')).toMatchObject({
      status: 409,
      body: { code: 'not-payable', status: 'needs_attention' },
    });
  });

  it('is repeated as declined when a new session is open, and as captured when that was paid', async () => {
    const { shop, base, order } = await mounted(openShop());
    shop.gateway.cardIs({ type: 'declined', reason: 'no funds' });
    const { sessionId } = await openSession(base);
    const declined = await call(`${order}/pay`, 'POST', { sessionId });
    const second = await openSession(base);
    expect(second.sessionId).not.toBe(sessionId);
    expect((await call(`${order}/pay`, 'POST', { sessionId })).body).toEqual(declined.body);
    shop.gateway.cardIs({ type: 'captured' });
    const captured = { status: 200, body: { status: 'captured' } };
    expect(await call(`${order}/pay`, 'POST', { sessionId: second.sessionId })).toMatchObject(captured);
    expect(await call(`${order}/pay`, 'POST', { sessionId })).toMatchObject(captured);
    expect(await call(`${order}/pay`, 'POST', { sessionId: 'any-other' })).toMatchObject(captured);
    expect(shop.gateway.charges).toHaveLength(1);
  });

  it('of a shop that captures later holds the amount, once', async () => {
    const shop = shopOn(new MoneyGateway());
    const base = await listen(expressRoutes(shop.payments, { ...shop.options, submit: 'authorize' }));
    const { sessionId } = await openSession(base);
    for (const times of ['once', 'twice']) {
      const held = await call(`${base}/orders/order-1/pay`, 'POST', { sessionId });
      expect([times, held.status, held.body.status]).toEqual([times, 200, 'authorized']);
    }
    expect(await call(`${base}/orders/order-1`, 'GET')).toMatchObject({
      body: { status: 'authorized', fulfilment: 'not_due' },
    });
  });

  it('ends the tries of an order after five declined cards', async () => {
    const { shop, base, order } = await mounted(openShop());
    shop.gateway.cardIs({ type: 'declined', reason: 'no funds' });
    for (const retry of [true, true, true, true, false])
      expect(await pay(base)).toMatchObject({ status: 402, body: { status: 'declined', retry } });
    expect(await call(`${order}/session`, 'POST')).toMatchObject({
      status: 409,
      body: { code: 'too-many-declines', status: 'declined', retry: false },
    });
    expect(await call(order, 'GET')).toMatchObject({
      status: 200,
      body: { status: 'declined', retry: false },
    });
  });

  it('of a price that the page did not show is told the new one, and nothing is sent', async () => {
    const { shop, base, order } = await mounted(openShop());
    const { sessionId } = await openSession(base);
    shop.orders.set('order-1', { ...(shop.orders.get('order-1') as OrderData), amount: '120.00' });
    const changed = { code: 'price-changed', amount: '120.00', currency: 'USD', revision: 2 };
    expect(await call(`${order}/pay`, 'POST', { sessionId })).toMatchObject({ status: 409, body: changed });
    await call(`${order}/session`, 'PUT');
    const stale = { sessionId, revision: 1 };
    expect(await call(`${order}/pay`, 'POST', stale)).toMatchObject({ status: 409, body: changed });
    expect(count(shop, 'pay')).toBe(0);
  });

  it('through the session of another order, or through an unknown one, is refused', async () => {
    const { shop, base, order } = await mounted(openShop());
    await openSession(base);
    const { body } = await call(`${base}/orders/order-2/session`, 'POST');
    for (const sessionId of [body.sessionId, 'SESSION99999999'])
      expect(await call(`${order}/pay`, 'POST', { sessionId })).toMatchObject({
        status: 409,
        body: { code: 'session-mismatch' },
      });
    expect(count(shop, 'pay')).toBe(0);
  });

  it('of an expired session is told so, and a new one is opened in its place', async () => {
    const { shop, base, order } = await mounted(openShop());
    const { sessionId } = await openSession(base);
    shop.clock.pass(14 * 60_000);
    const expired = { status: 410, body: { code: 'session-expired' } };
    expect(await call(`${order}/pay`, 'POST', { sessionId })).toMatchObject(expired);
    const renewed = await call(`${order}/session`, 'POST');
    expect([renewed.status, renewed.body.sessionId === sessionId]).toEqual([201, false]);
  });

  it('fifty times at once sends one pay, and all who are not told to wait are told the same', async () => {
    const { shop, base, order } = await mounted(openShop());
    const body = await openSession(base);
    const { sessionId } = body;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call(`${order}/pay`, 'POST', { sessionId })),
    );
    expect(count(shop, 'pay')).toBe(1);
    expect(shop.gateway.charges).toHaveLength(1);
    const paid = answers.filter(({ status }) => status === 200);
    expect(paid.length).toBeGreaterThan(0);
    for (const { status, body } of answers)
      if (status !== 200) expect([status, body.code]).toEqual([409, 'in-progress']);
  });

  it('while another one is at the gateway is told to wait, and to change nothing', async () => {
    const gateway = new SlowGateway();
    const { shop, base, order } = await mounted(openShop({ gateway }));
    const { sessionId } = await openSession(base);
    const first = call(`${order}/pay`, 'POST', { sessionId });
    await gateway.reached;
    const submits = Array.from({ length: 20 }, () => call(`${order}/pay`, 'POST', { sessionId }));
    for (const { status, headers, body } of await Promise.all(submits)) {
      expect([status, body.code, body.status]).toEqual([409, 'in-progress', 'processing']);
      expect(headers.get('retry-after')).toBe('1');
    }
    for (const method of ['POST', 'PUT'])
      expect(await call(`${order}/session`, method)).toMatchObject({
        status: 409,
        body: { code: 'not-payable', status: 'processing' },
      });
    gateway.release();
    expect(await first).toMatchObject({ status: 200, body: { status: 'captured' } });
    expect(shop.gateway.charges).toHaveLength(1);
  });

  it('goes on when the payer leaves', async () => {
    const gateway = new SlowGateway();
    const { shop, base, order } = await mounted(openShop({ gateway }));
    const { sessionId } = await openSession(base);
    const leaving = new AbortController();
    const left = fetch(`${order}/pay`, {
      method: 'POST',
      headers: { ...customer, 'content-type': 'application/json' },
      body: JSON.stringify({ sessionId }),
      signal: leaving.signal,
    });
    await gateway.reached;
    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    gateway.release();
    expect(await call(`${order}/pay`, 'POST', { sessionId })).toMatchObject({ body: { status: 'captured' } });
    expect(shop.gateway.charges).toHaveLength(1);
    expect(shop.errors).toEqual([]);
  });
});

describe('a payment that is read', () => {
  it('is confirmed first while it is processing, at most once a second', async () => {
    const { shop, base, order } = await mounted(openShop());
    shop.gateway.cardIs({ type: 'unknown', charged: false });
    const { sessionId } = await openSession(base);
    await call(`${order}/pay`, 'POST', { sessionId });
    const processing = { status: 200, body: { status: 'processing' } };
    for (let reads = 0; reads < 5; reads += 1) expect(await call(order, 'GET')).toMatchObject(processing);
    expect(count(shop, 'read')).toBe(1);
    shop.clock.pass(999);
    await call(order, 'GET');
    expect(count(shop, 'read')).toBe(1);
    shop.gateway.later(shop.gateway.requests.at(-1)?.sessionId as never, 'captured');
    shop.clock.pass(1);
    expect(await call(order, 'GET')).toMatchObject({ status: 200, body: { status: 'captured' } });
    expect(count(shop, 'read')).toBe(2);
    shop.clock.pass(1_000);
    await call(order, 'GET');
    expect(count(shop, 'read')).toBe(2);
  });

  it('by many at once is read at the gateway once', async () => {
    const gateway = new SlowGateway();
    const { shop, base, order } = await mounted(openShop({ gateway }));
    const { sessionId } = await openSession(base);
    gateway.cardIs({ type: 'unknown', charged: true });
    gateway.release();
    await call(`${order}/pay`, 'POST', { sessionId });
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(order, 'GET')));
    for (const { status, body } of answers) expect([status, body.status]).toEqual([200, 'captured']);
    expect(count(shop, 'read')).toBe(1);
  });

  it('is not read twice at a time by a gateway that takes long', async () => {
    const gateway = new SlowGateway();
    const { shop, base, order } = await mounted(openShop({ gateway }));
    const { sessionId } = await openSession(base);
    const submit = call(`${order}/pay`, 'POST', { sessionId });
    await gateway.reached;
    const reads = [call(order, 'GET')];
    while (gateway.waiting < 2) await new Promise(setImmediate);
    shop.clock.pass(5_000);
    reads.push(call(order, 'GET'), call(order, 'GET'));
    expect(await call(`${base}/orders/order-2`, 'GET')).toMatchObject({ status: 404 });
    gateway.release();
    expect(await submit).toMatchObject({ status: 200 });
    for (const answer of await Promise.all(reads)) expect(answer).toMatchObject({ status: 200 });
    expect(count(shop, 'read')).toBeLessThan(2);
  });

  it('is shown as it is stored when the gateway cannot be read', async () => {
    const { shop, base, order } = await mounted(openShop());
    shop.gateway.cardIs({ type: 'unknown', charged: true });
    await pay(base);
    shop.gateway.fails('read', gatewayUnavailable('no route to host'));
    expect(await call(order, 'GET')).toMatchObject({ status: 200, body: { status: 'processing' } });
  });

  it.each([
    ['captured', 409],
    ['cancelled', 409],
  ] as const)('and is %s opens no session any more', async (status, expected) => {
    const { shop, base, order } = await mounted(openShop());
    const key = { merchantId: 'merchant-1' as never, orderId: 'order-1' as never };
    if (status === 'cancelled') (await shop.payments.cancelPayment.execute(key))._unsafeUnwrap();
    else await pay(base);
    for (const method of ['POST', 'PUT'])
      expect(await call(`${order}/session`, method)).toMatchObject({
        status: expected,
        body: { code: 'not-payable', status },
      });
  });
});

describe('a check of a card', () => {
  const verifying = async (shop = shopOn(new MoneyGateway())) => {
    const base = await listen(expressRoutes(shop.payments, { ...shop.options, verifyCards: true }));
    const { sessionId } = await openSession(base);
    const verify = (id: unknown = sessionId) =>
      call(`${base}/orders/order-1/verify`, 'POST', { sessionId: id });
    return { ...shop, base, sessionId, verify };
  };

  it.each([
    [{ type: 'verified' }, 'verified'],
    [{ type: 'notVerified', reason: 'a stolen card' }, 'not_verified'],
    [{ type: 'unknown', reason: 'no answer' }, 'unknown'],
  ] as const)('that comes to %j is told as %s, and uses the session up', async (card, word) => {
    const { gateway, verify, base, sessionId } = await verifying();
    gateway.card = card;
    const answer = await verify();
    expect(answer).toMatchObject({ status: 200, body: { card: word, status: 'awaiting_payment' } });
    expect(JSON.stringify(answer.body)).not.toContain('stolen');
    expect((await verify()).body.code).toBe('session-mismatch');
    expect((await openSession(base)).sessionId).not.toBe(sessionId);
  });

  it('names its session, and is asked for by option only', async () => {
    const { verify, payments, options } = await verifying();
    expect(await verify(7)).toMatchObject({ status: 400, body: { field: 'sessionId' } });
    const without = await listen(expressRoutes(payments, options));
    expect(await call(`${without}/orders/order-1/verify`, 'POST', {})).toMatchObject({
      status: 404,
      body: { code: 'route-not-found' },
    });
  });
});

describe('a neighbour that fails', () => {
  const away = () => errAsync(storageUnavailable('connect ECONNREFUSED 10.0.0.7'));
  const brokenPayments: Payments = {
    find: away,
    save: away,
    history: away,
    findDue: away,
    findNeedingAttention: away,
  };
  const open = async (shop: Shop) => {
    const base = await hosts['Express, before any body parser'](shop);
    return call(`${base}/orders/order-1/session`, 'POST');
  };

  it('is told to the host in full, and to the payer only as far as it helps', async () => {
    for (const [error, status, code] of [
      [gatewayUnavailable('no route to 10.0.0.7'), 503, 'gateway-unavailable'],
      [gatewayRefused('key sk_test_1 is revoked'), 502, 'gateway-refused'],
    ] as const) {
      const shop = openShop();
      shop.gateway.fails('openSession', error);
      const answer = await open(shop);
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
        status,
        code,
        status === 503 ? '5' : null,
      ]);
      expect(JSON.stringify(answer.body)).not.toContain(error.reason);
      expect(shop.errors).toEqual([error]);
    }
  });

  it('is the storage: nothing is begun', async () => {
    const shop = openShop({ payments: brokenPayments });
    expect(await open(shop)).toMatchObject({ status: 503, body: { code: 'storage-unavailable' } });
    expect(shop.gateway.requests).toEqual([]);
  });

  it('is the host with its orders', async () => {
    const away = openShop({ orders: () => Promise.reject(new Error('SELECT failed')) });
    expect(await open(away)).toMatchObject({ status: 503, body: { code: 'orders-unavailable' } });
    expect(away.errors).toEqual([ordersUnavailable('SELECT failed')]);
    const wrong = openShop();
    wrong.orders.set('order-1', { id: 'order-1', amount: '5.5', currency: 'JPY', description: 'Tea' });
    expect(await open(wrong)).toMatchObject({ status: 500, body: { code: 'invalid-order' } });
    expect(wrong.errors).toMatchObject([{ type: 'InvalidOrder' }]);
  });

  it.each([
    ['rejects', 503, 'unavailable', () => Promise.reject(new Error('secret'))],
    ['rejects with something else', 503, 'unavailable', () => Promise.reject('secret' as unknown as Error)],
    [
      'answers no merchant',
      500,
      'internal-error',
      () => ({ merchantId: undefined as unknown as string, secret: 'secret' }),
    ],
    ['answers a merchant that cannot be', 500, 'internal-error', () => ({ merchantId: 'sec ret' })],
  ])('is an authorize that %s: the payer sees no more than that', async (_name, is, code, authorize) => {
    const shop = openShop();
    const { status, body } = await open({ ...shop, options: { ...shop.options, authorize } });
    expect([status, body.code]).toEqual([is, code]);
    expect(JSON.stringify(body)).not.toMatch(/sec ?ret|\.ts/);
    expect(shop.errors).toHaveLength(1);
  });

  it('is an authorize that reads the body: the host is told what to do', async () => {
    const { options, ...shop } = openShop();
    const authorize = async (request: Request) => (await request.text(), { merchantId: 'merchant-1' });
    const base = await hosts['a Hono app']({ ...shop, options: { ...options, authorize } });
    const answer = await call(`${base}/orders/order-1/pay`, 'POST', { sessionId: 'a' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal-error' } });
    expect(String(shop.errors)).toContain('let `authorize` leave it alone');
  });

  it('is an authorize that answers undefined: it is taken as a no', async () => {
    const shop = openShop();
    const authorize = (() => undefined) as unknown as () => null;
    const answer = await open({ ...shop, options: { ...shop.options, authorize } });
    expect(answer).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
  });

  it('is heard of as a warning when nobody listens, in one line without card numbers', async () => {
    const { payments } = openShop();
    const authorize = () => {
      throw new Error('no such customer:\n5123450000000008');
    };
    const warnings = await warningsOf(async () => {
      const { status } = await createHttp(payments, { authorize }).request('http://shop/orders/order-1');
      expect(status).toBe(503);
    });
    expect(warnings).toEqual([
      ['GET /orders/order-1: Error: no such customer: [redacted]', 'PaysessionHttp'],
    ]);
  });

  it('is a listener of errors that fails itself: the payer is answered all the same', async () => {
    const shop = openShop();
    const fail = () => {
      throw new Error('disk full');
    };
    const warnings = await warningsOf(async () => {
      const answer = await open({ ...shop, options: { authorize: fail, onError: fail } });
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    });
    expect(String(warnings)).toContain('disk full');
  });
});

/** What the process was warned of meanwhile, instead of writing it to standard error. */
const warningsOf = async (work: () => Promise<void>): Promise<unknown[][]> => {
  const warnings: unknown[][] = [];
  const { emitWarning } = process;
  process.emitWarning = (...warning: unknown[]) => void warnings.push(warning);
  try {
    await work();
  } finally {
    process.emitWarning = emitWarning;
  }
  return warnings;
};
