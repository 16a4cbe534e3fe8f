import { describe, expect, it } from '@jest/globals';
import type { Evidence, Outcome } from '../../../src/domain/payment/outcome.ts';
import { dueAt } from '../../../src/domain/payment/due.ts';
import { defaultPolicy } from '../../../src/domain/payment/policy.ts';
import { settle } from '../../../src/domain/payment/settle.ts';
import { anOrder, aPayment, evidenceOf, type PaymentBuilder, usd } from '../../builders/a-payment.ts';
import {
  afterStart,
  agreeMs,
  at,
  built,
  day,
  doubted,
  hour,
  lastAttempt,
  nothing,
  quietMs,
  second,
  startOf,
  told,
  unclear,
  whenDue,
  words,
} from './what-the-gateway-says.ts';

/** What the sweep does: it looks whenever somebody is due, and finds the same every time. Twenty looks are more than any schedule has. */
const lookWheneverDue = (builder: PaymentBuilder, found: Outcome) => {
  const looks: number[] = [];
  let last = builder;
  for (let due = dueAt(last.payment); due !== null && looks.length < 20; due = dueAt(last.payment)) {
    looks.push(due);
    last = at(last, due - second).told(found);
  }
  return { looks, last };
};

describe('a capture', () => {
  it.each(['started', 'unknown', 'pending', 'authorized', 'unresolved'] as const)(
    'of exactly what was asked pays the order and makes the goods due, from %s',
    (from) => {
      const { payment, events, now } = told('captured')(built[from]);
      expect(payment).toMatchObject({
        states: { payment: 'captured', fulfilment: 'due' },
        captured: usd('10.00'),
        attention: null,
        session: null,
      });
      expect(payment.attempts).toMatchObject([
        { outcome: 'captured', transactionId: 'transaction-1', reason: null, settledAt: now, lookAt: null },
      ]);
      expect(events.at(-1)?.reason).toBeNull();
    },
  );

  it.each<[string, Partial<Evidence>, string, string]>([
    ['a smaller amount', { amount: usd('9.99') }, 'pay of 9.99 USD, asked for 10.00 USD', '9.99'],
    ['a larger amount', { amount: usd('10.01') }, 'pay of 10.01 USD, asked for 10.00 USD', '10.01'],
    [
      'another currency',
      { amount: anOrder({ currency: 'EUR' }).amount },
      'pay of 10.00 EUR, asked for 10.00 USD',
      '0.00',
    ],
    ['another order', { orderId: 'order-2' }, 'the answer names another order', '10.00'],
    ['another merchant', { merchantId: 'merchant-2' }, 'the answer names another merchant', '10.00'],
  ])('of %s goes to a person and releases nothing', (_, changes, reason, total) => {
    for (const from of ['started', 'unknown', 'pending', 'authorized'] as const) {
      const { payment, events } = told('captured', changes)(built[from]);
      expect(payment).toMatchObject({
        states: { payment: 'needsAttention', fulfilment: 'notDue' },
        attention: { kind: 'mismatched', attemptId: 'attempt-1', reason },
        captured: usd(total),
      });
      expect(payment.attempts).toMatchObject([{ outcome: 'mismatched', reason, lookAt: null }]);
      expect(events.at(-1)).toMatchObject({ type: 'mismatched', reason });
    }
  });

  it('is told as what was asked for: an authorization of another amount is no charge', () => {
    const { payment } = told('authorized', { amount: usd('9.99') })(aPayment().paying('authorize'));
    expect(payment.attention?.reason).toBe('authorize of 9.99 USD, asked for 10.00 USD');
  });

  it('of this very merchant is one', () => {
    const paid = told('captured', { merchantId: 'merchant-1' })(built.started);
    expect(paid.payment.states.payment).toBe('captured');
  });

  it.each<[string, Partial<Evidence>]>([
    ['the amount', { amount: null }],
    ['the order', { orderId: null }],
  ])('that does not say %s is no evidence: it is found out', (missing, changes) => {
    const { payment } = told('captured', changes)(built.started);
    expect(payment).toMatchObject({ states: { payment: 'payUnknown' }, captured: { minor: 0 } });
    expect(payment.attempts).toMatchObject([
      { outcome: 'unknown', reason: `said captured, but not ${missing}` },
    ]);
    expect(told('captured', changes)(built.unknown).payment).toBe(built.unknown.payment);
    const last = told('captured', changes)(afterStart(3 * day)(built.unknown));
    expect(last.payment.attention).toMatchObject({
      kind: 'unresolved',
      reason: `said captured, but not ${missing}`,
    });
  });

  it('is believed before the quiet period is over, from whoever reads it, and the answer to the call changes nothing', () => {
    const read = told('captured')(built.started);
    expect(told('unknown')(read).payment).toBe(read.payment);
    expect(told('declined')(read).payment).toBe(read.payment);
  });

  it('is never taken back by a later word', () => {
    const paid = aPayment().fulfilled();
    for (const word of words) expect(told(word)(paid.after(day)).payment).toBe(paid.payment);
  });
});

describe('a charge that nobody expected', () => {
  const first = lastAttempt(built.notCharged.payment);
  const late = (builder: PaymentBuilder, changes: Partial<Evidence> = {}) =>
    builder.told({ type: 'captured', evidence: evidenceOf(builder.payment, changes) }, first);
  const again = { transactionId: 'transaction-2' };

  it.each<[string, PaymentBuilder, string, string]>([
    ['nobody tries again', built.notCharged, 'notDue', '10.00'],
    ['a session is open', built.notCharged.sessionOpen(), 'notDue', '10.00'],
    ['another pay is at the gateway', built.notCharged.paying(), 'notDue', '10.00'],
    ['another pay is unknown', built.notCharged.payUnknown(), 'notDue', '10.00'],
    ['another pay is pending', built.notCharged.pending(), 'notDue', '10.00'],
    ['another card was declined', built.notCharged.declined(), 'notDue', '10.00'],
    ['another pay is authorized', built.notCharged.authorized(), 'notDue', '10.00'],
    ['another pay was captured', built.notCharged.captured(), 'due', '20.00'],
    ['the goods are released', built.notCharged.fulfilled(), 'fulfilled', '20.00'],
    ['the order was cancelled', built.notCharged.cancelled(), 'cancelled', '10.00'],
  ])('goes to a person and into the total while %s', (_, builder, fulfilment, total) => {
    const { payment, events } = late(builder, { transactionId: 'transaction-late' });
    const reason = 'captured 10.00 USD after it was notCharged';
    expect(payment).toMatchObject({
      states: { payment: 'needsAttention', fulfilment },
      captured: usd(total),
      attention: { kind: 'chargeFound', attemptId: first, reason },
      session: null,
    });
    expect(events.at(-1)).toMatchObject({ type: 'chargeFound', attemptId: first, reason });
    const toldAgain = {
      type: 'captured',
      evidence: evidenceOf(payment, { transactionId: 'transaction-late' }),
    } as const;
    expect(settle(payment, first, toldAgain, builder.now + day, defaultPolicy)._unsafeUnwrap()).toBeNull();
  });

  it('stays in front of a person when the order is paid a second time after it', () => {
    const both = told('captured', again)(late(built.notCharged.paying()));
    expect(both.payment).toMatchObject({
      states: { payment: 'needsAttention', fulfilment: 'notDue' },
      captured: usd('20.00'),
      attention: { kind: 'chargeFound', attemptId: first },
    });
  });

  it('stays in front of a person when it was only held at first, and taken later', () => {
    const held = built.notCharged
      .paying()
      .told({ type: 'authorized', evidence: evidenceOf(built.notCharged.payment) }, first);
    const { payment } = late(told('captured', again)(held));
    expect(payment).toMatchObject({ states: { payment: 'needsAttention' }, captured: usd('20.00') });
    expect(payment.attention).not.toBeNull();
  });

  it('stays in front of a person when a pay that was never resolved was charged too', () => {
    const unresolved = afterStart(3 * day)(built.notCharged.payUnknown()).told(unclear);
    expect(unresolved.payment.attention).toMatchObject({ kind: 'unresolved', attemptId: 'attempt-2' });
    const { payment } = told('captured', again)(late(unresolved));
    expect(payment).toMatchObject({
      states: { payment: 'needsAttention', fulfilment: 'notDue' },
      captured: usd('20.00'),
      attention: { kind: 'unresolved' },
    });
  });

  it('stays in front of a person when it was held and taken beside a pay that was never resolved', () => {
    const unresolved = afterStart(3 * day)(built.notCharged.payUnknown()).told(unclear);
    const held = unresolved.told({ type: 'authorized', evidence: evidenceOf(unresolved.payment) }, first);
    expect(late(held).payment).toMatchObject({
      states: { payment: 'needsAttention', fulfilment: 'notDue' },
      captured: usd('10.00'),
      attention: { kind: 'unresolved', attemptId: 'attempt-2' },
    });
  });

  it('stays what the person was called for when another pay is never resolved', () => {
    const both = late(built.notCharged.payUnknown());
    const { payment } = afterStart(3 * day)(both).told(unclear);
    expect(payment.attempts[1]).toMatchObject({ outcome: 'unknown', lookAt: null });
    expect(payment.attention).toEqual(both.payment.attention);
  });

  it('of a cancelled order stays in front of a person, held or taken', () => {
    const held = told('authorized')(built.notCharged.cancelled());
    expect(held.payment.states).toEqual({ payment: 'needsAttention', fulfilment: 'cancelled' });
    const { payment } = told('captured')(held);
    expect(payment).toMatchObject({
      states: { payment: 'needsAttention', fulfilment: 'cancelled' },
      captured: usd('10.00'),
      attention: { kind: 'chargeFound' },
    });
  });

  it('of another amount says so, and is in the total', () => {
    const { payment } = late(built.notCharged, { amount: usd('7.00') });
    expect(payment).toMatchObject({
      captured: usd('7.00'),
      attention: { kind: 'chargeFound', reason: 'pay of 7.00 USD, asked for 10.00 USD' },
    });
  });

  it.each(['declined', 'refused', 'sessionGone', 'notSent'] as const)(
    'is found even where the gateway or the sender had said %s',
    (from) => {
      const { payment } = told('captured')(built[from]);
      expect(payment.attention).toMatchObject({ kind: 'chargeFound', reason: expect.stringContaining(from) });
      expect(payment.captured).toEqual(usd('10.00'));
    },
  );

  it('is not what a captured attempt is told again, under whatever transaction: its session carried one pay', () => {
    const paid = aPayment().fulfilled();
    for (const transactionId of ['transaction-2', null])
      expect(told('captured', { transactionId })(paid).payment).toBe(paid.payment);
  });
});

describe('a payment that was given to a person', () => {
  it.each(['mismatched', 'unresolved', 'chargeFound'] as const)(
    'says why, and keeps saying it: %s',
    (kind) => {
      const builder = aPayment().needsAttention(kind);
      expect(builder.payment).toMatchObject({ states: { payment: 'needsAttention' }, attention: { kind } });
      expect(builder.payment.attention?.reason).not.toBe('');
      for (const word of words.filter((word) => word !== 'captured')) {
        expect(told(word)(builder).payment.attention).toEqual(builder.payment.attention);
      }
    },
  );
});

describe('"nothing there"', () => {
  it('proves nothing before the quiet period is over, to the millisecond', () => {
    const soon = afterStart(quietMs - second - 1)(built.unknown);
    expect(soon.told(nothing).payment).toBe(built.unknown.payment);
    const first = afterStart(quietMs - second)(built.unknown).told(nothing);
    expect(first.payment.attempts).toMatchObject([{ nothingFoundAt: first.now, outcome: 'unknown' }]);
  });

  it('proves nothing until a second reading agrees a minute later, to the millisecond', () => {
    const first = doubted(built.unknown);
    const soon = first.after(agreeMs - second - 1).told(nothing);
    expect(soon.payment).toBe(first.payment);
    const agreed = first.after(agreeMs - second).told(nothing);
    expect(agreed.payment).toMatchObject({ states: { payment: 'created' }, session: null });
  });

  it('is doubted again by any reading that says something else', () => {
    const shaken = doubted(built.unknown).told(unclear);
    expect(shaken.payment.attempts).toMatchObject([{ nothingFoundAt: null }]);
    expect(shaken.after(agreeMs).told(nothing).payment.states.payment).toBe('payUnknown');
    const pending = doubted(built.unknown).told({ type: 'pending', reason: '' });
    expect(pending.payment.attempts).toMatchObject([{ nothingFoundAt: null, outcome: 'pending' }]);
  });

  it('brings the next look to when a second reading can agree', () => {
    const first = doubted(built.unknown);
    expect(dueAt(first.payment)).toBe(first.now + agreeMs);
  });

  it('is no end of an amount that is held', () => {
    const held = whenDue(built.authorized).told(nothing);
    expect(held.payment.states.payment).toBe('authorized');
    expect(held.payment.attempts).toMatchObject([{ outcome: 'authorized', nothingFoundAt: null }]);
  });

  it('is looked at again one hour, one day and three days after it was believed, and then no more', () => {
    const proven = built.notCharged;
    const { looks, last } = lookWheneverDue(proven, nothing);
    expect(looks.map((time) => time - proven.now)).toEqual([hour, day, 3 * day]);
    expect(last.payment).toMatchObject({ states: { payment: 'created' }, attention: null });
  });

  it('keeps the reason that it was believed for, whatever the later looks find', () => {
    const { payment, events } = whenDue(built.notCharged).told(unclear);
    expect(payment.attempts).toMatchObject([
      { outcome: 'notCharged', reason: 'no pay through this session' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'lookedAgain', reason: 'no pay through this session' });
  });

  it('skips the looks that nobody made in time', () => {
    const slept = built.notCharged.after(2 * day).told(nothing);
    expect(dueAt(slept.payment)).toBe(built.notCharged.now + 3 * day);
    expect(dueAt(slept.after(9 * day).told(nothing).payment)).toBeNull();
  });
});

describe('an attempt whose end is open', () => {
  it.each(['unknown', 'pending', 'authorized'] as const)(
    'is read on a schedule for three days, and then shown to a person: %s',
    (from) => {
      const { looks, last } = lookWheneverDue(built[from], unclear);
      const minutes = [150_000, 210_000, 5 * 60_000, 15 * 60_000];
      const expected = [...minutes, hour, 6 * hour, day, 2 * day, 3 * day];
      expect(looks.map((time) => time - startOf(built[from]))).toEqual(expected);
      expect(last.payment.attention).toEqual({
        kind: 'unresolved',
        attemptId: 'attempt-1',
        reason: 'no answer',
      });
    },
  );

  it.each(['started', 'unknown', 'pending'] as const)(
    'is not forgotten when it is first heard of after three days: %s',
    (from) => {
      for (const word of ['authorized', 'pending', 'unclear', 'nothing'] as const) {
        const { payment, now } = told(word)(at(built[from], startOf(built[from]) + 4 * day));
        const isShown = payment.states.payment === 'needsAttention';
        expect(isShown || (dueAt(payment) ?? 0) > now).toBe(true);
      }
    },
  );

  it('is shown to a person when an amount stays held for three days', () => {
    const held = afterStart(3 * day)(built.authorized);
    expect(told('authorized')(held).payment.attention?.kind).toBe('unresolved');
  });
});

describe('the words of the gateway', () => {
  const card = '5123 4500 0000 0008';

  it.each(words.filter((word) => word !== 'captured' && word !== 'authorized'))(
    'never carry a card number into a payment or its events: %s',
    (word) => {
      const reason = `card ${card} was seen`;
      const said: Outcome =
        word === 'refused' || word === 'sessionGone'
          ? { type: 'refused', reason, sessionGone: word === 'sessionGone' }
          : { type: word as 'declined', reason };
      for (const builder of [built.started, whenDue(built.unknown), afterStart(3 * day)(built.unknown)]) {
        const { payment, events } = builder.told(said);
        expect(JSON.stringify([payment, events])).not.toContain('5123');
      }
    },
  );
});
