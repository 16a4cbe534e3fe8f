// Two merchants in one instance, over one gateway: each with its own key and secrets, and the same order id at both.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Hono } from 'hono';
import { createPayments } from '../../src/container/create-payments.ts';
import { type MerchantId, merchantId, orderId } from '../../src/domain/payment/ids.ts';
import { createBackOffice, createHttp, createWebhooks } from '../../src/interfaces/http/http.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { signaturesOf } from '../../src/simulator/webhooks.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

const [tea, ink] = ['TEA', 'INK'].map((id) => merchantId(id)._unsafeUnwrap()) as [MerchantId, MerchantId];
const secretOf = (merchant: MerchantId) => `whsec_${Buffer.alloc(32, merchant).toString('base64')}`;
const order = orderId('ORDER-1')._unsafeUnwrap();

const aMarket = async () => {
  const keys = { [tea]: 'sk_test_tea', [ink]: 'sk_test_ink' };
  const [first, ...otherMerchants] = Object.entries(keys).map(([id, apiKey]) => ({ merchantId: id, apiKey }));
  const simulator = await startSimulator({ ...first, otherMerchants });
  closing.push(() => simulator.close());
  const { url } = simulator;
  const module = createPayments({
    prahsys: {
      dialect: 'payment',
      apiUrl: url,
      scriptUrl: url,
      merchants: (id) => ({ apiKey: keys[id], webhookSecrets: [secretOf(id)] }),
    },
    orders: async ({ orderId: id, merchantId: of }) => ({
      ...{ id, currency: 'USD', description: 'Goods', amount: of === tea ? '10.00' : '20.00' },
    }),
    fulfilment: async () => undefined,
    sweepEveryMs: 0,
  });
  closing.push(() => module.close());
  /** The caller's token says whose they are. */
  const whoseOf = (request: Request) => {
    const merchant = request.headers.get('authorization') ?? '';
    return { merchantId: merchant, operator: `somebody at ${merchant}` };
  };
  const payers = createHttp(module, { authorize: whoseOf });
  const office = createBackOffice(module, { authorizeOperator: whoseOf });
  const asks = async (app: Hono, merchant: MerchantId, path: string, body?: object, method = 'POST') => {
    const headers = { authorization: merchant, 'content-type': 'application/json' };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await app.request(`http://market/orders/${order}${path}`, init);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const card = { number: '5123450000000008', expiryMonth: '01', expiryYear: '39', securityCode: '100' };
  const opens = async (merchant: MerchantId) => {
    const { body } = await asks(payers, merchant, '/session');
    const session = String(body['sessionId']);
    const typed = JSON.stringify({ ...card, nameOnCard: 'Ann' });
    await fetch(`${url}/_simulator/sessions/${session}/card`, { method: 'POST', body: typed });
    return session;
  };
  const pays = (merchant: MerchantId, sessionId: string) => asks(payers, merchant, '/pay', { sessionId });
  const ledger = async () => {
    const charges = (await (await fetch(`${url}/_simulator/charges`)).json()) as Record<string, string>[];
    return charges.map(({ merchantId: of, operation, amount }) => `${of} ${operation} ${amount}`);
  };
  const statusOf = async (merchant: MerchantId) =>
    (await asks(payers, merchant, '', undefined, 'GET')).body['status'];
  const reads = async () => {
    const requests = (await (await fetch(`${url}/_simulator/requests`)).json()) as Record<string, string>[];
    return requests.filter(({ method }) => method === 'GET').map(({ path = '' }) => path.split('/')[4]);
  };
  return { module, asks, office, opens, pays, ledger, statusOf, reads };
};

describe('Two merchants in one instance', () => {
  it('are each paid at their own price for the same order id, and never through the other’s session', async () => {
    const { opens, pays, ledger } = await aMarket();
    const [forTea, forInk] = [await opens(tea), await opens(ink)];
    expect(await pays(ink, forTea)).toMatchObject({ status: 409, body: { code: 'session-mismatch' } });
    expect(await pays(tea, forTea)).toMatchObject({ status: 200, body: { amount: '10.00' } });
    expect(await pays(ink, forInk)).toMatchObject({ status: 200, body: { amount: '20.00' } });
    expect(await ledger()).toEqual(['TEA PAY 10.00', 'INK PAY 20.00']);
  });

  it('give back their own money only', async () => {
    const { asks, office, opens, pays, ledger, statusOf } = await aMarket();
    await pays(tea, await opens(tea));
    expect(await asks(office, ink, '/refund', { key: 'r1' })).toMatchObject({ status: 404 });
    await pays(ink, await opens(ink));
    expect(await asks(office, ink, '/refund', { key: 'r1' })).toMatchObject({ status: 200 });
    expect([await statusOf(tea), await statusOf(ink)]).toEqual(['captured', 'refunded']);
    expect((await ledger()).slice(2)).toEqual(['INK REFUND 20.00']);
  });

  it('take webhooks that are signed with their own secret only, and have only their own payment read', async () => {
    const { module, opens, reads } = await aMarket();
    await opens(tea);
    await opens(ink);
    const says = async (to: MerchantId, signedBy: MerchantId, of: MerchantId) => {
      const timestamp = String(Math.floor(Date.now() / 1000));
      const transaction = { id: 't1', operation: 'PAY', payment: { id: order, merchantId: of } };
      const body = JSON.stringify({
        ...{ eventType: 'payments.payment.transaction.pay', eventId: `${to}-${signedBy}-${of}` },
        payload: { success: true, data: transaction },
      });
      const headers = {
        'content-type': 'application/json',
        'svix-id': 'msg_1',
        'svix-timestamp': timestamp,
        'svix-signature': signaturesOf(secretOf(signedBy), 'msg_1', timestamp, body),
      };
      const app = createWebhooks(module, { merchantId: to });
      return (await app.request('http://market/', { method: 'POST', headers, body })).status;
    };
    expect(await says(tea, ink, ink)).toBe(401);
    expect(await says(tea, tea, tea)).toBe(200);
    expect(await says(tea, tea, ink)).toBe(200);
    expect(module.handleWebhook.counts).toMatchObject({ accepted: 2, signature: 1 });
    await module.close();
    expect(await reads()).toEqual([tea]);
  });
});
