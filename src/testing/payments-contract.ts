import assert from 'node:assert/strict';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { fulfilmentFailed } from '../application/ports/fulfilment.ts';
import { concurrentUpdate, type Payments, sessionTaken } from '../application/ports/payments.ts';
import { type MerchantId, merchantId } from '../domain/payment/ids.ts';
import { cancel, type Change, fulfil, type Payment } from '../domain/payment/payment.ts';
import type { PaymentEvent } from '../domain/payment/payment-event.ts';
import { defaultPolicy } from '../domain/payment/policy.ts';
import { settle } from '../domain/payment/settle.ts';
import type { Runner } from './contract.ts';
import {
  aNewPayment,
  anOrderId,
  captured,
  histories,
  merchant,
  now,
  opened,
  paying,
} from './payment-steps.ts';

/** Charged, but not what was asked for. */
const mismatched = (payment: Payment, at: number): Change => {
  const attempt = payment.attempts.at(-1);
  assert(attempt);
  const evidence = { merchantId: null, orderId: null, amount: null, transactionId: 'tx-1' };
  const other = { ...evidence, orderId: anOrderId('ANOTHER'), amount: attempt.amount };
  const outcome = { type: 'captured', evidence: other } as const;
  const change = settle(payment, attempt.id, outcome, at, defaultPolicy)._unsafeUnwrap();
  assert(change);
  return change;
};

/** Saves the changes of one payment, each of which must be taken. */
const saveAll = async (payments: Payments, ...steps: ((payment: Payment) => Change)[]): Promise<Payment> => {
  let payment = aNewPayment('ORDER-1');
  for (const stepOf of steps) {
    const change = stepOf(payment);
    assert((await payments.save(change)).isOk());
    payment = change.payment;
  }
  return payment;
};

/** Stores a payment that was captured and whose goods are due. */
export const capturedPayment = (payments: Payments): Promise<Payment> =>
  saveAll(
    payments,
    (payment) => opened(payment, 'S1'),
    (payment) => paying(payment, 'att_1'),
    captured,
  );

/**
 * The contract of the port `Payments`. `make` gives an empty storage for each case; `alongside` is a case of its own, since what an
 * adapter undoes of the host's work depends on whether it has transactions.
 */
export const paymentsContract = (
  { describe, it }: Runner,
  name: string,
  make: () => Promise<Readonly<{ payments: Payments; close: () => Promise<void> }>>,
): void => {
  const rule = (title: string, body: (payments: Payments) => Promise<void>): void =>
    it(title, async () => {
      const { payments, close } = await make();
      try {
        await body(payments);
      } finally {
        await close();
      }
    });

  describe(`${name} keeps the contract of Payments`, () => {
    rule('finds nothing for an order that nobody began to pay', async (payments) => {
      assert.equal((await payments.find(merchant, anOrderId('ORDER-1')))._unsafeUnwrap(), null);
      assert.deepEqual((await payments.history(merchant, anOrderId('ORDER-1')))._unsafeUnwrap(), []);
    });

    rule('finds a payment exactly as it was saved, with session, attempts and states', async (payments) => {
      const saved = await capturedPayment(payments);
      assert.deepEqual((await payments.find(merchant, saved.order.id))._unsafeUnwrap(), saved);
    });

    for (const [what, steps] of Object.entries(histories)) {
      rule(`finds a payment and its history exactly as they were saved: ${what}`, async (payments) => {
        const events: PaymentEvent[] = [];
        const saved = await saveAll(
          payments,
          ...steps.map((step) => (payment: Payment) => {
            const change = step(payment);
            events.push(change.event);
            return change;
          }),
        );
        assert.deepEqual((await payments.find(merchant, saved.order.id))._unsafeUnwrap(), saved);
        assert.deepEqual((await payments.history(merchant, saved.order.id))._unsafeUnwrap(), events);
      });
    }

    rule('keeps one event per version, in order', async (payments) => {
      const saved = await capturedPayment(payments);
      const history = (await payments.history(merchant, saved.order.id))._unsafeUnwrap();
      assert.deepEqual(
        history.map(({ version, type }) => [version, type]),
        [
          [1, 'sessionOpened'],
          [2, 'payStarted'],
          [3, 'captured'],
        ],
      );
      assert.equal(history[1]?.attemptId, 'att_1');
    });

    rule('lets one of many writers of a version win, and tells the others', async (payments) => {
      const payment = await saveAll(payments, (fresh) => opened(fresh, 'S1'));
      const rivals = Array.from({ length: 20 }, (_, index) => paying(payment, `att_${index}`));
      const saves = await ResultAsync.combineWithAllErrors(rivals.map((change) => payments.save(change)));
      const losers = saves._unsafeUnwrapErr();
      assert.equal(losers.length, 19);
      for (const loser of losers) assert.deepEqual(loser, concurrentUpdate());
      const stored = (await payments.find(merchant, payment.order.id))._unsafeUnwrap();
      assert.equal(stored?.attempts.length, 1);
      assert.equal((await payments.history(merchant, payment.order.id))._unsafeUnwrap().length, 2);
    });

    rule('lets one of many makers of an order’s payment win', async (payments) => {
      const rivals = Array.from({ length: 10 }, (_, index) => opened(aNewPayment('ORDER-1'), `S${index}`));
      const saves = await ResultAsync.combineWithAllErrors(rivals.map((change) => payments.save(change)));
      assert.equal(saves._unsafeUnwrapErr().length, 9);
    });

    rule('refuses to repeat a save that took place', async (payments) => {
      const change = opened(aNewPayment('ORDER-1'), 'S1');
      assert((await payments.save(change)).isOk());
      assert.deepEqual((await payments.save(change))._unsafeUnwrapErr(), concurrentUpdate());
    });

    rule('refuses one session for two orders of a merchant', async (payments) => {
      assert((await payments.save(opened(aNewPayment('ORDER-1'), 'S1'))).isOk());
      assert.deepEqual(
        (await payments.save(opened(aNewPayment('ORDER-2'), 'S1')))._unsafeUnwrapErr(),
        sessionTaken(),
      );
      assert.equal((await payments.find(merchant, anOrderId('ORDER-2')))._unsafeUnwrap(), null);
    });

    rule('refuses a session that another order used before and left', async (payments) => {
      await saveAll(
        payments,
        (payment) => opened(payment, 'S1'),
        (payment) => opened(payment, 'S2', now + 1),
      );
      assert.deepEqual(
        (await payments.save(opened(aNewPayment('ORDER-2'), 'S1')))._unsafeUnwrapErr(),
        sessionTaken(),
      );
    });

    rule(
      'keeps the payments of two merchants apart, also for one order id and one session id',
      async (payments) => {
        const other = merchantId('MERCHANT-2')._unsafeUnwrap();
        assert((await payments.save(opened(aNewPayment('ORDER-1'), 'S1'))).isOk());
        assert.equal((await payments.find(other, anOrderId('ORDER-1')))._unsafeUnwrap(), null);
        assert((await payments.save(opened(aNewPayment('ORDER-1', other), 'S1'))).isOk());
      },
    );

    rule(
      'finds what is due, longest due first and at most so many, and nothing that is done',
      async (payments) => {
        for (const [id, seconds] of [
          ['LATE', 30] as const,
          ['EARLY', 10] as const,
          ['MIDDLE', 20] as const,
        ]) {
          assert((await payments.save(opened(aNewPayment(id), `S-${id}`, now + seconds * 1000))).isOk());
        }
        const done = cancel(aNewPayment('DONE'), now)._unsafeUnwrap();
        assert((await payments.save(done)).isOk());
        const due = async (at: number, limit: number): Promise<readonly string[]> =>
          (await payments.findDue(at, limit))._unsafeUnwrap().map((payment) => payment.order.id);
        assert.deepEqual(await due(now + 69_999, 10), []);
        assert.deepEqual(await due(now + 70_000, 10), ['EARLY']);
        assert.deepEqual(await due(now + 1_000_000, 10), ['EARLY', 'MIDDLE', 'LATE']);
        assert.deepEqual(await due(now + 1_000_000, 2), ['EARLY', 'MIDDLE']);
      },
    );

    rule(
      'lists what a person must decide about, of one merchant, longest unchanged first',
      async (payments) => {
        const another = merchantId('MERCHANT-2')._unsafeUnwrap();
        const store = async (id: string, of: MerchantId, at: number | null): Promise<void> => {
          const open = opened(aNewPayment(id, of), `S-${id}`);
          const submitted = paying(open.payment, `att_${id}`);
          const wrong = at === null ? [] : [mismatched(submitted.payment, at)];
          for (const change of [open, submitted, ...wrong]) assert((await payments.save(change)).isOk());
        };
        await store('LATER', merchant, now + 3000);
        await store('FIRST', merchant, now + 1000);
        await store('SECOND', merchant, now + 2000);
        await store('ELSEWHERE', another, now + 1000);
        await store('PAYING', merchant, null);
        const listed = async (limit: number): Promise<readonly string[]> =>
          (await payments.findNeedingAttention(merchant, limit))
            ._unsafeUnwrap()
            .map((payment) => payment.order.id);
        assert.deepEqual(await listed(10), ['FIRST', 'SECOND', 'LATER']);
        assert.deepEqual(await listed(2), ['FIRST', 'SECOND']);
      },
    );

    rule('stores nothing when what runs alongside fails, and passes its error on', async (payments) => {
      const paid = await capturedPayment(payments);
      const change = fulfil(paid, now + 3)._unsafeUnwrap();
      const failed = await payments.save(change, () => errAsync(fulfilmentFailed('no stock')));
      assert.deepEqual(failed._unsafeUnwrapErr(), fulfilmentFailed('no stock'));
      assert.deepEqual((await payments.find(merchant, paid.order.id))._unsafeUnwrap(), paid);
      assert((await payments.save(change, () => okAsync(undefined))).isOk());
    });

    rule('runs what runs alongside for the one writer that wins', async (payments) => {
      const paid = await capturedPayment(payments);
      const change = fulfil(paid, now + 3)._unsafeUnwrap();
      let runs = 0;
      const release = (): ResultAsync<void, never> => {
        runs += 1;
        return okAsync(undefined);
      };
      await Promise.all(Array.from({ length: 10 }, () => payments.save(change, release)));
      assert.equal(runs, 1);
    });
  });
};
