import { describe, expect, it } from '@jest/globals';
import type { Money } from '../../../src/domain/money/money.ts';
import type { Operation } from '../../../src/domain/payment/attempt.ts';
import { correct, type Decision } from '../../../src/domain/payment/correct.ts';
import { proposal } from '../../../src/domain/payment/follow-up.ts';
import { attemptId } from '../../../src/domain/payment/ids.ts';
import { dueAt, isFulfilmentDue } from '../../../src/domain/payment/due.ts';
import { change, fulfil } from '../../../src/domain/payment/payment.ts';
import { applyRecord } from '../../../src/domain/payment/apply-record.ts';
import type { GatewayRecord, Transaction } from '../../../src/domain/payment/record.ts';
import { leftToCapture, leftToRefund } from '../../../src/domain/payment/totals.ts';
import { why } from '../../../src/domain/payment/why.ts';
import { aPayment, evidenceOf, morning, type PaymentBuilder, usd } from '../../builders/a-payment.ts';
import { afterStart, agreeMs, quietMs } from './what-the-gateway-says.ts';

const did = (
  operation: Operation,
  id: string,
  amount: Money | null = usd('10.00'),
  more: Partial<Transaction> = {},
): Transaction => ({ id, operation, result: 'done', amount, reason: 'so', ...more });

/** The gateway's record is read, and everything in it applied. */
const reading =
  (transactions: readonly Transaction[], changes: Partial<GatewayRecord> = {}) =>
  (builder: PaymentBuilder): PaymentBuilder => {
    const record = {
      type: 'record',
      merchantId: null,
      orderId: 'order-1',
      transactions,
      ...changes,
    } as const;
    let last = builder;
    for (let version = -1; version !== last.payment.version;) {
      version = last.payment.version;
      const newAttemptId = attemptId(`found-${version}`)._unsafeUnwrap();
      last = last.by((payment, now) =>
        applyRecord(payment, { record, askedAt: now, policy: builder.policy, newAttemptId }),
      );
    }
    return last;
  };
const decided = (decision: Decision) => (builder: PaymentBuilder) =>
  builder.by((payment, now) => correct(payment, { decision, by: 'Ann', reason: 'so' }, now, builder.policy));
const outcomes = ({ payment }: PaymentBuilder) =>
  payment.attempts.map(({ operation, outcome }) => `${operation} ${outcome}`);

describe('a gateway’s record of an order', () => {
  it('names the charge of a pay whose answer was lost', () => {
    const { payment } = reading([did('pay', 't1')])(aPayment().payUnknown());
    expect(payment).toMatchObject({
      states: { payment: 'captured', fulfilment: 'due' },
      captured: usd('10.00'),
    });
    expect(payment.attempts[0]?.transactionId).toBe('t1');
  });

  it('does not name an amount that is only held as the charge of a pay whose answer named none', () => {
    const paid = aPayment().captured();
    const [attempt] = paid.payment.attempts;
    const unnamed = paid.by((payment, now) =>
      change(payment, 'lookedAgain', now, {
        attempts: payment.attempts.map((each) => ({ ...each, transactionId: null })),
      }),
    );
    const { payment } = reading([did('authorize', 'held-late'), did('pay', 't2')])(unnamed);
    expect(payment.attempts.find(({ id }) => id === attempt?.id)?.transactionId).toBe('t2');
    expect(payment).toMatchObject({ captured: usd('10.00'), states: { payment: 'needsAttention' } });
  });

  it('gives an open pay its own pending charge, and a person the late hold of an authorization given up before', () => {
    const nothing = { type: 'nothing', reason: 'no such transaction' } as const;
    const lost = aPayment().paying('authorize').told({ type: 'unknown', reason: 'cut' });
    const waiting = lost.after(quietMs).told(nothing).after(agreeMs).told(nothing).pending();
    const { payment } = reading([
      did('authorize', 'late'),
      did('pay', 'waits', usd('10.00'), { result: 'pending' }),
    ])(waiting);
    expect(payment.attempts.map(({ outcome }) => outcome)).toEqual(['authorized', 'pending']);
    expect(payment.attention).toMatchObject({ kind: 'chargeFound', attemptId: payment.attempts[0]?.id });
  });

  it('names the hold of an authorization whose answer named none, and shows a person the charge beside it', () => {
    const held = aPayment().authorized();
    const unnamed = held.by((payment, now) =>
      change(payment, 'lookedAgain', now, {
        attempts: payment.attempts.map((each) => ({ ...each, transactionId: null })),
      }),
    );
    const { payment } = reading([did('pay', 'late'), did('authorize', 'held')])(unnamed);
    expect(payment.attempts.map(({ transactionId }) => transactionId)).toEqual(['held', 'late']);
    expect(payment).toMatchObject({ captured: usd('10.00'), states: { payment: 'needsAttention' } });
  });

  it.each<[string, Partial<GatewayRecord>]>([
    ['another merchant', { merchantId: 'merchant-2' }],
    ['another order', { orderId: 'order-2' }],
  ])('of %s adds nothing to a payment that is settled', (_, changes) => {
    const paid = aPayment().captured();
    expect(reading([did('pay', 't2'), did('refund', 't3')], changes)(paid).payment).toBe(paid.payment);
  });

  it('says nothing new of what an answer told before, however often it is read', () => {
    const paid = aPayment().partlyRefunded();
    const transactions = paid.payment.attempts.map(({ operation, transactionId, amount }) =>
      did(operation, transactionId ?? '', amount),
    );
    expect(reading(transactions)(paid).payment).toBe(paid.payment);
  });

  it('without the transaction that we know is no reason to forget it', () => {
    const paid = aPayment().partlyRefunded();
    expect(reading([])(paid).payment).toBe(paid.payment);
  });

  it('gives an answer that named none its transaction, so that it is not counted again', () => {
    const paid = aPayment().captured().asking('refund', usd('3.00')).done({ transactionId: null });
    const first = paid.payment.attempts[0]?.transactionId ?? '';
    const read = reading([did('pay', first), did('refund', 'r1', usd('3.00'))])(paid);
    expect(read.payment.refunded).toEqual(usd('3.00'));
    expect(read.payment.attempts.at(-1)?.transactionId).toBe('r1');
  });

  it('does not decide between two calls that look alike while the answer of one may still come', () => {
    const both = aPayment()
      .captured()
      .asking('refund', usd('3.00'))
      .heard({ type: 'unknown', reason: 'cut' })
      .asking('refund', usd('3.00'));
    const transactions = [did('pay', 'transaction-1'), did('refund', 'r1', usd('3.00'))];
    const read = reading(transactions)(both);
    expect(read.payment.refunded).toEqual(usd('0.00'));
    expect(leftToRefund(read.payment)).toEqual(usd('4.00'));
    const answered = read.done({ transactionId: 'r1' });
    expect(outcomes(answered)).toEqual(['pay captured', 'refund unknown', 'refund done']);
    const proven = [quietMs, agreeMs].reduce((last, ms) => reading(transactions)(last.after(ms)), answered);
    expect(outcomes(proven)).toEqual(['pay captured', 'refund notDone', 'refund done']);
    expect(proven.payment.refunded).toEqual(usd('3.00'));
  });

  it('gives what is pending to the call that was answered so, not to one that may never have left', () => {
    const both = aPayment()
      .captured()
      .asking('refund', usd('3.00'))
      .heard({ type: 'unknown', reason: 'cut' })
      .asking('refund', usd('3.00'))
      .heard({ type: 'pending', reason: 'so' });
    const pending = did('refund', 'r1', usd('3.00'), { result: 'pending' });
    const transactions = [did('pay', 'transaction-1'), pending];
    const proven = [quietMs, agreeMs].reduce((last, ms) => reading(transactions)(last.after(ms)), both);
    expect(outcomes(proven)).toEqual(['pay captured', 'refund notDone', 'refund pending']);
  });

  it('leaves what is done to the call that heard nothing, while another one’s is pending', () => {
    const both = aPayment()
      .captured()
      .asking('refund', usd('3.00'))
      .heard({ type: 'pending', reason: 'so' })
      .asking('refund', usd('3.00'))
      .heard({ type: 'unknown', reason: 'cut' });
    const pending = did('refund', 'r1', usd('3.00'), { result: 'pending' });
    const read = reading([did('pay', 'transaction-1'), did('refund', 'r2', usd('3.00')), pending])(both);
    expect(outcomes(read)).toEqual(['pay captured', 'refund pending', 'refund done']);
  });

  it('takes a late answer for what it is: the transaction that another attempt has is not this one’s', () => {
    const both = aPayment()
      .captured()
      .asking('refund', usd('3.00'))
      .done({ transactionId: 'r1' })
      .asking('refund', usd('3.00'));
    const heard = both.done({ transactionId: 'r1' });
    expect(heard.payment.refunded).toEqual(usd('3.00'));
    expect(heard.payment.attempts.at(-1)?.outcome).toBe('unknown');
  });

  it('does not believe a decline that may be an earlier attempt’s', () => {
    const second = aPayment().notCharged().payUnknown();
    const decline = did('pay', 'd1', usd('10.00'), { result: 'declined' });
    expect(reading([decline])(second.after(quietMs)).payment.states.payment).toBe('payUnknown');
    const more = { ...decline, id: 'd2' };
    expect(reading([decline, more])(second.after(quietMs)).payment.states.payment).toBe('declined');
  });

  it('calls no call declined by a decline that may be another one’s, while the call may still charge', () => {
    const decline = did('pay', 'd1', usd('10.00'), { result: 'declined' });
    const twice = [decline, { ...decline, id: 'd2' }];
    const second = aPayment().declined().paying();
    expect(reading(twice)(second).payment.states.payment).toBe('paying');
    expect(reading([decline])(aPayment().paying()).payment.states.payment).toBe('paying');
    const charged = reading([...twice, did('pay', 't3')])(second.after(quietMs));
    expect(charged.payment).toMatchObject({ states: { payment: 'captured' }, captured: usd('10.00') });
  });

  it('believes at once that a pay was declined which the gateway had called pending', () => {
    const decline = did('pay', 'd1', usd('10.00'), { result: 'declined' });
    expect(reading([decline])(aPayment().pending()).payment.states.payment).toBe('declined');
    const waits = did('pay', 't2', usd('10.00'), { result: 'pending' });
    expect(reading([decline, waits])(aPayment().declined().pending()).payment.states.payment).toBe('pending');
  });

  it('frees the amount of no refund by a decline that may be another one’s, while it may still move', () => {
    const refused = aPayment().captured().asking('refund').heard({ type: 'refused', reason: 'no' });
    const second = refused.asking('refund').heard({ type: 'unknown', reason: 'cut' });
    const decline = did('refund', 'd1', usd('10.00'), { result: 'declined' });
    const record = [did('pay', 'transaction-1'), decline, { ...decline, id: 'd2' }];
    expect(leftToRefund(reading(record)(second).payment)).toEqual(usd('0.00'));
    expect(leftToRefund(reading(record)(second.after(quietMs)).payment)).toEqual(usd('10.00'));
  });

  it('goes on looking while a second transaction of one call is pending, and finds its charge', () => {
    const waits = did('pay', 't1', usd('10.00'), { result: 'pending' });
    const taken = reading([waits, did('pay', 't2')])(aPayment().pending().after(quietMs)).by(fulfil);
    expect(taken.payment.states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
    expect(dueAt(taken.payment)).toBeGreaterThan(taken.now);
    const hour = 3_600_000;
    const { payment } = reading([did('pay', 't1'), did('pay', 't2')])(taken.after(hour));
    expect(payment).toMatchObject({ captured: usd('20.00'), attention: { kind: 'chargeFound' } });
  });
});

describe('a record that shows what nobody expected', () => {
  const settled = did('pay', 'transaction-1');

  it('of one charge among several that was voided without saying how much, gives back that one', () => {
    const parts = aPayment()
      .authorizedOnly()
      .asking('capture', usd('4.00'))
      .done({ transactionId: 'c1' })
      .asking('capture', usd('6.00'))
      .done({ transactionId: 'c2' });
    const captures = [did('capture', 'c1', usd('4.00')), did('capture', 'c2', usd('6.00'))];
    const voided = did('void', 'v1', null, { target: 'c1' });
    const { payment } = reading([did('authorize', 'transaction-1'), ...captures, voided])(parts);
    expect(payment).toMatchObject({ states: { payment: 'partlyRefunded' }, refunded: usd('4.00') });
    const twice = reading([settled, did('pay', 't2'), did('void', 'v1', null, { target: 't2' })]);
    expect(twice(aPayment().captured()).payment).toMatchObject({
      captured: usd('20.00'),
      refunded: usd('10.00'),
    });
  });

  it('of a void of ours that was answered without its id, and is shown without an amount, knows it again', () => {
    const voided = aPayment().captured().asking('void').done({ transactionId: null, amount: null });
    const { payment } = reading([settled, did('void', 'v1', null, { target: 'transaction-1' })])(voided);
    expect(payment).toMatchObject({ states: { payment: 'voided' }, refunded: usd('10.00') });
  });

  it('of a charge where a hold was let go, brings a person; of a decline, takes note', () => {
    const paying = aPayment().paying();
    const held = paying.told({
      type: 'authorized',
      evidence: evidenceOf(paying.payment, { transactionId: null }),
    });
    const voided = held.asking('void').done({ amount: null, transactionId: 'v1' });
    const undone = did('void', 'v1', null, { target: 't1' });
    const charged = reading([did('pay', 't1'), undone])(voided);
    expect(charged.payment.states.payment).toBe('needsAttention');
    const declined = did('pay', 't1', usd('10.00'), { result: 'declined' });
    expect(reading([declined, undone])(voided.after(quietMs)).payment.states.payment).toBe('voided');
  });

  it('of a charge that was held with another amount before, counts what was taken', () => {
    const paying = aPayment().paying();
    const other = evidenceOf(paying.payment, { amount: usd('9.00'), transactionId: 't1' });
    const held = paying.told({ type: 'authorized', evidence: other });
    expect(held.payment).toMatchObject({ attention: { kind: 'mismatched' }, captured: usd('0.00') });
    const { payment } = reading([did('pay', 't1', usd('9.00'))])(held.after(quietMs));
    expect(payment.captured).toEqual(usd('9.00'));
    expect(proposal(payment)).toEqual({ operation: 'refund', target: 't1', amount: usd('9.00') });
  });
});

describe('after a person decided, a record', () => {
  /** Charged twice; the second charge was given back at the gateway's pages, and the person said so. */
  const givenBackByHand = () => {
    const twice = reading([did('pay', 'transaction-1'), did('pay', 't2')])(aPayment().captured()).after(
      quietMs,
    );
    const record = [
      did('pay', 'transaction-1'),
      did('pay', 't2'),
      did('refund', 'r0', usd('10.00'), { target: 't2', at: twice.now }),
    ];
    return { decision: decided({ to: 'captured', held: usd('10.00') })(twice.after(1000)), record };
  };

  it('does not take a refund that was made before for one that was asked for later', () => {
    const { decision, record } = givenBackByHand();
    const days = 86_400_000 * 5;
    const lost = decision.after(days).asking('refund').heard({ type: 'unknown', reason: 'cut' });
    const { payment } = reading(record)(lost.after(quietMs));
    expect(payment).toMatchObject({ states: { payment: 'captured' }, refunded: usd('0.00') });
    expect(payment.attempts.at(-1)?.outcome).toBe('unknown');
    const found = reading([...record, did('refund', 'r1', usd('10.00'), { at: lost.now })])(
      lost.after(quietMs),
    );
    expect(found.payment).toMatchObject({ states: { payment: 'refunded' }, refunded: usd('10.00') });
  });

  it('counts what gave back a charge that was found only afterwards', () => {
    const unresolved = aPayment().needsAttention('unresolved');
    const nothing = decided({ to: 'notCharged' })(unresolved);
    const record = [
      did('pay', 't1', usd('10.00'), { at: morning }),
      did('refund', 'r1', usd('10.00'), { target: 't1', at: unresolved.now }),
    ];
    const { payment } = reading(record)(nothing.after(3_700_000));
    expect(payment).toMatchObject({ captured: usd('10.00'), refunded: usd('10.00') });
    expect(proposal(payment)).toBeNull();
  });
});

describe('what no call of ours explains', () => {
  it('is a refund that was made elsewhere: it is believed, and counted once', () => {
    const paid = aPayment().fulfilled();
    const transactions = [did('pay', 'transaction-1'), did('refund', 'r1', usd('4.00'))];
    const read = reading(transactions)(paid);
    expect(read.payment).toMatchObject({ states: { payment: 'partlyRefunded' }, refunded: usd('4.00') });
    expect(read.payment.attempts.at(-1)).toMatchObject({
      key: null,
      reason: 'made outside of this application',
    });
    expect(reading(transactions)(read).payment).toBe(read.payment);
  });

  it('is withheld while it may be that of an open capture, but not from the person who is called for it', () => {
    const own = did('capture', 'c0', usd('4.00'), { result: 'pending' });
    const transactions = [did('authorize', 'transaction-1'), own, did('capture', 'c1', usd('3.00'))];
    const asked = aPayment().authorizedOnly().asking('capture', usd('4.00'));
    const { id } = asked.payment.attempts.at(-1) ?? {};
    const open = asked.heard({ type: 'pending', reason: 'so' }, id);
    expect(reading(transactions)(open.after(quietMs)).payment.captured).toEqual(usd('0.00'));
    const called = reading(transactions)(open.after(10 * 24 * 60 * 60_000));
    expect(called.payment).toMatchObject({
      states: { payment: 'needsAttention' },
      attention: { kind: 'unresolved', attemptId: id },
      captured: usd('3.00'),
    });
  });

  it.each(['refund', 'void'] as const)(
    'never makes goods due for a charge that is found with its %s',
    (back) => {
      const transactions = [did('pay', 't1'), did(back, 'b1')];
      const found = reading(transactions)(aPayment().payUnknown());
      const steps = found.events.map(({ states }) => states.fulfilment);
      expect(found.payment.states.fulfilment).toBe('cancelled');
      // Between the two it is due by the chart, and yet held back.
      expect(steps).toContain('due');
      let between = aPayment().payUnknown();
      const record = { type: 'record', merchantId: null, orderId: 'order-1', transactions } as const;
      for (let step = 0; step < 5; step += 1) {
        const newAttemptId = attemptId(`found-${step}`)._unsafeUnwrap();
        between = between.by((payment, now) =>
          applyRecord(payment, { record, askedAt: now, policy: between.policy, newAttemptId }),
        );
        expect(isFulfilmentDue(between.payment)).toBe(false);
      }
    },
  );

  it('is a second charge: a person is called, and told what to give back', () => {
    const transactions = [did('pay', 'transaction-1'), did('pay', 't2')];
    const twice = reading(transactions)(aPayment().captured());
    expect(twice.payment).toMatchObject({
      states: { payment: 'needsAttention', fulfilment: 'due' },
      captured: usd('20.00'),
      attention: { kind: 'chargeFound', reason: 'pay of 10.00 USD that no call of ours explains' },
    });
    expect(proposal(twice.payment)).toEqual({ operation: 'refund', target: 't2', amount: usd('10.00') });
    const givenBack = twice.asking('refund', null, 't2').done();
    expect(givenBack.payment).toMatchObject({
      states: { payment: 'needsAttention' },
      refunded: usd('10.00'),
    });
    expect(proposal(givenBack.payment)).toBeNull();
    const solved = decided({ to: 'captured', held: usd('10.00') })(givenBack);
    const kept = [...transactions, did('refund', givenBack.payment.attempts.at(-1)?.transactionId ?? '')];
    expect(reading(kept)(solved).payment).toBe(solved.payment);
    expect(solved.payment).toMatchObject({ captured: usd('20.00'), refunded: usd('10.00') });
    expect(leftToRefund(solved.payment)).toEqual(usd('10.00'));
  });

  it('never releases goods once all charges were given back while a person is called', () => {
    const twice = reading([did('pay', 'transaction-1'), did('pay', 't2')])(aPayment().captured());
    expect(isFulfilmentDue(twice.payment)).toBe(true);
    const first = twice.asking('refund', null, 't2').done();
    const all = first.asking('refund', null, 'transaction-1').done();
    expect(all.payment).toMatchObject({ captured: usd('20.00'), refunded: usd('20.00') });
    expect(isFulfilmentDue(all.payment)).toBe(false);
  });

  it('is a charge of an order that was cancelled: a refund of it is proposed, and its end is a cancelled order', () => {
    const found = reading([did('pay', 't1')])(aPayment().notCharged().cancelled());
    expect(found.payment.states).toEqual({ payment: 'needsAttention', fulfilment: 'cancelled' });
    expect(proposal(found.payment)).toEqual({ operation: 'refund', target: 't1', amount: usd('10.00') });
    const solved = decided({ to: 'cancelled' })(found.asking('refund', null, 't1').done());
    expect(solved.payment.states.payment).toBe('cancelled');
    expect(leftToRefund(solved.payment)).toEqual(usd('0.00'));
  });

  it('is an amount that is held for a cancelled order: its void is proposed', () => {
    const found = reading([did('authorize', 't1')])(aPayment().notCharged().cancelled());
    expect(proposal(found.payment)).toEqual({ operation: 'void', target: 't1', amount: usd('10.00') });
    const voided = found.asking('void', null, 't1').done();
    expect(voided.payment).toMatchObject({ captured: usd('0.00'), refunded: usd('0.00') });
    expect(proposal(voided.payment)).toBeNull();
  });

  it('is nothing that anybody waits for after a pay which only held the amount was voided', () => {
    const held = aPayment().authorized();
    const voided = held.asking('void').done();
    expect(voided.payment.states).toEqual({ payment: 'voided', fulfilment: 'cancelled' });
    expect(dueAt(voided.payment)).toBeNull();
    const late = voided.told(
      { type: 'captured', evidence: evidenceOf(held.payment) },
      held.payment.attempts[0]?.id,
    );
    expect(late.payment).toMatchObject({ attention: { kind: 'chargeFound' }, captured: usd('10.00') });
  });

  it('is a charge of a payment that lost its attempts: one with a session is told by it', () => {
    const { payment } = reading([did('pay', 't1')])(aPayment().sessionOpen());
    expect(payment).toMatchObject({ states: { payment: 'needsAttention' }, captured: usd('10.00') });
  });

  it('is no longer what a person restated the totals for, but all that the gateway did since', () => {
    const solved = decided({ to: 'captured', held: usd('10.00') })(aPayment().needsAttention('unresolved'));
    const at = solved.payment.correctedAt ?? 0;
    const before = [did('pay', 't1'), did('refund', 'r1', usd('3.00'), { at: at - 1 })];
    expect(reading(before)(solved).payment.refunded).toEqual(usd('0.00'));
    const since = reading([...before, did('refund', 'r2', usd('4.00'), { at: at + 1 })])(solved);
    expect(since.payment).toMatchObject({ states: { payment: 'partlyRefunded' }, refunded: usd('4.00') });
    const twice = reading([...before, did('pay', 't2')])(solved);
    expect(twice.payment).toMatchObject({ states: { payment: 'needsAttention' }, captured: usd('20.00') });
  });
});

describe('a follow-up that the payment overtook', () => {
  it('and that came to nothing is noted, wherever the payment is', () => {
    const overtaken = aPayment().captured().asking('void');
    const elsewhere = reading([did('pay', 'transaction-1'), did('refund', 'r1', usd('3.00'))])(overtaken);
    expect(elsewhere.payment.states.payment).toBe('partlyRefunded');
    const id = overtaken.payment.attempts.at(-1)?.id;
    const refused = elsewhere.heard({ type: 'refused', reason: 'has been refunded' }, id);
    expect(refused.events.at(-1)).toMatchObject({ type: 'lookedAgain', reason: 'has been refunded' });
    expect(isFulfilmentDue(refused.payment)).toBe(true);
  });

  it('and that our own void gave back, as a capture nobody knew of, is counted both ways', () => {
    const id = aPayment().authorizedOnly().payment.attempts[0]?.transactionId ?? '';
    const captured = did('capture', 'c1', usd('10.00'), { target: id });
    const held = did('authorize', id);
    const voided = aPayment().authorizedOnly().asking('void').done({ transactionId: 'v1' });
    const record = (target: string) => [held, captured, did('void', 'v1', usd('10.00'), { target })];
    const read = reading(record('c1'))(voided);
    expect(read.payment).toMatchObject({
      states: { payment: 'needsAttention', fulfilment: 'cancelled' },
      captured: usd('10.00'),
      refunded: usd('10.00'),
    });
    expect(proposal(read.payment)).toBeNull();
    expect(reading(record('c1'))(read).payment).toBe(read.payment);
    const kept = reading(record(id))(voided);
    expect(kept.payment).toMatchObject({ states: { payment: 'needsAttention' }, refunded: usd('0.00') });
  });

  it('and that took money after all was given back brings a person', () => {
    const open = aPayment().partlyCaptured().asking('capture', usd('6.00'));
    const capture = open.payment.attempts.at(-1)?.id;
    const back = open.asking('refund').done();
    expect(back.payment.states).toEqual({ payment: 'refunded', fulfilment: 'cancelled' });
    const evidence = evidenceOf(open.payment, { amount: usd('6.00'), transactionId: 'c2' });
    const late = back.heard({ type: 'done', evidence }, capture);
    expect(late.payment).toMatchObject({ states: { payment: 'needsAttention' }, captured: usd('10.00') });
    expect(proposal(late.payment)).toEqual({ operation: 'refund', target: 'c2', amount: usd('6.00') });
  });

  it('is captured beside a refund: the rest of the amount makes the goods due', () => {
    const open = aPayment().partlyCaptured().asking('capture', usd('6.00'));
    const capture = open.payment.attempts.at(-1)?.id;
    const refunded = open.asking('refund', usd('1.00')).done();
    const evidence = evidenceOf(open.payment, { amount: usd('6.00'), transactionId: 'c2' });
    const all = refunded.heard({ type: 'done', evidence }, capture);
    expect(all.payment.states).toEqual({ payment: 'partlyRefunded', fulfilment: 'due' });
  });
});

describe('what is on its way', () => {
  it('is captured, or given back, once: its amount is spent from the intent on', () => {
    const capturing = aPayment().authorizedOnly().asking('capture', usd('6.00'));
    expect(leftToCapture(capturing.payment)).toEqual(usd('4.00'));
    const refunding = aPayment().captured().asking('refund', usd('6.00'));
    expect(leftToRefund(refunding.payment)).toEqual(usd('4.00'));
  });

  it('is not told of a charge of which the gateway does not say the amount', () => {
    const twice = [did('pay', 'transaction-1'), did('void', 'v1', usd('10.00'), { target: 'c1' })];
    const unclear = reading([...twice, did('pay', 'c1', null, { result: 'unclear' })])(aPayment().captured());
    expect(unclear.payment).toMatchObject({ states: { payment: 'captured' }, refunded: usd('0.00') });
    const clear = reading([...twice, did('pay', 'c1')])(unclear);
    expect(clear.payment).toMatchObject({ captured: usd('20.00'), refunded: usd('10.00') });
  });

  it('is told of a charge that is not known yet only after that charge', () => {
    const open = aPayment().authorizedOnly().asking('capture', usd('9.00'));
    const transactions = [
      did('authorize', 'transaction-1'),
      did('capture', 'c1', usd('1.00')),
      did('void', 'v1', usd('1.00'), { target: 'c1' }),
    ];
    const early = reading(transactions)(open);
    expect(early.payment).toMatchObject({ captured: usd('0.00'), states: { payment: 'authorized' } });
    const id = open.payment.attempts.at(-1)?.id;
    const later = reading(transactions)(early.heard({ type: 'refused', reason: 'no' }, id));
    expect(later.payment).toMatchObject({ captured: usd('1.00'), refunded: usd('1.00') });
  });
});

describe('what an answer to a follow-up must say', () => {
  const capturing = aPayment().authorizedOnly().asking('capture');

  it.each([
    ['the amount', { amount: null }],
    ['the order', { orderId: null }],
  ])('a capture without %s releases nothing: it is found out', (missing, changes) => {
    const { payment } = capturing.done(changes);
    expect(payment).toMatchObject({ states: { payment: 'authorized' }, captured: usd('0.00') });
    expect(payment.attempts.at(-1)).toMatchObject({
      outcome: 'unknown',
      reason: `said done, but not ${missing}`,
    });
  });

  it.each([
    ['another amount', { amount: usd('9.00') }],
    ['another order', { orderId: 'order-2' }],
    ['another merchant', { merchantId: 'merchant-2' }],
  ])('%s goes to a person and releases nothing', (_, changes) => {
    const { payment } = capturing.done(changes);
    expect(payment.states).toEqual({ payment: 'needsAttention', fulfilment: 'notDue' });
    expect(payment.attention?.kind).toBe('mismatched');
  });

  it('more given back than was charged goes to a person, and is in the totals', () => {
    const late = aPayment()
      .captured()
      .asking('refund', usd('6.00'))
      .heard({ type: 'unknown', reason: 'cut' });
    const id = late.payment.attempts.at(-1)?.id;
    const nothing = { type: 'nothing', reason: 'none' } as const;
    const proven = afterStart(quietMs)(late).heard(nothing).after(agreeMs).heard(nothing);
    const again = proven.asking('refund', usd('6.00')).done();
    const evidence = evidenceOf(late.payment, { amount: usd('6.00'), transactionId: 'late' });
    const { payment } = again.heard({ type: 'done', evidence }, id);
    expect(payment).toMatchObject({ states: { payment: 'needsAttention' }, refunded: usd('12.00') });
    expect(why(payment)).toContain('where 4.00 USD were left');
    expect(leftToRefund(payment)).toEqual(usd('0.00'));
  });
});

describe('after a person decided', () => {
  it('an authorization can be captured whatever was charged and given back before', () => {
    const found = aPayment().needsAttention('mismatched');
    const retried = decided({ to: 'notCharged' })(found.asking('refund', null, 'transaction-1').done());
    expect(retried.payment).toMatchObject({ captured: usd('0.01'), refunded: usd('0.01') });
    const held = retried.authorizedOnly();
    expect(leftToCapture(held.payment)).toEqual(usd('10.00'));
    expect(held.asking('capture').done({ transactionId: 'c1' }).payment.states.payment).toBe('captured');
  });

  it('a payment that is kept can still be given back, whatever it was that did not match', () => {
    const mismatched = aPayment()
      .authorizedOnly()
      .asking('capture')
      .done({ amount: usd('9.00') });
    const kept = decided({ to: 'captured', held: usd('9.00') })(mismatched);
    expect(leftToRefund(kept.payment)).toEqual(usd('9.00'));
    expect(kept.asking('refund').done({ transactionId: 'r1' }).payment.states.payment).toBe('refunded');
  });

  it('a void undoes all of the only charge there is, whatever had been asked for', () => {
    const asked = aPayment().paying();
    const evidence = evidenceOf(asked.payment, { amount: usd('10.01') });
    const other = asked.told({ type: 'captured', evidence });
    expect(proposal(other.payment)).toMatchObject({ operation: 'refund', amount: usd('10.01') });
    const solved = decided({ to: 'captured', held: usd('10.01') })(other)
      .asking('void')
      .done({ amount: null });
    expect(solved.payment).toMatchObject({ states: { payment: 'voided' }, refunded: usd('10.01') });
  });

  it('a void of what is left counts no more than what is left', () => {
    const twice = reading([did('pay', 'transaction-1'), did('pay', 't2')])(aPayment().captured());
    const solved = decided({ to: 'captured', held: usd('10.00') })(twice.asking('refund', null, 't2').done());
    const voided = solved.asking('void', null, 'transaction-1').done();
    expect(voided.payment).toMatchObject({ states: { payment: 'voided' }, refunded: usd('20.00') });
  });
});
