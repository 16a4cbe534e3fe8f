// The simulator's API in the order dialect, over real sockets: what each route answers and what it refuses.
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { dataOf, GOOD_CARD, ORDER, startGateway } from './gateway-client.ts';

describe('creating a session', () => {
  it('answers the documented envelope with ids of the documented shapes', async () => {
    const gateway = await startGateway();
    const answer = await gateway.call('POST', '/session', { operation: 'PAY', order: ORDER });
    expect(answer).toEqual({
      status: 200,
      body: {
        success: true,
        message: 'Session created',
        data: {
          id: expect.stringMatching(/^SESSION000\d{10}[A-Z]\d{7}[A-Z]\d{2}$/),
          interaction: { successIndicator: expect.stringMatching(/^[0-9a-f]{16}$/) },
        },
      },
    });
  });

  it('takes the operation at the root or under interaction, and needs one', async () => {
    const gateway = await startGateway();
    const nested = await gateway.call('POST', '/session', {
      interaction: { operation: 'PAY' },
      order: ORDER,
    });
    expect(nested.status).toBe(200);
    const without = await gateway.call('POST', '/session', { order: ORDER });
    expect(without).toMatchObject({
      status: 400,
      body: { success: false, errors: { operation: ['is required'] } },
    });
  });

  it('gives the same order as many sessions as are asked for', async () => {
    const gateway = await startGateway();
    expect(await gateway.open()).not.toBe(await gateway.open());
  });

  it.each([
    ['no order', { operation: 'PAY' }, 'order'],
    ['an unknown operation', { operation: 'GIVE', order: ORDER }, 'operation'],
    ['an empty order id', { operation: 'PAY', order: { ...ORDER, id: '' } }, 'order.id'],
    [
      'an order id of 41 characters',
      { operation: 'PAY', order: { ...ORDER, id: 'x'.repeat(41) } },
      'order.id',
    ],
    ['an amount as text', { operation: 'PAY', order: { ...ORDER, amount: '99.99' } }, 'order.amount'],
    ['an amount of zero', { operation: 'PAY', order: { ...ORDER, amount: 0 } }, 'order.amount'],
    ['an amount below zero', { operation: 'PAY', order: { ...ORDER, amount: -1 } }, 'order.amount'],
    ['a third of a cent', { operation: 'PAY', order: { ...ORDER, amount: 0.333 } }, 'order.amount'],
    [
      'an amount of 15 characters',
      { operation: 'PAY', order: { ...ORDER, amount: 999999999999.99 } },
      'order.amount',
    ],
    ['half a yen', { operation: 'PAY', order: { ...ORDER, amount: 0.5, currency: 'JPY' } }, 'order.amount'],
    [
      'a currency in small letters',
      { operation: 'PAY', order: { ...ORDER, currency: 'usd' } },
      'order.currency',
    ],
    [
      'a currency that does not exist',
      { operation: 'PAY', order: { ...ORDER, currency: 'ZZZ' } },
      'order.currency',
    ],
    ['a body that is a list', [], 'body'],
  ])('refuses %s, naming the field', async (_, body, field) => {
    const gateway = await startGateway();
    const answer = await gateway.call('POST', '/session', body);
    expect(answer).toMatchObject({
      status: 400,
      body: { success: false, errors: { [field]: [expect.any(String)] } },
    });
  });

  it('takes three digits for a dinar and none for a yen', async () => {
    const gateway = await startGateway();
    const dinar = await gateway.openWithCard({ id: 'KW', amount: 1.234, currency: 'KWD' });
    const yen = await gateway.openWithCard({ id: 'JP', amount: 1500, currency: 'JPY' });
    await gateway.pay(dinar, 'KW');
    await gateway.pay(yen, 'JP');
    expect(await gateway.charges()).toMatchObject([
      { amount: '1.234', currency: 'KWD' },
      { amount: '1500', currency: 'JPY' },
    ]);
  });

  it('refuses a body that is not JSON with 400, and one over 64 KB with 413', async () => {
    const gateway = await startGateway();
    expect(await gateway.call('POST', '/session', '{"order":')).toMatchObject({
      status: 400,
      body: { success: false, message: 'The request body is not JSON' },
    });
    const large = { operation: 'PAY', order: { ...ORDER, description: 'x'.repeat(65_536) } };
    expect(await gateway.call('POST', '/session', large)).toMatchObject({
      status: 413,
      body: { success: false },
    });
  });
});

describe('a body sent in chunks', () => {
  it('is read like any other, and is limited like any other', async () => {
    const gateway = await startGateway();
    const chunked = async (order: object) => {
      const url = `${gateway.url}/payments/n1/merchant/${gateway.merchantId}/session`;
      const call = request(url, { method: 'POST', headers: { authorization: `Bearer ${gateway.apiKey}` } });
      call.write('{"operation":"PAY",');
      call.end(`"order":${JSON.stringify(order)}}`);
      const [answer] = (await once(call, 'response')) as [IncomingMessage];
      return answer.resume().statusCode;
    };
    expect(await chunked(ORDER)).toBe(200);
    expect(await chunked({ ...ORDER, description: 'x'.repeat(65_536) })).toBe(413);
  });
});

describe('who may call', () => {
  it.each([
    ['no key', { authorization: '' }],
    ['a wrong key', { authorization: 'Bearer sk_test_other' }],
    ['another scheme', { authorization: 'Basic sk_test_paysession_simulator' }],
  ])('answers 401 to %s', async (_, headers) => {
    const gateway = await startGateway();
    const answer = await gateway.call('POST', '/session', { operation: 'PAY', order: ORDER }, headers);
    expect(answer).toEqual({ status: 401, body: { success: false, message: 'Authentication is required' } });
  });

  it('answers 403 to the key of another merchant, and keeps sessions of merchants apart', async () => {
    const second = { merchantId: 'SECOND', apiKey: 'sk_test_second' };
    const gateway = await startGateway({ otherMerchants: [second] });
    const secondKey = { authorization: `Bearer ${second.apiKey}` };
    const sessionId = await gateway.open();
    expect((await gateway.call('GET', `/session/${sessionId}`, undefined, secondKey)).status).toBe(403);
    const url = `${gateway.url}/payments/n1/merchant/SECOND/session/${sessionId}`;
    expect((await fetch(url, { headers: secondKey })).status).toBe(404);
  });

  it('sends no CORS header, so that a browser cannot call the API', async () => {
    const gateway = await startGateway();
    const response = await fetch(`${gateway.url}/payments/n1/merchant/${gateway.merchantId}/session`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.ok).toBe(false);
  });

  it('answers 404 with the envelope where there is nothing', async () => {
    const gateway = await startGateway();
    expect(await gateway.call('GET', '/nothing')).toEqual({
      status: 404,
      body: { success: false, message: 'Not found' },
    });
  });
});

describe('updating a session', () => {
  it('overwrites what is given, keeps the rest, and changes the version', async () => {
    const gateway = await startGateway();
    const id = await gateway.open();
    const before = dataOf(await gateway.call('GET', `/session/${id}`));
    const answer = await gateway.call('PUT', `/session/${id}`, {
      order: { amount: 12.5, currency: 'USD', description: 'Half a year of tea' },
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        data: {
          id,
          order: { id: ORDER.id, amount: 12.5, currency: 'USD', description: 'Half a year of tea' },
        },
      },
    });
    expect(dataOf(answer).version).not.toBe(before.version);
    expect(dataOf(answer).order).toEqual(dataOf(await gateway.call('GET', `/session/${id}`)).order);
  });

  it.each([
    ['another order id', { order: { id: 'ORDER-2' } }, 'order.id'],
    ['an amount its currency cannot express', { order: { amount: 1.001 } }, 'order.amount'],
    ['a currency that cannot express its amount', { order: { currency: 'JPY' } }, 'order.amount'],
  ])('refuses %s and changes nothing', async (_, body, field) => {
    const gateway = await startGateway();
    const id = await gateway.open();
    const answer = await gateway.call('PUT', `/session/${id}`, body);
    expect(answer).toMatchObject({ status: 400, body: { errors: { [field]: [expect.any(String)] } } });
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({ order: ORDER });
  });

  it('is refused after the pay, unless the settings say otherwise', async () => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    await gateway.pay(id);
    expect((await gateway.call('PUT', `/session/${id}`, { order: { amount: 1 } })).status).toBe(400);
    await gateway.control('PUT', '/settings', { updateAfterPay: true });
    expect((await gateway.call('PUT', `/session/${id}`, { order: { description: 'Paid' } })).status).toBe(
      200,
    );
  });
});

describe('retrieving a session', () => {
  it('shows a new session as CREATED, with its reference defaulting to the order id and an empty customer', async () => {
    const gateway = await startGateway();
    const id = await gateway.open();
    const { status, body } = await gateway.call('GET', `/session/${id}`);
    const data = {
      id,
      status: 'CREATED',
      updateStatus: 'NO_UPDATE',
      order: { ...ORDER, reference: ORDER.id },
      customer: {},
    };
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, ...data, data } });
  });

  it('keeps the reference and the customer that were given', async () => {
    const gateway = await startGateway();
    const order = { ...ORDER, reference: 'INV-7' };
    const customer = { email: 'payer@shop.example' };
    const created = await gateway.call('POST', '/session', { operation: 'PAY', order, customer });
    const id = String(dataOf(created).id);
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({ order, customer });
  });

  it('repeats the data at the root, which a setting turns off', async () => {
    const gateway = await startGateway({ settings: { mirrorRoot: false } });
    const id = await gateway.open();
    const { body } = await gateway.call('GET', `/session/${id}`);
    expect(body).not.toHaveProperty('status');
    expect(body).toHaveProperty('data.status', 'CREATED');
  });

  it('answers 404 for a session that does not exist', async () => {
    const gateway = await startGateway();
    expect(await gateway.call('GET', '/session/SESSION0000000000000A0000000A00')).toEqual({
      status: 404,
      body: { success: false, message: 'Session not found or expired' },
    });
  });
});

describe('paying', () => {
  it('charges the amount of the pay, not of the session, and shows it everywhere afterwards', async () => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    const answer = await gateway.pay(id, ORDER.id, { amount: 12.99 });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        data: {
          operation: 'PAY',
          type: 'CAPTURE',
          result: 'SUCCESS',
          requestedAmount: 12.99,
          currency: 'USD',
          order: { id: ORDER.id, amount: 12.99, status: 'CAPTURED' },
          response: { gatewayCode: 'APPROVED' },
        },
      },
    });
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({
      status: 'CAPTURED',
      result: 'SUCCESS',
      order: { amount: 12.99 },
    });
    expect(await gateway.charges()).toEqual([
      {
        merchantId: gateway.merchantId,
        orderId: ORDER.id,
        transactionId: dataOf(answer).id,
        operation: 'PAY',
        amount: '12.99',
        currency: 'USD',
        result: 'SUCCESS',
        at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
  });

  it('charges the amount of the session when the pay names none, and takes PUT as it takes POST', async () => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    const answer = await gateway.call('PUT', `/order/${ORDER.id}/pay`, { session: { id } });
    expect(answer.status).toBe(200);
    expect(await gateway.charges()).toMatchObject([{ amount: '99.99' }]);
  });

  it('charges once when fifty pays of one session arrive together', async () => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    const answers = await Promise.all(Array.from({ length: 50 }, () => gateway.pay(id)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(49);
    expect(await gateway.charges()).toHaveLength(1);
  });

  it.each([
    ['another order', { amount: 1 }, 'ORDER-2', 'session.id'],
    ['another currency', { amount: 1, currency: 'EUR' }, ORDER.id, 'order.currency'],
    ['an amount the currency cannot express', { amount: 1.001 }, ORDER.id, 'order.amount'],
    ['an amount of zero', { amount: 0 }, ORDER.id, 'order.amount'],
  ])('refuses %s, and leaves the session to be paid', async (_, order, orderId, field) => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    const refused = await gateway.pay(id, orderId, order);
    expect(refused).toMatchObject({
      status: 400,
      body: { success: false, errors: { [field]: [expect.any(String)] } },
    });
    expect(await gateway.charges()).toEqual([]);
    expect((await gateway.pay(id)).status).toBe(200);
  });

  it('refuses a session without a card, and one that does not exist', async () => {
    const gateway = await startGateway();
    expect(await gateway.pay(await gateway.open())).toMatchObject({
      status: 400,
      body: { success: false, message: 'The session holds no card data' },
    });
    expect((await gateway.pay('SESSION0000000000000A0000000A00')).status).toBe(404);
    expect((await gateway.call('POST', `/order/${ORDER.id}/pay`, {})).body).toHaveProperty('errors.session');
  });

  it('refuses a captured order through a new session, unless the settings allow a second charge', async () => {
    const gateway = await startGateway({ settings: { alreadyPaidStatus: 409 } });
    await gateway.pay(await gateway.openWithCard());
    const second = await gateway.openWithCard();
    expect(await gateway.pay(second)).toMatchObject({
      status: 409,
      body: { message: 'The order has been paid' },
    });
    await gateway.control('PUT', '/settings', { payAfterCapture: true });
    expect((await gateway.pay(second)).status).toBe(200);
    expect(await gateway.charges()).toHaveLength(2);
  });

  it('takes another card after a decline, through a new session only', async () => {
    const gateway = await startGateway();
    const first = await gateway.openWithCard(ORDER, { ...GOOD_CARD, number: '4000000000000002' });
    expect(dataOf(await gateway.pay(first))).toMatchObject({
      result: 'FAILURE',
      order: { status: 'FAILED' },
    });
    expect((await gateway.control('POST', `/sessions/${first}/card`, GOOD_CARD)).status).toBe(409);
    expect((await gateway.pay(first)).status).toBe(400);
    expect(dataOf(await gateway.pay(await gateway.openWithCard()))).toMatchObject({ result: 'SUCCESS' });
    expect(dataOf(await gateway.call('GET', `/session/${first}`))).toMatchObject({
      status: 'FAILED',
      result: 'FAILURE',
    });
  });

  it('refuses a declined order when the settings say so', async () => {
    const gateway = await startGateway({ settings: { payAfterDecline: false } });
    await gateway.pay(await gateway.openWithCard(ORDER, { ...GOOD_CARD, number: '4000000000000002' }));
    expect((await gateway.pay(await gateway.openWithCard())).status).toBe(400);
  });

  it('charges the card that the session still holds when a correction was refused: the race of paying too early', async () => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    await gateway.control('POST', `/sessions/${id}/card`, { ...GOOD_CARD, number: '1' });
    expect(dataOf(await gateway.pay(id))).toMatchObject({
      sourceOfFunds: { provided: { card: { number: '512345xxxxxx0008' } } },
    });
  });
});

describe('the settings of the API', () => {
  it.each([
    [402, { success: false, data: { result: 'FAILURE', response: { gatewayCode: 'DECLINED' } } }],
    [400, { success: false, errors: { payment: ['DECLINED'] } }],
  ] as const)('answers a decline with %i when told so', async (declineStatus, body) => {
    const gateway = await startGateway({ settings: { declineStatus } });
    const id = await gateway.openWithCard(ORDER, { ...GOOD_CARD, number: '4000000000000002' });
    expect(await gateway.pay(id)).toMatchObject({ status: declineStatus, body });
  });

  it('answers creates with 201 and wrong fields with 422 when told so', async () => {
    const gateway = await startGateway({ settings: { createStatus: 201, validationStatus: 422 } });
    expect((await gateway.call('POST', '/session', { operation: 'PAY', order: ORDER })).status).toBe(201);
    expect((await gateway.call('POST', '/session', { operation: 'PAY' })).status).toBe(422);
  });
});

describe('card data', () => {
  it('appears in no answer, no log and no ledger, wherever a merchant or a payer puts it', async () => {
    const gateway = await startGateway();
    const planted = '4242 4242 4242 4242';
    const order = { ...ORDER, description: `card ${planted}` };
    const customer = {
      email: 'payer@shop.example',
      note: planted,
      card: { number: '4242424242424242', cvv: '987' },
    };
    const created = await gateway.call('POST', '/session', { operation: 'PAY', order, customer });
    const id = String(dataOf(created).id);
    const update = await gateway.call('PUT', `/session/${id}`, {
      order: { description: planted },
      customer: { a: 4242424242424242 },
    });
    const typed = await gateway.control('POST', `/sessions/${id}/card`, GOOD_CARD);
    const paid = await gateway.call('POST', `/order/${ORDER.id}/pay`, { session: { id }, note: planted });
    const read = await gateway.call('GET', `/session/${id}`);
    const broken = await gateway.call('POST', '/session', `{"number": "${planted}`);
    const log = await gateway.control('GET', '/requests');
    const shown = JSON.stringify([created, update, typed, paid, read, broken, log, await gateway.charges()]);
    expect(shown).not.toMatch(/4242 ?4242 ?4242|5123450000000008|"987"|"100"/);
    expect(dataOf(read)).toMatchObject({
      sourceOfFunds: { provided: { card: { number: '512345xxxxxx0008' } } },
    });
    expect(JSON.stringify(read)).not.toContain('securityCode');
  });
});
