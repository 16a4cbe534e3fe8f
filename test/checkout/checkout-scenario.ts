// One checkout, from the first page to the receipt, through whatever gateway it is given.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPayments, type Paysession } from '../../src/container/create-payments.ts';
import { orderId, type SessionId } from '../../src/domain/payment/ids.ts';
import type { GatewayWorld } from '../../src/testing/payment-gateway-contract.ts';

/** As much of a gateway's world as the scenario touches. */
export type ScenarioWorld = Omit<GatewayWorld, 'nextPay' | 'timePasses'> &
  Readonly<{ nextPay(fault: 'answerLost'): Promise<void> }>;

type Variant = Readonly<{ name: string; makeGateway: () => Promise<ScenarioWorld> }>;

/** The host, as the scenario drives it. */
type Shop = Readonly<{
  module: Paysession;
  key: Parameters<Paysession['openPaySession']['execute']>[0];
  released: string[];
  priceIs(amount: string): void;
  timePasses(ms: number): void;
  submit(sessionId: SessionId, revision: number): Promise<string>;
}>;

const openShop = ({ gateway, merchantId }: ScenarioWorld): Shop => {
  const key = { merchantId, orderId: orderId('ORDER-1')._unsafeUnwrap() };
  const released: string[] = [];
  let price = '99.99';
  let now = Date.UTC(2026, 0, 5, 12);
  const module = createPayments({
    gateway,
    orders: async () => ({ id: 'ORDER-1', amount: price, currency: 'USD', description: 'A lamp' }),
    fulfilment: async (request) => void released.push(request.key),
    confirmations: async () => undefined,
    clock: { now: () => now },
    sweepEveryMs: 0,
  });
  return {
    module,
    key,
    released,
    priceIs: (amount) => void (price = amount),
    timePasses: (ms) => void (now += ms),
    submit: async (sessionId, revision) =>
      (await module.submitPayment.execute({ ...key, sessionId, revision })).match(
        ({ attempt }) => attempt.outcome,
        ({ type }) => type,
      ),
  };
};

/**
 * A card is declined, the price changes, the next card's answer is lost, and the gateway is read until it is known: one charge, at the
 * price that the payer saw, and one release. The same with every gateway: only `makeGateway` differs.
 */
export const checkoutScenario = ({ name, makeGateway }: Variant): void => {
  describe(`A checkout with ${name}`, () => {
    let world: ScenarioWorld;
    beforeEach(async () => void (world = await makeGateway()));
    afterEach(() => world.close());

    it('is paid once, whatever happens on the way', async () => {
      const { module, key, released, priceIs, timePasses, submit } = openShop(world);
      const first = (await module.openPaySession.execute(key))._unsafeUnwrap();
      expect(first).toMatchObject({ isNew: true, payment: { revision: 1 } });
      await world.payerTypesCard(first.session.id, 'declined');
      expect(await submit(first.session.id, 1)).toBe('declined');

      const second = (await module.openPaySession.execute(key))._unsafeUnwrap();
      expect(second.session.id).not.toBe(first.session.id);
      priceIs('120.00');
      expect(await submit(second.session.id, 1)).toBe('PriceChanged');
      const updated = (await module.updatePaySession.execute(key))._unsafeUnwrap();
      expect(updated.session.id).toBe(second.session.id);
      expect(updated.payment).toMatchObject({ revision: 2, order: { amount: { minor: 12_000 } } });
      expect(await submit(second.session.id, 1)).toBe('PriceChanged');

      await world.payerTypesCard(second.session.id, 'approved');
      await world.nextPay('answerLost');
      expect(await submit(second.session.id, 2)).toBe('unknown');
      expect(await submit(second.session.id, 2)).toBe('unknown');
      const confirmed = (await module.confirmPayment.execute(key))._unsafeUnwrap();
      expect(confirmed.states.payment).toBe('captured');
      expect(await submit(second.session.id, 2)).toBe('captured');

      timePasses(60_000);
      expect((await module.resolveUnfinished.execute())._unsafeUnwrap().failed).toBe(0);
      const { payment, history } = (await module.findPayment.execute(key))._unsafeUnwrap();
      expect(payment.states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
      expect(released).toEqual([payment.id]);
      expect(await world.charges()).toMatchObject([
        { orderId: 'ORDER-1', amount: '120.00', currency: 'USD' },
      ]);
      expect(history.map(({ type }) => type)).toEqual([
        ...['sessionOpened', 'payStarted', 'declined'],
        ...['sessionOpened', 'repriced', 'payStarted', 'outcomeLost', 'captured', 'fulfilled'],
      ]);
      await module.close();
    });
  });
};
