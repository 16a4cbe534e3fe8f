// The four calls of the order dialect behind nock, with just enough state to be paid through. It answers as the vendor's examples do.
import { afterAll, beforeAll } from '@jest/globals';
import nock from 'nock';
import { prahsysAccount } from '../../../src/infrastructure/prahsys/config.ts';
import { OrderDialectGateway } from '../../../src/infrastructure/prahsys/order-dialect/gateway.ts';
import { merchantId, type SessionId } from '../../../src/domain/payment/ids.ts';
import type { Cannot, GatewayWorld, PayFault } from '../../../src/testing/gateway-world.ts';

beforeAll(() => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});

// nock patches the whole process: left in place, the next test file in it would be answered twice.
afterAll(() => nock.restore());

export const testMerchant = merchantId('MERCHANT-1')._unsafeUnwrap();
export const testKey = 'sk_test_on_nock_0123456789';

/** A request as it went over the wire. */
export type WireRequest = Readonly<{
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}>;

/** The gateway adapter as a host would get it. */
export const orderDialectGateway = (timeoutMs = 2_000): OrderDialectGateway => {
  const { connection, credentials } = prahsysAccount({
    merchantId: testMerchant,
    apiKey: testKey,
    timeoutMs,
  })._unsafeUnwrap();
  return new OrderDialectGateway(connection, credentials);
};

export const seen = async (request: Request): Promise<WireRequest> => ({
  method: request.method,
  path: new URL(request.url).pathname,
  headers: Object.fromEntries(request.headers),
  body: await request.text(),
});

const onlyPay = 'the order dialect of the API has sessions and their pay, and nothing else';
/** What the order dialect lacks. */
export const onlyPays: Cannot = {
  ...{ authorize: onlyPay, capture: onlyPay, void: onlyPay, refund: onlyPay, verify: onlyPay, list: onlyPay },
};

type Money = { amount: number; currency: string };
type Session = {
  order: Money & { id: string };
  card: 'approved' | 'declined' | null;
  status: string;
  result?: string;
};
type Answer = [status: number, body: object];

const done = (data: object): Answer => [200, { success: true, message: 'Done', data }];
const refusal = (status: number, message: string): Answer => [status, { success: false, message }];
const broken = (code: string): Error => Object.assign(new Error('broken on purpose'), { code });

/** A world for the contract of the port, and for whatever else pays through nock. `close` forgets all interceptors. */
export const prahsysOnNock = (): GatewayWorld & Readonly<{ requests: readonly WireRequest[] }> => {
  const requests: WireRequest[] = [];
  const sessions = new Map<string, Session>();
  const charges: { orderId: string; amount: string; currency: string }[] = [];
  let fault: PayFault | null = null;
  let happensLater: () => void = () => undefined;

  const book = (session: Session, result: string, status: string): void => {
    Object.assign(session, { result, status });
    if (result !== 'SUCCESS') return;
    const { id, amount, currency } = session.order;
    const digits = { JPY: 0, KWD: 3 }[currency] ?? 2;
    charges.push({ orderId: id, amount: amount.toFixed(digits), currency });
  };
  const shown = (id: string, { order, status, result }: Session) => ({ id, order, status, result });

  const create = ({ body }: WireRequest): Answer => {
    const id = `SESSION${String(sessions.size + 1).padStart(24, '0')}`;
    sessions.set(id, { order: JSON.parse(body).order, card: null, status: 'CREATED' });
    return done({ id, interaction: { successIndicator: 'b7a1513be2914023' } });
  };
  const update = ({ path, body }: WireRequest): Answer => {
    const id = path.split('/').at(-1) ?? '';
    const session = sessions.get(id);
    if (!session) return refusal(404, 'Session not found or expired');
    Object.assign(session.order, JSON.parse(body).order);
    return done(shown(id, session));
  };
  const retrieve = ({ path }: WireRequest): Answer => {
    const id = path.split('/').at(-1) ?? '';
    const session = sessions.get(id);
    return session ? done(shown(id, session)) : refusal(404, 'Session not found or expired');
  };
  const pay = ({ path, body }: WireRequest): Answer => {
    const asked = JSON.parse(body) as { order: Money; session: { id: string } };
    const session = sessions.get(asked.session.id);
    const now = fault;
    fault = null;
    if (now === 'neverSent') throw broken('ECONNREFUSED');
    if (now === 'lost') throw broken('ECONNRESET');
    if (now === 'sessionGone' || !session) return refusal(404, 'Session not found or expired');
    if (now === 'refused' || path.split('/').at(-2) !== session.order.id) {
      return refusal(422, 'The session belongs to another order');
    }
    Object.assign(session.order, asked.order);
    if (now === 'chargedLate' || now === 'capturedLater' || now === 'declinedLater') {
      happensLater = () => {
        if (now === 'declinedLater') book(session, 'FAILURE', 'FAILED');
        else book(session, 'SUCCESS', 'CAPTURED');
      };
      if (now === 'chargedLate') throw broken('ECONNRESET');
      book(session, 'PENDING', 'PENDING');
    } else if (session.card === 'approved') book(session, 'SUCCESS', 'CAPTURED');
    else book(session, 'FAILURE', 'FAILED');
    if (now === 'answerLost') throw broken('ECONNRESET');
    const { order, status, result } = session;
    const { amount: requestedAmount, currency } = order;
    return done({ id: 'tx-1', result, requestedAmount, currency, order: { ...order, status, result } });
  };

  const answer = (operation: (request: WireRequest) => Answer) => async (request: Request) => {
    const wire = await seen(request);
    requests.push(wire);
    return operation(wire);
  };
  const root = `/payments/n1/merchant/${testMerchant}`;
  nock('https://api.prahsys.com', { reqheaders: { authorization: `Bearer ${testKey}` } })
    .persist()
    .post(`${root}/session`)
    .reply(answer(create))
    .put(new RegExp(`^${root}/session/`))
    .reply(answer(update))
    .get(new RegExp(`^${root}/session/`))
    .reply(answer(retrieve))
    .post(new RegExp(`^${root}/order/[^/]+/pay$`))
    .reply(answer(pay));

  return {
    gateway: orderDialectGateway(),
    merchantId: testMerchant,
    requests,
    payerTypesCard: async (id: SessionId, card) => {
      const session = sessions.get(id);
      if (session) session.card = card;
    },
    nextPay: async (next) => {
      fault = next;
    },
    timePasses: async () => happensLater(),
    charges: async () => charges,
    close: async () => nock.cleanAll(),
  };
};
