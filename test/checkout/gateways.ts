// The adapter on a simulator, and the in-memory gateway, each with the hands on its other side.
import { toDecimal } from '../../src/domain/money/money.ts';
import { merchantId, type SessionId } from '../../src/domain/payment/ids.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { cards } from './a-shop.ts';
import type { ScenarioWorld } from './checkout-scenario.ts';
import { type Dialect, prahsysGateway } from './dialects.ts';

export const prahsysOnSimulator = async (dialect: Dialect): Promise<ScenarioWorld> => {
  const simulator = await startSimulator();
  const { url: apiUrl, merchantId: merchant, apiKey } = simulator;
  const settings = { dialect, merchantId: merchant, apiKey, apiUrl, scriptUrl: apiUrl, timeoutMs: 5_000 };
  const control = async (path: string, body: object) => {
    const answer = await fetch(`${apiUrl}/_simulator/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  return {
    gateway: prahsysGateway(settings),
    merchantId: merchantId(merchant)._unsafeUnwrap(),
    payerTypesCard: (session, card) => control(`sessions/${session}/card`, cards[card]),
    nextPay: () => control('faults', { operation: 'pay', fault: 'dropAfter' }),
    charges: async () =>
      (await (await fetch(`${apiUrl}/_simulator/charges`)).json()) as Awaited<
        ReturnType<ScenarioWorld['charges']>
      >,
    close: () => simulator.close(),
  };
};

export const inMemoryGateway = async (): Promise<ScenarioWorld> => {
  const gateway = new InMemoryGateway();
  let session: SessionId;
  return {
    gateway,
    merchantId: merchantId('MERCHANT-1')._unsafeUnwrap(),
    payerTypesCard: async (id, card) => {
      session = id;
      gateway.cardIs(card === 'approved' ? { type: 'captured' } : { type: 'declined', reason: 'no' }, id);
    },
    nextPay: async () => gateway.cardIs({ type: 'unknown', charged: true }, session),
    charges: async () =>
      gateway.charges.map(({ orderId, amount }) => ({
        orderId,
        amount: toDecimal(amount),
        currency: amount.currency,
      })),
    close: async () => undefined,
  };
};
