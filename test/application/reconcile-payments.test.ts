import { describe, expect, it } from '@jest/globals';
import { errAsync, okAsync } from 'neverthrow';
import {
  gatewayUnavailable,
  type ListedPayment,
  type PaymentGateway,
} from '../../src/application/ports/payment-gateway.ts';
import { type Payments, storageUnavailable } from '../../src/application/ports/payments.ts';
import { merchantId, orderId } from '../../src/domain/payment/ids.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { usd } from '../builders/a-payment.ts';
import { bound, given, type Given, key } from './given.ts';

const today = () => new InMemoryGateway([], { dialect: 'payment' });
const nothing = { agreed: 0, read: 0, changed: [], unmatched: [], next: null };

/** Another host on the same gateway, whose calls may be replaced and whose storage is empty. */
const onlyTheGatewayOf = ({ gateway }: Given, replaced: Partial<PaymentGateway> = {}): Given =>
  given({ gateway: { ...bound(gateway), ...replaced } }, gateway);

const paid = async (): Promise<Given> => {
  const world = given({}, today());
  await world.submit(await world.open());
  await world.settled();
  return world;
};

const reconcile = ({ module }: Given, more: Readonly<{ from?: number; limit?: number }> = {}) =>
  module.reconcilePayments.execute({ merchantId: key.merchantId, ...more });
const reconciled = async (world: Given, more = {}) => (await reconcile(world, more))._unsafeUnwrap();

const lamp = { amount: '99.99', currency: 'USD', description: 'A lamp' };

const listing = (items: readonly ListedPayment[], total: number | null = items.length) => ({
  list: () => okAsync({ items, total }),
});
const listed = (changes: Partial<ListedPayment> = {}): ListedPayment => ({
  merchantId: key.merchantId,
  orderId: key.orderId,
  status: 'CAPTURED',
  amount: usd('99.99'),
  captured: usd('99.99'),
  refunded: usd('0'),
  createdAt: null,
  ...changes,
});

describe('ReconcilePayments', () => {
  it('reads nothing of a payment whose totals the list has, too', async () => {
    const world = await paid();
    const before = world.calls();
    expect(await reconciled(world)).toEqual({ ...nothing, agreed: 1 });
    expect(world.calls()).toEqual([...before, 'list']);
  });

  it('takes over what was given back at the gateway’s own pages', async () => {
    const world = await paid();
    const { merchantId: merchant, orderId: order } = key;
    const about = { merchantId: merchant, orderId: order, sessionId: await sessionOf(world), target: null };
    (await world.gateway.followUp({ ...about, operation: 'refund', amount: usd('9.99') }))._unsafeUnwrap();
    expect(await reconciled(world)).toEqual({ ...nothing, read: 1, changed: [key.orderId] });
    expect(await world.payment()).toMatchObject({
      states: { payment: 'partlyRefunded' },
      refunded: usd('9.99'),
    });
    expect(await reconciled(world)).toEqual({ ...nothing, agreed: 1 });
  });

  it('reads also where nothing was taken: what is only held is in no total', async () => {
    const world = given({}, today());
    const sessionId = await world.open();
    (await world.module.authorizePayment.execute({ ...key, sessionId, revision: null }))._unsafeUnwrap();
    expect(await reconciled(world)).toEqual({ ...nothing, read: 1 });
  });

  it('makes a case for a person of a charge that no payment is known for', async () => {
    const world = onlyTheGatewayOf(await paid());
    expect(await reconciled(world)).toEqual({ ...nothing, read: 1, changed: [key.orderId] });
    const { states, attention, captured } = await world.payment();
    expect([states.payment, attention?.kind, captured]).toEqual([
      'needsAttention',
      'chargeFound',
      usd('99.99'),
    ]);
    expect(world.calls().filter((call) => call === 'pay')).toHaveLength(1);
    expect(world.released).toEqual([]);
    expect(await reconciled(world)).toEqual({ ...nothing, agreed: 1 });
  });

  it('shows what it cannot compare: another id, another merchant’s, an order that the host does not know', async () => {
    const items = [
      listed({ orderId: null }),
      listed({ orderId: 'not an id' }),
      listed({ merchantId: 'MERCHANT-2' }),
      listed({ orderId: 'LAMP-2' }),
    ];
    const world = onlyTheGatewayOf(await paid(), listing(items));
    const { unmatched, ...rest } = await reconciled(world);
    expect(unmatched.map(({ listed: item, reason }) => [item, reason])).toEqual([
      [items[0], 'its id is not that of an order'],
      [items[1], 'its id is not that of an order'],
      [items[2], 'it is another merchant’s'],
      [items[3], 'OrderNotFound'],
    ]);
    expect(rest).toEqual({ agreed: 0, read: 0, changed: [], next: null });
  });

  it('shows a payment that cannot be read, and goes on with the next', async () => {
    const before = await paid();
    const fails = { read: () => errAsync(gatewayUnavailable('no answer')) };
    const { unmatched } = await reconciled(onlyTheGatewayOf(before, fails));
    expect(unmatched.map(({ reason }) => reason)).toEqual(['GatewayUnavailable: no answer']);
  });

  it('says in words what is wrong with the host’s order', async () => {
    const orders = async ({ orderId: id }: Readonly<{ orderId: string }>) => ({ ...lamp, id, language: 'x' });
    const { gateway } = await paid();
    const list = listing([listed({ orderId: 'LAMP-2' })]);
    const { unmatched } = await reconciled(
      given({ orders, gateway: { ...bound(gateway), ...list } }, gateway),
    );
    expect(unmatched.map(({ reason }) => reason)).toEqual([
      'InvalidOrder: InvalidText: language: not a language tag such as en or de-CH',
    ]);
  });

  it('goes through the list part by part, to its end', async () => {
    const items = ['A-1', 'A-2', 'A-3'].map((id) => listed({ orderId: id }));
    const list: PaymentGateway['list'] = (_, { offset, limit }) =>
      okAsync({ items: items.slice(offset, offset + limit), total: items.length });
    const world = onlyTheGatewayOf(await paid(), { list });
    const seen: unknown[] = [];
    for (let from: number | null = 0; from !== null;) {
      const part = await reconciled(world, { from, limit: 2 });
      seen.push(part.unmatched.map((each) => each.listed.orderId));
      from = part.next;
    }
    expect(seen).toEqual([['A-1', 'A-2'], ['A-3']]);
  });

  it('ends a list without a total at the first empty part, and calls one that ends early an error', async () => {
    const world = await paid();
    const part = await reconciled(onlyTheGatewayOf(world, listing([listed()], null)));
    expect(part.next).toBe(1);
    expect((await reconciled(onlyTheGatewayOf(world, listing([], null)))).next).toBeNull();
    const early = await reconcile(onlyTheGatewayOf(world, listing([], 7)), { from: 3 });
    expect(early._unsafeUnwrapErr()).toEqual(gatewayUnavailable('a list that ends early'));
  });

  it('asks for nothing where the gateway has no list, knows no such merchant, or the storage is away', async () => {
    const old = given();
    expect((await reconcile(old))._unsafeUnwrapErr()).toEqual({ type: 'NotSupported', ability: 'list' });
    expect(old.calls()).toEqual([]);
    const strict = given({}, new InMemoryGateway(['MERCHANT-1'], { dialect: 'payment' }));
    const stranger = merchantId('MERCHANT-2')._unsafeUnwrap();
    const unknown = await strict.module.reconcilePayments.execute({ merchantId: stranger });
    expect(unknown._unsafeUnwrapErr().type).toBe('UnknownMerchant');
    const { gateway } = await paid();
    const stored = new InMemoryPayments();
    const payments: Payments = {
      find: () => errAsync(storageUnavailable('away')),
      save: stored.save.bind(stored),
      history: stored.history.bind(stored),
      findDue: stored.findDue.bind(stored),
      findNeedingAttention: stored.findNeedingAttention.bind(stored),
    };
    expect((await reconcile(given({ payments }, gateway)))._unsafeUnwrapErr().type).toBe(
      'StorageUnavailable',
    );
  });
});

const sessionOf = async (world: Given) => {
  const [attempt] = (await world.payment()).attempts;
  if (attempt === undefined) throw new Error(`nothing was paid for ${orderId(key.orderId)._unsafeUnwrap()}`);
  return attempt.sessionId;
};
