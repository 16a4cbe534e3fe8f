import { describe, it } from '@jest/globals';
import { merchantId } from '../../../src/domain/payment/ids.ts';
import type { Fetch } from '../../../src/infrastructure/prahsys/client.ts';
import { prahsysAccount } from '../../../src/infrastructure/prahsys/config.ts';
import { OrderDialectGateway } from '../../../src/infrastructure/prahsys/order-dialect/gateway.ts';
import { startSimulator } from '../../../src/simulator/simulator.ts';
import { type PayFault, paymentGatewayContract } from '../../../src/testing/payment-gateway-contract.ts';

/** A port that only root may listen on, and nobody does. */
const nobodyListens = 'http://127.0.0.1:2';
const lateMs = 60_000;
const sessionLifeMs = 15 * 60_000;

const faultOf: Readonly<Record<Exclude<PayFault, 'neverSent' | 'sessionGone'>, object>> = {
  lost: { fault: 'dropBefore' },
  answerLost: { fault: 'dropAfter' },
  chargedLate: { fault: 'lateCommit', ms: lateMs },
  capturedLater: { fault: 'pendingThen', ms: lateMs },
  declinedLater: { fault: 'pendingThen', ms: lateMs, result: 'DECLINED' },
  refused: { fault: 'status', status: 422, body: { success: false, message: 'The session is busy' } },
};

const cards = {
  approved: { number: '5123450000000008', expiryMonth: '01', expiryYear: '39', securityCode: '100' },
  declined: { number: '4000000000000002', expiryMonth: '01', expiryYear: '39', securityCode: '100' },
};

paymentGatewayContract({ describe, it }, 'OrderDialectGateway on the simulator', async () => {
  const simulator = await startSimulator();
  const { connection, credentials } = prahsysAccount({
    merchantId: simulator.merchantId,
    apiKey: simulator.apiKey,
    apiUrl: simulator.url,
    scriptUrl: simulator.url,
    timeoutMs: 5_000,
  })._unsafeUnwrap();
  const control = async (path: string, body: object): Promise<void> => {
    const init = { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${simulator.url}/_simulator/${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  let reachable = true;
  const toSimulator: Fetch = (url, init) => {
    const address = reachable ? url : url.replace(simulator.url, nobodyListens);
    reachable = true;
    return fetch(address, init);
  };
  return {
    gateway: new OrderDialectGateway(connection, credentials, toSimulator),
    merchantId: merchantId(simulator.merchantId)._unsafeUnwrap(),
    payerTypesCard: (session, card) => control(`sessions/${session}/card`, cards[card]),
    nextPay: (fault) => {
      if (fault === 'sessionGone') return control('clock', { advanceMs: sessionLifeMs });
      if (fault === 'neverSent') return Promise.resolve(void (reachable = false));
      return control('faults', { operation: 'pay', ...faultOf[fault] });
    },
    timePasses: () => control('clock', { advanceMs: lateMs }),
    charges: async () => {
      const answer = await fetch(`${simulator.url}/_simulator/charges`);
      return (await answer.json()) as { orderId: string; amount: string; currency: string }[];
    },
    close: () => simulator.close(),
  };
});
