import { describe, expect, it } from '@jest/globals';
import { gatewayUnavailable } from '../../../src/application/ports/payment-gateway.ts';
import { toDecimal } from '../../../src/domain/money/money.ts';
import { merchantId, type SessionId } from '../../../src/domain/payment/ids.ts';
import {
  type CardBehaviour,
  InMemoryGateway,
} from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { type PayFault, paymentGatewayContract } from '../../../src/testing/payment-gateway-contract.ts';
import { anOrder, usd } from '../../builders/a-payment.ts';

const merchant = merchantId('MERCHANT-1')._unsafeUnwrap();

const behaviourOf: Readonly<Record<PayFault, CardBehaviour>> = {
  neverSent: { type: 'notSent', reason: 'no route' },
  lost: { type: 'unknown', charged: false },
  answerLost: { type: 'unknown', charged: true },
  chargedLate: { type: 'unknown', charged: false },
  capturedLater: { type: 'pending', reason: 'the bank is thinking' },
  declinedLater: { type: 'pending', reason: 'the bank is thinking' },
  refused: { type: 'refused', reason: 'not today' },
  sessionGone: { type: 'sessionGone' },
};

paymentGatewayContract({ describe, it }, 'InMemoryGateway', async () => {
  const gateway = new InMemoryGateway([merchant]);
  let session: SessionId;
  let awaited: 'captured' | 'declined' = 'captured';
  return {
    gateway,
    merchantId: merchant,
    payerTypesCard: async (id, card) => {
      session = id;
      gateway.cardIs(card === 'approved' ? { type: 'captured' } : { type: 'declined', reason: 'no' }, id);
    },
    nextPay: async (fault) => {
      awaited = fault === 'declinedLater' ? 'declined' : 'captured';
      gateway.cardIs(behaviourOf[fault], session);
    },
    timePasses: async () => gateway.later(session, awaited),
    charges: async () =>
      gateway.charges.map(({ orderId, amount }) => ({
        orderId,
        amount: toDecimal(amount),
        currency: amount.currency,
      })),
    close: async () => undefined,
  };
});

describe('InMemoryGateway, for tests of a host', () => {
  const opened = async (gateway: InMemoryGateway) =>
    (await gateway.openSession(merchant, anOrder()))._unsafeUnwrap().id;
  const pay = async (gateway: InMemoryGateway, session: SessionId) =>
    (
      await gateway.pay({
        merchantId: merchant,
        orderId: anOrder().id,
        sessionId: session,
        amount: usd('10.00'),
      })
    )._unsafeUnwrap();

  it('charges every card unless it is told otherwise, for a session or for all', async () => {
    const gateway = new InMemoryGateway();
    expect((await pay(gateway, await opened(gateway))).type).toBe('captured');
    gateway.cardIs({ type: 'declined', reason: 'INSUFFICIENT_FUNDS' });
    const rich = await opened(gateway);
    gateway.cardIs({ type: 'captured' }, rich);
    expect(await pay(gateway, await opened(gateway))).toEqual({
      type: 'declined',
      reason: 'INSUFFICIENT_FUNDS',
    });
    expect((await pay(gateway, rich)).type).toBe('captured');
  });

  it('can take another amount than it was asked for', async () => {
    const gateway = new InMemoryGateway();
    gateway.cardIs({ type: 'captured', charges: usd('99.00') });
    expect(await pay(gateway, await opened(gateway))).toMatchObject({ evidence: { amount: usd('99.00') } });
    expect(gateway.charges).toMatchObject([{ amount: usd('99.00') }]);
  });

  it('charges one session once, however often it is paid', async () => {
    const gateway = new InMemoryGateway();
    const session = await opened(gateway);
    await pay(gateway, session);
    expect((await pay(gateway, session)).type).toBe('refused');
    expect(gateway.charges).toHaveLength(1);
  });

  it('lets openings, updates and readings fail until it is told that all is well', async () => {
    const gateway = new InMemoryGateway();
    const session = await opened(gateway);
    const away = gatewayUnavailable('the cable is cut');
    for (const operation of ['openSession', 'updateSession', 'read'] as const) gateway.fails(operation, away);
    const about = { merchantId: merchant, orderId: anOrder().id, sessionId: session };
    expect((await gateway.openSession(merchant, anOrder()))._unsafeUnwrapErr()).toBe(away);
    expect((await gateway.updateSession(merchant, session, anOrder()))._unsafeUnwrapErr()).toBe(away);
    expect((await gateway.read(about))._unsafeUnwrapErr()).toBe(away);
    gateway.fails('read', null);
    expect((await gateway.read(about)).isOk()).toBe(true);
  });

  it('shows every call that reached it, in order, and none that did not', async () => {
    const gateway = new InMemoryGateway();
    const session = await opened(gateway);
    gateway.cardIs({ type: 'notSent', reason: 'no route' });
    await pay(gateway, session);
    await pay(gateway, session);
    expect(gateway.requests.map(({ operation }) => operation)).toEqual(['openSession', 'pay']);
    expect(gateway.requests[1]).toEqual({ operation: 'pay', sessionId: session, amount: usd('10.00') });
  });

  it('opens sessions with ids that repeat from run to run and never within one', async () => {
    const [gateway, another] = [new InMemoryGateway(), new InMemoryGateway()];
    gateway.cardIs({ type: 'sessionGone' });
    const first = await opened(gateway);
    await pay(gateway, first);
    expect(await opened(gateway)).not.toBe(first);
    expect(await opened(another)).toBe(first);
  });

  it('refuses to say what became of a pay that is not open', async () => {
    const gateway = new InMemoryGateway();
    const session = await opened(gateway);
    expect(() => gateway.later(session, 'captured')).toThrow('no pay that is still open');
    await pay(gateway, session);
    expect(() => gateway.later(session, 'captured')).toThrow('no pay that is still open');
    expect(gateway.charges).toHaveLength(1);
  });
});
