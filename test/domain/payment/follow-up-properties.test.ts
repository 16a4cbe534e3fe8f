// A payment and a gateway's ledger, with everything in between that can go wrong: what must hold of the two after every step.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Result } from 'neverthrow';
import { type Attempt, type FollowUp, isFollowUp, isUnsettled } from '../../../src/domain/payment/attempt.ts';
import { correct } from '../../../src/domain/payment/correct.ts';
import { dueAt, isFulfilmentDue } from '../../../src/domain/payment/due.ts';
import { startFollowUp } from '../../../src/domain/payment/follow-up.ts';
import { attemptId, type AttemptId, sessionId } from '../../../src/domain/payment/ids.ts';
import type { FollowUpOutcome, PayOutcome } from '../../../src/domain/payment/outcome.ts';
import * as domain from '../../../src/domain/payment/payment.ts';
import type { Change, Payment } from '../../../src/domain/payment/payment.ts';
import type { PaymentEvent } from '../../../src/domain/payment/payment-event.ts';
import { meaningOf } from '../../../src/domain/payment/public-status.ts';
import { defaultPolicy as policy } from '../../../src/domain/payment/policy.ts';
import { applyRecord } from '../../../src/domain/payment/apply-record.ts';
import type { GatewayRecord } from '../../../src/domain/payment/record.ts';
import { settle } from '../../../src/domain/payment/settle.ts';
import { settleFollowUp } from '../../../src/domain/payment/settle-follow-up.ts';
import { kept, leftToCapture, leftToRefund } from '../../../src/domain/payment/totals.ts';
import { aPayment, evidenceOf, morning, usd } from '../../builders/a-payment.ts';
import { GatewayLedger } from './gateway-ledger.ts';

/** A call that left. `answer` is what the gateway would say once it was reached. */
type Sent = { readonly id: AttemptId; answer: PayOutcome | FollowUpOutcome | null };

type World = {
  payment: Payment;
  readonly events: PaymentEvent[];
  now: number;
  sent: Sent[];
  readonly ledger: GatewayLedger;
  /** A record that was read and not applied yet, as two readers at once would have it. */
  stale: Readonly<{ record: GatewayRecord; askedAt: number }> | null;
};

const calls = ['pay', 'authorize', 'capture', 'void', 'refund'] as const;
type Reached = 'done' | 'done without an id' | 'done twice' | 'declined' | 'declined twice' | 'refused';
type Action =
  | Readonly<{ do: 'ask'; operation: (typeof calls)[number]; cents: number | null; charge: number | null }>
  | Readonly<{ do: 'reach'; call: number; comes: Reached }>
  | Readonly<{ do: 'answer' | 'lose' | 'forget'; call: number }>
  | Readonly<{ do: 'elsewhere'; operation: FollowUp | 'pay'; cents: number }>
  | Readonly<{ do: 'read' | 'readForLater' | 'applyLate' | 'fulfil' | 'cancel' }>
  | Readonly<{ do: 'correct'; to: 'captured' | 'notCharged' | 'cancelled' }>
  | Readonly<{ do: 'wait'; ms: number }>;

const cents = fc.constantFrom<number>(100, 300, 300, 400, 600, 1000);
const call = fc.nat(2);
const ask = (operation: (typeof calls)[number], amount: number | null = null): Action => ({
  do: 'ask',
  operation,
  cents: amount,
  charge: null,
});
const reach = (comes: Reached): Action => ({ do: 'reach', call: 0, comes });
const last = (what: 'answer' | 'lose' | 'forget'): Action => ({ do: what, call: 0 });
const one = (weight: number, arbitrary: fc.Arbitrary<Action>) => ({
  weight,
  arbitrary: arbitrary.map((action) => [action]),
});
const several = (weight: number, ...actions: Action[]) => ({ weight, arbitrary: fc.constant(actions) });

/** What may go wrong: with a gateway that moves nothing twice and pages that nobody else uses, more must hold. */
type Faults = Readonly<{ elsewhere: boolean; twice: boolean; corrections: boolean }>;

const histories = ({ elsewhere, twice, corrections }: Faults) => {
  // Where others use its pages, whatever an answer does not name may be theirs: then only ids tell.
  const answered: Reached = elsewhere ? 'done' : 'done without an id';
  const comes: readonly Reached[] = ['done', 'done', answered, 'declined', 'declined twice', 'refused'];
  return fc
    .array(
      fc.oneof(
        several(3, ask('pay'), reach('done'), last('answer')),
        several(3, ask('authorize'), reach('done'), last('answer')),
        several(2, ask('pay'), last('lose')),
        several(2, ask('pay'), reach('declined twice'), last('answer')),
        several(2, ask('pay'), { do: 'read' }),
        several(2, reach('done'), last('lose')),
        several(2, ask('refund', 300), reach('done'), last('lose')),
        several(1, ask('refund'), reach('done'), last('answer')),
        several(1, ask('void'), reach('done'), last('answer')),
        several(1, ask('refund', 300), ask('refund', 300), reach('done')),
        several(1, ask('capture', 400), reach('done'), last('answer')),
        several(1, ask('capture'), reach('done'), last('answer')),
        several(
          2,
          { do: 'wait', ms: policy.quietMs },
          { do: 'read' },
          { do: 'wait', ms: policy.agreeMs },
          { do: 'read' },
        ),
        one(
          8,
          fc.record<Action & { do: 'ask' }>({
            do: fc.constant('ask'),
            operation: fc.constantFrom(...calls),
            cents: fc.option(cents),
            charge: fc.option(fc.nat(2), { freq: 4 }),
          }),
        ),
        one(
          10,
          fc.record({
            do: fc.constant('reach'),
            call,
            comes: fc.constantFrom(...comes, ...(twice ? (['done twice'] as const) : [])),
          }),
        ),
        one(8, fc.record({ do: fc.constantFrom('answer', 'lose', 'forget'), call })),
        one(6, fc.record({ do: fc.constantFrom('read', 'readForLater', 'applyLate', 'fulfil', 'cancel') })),
        one(
          4,
          fc.record({
            do: fc.constant('wait'),
            ms: fc.oneof(fc.nat(2 * policy.quietMs), fc.constant(4 * 86_400_000)),
          }),
        ),
        ...(elsewhere
          ? [
              one(
                3,
                fc.record({
                  do: fc.constant('elsewhere'),
                  operation: fc.constantFrom('pay', 'capture', 'void', 'refund', 'refund'),
                  cents,
                }),
              ),
            ]
          : []),
        ...(corrections
          ? [
              one(
                2,
                fc.record({
                  do: fc.constant('correct'),
                  to: fc.constantFrom('captured', 'notCharged', 'cancelled'),
                }),
              ),
            ]
          : []),
      ),
      { maxLength: 25, size: 'max' },
    )
    .map((steps) => steps.flat());
};

const apply = (world: World, decided: Result<Change | null, unknown>): void => {
  const change = decided.unwrapOr(null);
  if (change === null) return;
  world.payment = change.payment;
  world.events.push(change.event);
};

const mustBeUnderstood = (decided: Result<Change | null, unknown>): Result<Change | null, unknown> => {
  if (decided.isErr()) throw new Error(`refused to hear: ${JSON.stringify(decided.error)}`);
  return decided;
};

const attemptOf = ({ payment }: World, id: AttemptId): Attempt => {
  const attempt = payment.attempts.find((each) => each.id === id);
  if (attempt === undefined) throw new Error(`no attempt ${id}`);
  return attempt;
};

const hear = (world: World, id: AttemptId, outcome: PayOutcome | FollowUpOutcome): void => {
  const { payment, now } = world;
  const decided = isFollowUp(attemptOf(world, id))
    ? settleFollowUp(payment, id, outcome as FollowUpOutcome, now, policy)
    : settle(payment, id, outcome as PayOutcome, now, policy);
  apply(world, mustBeUnderstood(decided));
};

const applyAll = (world: World, record: GatewayRecord, askedAt: number): void => {
  for (let steps = 0, version = -1; version !== world.payment.version; steps += 1) {
    if (steps > 200) throw new Error('a record is never done with');
    version = world.payment.version;
    const newAttemptId = attemptId(`found-${version}`)._unsafeUnwrap();
    const about = { record, askedAt, policy, newAttemptId };
    apply(world, mustBeUnderstood(applyRecord(world.payment, about)));
  }
};

const askFor = (world: World, { operation, cents: minor, charge }: Action & { do: 'ask' }): void => {
  const id = attemptId(`attempt-${world.payment.version}`)._unsafeUnwrap();
  const before = world.payment.version;
  if (operation === 'pay' || operation === 'authorize') {
    const expiresAt = world.now + policy.sessionLifetimeMs;
    const session = {
      id: sessionId(`session-${before}`)._unsafeUnwrap(),
      openedAt: world.now,
      expiresAt,
      successIndicator: null,
    };
    apply(world, domain.openSession(world.payment, world.payment.order, session, policy));
    const { order } = world.payment;
    const intent = { attemptId: id, sessionId: session.id, order, revision: null, operation };
    apply(world, domain.startPay(world.payment, intent, world.now, policy));
  } else {
    const amount = operation === 'void' || minor === null ? null : usd((minor / 100).toFixed(2));
    const target =
      charge === null || operation === 'capture'
        ? null
        : (world.payment.attempts[charge]?.transactionId ?? null);
    const intent = { attemptId: id, operation, key: id, amount, target };
    apply(world, startFollowUp(world.payment, intent, world.now, policy));
  }
  if (world.payment.attempts.at(-1)?.id === id) world.sent = [{ id, answer: null }, ...world.sent];
};

const reachGateway = (world: World, sent: Sent, comes: Reached): void => {
  const attempt = attemptOf(world, sent.id);
  // No call lives longer than the quiet period.
  if (sent.answer !== null || world.now >= attempt.startedAt + policy.quietMs) return;
  const refused = isFollowUp(attempt)
    ? ({ type: 'refused', reason: 'no' } as const)
    : ({ type: 'declined', reason: 'no' } as const);
  sent.answer = refused;
  if (comes === 'declined twice') world.ledger.decline(attempt, world.now);
  if (comes.startsWith('declined')) return world.ledger.decline(attempt, world.now);
  if (comes === 'refused') return;
  const entry = world.ledger.carryOut(attempt, world.now, true);
  if (comes === 'done twice') world.ledger.carryOut(attempt, world.now, true);
  if (entry === null) return;
  const evidence = evidenceOf(world.payment, {
    amount: entry.amount,
    transactionId: comes === 'done without an id' ? null : entry.id,
  });
  if (isFollowUp(attempt)) sent.answer = { type: 'done', evidence };
  else sent.answer = { type: attempt.operation === 'authorize' ? 'authorized' : 'captured', evidence };
};

const perform = (world: World, action: Action): void => {
  const { payment, now, ledger, sent } = world;
  const orderId = payment.order.id;
  switch (action.do) {
    case 'ask':
      return askFor(world, action);
    case 'reach': {
      const to = sent[action.call];
      if (to !== undefined) reachGateway(world, to, action.comes);
      return;
    }
    case 'answer':
    case 'lose':
    case 'forget': {
      const to = sent[action.call];
      if (to === undefined) return;
      const isReached = to.answer !== null;
      // An answer that was lost may still have been on its way to the gateway; one that came is over.
      if (action.do === 'answer' && !isReached) return;
      if (action.do !== 'forget')
        hear(
          world,
          to.id,
          action.do === 'answer' && to.answer ? to.answer : { type: 'unknown', reason: 'cut' },
        );
      if (isReached) world.sent = sent.filter((each) => each !== to);
      return;
    }
    case 'elsewhere':
      ledger.carryOut(
        { operation: action.operation, amount: usd((action.cents / 100).toFixed(2)), target: null },
        now,
        false,
      );
      return;
    case 'read':
      return applyAll(world, ledger.record(orderId), now);
    case 'readForLater':
      world.stale = { record: ledger.record(orderId), askedAt: now };
      return;
    case 'applyLate':
      if (world.stale !== null) applyAll(world, world.stale.record, world.stale.askedAt);
      world.stale = null;
      return;
    case 'fulfil':
      if (isFulfilmentDue(payment)) apply(world, domain.fulfil(payment, now));
      return;
    case 'cancel':
      return apply(world, domain.cancel(payment, now));
    case 'correct': {
      const held = payment.order.amount;
      const decision = action.to === 'captured' ? { to: action.to, held } : { to: action.to };
      return apply(world, correct(payment, { decision, by: 'Ann', reason: 'so' }, now, policy));
    }
    case 'wait':
      world.now += action.ms;
  }
};

const must = (rule: string, holds: boolean): void => {
  if (!holds) throw new Error(`does not hold: ${rule}`);
};

const open = ({ attempts }: Payment, operation: FollowUp): number =>
  attempts
    .filter((each) => each.operation === operation && isUnsettled(each))
    .reduce((sum, { amount }) => sum + amount.minor, 0);

const mustHold = (before: Payment, world: World): void => {
  const { payment, events } = world;
  const { attempts, captured, refunded, states, attention } = payment;
  const isShown = states.payment === 'needsAttention';
  must('every version is one event', payment.version === events.length);
  must('no more is given back than was charged', refunded.minor <= captured.minor || isShown);
  must(
    'what is on its way is spent',
    leftToRefund(payment).minor === Math.max(0, captured.minor - refunded.minor - open(payment, 'refund')),
  );
  must('what is on its way is captured once', leftToCapture(payment).minor >= 0);
  must(
    'released goods stay released',
    before.states.fulfilment !== 'fulfilled' || states.fulfilment === 'fulfilled',
  );
  must('released once', events.filter(({ type }) => type === 'fulfilled').length <= 1);
  if (before.states.fulfilment !== 'fulfilled' && states.fulfilment === 'fulfilled') {
    must(
      'goods are released only for money that is here',
      kept(payment).minor > 0 && open(payment, 'void') === 0,
    );
  }
  must('who needs a person says why, and nobody else does', (attention !== null) === isShown);
  must('nobody is forgotten', !attempts.some(isUnsettled) || dueAt(payment) !== null || isShown);
  const claimed = attempts.flatMap(({ transactionId }) => (transactionId === null ? [] : [transactionId]));
  must('a transaction belongs to one attempt', new Set(claimed).size === claimed.length);
  if (
    meaningOf[before.states.payment].final &&
    before.states.payment !== 'captured' &&
    before.states.payment !== 'partlyRefunded'
  )
    must('final stays final, or a person is called', states.payment === before.states.payment || isShown);
};

const play = (actions: readonly Action[], faults: Faults, check = mustHold): World => {
  const world: World = {
    payment: aPayment().payment,
    events: [],
    now: morning,
    sent: [],
    ledger: new GatewayLedger(!faults.elsewhere && !faults.twice),
    stale: null,
  };
  for (const action of actions) {
    const before = world.payment;
    perform(world, action);
    check(before, world);
  }
  return world;
};

/** No call arrives any more; somebody looks whenever it is due, and once more at the end, as for a webhook. */
const comeToRest = (world: World): void => {
  for (let looks = 0; dueAt(world.payment) !== null; looks += 1) {
    must('it comes to rest', looks < 100);
    const before = world.payment;
    world.now = Math.max(world.now, dueAt(before) ?? 0) + 1;
    perform(world, { do: 'read' });
    perform(world, { do: 'fulfil' });
    const { session, states } = world.payment;
    if (states.payment === 'sessionOpen' && session !== null && session.expiresAt <= world.now)
      apply(world, domain.expireSession(world.payment, world.now));
    mustHold(before, world);
  }
  perform(world, { do: 'read' });
  const { version } = world.payment;
  perform(world, { do: 'read' });
  must('a second reading is quiet', world.payment.version === version);
};

/** About a second each on one core; set RUNS for a longer search. */
const runs = Number(process.env.RUNS ?? 1000);

const quietWorld: Faults = { elsewhere: false, twice: false, corrections: false };
/** A capture that was on its way when everything was given back is a person's business. */
const capturedAfterRefund = ({ attempts }: Payment): boolean =>
  attempts.some(({ operation }) => operation === 'capture') &&
  attempts.some(({ operation }) => operation === 'refund');
const wildWorld: Faults = { elsewhere: true, twice: true, corrections: false };

describe('a payment and its gateway', () => {
  it('keep every rule of money at every step, whatever is lost, late, doubled or done elsewhere', () => {
    const faults = { ...wildWorld, corrections: true };
    fc.assert(
      fc.property(histories(faults), (actions) => {
        play(actions, faults);
      }),
      { numRuns: runs },
    );
  });

  it('agree on every cent in the end, whatever was lost, late, doubled or done elsewhere', () => {
    fc.assert(
      fc.property(histories(wildWorld), (actions) => {
        const world = play(actions, wildWorld);
        comeToRest(world);
        const { payment, ledger } = world;
        // What nobody ever tried to pay through us has no session to be read about.
        if (payment.attempts.length === 0) return;
        expect([payment.captured.minor, payment.refunded.minor]).toEqual([ledger.captured, ledger.refunded]);
      }),
      { numRuns: runs },
    );
  });

  it('never give back more than was charged, nor charge twice, even if the gateway would', () => {
    fc.assert(
      fc.property(histories(quietWorld), (actions) => {
        const world = play(actions, quietWorld);
        comeToRest(world);
        const { ledger, payment } = world;
        must('the gateway gave back no more than it charged', ledger.refunded <= ledger.captured);
        const charges = ledger.entries.filter(
          ({ operation, result }) => result === 'done' && (operation === 'pay' || operation === 'authorize'),
        );
        must('one charge', charges.length <= 1);
        expect([payment.captured.minor, payment.refunded.minor]).toEqual([ledger.captured, ledger.refunded]);
        must(
          'nobody is called for nothing',
          payment.states.payment !== 'needsAttention' ||
            payment.attention?.kind === 'unresolved' ||
            capturedAfterRefund(payment),
        );
      }),
      { numRuns: runs },
    );
  });

  it('reach every state of money that was asked for, so that the rules above were put to the test', () => {
    const reached = new Set<string>();
    const faults = { ...wildWorld, corrections: true };
    for (const actions of fc.sample(histories(faults), { numRuns: 500, seed: 7 }))
      play(actions, faults, (_, { payment, events }) => {
        reached.add(payment.states.payment);
        reached.add(`${payment.states.fulfilment} goods`);
        reached.add(events.at(-1)?.type ?? 'nothing');
        for (const { operation, outcome } of payment.attempts) reached.add(`${operation} ${outcome}`);
      });
    const followUps = ['capture', 'void', 'refund'] as const;
    const outcomes = ['done', 'refused', 'unknown', 'notDone'];
    const wanted = [
      ...Object.keys(meaningOf).filter((state) => state !== 'pending' && state !== 'sessionOpen'),
      ...followUps.flatMap((each) => [`${each}Started`, `${each}Failed`, `${each}Unknown`]),
      ...followUps.flatMap((each) => outcomes.map((outcome) => `${each} ${outcome}`)),
      ...[
        'capturedInPart',
        'refundedInPart',
        'refundedInFull',
        'voided',
        'chargeFound',
        'correctedToCaptured',
      ],
      ...['fulfilled goods', 'cancelled goods'],
    ];
    expect(wanted.filter((what) => !reached.has(what))).toEqual([]);
  });
});
