// Faults of the simulator's payment dialect, over real sockets: for each, what the client sees and what was done.
import { describe, expect, it } from '@jest/globals';
import { dataOf, PAYMENT, startGateway, type Answer, type GatewayClient } from './gateway-client.ts';

const MINUTE_MS = 60_000;

/** Each operation with what it needs before it can be done, and the status that it leaves. */
const OPERATIONS = [
  ['pay', [], 'CAPTURED'],
  ['authorize', [], 'AUTHORIZED'],
  ['verify', [], 'VERIFIED'],
  ['capture', ['authorize'], 'CAPTURED'],
  ['refund', ['pay'], 'REFUNDED'],
  ['void', ['authorize'], 'CANCELLED'],
] as const;

type Name = (typeof OPERATIONS)[number][0];

async function ready(operation: Name, before: readonly ('pay' | 'authorize')[], fault: object) {
  const gateway = await startGateway();
  for (const one of before) await gateway.useCard(one);
  const session = before.length === 0 ? { session: { id: await gateway.openPayment() } } : {};
  expect((await gateway.control('POST', '/faults', { operation, ...fault })).status).toBe(201);
  const { status } = await gateway.payment();
  return { gateway, status, call: () => outcome(gateway.operate(operation, session)) };
}

async function outcome(call: Promise<Answer>): Promise<Answer | 'broken'> {
  return call.catch(() => 'broken' as const);
}

async function resultOf(gateway: GatewayClient) {
  const { transactions } = (await gateway.payment()) as { transactions: { result: string }[] };
  return transactions.at(-1)?.result;
}

describe.each(OPERATIONS)('%s', (operation, before, done) => {
  it('is not done by dropBefore, and can be done then', async () => {
    const { gateway, status, call } = await ready(operation, before, { fault: 'dropBefore' });
    expect(await call()).toBe('broken');
    expect(await gateway.payment()).toMatchObject({ status });
    expect(await call()).toMatchObject({ status: 200 });
  });

  it('is not done by status', async () => {
    const fault = { fault: 'status', status: 503, body: '<p>Away</p>' };
    const { gateway, status, call } = await ready(operation, before, fault);
    expect(await call()).toEqual({ status: 503, body: '<p>Away</p>' });
    expect(await gateway.payment()).toMatchObject({ status });
  });

  it.each([{ fault: 'dropAfter' }, { fault: 'truncate' }])('is done by $fault', async (fault) => {
    const { gateway, call } = await ready(operation, before, fault);
    expect(await call()).toBe('broken');
    expect(await gateway.payment()).toMatchObject({ status: done });
  });

  it('comes late by lateCommit: nothing to be seen, then done', async () => {
    const { gateway, status, call } = await ready(operation, before, { fault: 'lateCommit', ms: MINUTE_MS });
    expect(await call()).toBe('broken');
    expect(await gateway.payment()).toMatchObject({ status });
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect(await gateway.payment()).toMatchObject({ status: done });
  });

  it('is pending by pendingThen, and then as it says', async () => {
    const fault = { fault: 'pendingThen', ms: MINUTE_MS };
    const { gateway, call } = await ready(operation, before, fault);
    const answer = await call();
    const status = { capture: 'CAPTURE_PENDING', refund: 'REFUND_PENDING' }[operation as string] ?? 'PENDING';
    expect(answer).toMatchObject({ status: 200, body: { data: { result: 'PENDING', payment: { status } } } });
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect(await gateway.payment()).toMatchObject({ status: done });
    expect(await resultOf(gateway)).toBe('SUCCESS');
  });

  it('may fail after it was pending: then nothing was done', async () => {
    const fault = { fault: 'pendingThen', ms: MINUTE_MS, result: 'FAILURE' };
    const { gateway, status, call } = await ready(operation, before, fault);
    await call();
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect(await gateway.payment()).toMatchObject({ status: status ?? 'FAILED' });
    expect(await resultOf(gateway)).toBe('FAILURE');
  });
});

describe('what may still come', () => {
  it.each(['pendingThen', 'lateCommit'])('holds its part of a refund by %s', async (fault) => {
    const { gateway } = await ready('refund', ['pay'], { fault, ms: MINUTE_MS });
    await outcome(gateway.operate('refund', { amount: 99 }));
    expect(await gateway.operate('refund', { amount: 1 })).toMatchObject({
      status: 400,
      body: { errors: { amount: [expect.stringContaining('0.99 is left')] } },
    });
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect(await gateway.payment()).toMatchObject({ refundedAmount: 99 });
  });

  it('holds its part of a capture, and its capture from being voided or refunded', async () => {
    const { gateway } = await ready('capture', ['authorize'], { fault: 'lateCommit', ms: MINUTE_MS });
    await outcome(gateway.operate('capture', { amount: 60 }));
    expect((await gateway.operate('capture', { amount: 40 })).status).toBe(400);
    expect((await gateway.operate('void')).status).toBe(400);
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    await gateway.control('POST', '/faults', { operation: 'void', fault: 'lateCommit', ms: MINUTE_MS });
    await outcome(gateway.operate('void'));
    expect((await gateway.operate('void')).status).toBe(400);
    expect((await gateway.operate('refund')).status).toBe(400);
  });

  it('frees its part when it fails', async () => {
    const fault = { fault: 'pendingThen', ms: MINUTE_MS, result: 'DECLINED' };
    const { gateway } = await ready('refund', ['pay'], fault);
    await gateway.operate('refund');
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect(dataOf(await gateway.operate('refund'))).toMatchObject({ amount: 99.99 });
  });

  it('does not come to a payment that was deleted meanwhile', async () => {
    const { gateway, call } = await ready('pay', [], { fault: 'lateCommit', ms: MINUTE_MS });
    await call();
    await gateway.call('DELETE', `/payment/${PAYMENT.id}`);
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect(await gateway.charges()).toEqual([]);
  });

  it('does not come to a merchant that was purged', async () => {
    const { gateway, call } = await ready('pay', [], { fault: 'lateCommit', ms: MINUTE_MS });
    await call();
    await gateway.call('POST', '/purge');
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect(await gateway.charges()).toEqual([]);
  });
});

describe('duplicate', () => {
  it('charges twice and answers one of the two, which a read shows', async () => {
    const { gateway, call } = await ready('pay', [], { fault: 'duplicate' });
    const answer = await call();
    expect(await gateway.payment()).toMatchObject({
      status: 'CAPTURED',
      capturedAmount: 199.98,
      transactions: [{ operation: 'PAY' }, dataOf(answer as Answer)],
    });
    expect(await gateway.charges()).toMatchObject([{ amount: '99.99' }, { amount: '99.99' }]);
    await gateway.operate('void');
    expect(await gateway.payment()).toMatchObject({ status: 'CAPTURED', capturedAmount: 99.99 });
  });

  it('charges twice in the order dialect too', async () => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    await gateway.control('POST', '/faults', { operation: 'pay', fault: 'duplicate' });
    expect((await gateway.pay(id)).status).toBe(200);
    expect(await gateway.charges()).toHaveLength(2);
  });
});

describe('reads', () => {
  it.each([
    ['getPayment', `/payment/${PAYMENT.id}`],
    ['listPayments', '/payments'],
    ['listTransactions', '/transactions'],
    ['getTransaction', `/payment/${PAYMENT.id}/transaction/1`],
    ['getStatus', '/../../status'],
    ['getSession', '/session/1'],
  ])('%s suffers a fault of its own', async (operation, path) => {
    const gateway = await startGateway();
    await gateway.control('POST', '/faults', { operation, fault: 'status', status: 429, body: {} });
    expect(await gateway.call('GET', path)).toEqual({ status: 429, body: {} });
    expect((await gateway.call('GET', path)).status).not.toBe(429);
  });
});
