import { describe, expect, it } from '@jest/globals';
import { attemptId, sessionId } from '../../../src/domain/payment/ids.ts';
import {
  attemptsToRead,
  dueAt,
  isConfirmationDue,
  isFulfilmentDue,
} from '../../../src/domain/payment/due.ts';
import {
  attemptThrough,
  cancel,
  confirmationSent,
  expireSession,
  fulfil,
  mayOpenSession,
  mayRetry,
  openSession,
  payableSession,
  type Payment,
  type PaySession,
  reprice,
  startPay,
} from '../../../src/domain/payment/payment.ts';
import type { PaymentState } from '../../../src/domain/payment/payment-machine.ts';
import { meaningOf } from '../../../src/domain/payment/public-status.ts';
import { defaultPolicy } from '../../../src/domain/payment/policy.ts';
import { settle } from '../../../src/domain/payment/settle.ts';
import { why } from '../../../src/domain/payment/why.ts';
import {
  anOrder,
  aPayment,
  evidenceOf,
  morning,
  type PaymentBuilder,
  usd,
} from '../../builders/a-payment.ts';

const policy = defaultPolicy;
const fresh = () => aPayment();
const second = sessionId('session-b')._unsafeUnwrap();
const newSession = (openedAt: number): PaySession => ({
  id: second,
  openedAt,
  expiresAt: openedAt + policy.sessionLifetimeMs,
  successIndicator: 'indicator',
});
const intent = (payment: Payment, changes: Partial<Parameters<typeof startPay>[1]> = {}) => ({
  attemptId: attemptId('attempt-b')._unsafeUnwrap(),
  sessionId: payment.session?.id ?? second,
  order: payment.order,
  revision: payment.revision,
  ...changes,
});

/** One payment in every state. */
const inState: Readonly<Record<PaymentState, PaymentBuilder>> = {
  created: fresh(),
  sessionOpen: fresh().sessionOpen(),
  paying: fresh().paying(),
  payUnknown: fresh().payUnknown(),
  pending: fresh().pending(),
  declined: fresh().declined(),
  authorized: fresh().authorized(),
  partlyCaptured: fresh().partlyCaptured(),
  captured: fresh().captured(),
  partlyRefunded: fresh().partlyRefunded(),
  refunded: fresh().refunded(),
  voided: fresh().voided(),
  cancelled: fresh().cancelled(),
  needsAttention: fresh().needsAttention(),
};
const states = Object.keys(inState) as PaymentState[];
const except = (...left: PaymentState[]) => states.filter((state) => !left.includes(state));

const frozenDeep = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozenDeep);
  return value;
};

describe('a payment', () => {
  it.each(states)('can be built in the state %s by its own operations', (state) => {
    expect(inState[state].payment.states.payment).toBe(state);
  });

  it('begins with nothing charged, at the first price, unstored', () => {
    expect(fresh().payment).toMatchObject({
      revision: 1,
      version: 0,
      session: null,
      attempts: [],
      captured: { minor: 0, currency: 'USD' },
      attention: null,
      states: { payment: 'created', fulfilment: 'notDue' },
      createdAt: morning,
      updatedAt: morning,
    });
  });

  it('tells one event per version, with the states and the price after it', () => {
    const { events, payment } = fresh()
      .declined()
      .sessionOpen(anOrder({ amount: '12.00' }))
      .fulfilled();
    expect(events.map(({ type, version, revision }) => `${version} ${type} at price ${revision}`)).toEqual([
      '1 sessionOpened at price 1',
      '2 payStarted at price 1',
      '3 declined at price 1',
      '4 sessionOpened at price 2',
      '5 payStarted at price 2',
      '6 captured at price 2',
      '7 fulfilled at price 2',
    ]);
    expect(events.at(-1)).toEqual({
      type: 'fulfilled',
      paymentId: 'payment-1',
      merchantId: 'merchant-1',
      orderId: 'order-1',
      version: payment.version,
      at: payment.updatedAt,
      states: payment.states,
      amount: usd('12.00'),
      revision: 2,
      attemptId: null,
      sessionId: null,
      reason: null,
    });
  });

  it('tells in its events which attempt and session they are about, and why', () => {
    const { events } = fresh().declined('stolen card');
    expect(events.map(({ attemptId, sessionId, reason }) => [attemptId, sessionId, reason])).toEqual([
      [null, 'session-1', null],
      ['attempt-1', 'session-1', null],
      ['attempt-1', 'session-1', 'stolen card'],
    ]);
    expect(fresh().captured().events.at(-1)?.reason).toBeNull();
  });

  it('is never changed in place', () => {
    const { payment, now } = inState.sessionOpen;
    const before = frozenDeep(structuredClone(payment));
    const later = now + 1000;
    const paying = frozenDeep(startPay(before, intent(before), later, policy)._unsafeUnwrap().payment);
    const captured = { type: 'captured', evidence: evidenceOf(paying) } as const;
    const paid = settle(paying, intent(before).attemptId, captured, later, policy)._unsafeUnwrap()?.payment;
    expect(paid?.states.payment).toBe('captured');
    for (const operation of [cancel, expireSession]) expect(operation(before, later).isOk()).toBe(true);
    expect(reprice(before, anOrder({ amount: '1.00' }), later).isOk()).toBe(true);
    expect(openSession(before, before.order, newSession(later), policy).isOk()).toBe(true);
    expect(before).toEqual(payment);
  });

  it.each(states)('explains in words why it is %s', (state) => {
    expect(why(inState[state].payment)).toMatch(/^[A-Z0-9][^\n]*\.$/);
  });

  it('explains why in the words of the gateway, or of what did not match', () => {
    expect(why(fresh().declined('stolen card').payment)).toBe('The card was declined (stolen card).');
    expect(why(fresh().payUnknown().payment)).toContain('the connection was cut');
    expect(why(fresh().notCharged().payment)).toContain('left no charge');
    expect(why(fresh().needsAttention().payment)).toContain('pay of 0.01 USD, asked for 10.00 USD');
    expect(why(fresh().captured().payment)).toBe(
      "10.00 USD was charged, and the gateway's answer matched the order.",
    );
  });
});

describe('a session', () => {
  it.each(['created', 'sessionOpen', 'declined'] as const)('may be opened when %s', (state) => {
    const { payment, now } = inState[state];
    const { payment: after, event } = openSession(
      payment,
      payment.order,
      newSession(now),
      policy,
    )._unsafeUnwrap();
    expect(after).toMatchObject({ session: newSession(now), states: { payment: 'sessionOpen' } });
    expect(event).toMatchObject({ type: 'sessionOpened', sessionId: second, at: now });
  });

  it.each(except('created', 'sessionOpen', 'declined'))('may not be opened when %s', (state) => {
    const { payment, now } = inState[state];
    const refusal = { type: 'NotPayable', state };
    expect(mayOpenSession(payment, policy)._unsafeUnwrapErr()).toEqual(refusal);
    expect(openSession(payment, payment.order, newSession(now), policy)._unsafeUnwrapErr()).toEqual(refusal);
  });

  it('is no longer opened after five declined cards', () => {
    const four = fresh().declined().declined().declined().declined();
    expect(mayRetry(four.payment, policy)).toBe(true);
    const { payment, now } = four.declined();
    expect(mayRetry(payment, policy)).toBe(false);
    const refusal = { type: 'TooManyDeclines', declined: 5 };
    expect(mayOpenSession(payment, policy)._unsafeUnwrapErr()).toEqual(refusal);
    expect(openSession(payment, payment.order, newSession(now), policy)._unsafeUnwrapErr()).toEqual(refusal);
    expect(mayOpenSession(payment, { ...policy, maxDeclined: 6 }).isOk()).toBe(true);
  });

  it('is opened again however often nothing was charged without a decline', () => {
    expect(mayRetry(fresh().notCharged().notCharged().payment, { ...policy, maxDeclined: 1 })).toBe(true);
  });

  it('opens at the present price: another price is another revision, another text is not', () => {
    const open = fresh().sessionOpen();
    expect(open.sessionOpen(anOrder({ amount: '12.00' })).payment).toMatchObject({
      revision: 2,
      order: { amount: usd('12.00') },
    });
    expect(open.sessionOpen(anOrder({ currency: 'EUR' })).payment).toMatchObject({
      revision: 2,
      captured: { minor: 0, currency: 'EUR' },
    });
    expect(open.sessionOpen(anOrder({ description: 'A red teapot' })).payment).toMatchObject({
      revision: 1,
      order: { description: 'A red teapot' },
    });
  });

  it('is never opened or priced for another order: that is a broken caller', () => {
    const { payment, now } = inState.sessionOpen;
    const other = anOrder({ id: 'order-2' });
    expect(() => openSession(payment, other, newSession(now), policy)).toThrow(/order-2/);
    expect(() => reprice(payment, other, now)).toThrow(/order-2/);
  });

  it('can be paid through until its time is over, to the millisecond', () => {
    const { payment } = inState.sessionOpen;
    const end = payment.session?.expiresAt ?? 0;
    expect(end).toBe((payment.session?.openedAt ?? 0) + policy.sessionLifetimeMs);
    expect(payableSession(payment, end - 1)).toEqual(payment.session);
    expect(payableSession(payment, end)).toBeNull();
  });

  it.each(except('sessionOpen'))('cannot be paid through when %s', (state) => {
    expect(payableSession(inState[state].payment, morning)).toBeNull();
  });

  it('is no longer paid through when its time is over, and who submits it late is told so', () => {
    const late = morning + 3_600_000;
    const { payment, event } = expireSession(inState.sessionOpen.payment, late)._unsafeUnwrap();
    expect(payment).toMatchObject({ session: { id: 'session-1' }, states: { payment: 'created' } });
    expect(event).toMatchObject({ type: 'sessionExpired', sessionId: 'session-1' });
    expect(payableSession(payment, morning)).toBeNull();
    expect(dueAt(payment)).toBeNull();
    expect(startPay(payment, intent(payment), late, policy)._unsafeUnwrapErr()).toEqual({
      type: 'SessionExpired',
      sessionId: 'session-1',
    });
  });

  it.each(except('sessionOpen'))('cannot expire when %s', (state) => {
    expect(expireSession(inState[state].payment, morning)._unsafeUnwrapErr().type).toBe('IllegalTransition');
  });
});

describe('a new price', () => {
  it('is another revision of the open session', () => {
    const { payment, now } = inState.sessionOpen;
    const change = reprice(payment, anOrder({ amount: '12.00' }), now)._unsafeUnwrap();
    expect(change.payment).toMatchObject({
      revision: 2,
      order: { amount: usd('12.00') },
      session: payment.session,
    });
    expect(change.event).toMatchObject({ type: 'repriced', revision: 2, amount: usd('12.00') });
  });

  it('that equals the old one keeps the revision', () => {
    const { payment, now } = inState.sessionOpen;
    expect(reprice(payment, anOrder(), now)._unsafeUnwrap().payment.revision).toBe(1);
  });

  it('is not taken over by a session whose time is over', () => {
    const { payment } = inState.sessionOpen;
    const expired = reprice(payment, anOrder(), payment.session?.expiresAt ?? 0);
    expect(expired._unsafeUnwrapErr()).toEqual({ type: 'NotPayable', state: 'sessionOpen' });
  });

  it.each(except('sessionOpen'))('is not taken over when %s', (state) => {
    const refused = reprice(inState[state].payment, anOrder({ amount: '12.00' }), morning);
    expect(refused._unsafeUnwrapErr()).toEqual({ type: 'NotPayable', state });
  });
});

describe('a pay', () => {
  const { payment, now } = inState.sessionOpen;

  it("is recorded as an intent for the order's amount before anything is sent", () => {
    const { payment: after, event } = startPay(payment, intent(payment), now, policy)._unsafeUnwrap();
    expect(after.attempts).toEqual([
      {
        id: 'attempt-b',
        operation: 'pay',
        sessionId: 'session-1',
        amount: usd('10.00'),
        key: null,
        target: null,
        startedAt: now,
        outcome: 'started',
        reason: null,
        transactionId: null,
        settledAt: null,
        lookAt: now + policy.quietMs,
        nothingFoundAt: null,
      },
    ]);
    expect(after.states.payment).toBe('paying');
    expect(event).toMatchObject({ type: 'payStarted', attemptId: 'attempt-b', sessionId: 'session-1' });
  });

  it('may come from a page that does not say which price it shows', () => {
    expect(startPay(payment, intent(payment, { revision: null }), now, policy).isOk()).toBe(true);
  });

  it('goes through no other session than the open one', () => {
    const refused = startPay(payment, intent(payment, { sessionId: second }), now, policy);
    expect(refused._unsafeUnwrapErr()).toEqual({ type: 'SessionMismatch' });
    expect(startPay(fresh().payment, intent(payment), now, policy)._unsafeUnwrapErr().type).toBe(
      'SessionMismatch',
    );
  });

  it('does not start once the time of the session is over', () => {
    const end = payment.session?.expiresAt ?? 0;
    expect(startPay(payment, intent(payment), end - 1, policy).isOk()).toBe(true);
    expect(startPay(payment, intent(payment), end, policy)._unsafeUnwrapErr()).toEqual({
      type: 'SessionExpired',
      sessionId: 'session-1',
    });
  });

  it('does not charge a price that the payer did not see', () => {
    const repriced = fresh()
      .sessionOpen()
      .by((open, at) => reprice(open, anOrder({ amount: '12.00' }), at));
    const stale = startPay(repriced.payment, intent(repriced.payment, { revision: 1 }), now, policy);
    expect(stale._unsafeUnwrapErr()).toEqual({ type: 'PriceChanged', amount: usd('12.00'), revision: 2 });
  });

  it('does not charge a price that the host no longer asks', () => {
    const order = anOrder({ amount: '12.00' });
    expect(startPay(payment, intent(payment, { order }), now, policy)._unsafeUnwrapErr()).toEqual({
      type: 'PriceChanged',
      amount: usd('12.00'),
      revision: 2,
    });
  });

  it('does not start while another is at the gateway, whatever session it names', () => {
    const paying = inState.paying.payment;
    for (const session of [second, sessionId('session-1')._unsafeUnwrap()]) {
      const refused = startPay(paying, intent(paying, { sessionId: session }), now, policy);
      expect(refused._unsafeUnwrapErr()).toEqual({ type: 'AttemptInFlight', attemptId: 'attempt-1' });
    }
  });

  it('starts only from an open session: an unknown, pending or finished payment refuses it', () => {
    for (const state of except('sessionOpen', 'paying')) {
      const refused = startPay(inState[state].payment, intent(inState[state].payment), now, policy);
      expect(['NotPayable', 'SessionMismatch']).toContain(refused._unsafeUnwrapErr().type);
    }
    expect(
      startPay(inState.payUnknown.payment, intent(inState.payUnknown.payment), now, policy),
    ).toMatchObject({ error: { type: 'NotPayable', state: 'payUnknown' } });
  });

  it('never goes through a session that carried one before, even when the gateway hands it out again', () => {
    const declined = fresh().declined();
    const used = sessionId('session-1')._unsafeUnwrap();
    const again = { ...newSession(declined.now), id: used };
    const reopened = declined.by((open) => openSession(open, open.order, again, policy)).payment;
    expect(payableSession(reopened, declined.now)).toBeNull();
    expect(startPay(reopened, intent(reopened), declined.now, policy)._unsafeUnwrapErr()).toEqual({
      type: 'SessionExpired',
      sessionId: used,
    });
  });

  it('that was surely not sent leaves its session to be paid through again', () => {
    const notSent = fresh().paying().told({ type: 'notSent', reason: 'connection refused' });
    expect(attemptThrough(notSent.payment, sessionId('session-1')._unsafeUnwrap())).toBeNull();
    const paid = notSent.captured().payment;
    expect(paid.attempts.map(({ sessionId, outcome }) => `${sessionId} ${outcome}`)).toEqual([
      'session-1 notSent',
      'session-1 captured',
    ]);
    expect(attemptThrough(paid, sessionId('session-1')._unsafeUnwrap())?.id).toBe('attempt-2');
  });
});

describe('cancelling', () => {
  it.each(['created', 'sessionOpen', 'declined'] as const)(
    'is possible when %s, and takes the goods with it',
    (state) => {
      const { payment } = cancel(inState[state].payment, morning)._unsafeUnwrap();
      expect(payment).toMatchObject({
        session: null,
        states: { payment: 'cancelled', fulfilment: 'cancelled' },
      });
    },
  );

  it.each(except('created', 'sessionOpen', 'declined'))('is refused when %s', (state) => {
    expect(cancel(inState[state].payment, morning)._unsafeUnwrapErr()).toEqual({ type: 'NotPayable', state });
  });
});

describe('the goods', () => {
  it.each(except('captured', 'partlyRefunded'))('are not due when %s', (state) => {
    const { payment } = inState[state];
    expect(isFulfilmentDue(payment)).toBe(false);
    expect(fulfil(payment, morning)._unsafeUnwrapErr().type).toBe('IllegalTransition');
  });

  it('are due when captured, and released once', () => {
    expect(isFulfilmentDue(inState.captured.payment)).toBe(true);
    const { payment } = fresh().fulfilled();
    expect(payment.states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
    expect(isFulfilmentDue(payment)).toBe(false);
    expect(fulfil(payment, morning)._unsafeUnwrapErr().type).toBe('IllegalTransition');
  });
});

describe('the confirmation', () => {
  const order = anOrder({ customerEmail: 'ann@example.org' });

  it('is due after the release, once, to who can be written to', () => {
    expect(isConfirmationDue(aPayment(order).captured().payment)).toBe(false);
    const released = aPayment(order).fulfilled();
    expect(isConfirmationDue(released.payment)).toBe(true);
    expect(isConfirmationDue(fresh().fulfilled().payment)).toBe(false);
    const sent = released.by(confirmationSent);
    expect(sent.payment.confirmationSentAt).toBe(sent.now);
    expect(isConfirmationDue(sent.payment)).toBe(false);
  });

  it('is not sent for goods that were not released', () => {
    for (const state of states)
      expect(confirmationSent(inState[state].payment, morning)._unsafeUnwrapErr().type).toBe(
        'IllegalTransition',
      );
  });
});

describe('the next look at a payment', () => {
  const lookIn = ({ payment, now }: PaymentBuilder): number | null => {
    const at = dueAt(payment);
    return at === null ? null : at - now;
  };
  const order = anOrder({ customerEmail: 'ann@example.org' });

  it.each([
    ['nobody began to pay', fresh(), null],
    ['a card was declined', fresh().declined(), null],
    ['it was cancelled', fresh().cancelled(), null],
    ['it needs a person', fresh().needsAttention(), null],
    ['it is paid and released, and nobody is to be written to', fresh().fulfilled(), null],
    ['everything is done', aPayment(order).fulfilled().by(confirmationSent), null],
    ['a session is open', fresh().sessionOpen(), policy.sessionLifetimeMs],
    ['a pay is at the gateway', fresh().paying(), policy.quietMs],
    ['the outcome is unknown', fresh().payUnknown(), policy.quietMs - 1000],
    ['the outcome is pending', fresh().pending(), policy.quietMs - 1000],
    ['the amount is only held', fresh().authorized(), policy.quietMs - 1000],
    ['nothing was charged', fresh().notCharged(), 3_600_000],
    ['the goods are due', fresh().captured(), 60_000],
    ['the confirmation is due', aPayment(order).fulfilled(), 60_000],
    ['a session is open after one that charged nothing', fresh().notCharged().sessionOpen(), 840_000],
  ])('when %s', (_, builder, expected) => {
    expect(lookIn(builder)).toBe(expected);
  });

  it('never keeps a final payment busy, unless a late charge is still looked for', () => {
    const due: readonly PaymentState[] = ['captured', 'partlyRefunded'];
    for (const state of states.filter((state) => meaningOf[state].final && !due.includes(state))) {
      expect(dueAt(inState[state].payment)).toBeNull();
    }
    expect(dueAt(fresh().notCharged().cancelled().payment)).not.toBeNull();
  });
});

describe('what the gateway is read about', () => {
  const readIn = ({ payment }: PaymentBuilder, now: number) =>
    attemptsToRead(payment, now).map(({ id }) => id);

  it.each(['paying', 'payUnknown', 'pending', 'authorized'] as const)(
    'is every attempt whose end is open, on any read of the payment: %s',
    (state) => expect(readIn(inState[state], morning)).toEqual(['attempt-1']),
  );

  it.each(['sessionOpen', 'declined', 'captured', 'cancelled'] as const)('is no attempt when %s', (state) => {
    expect(readIn(inState[state], morning + 365 * 86_400_000)).toEqual([]);
  });

  it('is an attempt that charged nothing, when a late look at it is due', () => {
    const proven = fresh().notCharged();
    const due = dueAt(proven.payment) ?? 0;
    expect(readIn(proven, due - 1)).toEqual([]);
    expect(readIn(proven, due)).toEqual(['attempt-1']);
    expect(readIn(proven.paying(), due)).toEqual(['attempt-1', 'attempt-2']);
  });

  it('is still an attempt that nobody could resolve, when somebody asks', () => {
    const unresolved = fresh().needsAttention('unresolved');
    expect(dueAt(unresolved.payment)).toBeNull();
    expect(readIn(unresolved, unresolved.now)).toEqual(['attempt-1']);
  });
});
