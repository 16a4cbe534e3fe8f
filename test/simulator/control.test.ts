// The simulator's control routes: cards, ledger, requests, settings, state and clock.
import { describe, expect, it } from '@jest/globals';
import { dataOf, GOOD_CARD, ORDER, startGateway } from './gateway-client.ts';

const MINUTE_MS = 60_000;

describe('the control routes', () => {
  it.each([
    ['POST', '/sessions/x/card'],
    ['GET', '/charges'],
    ['GET', '/requests'],
    ['POST', '/faults'],
    ['DELETE', '/faults'],
    ['PUT', '/settings'],
    ['DELETE', '/state'],
    ['POST', '/clock'],
  ])('%s %s refuses a request that carries Origin', async (method, path) => {
    const gateway = await startGateway();
    const own = { origin: gateway.url };
    expect((await gateway.control(method, path, undefined, own)).status).toBe(403);
  });

  it('listen on the loopback interface only', async () => {
    const gateway = await startGateway();
    expect(new URL(gateway.url).hostname).toBe('127.0.0.1');
  });

  it('refuse a body that is not JSON and one over 64 KB', async () => {
    const gateway = await startGateway();
    expect((await gateway.control('PUT', '/settings', '{')).status).toBe(400);
    expect((await gateway.control('PUT', '/settings', 'x'.repeat(65_537))).status).toBe(413);
  });
});

describe('putting a card into a session', () => {
  it('validates it as the hosted fields do, and answers the masked card', async () => {
    const gateway = await startGateway();
    const id = await gateway.open();
    const wrong = { ...GOOD_CARD, number: '5123450000000007', expiryYear: '' };
    expect(await gateway.control('POST', `/sessions/${id}/card`, wrong)).toEqual({
      status: 400,
      body: { status: 'fields_in_error', errors: { cardNumber: 'invalid', expiryYear: 'missing' } },
    });
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({ updateStatus: 'NO_UPDATE' });
    expect(await gateway.control('POST', `/sessions/${id}/card`, GOOD_CARD)).toMatchObject({
      status: 200,
      body: { status: 'ok', session: { id, updateStatus: 'SUCCESS' }, card: { number: '512345xxxxxx0008' } },
    });
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({ updateStatus: 'SUCCESS' });
  });

  it('refuses unknown fields, unknown sessions, and a session updated as often as it may be', async () => {
    const gateway = await startGateway();
    const id = await gateway.open();
    expect((await gateway.control('POST', `/sessions/${id}/card`, { ...GOOD_CARD, pin: '1' })).status).toBe(
      400,
    );
    expect((await gateway.control('POST', '/sessions/unknown/card', GOOD_CARD)).status).toBe(404);
    for (let tries = 0; tries < 25; tries += 1) {
      expect((await gateway.control('POST', `/sessions/${id}/card`, GOOD_CARD)).status).toBe(200);
    }
    expect(await gateway.control('POST', `/sessions/${id}/card`, GOOD_CARD)).toMatchObject({
      status: 409,
      body: { status: 'system_error' },
    });
  });
});

describe('the request log', () => {
  it('has the API requests in order, without query, with their bodies', async () => {
    const gateway = await startGateway();
    const id = await gateway.open();
    await gateway.control('POST', `/sessions/${id}/card`, GOOD_CARD);
    await gateway.call('GET', `/session/${id}?secret=1`);
    await gateway.pay(id);
    const base = `/payments/n1/merchant/${gateway.merchantId}`;
    const at = expect.stringMatching(/^\d{4}-.*Z$/);
    expect((await gateway.control('GET', '/requests')).body).toEqual([
      { method: 'POST', path: `${base}/session`, body: { operation: 'PAY', order: ORDER }, at },
      { method: 'GET', path: `${base}/session/${id}`, body: null, at },
      { method: 'POST', path: `${base}/order/${ORDER.id}/pay`, body: { session: { id } }, at },
    ]);
  });

  it('has a request that was refused, without its key', async () => {
    const gateway = await startGateway();
    await gateway.call('POST', '/session', {}, { authorization: 'Bearer sk_test_secret' });
    const { body } = await gateway.control('GET', '/requests');
    expect(body).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain('sk_test');
  });
});

describe('the settings', () => {
  it('answer 400 naming what does not exist or cannot be, and then change nothing', async () => {
    const gateway = await startGateway();
    const { status, body } = await gateway.control('PUT', '/settings', {
      mirrorRoot: false,
      declineStatus: 201,
      colour: 'red',
    });
    expect(status).toBe(400);
    expect((body as { message: string }).message).toMatch(/colour[^]*declineStatus/);
    expect((await gateway.control('GET', '/settings')).body).toMatchObject({
      mirrorRoot: true,
      declineStatus: 200,
    });
  });

  it('stay when the state is forgotten, as keys do', async () => {
    const gateway = await startGateway();
    await gateway.control('PUT', '/settings', { errorsShape: 'array' });
    const id = await gateway.openWithCard();
    await gateway.pay(id);
    expect((await gateway.control('DELETE', '/state')).status).toBe(204);
    expect((await gateway.call('GET', `/session/${id}`)).status).toBe(404);
    expect(await gateway.charges()).toEqual([]);
    expect((await gateway.control('GET', '/requests')).body).toHaveLength(1);
    expect((await gateway.control('GET', '/settings')).body).toMatchObject({ errorsShape: 'array' });
    expect((await gateway.pay(await gateway.openWithCard())).status).toBe(200);
  });
});

describe('forgetting the state', () => {
  it('forgets the charges that were still to come', async () => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    await gateway.control('POST', '/faults', { operation: 'pay', fault: 'pendingThen', ms: MINUTE_MS });
    await gateway.pay(id);
    await gateway.control('DELETE', '/state');
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect(await gateway.charges()).toEqual([]);
  });
});

describe('the clock', () => {
  it('is set to a time, or moved, and the ledger is written in its time', async () => {
    const gateway = await startGateway();
    const set = await gateway.control('POST', '/clock', { now: '2031-05-01T00:00:00Z' });
    expect(set.body).toMatchObject({ now: expect.stringMatching(/^2031-05-01T00:00:0/) });
    await gateway.control('POST', '/clock', { advanceMs: 24 * 60 * MINUTE_MS });
    await gateway.pay(await gateway.openWithCard());
    expect(await gateway.charges()).toMatchObject([{ at: expect.stringMatching(/^2031-05-02T00:00:0/) }]);
  });

  it.each([[{}], [{ advanceMs: 'soon' }], [{ now: 'tomorrow' }], [{ advanceMs: 1, now: 1 }]])(
    'refuses %j',
    async (body) => {
      const gateway = await startGateway();
      expect((await gateway.control('POST', '/clock', body)).status).toBe(400);
    },
  );

  it('runs out the fifteen minutes of a session, which can then be read but not updated, filled or paid', async () => {
    const gateway = await startGateway();
    const id = await gateway.openWithCard();
    await gateway.control('POST', '/clock', { advanceMs: 14 * MINUTE_MS });
    expect((await gateway.call('PUT', `/session/${id}`, { order: { amount: 1 } })).status).toBe(200);
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    const gone = { status: 404, body: { success: false, message: 'Session not found or expired' } };
    expect(await gateway.pay(id)).toEqual(gone);
    expect(await gateway.call('PUT', `/session/${id}`, { order: { amount: 1 } })).toEqual(gone);
    expect((await gateway.control('POST', `/sessions/${id}/card`, GOOD_CARD)).status).toBe(404);
    expect(dataOf(await gateway.call('GET', `/session/${id}`))).toMatchObject({ status: 'CREATED' });
    expect(await gateway.charges()).toEqual([]);
  });

  it('answers for an expired session as the settings say', async () => {
    const gateway = await startGateway({
      settings: { sessionLifetimeMs: MINUTE_MS, expiredSessionStatus: 410, readExpiredSessions: false },
    });
    const id = await gateway.openWithCard();
    await gateway.control('POST', '/clock', { advanceMs: MINUTE_MS });
    expect((await gateway.pay(id)).status).toBe(410);
    expect((await gateway.call('GET', `/session/${id}`)).status).toBe(410);
  });
});

describe('the same story told twice', () => {
  it('gives the same answers when seed and clock are the same', async () => {
    const story = async () => {
      const gateway = await startGateway({ seed: 'once more' });
      await gateway.control('POST', '/clock', { now: '2030-01-01T00:00:00Z' });
      const id = await gateway.openWithCard();
      const answers = [
        await gateway.pay(id),
        await gateway.call('GET', `/session/${id}`),
        await gateway.charges(),
      ];
      // Real time runs on between two calls: only what is below the second may differ.
      return JSON.stringify(answers).replaceAll(/T00:00:\d\d\.\d{3}/g, 'T00:00');
    };
    expect(await story()).toBe(await story());
  });

  it('gives other ids without a seed, so that a shop never meets a session id twice', async () => {
    const [one, other] = [await startGateway(), await startGateway()];
    expect(await one.open()).not.toBe(await other.open());
  });
});
