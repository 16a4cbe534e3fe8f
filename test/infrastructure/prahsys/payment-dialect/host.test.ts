// A host that names the payment dialect in its settings, and nothing else: money on both ways, and the gateway's own webhooks.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPayments, type Paysession } from '../../../../src/container/create-payments.ts';
import { merchantId, orderId, type MerchantId } from '../../../../src/domain/payment/ids.ts';
import { type Simulator, startSimulator } from '../../../../src/simulator/simulator.ts';
import { usd } from '../../../builders/a-payment.ts';
import { control, settingsFor } from '../prahsys-on-simulator.ts';

const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const card = { number: '4242424242424242', expiryMonth: '01', expiryYear: '39', securityCode: '100' };

let paysession: Paysession;
let simulator: Simulator;
let receiver: Server;
let merchant: MerchantId;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', async () => {
      const { headers } = request;
      const command = { merchantId: merchant, headers, body: Buffer.concat(chunks) };
      response.statusCode = (await paysession.handleWebhook.execute(command)).isOk() ? 204 : 400;
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  simulator = await startSimulator({ webhook: { url, secret }, settings: { webhookClock: 'computer' } });
  merchant = merchantId(simulator.merchantId)._unsafeUnwrap();
  paysession = createPayments({
    prahsys: { ...settingsFor(simulator), dialect: 'payment', webhookSecrets: [secret] },
    orders: async ({ orderId: id }) => ({ id, amount: '99.99', currency: 'USD', description: 'A lamp' }),
    fulfilment: async () => undefined,
    sweepEveryMs: 0,
  });
});
afterAll(async () => {
  await paysession.close();
  await simulator.close();
  receiver.close();
});

const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let time = 0; time < 500; time += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain for ${what}`);
};

const opened = async (id: string) => {
  const key = { merchantId: merchant, orderId: orderId(id)._unsafeUnwrap() };
  const { session } = (await paysession.openPaySession.execute(key))._unsafeUnwrap();
  await control(simulator, `sessions/${session.id}/card`, card);
  return { ...key, sessionId: session.id, revision: 1 };
};

it('holds, captures and gives back by the host’s settings alone, and hears of it', async () => {
  const { sessionId, revision, ...key } = await opened('ORDER-1');
  expect((await paysession.authorizePayment.execute({ ...key, sessionId, revision })).isOk()).toBe(true);
  const captured = await paysession.capturePayment.execute({ ...key, key: 'c1', amount: usd('60.00') });
  expect(captured._unsafeUnwrap().attempt.outcome).toBe('done');
  await paysession.capturePayment.execute({ ...key, key: 'c2' });
  await paysession.refundPayment.execute({ ...key, key: 'r1', amount: usd('10.00') });
  await until('four webhooks', () => paysession.handleWebhook.counts.accepted === 4);
  const payment = (await paysession.confirmPayment.execute({ ...key, evenIfSettled: true }))._unsafeUnwrap();
  expect([payment.captured, payment.refunded]).toEqual([usd('99.99'), usd('10.00')]);
  expect(payment.attempts).toHaveLength(4);
});

it('hears from the gateway’s webhook of a charge whose answer was lost', async () => {
  const { sessionId, revision, ...key } = await opened('ORDER-2');
  await control(simulator, 'faults', { operation: 'pay', fault: 'dropAfter' });
  const submitted = await paysession.submitPayment.execute({ ...key, sessionId, revision });
  expect(submitted._unsafeUnwrap().payment.states.payment).toBe('payUnknown');
  await until('the charge', async () => {
    const { payment } = (await paysession.findPayment.execute(key))._unsafeUnwrap();
    return payment.states.payment === 'captured';
  });
  expect(paysession.handleWebhook.counts).toMatchObject({ signature: 0, headers: 0, timestamp: 0 });
});
