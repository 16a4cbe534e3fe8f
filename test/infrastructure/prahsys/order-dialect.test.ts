// Every request of the order dialect as it stands on the wire, pinned by nock; and that whatever fails, it is not sent again.
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { merchantId, sessionId } from '../../../src/domain/payment/ids.ts';
import { prahsysAccount } from '../../../src/infrastructure/prahsys/config.ts';
import { OrderDialectGateway } from '../../../src/infrastructure/prahsys/order-dialect/gateway.ts';
import { anOrder } from '../../builders/a-payment.ts';
import { parseMoney } from '../../../src/domain/money/money.ts';
import { orderDialectGateway, seen, testKey, testMerchant, type WireRequest } from './prahsys-on-nock.ts';

const session = sessionId('SESSION0002776555072F1187121H61')._unsafeUnwrap();
const api = 'https://api.prahsys.com';
const created = {
  success: true,
  message: 'Session created',
  data: { id: session, interaction: { successIndicator: 'b7a1513be2914023' } },
};
const order = anOrder({ id: 'ORDER-123', amount: '99.99', description: 'Premium subscription' });
const about = { merchantId: testMerchant, orderId: order.id, sessionId: session };

afterEach(() => nock.cleanAll());

type WireAnswer = [status: number, body: string | object];

/** Everything that the adapter sends, answered alike. */
const recorded = (status: number, body: string | object): WireRequest[] => {
  const requests: WireRequest[] = [];
  const answer = async (request: Request): Promise<WireAnswer> => {
    requests.push(await seen(request));
    return [status, body];
  };
  const any = /.*/;
  nock(api).persist().get(any).reply(answer).post(any).reply(answer).put(any).reply(answer);
  return requests;
};

const calls = {
  openSession: (gateway: OrderDialectGateway) => gateway.openSession(testMerchant, order),
  updateSession: (gateway: OrderDialectGateway) => gateway.updateSession(testMerchant, session, order),
  pay: (gateway: OrderDialectGateway) => gateway.pay({ ...about, amount: order.amount }),
  read: (gateway: OrderDialectGateway) => gateway.read(about),
};
type Operation = keyof typeof calls;

describe('The order dialect on the wire', () => {
  const sent = {
    accept: 'application/json',
    authorization: `Bearer ${testKey}`,
    connection: 'close',
    host: 'api.prahsys.com',
  };
  const withBody = (body: string) => ({
    ...sent,
    'content-length': String(Buffer.byteLength(body)),
    'content-type': 'application/json',
  });
  /** What Node's fetch adds by itself. */
  const own = ({ headers }: WireRequest) => {
    const added = ['accept-encoding', 'accept-language', 'sec-fetch-mode', 'user-agent'];
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !added.includes(name)));
  };
  const only = async (operation: Operation, answer: object): Promise<WireRequest> => {
    const requests = recorded(200, answer);
    await calls[operation](orderDialectGateway());
    expect(requests).toHaveLength(1);
    const [request] = requests;
    if (request === undefined) throw new Error('nothing was sent');
    return request;
  };

  it('opens a session with the operation and the order', async () => {
    const body =
      '{"operation":"PAY","order":{"id":"ORDER-123","amount":99.99,"currency":"USD","description":"Premium subscription"}}';
    const request = await only('openSession', created);
    expect(request).toMatchObject({ method: 'POST', path: '/payments/n1/merchant/MERCHANT-1/session', body });
    expect(own(request)).toEqual(withBody(body));
  });

  it('adds the reference and the customer’s e-mail when the host gives them', async () => {
    const requests = recorded(201, created);
    const full = anOrder({
      id: 'ORDER-123',
      amount: '12.00',
      description: 'Tea',
      reference: 'R-7',
      customerEmail: 'ann@example.com',
    });
    expect((await orderDialectGateway().openSession(testMerchant, full))._unsafeUnwrap()).toEqual({
      id: session,
      successIndicator: 'b7a1513be2914023',
    });
    expect(requests.map(({ body }) => body)).toEqual([
      '{"operation":"PAY","order":{"id":"ORDER-123","amount":12,"currency":"USD","description":"Tea","reference":"R-7"},"customer":{"email":"ann@example.com"}}',
    ]);
  });

  it('keeps to itself an e-mail address for which the gateway might refuse the session', async () => {
    const requests = recorded(201, created);
    const order = anOrder({ id: 'ORDER-123', customerEmail: 'ann@localhost' });
    (await orderDialectGateway().openSession(testMerchant, order))._unsafeUnwrap();
    expect(requests.map(({ body }) => body.includes('customer'))).toEqual([false]);
  });

  it('updates a session with the new price', async () => {
    const body = '{"order":{"amount":99.99,"currency":"USD","description":"Premium subscription"}}';
    const request = await only('updateSession', { success: true });
    expect(request).toMatchObject({
      method: 'PUT',
      path: `/payments/n1/merchant/MERCHANT-1/session/${session}`,
      body,
    });
    expect(own(request)).toEqual(withBody(body));
  });

  it('pays the order through the session, with the amount and the currency named', async () => {
    const body = `{"order":{"amount":99.99,"currency":"USD"},"session":{"id":"${session}"}}`;
    const request = await only('pay', { success: true });
    expect(request).toMatchObject({
      method: 'POST',
      path: '/payments/n1/merchant/MERCHANT-1/order/ORDER-123/pay',
      body,
    });
    expect(own(request)).toEqual(withBody(body));
  });

  it('retrieves a session without a body', async () => {
    const request = await only('read', { success: true });
    expect(request).toMatchObject({
      method: 'GET',
      path: `/payments/n1/merchant/MERCHANT-1/session/${session}`,
      body: '',
    });
    expect(own(request)).toEqual(sent);
  });

  it('sends letters of any language and counts their bytes', async () => {
    const requests = recorded(200, created);
    await orderDialectGateway().openSession(testMerchant, anOrder({ description: 'Grüner Tee 茶 🍵' }));
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ order: { description: 'Grüner Tee 茶 🍵' } });
  });

  it.each([
    ['0.01', 'USD', '0.01'],
    ['12.00', 'USD', '12'],
    ['12.50', 'USD', '12.5'],
    ['9999', 'JPY', '9999'],
    ['1.250', 'KWD', '1.25'],
    ['70368744177663.99', 'USD', '70368744177663.99'],
  ])('writes %s %s as the JSON number %s', async (amount, currency, written) => {
    const requests = recorded(200, {});
    await orderDialectGateway().pay({ ...about, amount: parseMoney(amount, currency)._unsafeUnwrap() });
    expect(requests[0]?.body).toContain(`"amount":${written},`);
  });

  it('sends nothing when a JSON number cannot hold the amount', async () => {
    const requests = recorded(200, created);
    const amount = parseMoney('80000000000000.01', 'USD')._unsafeUnwrap();
    const gateway = orderDialectGateway();
    const huge = { ...order, amount };
    expect((await gateway.pay({ ...about, amount }))._unsafeUnwrap().type).toBe('notSent');
    expect((await gateway.openSession(testMerchant, huge))._unsafeUnwrapErr().type).toBe('GatewayRefused');
    expect((await gateway.updateSession(testMerchant, session, huge))._unsafeUnwrapErr().type).toBe(
      'GatewayRefused',
    );
    expect(requests).toEqual([]);
  });
});

describe('A failure of the order dialect', () => {
  const breaks = (code: string) => (): WireAnswer => {
    throw Object.assign(new Error('broken'), { code });
  };
  const answers = (status: number, body: string | object) => (): WireAnswer => [status, body];
  const statuses = [301, 400, 401, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504];
  const failures: readonly (readonly [string, () => WireAnswer])[] = [
    ['a reset', breaks('ECONNRESET')],
    ['a refused connection', breaks('ECONNREFUSED')],
    ['an HTML page', answers(200, '<h1>hello</h1>')],
    ['half an answer', answers(200, '{"success":true,"da')],
    ...statuses.map((status) => [`HTTP ${status}`, answers(status, { success: false })] as const),
  ];
  const misdirected = ['HTTP 421, after which fetch would send again', answers(421, {})] as const;

  for (const operation of Object.keys(calls) as Operation[]) {
    // A read moves no money: fetch may repeat it after 421.
    const cases = operation === 'read' ? failures : [...failures, misdirected];
    it.each(cases)(`is not answered by a second ${operation}: %s`, async (_name, fail) => {
      let count = 0;
      const answer = async (): Promise<WireAnswer> => {
        count += 1;
        return fail();
      };
      const any = /.*/;
      nock(api).persist().get(any).reply(answer).post(any).reply(answer).put(any).reply(answer);
      const result = await calls[operation](orderDialectGateway());
      expect(count).toBe(1);
      const surely = result.isErr() || result.value === undefined || 'reason' in result.value;
      expect(surely).toBe(true);
    });
  }

  it.each([
    ['openSession', 'GatewayUnavailable', 500],
    ['updateSession', 'GatewayUnavailable', 503],
    ['read', 'GatewayUnavailable', 502],
    ['openSession', 'GatewayUnavailable', 429],
    ['openSession', 'GatewayRefused', 401],
    ['updateSession', 'GatewayRefused', 422],
    ['read', 'GatewayRefused', 403],
  ] as const)('of %s is %s for HTTP %i', async (operation, type, status) => {
    recorded(status, { success: false, message: 'because' });
    const error = (await calls[operation](orderDialectGateway()))._unsafeUnwrapErr();
    expect(error.type).toBe(type);
  });

  it('is no refusal when somebody else answers for the gateway', async () => {
    recorded(403, '<h1>Proxy: access denied</h1>');
    expect((await calls.openSession(orderDialectGateway()))._unsafeUnwrapErr().type).toBe(
      'GatewayUnavailable',
    );
    expect((await calls.pay(orderDialectGateway()))._unsafeUnwrap().type).toBe('unknown');
  });

  it('is known before anything is sent when there are no credentials, or the host’s lookup throws', async () => {
    const requests = recorded(200, created);
    const { connection } = prahsysAccount({ merchantId: testMerchant, apiKey: testKey })._unsafeUnwrap();
    const lookups = [
      () => null,
      () => {
        throw new Error('the vault is closed: sk_live_planted');
      },
    ];
    for (const lookup of lookups) {
      const gateway = new OrderDialectGateway(connection, lookup);
      expect((await calls.openSession(gateway))._unsafeUnwrapErr().type).toBe('UnknownMerchant');
      expect((await calls.read(gateway))._unsafeUnwrapErr().type).toBe('UnknownMerchant');
      expect(await calls.pay(gateway)).toMatchObject({ value: { type: 'notSent' } });
    }
    expect(requests).toEqual([]);
  });
});

describe('The browser script', () => {
  const scriptUrl = (apiKey: string) => {
    const { connection, credentials } = prahsysAccount({ merchantId: testMerchant, apiKey })._unsafeUnwrap();
    return new OrderDialectGateway(connection, credentials).scriptUrl(testMerchant);
  };

  it('is that of the merchant', () => {
    expect(scriptUrl('sk_live_1')).toBe(
      'https://secure.prahsys.com/form/version/100/merchant/MERCHANT-1/session.js',
    );
  });

  it('has TEST before the merchant for a test key', () => {
    expect(scriptUrl('sk_test_1')).toBe(
      'https://secure.prahsys.com/form/version/100/merchant/TESTMERCHANT-1/session.js',
    );
  });
});

describe('What a host may print', () => {
  const card = '5123450000000008';
  const planted = `${testKey} paid with ${card}, 5123 4500 0000 0008 or 5123-4500-0000-0008 and sk_live_otherkey999`;
  const secrets = [testKey, 'sk_live_otherkey999', card, '5123 4500 0000 0008', '5123-4500-0000-0008'];
  const bodies: readonly object[] = [
    { success: false, message: planted, errors: { card: [planted] } },
    {
      success: true,
      data: { result: planted, status: planted, errorCode: planted, response: { gatewayCode: planted } },
    },
    {
      success: true,
      data: { result: 'FAILURE', status: 'FAILED', response: { gatewayCode: planted }, errorCode: planted },
    },
    { success: true, data: { result: 'PENDING', errorCode: planted, order: { id: 'ORDER-123' } } },
    { success: true, data: { id: session, status: 'CREATED', errorCode: planted } },
    { success: true, data: { id: planted, amount: planted, currency: planted } },
    [planted],
  ];

  for (const status of [200, 400, 402, 404, 500]) {
    it(`holds no key and no card number, whatever a gateway answers with HTTP ${status}`, async () => {
      for (const body of bodies) {
        recorded(status, body);
        const gateway = orderDialectGateway();
        for (const call of Object.values(calls)) {
          const shown =
            inspect(await call(gateway), { depth: 10, showHidden: true }) +
            JSON.stringify(await call(gateway));
          for (const secret of secrets) expect(shown).not.toContain(secret);
        }
        nock.cleanAll();
      }
    });
  }

  it('holds no key in the adapter itself, or in what it throws about', async () => {
    const gateway = orderDialectGateway();
    const shown = [
      inspect(gateway, { depth: 10, showHidden: true, getters: true }),
      JSON.stringify(gateway),
      String(gateway),
    ];
    for (const text of shown) expect(text).not.toContain(testKey);
  });

  it('holds neither headers nor messages of an error of fetch', async () => {
    const { connection, credentials } = prahsysAccount({
      merchantId: testMerchant,
      apiKey: testKey,
    })._unsafeUnwrap();
    const cause = Object.assign(new Error(planted), { code: planted, headers: planted });
    const gateway = new OrderDialectGateway(connection, credentials, () =>
      Promise.reject(new TypeError(planted, { cause })),
    );
    for (const call of Object.values(calls)) {
      const shown = inspect(await call(gateway), { depth: 10 });
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
  });

  it('is never long, however much the gateway has to say', async () => {
    recorded(400, { success: false, message: 'no '.repeat(10_000) });
    const outcome = (await calls.pay(orderDialectGateway()))._unsafeUnwrap();
    expect(outcome.type === 'refused' && outcome.reason.length).toBe(200);
  });

  it('leaves no line break or control character in a reason', async () => {
    recorded(400, { success: false, message: 'one\r\n2026-01-01 ERROR forged\u0000\u001b[31m' });
    const outcome = (await calls.pay(orderDialectGateway()))._unsafeUnwrap();
    expect(outcome).toEqual({
      type: 'refused',
      reason: 'HTTP 400, one 2026-01-01 ERROR forged [31m',
      sessionGone: false,
    });
  });
});

it('two merchants are told apart by their keys', async () => {
  const requests = recorded(200, created);
  const [one, two] = ['M1', 'M2'].map((id) =>
    prahsysAccount({ merchantId: id, apiKey: `sk_test_${id}` })._unsafeUnwrap(),
  );
  const ids = ['M1', 'M2'].map((id) => merchantId(id)._unsafeUnwrap());
  if (!one || !two) throw new Error('two accounts');
  const gateway = new OrderDialectGateway(one.connection, (id) => one.credentials(id) ?? two.credentials(id));
  for (const id of ids) await gateway.openSession(id, anOrder());
  expect(requests.map(({ path, headers }) => [path, headers['authorization']])).toEqual([
    ['/payments/n1/merchant/M1/session', 'Bearer sk_test_M1'],
    ['/payments/n1/merchant/M2/session', 'Bearer sk_test_M2'],
  ]);
});
