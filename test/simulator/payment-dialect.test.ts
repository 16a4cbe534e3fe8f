// The simulator's API in today's payment dialect, over real sockets: sessions, what a card comes to, and what is refused.
import { describe, expect, it } from '@jest/globals';
import { cardNumbered, dataOf, GOOD_CARD, ORDER, PAYMENT, startGateway } from './gateway-client.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;

describe('creating a session with a payment', () => {
  it('answers the session and its payment, which has no status yet', async () => {
    const gateway = await startGateway();
    const answer = await gateway.call('POST', '/session', { payment: PAYMENT });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        success: true,
        data: {
          id: expect.stringMatching(/^SESSION000[0-9A-Z]{21}$/),
          updateStatus: 'NO_UPDATE',
          payment: { ...PAYMENT, status: null, result: null, capturedAmount: 0, remainingBalance: 99.99 },
        },
      },
    });
    expect(answer.body).not.toHaveProperty('data.interaction');
  });

  it('makes an id when none is given, and takes dollars when no currency is', async () => {
    const gateway = await startGateway();
    const answer = await gateway.call('POST', '/session', { payment: { amount: 1 } });
    expect(dataOf(answer)).toMatchObject({
      payment: { id: expect.stringMatching(/^payment-[0-9a-f]{16}$/), amount: 1, currency: 'USD' },
    });
  });

  it('is told from the order dialect by its body, on one port', async () => {
    const gateway = await startGateway();
    const both = await gateway.call('POST', '/session', { operation: 'PAY', order: ORDER, payment: PAYMENT });
    const order = await gateway.call('POST', '/session', { operation: 'PAY', order: ORDER });
    const portal = { operation: 'PAY', returnUrl: 'https://shop.example/back', timeout: 600 };
    const neither = await gateway.call('POST', '/session', { portal });
    expect(dataOf(both)).toHaveProperty('payment');
    expect(dataOf(order)).toHaveProperty('interaction.successIndicator');
    expect(dataOf(neither)).toMatchObject({
      portal: { ...portal, successIndicator: expect.stringMatching(/^[0-9a-f]{16}$/) },
      portalUrl: expect.stringMatching(/^https:\/\/portal\.prahsys\.com\/session\/SESSION/),
    });
  });

  it('makes the amount of a cash amount, and reads null as not given', async () => {
    const gateway = await startGateway();
    const payment = {
      id: null,
      cashAmount: 5,
      description: null,
      customer: null,
      billing: { address: null },
    };
    const answer = await gateway.call('POST', '/session', { payment });
    expect(dataOf(answer)).toMatchObject({ payment: { amount: 5, cashAmount: 5 } });
  });

  it.each([
    ['an id of 41 characters', { ...PAYMENT, id: 'x'.repeat(41) }, 'payment.id'],
    ['an empty id', { ...PAYMENT, id: '' }, 'payment.id'],
    ['an amount together with a cash amount', { ...PAYMENT, cashAmount: 9 }, 'payment.amount'],
    ['an amount as text', { ...PAYMENT, amount: '9.99' }, 'payment.amount'],
    ['an amount below zero', { ...PAYMENT, amount: -1 }, 'payment.amount'],
    ['a third of a cent', { ...PAYMENT, amount: 0.333 }, 'payment.amount'],
    ['half a yen', { ...PAYMENT, amount: 0.5, currency: 'JPY' }, 'payment.amount'],
    ['a currency in small letters', { ...PAYMENT, currency: 'usd' }, 'payment.currency'],
    ['no currency at all', { ...PAYMENT, currency: null }, 'payment.currency'],
    ['an unknown type', { ...PAYMENT, type: 'TIP' }, 'payment.type'],
    ['what is no e-mail address', { ...PAYMENT, customer: { email: 'me' } }, 'payment.customer.email'],
    ['a phone number without country', { ...PAYMENT, customer: { phone: '555' } }, 'payment.customer.phone'],
    [
      'a country of two letters',
      { ...PAYMENT, billing: { address: { country: 'US' } } },
      'payment.billing.address.country',
    ],
    ['an unknown method', { ...PAYMENT, billing: { method: 'BITCOIN' } }, 'payment.billing.method'],
    [
      'a routing number of three digits',
      { ...PAYMENT, billing: { bankAccount: { routingNumber: '123' } } },
      'payment.billing.bankAccount.routingNumber',
    ],
    ['an unknown brand', { ...PAYMENT, billing: { card: { brand: 'BREAD' } } }, 'payment.billing.card.brand'],
    [
      'a thirteenth month',
      { ...PAYMENT, billing: { card: { expiry: { month: 13 } } } },
      'payment.billing.card.expiry.month',
    ],
    [
      'an unknown way of keeping the card',
      { ...PAYMENT, billing: { card: { storedOnFile: 'MAYBE' } } },
      'payment.billing.card.storedOnFile',
    ],
    ['a merchant that is a number', { ...PAYMENT, merchantId: 7 }, 'payment.merchantId'],
  ])('refuses %s, naming the field', async (_, payment, field) => {
    const gateway = await startGateway();
    const answer = await gateway.call('POST', '/session', { payment });
    expect(answer).toMatchObject({
      status: 400,
      body: { success: false, message: expect.stringMatching(`^The ${field} `) },
    });
    expect(answer.body).toHaveProperty(['errors', field], [expect.any(String)]);
  });

  it.each([
    ['a return address without TLS', { returnUrl: 'http://shop.example/' }, 'portal.returnUrl'],
    ['a return address on this computer', { returnUrl: 'https://localhost/' }, 'portal.returnUrl'],
    ['a return address that is a number', { returnUrl: 'https://10.0.0.1/' }, 'portal.returnUrl'],
    ['599 seconds', { timeout: 599 }, 'portal.timeout'],
    ['1801 seconds', { timeout: 1801 }, 'portal.timeout'],
    ['an unknown operation', { operation: 'GIVE' }, 'portal.operation'],
    ['no address for when its time is over', { timeoutUrl: 'data:text/html,back' }, 'portal.timeoutUrl'],
    ['attempts as a number', { allowedAttempts: 3 }, 'portal.allowedAttempts'],
    ['a logo without TLS', { merchant: { logo: 'http://shop.example/logo.png' } }, 'portal.merchant.logo'],
    ['what it never shows', { displayControl: { shoeSize: 'HIDE' } }, 'portal.displayControl'],
  ])('refuses a portal with %s', async (_, portal, field) => {
    const gateway = await startGateway();
    const answer = await gateway.call('POST', '/session', { payment: PAYMENT, portal });
    expect(answer.status).toBe(400);
    expect(answer.body).toHaveProperty(['errors', field]);
  });

  it('counts the other errors in its message', async () => {
    const gateway = await startGateway();
    const payment = { amount: '1', currency: 'usd', type: 'TIP' };
    const [two, three] = [
      await gateway.call('POST', '/session', { payment: { ...payment, type: 'FEES' } }),
      await gateway.call('POST', '/session', { payment }),
    ];
    expect(two.body).toMatchObject({ message: expect.stringMatching(/ \(and one other error\)$/) });
    expect(three.body).toMatchObject({ message: expect.stringMatching(/ \(and 2 other errors\)$/) });
  });
});

describe('a session with a payment', () => {
  it('carries the new amount after an update, and so does the payment; its id stays', async () => {
    const gateway = await startGateway();
    const id = await gateway.openPayment();
    const updated = await gateway.call('PUT', `/session/${id}`, { payment: { amount: 5 } });
    expect(dataOf(updated)).toMatchObject({ updateStatus: 'SUCCESS', payment: { ...PAYMENT, amount: 5 } });
    expect(await gateway.payment()).toMatchObject({ amount: 5, transactions: [] });
    expect(await gateway.call('PUT', `/session/${id}`, { payment: { id: 'OTHER' } })).toMatchObject({
      status: 400,
      body: { errors: { 'payment.id': ['cannot be changed'] } },
    });
  });

  it('does not change a payment that has a transaction until it is paid through', async () => {
    const gateway = await startGateway();
    await gateway.useCard('pay', PAYMENT, cardNumbered('4000000000000002'));
    const id = await gateway.openPayment({ ...PAYMENT, amount: 5 });
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({ payment: { amount: 5 } });
    expect(await gateway.payment()).toMatchObject({ amount: 99.99 });
    await gateway.operate('pay', { session: { id } });
    expect(await gateway.payment()).toMatchObject({ amount: 5, capturedAmount: 5 });
  });

  it('does not take a currency that its amount cannot be expressed in', async () => {
    const gateway = await startGateway();
    const id = await gateway.openPayment();
    const answer = await gateway.call('PUT', `/session/${id}`, { payment: { currency: 'JPY' } });
    expect(answer.status).toBe(400);
    expect(answer.body).toHaveProperty(['errors', 'payment.amount']);
  });

  it('neither keeps nor shows card data that a request brings along', async () => {
    const gateway = await startGateway();
    const card = { number: '4242424242424242', securityCode: '123' };
    const answer = await gateway.call('POST', '/session', { payment: { ...PAYMENT, billing: { card } } });
    const seen = [answer, await gateway.payment(), await gateway.control('GET', '/requests')];
    expect(answer.status).toBe(200);
    expect(JSON.stringify(seen)).not.toMatch(/4242424242424242|"123"/);
  });

  it('shows the card that the fields put into it masked', async () => {
    const gateway = await startGateway();
    const id = await gateway.openPayment(PAYMENT, cardNumbered('4242424242424242'));
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({
      id,
      updateStatus: 'SUCCESS',
      payment: {
        billing: {
          card: {
            number: '424242xxxxxx4242',
            brand: 'VISA',
            expiry: { month: 1, year: 39 },
            storedOnFile: 'NOT_STORED',
          },
        },
      },
    });
  });

  it('cannot be updated once it was used, nor once it has expired', async () => {
    const gateway = await startGateway();
    const paid = await gateway.openPayment();
    await gateway.operate('pay', { session: { id: paid } });
    expect((await gateway.call('PUT', `/session/${paid}`, { payment: { amount: 5 } })).status).toBe(400);
    const old = await gateway.openPayment();
    await gateway.control('POST', '/clock', { advanceMs: 15 * 60_000 });
    expect(await gateway.call('PUT', `/session/${old}`, {})).toMatchObject({
      status: 404,
      body: { success: false, message: 'Session not found or expired' },
    });
    expect((await gateway.operate('pay', { session: { id: old } })).status).toBe(404);
  });

  it.each([
    ['object', { a: 'b' }, { a: 'b' }],
    ['array', { a: 'b' }, ['b']],
    ['object', ['b'], { 0: 'b' }],
    ['array', ['b'], ['b']],
  ])('shows custom data as an %s when the setting says so', async (customShape, custom, shown) => {
    const gateway = await startGateway({ settings: { customShape: customShape as 'object' } });
    const answer = await gateway.call('POST', '/session', { payment: { ...PAYMENT, custom } });
    expect(dataOf(answer)).toHaveProperty('payment.custom', shown);
  });
});

describe('pay, authorize and verify', () => {
  it.each([
    ['pay', 'PAY', 'CAPTURE', 'CAPTURED', 99.99],
    ['authorize', 'AUTHORIZE', 'AUTHORIZATION', 'AUTHORIZED', 99.99],
    ['verify', 'VERIFY', 'VERIFICATION', 'VERIFIED', 0],
  ] as const)(
    '%s answers its transaction without `amount`',
    async (name, operation, type, status, amount) => {
      const gateway = await startGateway();
      const answer = await gateway.useCard(name);
      expect(answer).toMatchObject({
        status: 200,
        body: {
          success: true,
          data: {
            id: expect.stringMatching(UUID),
            operation,
            type,
            result: 'SUCCESS',
            requestedAmount: amount,
            currency: 'USD',
            payment: { id: PAYMENT.id, amount: 99.99, status },
          },
        },
      });
      expect(dataOf(answer)).not.toHaveProperty('amount');
      expect(await gateway.payment()).toMatchObject({ status, transactions: [{ id: dataOf(answer)['id'] }] });
    },
  );

  it.each(['POST', 'PUT'])('takes %s, and the request log shows which it was', async (method) => {
    const gateway = await startGateway();
    const id = await gateway.openPayment();
    expect((await gateway.operate('pay', { session: { id } }, method)).status).toBe(200);
    const { body } = await gateway.control('GET', '/requests');
    expect((body as { method: string; path: string }[]).at(-1)).toMatchObject({
      method,
      path: expect.stringMatching(/\/payment\/PAYMENT-1\/pay$/),
    });
  });

  it.each([
    ['4242424242424242', 'SUCCESS', undefined, 'CAPTURED'],
    ['4000056655665556', 'SUCCESS', undefined, 'CAPTURED'],
    ['5555555555554444', 'SUCCESS', undefined, 'CAPTURED'],
    ['378282246310005', 'SUCCESS', undefined, 'CAPTURED'],
    ['6011111111111117', 'SUCCESS', undefined, 'CAPTURED'],
    ['5123450000000008', 'SUCCESS', undefined, 'CAPTURED'],
    ['4000000000000002', 'DECLINED', 'TRANSACTION_DECLINED', 'DECLINED'],
    ['4000000000000069', 'DECLINED', 'CARD_EXPIRED', 'DECLINED'],
    ['4000000000000127', 'DECLINED', 'INVALID_CARD_NUMBER', 'DECLINED'],
    ['4000000000000101', 'DECLINED', 'CSC_VERIFICATION_FAILED', 'DECLINED'],
    ['4000000000000010', 'DECLINED', 'ADDRESS_VERIFICATION_FAILED', 'DECLINED'],
    ['4000000000009995', 'DECLINED', 'TRANSACTION_DECLINED', 'DECLINED'],
    ['4000000000009987', 'UNKNOWN', 'TRANSACTION_FAILED', 'FAILED'],
    ['4000000000000119', 'ERROR', 'TRANSACTION_FAILED', 'FAILED'],
    ['4000000000000341', 'FAILURE', 'TRANSACTION_FAILED', 'FAILED'],
  ])('the card %s comes to %s', async (number, result, errorCode, status) => {
    const gateway = await startGateway();
    const data = dataOf(await gateway.useCard('pay', PAYMENT, cardNumbered(number)));
    expect([data['result'], data['errorCode']]).toEqual([result, errorCode]);
    expect(data).toMatchObject({ payment: { status } });
    expect(await gateway.charges()).toHaveLength(result === 'SUCCESS' ? 1 : 0);
  });

  it('looks at nothing but the number: an expiry that the order dialect declines is approved', async () => {
    const gateway = await startGateway();
    const data = dataOf(await gateway.useCard('pay', PAYMENT, { ...GOOD_CARD, expiryMonth: '05' }));
    expect(data).toMatchObject({ result: 'SUCCESS' });
  });

  it('takes the amount of the request over that of the session', async () => {
    const gateway = await startGateway();
    const id = await gateway.openPayment();
    await gateway.operate('pay', { payment: { amount: 12.5 }, session: { id } });
    expect(await gateway.payment()).toMatchObject({
      amount: 12.5,
      capturedAmount: 12.5,
      remainingBalance: 0,
    });
    expect(await gateway.charges()).toMatchObject([
      { operation: 'PAY', orderId: PAYMENT.id, amount: '12.50' },
    ]);
  });

  it.each([
    ['no session', () => ({}), 'session'],
    [
      'another currency',
      (id: string) => ({ payment: { currency: 'EUR' }, session: { id } }),
      'payment.currency',
    ],
    ['nothing to pay', (id: string) => ({ payment: { amount: 0 }, session: { id } }), 'payment.amount'],
  ])('are refused with %s', async (_, body, field) => {
    const gateway = await startGateway();
    const answer = await gateway.operate('pay', body(await gateway.openPayment()));
    expect(answer.status).toBe(400);
    expect(answer.body).toHaveProperty(['errors', field]);
    expect(await gateway.payment()).toMatchObject({ status: null, transactions: [] });
  });

  it('are refused without an amount anywhere, except to verify', async () => {
    const gateway = await startGateway();
    const payment = { id: 'FREE' };
    const refused = await gateway.useCard('pay', payment);
    expect(refused).toMatchObject({ status: 400, body: { message: 'The payment.amount is required' } });
    expect((await gateway.useCard('verify', payment)).status).toBe(200);
  });

  it('are refused while the session holds no card', async () => {
    const gateway = await startGateway();
    const id = await gateway.openPayment(PAYMENT, null);
    await gateway.call('PUT', `/session/${id}`, { payment: { amount: 5 } });
    expect(await gateway.operate('pay', { session: { id } })).toMatchObject({
      status: 400,
      body: { success: false, message: 'The session holds no card data' },
    });
  });

  it('use a session up, whichever of them it was', async () => {
    const gateway = await startGateway();
    const id = await gateway.openPayment();
    await gateway.operate('verify', { session: { id } });
    expect(await gateway.operate('pay', { session: { id } })).toMatchObject({
      status: 400,
      body: { message: 'The session has been used to pay', errors: { 'session.id': [expect.any(String)] } },
    });
  });

  it('are refused with a session of another payment, of an order, or of another merchant', async () => {
    const gateway = await startGateway({ otherMerchants: [{ merchantId: 'SECOND', apiKey: 'sk_test_2' }] });
    const other = await gateway.openPayment({ ...PAYMENT, id: 'OTHER' });
    const order = await gateway.openWithCard();
    for (const id of [other, order]) {
      expect(await gateway.operate('pay', { session: { id } })).toMatchObject({
        status: 400,
        body: { errors: { 'session.id': ['belongs to another payment'] } },
      });
    }
    expect((await gateway.pay(other, 'OTHER')).status).toBe(400);
    const second = await fetch(`${gateway.url}/payments/n1/merchant/SECOND/payment/OTHER/pay`, {
      method: 'PUT',
      headers: { authorization: 'Bearer sk_test_2' },
      body: JSON.stringify({ session: { id: other } }),
    });
    expect(second.status).toBe(404);
    expect(await gateway.charges()).toEqual([]);
  });

  it.each([
    [402, { success: false, data: { result: 'DECLINED', errorCode: 'TRANSACTION_DECLINED' } }],
    [400, { success: false, errors: { payment: ['TRANSACTION_DECLINED'] } }],
  ] as const)('answer a decline with %i when the setting says so', async (declineStatus, body) => {
    const gateway = await startGateway({ settings: { declineStatus } });
    const answer = await gateway.useCard('pay', PAYMENT, cardNumbered('4000000000000002'));
    expect(answer).toMatchObject({ status: declineStatus, body });
    expect(await gateway.payment()).toMatchObject({ status: 'DECLINED' });
  });

  it('leave a declined payment without a status when the setting says so', async () => {
    const gateway = await startGateway({ settings: { declinedPaymentStatus: null } });
    await gateway.useCard('pay', PAYMENT, cardNumbered('4000000000000002'));
    expect(await gateway.payment()).toMatchObject({ status: null, transactions: [{ result: 'DECLINED' }] });
  });

  it('may follow a decline, and may not follow a charge', async () => {
    const gateway = await startGateway();
    await gateway.useCard('pay', PAYMENT, cardNumbered('4000000000000002'));
    expect((await gateway.useCard('pay')).status).toBe(200);
    expect(await gateway.payment()).toMatchObject({
      status: 'CAPTURED',
      transactions: [{ result: 'DECLINED' }, { result: 'SUCCESS' }],
    });
    expect(await gateway.useCard('authorize')).toMatchObject({
      status: 400,
      body: { message: 'The payment has been paid' },
    });
  });

  it('may follow a verification also where nothing may follow a decline', async () => {
    const gateway = await startGateway({ settings: { payAfterDecline: false } });
    await gateway.useCard('verify');
    expect((await gateway.useCard('pay')).status).toBe(200);
  });

  it('are refused after a decline, and charge twice, when the settings say so', async () => {
    const strict = await startGateway({ settings: { payAfterDecline: false, alreadyPaidStatus: 409 } });
    await strict.useCard('pay', PAYMENT, cardNumbered('4000000000000002'));
    expect((await strict.useCard('pay')).status).toBe(409);
    const loose = await startGateway({ settings: { payAfterCapture: true } });
    await loose.useCard('pay');
    await loose.useCard('pay');
    expect(await loose.payment()).toMatchObject({ capturedAmount: 199.98, transactions: [{}, {}] });
    expect(await loose.charges()).toHaveLength(2);
  });

  it('show a whole card number only when the setting says so, and never the payer’s', async () => {
    const echoing = await startGateway({ settings: { echoCard: true } });
    const answer = await echoing.useCard('pay', PAYMENT, cardNumbered('4242424242424242'));
    expect(answer).toMatchObject({
      body: { data: { payment: { billing: { card: { number: '4012888888881881', securityCode: '999' } } } } },
    });
    expect(JSON.stringify([answer, await echoing.payment()])).not.toContain('4242424242424242');
    const quiet = await startGateway();
    const masked = await quiet.useCard('pay', PAYMENT, cardNumbered('4242424242424242'));
    expect(JSON.stringify([masked, await quiet.payment()])).not.toMatch(
      /4242424242424242|4012888888881881|securityCode/,
    );
  });
});

describe('a payment', () => {
  it('can be made, changed and deleted until it has a transaction, and its customer always', async () => {
    const gateway = await startGateway();
    const made = await gateway.call('POST', '/payment/PAYMENT-1', { amount: 3, certainty: 'ESTIMATED' });
    expect(dataOf(made)).toMatchObject({ id: 'PAYMENT-1', amount: 3, certainty: 'ESTIMATED', status: null });
    const changed = await gateway.call('PUT', '/payment/PAYMENT-1', { payment: { amount: 4 } });
    expect(dataOf(changed)).toMatchObject({ amount: 4, certainty: 'ESTIMATED' });
    expect(await gateway.call('DELETE', '/payment/PAYMENT-1')).toMatchObject({ status: 200 });
    expect((await gateway.call('PUT', '/payment/PAYMENT-1', { amount: 4 })).status).toBe(404);

    await gateway.useCard('pay', PAYMENT, cardNumbered('4000000000000002'));
    for (const method of ['PUT', 'POST', 'DELETE']) {
      expect(await gateway.call(method, '/payment/PAYMENT-1', { amount: 4 })).toMatchObject({
        status: 400,
        body: { success: false, errors: { payment: ['is locked: it has transactions'] } },
      });
    }
    const customer = await gateway.call('POST', '/payment/PAYMENT-1/customer', { firstName: 'Ada' });
    expect(dataOf(customer)).toMatchObject({ amount: 99.99, customer: { firstName: 'Ada' } });
  });

  it('is there from its session’s creation on, unless the setting says otherwise', async () => {
    const gateway = await startGateway();
    await gateway.openPayment();
    expect(await gateway.payment()).toMatchObject({ status: null, transactions: [] });
    await gateway.control('PUT', '/settings', { readUnpaidPayments: false });
    expect((await gateway.call('GET', '/payment/PAYMENT-1')).status).toBe(404);
    await gateway.useCard('pay');
    expect((await gateway.call('GET', '/payment/PAYMENT-1')).status).toBe(200);
  });

  it('that is unknown is answered with the envelope of an error, and the status that the setting says', async () => {
    const gateway = await startGateway();
    const paths = ['/payment/NONE', '/payment/NONE/transaction/1'];
    for (const path of paths) {
      expect(await gateway.call('GET', path)).toMatchObject({ status: 404, body: { success: false } });
    }
    await gateway.control('PUT', '/settings', { missingPayment: 400 });
    for (const path of paths) expect((await gateway.call('GET', path)).status).toBe(400);
  });

  it('of one merchant is never another’s', async () => {
    const gateway = await startGateway({ otherMerchants: [{ merchantId: 'SECOND', apiKey: 'sk_test_2' }] });
    await gateway.useCard('pay');
    const second = (path: string) =>
      fetch(`${gateway.url}/payments/n1/merchant/SECOND${path}`, {
        headers: { authorization: 'Bearer sk_test_2' },
      });
    expect((await second('/payment/PAYMENT-1')).status).toBe(404);
    expect(await (await second('/transactions')).json()).toMatchObject({ data: [], total: 0 });
  });
});

describe('the sandbox', () => {
  it('is purged of payments and sessions, and keeps the ledger', async () => {
    const gateway = await startGateway();
    await gateway.useCard('pay');
    const id = await gateway.openPayment();
    expect(await gateway.call('POST', '/purge')).toMatchObject({ status: 200, body: { success: true } });
    expect((await gateway.call('GET', '/payment/PAYMENT-1')).status).toBe(404);
    expect((await gateway.call('GET', `/session/${id}`)).status).toBe(404);
    expect(await gateway.charges()).toHaveLength(1);
  });

  it('is all that can be purged: a live key is refused', async () => {
    const gateway = await startGateway({ apiKey: 'sk_live_1', allowLiveKey: true });
    await gateway.useCard('pay');
    expect((await gateway.call('POST', '/purge')).status).toBe(403);
    expect((await gateway.call('GET', '/payment/PAYMENT-1')).status).toBe(200);
  });

  it('tells that it is operating to whoever asks', async () => {
    const gateway = await startGateway();
    const status = await fetch(`${gateway.url}/payments/n1/status`);
    expect(await status.json()).toEqual({
      version: expect.any(String),
      status: 'OPERATING',
      cardPresent: 'OPERATING',
      cardNotPresent: 'OPERATING',
    });
  });
});
