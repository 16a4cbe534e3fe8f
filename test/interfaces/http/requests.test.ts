// What the routes do with requests that they cannot or must not serve. Nothing of it reaches the gateway as a pay.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttp } from '../../../src/interfaces/http/http.ts';
import { call, customer, hosts, openSession, openShop, pay, type Shop } from './shop.ts';

/** Status and body of the answer to a POST that does not tell its length. */
const inChunks = async (url: string, chunks: readonly string[]): Promise<[number | undefined, string]> => {
  const sending = request(url, {
    method: 'POST',
    headers: { ...customer, 'content-type': 'application/json' },
  });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  for (const chunk of chunks) sending.write(chunk);
  sending.end();
  const [response] = await answered;
  return [response.statusCode, (await response.setEncoding('utf8').toArray()).join('')];
};

let shop: Shop;
let base: string;
beforeAll(async () => {
  shop = openShop();
  base = await hosts['Express, before any body parser'](shop);
});
const sent = () => shop.gateway.requests.filter(({ operation }) => operation === 'pay');

describe('a body', () => {
  let sessionId: string;
  let url: string;
  beforeEach(async () => {
    ({ sessionId } = await openSession(base));
    url = `${base}/orders/order-1/pay`;
  });
  afterEach(() => expect(sent()).toEqual([]));

  it.each([
    ['half an object', '{"sessionId": "a"'],
    ['nothing but a space', ' '],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"SESSION"'],
    ['a thousand lists in each other', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['bytes that are no UTF-8', Buffer.from('{"sessionId": "\xff"}', 'latin1')],
    ['a byte of zero in the middle', '{"sessionId":\0"a"}'],
  ])('that is %s is malformed', async (_name, body) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...customer, 'content-type': 'application/json' },
      body,
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'malformed-body' }),
    ]);
  });

  it.each([
    ['{"amount": "0.01"}', 'amount'],
    ['{"currency": "JPY"}', 'currency'],
    ['{"constructor": {}}', 'constructor'],
    ['{"__proto__": {"sessionId": "x"}}', '__proto__'],
    ['{"5123450000000008": 1}', '[redacted]'],
    [`{"${'x'.repeat(5000)}": 1}`, 'x'.repeat(100)],
  ])('%.40s has a field that is not taken, and the answer names it', async (body, field) => {
    const answer = await call(url, 'POST', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'unknown-field', field } });
  });

  it.each([
    [{}, 'sessionId'],
    [{ sessionId: null }, 'sessionId'],
    [{ sessionId: ['a'] }, 'sessionId'],
    [{ sessionId: '' }, 'sessionId'],
    [{ sessionId: '../../order-2' }, 'sessionId'],
    [{ sessionId: 'a\0b' }, 'sessionId'],
    [{ sessionId: 'a'.repeat(101) }, 'sessionId'],
    [{ sessionId: 'a', revision: '1' }, 'revision'],
    [{ sessionId: 'a', revision: 0 }, 'revision'],
    [{ sessionId: 'a', revision: 1.5 }, 'revision'],
    [{ sessionId: 'a', revision: 2 ** 60 }, 'revision'],
  ])('%.60j has a value that cannot be, and the answer names its field', async (body, field) => {
    expect(await call(url, 'POST', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid-field', field },
    });
  });

  it('with one key twice is taken by its last value, and nothing is sent for another session', async () => {
    const body = `{"sessionId": "${sessionId}", "sessionId": "another"}`;
    expect(await call(url, 'POST', body)).toMatchObject({ status: 409, body: { code: 'session-mismatch' } });
  });

  it.each(['text/plain', 'application/json-seq', 'multipart/form-data; boundary=x'])(
    'as %s is not read',
    async (type) => {
      const body = JSON.stringify({ sessionId });
      expect(await call(url, 'POST', body, { 'content-type': type })).toMatchObject({ status: 415 });
    },
  );

  it('may name its character set', async () => {
    const headers = { 'content-type': 'Application/JSON ; charset=utf-8' };
    expect(await call(url, 'POST', '{}', headers)).toMatchObject({
      status: 400,
      body: { field: 'sessionId' },
    });
  });

  it('over 64 KB is refused, of a known length or in chunks', async () => {
    const large = `{"sessionId": "${'a'.repeat(70_000)}"}`;
    expect(await call(url, 'POST', large)).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
    expect(await inChunks(url, [large, ' '.repeat(1_000_000)])).toEqual([
      413,
      expect.stringContaining('body-too-large'),
    ]);
  });

  it('of exactly 64 KB is read', async () => {
    const body = JSON.stringify({ sessionId: 'another' }).padEnd(64 * 1024);
    expect(await call(url, 'POST', body)).toMatchObject({ status: 409 });
    expect(await call(url, 'POST', `${body} `)).toMatchObject({ status: 413 });
    expect(await inChunks(url, [body.slice(0, 40_000), body.slice(40_000)])).toEqual([
      409,
      expect.stringContaining('session-mismatch'),
    ]);
  });

  it('that breaks off does no harm', async () => {
    const { port } = new URL(base);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'POST /payments/orders/order-1/pay HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer customer-1\r\n' +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"sessionId":',
    );
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    expect(await call(`${base}/orders/order-1`, 'GET')).toMatchObject({ status: 200 });
    expect(shop.errors).toEqual([]);
  });
});

describe('an order', () => {
  it.each(['order-9', '.order', 'a%2Fb', 'a%00b', '%E0%A4%A', 'x'.repeat(41), '..%2f..%2fetc'])(
    'that is not there (%s) is not found, by any route',
    async (id) => {
      for (const [method, path] of [
        ['POST', '/session'],
        ['PUT', '/session'],
        ['POST', '/pay'],
      ] as const) {
        const body = path === '/pay' ? { sessionId: 'a' } : undefined;
        const answer = await call(`${base}/orders/${id}${path}`, method, body);
        expect(answer).toMatchObject({ status: 404, body: { code: 'order-not-found' } });
      }
    },
  );

  it('that the caller may not see is answered like one that is not there', async () => {
    const anonymous = { authorization: '' };
    const answers = await Promise.all(
      ['order-1', 'order-9'].map((id) => call(`${base}/orders/${id}`, 'GET', undefined, anonymous)),
    );
    for (const { status, body } of answers) expect([status, body]).toEqual([404, answers[0]?.body]);
    expect(answers[0]?.body.code).toBe('order-not-found');
  });

  it('that nobody has begun to pay has no payment', async () => {
    const answer = await call(`${base}/orders/order-2`, 'GET');
    expect(answer).toMatchObject({ status: 404, body: { code: 'payment-not-found' } });
  });
});

describe('an address', () => {
  it.each([
    ['DELETE', '/orders/order-1', 'GET, HEAD'],
    ['OPTIONS', '/orders/order-1', 'GET, HEAD'],
    ['POST', '/orders/order-1', 'GET, HEAD'],
    ['GET', '/orders/order-1/pay', 'POST'],
    ['PATCH', '/orders/order-1/session', 'POST, PUT'],
  ])('does not take %s %s, and says what it takes', async (method, path, allow) => {
    const { status, headers, body } = await call(base + path, method);
    expect([status, headers.get('allow'), body.code]).toEqual([405, allow, 'method-not-allowed']);
  });

  it('answers HEAD like GET, without a body', async () => {
    await openSession(base);
    const { status, headers, body } = await call(`${base}/orders/order-1`, 'HEAD');
    expect([status, body, headers.get('cache-control')]).toEqual([200, {}, 'no-store']);
  });

  it.each(['', '/', '/orders', '/orders/order-1/', '/orders/order-1/pay/now', '/webhooks'])(
    'that is none of ours (%j) is answered as a problem',
    async (path) => {
      expect(await call(base + path, 'GET')).toMatchObject({
        status: 404,
        body: { code: 'route-not-found' },
      });
    },
  );
});

describe('every answer', () => {
  it('is kept out of caches and shared with no other origin', async () => {
    const answers = await Promise.all([
      call(`${base}/orders/order-2/session`, 'POST'),
      call(`${base}/orders/order-2`, 'GET'),
      call(`${base}/orders/order-9`, 'GET'),
      call(`${base}/orders/order-2/pay`, 'POST', '{'),
      call(`${base}/nothing`, 'DELETE'),
      call(`${base}/orders/order-2`, 'GET', undefined, { origin: 'https://evil.example' }),
    ]);
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('a request of a browser', () => {
  const ask = (headers: Record<string, string>, options = {}) => {
    const app = createHttp(shop.payments, { ...shop.options, ...options });
    const init = { headers: { ...customer, host: 'shop.example', ...headers } };
    return app.request('http://shop.example/orders/order-9', init);
  };
  const passes = { status: 404 };
  const refused = { status: 403 };

  it.each([
    ['the page is our own', { origin: 'https://shop.example' }, passes],
    [
      'only one side names the default port',
      { origin: 'https://shop.example', host: 'shop.example:443' },
      passes,
    ],
    ['the browser says that it is our own', { 'sec-fetch-site': 'same-origin' }, passes],
    ['the payer typed the address', { 'sec-fetch-site': 'none' }, passes],
    ['it says nothing at all', {}, passes],
    ['the page is another site’s', { origin: 'https://evil.example' }, refused],
    ['the page is of another port', { origin: 'https://shop.example:8443' }, refused],
    ['the page’s name begins like ours', { origin: 'https://shop.example.evil' }, refused],
    ['the page has no origin to tell', { origin: 'null' }, refused],
    ['there are two origins', { origin: 'https://shop.example, https://evil.example' }, refused],
    ['another site embeds it without naming itself', { 'sec-fetch-site': 'cross-site' }, refused],
    ['a neighbour embeds it without naming itself', { 'sec-fetch-site': 'same-site' }, refused],
    [
      'the page came over plain HTTP',
      { origin: 'http://shop.example', 'sec-fetch-site': 'cross-site' },
      refused,
    ],
  ])('when %s: %j', async (_when, headers: Record<string, string>, expected) => {
    expect(await ask(headers)).toMatchObject(expected);
  });

  it('passes from another origin that the host allows, and from no other', async () => {
    const allowedOrigins = ['https://www.shop.example'];
    const site = { 'sec-fetch-site': 'same-site' };
    expect(await ask({ origin: 'https://www.shop.example', ...site }, { allowedOrigins })).toMatchObject(
      passes,
    );
    expect(await ask({ origin: 'https://pay.shop.example', ...site }, { allowedOrigins })).toMatchObject(
      refused,
    );
  });

  it('is refused before a pay is sent', async () => {
    const { sessionId } = await openSession(base);
    const answer = await call(
      `${base}/orders/order-1/pay`,
      'POST',
      { sessionId },
      { origin: 'https://evil.example' },
    );
    expect(answer).toMatchObject({ status: 403, body: { code: 'foreign-origin' } });
    expect(sent()).toEqual([]);
    expect(await pay(base)).toMatchObject({ status: 200 });
  });
});
