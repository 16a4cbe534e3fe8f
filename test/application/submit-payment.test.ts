import { describe, expect, it } from '@jest/globals';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import { storageUnavailable } from '../../src/application/ports/payments.ts';
import { sessionId } from '../../src/domain/payment/ids.ts';
import type { Change } from '../../src/domain/payment/payment.ts';
import type { Paysession } from '../../src/container/create-payments.ts';
import { type CardBehaviour, InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { bound, given, key, minute } from './given.ts';

const unheardOf = sessionId('SESSION-OF-SOMEBODY')._unsafeUnwrap();

/** A storage whose saves of one event are answered by the test. */
class FailingPayments extends InMemoryPayments {
  onSave: (change: Change, store: () => ResultAsync<void, never>) => ResultAsync<void, never> | null = () =>
    null;

  override save<E = never>(change: Change, alongside?: (tx: undefined) => ResultAsync<void, E>) {
    const store = () => super.save(change) as ResultAsync<void, never>;
    return this.onSave(change, store) ?? super.save(change, alongside);
  }
}
const away = () =>
  errAsync(storageUnavailable('the connection was cut')) as unknown as ResultAsync<void, never>;

describe('SubmitPayment', () => {
  it('charges the order’s amount once, releases the goods once, and writes to the customer once', async () => {
    const { gateway, open, submit, settled, released, written, history, payment } = given();
    const submitted = (await submit(await open(), 1))._unsafeUnwrap();
    await settled();
    expect(submitted.attempt).toMatchObject({ outcome: 'captured', amount: { minor: 9999 } });
    expect(gateway.charges).toHaveLength(1);
    expect(gateway.requests.at(-1)).toMatchObject({
      operation: 'pay',
      amount: { minor: 9999, currency: 'USD' },
    });
    expect(released).toEqual([(await payment()).id]);
    expect(written).toEqual(['ann@example.com']);
    expect(await history()).toEqual([
      'sessionOpened',
      'payStarted',
      'captured',
      'fulfilled',
      'confirmationSent',
    ]);
  });

  it('of fifty submits at once, one reaches the gateway', async () => {
    const { gateway, open, submit } = given();
    const session = await open();
    const answers = await Promise.all(Array.from({ length: 50 }, () => submit(session)));
    const words = answers.map((answer) => (answer.isOk() ? answer.value.attempt.outcome : answer.error.type));
    expect(gateway.charges).toHaveLength(1);
    expect(gateway.requests.filter(({ operation }) => operation === 'pay')).toHaveLength(1);
    expect(words.filter((word) => word !== 'captured' && word !== 'AttemptInFlight')).toEqual([]);
    expect(words).toContain('captured');
  });

  it('the session’s id is the key: submitting again repeats the outcome without a call', async () => {
    const { gateway, open, submit, calls } = given();
    gateway.cardIs({ type: 'declined', reason: 'EXPIRED_CARD' });
    const session = await open();
    const first = (await submit(session))._unsafeUnwrap();
    const again = (await submit(session))._unsafeUnwrap();
    expect(again.attempt).toEqual(first.attempt);
    expect(calls()).toEqual(['openSession', 'pay']);
  });

  it('an order that is paid answers captured, whatever session is named', async () => {
    const { open, submit, calls, priceIs } = given();
    await submit(await open());
    priceIs('120.00');
    expect((await submit(unheardOf, 7))._unsafeUnwrap().attempt.outcome).toBe('captured');
    expect(calls()).toEqual(['openSession', 'pay']);
  });

  it('a session of another order, or an unknown one, is refused and nothing is sent', async () => {
    const { open, submit, calls } = given();
    expect((await submit(unheardOf))._unsafeUnwrapErr().type).toBe('SessionMismatch');
    await open();
    expect((await submit(unheardOf))._unsafeUnwrapErr().type).toBe('SessionMismatch');
    expect(calls()).toEqual(['openSession']);
  });

  it('an unknown order is told from an unknown session', async () => {
    const { submit, priceIs } = given();
    priceIs(null);
    expect((await submit(unheardOf))._unsafeUnwrapErr().type).toBe('OrderNotFound');
  });

  it('a page that shows an older price pays nothing', async () => {
    const { module, open, submit, priceIs, calls } = given();
    const session = await open();
    priceIs('120.00');
    const changed = { type: 'PriceChanged', amount: { minor: 12000, currency: 'USD' }, revision: 2 };
    expect((await submit(session, 1))._unsafeUnwrapErr()).toMatchObject(changed);
    await module.updatePaySession.execute(key);
    expect((await submit(session, 1))._unsafeUnwrapErr()).toMatchObject(changed);
    expect(calls()).not.toContain('pay');
    expect((await submit(session, 2))._unsafeUnwrap().attempt.amount.minor).toBe(12000);
  });

  it('a page that does not say which price it shows pays the present one', async () => {
    const { module, open } = given();
    const submitted = await module.submitPayment.execute({ ...key, sessionId: await open() });
    expect(submitted._unsafeUnwrap().attempt.outcome).toBe('captured');
  });

  it('an operation that is none, as JavaScript may ask for, is sent to nobody', async () => {
    const { module, open, calls } = given();
    const session = await open();
    const operation = 'refund' as unknown as 'pay';
    const command = { ...key, sessionId: session, revision: null, operation };
    expect((await module.submitPayment.execute(command))._unsafeUnwrapErr()).toEqual({
      type: 'NotSupported',
      ability: operation,
    });
    expect(calls()).toEqual(['openSession']);
  });

  it('an expired session pays nothing', async () => {
    const { open, submit, timePasses, calls } = given();
    const session = await open();
    timePasses(15 * minute);
    expect((await submit(session))._unsafeUnwrapErr()).toEqual({
      type: 'SessionExpired',
      sessionId: session,
    });
    expect(calls()).toEqual(['openSession']);
  });

  it('a session that the gateway no longer knows has expired', async () => {
    const { gateway, open, submit, payment } = given();
    gateway.cardIs({ type: 'sessionGone' });
    const session = await open();
    expect((await submit(session))._unsafeUnwrapErr().type).toBe('SessionExpired');
    expect((await submit(session))._unsafeUnwrapErr().type).toBe('SessionExpired');
    expect((await payment()).states.payment).toBe('created');
  });

  it('a pay that was surely not sent leaves the session to be submitted again', async () => {
    const { gateway, open, submit } = given();
    gateway.cardIs({ type: 'notSent', reason: 'connection refused' });
    const session = await open();
    expect((await submit(session))._unsafeUnwrapErr().type).toBe('NotSent');
    gateway.cardIs({ type: 'captured' });
    expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('captured');
    expect(gateway.charges).toHaveLength(1);
  });

  it('a pay that the gateway refused is told as such, and needs a new session', async () => {
    const { gateway, open, submit } = given();
    gateway.cardIs({ type: 'refused', reason: 'no card in the session' });
    const session = await open();
    expect((await submit(session))._unsafeUnwrapErr()).toMatchObject({ type: 'GatewayRefused' });
    expect(await open()).not.toBe(session);
  });

  it('an outcome that was lost is unknown, not failed, and nothing else may be paid meanwhile', async () => {
    const { gateway, module, open, submit, calls } = given();
    gateway.cardIs({ type: 'unknown', charged: false });
    const session = await open();
    expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('unknown');
    expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('unknown');
    expect((await module.openPaySession.execute(key))._unsafeUnwrapErr().type).toBe('NotPayable');
    expect(calls()).toEqual(['openSession', 'pay']);
  });

  it('a charge of another amount is nobody’s receipt: a person is called', async () => {
    const { gateway, open, submit, payment, settled, released } = given();
    const session = await open();
    const { amount } = (await payment()).order;
    gateway.cardIs({ type: 'captured', charges: { ...amount, minor: 1 } });
    expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('mismatched');
    await settled();
    expect(await payment()).toMatchObject({ states: { payment: 'needsAttention', fulfilment: 'notDue' } });
    expect(released).toEqual([]);
  });

  describe('when the storage fails', () => {
    it('while the intent is committed, nothing is sent', async () => {
      const payments = new FailingPayments();
      const { open, submit, calls } = given({ payments });
      const session = await open();
      payments.onSave = away;
      expect((await submit(session))._unsafeUnwrapErr().type).toBe('StorageUnavailable');
      expect(calls()).toEqual(['openSession']);
    });

    it('to confirm an intent that it did commit, the pay goes on', async () => {
      const payments = new FailingPayments();
      const { gateway, open, submit } = given({ payments });
      const session = await open();
      payments.onSave = ({ event }, store) => (event.type === 'payStarted' ? store().andThen(away) : null);
      expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('captured');
      expect(gateway.charges).toHaveLength(1);
    });

    it('while the outcome is committed, the answer is not a failure, and the charge is found later', async () => {
      const payments = new FailingPayments();
      const { module, open, submit, payment } = given({ payments });
      const session = await open();
      payments.onSave = ({ event }) => (event.type === 'captured' ? away() : null);
      expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('started');
      payments.onSave = () => null;
      await module.confirmPayment.execute(key);
      expect((await payment()).states.payment).toBe('captured');
    });

    it('for good, it is asked a few times and no more: a payer does not wait for fifty timeouts', async () => {
      const payments = new FailingPayments();
      const { open, submit } = given({ payments });
      const session = await open();
      let failures = 0;
      payments.onSave = ({ event }) => (event.type === 'captured' ? ((failures += 1), away()) : null);
      expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('started');
      expect(failures).toBe(4);
    });

    it('once, and then answers, the outcome is committed after all', async () => {
      const payments = new FailingPayments();
      const { open, submit } = given({ payments });
      const session = await open();
      let failures = 0;
      payments.onSave = ({ event }) => (event.type === 'captured' && (failures += 1) < 3 ? away() : null);
      expect((await submit(session))._unsafeUnwrap().attempt.outcome).toBe('captured');
    });
  });

  it('a reading that finds the charge first and the answer that comes later agree', async () => {
    const pay = Promise.withResolvers<void>();
    const { gateway, module, payments, open } = given();
    const session = await open();
    const slow: PaymentGateway = {
      ...bound(gateway),
      pay: (request) =>
        gateway
          .pay(request)
          .andThen((outcome) => ResultAsync.fromSafePromise(pay.promise).andThen(() => okAsync(outcome))),
    };
    const slowly = given({ gateway: slow, payments });
    const submitted = slowly.submit(session);
    await slowly.settled();
    expect((await module.confirmPayment.execute(key))._unsafeUnwrap().states.payment).toBe('captured');
    pay.resolve();
    expect((await submitted)._unsafeUnwrap().attempt.outcome).toBe('captured');
    expect((await slowly.history()).filter((type) => type === 'captured')).toHaveLength(1);
  });

  describe('whose intent the storage forgets during the call, in a failover,', () => {
    /** `meanwhile` happens after that, and before the gateway answers. */
    const forgotten = async (card: CardBehaviour, meanwhile?: (module: Paysession) => Promise<unknown>) => {
      const payments = new FailingPayments();
      const gateway = new InMemoryGateway();
      const pay: PaymentGateway['pay'] = (request) =>
        ResultAsync.fromSafePromise(Promise.resolve(meanwhile?.(world.module))).andThen(() =>
          gateway.pay(request),
        );
      const world = given({ payments, gateway: { ...bound(gateway), pay } }, gateway);
      const session = await world.open();
      gateway.cardIs(card, session);
      payments.onSave = ({ event: { type, version } }) =>
        type === 'payStarted' && version === 2 && world.calls().length === 1 ? okAsync(undefined) : null;
      expect((await world.submit(session)).isOk()).toBe(true);
      for (let looks = 0; looks < 3; looks += 1) {
        world.timePasses(3 * minute);
        await world.module.resolveUnfinished.execute();
      }
      await world.settled();
      await world.submit(session);
      expect(gateway.requests.filter(({ operation }) => operation === 'pay')).toHaveLength(1);
      return world;
    };

    it.each([
      ['a charge', { type: 'captured' }, { payment: 'captured', fulfilment: 'fulfilled' }],
      ['a decline', { type: 'declined', reason: 'no funds' }, { payment: 'declined', fulfilment: 'notDue' }],
      ['no answer', { type: 'unknown', charged: true }, { payment: 'captured', fulfilment: 'fulfilled' }],
    ] as const)('%s is stored all the same, and nothing is sent again', async (_, card, states) => {
      const payment = await (await forgotten(card)).payment();
      expect([payment.states, payment.attempts.length]).toEqual([states, 1]);
    });

    it('a charge of an order that was cancelled meanwhile brings a person', async () => {
      const world = await forgotten({ type: 'captured' }, async ({ openPaySession, cancelPayment }) => {
        const { session } = (await openPaySession.execute(key))._unsafeUnwrap();
        (await openPaySession.execute({ ...key, retire: session.id }))._unsafeUnwrap();
        (await cancelPayment.execute(key))._unsafeUnwrap();
      });
      const { states, captured, attention } = await world.payment();
      expect([states.payment, captured.minor, attention?.kind]).toEqual([
        'needsAttention',
        9999,
        'chargeFound',
      ]);
      expect(world.released).toEqual([]);
    });
  });

  it('a process that stood still after its intent sends nothing any more', async () => {
    const payments = new FailingPayments();
    const { open, submit, timePasses, calls } = given({ payments });
    const session = await open();
    payments.onSave = ({ event }, store) =>
      event.type === 'payStarted' ? store().map(() => timePasses(7 * minute)) : null;
    expect((await submit(session))._unsafeUnwrapErr().type).toBe('NotSent');
    expect(calls()).toEqual(['openSession']);
  });
});
