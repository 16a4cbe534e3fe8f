// Authorize, capture, void, refund and verify, on a gateway that can do them.
import { describe, expect, it } from '@jest/globals';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { FollowUpCommand } from '../../src/application/follow-up-payment.ts';
import type { FollowUpRequest, PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import { storageUnavailable } from '../../src/application/ports/payments.ts';
import { type Money, parseMoney } from '../../src/domain/money/money.ts';
import { proposal } from '../../src/domain/payment/follow-up.ts';
import { leftToRefund } from '../../src/domain/payment/totals.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { bound, given, type Given, key, minute } from './given.ts';

const usd = (amount: string): Money => parseMoney(amount, 'USD')._unsafeUnwrap();
const moneyCalls = ['pay', 'authorize', 'capture', 'void', 'refund'];

/** On today's gateway; its calls may be replaced. */
const today = (
  replace: (gateway: InMemoryGateway) => Partial<PaymentGateway> = () => ({}),
  more = {},
): Given => {
  const gateway = new InMemoryGateway([], { dialect: 'payment' });
  return given({ gateway: { ...bound(gateway), ...replace(gateway) }, ...more }, gateway);
};
const moved = (world: Given) => world.calls().filter((call) => moneyCalls.includes(call));
const asking = (of: string, amount: string | null = null): FollowUpCommand => ({
  ...key,
  key: of,
  amount: amount === null ? null : usd(amount),
});
const authorized = async (world: Given) =>
  world.module.authorizePayment.execute({ ...key, sessionId: await world.open(), revision: null });
/** Paid, and the goods released. */
const paid = async (world: Given) => {
  await world.submit(await world.open());
  await world.settled();
};
/** Paid, and the goods not released yet. */
const hostFails = { fulfilment: () => Promise.reject(new Error('the shelf is locked')) };
const confirmed = async (world: Given) =>
  world.module.confirmPayment.execute({ ...key, evenIfSettled: true });

describe('AuthorizePayment', () => {
  it('holds the amount and releases nothing; asked again, it repeats the outcome without a call', async () => {
    const world = today();
    const sessionId = await world.open();
    const ask = () => world.module.authorizePayment.execute({ ...key, sessionId, revision: null });
    expect((await ask())._unsafeUnwrap().attempt).toMatchObject({
      operation: 'authorize',
      outcome: 'authorized',
    });
    expect((await ask())._unsafeUnwrap().attempt.outcome).toBe('authorized');
    await world.settled();
    expect(moved(world)).toEqual(['authorize']);
    expect(world.released).toEqual([]);
    expect((await world.payment()).states).toEqual({ payment: 'authorized', fulfilment: 'notDue' });
  });
});

describe('CapturePayment', () => {
  it('takes parts until all is taken, and the goods are released with the last', async () => {
    const world = today();
    await authorized(world);
    const { capturePayment } = world.module;
    expect((await capturePayment.execute(asking('a', '40.00')))._unsafeUnwrap().attempt.outcome).toBe('done');
    await world.settled();
    expect(world.released).toEqual([]);
    expect((await capturePayment.execute(asking('b', '60.00')))._unsafeUnwrapErr()).toEqual({
      type: 'AmountExceeded',
      left: usd('59.99'),
    });
    expect((await capturePayment.execute(asking('c')))._unsafeUnwrap().attempt.amount).toEqual(usd('59.99'));
    await world.settled();
    expect((await capturePayment.execute(asking('d', '0.01')))._unsafeUnwrapErr()).toEqual({
      type: 'AmountExceeded',
      left: usd('0.00'),
    });
    expect(moved(world)).toEqual(['authorize', 'capture', 'capture']);
    expect(world.released).toHaveLength(1);
    expect(await world.payment()).toMatchObject({ states: { payment: 'captured' }, captured: usd('99.99') });
  });

  it('is refused of a charge: it is all taken', async () => {
    const world = today();
    await paid(world);
    const refused = (await world.module.capturePayment.execute(asking('a')))._unsafeUnwrapErr();
    expect(refused).toEqual({ type: 'NotPossible', operation: 'capture', state: 'captured' });
    expect(moved(world)).toEqual(['pay']);
  });
});

describe('RefundPayment', () => {
  it('gives back parts and the rest, never more, and says how much is left', async () => {
    const world = today();
    await paid(world);
    const { refundPayment } = world.module;
    await refundPayment.execute(asking('a', '30.00'));
    expect((await world.payment()).states.payment).toBe('partlyRefunded');
    expect((await refundPayment.execute(asking('b', '70.00')))._unsafeUnwrapErr()).toEqual({
      type: 'AmountExceeded',
      left: usd('69.99'),
    });
    await refundPayment.execute(asking('c'));
    expect(await world.payment()).toMatchObject({ states: { payment: 'refunded' }, refunded: usd('99.99') });
    expect((await refundPayment.execute(asking('d', '0.01')))._unsafeUnwrapErr()).toEqual({
      type: 'AmountExceeded',
      left: usd('0.00'),
    });
    expect(moved(world)).toEqual(['pay', 'refund', 'refund']);
  });

  it('answers the same key with the same attempt, without a call; for anything else the key is used', async () => {
    const world = today();
    await paid(world);
    const { refundPayment, voidPayment } = world.module;
    const first = (await refundPayment.execute(asking('a', '30.00')))._unsafeUnwrap().attempt;
    for (const amount of ['30.00', null])
      expect((await refundPayment.execute(asking('a', amount)))._unsafeUnwrap().attempt).toEqual(first);
    const reused = { type: 'KeyReused', attemptId: first.id };
    expect((await refundPayment.execute(asking('a', '31.00')))._unsafeUnwrapErr()).toEqual(reused);
    expect((await voidPayment.execute(asking('a')))._unsafeUnwrapErr()).toEqual(reused);
    expect(moved(world)).toEqual(['pay', 'refund']);
  });

  it.each([
    ['no key', asking('')],
    ['a key with spaces', asking('a b')],
    ['a card number as a key', asking('5123450000000008')],
    ['nothing', asking('a', '0.00')],
    ['another currency', { ...asking('a'), amount: parseMoney('1.00', 'EUR')._unsafeUnwrap() }],
  ])('refuses %s before anything is asked', async (_, command) => {
    const world = today();
    await paid(world);
    expect((await world.module.refundPayment.execute(command))._unsafeUnwrapErr().type).toBe(
      'InvalidFollowUp',
    );
    expect(moved(world)).toEqual(['pay']);
  });

  it('of twenty at the same moment gives back what there is, and refuses the others', async () => {
    const world = today();
    await paid(world);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        world.module.refundPayment.execute(asking(`k${index}`, '10.00')),
      ),
    );
    expect(answers.filter((answer) => answer.isOk())).toHaveLength(9);
    for (const answer of answers.filter((each) => each.isErr()))
      expect(answer._unsafeUnwrapErr().type).toBe('AmountExceeded');
    expect(moved(world)).toHaveLength(1 + 9);
    expect((await world.payment()).refunded).toEqual(usd('90.00'));
  });

  it('counts an unknown one as given until the gateway says otherwise', async () => {
    const world = today();
    await paid(world);
    world.gateway.followUpIs('refund', { type: 'unknown', done: true });
    await world.module.refundPayment.execute(asking('a', '60.00'));
    expect(leftToRefund(await world.payment())).toEqual(usd('39.99'));
    expect((await world.module.refundPayment.execute(asking('b', '40.00'))).isErr()).toBe(true);
    await world.module.confirmPayment.execute(key);
    expect(await world.payment()).toMatchObject({
      states: { payment: 'partlyRefunded' },
      refunded: usd('60.00'),
    });
  });

  it('believes that an unknown one did not happen after the quiet period and two readings, and then frees its amount', async () => {
    const world = today();
    await paid(world);
    world.gateway.followUpIs('refund', { type: 'unknown', done: false });
    await world.module.refundPayment.execute(asking('a'));
    const left = async () => {
      await world.module.confirmPayment.execute(key);
      return leftToRefund(await world.payment()).minor;
    };
    expect(await left()).toBe(0);
    world.timePasses(2.5 * minute);
    expect(await left()).toBe(0);
    world.timePasses(minute - 1);
    expect(await left()).toBe(0);
    world.timePasses(1);
    expect(await left()).toBe(9999);
    expect((await world.module.refundPayment.execute(asking('a')))._unsafeUnwrapErr().type).toBe('NotSent');
    world.gateway.followUpIs('refund', { type: 'done' });
    expect((await world.module.refundPayment.execute(asking('b'))).isOk()).toBe(true);
  });

  it('stores its intent before the call, and sends nothing if that failed', async () => {
    const payments = new InMemoryPayments();
    const seen: unknown[] = [];
    const world = today(
      (gateway) => ({
        followUp: (request: FollowUpRequest) =>
          new ResultAsync(
            (async () => {
              const stored = (await payments.find(key.merchantId, key.orderId))._unsafeUnwrap();
              seen.push(stored?.attempts.at(-1)?.outcome);
              return gateway.followUp(request);
            })(),
          ),
      }),
      { payments },
    );
    await paid(world);
    await world.module.refundPayment.execute(asking('a', '1.00'));
    expect(seen).toEqual(['started']);
    payments.save = () => errAsync(storageUnavailable('full')) as never;
    const failed = await world.module.refundPayment.execute(asking('b', '1.00'));
    expect(failed._unsafeUnwrapErr().type).toBe('StorageUnavailable');
    expect(seen).toHaveLength(1);
  });

  it('is found again when its outcome could not be stored', async () => {
    const payments = new InMemoryPayments();
    const world = today(undefined, { payments });
    await paid(world);
    const save = payments.save.bind(payments);
    payments.save = (change, alongside) =>
      change.event.type === 'refundStarted'
        ? save(change, alongside)
        : (errAsync(storageUnavailable('full')) as never);
    const answer = await world.module.refundPayment.execute(asking('a', '1.00'));
    expect(answer._unsafeUnwrap().attempt.outcome).toBe('started');
    payments.save = save;
    expect((await world.module.refundPayment.execute(asking('a')))._unsafeUnwrapErr().type).toBe(
      'AttemptInFlight',
    );
    await world.module.confirmPayment.execute(key);
    expect((await world.payment()).refunded).toEqual(usd('1.00'));
    expect(moved(world)).toEqual(['pay', 'refund']);
  });

  it('refuses more when the module closes, and lets those under way end', async () => {
    const answer = { now: (): void => undefined };
    const asked = new Promise<void>((resolve) => (answer.now = resolve));
    const world = today((gateway) => ({
      followUp: (request: FollowUpRequest) => new ResultAsync(asked.then(() => gateway.followUp(request))),
    }));
    await paid(world);
    const first = world.module.refundPayment.execute(asking('a', '1.00'));
    await world.settled();
    const closed = world.module.close();
    const late = await world.module.refundPayment.execute(asking('b', '1.00'));
    expect(late._unsafeUnwrapErr()).toEqual({ type: 'NotSent', reason: 'shutting down' });
    answer.now();
    await closed;
    expect((await world.payment()).refunded).toEqual(usd('1.00'));
    expect((await first).isOk()).toBe(true);
  });
});

describe('VoidPayment', () => {
  it('lets go of an amount that is held', async () => {
    const world = today();
    await authorized(world);
    await world.module.voidPayment.execute(asking('a'));
    expect(await world.payment()).toMatchObject({
      states: { payment: 'voided', fulfilment: 'cancelled' },
      captured: usd('0.00'),
      refunded: usd('0.00'),
    });
  });

  it('takes back a charge and its goods, names what it undoes, and goes together with nothing else', async () => {
    const world = today(undefined, hostFails);
    await paid(world);
    const [void1, refund] = await Promise.all([
      world.module.voidPayment.execute(asking('a')),
      world.module.refundPayment.execute(asking('b', '1.00')),
    ]);
    expect([void1.isOk(), refund.isOk()].sort()).toEqual([false, true]);
    if (refund.isOk()) return;
    const payment = await world.payment();
    expect(payment).toMatchObject({
      states: { payment: 'voided', fulfilment: 'cancelled' },
      refunded: usd('99.99'),
    });
    expect(payment.attempts.at(-1)?.target).toBe(payment.attempts[0]?.transactionId);
  });

  it('holds the goods back while it is not known, and lets them go when it did not happen', async () => {
    const failing = { yes: true };
    const held = today(undefined, {
      fulfilment: () => (failing.yes ? Promise.reject(new Error('locked')) : Promise.resolve()),
    });
    held.gateway.followUpIs('void', { type: 'pending', reason: 'the bank is asked' });
    await paid(held);
    failing.yes = false;
    await held.module.voidPayment.execute(asking('a'));
    await held.module.fulfilOrder.execute(key);
    expect((await held.payment()).states.fulfilment).toBe('due');
    held.gateway.laterFollowUp('declined');
    await held.module.confirmPayment.execute(key);
    await held.settled();
    expect((await held.payment()).states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
  });
});

describe('VerifyCard', () => {
  it('uses the session up and moves no money; the next pay needs another', async () => {
    const world = today();
    const sessionId = await world.open();
    const checked = (await world.module.verifyCard.execute({ ...key, sessionId }))._unsafeUnwrap();
    expect(checked.outcome).toEqual({ type: 'verified' });
    expect(checked.payment).toMatchObject({ session: null, attempts: [], states: { payment: 'created' } });
    expect((await world.submit(sessionId))._unsafeUnwrapErr().type).toBe('SessionMismatch');
    expect((await world.submit(await world.open()))._unsafeUnwrap().attempt.outcome).toBe('captured');
  });

  it('says what the card was refused for, and writes it down', async () => {
    const world = today();
    const sessionId = await world.open();
    world.gateway.cardIs({ type: 'declined', reason: 'expired' });
    const { outcome } = (await world.module.verifyCard.execute({ ...key, sessionId }))._unsafeUnwrap();
    expect(outcome).toEqual({ type: 'notVerified', reason: 'expired' });
    expect((await world.history()).at(-1)).toBe('cardNotVerified');
  });

  it('is no way to try cards without end: refused ones count like declined ones', async () => {
    const world = today();
    world.gateway.cardIs({ type: 'declined', reason: 'expired' });
    for (let card = 0; card < 4; card += 1)
      await world.module.verifyCard.execute({ ...key, sessionId: await world.open() });
    await world.submit(await world.open());
    const next = (await world.module.openPaySession.execute(key))._unsafeUnwrapErr();
    expect(next).toEqual({ type: 'TooManyDeclines', declined: 5 });
  });

  it('is of the open session only', async () => {
    const world = today();
    await paid(world);
    const { session } = await world.payment();
    expect(session).toBeNull();
    const sessionId = (await world.payment()).attempts[0]?.sessionId;
    if (sessionId === undefined) throw new Error('nothing was paid');
    expect((await world.module.verifyCard.execute({ ...key, sessionId }))._unsafeUnwrapErr().type).toBe(
      'SessionMismatch',
    );
    expect(world.calls()).not.toContain('verify');
  });
});

describe('a gateway that can only pay', () => {
  it('is asked for nothing else', async () => {
    const world = given();
    const { module } = world;
    const sessionId = await world.open();
    const answers = [
      await module.authorizePayment.execute({ ...key, sessionId, revision: null }),
      await module.capturePayment.execute(asking('a')),
      await module.voidPayment.execute(asking('b')),
      await module.refundPayment.execute(asking('c')),
      await module.verifyCard.execute({ ...key, sessionId }),
    ];
    expect(answers.map((answer) => answer._unsafeUnwrapErr())).toEqual(
      ['authorize', 'capture', 'void', 'refund', 'verify'].map((ability) => ({
        type: 'NotSupported',
        ability,
      })),
    );
    expect(world.calls()).toEqual(['openSession']);
    expect((await world.payment()).states.payment).toBe('sessionOpen');
  });
});

describe('what was done at the gateway’s own pages', () => {
  const elsewhere = async (world: Given, operation: 'refund' | 'void', amount = '99.99') => {
    const { attempts } = await world.payment();
    const sessionId = attempts[0]?.sessionId;
    if (sessionId === undefined) throw new Error('nothing was paid');
    await world.gateway.followUp({ ...key, operation, sessionId, amount: usd(amount), target: null });
  };

  it('is believed once the gateway is read for a reason, and counted once', async () => {
    const world = today();
    await paid(world);
    await elsewhere(world, 'refund', '9.99');
    await world.module.confirmPayment.execute(key);
    expect((await world.payment()).refunded).toEqual(usd('0.00'));
    await Promise.all(Array.from({ length: 10 }, () => confirmed(world)));
    const { version } = await world.payment();
    await confirmed(world);
    expect(await world.payment()).toMatchObject({
      version,
      states: { payment: 'partlyRefunded' },
      refunded: usd('9.99'),
    });
  });

  it.each(['refund', 'void'] as const)(
    'never releases goods for a charge that is found with its %s',
    async (operation) => {
      const world = today();
      world.gateway.cardIs({ type: 'unknown', charged: true });
      await world.submit(await world.open());
      await elsewhere(world, operation);
      await Promise.all(Array.from({ length: 10 }, () => world.module.confirmPayment.execute(key)));
      await world.settled();
      expect(world.released).toEqual([]);
      expect(await world.payment()).toMatchObject({
        states: { payment: operation === 'void' ? 'voided' : 'refunded', fulfilment: 'cancelled' },
        captured: usd('99.99'),
        refunded: usd('99.99'),
      });
    },
  );

  it('is an error to who asked, and to nobody else, when the gateway does not answer', async () => {
    const world = today();
    await paid(world);
    world.gateway.fails('read', { type: 'GatewayUnavailable', reason: 'down' });
    expect((await confirmed(world))._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
    expect((await world.module.confirmPayment.execute(key)).isOk()).toBe(true);
  });
});

describe('an order that was charged twice by one call', () => {
  /** The gateway carried the one call out twice. */
  const twice = () =>
    today((gateway) => ({
      read: (request) =>
        gateway.read(request).map((said) => {
          if (said.type !== 'record') return said;
          const again = said.transactions.flatMap((each) =>
            each.operation === 'pay' ? [{ ...each, id: 'again' }] : [],
          );
          return { ...said, transactions: [...said.transactions, ...again] };
        }),
      followUp: (request) =>
        request.target === 'again'
          ? okAsync({
              type: 'done',
              evidence: {
                merchantId: null,
                orderId: key.orderId,
                amount: request.amount,
                transactionId: 'given-back',
              },
            })
          : gateway.followUp(request),
    }));

  it('comes to a person, who gives the second charge back and decides; then all is quiet and true', async () => {
    const world = twice();
    await paid(world);
    await confirmed(world);
    const found = await world.payment();
    expect(found).toMatchObject({
      states: { payment: 'needsAttention', fulfilment: 'fulfilled' },
      captured: usd('199.98'),
    });
    expect(proposal(found)).toEqual({ operation: 'refund', target: 'again', amount: usd('99.99') });
    const untargeted = await world.module.refundPayment.execute(asking('a'));
    expect(untargeted._unsafeUnwrapErr().type).toBe('NotPossible');
    await world.module.refundPayment.execute({ ...asking('b'), target: 'again' });
    expect(proposal(await world.payment())).toBeNull();
    const again = await world.module.refundPayment.execute({ ...asking('c'), target: 'again' });
    expect(again._unsafeUnwrapErr()).toEqual({ type: 'AmountExceeded', left: usd('0.00') });
    const decision = { to: 'captured', held: usd('99.99') } as const;
    await world.module.correctPayment.execute({ ...key, decision, by: 'Ann', reason: 'one was given back' });
    await confirmed(world);
    const after = await world.payment();
    expect(after).toMatchObject({
      states: { payment: 'captured' },
      captured: usd('199.98'),
      refunded: usd('99.99'),
    });
    expect(leftToRefund(after)).toEqual(usd('99.99'));
  });
});
