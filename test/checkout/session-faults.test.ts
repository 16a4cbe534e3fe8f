// Faults of the calls that move no money, and sessions whose time is over: through the real adapter and the simulator.
import { describe, expect, it } from '@jest/globals';
import { aShop, cards, day, hour, minute, second, type Shop, type ShopOptions } from './a-shop.ts';
import { dialects, wires } from './dialects.ts';

const envelope = { success: false, message: 'No' };
const html = '<html><h1>Bad gateway</h1></html>';
type Fault = Readonly<{ fault: string }> & Readonly<Record<string, unknown>>;
const status = (code: number, body?: unknown): Fault => ({ fault: 'status', status: code, body });
const created = (requests: readonly string[]) => requests.filter((line) => /^POST .*\/session$/.test(line));

/** The payment, the ledger, the goods and the mail agree, and go on agreeing. */
const endsInOneCharge = async (shop: Shop, charge = 'LAMP-1 99.99 USD') => {
  await shop.sweepsAfter(hour, day, 2 * day, day);
  const { id, states } = await shop.payment();
  expect(states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
  expect(await shop.charges()).toEqual([charge]);
  expect(await shop.paysSent()).toHaveLength(1);
  expect(shop.released).toEqual([id]);
};

/** What may happen to the calls that open and update a session, and what opening one answers then. */
const sessionFaults: readonly (readonly [title: string, fault: Fault, answer: string])[] = [
  ['cut off before it was done', { fault: 'dropBefore' }, 'GatewayUnavailable'],
  ['cut off after it was done', { fault: 'dropAfter' }, 'GatewayUnavailable'],
  ['half an answer', { fault: 'truncate' }, 'GatewayUnavailable'],
  ['no answer', { fault: 'hang', charge: true }, 'GatewayUnavailable'],
  ['a redirect', status(302, html), 'GatewayUnavailable'],
  ['a wrong key', status(401, envelope), 'GatewayRefused'],
  ['no permission', status(403, envelope), 'GatewayRefused'],
  ['a wrong value', status(422, envelope), 'GatewayRefused'],
  ['too many requests', status(429, envelope), 'GatewayUnavailable'],
  ['an error of the server', status(500, envelope), 'GatewayUnavailable'],
  ['a proxy’s page', status(503, html), 'GatewayUnavailable'],
  ['a refusal with 200', status(200, envelope), 'GatewayRefused'],
  ['a page with 200', status(200, html), 'GatewayUnavailable'],
];

describe.each(dialects)('In the %s dialect:', (dialect) => {
  const open = (options: ShopOptions = {}) => aShop({ dialect, ...options });
  const { read, nothingPaid } = wires[dialect];
  const shopThatSuffers = ({ fault }: Fault) => open(fault === 'hang' ? { timeoutMs: 1_000 } : {});

  describe('Opening a session that suffers', () => {
    it.each([
      ...sessionFaults,
      ['an empty answer', status(200), 'GatewayUnavailable'],
      ['an answer without a session', status(200, { success: true, data: {} }), 'GatewayUnavailable'],
      ['an id that is no id', status(200, { success: true, data: { id: '../pay' } }), 'GatewayUnavailable'],
    ])('%s says so, and the next try opens one', async (_title, fault, error) => {
      const shop = await shopThatSuffers(fault);
      await shop.fault('createSession', fault);
      expect((await shop.module.openPaySession.execute(shop.key))._unsafeUnwrapErr().type).toBe(error);
      expect((await shop.module.findPayment.execute(shop.key))._unsafeUnwrapErr().type).toBe(
        'PaymentNotFound',
      );
      expect(created(await shop.requests())).toHaveLength(1);
      expect(await shop.pays()).toBe('captured');
      expect(created(await shop.requests())).toHaveLength(2);
      await endsInOneCharge(shop);
    });

    it('in place of an expired one, cut off after it was done, leaves none that can be paid, and the next try opens one', async () => {
      const shop = await open();
      const session = await shop.open();
      await shop.timePasses(15 * minute);
      await shop.fault('createSession', { fault: 'dropAfter' });
      expect((await shop.module.openPaySession.execute(shop.key)).isErr()).toBe(true);
      expect(await shop.submit(session)).toBe('SessionExpired');
      expect(await shop.pays()).toBe('captured');
      await endsInOneCharge(shop);
    });
  });

  describe('A new price that suffers', () => {
    it.each([
      ...sessionFaults,
      ['another amount', status(200, { success: true, data: { amount: 1, currency: 'USD' } }), ''],
    ])('%s is charged through a new session; the old one is never paid', async (_title, fault) => {
      const shop = await shopThatSuffers(fault);
      const old = await shop.openWithCard();
      shop.priceIs('120.00');
      await shop.fault('updateSession', fault);
      const { session, payment } = (await shop.module.updatePaySession.execute(shop.key))._unsafeUnwrap();
      expect(session.id).not.toBe(old);
      expect(payment).toMatchObject({ revision: 2, order: { amount: { minor: 12_000 } } });
      expect(await shop.submit(old)).toBe('SessionMismatch');
      expect(await shop.paysSent()).toEqual([]);
      expect(await shop.types(session.id)).toBe(200);
      expect(await shop.submit(session.id)).toBe('captured');
      await endsInOneCharge(shop, 'LAMP-1 120.00 USD');
    });

    it('nothing is charged through the session that the payer has typed the card into', async () => {
      const shop = await open();
      const session = await shop.openWithCard();
      shop.priceIs('120.00');
      expect(await shop.submit(session)).toBe('PriceChanged');
      const updated = (await shop.module.updatePaySession.execute(shop.key))._unsafeUnwrap();
      expect(updated.session.id).toBe(session);
      expect(await shop.paysSent()).toEqual([]);
      expect(await shop.submit(session)).toBe('captured');
      await endsInOneCharge(shop, 'LAMP-1 120.00 USD');
    });

    it('and no session after it says so, sells nothing, and the next try opens one', async () => {
      const shop = await open();
      const old = await shop.openWithCard();
      shop.priceIs('120.00');
      await shop.fault('updateSession', { fault: 'dropAfter' });
      await shop.fault('createSession', { fault: 'dropAfter' });
      const updated = await shop.module.updatePaySession.execute(shop.key);
      expect(updated._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
      expect(await shop.submit(old)).toBe('PriceChanged');
      expect(await shop.paysSent()).toEqual([]);
      expect(await shop.pays()).toBe('captured');
      await endsInOneCharge(shop, 'LAMP-1 120.00 USD');
    });
  });

  describe('A session whose time is over', () => {
    const opensAnother = async (shop: Shop, old: string) => {
      const { session, isNew } = (await shop.module.openPaySession.execute(shop.key))._unsafeUnwrap();
      expect(isNew).toBe(true);
      expect(session.id).not.toBe(old);
      await shop.types(session.id);
      expect(await shop.submit(session.id)).toBe('captured');
    };

    it('by our own estimate sends nothing; another opens in its place', async () => {
      const shop = await open();
      const session = await shop.openWithCard();
      await shop.timePasses(14 * minute);
      expect(await shop.submit(session)).toBe('SessionExpired');
      expect(await shop.paysSent()).toEqual([]);
      await opensAnother(shop, session);
      await endsInOneCharge(shop);
    });

    it('and that the sweep has put away, opens another', async () => {
      const shop = await open();
      const session = await shop.openWithCard();
      await shop.sweepsAfter(14 * minute);
      expect((await shop.payment()).states.payment).toBe('created');
      expect(await shop.submit(session)).toBe('SessionExpired');
      expect(await shop.paysSent()).toEqual([]);
      await opensAnother(shop, session);
      await endsInOneCharge(shop);
    });

    it('takes no card any more', async () => {
      const shop = await open();
      const session = await shop.open();
      await shop.timePasses(15 * minute);
      expect(await shop.types(session, cards.approved)).toBe(404);
    });

    it.each([
      [404, 'SessionExpired', 'created'],
      [400, 'GatewayRefused', 'created'],
      [422, 'GatewayRefused', 'created'],
      [410, 'unknown', 'payUnknown'],
    ] as const)(
      'at the gateway, before our estimate, is refused with %i: %s, and another session pays',
      async (expiredSessionStatus, answer, state) => {
        const shop = await open({ settings: { sessionLifetimeMs: 5 * minute, expiredSessionStatus } });
        const session = await shop.openWithCard();
        await shop.timePasses(6 * minute);
        expect(await shop.submit(session)).toBe(answer);
        expect((await shop.payment()).states.payment).toBe(state);
        await shop.sweepsAfter(3 * minute, 2 * minute);
        expect(await shop.charges()).toEqual([]);
        await opensAnother(shop, session);
        await shop.sweepsAfter(hour, day, 2 * day, day);
        expect((await shop.payment()).states.payment).toBe('captured');
        expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
        expect(shop.released).toHaveLength(1);
      },
    );

    /** A pay whose end can no longer be read: the session is gone before the first reading. */
    const unreadable = async (fault: string) => {
      const shop = await open();
      await shop.fault(read, { ...status(404, envelope), times: 1_000 });
      const session = await shop.openWithCard();
      await shop.fault('pay', { fault });
      expect(await shop.submit(session)).toBe('unknown');
      return shop;
    };

    it.each(['dropBefore', 'dropAfter'])(
      'and that cannot be read leaves a pay after %s unknown for three days; then a person must decide',
      async (fault) => {
        const shop = await unreadable(fault);
        const steps = [3 * minute, minute, minute, 10 * minute, hour, 6 * hour, day];
        for (const step of steps) {
          await shop.sweepsAfter(step);
          expect((await shop.payment()).states.payment).toBe('payUnknown');
        }
        expect((await shop.module.openPaySession.execute(shop.key))._unsafeUnwrapErr().type).toBe(
          'NotPayable',
        );
        await shop.sweepsAfter(day, day);
        const { states, attention } = await shop.payment();
        expect(states).toEqual({ payment: 'needsAttention', fulfilment: 'notDue' });
        expect(attention).toMatchObject({ kind: 'unresolved', reason: expect.stringContaining('404') });
        expect(await shop.paysSent()).toHaveLength(1);
        expect(shop.released).toEqual([]);
      },
    );

    it('and that can be read again after that, tells of its charge: the goods are released', async () => {
      const shop = await unreadable('dropAfter');
      await shop.sweepsAfter(3 * minute, hour, day, day, day);
      expect((await shop.payment()).states.payment).toBe('needsAttention');
      await shop.faultsEnd();
      await shop.module.confirmPayment.execute(shop.key);
      await endsInOneCharge(shop);
    });
  });

  describe('A gateway that cannot be read', () => {
    it.each([
      ['is away for a day', { fault: 'dropBefore' }],
      ['refuses the key', status(401, envelope)],
      ['forbids it', status(403, envelope)],
      ['answers with a page', status(502, html)],
      ['has too many requests', status(429, envelope)],
      ['knows nothing of the session', status(404, envelope)],
      ['says nothing that is understood', status(200, { success: true, data: {} })],
      [
        'answers about another',
        status(200, { success: true, data: nothingPaid({ session: 'OTHER', order: 'OTHER' }) }),
      ],
    ])('%s: nothing is invented, and the charge is found when it can', async (_title, fault) => {
      const shop = await open();
      const session = await shop.openWithCard();
      await shop.fault('pay', { fault: 'dropAfter' });
      await shop.fault(read, { ...fault, times: 1_000 });
      expect(await shop.submit(session)).toBe('unknown');
      await shop.sweepsAfter(minute, minute, minute, minute, hour, 6 * hour, day - 8 * hour);
      expect((await shop.payment()).states).toEqual({ payment: 'payUnknown', fulfilment: 'notDue' });
      await shop.faultsEnd();
      await shop.sweepsAfter(day);
      await endsInOneCharge(shop);
    });

    it('reads a hanging session no longer than the timeout, and again at the next look', async () => {
      const shop = await open({ timeoutMs: 1_000 });
      const session = await shop.openWithCard();
      await shop.fault('pay', { fault: 'dropAfter' });
      await shop.fault(read, { fault: 'hang' });
      await shop.submit(session);
      await shop.sweepsAfter(3 * minute);
      expect((await shop.payment()).states.payment).toBe('payUnknown');
      await shop.sweepsAfter(2 * minute);
      await endsInOneCharge(shop);
    });

    it('is believed about a charge, whatever it says afterwards', async () => {
      const shop = await open();
      const session = await shop.openWithCard();
      await shop.fault('pay', { fault: 'dropAfter' });
      await shop.submit(session);
      await shop.sweepsAfter(3 * minute);
      const nothing = status(200, { success: true, data: nothingPaid({ session, order: 'LAMP-1' }) });
      await shop.fault(read, { ...nothing, times: 1_000 });
      await shop.module.confirmPayment.execute(shop.key);
      await endsInOneCharge(shop);
    });

    it('takes no single "nothing" for proof: it flaps, and the charge is found', async () => {
      const shop = await open();
      const session = await shop.openWithCard();
      await shop.fault('pay', { fault: 'dropAfter' });
      await shop.fault(read, status(200, { success: true, data: nothingPaid({ session, order: 'LAMP-1' }) }));
      await shop.submit(session);
      await shop.sweepsAfter(150 * second);
      expect((await shop.payment()).attempts[0]?.nothingFoundAt).not.toBeNull();
      expect((await shop.payment()).states.payment).toBe('payUnknown');
      await shop.sweepsAfter(minute);
      await endsInOneCharge(shop);
    });
  });
});
