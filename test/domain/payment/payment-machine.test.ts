import { describe, expect, it } from '@jest/globals';
import { initialTransition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import {
  everyEvent as events,
  everyFulfilmentState as fulfilments,
  everyPaymentState as payments,
  type FulfilmentState,
  newPaymentStates,
  paymentMachine,
  type PaymentEventType,
  type PaymentState,
  type PaymentStates,
  step,
} from '../../../src/domain/payment/payment-machine.ts';
import { meaningOf } from '../../../src/domain/payment/public-status.ts';

/** The public word of each state, and whether a payment may rest there. */
const meanings = {
  created: { status: 'awaiting_payment', final: false },
  sessionOpen: { status: 'awaiting_payment', final: false },
  paying: { status: 'processing', final: false },
  payUnknown: { status: 'processing', final: false },
  pending: { status: 'processing', final: false },
  declined: { status: 'declined', final: false },
  authorized: { status: 'authorized', final: false },
  partlyCaptured: { status: 'partially_captured', final: false },
  captured: { status: 'captured', final: true },
  partlyRefunded: { status: 'partially_refunded', final: true },
  refunded: { status: 'refunded', final: true },
  voided: { status: 'voided', final: true },
  cancelled: { status: 'cancelled', final: true },
  needsAttention: { status: 'needs_attention', final: false },
} as const satisfies Record<PaymentState, unknown>;

/**
 * The whole chart. A block is a pair of states that a payment can be in, `payment/fulfilment`; a line is an event that may happen there and
 * the pair it leads to. `same`: noted, and nothing moves. Whatever is not written is refused.
 */
const chart = `
created/notDue
  registered              same
  sessionOpened           sessionOpen/notDue
  cancelled               cancelled/cancelled
  lookedAgain             same
  chargeFound             needsAttention/notDue

sessionOpen/notDue
  sessionOpened           same
  repriced                same
  payStarted              paying/notDue
  authorizeStarted        paying/notDue
  cardVerified            created/notDue
  cardNotVerified         created/notDue
  sessionExpired          created/notDue
  cancelled               cancelled/cancelled
  lookedAgain             same
  chargeFound             needsAttention/notDue

paying/notDue
  captured                captured/due
  authorized              authorized/notDue
  declined                declined/notDue
  pending                 pending/notDue
  outcomeLost             payUnknown/notDue
  notSent                 sessionOpen/notDue
  refused                 created/notDue
  mismatched              needsAttention/notDue
  lookedAgain             same
  chargeFound             needsAttention/notDue

payUnknown/notDue
  captured                captured/due
  authorized              authorized/notDue
  declined                declined/notDue
  pending                 pending/notDue
  notCharged              created/notDue
  lookedAgain             same
  unresolved              needsAttention/notDue
  mismatched              needsAttention/notDue
  chargeFound             needsAttention/notDue

pending/notDue
  captured                captured/due
  authorized              authorized/notDue
  declined                declined/notDue
  notCharged              created/notDue
  lookedAgain             same
  unresolved              needsAttention/notDue
  mismatched              needsAttention/notDue
  chargeFound             needsAttention/notDue

authorized/notDue
  captured                captured/due
  capturedInPart          partlyCaptured/notDue
  voided                  voided/cancelled
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  voidStarted             same
  voidFailed              same
  voidUnknown             same
  declined                declined/notDue
  lookedAgain             same
  unresolved              needsAttention/notDue
  mismatched              needsAttention/notDue
  chargeFound             needsAttention/notDue

partlyCaptured/notDue
  captured                captured/due
  capturedInPart          same
  refundedInPart          partlyRefunded/notDue
  refundedInFull          refunded/cancelled
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  unresolved              needsAttention/notDue
  mismatched              needsAttention/notDue
  chargeFound             needsAttention/notDue

declined/notDue
  sessionOpened           sessionOpen/notDue
  cancelled               cancelled/cancelled
  lookedAgain             same
  chargeFound             needsAttention/notDue

captured/due
  voided                  voided/cancelled
  refundedInPart          partlyRefunded/due
  refundedInFull          refunded/cancelled
  voidStarted             same
  voidFailed              same
  voidUnknown             same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  unresolved              needsAttention/due
  mismatched              needsAttention/due
  chargeFound             needsAttention/due
  fulfilled               captured/fulfilled

captured/fulfilled
  voided                  voided/fulfilled
  refundedInPart          partlyRefunded/fulfilled
  refundedInFull          refunded/fulfilled
  voidStarted             same
  voidFailed              same
  voidUnknown             same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  unresolved              needsAttention/fulfilled
  mismatched              needsAttention/fulfilled
  chargeFound             needsAttention/fulfilled
  confirmationSent        same

captured/cancelled
  voided                  voided/cancelled
  refundedInPart          partlyRefunded/cancelled
  refundedInFull          refunded/cancelled
  voidStarted             same
  voidFailed              same
  voidUnknown             same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  unresolved              needsAttention/cancelled
  mismatched              needsAttention/cancelled
  chargeFound             needsAttention/cancelled

partlyRefunded/notDue
  captured                partlyRefunded/due
  capturedInPart          same
  refundedInPart          same
  refundedInFull          refunded/cancelled
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  unresolved              needsAttention/notDue
  mismatched              needsAttention/notDue
  chargeFound             needsAttention/notDue

partlyRefunded/due
  captured                same
  capturedInPart          same
  refundedInPart          same
  refundedInFull          refunded/cancelled
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  unresolved              needsAttention/due
  mismatched              needsAttention/due
  chargeFound             needsAttention/due
  fulfilled               partlyRefunded/fulfilled

partlyRefunded/fulfilled
  captured                same
  capturedInPart          same
  refundedInPart          same
  refundedInFull          refunded/fulfilled
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  unresolved              needsAttention/fulfilled
  mismatched              needsAttention/fulfilled
  chargeFound             needsAttention/fulfilled
  confirmationSent        same

partlyRefunded/cancelled
  captured                same
  capturedInPart          same
  refundedInPart          same
  refundedInFull          refunded/cancelled
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  unresolved              needsAttention/cancelled
  mismatched              needsAttention/cancelled
  chargeFound             needsAttention/cancelled

refunded/fulfilled
  lookedAgain             same
  unresolved              needsAttention/fulfilled
  mismatched              needsAttention/fulfilled
  chargeFound             needsAttention/fulfilled
  confirmationSent        same

refunded/cancelled
  lookedAgain             same
  unresolved              needsAttention/cancelled
  mismatched              needsAttention/cancelled
  chargeFound             needsAttention/cancelled

voided/fulfilled
  lookedAgain             same
  unresolved              needsAttention/fulfilled
  mismatched              needsAttention/fulfilled
  chargeFound             needsAttention/fulfilled
  confirmationSent        same

voided/cancelled
  lookedAgain             same
  unresolved              needsAttention/cancelled
  mismatched              needsAttention/cancelled
  chargeFound             needsAttention/cancelled

cancelled/cancelled
  lookedAgain             same
  chargeFound             needsAttention/cancelled

needsAttention/notDue
  captured                captured/due
  capturedInPart          same
  voided                  same
  refundedInPart          same
  refundedInFull          same
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  voidStarted             same
  voidFailed              same
  voidUnknown             same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  chargeFound             same
  correctedToCaptured     captured/due
  correctedToNotCharged   created/notDue
  correctedToCancelled    cancelled/cancelled

needsAttention/due
  captured                captured/due
  capturedInPart          same
  voided                  same
  refundedInPart          same
  refundedInFull          same
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  voidStarted             same
  voidFailed              same
  voidUnknown             same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  chargeFound             same
  correctedToCaptured     captured/due
  correctedToNotCharged   created/notDue
  correctedToCancelled    cancelled/cancelled
  fulfilled               needsAttention/fulfilled

needsAttention/fulfilled
  captured                captured/fulfilled
  capturedInPart          same
  voided                  same
  refundedInPart          same
  refundedInFull          same
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  voidStarted             same
  voidFailed              same
  voidUnknown             same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  chargeFound             same
  correctedToCaptured     captured/fulfilled
  confirmationSent        same

needsAttention/cancelled
  captured                captured/cancelled
  capturedInPart          same
  voided                  same
  refundedInPart          same
  refundedInFull          same
  captureStarted          same
  captureFailed           same
  captureUnknown          same
  voidStarted             same
  voidFailed              same
  voidUnknown             same
  refundStarted           same
  refundFailed            same
  refundUnknown           same
  lookedAgain             same
  chargeFound             same
  correctedToCancelled    cancelled/cancelled
`;

/** No payment gets here: goods are due once money was captured, and given up before any was asked for or when all of it is back. */
const unreachable: Readonly<Record<FulfilmentState, string>> = {
  notDue: 'captured refunded voided cancelled',
  due: 'created sessionOpen paying payUnknown pending declined authorized partlyCaptured refunded voided cancelled',
  fulfilled: 'created sessionOpen paying payUnknown pending declined authorized partlyCaptured cancelled',
  cancelled: 'created sessionOpen paying payUnknown pending declined authorized partlyCaptured',
};

const pairOf = ({ payment, fulfilment }: PaymentStates): string => `${payment}/${fulfilment}`;
const statesOf = (pair: string): PaymentStates => {
  const [payment, fulfilment] = pair.split('/');
  return { payment, fulfilment } as PaymentStates;
};
const except = (...left: readonly PaymentState[]) => payments.filter((payment) => !left.includes(payment));
const allPairs = payments.flatMap((payment) => fulfilments.map((fulfilment) => `${payment}/${fulfilment}`));

const blocks = chart
  .trim()
  .split('\n\n')
  .map((block) => {
    const [pair = '', ...lines] = block.split('\n');
    const moves = lines.map((line) => line.trim().split(/ +/));
    return {
      pair,
      answers: new Map(moves.map(([event = '', to = '']) => [event, to === 'same' ? pair : to])),
    };
  });

const answer = (pair: string, event: PaymentEventType): string =>
  step(statesOf(pair), event).match(pairOf, ({ type }) => type);

/** Every pair that some series of events leads to. */
const reachableFrom = (start: string, by: readonly PaymentEventType[] = events): ReadonlySet<string> => {
  const found = new Set([start]);
  for (const pair of found) {
    for (const event of by) {
      const next = step(statesOf(pair), event);
      if (next.isOk()) found.add(pairOf(next.value));
    }
  }
  return found;
};
/** What happens without a person’s decision. */
const byItself = events.filter((event) => !event.startsWith('corrected'));
/** What brings a person. */
const surprises: readonly PaymentEventType[] = ['unresolved', 'mismatched', 'chargeFound'];
const reachable = [...reachableFrom(pairOf(newPaymentStates))];
const isFinal = (pair: string): boolean => meaningOf[statesOf(pair).payment].final;

describe('the chart of a payment', () => {
  it.each(blocks)('says what may happen in $pair, and refuses everything else', ({ pair, answers }) => {
    expect(Object.fromEntries(events.map((event) => [event, answer(pair, event)]))).toEqual(
      Object.fromEntries(events.map((event) => [event, answers.get(event) ?? 'IllegalTransition'])),
    );
  });

  it('is written out for every pair that can be reached, and for no other', () => {
    expect(blocks.map(({ pair }) => pair).sort()).toEqual([...reachable].sort());
  });

  it('leads to none of the pairs that cannot be', () => {
    const listed = fulfilments.flatMap((fulfilment) =>
      unreachable[fulfilment].split(' ').map((payment) => `${payment}/${fulfilment}`),
    );
    expect(listed).toHaveLength(32);
    expect([...listed, ...reachable].sort()).toEqual([...allPairs].sort());
  });

  it('names the state and the event of what it refuses', () => {
    const states = statesOf('captured/due');
    expect(step(states, 'declined')._unsafeUnwrapErr()).toEqual({
      type: 'IllegalTransition',
      from: states,
      event: 'declined',
    });
  });

  it('begins where a new payment begins', () => {
    expect(initialTransition(paymentMachine)[0].value).toEqual(newPaymentStates);
    expect(pairOf(newPaymentStates)).toBe('created/notDue');
  });

  it('reaches every state of the money and of the goods', () => {
    expect(new Set(reachable.map((pair) => statesOf(pair).payment))).toEqual(new Set(payments));
    expect(new Set(reachable.map((pair) => statesOf(pair).fulfilment))).toEqual(new Set(fulfilments));
  });

  it.each(reachable)('lets a payment end from %s', (pair) => {
    expect([...reachableFrom(pair)].some(isFinal)).toBe(true);
  });

  it('gives each state its public word, and says whether a payment may rest there', () => {
    expect(meaningOf).toEqual(meanings);
  });

  it('agrees with the shortest path to every pair, replayed one event at a time', () => {
    const paths = getShortestPaths(paymentMachine, { events: events.map((type) => ({ type })) });
    const ends = paths.map(({ state, steps }) => {
      const replayed = steps
        .filter(({ event }) => events.some((each) => each === event.type))
        .reduce((states, { event }) => step(states, event.type)._unsafeUnwrap(), newPaymentStates);
      expect(replayed).toEqual(state.value);
      return pairOf(replayed);
    });
    expect(new Set(ends)).toEqual(new Set(reachable));
  });
});

describe('money and goods', () => {
  it.each(allPairs)(
    'are due from %s only by a capture of money that was owed, or as a person decides',
    (pair) => {
      const { payment, fulfilment } = statesOf(pair);
      const inPart = ['partlyCaptured', 'partlyRefunded'];
      const owed = ['paying', 'payUnknown', 'pending', 'authorized', 'needsAttention', ...inPart].includes(
        payment,
      );
      for (const event of events) {
        const after = step(statesOf(pair), event);
        const became = after.isOk() && after.value.fulfilment === 'due' && fulfilment !== 'due';
        const decided = event === 'correctedToCaptured' && payment === 'needsAttention';
        expect(became).toBe(((event === 'captured' && owed) || decided) && fulfilment === 'notDue');
      }
    },
  );

  it.each(['captured/notDue', 'cancelled/notDue', 'created/notDue', 'sessionOpen/notDue', 'declined/notDue'])(
    'ignore a capture that nobody owed: %s refuses it',
    (pair) => expect(answer(pair, 'captured')).toBe('IllegalTransition'),
  );

  it.each(except('created', 'sessionOpen', 'declined'))(
    'cannot be cancelled once money may have moved: %s refuses it',
    (payment) => {
      for (const fulfilment of fulfilments)
        expect(answer(`${payment}/${fulfilment}`, 'cancelled')).toBe('IllegalTransition');
    },
  );

  it.each(['payUnknown', 'pending', 'authorized'] as const)(
    'leave %s only by what the gateway said, or to a person',
    (payment) => {
      const evidence = [
        'captured',
        'authorized',
        'declined',
        'pending',
        'notCharged',
        'mismatched',
        'chargeFound',
        'capturedInPart',
        'voided',
      ];
      const leaving = events.filter((event) =>
        step(statesOf(`${payment}/notDue`), event).match(
          (next) => next.payment !== payment,
          () => false,
        ),
      );
      expect(leaving.length).toBeGreaterThan(3);
      for (const event of leaving) expect([...evidence, 'unresolved']).toContain(event);
      expect(answer(`${payment}/notDue`, 'unresolved')).toBe('needsAttention/notDue');
    },
  );

  it.each<[PaymentState, PaymentState[]]>([
    ['captured', ['captured', 'partlyRefunded', 'refunded', 'voided']],
    ['partlyRefunded', ['partlyRefunded', 'refunded']],
    ['refunded', ['refunded']],
    ['voided', ['voided']],
    ['cancelled', ['cancelled']],
  ])('never go back by themselves: from %s they go only on, or a person is called', (payment, expected) => {
    const untilAPersonIsCalled = byItself.filter((event) => !surprises.includes(event));
    const found = reachable
      .filter((pair) => pair.startsWith(`${payment}/`))
      .flatMap((pair) => [...reachableFrom(pair, untilAPersonIsCalled)]);
    expect(new Set(found.map((pair) => statesOf(pair).payment))).toEqual(new Set(expected));
  });

  it('are released at most once, whatever happens before and after', () => {
    const releases = reachable.filter((pair) => step(statesOf(pair), 'fulfilled').isOk());
    expect(releases.sort()).toEqual(['captured/due', 'needsAttention/due', 'partlyRefunded/due']);
    for (const pair of releases) {
      for (const later of reachableFrom(answer(pair, 'fulfilled'))) {
        expect(statesOf(later).fulfilment).toBe('fulfilled');
        expect(answer(later, 'fulfilled')).toBe('IllegalTransition');
      }
    }
  });

  it('are corrected only where a person was called', () => {
    const corrections = events.filter((event) => !byItself.includes(event));
    for (const pair of reachable.filter((each) => !each.startsWith('needsAttention/'))) {
      for (const event of corrections) expect(answer(pair, event)).toBe('IllegalTransition');
    }
  });

  it.each([
    ['voided', 'captured/due', 'voided/cancelled'],
    ['refundedInFull', 'captured/due', 'refunded/cancelled'],
    ['refundedInFull', 'partlyRefunded/due', 'refunded/cancelled'],
    ['refundedInFull', 'partlyCaptured/notDue', 'refunded/cancelled'],
    ['voided', 'authorized/notDue', 'voided/cancelled'],
  ] as const)('are given up by %s of %s, unless they are released', (event, pair, expected) => {
    expect(answer(pair, event)).toBe(expected);
    const { payment } = statesOf(pair);
    const released = step({ payment, fulfilment: 'fulfilled' }, event);
    expect(released._unsafeUnwrap().fulfilment).toBe('fulfilled');
  });

  it('are never released after they were given up', () => {
    for (const later of reachableFrom('cancelled/cancelled'))
      expect(statesOf(later).fulfilment).toBe('cancelled');
  });
});
