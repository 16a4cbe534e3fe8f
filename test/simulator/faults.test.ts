// The simulator's faults, over real sockets: for each, what the client sees, and whether anything was done.
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { dataOf, GOOD_CARD, ORDER, startGateway, type Answer, type GatewayClient } from './gateway-client.ts';

const DAY_MS = 24 * 60 * 60_000;

/** What came of a call: its answer, or that the connection broke. */
async function outcome(call: Promise<Answer>): Promise<Answer | 'broken'> {
  return call.catch(() => 'broken' as const);
}

async function withFault(fault: object): Promise<{ gateway: GatewayClient; sessionId: string }> {
  const gateway = await startGateway();
  const sessionId = await gateway.openWithCard();
  const told = await gateway.control('POST', '/faults', { operation: 'pay', ...fault });
  expect(told.status).toBe(201);
  return { gateway, sessionId };
}

async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not happen within two seconds');
}

async function paysOnTheWire(gateway: GatewayClient): Promise<number> {
  const { body } = await gateway.control('GET', '/requests');
  return (body as { path: string }[]).filter(({ path }) => path.endsWith('/pay')).length;
}

describe('faults of pay', () => {
  it('dropBefore cuts the socket and does nothing: the session can still be paid', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'dropBefore' });
    expect(await outcome(gateway.pay(sessionId))).toBe('broken');
    expect(await gateway.charges()).toEqual([]);
    expect(await paysOnTheWire(gateway)).toBe(1);
    expect((await gateway.pay(sessionId)).status).toBe(200);
  });

  it('dropAfter cuts the socket when the money has moved', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'dropAfter' });
    expect(await outcome(gateway.pay(sessionId))).toBe('broken');
    expect(await gateway.charges()).toHaveLength(1);
    expect(dataOf(await gateway.call('GET', `/session/${sessionId}`))).toMatchObject({ status: 'CAPTURED' });
  });

  it('truncate sends half of the JSON and cuts, when the money has moved', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'truncate' });
    const bytes = await rawPay(gateway, sessionId);
    const [head = '', body = ''] = bytes.split('\r\n\r\n');
    const promised = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    expect(head).toContain('200 OK');
    expect(body).toHaveLength(Math.floor(promised / 2));
    expect(() => JSON.parse(body) as unknown).toThrow();
    expect(await gateway.charges()).toHaveLength(1);
  });

  it.each([
    [500, { success: false, message: 'Down' }],
    [503, '<html>Bad gateway</html>'],
    [409, {}],
  ])('status %i answers as told and does nothing', async (status, body) => {
    const { gateway, sessionId } = await withFault({ fault: 'status', status, body });
    expect(await gateway.pay(sessionId)).toEqual({ status, body });
    expect(await gateway.charges()).toEqual([]);
    expect((await gateway.pay(sessionId)).status).toBe(200);
  });

  it('status without a body answers an empty one', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'status', status: 502 });
    expect(await gateway.pay(sessionId)).toEqual({ status: 502, body: '' });
  });

  it('delay does it, and answers, when its time has come and not before', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'delay', ms: DAY_MS });
    const answer = gateway.pay(sessionId);
    await eventually(async () => (await paysOnTheWire(gateway)) === 1);
    await gateway.control('POST', '/clock', { advanceMs: DAY_MS - 60_000 });
    expect(await gateway.charges()).toEqual([]);
    await gateway.control('PUT', '/settings', { sessionLifetimeMs: 2 * DAY_MS });
    await gateway.control('POST', '/clock', { advanceMs: 60_000 });
    expect(await gateway.charges()).toHaveLength(1);
    expect((await answer).status).toBe(200);
  });

  it('delay charges even when the client has left', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'delay', ms: 60_000 });
    await leaveDuringPay(gateway, sessionId);
    await gateway.control('POST', '/clock', { advanceMs: 60_000 });
    expect(await gateway.charges()).toHaveLength(1);
  });

  it.each([
    ['and does nothing', {}, 0],
    ['and charges when told so', { charge: true }, 1],
  ])('hang never answers %s', async (_, detail, count) => {
    const { gateway, sessionId } = await withFault({ fault: 'hang', ...detail });
    await leaveDuringPay(gateway, sessionId);
    await gateway.control('POST', '/clock', { advanceMs: DAY_MS });
    expect(await gateway.charges()).toHaveLength(count);
  });

  it('hang keeps the connection open until the simulator closes', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'hang' });
    let ended = false;
    const answer = outcome(gateway.pay(sessionId)).finally(() => (ended = true));
    await eventually(async () => (await paysOnTheWire(gateway)) === 1);
    expect(ended).toBe(false);
    await gateway.close();
    expect(await answer).toBe('broken');
  });

  it.each([
    ['SUCCESS', 'CAPTURED', 'SUCCESS', 1],
    ['DECLINED', 'FAILED', 'FAILURE', 0],
    ['FAILURE', 'FAILED', 'FAILURE', 0],
    ['UNKNOWN', 'FAILED', 'UNKNOWN', 0],
    ['ERROR', 'FAILED', 'ERROR', 0],
  ])('pendingThen %s answers PENDING, and later the session is %s', async (told, status, result, count) => {
    const { gateway, sessionId } = await withFault({ fault: 'pendingThen', ms: 60_000, result: told });
    expect(dataOf(await gateway.pay(sessionId))).toMatchObject({
      result: 'PENDING',
      order: { status: 'PENDING' },
    });
    expect(dataOf(await gateway.call('GET', `/session/${sessionId}`))).toMatchObject({
      status: 'PENDING',
      result: 'PENDING',
    });
    expect(await gateway.charges()).toEqual([]);
    await gateway.control('POST', '/clock', { advanceMs: 60_000 });
    expect(dataOf(await gateway.call('GET', `/session/${sessionId}`))).toMatchObject({ status, result });
    expect(await gateway.charges()).toHaveLength(count);
  });

  it('lateCommit cuts the socket; the charge appears after its time, even when the order was paid meanwhile', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'lateCommit', ms: 60_000 });
    expect(await outcome(gateway.pay(sessionId))).toBe('broken');
    expect(dataOf(await gateway.call('GET', `/session/${sessionId}`))).toMatchObject({ status: 'CREATED' });
    expect((await gateway.pay(sessionId)).status).toBe(400);
    await gateway.pay(await gateway.openWithCard());
    expect(await gateway.charges()).toHaveLength(1);
    await gateway.control('POST', '/clock', { advanceMs: 60_000 });
    expect(dataOf(await gateway.call('GET', `/session/${sessionId}`))).toMatchObject({ status: 'CAPTURED' });
    expect(await gateway.charges()).toHaveLength(2);
  });

  it('lateCommit lets the card decide', async () => {
    const { gateway } = await withFault({ fault: 'lateCommit', ms: 5 });
    const id = await gateway.openWithCard(ORDER, { ...GOOD_CARD, number: '4000000000000002' });
    await outcome(gateway.pay(id));
    await eventually(async () => dataOf(await gateway.call('GET', `/session/${id}`)).status === 'FAILED');
    expect(await gateway.charges()).toEqual([]);
  });
});

describe('faults of the other calls', () => {
  it('hit the operation they name, as often as told, in the order they were asked for', async () => {
    const gateway = await startGateway();
    await gateway.control('POST', '/faults', {
      operation: 'getSession',
      fault: 'status',
      status: 500,
      times: 2,
    });
    await gateway.control('POST', '/faults', { operation: 'getSession', fault: 'dropBefore' });
    const id = await gateway.open();
    const statuses = [];
    for (let i = 0; i < 4; i += 1) {
      const answer = await outcome(gateway.call('GET', `/session/${id}`));
      statuses.push(answer === 'broken' ? answer : answer.status);
    }
    expect(statuses).toEqual([500, 500, 'broken', 200]);
  });

  it.each(['createSession', 'updateSession'])('dropAfter lets %s have its effect', async (operation) => {
    const gateway = await startGateway();
    const id = await gateway.open();
    await gateway.control('POST', '/faults', { operation, fault: 'dropAfter' });
    const body = { operation: 'PAY', order: { ...ORDER, amount: 5 } };
    const [method, path] = operation === 'createSession' ? ['POST', '/session'] : ['PUT', `/session/${id}`];
    expect(await outcome(gateway.call(method, path, body))).toBe('broken');
    const { order } = dataOf(await gateway.call('GET', `/session/${id}`));
    expect(order).toMatchObject({ amount: operation === 'updateSession' ? 5 : ORDER.amount });
  });

  it('do not touch a call that carries no key', async () => {
    const gateway = await startGateway();
    await gateway.control('POST', '/faults', { operation: 'createSession', fault: 'status', status: 500 });
    const body = { operation: 'PAY', order: ORDER };
    expect((await gateway.call('POST', '/session', body, { authorization: '' })).status).toBe(401);
    expect((await gateway.call('POST', '/session', body)).status).toBe(500);
  });

  it.each(['request_timeout', 'system_error'])(
    'the hosted fields report %s, and the card stays outside',
    async (formStatus) => {
      const gateway = await startGateway();
      const id = await gateway.open();
      await gateway.control('POST', '/faults', { operation: 'formUpdate', fault: 'formUpdate', formStatus });
      const answer = await gateway.control('POST', `/sessions/${id}/card`, GOOD_CARD);
      expect(answer).toMatchObject({ status: 503, body: { status: formStatus } });
      expect((await gateway.pay(id)).status).toBe(400);
      expect((await gateway.control('POST', `/sessions/${id}/card`, GOOD_CARD)).status).toBe(200);
    },
  );

  it('the script is not served', async () => {
    const gateway = await startGateway();
    await gateway.control('POST', '/faults', {
      operation: 'script',
      fault: 'status',
      status: 503,
      body: 'Down',
    });
    const script = `${gateway.url}/form/version/100/merchant/TEST${gateway.merchantId}/session.js`;
    const first = await fetch(script);
    expect([first.status, await first.text()]).toEqual([503, 'Down']);
    expect((await fetch(script)).status).not.toBe(503);
  });

  it('are forgotten when told so', async () => {
    const { gateway, sessionId } = await withFault({ fault: 'dropBefore', times: 9 });
    expect((await gateway.control('DELETE', '/faults')).status).toBe(204);
    expect((await gateway.pay(sessionId)).status).toBe(200);
  });
});

describe('asking for a fault that does not exist', () => {
  it.each([
    ['an unknown operation', { operation: 'fly', fault: 'dropBefore' }, 'operation'],
    ['an unknown kind', { operation: 'pay', fault: 'explode' }, 'fault'],
    ['an unknown field', { operation: 'pay', fault: 'dropBefore', speed: 1 }, 'speed'],
    ['a delay without its time', { operation: 'pay', fault: 'delay' }, 'ms'],
    ['a status out of range', { operation: 'pay', fault: 'status', status: 42 }, 'status'],
    ['no times', { operation: 'pay', fault: 'dropBefore', times: 0 }, 'times'],
    ['a pending read', { operation: 'getSession', fault: 'pendingThen', ms: 1 }, 'operation'],
    ['an unknown result', { operation: 'pay', fault: 'pendingThen', ms: 1, result: 'MAYBE' }, 'result'],
    ['an unknown form status', { fault: 'formUpdate', formStatus: 'ok' }, 'formStatus'],
  ])('answers 400 naming %s', async (_, fault, named) => {
    const gateway = await startGateway();
    const { status, body } = await gateway.control('POST', '/faults', fault);
    expect(status).toBe(400);
    expect((body as { message: string }).message).toContain(named);
  });
});

function payBytes(gateway: GatewayClient, sessionId: string): string {
  const body = JSON.stringify({ session: { id: sessionId } });
  return [
    `POST /payments/n1/merchant/${gateway.merchantId}/order/${ORDER.id}/pay HTTP/1.1`,
    `Host: ${new URL(gateway.url).host}`,
    `Authorization: Bearer ${gateway.apiKey}`,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** Everything the simulator writes before it closes the connection. */
function rawPay(gateway: GatewayClient, sessionId: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.write(payBytes(gateway, sessionId));
  });
}

/** Sends a pay and hangs up as soon as the simulator has read it. */
async function leaveDuringPay(gateway: GatewayClient, sessionId: string): Promise<void> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(payBytes(gateway, sessionId));
  await eventually(async () => (await paysOnTheWire(gateway)) === 1);
  socket.destroy();
}
