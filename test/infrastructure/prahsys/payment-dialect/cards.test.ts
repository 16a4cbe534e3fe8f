// The adapter against the simulator: every test card of the documentation, and what the documents leave open.
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PaymentGateway } from '../../../../src/application/ports/payment-gateway.ts';
import { merchantId } from '../../../../src/domain/payment/ids.ts';
import { prahsysAccount } from '../../../../src/infrastructure/prahsys/config.ts';
import { PaymentDialectGateway } from '../../../../src/infrastructure/prahsys/payment-dialect/gateway.ts';
import { type Simulator, startSimulator } from '../../../../src/simulator/simulator.ts';
import { anOrder, usd } from '../../../builders/a-payment.ts';
import { control, settingsFor } from '../prahsys-on-simulator.ts';

const good = '4242424242424242';
const cards: readonly (readonly [number: string, outcome: 'done' | 'declined' | 'unknown'])[] = [
  ...['4242424242424242', '4000056655665556', '5555555555554444', '378282246310005', '6011111111111117'].map(
    (number) => [number, 'done'] as const,
  ),
  ...['4000000000000002', '4000000000000069', '4000000000000127', '4000000000000101', '4000000000000010'].map(
    (number) => [number, 'declined'] as const,
  ),
  ['5123450000000008', 'done'],
  ['4000000000009995', 'declined'],
  ['4000000000009987', 'unknown'],
  ['4000000000000119', 'unknown'],
  ['4000000000000341', 'declined'],
];

let simulator: Simulator;
let gateway: PaymentDialectGateway;
let count = 0;

beforeAll(async () => {
  simulator = await startSimulator();
  const { connection, credentials } = prahsysAccount(settingsFor(simulator))._unsafeUnwrap();
  gateway = new PaymentDialectGateway(connection, credentials);
});
afterAll(() => simulator.close());

const merchant = () => merchantId(simulator.merchantId)._unsafeUnwrap();
const settingsAre = (settings: object) => control(simulator, 'settings', settings, 'PUT');

/** An order of its own, with a session into which this card was typed. */
const typed = async (number: string, order = anOrder({ id: `ORDER-${(count += 1)}` })) => {
  const { id } = (await gateway.openSession(merchant(), order))._unsafeUnwrap();
  const securityCode = /^3[47]/.test(number) ? '1000' : '100';
  await control(simulator, `sessions/${id}/card`, {
    number,
    expiryMonth: '01',
    expiryYear: '39',
    securityCode,
  });
  return { merchantId: merchant(), orderId: order.id, sessionId: id, amount: order.amount, order };
};
type Typed = Awaited<ReturnType<typeof typed>>;
const pay = async (request: Typed, operation: 'pay' | 'authorize' = 'pay') =>
  (await gateway.pay({ ...request, operation }))._unsafeUnwrap();
const followUp = async (request: Typed, operation: 'capture' | 'void' | 'refund', amount: string) =>
  (await gateway.followUp({ ...request, operation, amount: usd(amount), target: null }))._unsafeUnwrap();
const read = async (request: Typed, of: PaymentGateway = gateway) => {
  const said = (await of.read(request))._unsafeUnwrap();
  if (said.type !== 'record') return said.type;
  return said.transactions.map(({ operation, result }) => `${operation} ${result}`);
};

describe('A test card of the documentation', () => {
  const words = { done: 'done', declined: 'declined', unknown: 'unclear' } as const;

  it.each(cards)('%s is %s: paid, held, checked and read', async (number, outcome) => {
    const charged = await typed(number);
    expect((await pay(charged)).type).toBe(outcome === 'done' ? 'captured' : outcome);
    expect(await read(charged)).toEqual([`pay ${words[outcome]}`]);
    const held = await typed(number);
    expect((await pay(held, 'authorize')).type).toBe(outcome === 'done' ? 'authorized' : outcome);
    expect(await read(held)).toEqual([`authorize ${words[outcome]}`]);
    const checked = await typed(number);
    const verified = await gateway.verify({ ...checked, currency: checked.amount.currency });
    const check = { done: 'verified', declined: 'notVerified', unknown: 'unknown' } as const;
    expect(verified._unsafeUnwrap().type).toBe(check[outcome]);
    expect(await read(checked)).toEqual([]);
  });

  it.each([
    [{ declineStatus: 200 }, 'declined'],
    [{ declineStatus: 402 }, 'declined'],
    [{ declineStatus: 400 }, 'refused'],
    [{ declinedPaymentStatus: null }, 'declined'],
  ])('that is declined is never charged or unknown, with the gateway set to %j', async (settings, type) => {
    await settingsAre(settings);
    const request = await typed('4000000000000002');
    expect((await pay(request)).type).toBe(type);
    expect(await read(request)).toEqual(['pay declined']);
    await settingsAre({ declineStatus: 200, declinedPaymentStatus: 'DECLINED' });
  });

  it('is checked and then declined, or declined and then charged, on one payment', async () => {
    const first = await typed(good);
    await gateway.verify({ ...first, currency: first.amount.currency });
    const second = await typed('4000000000000002', first.order);
    expect((await pay(second)).type).toBe('declined');
    const third = await typed(good, first.order);
    expect((await pay(third)).type).toBe('captured');
    expect(await read(third)).toEqual(['pay declined', 'pay done']);
  });
});

describe('Money that moves on', () => {
  it('is refunded after it settled, and no longer voided', async () => {
    const request = await typed(good);
    await pay(request);
    await control(simulator, 'clock', { advanceMs: 25 * 60 * 60_000 });
    const voided = await followUp(request, 'void', '10.00');
    expect(voided).toMatchObject({ type: 'refused', reason: expect.stringContaining('refund it instead') });
    expect((await followUp(request, 'refund', '4.00')).type).toBe('done');
    expect((await followUp(request, 'refund', '6.00')).type).toBe('done');
    expect(await read(request)).toEqual(['pay done', 'refund done', 'refund done']);
  });

  it('is voided before it settled, whole or in the part that is named', async () => {
    const request = await typed(good);
    await pay(request);
    expect((await followUp(request, 'void', '10.00')).type).toBe('done');
    const held = await typed(good);
    await pay(held, 'authorize');
    await followUp(held, 'capture', '4.00');
    const second = await followUp(held, 'capture', '6.00');
    const target = second.type === 'done' ? second.evidence.transactionId : null;
    const voided = await gateway.followUp({ ...held, operation: 'void', amount: usd('6.00'), target });
    expect(voided._unsafeUnwrap().type).toBe('done');
    expect(await read(held)).toEqual(['authorize done', 'capture done', 'capture done', 'void done']);
  });

  it('is refunded in part after a part was captured, and captured again', async () => {
    const request = await typed(good);
    await pay(request, 'authorize');
    await followUp(request, 'capture', '4.00');
    await followUp(request, 'refund', '1.00');
    expect((await followUp(request, 'capture', '6.00')).type).toBe('done');
    expect(await read(request)).toEqual(['authorize done', 'capture done', 'refund done', 'capture done']);
  });

  it('twice, where something in between sent a pay twice, shows twice', async () => {
    const request = await typed(good);
    await control(simulator, 'faults', { operation: 'pay', fault: 'duplicate' });
    expect((await pay(request)).type).toBe('captured');
    expect(await read(request)).toEqual(['pay done', 'pay done']);
  });
});

describe('What the documents leave open', () => {
  it.each(['object', 'array'])(
    'is no matter: custom as an %s, and card data in every answer',
    async (customShape) => {
      await settingsAre({ customShape, echoCard: true });
      const request = await typed(good);
      const said = [
        await pay(request),
        await followUp(request, 'refund', '1.00'),
        await gateway.read(request),
      ];
      const lists = [
        await gateway.list(merchant(), { offset: 0, limit: 100 }),
        await gateway.listTransactions(merchant(), request.orderId),
      ];
      expect(said[0]).toMatchObject({ type: 'captured' });
      expect(inspect([said, lists], { depth: 10 })).not.toMatch(/4012888888881881|\b999\b/);
      await settingsAre({ customShape: 'object', echoCard: false });
    },
  );

  it('decides nothing where an unpaid payment cannot be read, unless the host says that it does', async () => {
    await settingsAre({ readUnpaidPayments: false });
    const request = await typed(good);
    const { connection, credentials } = prahsysAccount(settingsFor(simulator))._unsafeUnwrap();
    const knowing = new PaymentDialectGateway(connection, credentials, { missingPayment: 'nothing' });
    expect(await read(request)).toBe('unclear');
    expect(await read(request, knowing)).toBe('nothing');
    await settingsAre({ missingPayment: 400 });
    expect((await gateway.read(request))._unsafeUnwrapErr().type).toBe('GatewayRefused');
    await settingsAre({ readUnpaidPayments: true, missingPayment: 404 });
    expect(await read(request)).toEqual([]);
  });
});

describe('The lists', () => {
  it('hold every charge, page after page, so that one without a payment of ours is found', async () => {
    const request = await typed(good);
    await pay(request);
    const found: (string | null)[] = [];
    for (let total = Infinity; found.length < total;) {
      const page = (await gateway.list(merchant(), { offset: found.length, limit: 3 }))._unsafeUnwrap();
      found.push(...page.items.map(({ orderId }) => orderId));
      total = page.total ?? 0;
      expect(page.items.length).toBeLessThanOrEqual(3);
    }
    expect(found).toContain(request.orderId);
    expect(new Set(found).size).toBe(found.length);
  });

  it('show the transactions of one order alone', async () => {
    const request = await typed(good);
    await pay(request);
    await followUp(request, 'refund', '1.00');
    const listed = (await gateway.listTransactions(merchant(), request.orderId))._unsafeUnwrap();
    expect(listed.map(({ operation, result }) => `${operation} ${result}`)).toEqual([
      'pay done',
      'refund done',
    ]);
  });

  it('know how the gateway is', async () => {
    const operating = { status: 'OPERATING', cardPresent: 'OPERATING', cardNotPresent: 'OPERATING' };
    expect((await gateway.status(merchant()))._unsafeUnwrap()).toEqual(operating);
  });
});
