import { describe, expect, it } from '@jest/globals';
import { errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { confirmationFailed } from '../../src/application/ports/confirmations.ts';
import { fulfilmentFailed } from '../../src/application/ports/fulfilment.ts';
import { gatewayRefused, gatewayUnavailable } from '../../src/application/ports/payment-gateway.ts';
import { orderId } from '../../src/domain/payment/ids.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { bound, type Given, given, key, minute, never } from './given.ts';

const day = 24 * 60 * minute;

describe('ResolveUnfinished', () => {
  it('finds nothing to do where everything has ended', async () => {
    const { module, open, submit, settled, timePasses } = given();
    await submit(await open());
    await settled();
    timePasses(30 * day);
    expect((await module.resolveUnfinished.execute())._unsafeUnwrap()).toEqual({
      due: 0,
      failed: 0,
      problems: [],
    });
  });

  it('lets an expired session go', async () => {
    const { module, open, timePasses, history } = given();
    await open();
    timePasses(14 * minute);
    await module.resolveUnfinished.execute();
    expect(await history()).toEqual(['sessionOpened', 'sessionExpired']);
  });

  it('finds an attempt that a dead process left behind, charged', async () => {
    const { gateway, module, payments, open, timePasses, payment } = given();
    const session = await open();
    const dead = given({
      payments,
      gateway: { ...bound(gateway), pay: (request) => gateway.pay(request).andThen(never) },
    });
    void dead.submit(session);
    await dead.settled();
    expect((await payment()).states.payment).toBe('paying');
    timePasses(3 * minute);
    await module.resolveUnfinished.execute();
    expect((await payment()).states.payment).toBe('captured');
  });

  it('finds an attempt that a dead process left behind, not charged', async () => {
    const { gateway, module, payments, open, timePasses, history } = given();
    const session = await open();
    const dead = given({ payments, gateway: { ...bound(gateway), pay: never } });
    void dead.submit(session);
    await dead.settled();
    for (let looks = 0; looks < 3; looks += 1) {
      timePasses(3 * minute);
      await module.resolveUnfinished.execute();
    }
    expect(await history()).toEqual(['sessionOpened', 'payStarted', 'outcomeLost', 'notCharged']);
  });

  it('brings what nobody can tell before a person after three days', async () => {
    const { gateway, module, open, submit, timePasses, payment } = given();
    gateway.cardIs({ type: 'unknown', charged: true });
    await submit(await open());
    gateway.fails('read', gatewayUnavailable('away'));
    for (let hours = 0; hours < 73; hours += 1) {
      timePasses(60 * minute);
      await module.resolveUnfinished.execute();
    }
    expect(await payment()).toMatchObject({
      states: { payment: 'needsAttention' },
      attention: { kind: 'unresolved' },
    });
    gateway.fails('read', null);
    await module.confirmPayment.execute(key);
    expect((await payment()).states).toMatchObject({ payment: 'captured' });
  });

  it('releases goods again under the same key until the host has released them', async () => {
    const keys: string[] = [];
    const fulfilment = {
      fulfil: ({ key: of }: { key: string }) =>
        keys.push(of) < 3 ? errAsync(fulfilmentFailed('no stock')) : okAsync(undefined),
    };
    const { module, open, submit, settled, timePasses, payment } = given({ fulfilment });
    await submit(await open());
    await settled();
    for (let tries = 0; tries < 4; tries += 1) {
      timePasses(minute);
      await module.resolveUnfinished.execute();
    }
    expect(keys).toEqual(Array.from({ length: 3 }, () => keys[0]));
    expect((await payment()).states.fulfilment).toBe('fulfilled');
  });

  it('sends a message again that failed, and releases nothing for it', async () => {
    let tries = 0;
    const confirmations = {
      send: () => ((tries += 1) < 3 ? errAsync(confirmationFailed('no mail server')) : okAsync(undefined)),
    };
    const { module, open, submit, settled, timePasses, released, history } = given({ confirmations });
    await submit(await open());
    await settled();
    for (let sweeps = 0; sweeps < 4; sweeps += 1) {
      timePasses(minute);
      await module.resolveUnfinished.execute();
      await settled();
    }
    expect(tries).toBe(3);
    expect(released).toHaveLength(1);
    expect((await history()).slice(-2)).toEqual(['fulfilled', 'confirmationSent']);
  });

  it('reads once more about what was charged, and counts a look that the gateway did not answer, which stays owed', async () => {
    const { module, gateway, open, submit, settled, timePasses, payment } = given({
      policy: { recheck: true },
    });
    await submit(await open());
    await settled();
    const swept = async () => {
      const { due, failed } = (await module.resolveUnfinished.execute())._unsafeUnwrap();
      return { due, failed };
    };
    timePasses(2 * minute);
    expect(await swept()).toEqual({ due: 0, failed: 0 });
    timePasses(minute);
    gateway.fails('read', gatewayUnavailable('the cable is cut'));
    expect([await swept(), await swept()]).toEqual(Array(2).fill({ due: 1, failed: 1 }));
    gateway.fails('read', null);
    expect([await swept(), await swept()]).toEqual([
      { due: 1, failed: 0 },
      { due: 0, failed: 0 },
    ]);
    expect((await payment()).states.payment).toBe('captured');
  });

  it('says that the gateway refuses to be read, and invents no outcome', async () => {
    const { module, gateway, open, submit, timePasses, payment } = given();
    gateway.cardIs({ type: 'unknown', charged: true });
    await submit(await open());
    gateway.fails('read', gatewayRefused('HTTP 401, the key was revoked'));
    timePasses(3 * minute);
    const { failed, problems } = (await module.resolveUnfinished.execute())._unsafeUnwrap();
    expect([failed, problems.join()]).toEqual([1, expect.stringContaining('the key was revoked')]);
    expect((await payment()).states.payment).toBe('payUnknown');
  });

  it('counts what failed and says why, so that an operator can see it', async () => {
    const fulfilment = { fulfil: () => errAsync(fulfilmentFailed('no stock')) };
    const { module, open, submit, timePasses } = given({ fulfilment });
    await submit(await open());
    timePasses(minute);
    expect((await module.resolveUnfinished.execute())._unsafeUnwrap()).toEqual({
      due: 1,
      failed: 1,
      problems: ['payment of order LAMP-1 of merchant MERCHANT-1: FulfilmentFailed: no stock'],
    });
  });

  describe('when the work for one payment throws', () => {
    const orders = async ({ orderId: id }: { orderId: string }) => ({
      id,
      amount: '9.99',
      currency: 'USD',
      description: 'A nut',
      customerEmail: 'ann@example.com',
    });
    /** Throws for the first of three payments only, and says which were served. */
    const throwing = (error: unknown) => {
      const served: string[] = [];
      const serve = async (id: string) => {
        if (id === 'A') throw error;
        served.push(id);
        return ok(undefined);
      };
      return { served, serve: ({ order }: { order: { id: string } }) => new ResultAsync(serve(order.id)) };
    };
    const paid = async ({ module, settled }: Given) => {
      for (const id of ['A', 'B', 'C']) {
        const order = { ...key, orderId: orderId(id)._unsafeUnwrap() };
        const { session } = (await module.openPaySession.execute(order))._unsafeUnwrap();
        await module.submitPayment.execute({ ...order, sessionId: session.id, revision: null });
      }
      await settled();
    };
    /** Without `start`, so that nothing but the sweep does what is due. */
    const onlySwept = () => {
      const payments = new InMemoryPayments();
      payments.start = () => undefined;
      return payments;
    };
    const onlyAFailed = (error: string) => ({
      failed: 1,
      problems: [`payment of order A of merchant MERCHANT-1: defect: ${error}`],
    });

    it.each([
      [
        'a defect',
        new TypeError('Cannot read properties of undefined'),
        'Cannot read properties of undefined',
      ],
      ['an error with a card number in it', new Error('card 5123450000000008'), 'card [redacted]'],
      ['something that is no error', 'no stock', 'no stock'],
    ])(
      'because the host’s release rejects with %s, that counts as failed, and the others are released',
      async (_, error, said) => {
        const { served, serve } = throwing(error);
        const all = given({ payments: onlySwept(), orders, fulfilment: { fulfil: serve } });
        await paid(all);
        all.timePasses(minute);
        expect((await all.module.resolveUnfinished.execute())._unsafeUnwrap()).toMatchObject(
          onlyAFailed(said),
        );
        expect(served).toEqual(['B', 'C']);
      },
    );

    it('because the host’s messages reject, that counts as failed, and the others are written to', async () => {
      const { served, serve } = throwing(new Error('no mail server'));
      const all = given({ payments: onlySwept(), orders, confirmations: { send: serve } });
      await paid(all);
      all.timePasses(minute);
      await all.module.resolveUnfinished.execute();
      all.timePasses(minute);
      expect((await all.module.resolveUnfinished.execute())._unsafeUnwrap()).toMatchObject(
        onlyAFailed('no mail server'),
      );
      expect(served).toEqual(['B', 'C']);
    });

    it('because an invariant is broken, that counts as failed, and the others are released', async () => {
      const payments = onlySwept();
      const all = given({ payments, orders });
      await paid(all);
      const find = payments.findDue.bind(payments);
      // Stored as captured by an attempt that is not there: reading anything of it throws.
      payments.findDue = (now, limit) =>
        find(now, limit).map((due) =>
          due.map((payment) =>
            payment.order.id === 'A'
              ? {
                  ...payment,
                  get attempts(): never {
                    throw new Error('payment A lost its attempts');
                  },
                }
              : payment,
          ),
        );
      all.timePasses(minute);
      expect((await all.module.resolveUnfinished.execute())._unsafeUnwrap()).toMatchObject(
        onlyAFailed('payment A lost its attempts'),
      );
      expect(all.released).toHaveLength(2);
    });
  });
});
