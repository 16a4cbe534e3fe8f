import { describe, expect, it } from '@jest/globals';
import { gatewayUnavailable } from '../../../src/application/ports/payment-gateway.ts';
import type { SessionId } from '../../../src/domain/payment/ids.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { paymentGatewayContract } from '../../../src/testing/payment-gateway-contract.ts';
import { anOrder, usd } from '../../builders/a-payment.ts';
import { inMemoryWorld, merchant, onlyPays } from './in-memory-world.ts';

paymentGatewayContract({ describe, it }, 'InMemoryGateway', async () => inMemoryWorld(), onlyPays);

paymentGatewayContract({ describe, it }, 'InMemoryGateway in the payment dialect', async () =>
  inMemoryWorld(new InMemoryGateway([merchant], { dialect: 'payment' })),
);

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

describe('InMemoryGateway in the payment dialect', () => {
  const order = anOrder();
  const held = async (gateway: InMemoryGateway) => {
    const { id: sessionId } = (await gateway.openSession(merchant, order))._unsafeUnwrap();
    const request = { merchantId: merchant, orderId: order.id, sessionId };
    await gateway.pay({ ...request, operation: 'authorize', amount: order.amount });
    return { ...request, amount: order.amount, target: null };
  };
  const inPayment = () => new InMemoryGateway([], { dialect: 'payment' });

  it('has every operation, and a script for each session', async () => {
    const gateway = inPayment();
    const { sessionId } = await held(gateway);
    expect(gateway.capabilities).toEqual({
      dialect: 'payment',
      can: ['authorize', 'capture', 'void', 'refund', 'verify', 'list'],
      timeoutMs: 60_000,
    });
    expect(gateway.scriptUrl(merchant, sessionId)).toContain(`/session/${sessionId}/script.js`);
  });

  it('keeps a ledger of the money that moved, and of every call', async () => {
    const gateway = inPayment();
    const request = await held(gateway);
    await gateway.followUp({ ...request, operation: 'capture', amount: usd('4.00') });
    await gateway.followUp({ ...request, operation: 'refund', amount: usd('1.00') });
    await gateway.followUp({ ...request, operation: 'void' });
    const moves = gateway.charges.map(({ operation, amount }) => `${operation} ${amount.minor}`);
    expect(moves).toEqual(['capture 400', 'refund 100']);
    expect(gateway.requests.map(({ operation }) => operation)).toEqual([
      ...['openSession', 'authorize', 'capture', 'refund', 'void'],
    ]);
  });

  it('voids a charge, which moves its money back', async () => {
    const gateway = inPayment();
    const request = await held(gateway);
    await gateway.followUp({ ...request, operation: 'capture' });
    expect((await gateway.followUp({ ...request, operation: 'void' }))._unsafeUnwrap().type).toBe('done');
    expect((await gateway.followUp({ ...request, operation: 'refund' }))._unsafeUnwrap().type).toBe(
      'refused',
    );
    expect(gateway.charges.map(({ operation }) => operation)).toEqual(['capture', 'void']);
  });

  it('does with a follow-up what it was told, and says later what became of it', async () => {
    const gateway = inPayment();
    const request = await held(gateway);
    const capture = async () =>
      (await gateway.followUp({ ...request, operation: 'capture' }))._unsafeUnwrap().type;
    const record = async () => {
      const said = (await gateway.read(request))._unsafeUnwrap();
      return said.type === 'record' ? said.transactions.map(({ result }) => result) : said.type;
    };
    gateway.followUpIs('capture', { type: 'pending', reason: 'slow' });
    expect([await capture(), await capture()]).toEqual(['pending', 'refused']);
    expect(await record()).toEqual(['done', 'pending']);
    gateway.laterFollowUp('nothing');
    expect(await record()).toEqual(['done']);
    expect(() => gateway.laterFollowUp('done')).toThrow('is still open');
    gateway.followUpIs('capture', { type: 'unknown', done: false });
    expect(await capture()).toBe('unknown');
    gateway.laterFollowUp('done');
    expect(await record()).toEqual(['done', 'done']);
    expect(gateway.charges).toHaveLength(1);
  });

  it('reads no order that it never had a session for', async () => {
    const gateway = inPayment();
    const request = await held(gateway);
    const other = { ...request, orderId: anOrder({ id: 'order-2' }).id };
    expect((await gateway.read(other))._unsafeUnwrap().type).toBe('unclear');
  });
});
