import { describe, expect, it } from '@jest/globals';
import { errAsync, okAsync } from 'neverthrow';
import { confirmationFailed } from '../../src/application/ports/confirmations.ts';
import { fulfilmentFailed } from '../../src/application/ports/fulfilment.ts';
import { gatewayUnavailable } from '../../src/application/ports/payment-gateway.ts';
import { bound, given, key, minute, never } from './given.ts';

const day = 24 * 60 * minute;

describe('ResolveUnfinished', () => {
  it('finds nothing to do where everything has ended', async () => {
    const { module, open, submit, settled, timePasses } = given();
    await submit(await open());
    await settled();
    timePasses(30 * day);
    expect((await module.resolveUnfinished.execute())._unsafeUnwrap()).toEqual({ due: 0, failed: 0 });
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
    const swept = async () => (await module.resolveUnfinished.execute())._unsafeUnwrap();
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

  it('counts what failed, so that an operator can see it', async () => {
    const fulfilment = { fulfil: () => errAsync(fulfilmentFailed('no stock')) };
    const { module, open, submit, timePasses } = given({ fulfilment });
    await submit(await open());
    timePasses(minute);
    expect((await module.resolveUnfinished.execute())._unsafeUnwrap()).toEqual({ due: 1, failed: 1 });
  });
});
