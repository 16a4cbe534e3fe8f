// The adapter on a simulator, with the hands on its other side, in either dialect.
import type { PaymentGateway } from '../../../src/application/ports/payment-gateway.ts';
import { merchantId } from '../../../src/domain/payment/ids.ts';
import type { Fetch } from '../../../src/infrastructure/prahsys/client.ts';
import { prahsysAccount, type PrahsysSettings } from '../../../src/infrastructure/prahsys/config.ts';
import { OrderDialectGateway } from '../../../src/infrastructure/prahsys/order-dialect/gateway.ts';
import { PaymentDialectGateway } from '../../../src/infrastructure/prahsys/payment-dialect/gateway.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts';
import type { GatewayWorld, PayFault } from '../../../src/testing/gateway-world.ts';

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

/** One of the simulator's control routes. */
export const control = async (
  { url }: Simulator,
  path: string,
  body: object,
  method = 'POST',
): Promise<void> => {
  const answer = await fetch(`${url}/_simulator/${path}`, { method, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
};

/** The settings of a host that this simulator serves. */
export const settingsFor = ({ url, merchantId: merchant, apiKey }: Simulator): PrahsysSettings => ({
  ...{ merchantId: merchant, apiKey, apiUrl: url, scriptUrl: url, timeoutMs: 5_000 },
});

/** The adapter as a host would get it. */
const gatewayFor = (settings: PrahsysSettings, fetch?: Fetch): PaymentGateway => {
  const { dialect, connection, credentials } = prahsysAccount(settings)._unsafeUnwrap();
  return dialect === 'order'
    ? new OrderDialectGateway(connection, credentials, fetch)
    : new PaymentDialectGateway(connection, credentials, settings.payment, fetch);
};

/** A world for the contract of the port. */
export const prahsysOnSimulator = async (
  settings: PrahsysSettings,
  options: SimulatorOptions = {},
): Promise<GatewayWorld & Readonly<{ simulator: Simulator }>> => {
  const simulator = await startSimulator(options);
  let reachable = true;
  const toSimulator: Fetch = (url, init) => {
    const address = reachable ? url : url.replace(simulator.url, nobodyListens);
    reachable = true;
    return fetch(address, init);
  };
  return {
    simulator,
    gateway: gatewayFor({ ...settingsFor(simulator), ...settings }, toSimulator),
    merchantId: merchantId(simulator.merchantId)._unsafeUnwrap(),
    payerTypesCard: (session, card) => control(simulator, `sessions/${session}/card`, cards[card]),
    nextPay: async (fault) => {
      if (fault === 'sessionGone') return control(simulator, 'clock', { advanceMs: sessionLifeMs });
      if (fault === 'neverSent') return void (reachable = false);
      await control(simulator, 'faults', { operation: 'pay', ...faultOf[fault] });
    },
    nextFollowUp: async (operation, fault) => {
      if (fault === 'neverSent') return void (reachable = false);
      const suffered = faultOf[fault === 'doneLater' ? 'capturedLater' : fault];
      await control(simulator, 'faults', { operation, ...suffered });
    },
    timePasses: () => control(simulator, 'clock', { advanceMs: lateMs }),
    charges: async () => {
      const answer = await fetch(`${simulator.url}/_simulator/charges`);
      return (await answer.json()) as Awaited<ReturnType<GatewayWorld['charges']>>;
    },
    close: () => simulator.close(),
  };
};
