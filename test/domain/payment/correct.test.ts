import { describe, expect, it } from '@jest/globals';
import { type Money, zero } from '../../../src/domain/money/money.ts';
import { correct, type Decision } from '../../../src/domain/payment/correct.ts';
import { dueAt } from '../../../src/domain/payment/due.ts';
import { mayOpenSession } from '../../../src/domain/payment/payment.ts';
import { defaultPolicy } from '../../../src/domain/payment/policy.ts';
import { why } from '../../../src/domain/payment/why.ts';
import { anOrder, aPayment, evidenceOf, type PaymentBuilder, usd } from '../../builders/a-payment.ts';
import { afterStart, built, hour, lastAttempt, told } from './what-the-gateway-says.ts';

const decided =
  (decision: Decision, by = 'Ann', reason = 'the bank confirmed it') =>
  (builder: PaymentBuilder) =>
    builder.by((payment, now) => correct(payment, { decision, by, reason }, now, defaultPolicy));
const kept = (held: Money = usd('10.00')): Decision => ({ to: 'captured', held });
const refusalOf = ({ payment, now }: PaymentBuilder, decision: Decision, by = 'Ann', reason = 'because') =>
  correct(payment, { decision, by, reason }, now, defaultPolicy)._unsafeUnwrapErr();

const mismatched = aPayment().needsAttention('mismatched');
const unresolved = aPayment().needsAttention('unresolved');
const late = (builder: PaymentBuilder) =>
  builder.told(
    { type: 'captured', evidence: evidenceOf(builder.payment, { transactionId: 'transaction-late' }) },
    lastAttempt(built.notCharged.payment),
  );
const paidTwice = late(built.notCharged.captured());
const releasedAndPaidTwice = late(built.notCharged.fulfilled());
const chargedAfterCancel = late(built.notCharged.cancelled());

describe("a person's decision", () => {
  it('goes into the history with who decided and why', () => {
    const { events, now } = decided(kept(), ' Ann ', ' the bank confirmed it ')(unresolved);
    expect(events.at(-1)).toMatchObject({
      type: 'correctedToCaptured',
      reason: 'Ann: the bank confirmed it (10.00 USD kept)',
      at: now,
      version: unresolved.payment.version + 1,
    });
    expect(decided({ to: 'cancelled' })(unresolved).events.at(-1)?.reason).toBe('Ann: the bank confirmed it');
  });

  it('to keep a part of the amount is told as that part, whatever was charged', () => {
    const { payment } = decided(kept(usd('5.00')))(paidTwice);
    expect(why(payment)).toBe('The merchant has 5.00 USD for it.');
  });

  it('that nothing was charged is told as a try that left no charge', () => {
    const { payment } = decided({ to: 'notCharged' })(unresolved);
    expect(why(payment)).toBe('The last try left no charge (no answer); another card may be tried.');
  });

  it('to give the order up is told as that, also when there had been a charge', () => {
    const { payment } = decided({ to: 'cancelled' })(chargedAfterCancel);
    expect(why(payment)).toBe('It was given up: the merchant has nothing for it.');
  });

  it.each([
    ['nobody', '', 'because'],
    ['nobody, in spaces', '  ', 'because'],
    ['no reason', 'Ann', ''],
    ['a reason of spaces', 'Ann', ' \n'],
    ['an endless reason', 'Ann', 'x'.repeat(500)],
    ['a NUL', 'Ann', 'be\u0000cause'],
    ['half a character', 'Ann\ud83d', 'because'],
  ])('is refused when it names %s', (_, by, reason) => {
    expect(refusalOf(unresolved, kept(), by, reason).type).toBe('InvalidCorrection');
  });

  it('is refused when it keeps no money, or money of another currency', () => {
    const euros = anOrder({ currency: 'EUR' }).amount;
    for (const held of [zero(usd('1.00').currency), euros]) {
      expect(refusalOf(unresolved, kept(held)).type).toBe('InvalidCorrection');
    }
  });

  it('is refused of a payment that nobody was called for', () => {
    for (const { payment, now } of [built.started, built.unknown, built.captured, aPayment()]) {
      for (const decision of [kept(), { to: 'notCharged' }, { to: 'cancelled' }] as const) {
        const refused = correct(
          payment,
          { decision, by: 'Ann', reason: 'because' },
          now,
          defaultPolicy,
        )._unsafeUnwrapErr();
        expect(refused).toEqual({ type: 'NoDecisionNeeded' });
      }
    }
  });

  it('is about what the person was shown: one that comes late is not taken for one about something newer', () => {
    const { payment, now } = unresolved;
    const late = { decision: kept(), by: 'Ann', reason: 'because', version: payment.version - 1 };
    expect(correct(payment, late, now, defaultPolicy)._unsafeUnwrapErr().type).toBe('PaymentChanged');
    const { version } = payment;
    expect(correct(payment, { ...late, version }, now, defaultPolicy).isOk()).toBe(true);
  });

  it('carries no card number into the history', () => {
    const { events } = decided(kept(), 'Ann', 'card 5123 4500 0000 0008')(unresolved);
    expect(events.at(-1)?.reason).toBe('Ann: card [redacted] (10.00 USD kept)');
  });
});

describe('"the merchant keeps it"', () => {
  it.each([
    ['an amount that did not match', mismatched],
    ['a charge that nobody could confirm', unresolved],
    ['a charge that came late', late(built.notCharged)],
  ])('pays the order after %s, and its goods are due', (_, builder) => {
    const { payment } = decided(kept(usd('9.00')))(builder);
    expect(payment).toMatchObject({
      states: { payment: 'captured', fulfilment: 'due' },
      captured: usd('9.00'),
      attention: null,
    });
    expect(payment.attempts).toMatchObject([{ outcome: 'captured', lookAt: null }]);
  });

  it('of two charges releases goods that are due or released no second time', () => {
    expect(decided(kept())(paidTwice).payment).toMatchObject({
      states: { payment: 'captured', fulfilment: 'due' },
      captured: usd('10.00'),
    });
    expect(decided(kept())(releasedAndPaidTwice).payment.states.fulfilment).toBe('fulfilled');
  });

  it('knows both charges from then on: neither is a new one when it is told again', () => {
    const corrected = decided(kept())(paidTwice);
    for (const { id } of corrected.payment.attempts) {
      const again = corrected.told({ type: 'captured', evidence: evidenceOf(corrected.payment) }, id);
      expect(again.payment).toBe(corrected.payment);
    }
  });

  it('keeps nothing of an order whose goods are gone only', () => {
    expect(refusalOf(paidTwice, kept(usd('0.00'))).type).toBe('InvalidCorrection');
    const { payment } = decided(kept(usd('0.00')))(releasedAndPaidTwice);
    expect(payment).toMatchObject({ captured: usd('0.00'), states: { fulfilment: 'fulfilled' } });
    expect(why(payment)).toBe('The merchant has 0.00 USD for it.');
  });

  it('is refused for an order that was given up', () => {
    expect(refusalOf(chargedAfterCancel, kept())).toEqual({
      type: 'InvalidCorrection',
      reason: 'the goods are cancelled, so it cannot be captured',
    });
  });

  it('is known when the gateway says at last that it was charged', () => {
    const corrected = decided(kept())(unresolved);
    expect(told('captured')(corrected).payment).toBe(corrected.payment);
  });
});

describe('"nothing was charged"', () => {
  it.each([
    ['mismatched', mismatched],
    ['unresolved', unresolved],
    ['paid twice', paidTwice],
  ])('lets another card be tried: %s', (_, builder) => {
    const { payment } = decided({ to: 'notCharged' })(builder);
    expect(payment).toMatchObject({
      states: { payment: 'created', fulfilment: 'notDue' },
      captured: usd('0.00'),
      attention: null,
      session: null,
    });
    expect(mayOpenSession(payment, defaultPolicy).isOk()).toBe(true);
    expect(payment.attempts.map(({ outcome }) => outcome)).not.toContain('captured');
  });

  it('is looked at once more, and shown again should it be wrong', () => {
    const corrected = decided({ to: 'notCharged' })(unresolved);
    expect(dueAt(corrected.payment)).toBe(corrected.now + hour);
    const { payment } = told('captured')(corrected.after(hour));
    expect(payment).toMatchObject({ attention: { kind: 'chargeFound' }, captured: usd('10.00') });
  });

  it('cannot be said once the goods are released or given up', () => {
    for (const builder of [releasedAndPaidTwice, chargedAfterCancel])
      expect(refusalOf(builder, { to: 'notCharged' }).type).toBe('InvalidCorrection');
  });
});

describe('"the order is given up"', () => {
  it.each([
    ['mismatched', mismatched],
    ['unresolved', unresolved],
    ['paid twice', paidTwice],
    ['charged after it was cancelled', chargedAfterCancel],
  ])('ends the payment and its goods: %s', (_, builder) => {
    const { payment } = decided({ to: 'cancelled' })(builder);
    expect(payment).toMatchObject({
      states: { payment: 'cancelled', fulfilment: 'cancelled' },
      captured: usd('0.00'),
      attention: null,
    });
  });

  it('cannot be said once the goods are released', () => {
    expect(refusalOf(releasedAndPaidTwice, { to: 'cancelled' }).type).toBe('InvalidCorrection');
  });
});

describe('a correction', () => {
  it('waits for a pay that may still be on its way, to the millisecond', () => {
    const meanwhile = late(built.notCharged.paying());
    expect(meanwhile.payment.attempts).toMatchObject([{ outcome: 'captured' }, { outcome: 'started' }]);
    const soon = afterStart(defaultPolicy.quietMs - 1)(meanwhile);
    for (const decision of [kept(), { to: 'notCharged' }, { to: 'cancelled' }] as const) {
      for (const builder of [meanwhile, soon]) {
        expect(refusalOf(builder, decision)).toEqual({ type: 'AttemptInFlight', attemptId: 'attempt-2' });
      }
      expect(decided(decision)(soon).payment.attention).toBeNull();
    }
  });

  it('waits for a refund that is pending: forgotten, its amount could be given back twice', () => {
    const refund = paidTwice.asking('refund', usd('3.00'), 'transaction-late');
    const pending = refund
      .heard({ type: 'pending', reason: 'the bank is asked' })
      .after(defaultPolicy.quietMs);
    expect(refusalOf(pending, kept())).toEqual({ type: 'AttemptInFlight', attemptId: 'attempt-3' });
  });

  it('does not wait for a pay whose outcome is known', () => {
    const declined = late(built.notCharged.declined());
    expect(decided({ to: 'notCharged' })(declined).payment.states.payment).toBe('created');
  });

  it('marks the attempt as captured that the money is kept for, even where it was heard to be declined', () => {
    const declined = told('declined')(unresolved);
    expect(declined.payment.attempts).toMatchObject([{ outcome: 'declined' }]);
    expect(decided(kept())(declined).payment.attempts).toMatchObject([{ outcome: 'captured' }]);
  });

  it('leaves a decline that was heard a decline, which counts', () => {
    const heard = unresolved.told({ type: 'declined', reason: 'insufficient funds' });
    const { attempts } = decided({ to: 'notCharged' })(heard).payment;
    expect(attempts).toMatchObject([{ outcome: 'declined' }]);
  });
});
