// Every request of the payment dialect as it stands on the wire, pinned by nock; and that whatever fails, it is not sent again.
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { orderId, sessionId } from '../../../../src/domain/payment/ids.ts';
import { prahsysAccount } from '../../../../src/infrastructure/prahsys/config.ts';
import { PaymentDialectGateway } from '../../../../src/infrastructure/prahsys/payment-dialect/gateway.ts';
import type { PaymentDialectSettings } from '../../../../src/infrastructure/prahsys/payment-dialect/settings.ts';
import { anOrder, usd } from '../../../builders/a-payment.ts';
import { seen, testKey, testMerchant, type WireRequest } from '../prahsys-on-nock.ts';

const session = sessionId('SESSION0002776555072F1187121H61')._unsafeUnwrap();
const api = 'https://api.prahsys.com';
const order = anOrder({ id: 'ORDER-123', amount: '99.99', description: 'Premium subscription' });
const about = { merchantId: testMerchant, orderId: order.id, sessionId: session };
const [part, target] = [usd('60.00'), '9d1f3a52-0b1e-3c5e'];

const gatewayWith = (payment: PaymentDialectSettings = {}, apiKey = testKey) => {
  const settings = {
    dialect: 'payment',
    merchantId: testMerchant,
    apiKey,
    timeoutMs: 2_000,
    payment,
  } as const;
  const { connection, credentials } = prahsysAccount(settings)._unsafeUnwrap();
  return new PaymentDialectGateway(connection, credentials, payment);
};

afterEach(() => nock.cleanAll());

type WireAnswer = [status: number, body: string | object];

/** Everything that the adapter sends, answered by these one after the other, and then by the last of them. */
const recorded = (...answers: readonly (() => WireAnswer)[]): WireRequest[] => {
  nock.cleanAll();
  const requests: WireRequest[] = [];
  const answer = async (request: Request): Promise<WireAnswer> => {
    requests.push({ ...(await seen(request)), path: request.url.replace(api, '') });
    const next = answers[Math.min(requests.length, answers.length) - 1];
    return next?.() ?? [500, ''];
  };
  const any = /.*/;
  nock(api).persist().get(any).reply(answer).post(any).reply(answer).put(any).reply(answer);
  return requests;
};
const answering = (status: number, body: string | object) => (): WireAnswer => [status, body];

const calls = {
  openSession: (gateway: PaymentDialectGateway) => gateway.openSession(testMerchant, order),
  updateSession: (gateway: PaymentDialectGateway) => gateway.updateSession(testMerchant, session, order),
  pay: (gateway: PaymentDialectGateway) => gateway.pay({ ...about, amount: order.amount }),
  authorize: (gateway: PaymentDialectGateway) =>
    gateway.pay({ ...about, operation: 'authorize', amount: order.amount }),
  verify: (gateway: PaymentDialectGateway) => gateway.verify({ ...about, currency: order.amount.currency }),
  capture: (gateway: PaymentDialectGateway) =>
    gateway.followUp({ ...about, operation: 'capture', amount: part, target: null }),
  refund: (gateway: PaymentDialectGateway) =>
    gateway.followUp({ ...about, operation: 'refund', amount: part, target }),
  void: (gateway: PaymentDialectGateway) =>
    gateway.followUp({ ...about, operation: 'void', amount: part, target: null }),
  read: (gateway: PaymentDialectGateway) => gateway.read(about),
  list: (gateway: PaymentDialectGateway) => gateway.list(testMerchant, { offset: 20, limit: 10 }),
  listTransactions: (gateway: PaymentDialectGateway) => gateway.listTransactions(testMerchant, order.id),
  status: (gateway: PaymentDialectGateway) => gateway.status(testMerchant),
};
type Operation = keyof typeof calls;
const named = Object.keys(calls) as Operation[];
const moneyMovers = ['pay', 'authorize', 'verify', 'capture', 'refund', 'void'] as const;

describe('The payment dialect on the wire', () => {
  const merchant = '/payments/n1/merchant/MERCHANT-1';
  const price = '"amount":99.99,"currency":"USD"';
  it.each<[Operation, string, string, string]>([
    [
      'openSession',
      'POST',
      '/session',
      `{"payment":{"id":"ORDER-123",${price},"description":"Premium subscription"}}`,
    ],
    [
      'updateSession',
      'PUT',
      `/session/${session}`,
      `{"payment":{${price},"description":"Premium subscription"}}`,
    ],
    ['pay', 'PUT', '/payment/ORDER-123/pay', `{"payment":{${price}},"session":{"id":"${session}"}}`],
    [
      'authorize',
      'PUT',
      '/payment/ORDER-123/authorize',
      `{"payment":{${price}},"session":{"id":"${session}"}}`,
    ],
    [
      'verify',
      'PUT',
      '/payment/ORDER-123/verify',
      `{"payment":{"currency":"USD"},"session":{"id":"${session}"}}`,
    ],
    ['capture', 'PUT', '/payment/ORDER-123/capture', '{"amount":60,"currency":"USD"}'],
    [
      'refund',
      'PUT',
      '/payment/ORDER-123/refund',
      `{"amount":60,"currency":"USD","targetTransactionId":"${target}"}`,
    ],
    ['void', 'PUT', '/payment/ORDER-123/void', '{}'],
    ['read', 'GET', '/payment/ORDER-123', ''],
    ['list', 'GET', '/payments?offset=20&limit=10', ''],
    ['listTransactions', 'GET', '/transactions?filter%5Bpayment.id%5D=ORDER-123&offset=0&limit=100', ''],
  ])('sends %s as %s %s, once', async (operation, method, path, body) => {
    const requests = recorded(answering(400, { success: false, message: 'no' }));
    await calls[operation](gatewayWith());
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method, path: merchant + path, body });
    expect(requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${testKey}`,
      accept: 'application/json',
    });
    expect(requests[0]?.headers['content-type']).toBe(method === 'GET' ? undefined : 'application/json');
  });

  it('asks how the gateway is outside of any merchant', async () => {
    const requests = recorded(
      answering(200, { version: '1.81.0', status: 'OPERATING', cardPresent: 'FROBNICATED' }),
    );
    expect((await calls.status(gatewayWith()))._unsafeUnwrap()).toEqual({
      ...{ status: 'OPERATING', cardPresent: 'unknown', cardNotPresent: 'unknown' },
    });
    expect(requests).toMatchObject([{ method: 'GET', path: '/payments/n1/status' }]);
  });

  it('adds the reference and the customer’s e-mail when the host gives them', async () => {
    const requests = recorded(
      answering(201, { success: true, data: { id: session, payment: { id: 'ORDER-123' } } }),
    );
    const full = anOrder({
      id: 'ORDER-123',
      amount: '12.00',
      reference: 'R-7',
      customerEmail: 'ann@example.com',
    });
    expect((await gatewayWith().openSession(testMerchant, full))._unsafeUnwrap()).toEqual({
      ...{ id: session, successIndicator: null },
    });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      payment: { invoiceNumber: 'R-7', customer: { email: 'ann@example.com' } },
    });
  });

  it.each(['jörg@example.com', 'ann@localhost', 'a..b@example.com'])(
    'keeps to itself the e-mail address %s, for which the gateway might refuse the session',
    async (customerEmail) => {
      const requests = recorded(answering(201, { success: true, data: { id: session } }));
      (await gatewayWith().openSession(testMerchant, anOrder({ customerEmail })))._unsafeUnwrap();
      expect(requests).toHaveLength(1);
      expect(requests[0]?.body).not.toContain('customer');
    },
  );

  it.each<[PaymentDialectSettings['verbs'], string]>([
    [undefined, 'PUT PUT PUT PUT PUT PUT'],
    ['POST', 'POST POST POST POST POST POST'],
    [{ pay: 'POST', authorize: 'POST', verify: 'POST' }, 'POST POST POST PUT PUT PUT'],
  ])('uses the verbs %j', async (verbs, expected) => {
    const requests = recorded(answering(400, { success: false, message: 'no' }));
    for (const operation of moneyMovers) await calls[operation](gatewayWith({ verbs }));
    expect(requests.map(({ method }) => method).join(' ')).toBe(expected);
  });

  it('does not take a session that the gateway opened for another payment', async () => {
    recorded(answering(200, { success: true, data: { id: session, payment: { id: 'payment-4711' } } }));
    expect((await calls.openSession(gatewayWith()))._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
  });
});

describe('A failure of the payment dialect', () => {
  const breaks = (code: string) => (): WireAnswer => {
    throw Object.assign(new Error('broken'), { code });
  };
  const failures: readonly (readonly [string, () => WireAnswer])[] = [
    ['a reset', breaks('ECONNRESET')],
    ['a refused connection', breaks('ECONNREFUSED')],
    ['an HTML page', answering(200, '<h1>hello</h1>')],
    ['half an answer', answering(200, '{"success":true,"da')],
    ...[301, 400, 401, 403, 404, 408, 409, 421, 422, 425, 429, 500, 502, 503, 504].map(
      (status) => [`HTTP ${status}`, answering(status, { success: false })] as const,
    ),
  ];

  for (const operation of moneyMovers) {
    it.each(failures)(`is not answered by a second ${operation}: %s`, async (name, fail) => {
      const requests = recorded(fail);
      const result = await calls[operation](gatewayWith());
      expect(requests).toHaveLength(1);
      const type = result.isErr() ? result.error.type : result.value.type;
      const isRefused = /HTTP (400|401|403|404|422)/.test(name);
      const isVerify = operation === 'verify';
      const refused = isVerify ? 'GatewayRefused' : 'refused';
      const notSent = isVerify ? 'GatewayUnavailable' : 'notSent';
      expect(type).toBe(isRefused ? refused : name === 'a refused connection' ? notSent : 'unknown');
    });
  }

  it.each(named)('of %s shows no key and no card, whatever the gateway echoes', async (operation) => {
    const card = '5123450000000008';
    const planted = `${testKey} paid with ${card}, 5123 4500 0000 0008, sk_live_other999`;
    const billing = { card: { number: card, securityCode: '100' } };
    const transaction = {
      ...{ id: planted, operation: planted, type: planted, result: planted },
      errorCode: planted,
    };
    const bodies: readonly object[] = [
      { success: false, message: planted, errors: { card: [planted] } },
      {
        success: true,
        data: { ...transaction, payment: { billing, id: planted, status: planted, custom: [planted] } },
      },
      {
        success: true,
        data: {
          id: 'ORDER-123',
          status: planted,
          billing,
          custom: { a: planted },
          transactions: [transaction],
        },
      },
      { success: true, data: [{ id: 'ORDER-123', status: planted, result: planted, billing }], total: 1 },
      { success: true, data: [{ ...transaction, payment: { id: 'ORDER-123', billing } }], total: 1 },
      { status: planted, version: planted },
    ];
    for (const body of bodies) {
      for (const http of [200, 400, 402, 500]) {
        recorded(answering(http, body));
        const result = await calls[operation](gatewayWith());
        const shown = inspect(result, { depth: 10, showHidden: true }) + JSON.stringify(result);
        for (const secret of [testKey, 'sk_live_other999', card, '5123 4500 0000 0008']) {
          expect(shown).not.toContain(secret);
        }
      }
    }
  });
});

describe('A read of the payment dialect', () => {
  const payment = { id: 'ORDER-123', merchantId: 'MERCHANT-1', amount: 99.99, currency: 'USD' };
  const pay = {
    id: 'tx-1',
    operation: 'PAY',
    type: 'CAPTURE',
    result: 'SUCCESS',
    requestedAmount: 99.99,
    currency: 'USD',
  };
  const got = (words: object) => answering(200, { success: true, data: { ...payment, ...words } });
  const listing = (items: readonly object[], total?: number) =>
    answering(200, { success: true, data: items, ...(total !== undefined && { total }) });
  const reading = async (payment: PaymentDialectSettings, ...answers: readonly (() => WireAnswer)[]) => {
    const requests = recorded(...answers);
    const said = (await gatewayWith(payment).read(about))._unsafeUnwrap();
    const types =
      said.type === 'record'
        ? said.transactions.map(({ operation, result }) => `${operation} ${result}`)
        : said.type;
    return { types, calls: requests.length, requests };
  };
  const offsets = (requests: readonly WireRequest[]) =>
    requests.flatMap(({ path }) => /[?&]offset=(\d+)/.exec(path)?.[1] ?? []).join(' ');

  it('is one request when the payment shows its transactions', async () => {
    expect(await reading({}, got({ status: 'CAPTURED', transactions: [pay] }))).toMatchObject({
      types: ['pay done'],
      calls: 1,
    });
  });

  it('lists them, page after page, when it does not, and drops those of others', async () => {
    const own = (id: string) => ({
      ...pay,
      id,
      operation: 'REFUND',
      type: 'REFUND',
      payment: { id: 'ORDER-123' },
    });
    const other = { ...own('tx-9'), payment: { id: 'ORDER-9' } };
    const pages = [
      listing([{ ...pay, payment: { id: 'ORDER-123' } }, own('tx-2')], 4),
      listing([other, own('tx-3')], 4),
    ];
    const listed = await reading({}, got({ status: 'REFUNDED', result: 'SUCCESS' }), ...pages);
    expect(listed).toMatchObject({ types: ['pay done', 'refund done', 'refund done'], calls: 3 });
    expect(offsets(listed.requests)).toBe('0 2');
    const uncounted = [listing([{ ...pay, payment: { id: 'ORDER-123' } }]), listing([])];
    const untilEmpty = await reading({}, got({ status: 'CAPTURED' }), ...uncounted);
    expect(untilEmpty).toMatchObject({ types: ['pay done'], calls: 3 });
    expect(offsets(untilEmpty.requests)).toBe('0 1');
  });

  it('believes what the payment says was charged when its transactions cannot be had, and nothing else', async () => {
    const away = answering(503, '');
    const nameless = listing([pay], 1);
    const endsEarly = listing([], 3);
    for (const list of [away, nameless, endsEarly, answering(200, '<h1>')]) {
      expect((await reading({}, got({ status: 'CAPTURED', result: 'SUCCESS' }), list)).types).toBe(
        'captured',
      );
      expect((await reading({}, got({ status: 'DECLINED', result: 'DECLINED' }), list)).types).toBe(
        'unclear',
      );
      expect((await reading({}, got({ status: null }), list)).types).toBe('unclear');
    }
    const declined = { ...pay, result: 'DECLINED' };
    const contradiction = got({ status: 'CAPTURED', result: 'SUCCESS', transactions: [declined] });
    expect((await reading({}, contradiction, away)).types).toBe('captured');
  });

  it('does not go on for ever through a list that never ends', async () => {
    const { types, calls: count } = await reading(
      {},
      got({ status: null }),
      listing([{ ...pay, payment: { id: 'ORDER-123' } }], 1_000_000),
    );
    expect(types).toBe('unclear');
    expect(count).toBe(51);
  });

  it('of a payment that is not there proves nothing, unless the host knows better and it is the gateway that says so', async () => {
    const own = answering(404, { success: false, message: 'Payment not found' });
    const cdn = answering(404, { error: { code: '404', message: 'DEPLOYMENT_NOT_FOUND' } });
    expect((await reading({}, own)).types).toBe('unclear');
    expect((await reading({ missingPayment: 'nothing' }, own)).types).toBe('nothing');
    expect((await reading({ missingPayment: 'nothing' }, cdn)).types).toBe('unclear');
  });

  it('says nothing about the money when it fails', async () => {
    recorded(answering(503, ''));
    expect((await gatewayWith().read(about))._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
    recorded(answering(401, { success: false, message: 'Authentication is required' }));
    expect((await gatewayWith().read(about))._unsafeUnwrapErr().type).toBe('GatewayRefused');
  });
});

describe('The lists of the payment dialect', () => {
  it('show payments as far as the gateway says, whatever it says', async () => {
    const said = { merchantId: 'MERCHANT-1', status: 'PARTIALLY_REFUNDED' };
    const totals = { amount: 99.9, capturedAmount: 99.9, refundedAmount: 3, currency: 'USD' };
    const items = [
      { id: 'ORDER-7', ...said, ...totals, creationTime: '2026-11-22T10:00:00+00:00' },
      {},
      null,
    ];
    recorded(answering(200, { success: true, data: items, limit: 10, offset: 0, total: 37 }));
    const nothing = {
      merchantId: null,
      orderId: null,
      status: null,
      amount: null,
      captured: null,
      refunded: null,
      createdAt: null,
    };
    expect((await calls.list(gatewayWith()))._unsafeUnwrap()).toEqual({
      total: 37,
      items: [
        {
          ...said,
          orderId: 'ORDER-7',
          amount: usd('99.90'),
          captured: usd('99.90'),
          refunded: usd('3.00'),
          createdAt: Date.UTC(2026, 10, 22, 10),
        },
        nothing,
        nothing,
      ],
    });
  });

  it('are an error when they are none', async () => {
    recorded(answering(200, { success: true, data: {} }));
    expect((await calls.list(gatewayWith()))._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
  });
});

describe('The browser script of today', () => {
  it('is that of the session, or the older one of the merchant, to which the page speaks as before', () => {
    const live = gatewayWith({}, 'sk_live_1');
    expect(live.scriptUrl(testMerchant, session)).toBe(
      `https://gateway.prahsys.com/n1/merchant/MERCHANT-1/session/${session}/script.js`,
    );
    expect(live.capabilities.dialect).toBe('payment');
    const older = gatewayWith({ script: 'merchant' });
    expect(older.scriptUrl(testMerchant, session)).toBe(
      'https://secure.prahsys.com/form/version/100/merchant/TESTMERCHANT-1/session.js',
    );
    expect(older.capabilities).toEqual({ ...live.capabilities, dialect: 'order' });
  });
});

it('an id that could leave its place in a path stays in it', async () => {
  const requests = recorded(answering(404, ''));
  const odd = orderId('a.b-c_d')._unsafeUnwrap();
  await gatewayWith().read({ ...about, orderId: odd });
  expect(requests[0]?.path).toBe('/payments/n1/merchant/MERCHANT-1/payment/a.b-c_d');
});
