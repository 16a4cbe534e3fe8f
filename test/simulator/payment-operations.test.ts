// Capture, refund, void and settlement in the simulator's payment dialect, over real sockets: what each may do, and what it adds up to.
import { describe, expect, it } from '@jest/globals';
import { dataOf, PAYMENT, startGateway, type GatewayClient } from './gateway-client.ts';

const DAY_MS = 24 * 60 * 60_000;

async function authorized(settings = {}): Promise<GatewayClient> {
  const gateway = await startGateway({ settings });
  await gateway.useCard('authorize');
  return gateway;
}

async function paid(settings = {}): Promise<GatewayClient> {
  const gateway = await startGateway({ settings });
  await gateway.useCard('pay');
  return gateway;
}

async function refused(gateway: GatewayClient, operation: string, body: object, field: string, why: RegExp) {
  const before = await gateway.payment();
  const answer = await gateway.operate(operation, body);
  expect(answer).toMatchObject({ status: 400, body: { success: false } });
  expect(answer.body).toHaveProperty(['errors', field], [expect.stringMatching(why)]);
  expect(await gateway.payment()).toEqual(before);
}

async function idOf(gateway: GatewayClient, operation: string, body = {}): Promise<string> {
  return dataOf<{ id: string }>(await gateway.operate(operation, body)).id;
}

const ledger = async (gateway: GatewayClient) =>
  (await gateway.charges()).map((charge) => {
    const { operation, amount } = charge as { operation: string; amount: string };
    return `${operation} ${amount}`;
  });

describe('capture', () => {
  it('takes all that was authorized when no amount is named, and names its authorization', async () => {
    const gateway = await authorized();
    const { transactions } = (await gateway.payment()) as { transactions: [{ id: string }] };
    const data = dataOf(await gateway.operate('capture'));
    expect(data).toMatchObject({
      operation: 'CAPTURE',
      type: 'CAPTURE',
      result: 'SUCCESS',
      amount: 99.99,
      requestedAmount: 99.99,
      targetTransactionId: transactions[0].id,
      payment: { status: 'CAPTURED', capturedAmount: 99.99, remainingBalance: 0 },
    });
    expect(await ledger(gateway)).toEqual(['CAPTURE 99.99']);
  });

  it('may take parts, one after the other, up to what was authorized and no cent more', async () => {
    const gateway = await authorized();
    await gateway.operate('capture', { amount: 60, currency: 'USD' }, 'POST');
    expect(await gateway.payment()).toMatchObject({
      status: 'PARTIALLY_CAPTURED',
      capturedAmount: 60,
      remainingBalance: 39.99,
    });
    await refused(gateway, 'capture', { amount: 40 }, 'amount', /39\.99 is left/);
    await gateway.operate('capture');
    expect(await gateway.payment()).toMatchObject({ status: 'CAPTURED', capturedAmount: 99.99 });
    await refused(gateway, 'capture', {}, 'amount', /nothing is left/);
    expect(await ledger(gateway)).toEqual(['CAPTURE 60.00', 'CAPTURE 39.99']);
  });

  it('needs an authorization: a payment that was paid, declined or never begun has none', async () => {
    await refused(await paid(), 'capture', {}, 'payment', /no authorization/);
    const begun = await startGateway();
    await begun.openPayment();
    await refused(begun, 'capture', {}, 'payment', /no authorization/);
    expect(await begun.call('PUT', '/payment/NONE/capture', {})).toMatchObject({ status: 404 });
  });

  it.each([
    ['another currency', { currency: 'EUR' }, 'currency', /USD/],
    ['an amount of zero', { amount: 0 }, 'amount', /above zero/],
    ['a third of a cent', { amount: 0.333 }, 'amount', /expressible/],
  ])('is refused with %s', async (_, body, field, why) => {
    await refused(await authorized(), 'capture', body, field, why);
  });
});

describe('refund', () => {
  it('gives all that is left back when no amount is named', async () => {
    const gateway = await paid();
    const data = dataOf(await gateway.operate('refund', { amount: 30 }));
    expect(data).toMatchObject({
      operation: 'REFUND',
      type: 'REFUND',
      amount: 30,
      payment: { status: 'PARTIALLY_REFUNDED', refundedAmount: 30, refundableAmount: 69.99 },
    });
    expect(dataOf(await gateway.operate('refund'))).toMatchObject({
      amount: 69.99,
      payment: { status: 'REFUNDED', refundedAmount: 99.99, refundableAmount: 0, capturedAmount: 99.99 },
    });
    expect(await ledger(gateway)).toEqual(['PAY 99.99', 'REFUND 30.00', 'REFUND 69.99']);
  });

  it('never gives back more than was captured, however it is split', async () => {
    const gateway = await paid();
    await refused(gateway, 'refund', { amount: 100 }, 'amount', /99\.99 is left/);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => gateway.operate('refund', { amount: 9.99 })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(await gateway.payment()).toMatchObject({ refundedAmount: 99.9, refundableAmount: 0.09 });
    await refused(gateway, 'refund', { amount: 0.1 }, 'amount', /0\.09 is left/);
  });

  it('goes to the capture that it names, as far as that one reaches', async () => {
    const gateway = await authorized();
    const first = await idOf(gateway, 'capture', { amount: 60 });
    const second = await idOf(gateway, 'capture');
    await refused(gateway, 'refund', { amount: 50, targetTransactionId: second }, 'amount', /39\.99 is left/);
    await gateway.operate('refund', { amount: 50, targetTransactionId: first });
    await refused(gateway, 'refund', { amount: 11, targetTransactionId: first }, 'amount', /10\.00 is left/);
    expect(await gateway.payment()).toMatchObject({
      status: 'PARTIALLY_REFUNDED',
      transactions: [{}, { id: first, refundedAmount: 50 }, { id: second, refundedAmount: 0 }, {}],
    });
    expect(dataOf(await gateway.operate('refund'))).toMatchObject({ amount: 49.99 });
  });

  it('leaves a capture no more than the whole payment has left', async () => {
    const gateway = await authorized();
    const first = await idOf(gateway, 'capture', { amount: 60 });
    await gateway.operate('capture');
    await gateway.operate('refund', { amount: 90 });
    await refused(gateway, 'refund', { amount: 10, targetTransactionId: first }, 'amount', /9\.99 is left/);
  });

  it('needs something captured, and a target that is a capture of this payment', async () => {
    await refused(await authorized(), 'refund', {}, 'payment', /nothing captured/);
    const gateway = await paid();
    await refused(gateway, 'refund', { targetTransactionId: 'other' }, 'targetTransactionId', /is not one/);
    await refused(
      gateway,
      'refund',
      { targetTransactionId: 'x'.repeat(41) },
      'targetTransactionId',
      /40 characters/,
    );
  });

  it('still works after settlement', async () => {
    const gateway = await paid({ settlementDelayMs: 0 });
    expect((await gateway.operate('refund', { amount: 1 })).status).toBe(200);
  });
});

describe('void', () => {
  it('cancels an authorization, which moves no money and can then not be captured', async () => {
    const gateway = await authorized();
    expect(dataOf(await gateway.operate('void', undefined))).toMatchObject({
      operation: 'VOID',
      type: 'VOID_AUTHORIZATION',
      amount: 99.99,
      payment: { status: 'CANCELLED', capturedAmount: 0 },
    });
    await refused(gateway, 'capture', {}, 'payment', /no authorization/);
    await refused(gateway, 'void', {}, 'payment', /nothing that can be voided/);
    expect(await ledger(gateway)).toEqual([]);
  });

  it('takes no body at all', async () => {
    const gateway = await authorized();
    expect((await gateway.call('POST', '/payment/PAYMENT-1/void')).status).toBe(200);
  });

  it('cancels a payment that is not settled yet, and the money is back', async () => {
    const gateway = await paid();
    expect(dataOf(await gateway.operate('void'))).toMatchObject({
      type: 'VOID_CAPTURE',
      amount: 99.99,
      payment: { status: 'CANCELLED', capturedAmount: 0, refundableAmount: 0 },
    });
    expect(await ledger(gateway)).toEqual(['PAY 99.99', 'VOID 99.99']);
    await refused(gateway, 'refund', {}, 'payment', /nothing captured/);
    expect(await gateway.useCard('pay')).toMatchObject({ status: 400 });
  });

  it('is refused for a settled payment, with the advice to refund', async () => {
    const gateway = await paid();
    await gateway.control('POST', '/clock', { advanceMs: DAY_MS });
    await refused(gateway, 'void', {}, 'targetTransactionId', /refund it instead/);
  });

  it('is refused for what was refunded in part, and for an authorization that was captured', async () => {
    const gateway = await paid();
    await gateway.operate('refund', { amount: 1 });
    await refused(gateway, 'void', {}, 'targetTransactionId', /has been refunded/);
    const other = await authorized();
    const { transactions } = (await other.payment()) as { transactions: [{ id: string }] };
    await other.operate('capture', { amount: 1 });
    const target = { targetTransactionId: transactions[0].id };
    await refused(other, 'void', target, 'targetTransactionId', /void the capture/);
  });

  it('takes the last capture when none is named; the others stand until they are voided too', async () => {
    const gateway = await authorized();
    const first = await idOf(gateway, 'capture', { amount: 60 });
    await gateway.operate('capture', { amount: 10 });
    await gateway.operate('void');
    expect(await gateway.payment()).toMatchObject({ status: 'PARTIALLY_CAPTURED', capturedAmount: 60 });
    await gateway.operate('void', { targetTransactionId: first });
    expect(await gateway.payment()).toMatchObject({ status: 'CANCELLED', capturedAmount: 0 });
    await refused(gateway, 'capture', {}, 'payment', /no authorization/);
  });

  it('gives what was captured back to the authorization while another capture stands', async () => {
    const gateway = await authorized();
    await gateway.operate('capture', { amount: 60 });
    await gateway.operate('capture', { amount: 39.99 });
    await gateway.operate('void');
    expect(dataOf(await gateway.operate('capture'))).toMatchObject({ amount: 39.99 });
  });

  it('undoes one of two charges when it names it', async () => {
    const gateway = await paid({ payAfterCapture: true });
    await gateway.useCard('pay');
    const { transactions } = (await gateway.payment()) as { transactions: [{ id: string }, { id: string }] };
    await gateway.operate('void', { targetTransactionId: transactions[0].id });
    expect(await gateway.payment()).toMatchObject({ status: 'CAPTURED', capturedAmount: 99.99 });
    await refused(gateway, 'refund', { amount: 100 }, 'amount', /99\.99 is left/);
  });
});

describe('settlement', () => {
  it('comes a day after the money moved', async () => {
    const gateway = await paid();
    await gateway.control('POST', '/clock', { advanceMs: DAY_MS - 60_000 });
    expect(await gateway.payment()).toMatchObject({
      status: 'CAPTURED',
      transactions: [{ settlementStatus: 'PENDING' }],
    });
    await gateway.control('POST', '/clock', { advanceMs: 60_000 });
    expect(await gateway.payment()).toMatchObject({
      status: 'SETTLED',
      transactions: [{ settlementStatus: 'SETTLED' }],
    });
  });

  it('comes at once when the setting says so', async () => {
    const gateway = await startGateway({ settings: { settlementDelayMs: 0 } });
    expect(dataOf(await gateway.useCard('pay'))).toMatchObject({
      settlementStatus: 'SETTLED',
      payment: { status: 'SETTLED' },
    });
  });

  it('is not for authorizations, verifications and declines', async () => {
    const gateway = await authorized({ settlementDelayMs: 0 });
    expect(await gateway.payment()).toMatchObject({
      status: 'AUTHORIZED',
      transactions: [{ settlementStatus: null, availableBalance: { amount: 99.99, currency: 'USD' } }],
    });
  });
});

describe('in other currencies', () => {
  it.each([
    ['JPY', 1500, 1499, 1, '1500', '1'],
    ['KWD', 1.234, 1.233, 0.001, '1.234', '0.001'],
  ])('%s is counted to its last digit', async (currency, amount, part, rest, all, left) => {
    const gateway = await startGateway();
    await gateway.useCard('pay', { ...PAYMENT, amount, currency } as typeof PAYMENT);
    await gateway.operate('refund', { amount: part });
    await gateway.operate('refund');
    expect(await gateway.charges()).toMatchObject([{ amount: all }, {}, { amount: left }]);
    expect(await gateway.payment()).toMatchObject({
      refundedAmount: amount,
      transactions: [{}, {}, { amount: rest }],
    });
  });
});
