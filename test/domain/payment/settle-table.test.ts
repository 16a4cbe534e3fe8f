import { describe, expect, it } from '@jest/globals';
import { step } from '../../../src/domain/payment/payment-machine.ts';
import { defaultPolicy } from '../../../src/domain/payment/policy.ts';
import { settle } from '../../../src/domain/payment/settle.ts';
import { aPayment, type PaymentBuilder } from '../../builders/a-payment.ts';
import {
  afterStart,
  agreeMs,
  built,
  day,
  doubted,
  lastAttempt,
  nothing,
  saying,
  second,
  told,
  type Word,
  whenDue,
  words,
} from './what-the-gateway-says.ts';

const times: Readonly<Record<string, (builder: PaymentBuilder) => PaymentBuilder>> = {
  'before the quiet period is over': (builder) => builder,
  'when a look is due': whenDue,
  'before a second reading may agree': (builder) => doubted(builder).after(agreeMs - 2 * second),
  'when a second reading may agree': (builder) => doubted(builder).after(agreeMs - second),
  'after three days': afterStart(3 * day),
};

/**
 * The whole of it. A line is what the attempt had come to, a column is what the gateway says; the cell is the event that follows, and after a
 * colon what the attempt has come to then, where that is another word. `+` is a look that is noted and moves the schedule on;
 * `-` is nothing new.
 */
const table = `
before the quiet period is over
            | captured             | authorized             | declined             | pending            | notSent             | unknown             | refused             | sessionGone             | nothing             | unclear
started     | captured             | authorized             | declined             | pending            | notSent             | outcomeLost:unknown | refused             | refused:sessionGone     | -                   | -
unknown     | captured             | authorized             | declined             | pending            | notCharged:notSent  | -                   | notCharged:refused  | notCharged:sessionGone  | -                   | -
pending     | captured             | authorized             | declined             | -                  | -                   | -                   | -                   | -                       | -                   | -
authorized  | captured             | -                      | declined             | -                  | -                   | -                   | -                   | -                       | -                   | -
captured    | -                    | -                      | -                    | -                  | -                   | -                   | -                   | -                       | -                   | -
declined    | chargeFound:captured | chargeFound:authorized | -                    | -                  | -                   | -                   | -                   | -                       | -                   | -
notSent     | chargeFound:captured | chargeFound:authorized | -                    | -                  | -                   | -                   | -                   | -                       | -                   | -
refused     | chargeFound:captured | chargeFound:authorized | -                    | -                  | -                   | -                   | -                   | -                       | -                   | -
sessionGone | chargeFound:captured | chargeFound:authorized | -                    | -                  | -                   | -                   | -                   | -                       | -                   | -
notCharged  | chargeFound:captured | chargeFound:authorized | -                    | -                  | -                   | -                   | -                   | -                       | -                   | -
mismatched  | -                    | -                      | -                    | -                  | -                   | -                   | -                   | -                       | -                   | -

when a look is due
            | captured             | authorized             | declined             | pending            | notSent             | unknown             | refused             | sessionGone             | nothing             | unclear
started     | captured             | authorized             | declined             | pending            | notSent             | outcomeLost:unknown | refused             | refused:sessionGone     | outcomeLost:unknown | outcomeLost:unknown
unknown     | captured             | authorized             | declined             | pending            | notCharged:notSent  | -                   | notCharged:refused  | notCharged:sessionGone  | +                   | +
pending     | captured             | authorized             | declined             | +                  | -                   | -                   | -                   | -                       | +                   | +
authorized  | captured             | +                      | declined             | +                  | -                   | -                   | -                   | -                       | +                   | +
notCharged  | chargeFound:captured | chargeFound:authorized | +                    | +                  | -                   | -                   | -                   | -                       | +                   | +

before a second reading may agree
            | captured             | authorized             | declined             | pending            | notSent             | unknown             | refused             | sessionGone             | nothing             | unclear
started     | captured             | authorized             | declined             | pending            | notCharged:notSent  | -                   | notCharged:refused  | notCharged:sessionGone  | -                   | +
unknown     | captured             | authorized             | declined             | pending            | notCharged:notSent  | -                   | notCharged:refused  | notCharged:sessionGone  | -                   | +
pending     | captured             | authorized             | declined             | +                  | -                   | -                   | -                   | -                       | -                   | +

when a second reading may agree
            | captured             | authorized             | declined             | pending            | notSent             | unknown             | refused             | sessionGone             | nothing             | unclear
started     | captured             | authorized             | declined             | pending            | notCharged:notSent  | -                   | notCharged:refused  | notCharged:sessionGone  | notCharged          | +
unknown     | captured             | authorized             | declined             | pending            | notCharged:notSent  | -                   | notCharged:refused  | notCharged:sessionGone  | notCharged          | +
pending     | captured             | authorized             | declined             | +                  | -                   | -                   | -                   | -                       | notCharged          | +

after three days
            | captured             | authorized             | declined             | pending            | notSent             | unknown             | refused             | sessionGone             | nothing             | unclear
started     | captured             | authorized             | declined             | pending            | notSent             | outcomeLost:unknown | refused             | refused:sessionGone     | outcomeLost:unknown | outcomeLost:unknown
unknown     | captured             | authorized             | declined             | pending            | notCharged:notSent  | -                   | notCharged:refused  | notCharged:sessionGone  | +                   | unresolved
pending     | captured             | authorized             | declined             | unresolved         | -                   | -                   | -                   | -                       | +                   | unresolved
authorized  | captured             | unresolved             | declined             | unresolved         | -                   | -                   | -                   | -                       | unresolved          | unresolved
unresolved  | captured             | +:authorized           | +:declined           | +:pending          | +:notSent           | -                   | +:refused           | +:sessionGone           | +                   | -
`;

const cells = table
  .trim()
  .split('\n\n')
  .flatMap((block) => {
    const [when = '', heads = '', ...lines] = block.split('\n');
    const columns = heads
      .split('|')
      .slice(1)
      .map((word) => word.trim());
    return lines.flatMap((line) => {
      const [attempt = '', ...answers] = line.split('|').map((cell) => cell.trim());
      return answers.map((cell, index) => ({ when, attempt, said: columns[index] as Word, cell }));
    });
  });

describe('what the gateway says of an attempt', () => {
  it('is written out for every word of the gateway', () => {
    expect(new Set(cells.map(({ said }) => said))).toEqual(new Set(words));
    expect(cells).toHaveLength(27 * words.length);
  });

  it.each(cells)('$when: $attempt, and told $said, gives $cell', ({ when, attempt, said, cell }) => {
    const start = built[attempt as keyof typeof built];
    const before = times[when]?.(start);
    if (before === undefined) throw new Error(`no such time: ${when}`);
    const after = told(said)(before);
    const outcome = before.payment.attempts.at(-1)?.outcome;
    if (cell === '-') {
      expect(after.payment).toBe(before.payment);
      return;
    }
    const [event = '', becomes = event === '+' || event === 'unresolved' ? outcome : event] = cell.split(':');
    const type = event === '+' ? 'lookedAgain' : event;
    expect(after.events.at(-1)).toMatchObject({ type, attemptId: 'attempt-1', sessionId: 'session-1' });
    expect(after.events).toHaveLength(before.events.length + 1);
    expect(after.payment.attempts.at(-1)?.outcome).toBe(becomes);
    const edge = step(before.payment.states, after.events.at(-1)?.type ?? 'fulfilled');
    expect(after.payment.states).toEqual(edge._unsafeUnwrap());
  });

  it.each(cells)(
    'changes nothing when it is told twice: $when, $attempt, $said',
    ({ when, attempt, said }) => {
      const { payment, now } = told(said)((times[when] ?? whenDue)(built[attempt as keyof typeof built]));
      const id = lastAttempt(payment);
      expect(settle(payment, id, saying(said, payment), now, defaultPolicy)._unsafeUnwrap()).toBeNull();
    },
  );

  it('is about an attempt of this payment, or the caller is broken', () => {
    const other = lastAttempt(aPayment().declined().paying().payment);
    expect(() => settle(built.started.payment, other, nothing, 0, defaultPolicy)).toThrow(
      /no attempt attempt-2/,
    );
  });
});
