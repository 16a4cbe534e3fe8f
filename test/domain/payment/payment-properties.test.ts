// Whatever happens, in whatever order and however late: what must hold of a payment after every single step.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Result } from 'neverthrow';
import { holdsMoney, isUnsettled, mayHaveLeft } from '../../../src/domain/payment/attempt.ts';
import { attemptId, sessionId } from '../../../src/domain/payment/ids.ts';
import { correct } from '../../../src/domain/payment/correct.ts';
import type { Outcome, Reading } from '../../../src/domain/payment/outcome.ts';
import { attemptsToRead, dueAt } from '../../../src/domain/payment/due.ts';
import {
  cancel,
  type Change,
  confirmationSent,
  expireSession,
  fulfil,
  openSession,
  type Payment,
  reprice,
  startPay,
} from '../../../src/domain/payment/payment.ts';
import type { PaymentEvent } from '../../../src/domain/payment/payment-event.ts';
import { meaningOf } from '../../../src/domain/payment/public-status.ts';
import { defaultPolicy as policy } from '../../../src/domain/payment/policy.ts';
import { settle } from '../../../src/domain/payment/settle.ts';
import { anOrder, aPayment, morning, usd } from '../../builders/a-payment.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** A payment on its way, with what the gateway's ledger holds of it. */
type World = { payment: Payment; events: PaymentEvent[]; now: number; charged: Map<string, number> };

const prices = [anOrder({ customerEmail: 'ann@example.org' }), anOrder({ amount: '12.00' })] as const;

const readings = ['captured', 'authorized', 'declined', 'pending', 'nothing', 'unclear'] as const;
const everything = [...readings, 'another amount', 'no amount', 'notSent', 'unknown', 'refused'] as const;
const notRead: readonly Said[] = ['notSent', 'unknown', 'refused'];
type Said = (typeof everything)[number];

/** `attempt` counts from the last one back, `price` is one of the prices, `used` asks for a session that was used before. */
type Action =
  | Readonly<{ do: 'openSession'; price: number; used: boolean }>
  | Readonly<{ do: 'pay'; price: number }>
  | Readonly<{ do: 'say'; attempt: number; said: Said }>
  | Readonly<{ do: 'reprice' | 'expire' | 'cancel' | 'fulfil' | 'confirm' }>
  | Readonly<{ do: 'correct'; to: 'captured' | 'notCharged' | 'cancelled' }>
  | Readonly<{ do: 'wait'; ms: number | 'until due' }>;

const one = (arbitrary: fc.Arbitrary<Action>, weight: number) => ({
  weight,
  arbitrary: arbitrary.map((action) => [action]),
});
const several = (weight: number, ...actions: Action[]) => ({ weight, arbitrary: fc.constant(actions) });
const wait = (ms: number): Action => ({ do: 'wait', ms });
const say = (said: Said): Action => ({ do: 'say', attempt: 0, said });
const ms = fc.oneof(
  fc.nat(2 * policy.quietMs),
  fc.constantFrom(policy.agreeMs, policy.quietMs, hour, 4 * day, 'until due' as const),
);

const to = fc.constantFrom('captured', 'notCharged', 'cancelled');

const begin: readonly Action[] = [
  { do: 'openSession', price: 0, used: false },
  { do: 'pay', price: 0 },
];
const proveNothing = [
  say('unknown'),
  wait(policy.quietMs),
  say('nothing'),
  wait(policy.agreeMs),
  say('nothing'),
];
const giveUp = [say('unknown'), wait(4 * day), say('unclear')];
const lateCharge: Action = { do: 'say', attempt: 1, said: 'captured' };

/** Any operation at any time; and often enough what chance alone brings rarely: a pay that begins, a proof, a late charge. */
const history = fc
  .array(
    fc.oneof(
      several(6, ...begin),
      several(2, ...proveNothing),
      several(1, ...giveUp),
      several(1, ...begin, say('another amount')),
      several(1, ...begin, say('captured'), { do: 'fulfil' }),
      several(1, ...begin, ...proveNothing, ...begin, lateCharge, say('captured')),
      one(fc.record({ do: fc.constant('openSession'), price: fc.nat(1), used: fc.boolean() }), 1),
      one(fc.record({ do: fc.constant('pay'), price: fc.nat(1) }), 1),
      one(
        fc.record({ do: fc.constant('say'), attempt: fc.nat(2), said: fc.constantFrom(...everything) }),
        10,
      ),
      one(fc.record({ do: fc.constantFrom('reprice', 'expire', 'cancel', 'fulfil', 'confirm') }), 2),
      one(fc.record({ do: fc.constant('correct'), to }), 1),
      one(fc.record({ do: fc.constant('wait'), ms }), 3),
    ),
    { maxLength: 20, size: 'max' },
  )
  .map((steps) => steps.flat());

const outcomeOf = (said: Said, payment: Payment, id: string): Outcome => {
  const reason = 'words';
  const attempt = payment.attempts.find((attempt) => attempt.id === id);
  const evidence = {
    merchantId: null,
    orderId: payment.order.id,
    amount: attempt?.amount ?? null,
    transactionId: `transaction of ${id}`,
  };
  switch (said) {
    case 'captured':
    case 'authorized':
      return { type: said, evidence };
    case 'another amount':
      return { type: 'captured', evidence: { ...evidence, amount: usd('0.07') } };
    case 'no amount':
      return { type: 'captured', evidence: { ...evidence, amount: null } };
    case 'refused':
      return { type: said, reason, sessionGone: false };
    default:
      return { type: said, reason };
  }
};

const frozenDeep = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozenDeep);
  return value;
};

const hear = (world: World, id: string, outcome: Outcome): Result<Change | null, unknown> => {
  const attempt = world.payment.attempts.find((attempt) => attempt.id === id);
  if (attempt === undefined) throw new Error(`nothing was attempted as ${id}`);
  if (outcome.type === 'captured' && outcome.evidence.amount !== null && !world.charged.has(id))
    world.charged.set(id, outcome.evidence.amount.minor);
  return settle(world.payment, attempt.id, outcome, world.now, policy);
};

const chargedAfter = ({ attempts, captured }: Payment): Map<string, number> => {
  const known = attempts.filter(holdsMoney).map(({ id }): [string, number] => [id, 0]);
  return new Map([...known, ['said by a person', captured.minor]]);
};

const priceAt = (index: number) => prices[index] ?? prices[0];

/** Null: there is nothing to decide. */
const decide = (world: World, action: Action): Result<Change | null, unknown> | null => {
  const { payment, now } = world;
  switch (action.do) {
    case 'wait':
      world.now = action.ms === 'until due' ? Math.max(now, dueAt(payment) ?? now) : now + action.ms;
      return null;
    case 'say': {
      const attempt = payment.attempts.at(-1 - action.attempt);
      return attempt ? hear(world, attempt.id, outcomeOf(action.said, payment, attempt.id)) : null;
    }
    case 'openSession': {
      const used = action.used ? payment.attempts.at(-1)?.sessionId : undefined;
      const id = used ?? sessionId(`session-${payment.version + 1}`)._unsafeUnwrap();
      const expiresAt = now + policy.sessionLifetimeMs;
      const session = { id, openedAt: now, expiresAt, successIndicator: null };
      return openSession(payment, priceAt(action.price), session, policy);
    }
    case 'pay': {
      const id = attemptId(`attempt-${payment.attempts.length + 1}`)._unsafeUnwrap();
      const session = payment.session?.id ?? sessionId('none')._unsafeUnwrap();
      const intent = { attemptId: id, sessionId: session, order: priceAt(action.price), revision: null };
      return startPay(payment, intent, now, policy);
    }
    case 'correct': {
      const held = payment.order.amount;
      const decision = action.to === 'captured' ? { to: action.to, held } : { to: action.to };
      const corrected = correct(payment, { decision, by: 'Ann', reason: 'because' }, now, policy);
      // From here on the ledger is what the person said; only what comes to light later is new.
      if (corrected.isOk()) world.charged = chargedAfter(corrected.value.payment);
      return corrected;
    }
    case 'reprice':
      return reprice(payment, prices[1], now);
    case 'expire':
      return expireSession(payment, now);
    case 'cancel':
      return cancel(payment, now);
    case 'fulfil':
      return fulfil(payment, now);
    case 'confirm':
      return confirmationSent(payment, now);
  }
};

/** Said thousands of times a second, which `expect` is too slow for. */
const must = (rule: string, holds: boolean): void => {
  if (!holds) throw new Error(`does not hold: ${rule}`);
};

const mustHold = (before: Payment, { payment, events, charged, now }: World): void => {
  const { states, attempts, attention, captured } = payment;
  const holding = attempts.filter(holdsMoney);
  const total = [...charged.values()].reduce((sum, minor) => sum + minor, 0);
  const count = (type: PaymentEvent['type']) => events.filter((event) => event.type === type).length;
  const told = events.at(-1)?.states ?? states;
  const isShown = states.payment === 'needsAttention';

  must('every version is one event', payment.version === events.length);
  must(
    'events are in the order of versions',
    events.every(({ version }, index) => version === index + 1),
  );
  must('an event says what the payment says', told.payment === states.payment);
  must('an event says what the goods say', told.fulfilment === states.fulfilment);
  must('no charge is lost and none is counted twice', captured.minor === total);
  must('one pay at a time', attempts.filter(({ outcome }) => outcome === 'started').length <= 1);
  if (attempts.length > before.attempts.length) {
    const used = before.attempts.filter(mayHaveLeft).map(({ sessionId }) => sessionId);
    must('a pay starts only when nothing is open', !before.attempts.some(isUnsettled));
    must('a pay starts only when nothing was charged', total === 0 && !before.attempts.some(holdsMoney));
    must('a session carries one pay', !used.some((id) => id === attempts.at(-1)?.sessionId));
  }
  if (states.payment !== 'captured') must('any other charge is shown to a person', total === 0 || isShown);
  else if (count('correctedToCaptured') === 0) {
    must('paid means charged once', holding.length === 1 && holding[0]?.outcome === 'captured');
    must('paid means charged what was asked', holding[0]?.amount.minor === total);
  }
  must('goods are released at most once', count('fulfilled') <= 1);
  const isOwed = states.fulfilment === 'due' || states.fulfilment === 'fulfilled';
  const reasonsToRelease = count('captured') + count('correctedToCaptured');
  must('goods are due only after a capture, or by a person', !isOwed || reasonsToRelease > 0);
  must('released goods stay released', before.states.fulfilment !== 'fulfilled' || isOwed);
  must('who needs a person says why, and nobody else does', (attention !== null) === isShown);
  must('nobody is forgotten', !attempts.some(isUnsettled) || dueAt(payment) !== null || isShown);
  must('time is not invented', payment.updatedAt <= now);
};

/** Nothing that the gateway can say is an error, and none of it counts the second time. */
const mustUnderstand = ({ payment, now }: World): void => {
  for (const { id, lookAt } of payment.attempts) {
    for (const said of everything) {
      const outcome = outcomeOf(said, payment, id);
      const after = settle(payment, id, outcome, now, policy)._unsafeUnwrap()?.payment ?? payment;
      const again = settle(after, id, outcome, now, policy)._unsafeUnwrap();
      must(`${said} tells nothing the second time`, again === null);
      const next = after.attempts.find((attempt) => attempt.id === id)?.lookAt ?? null;
      const wasDue = lookAt !== null && lookAt <= now && !notRead.includes(said);
      must(`a due look that finds ${said} is over`, !wasDue || next === null || next > now);
    }
  }
};

const apply = (world: World, change: Change | null): void => {
  if (change === null) return;
  world.payment = frozenDeep(change.payment);
  world.events.push(change.event);
};

const play = (actions: readonly Action[], check: (before: Payment, world: World) => void): World => {
  const payment = frozenDeep(aPayment(prices[0]).payment);
  const world: World = { payment, events: [], now: morning, charged: new Map() };
  for (const action of actions) {
    const before = world.payment;
    const decided = decide(world, action);
    if (decided?.isErr() && action.do === 'say')
      throw new Error(`refused to hear: ${JSON.stringify(decided.error)}`);
    apply(world, decided?.unwrapOr(null) ?? null);
    check(before, world);
  }
  return world;
};

describe('whatever happens to a payment', () => {
  it('every rule of money holds after every step', () => {
    fc.assert(
      fc.property(history, (actions) => {
        play(actions, mustHold);
      }),
      { numRuns: 1000 },
    );
  });

  it('every word of the gateway can be applied to every attempt, and tells nothing the second time', () => {
    fc.assert(
      fc.property(history, (actions) => {
        mustUnderstand(play(actions, () => undefined));
      }),
      { numRuns: 500 },
    );
  });

  it('it comes to rest once the gateway keeps to one answer, and somebody looks whenever it is due', () => {
    fc.assert(
      fc.property(history, fc.constantFrom<Said>(...readings), (actions, said) => {
        const world = play(actions, () => undefined);
        for (let looks = 0; dueAt(world.payment) !== null; looks += 1) {
          must('it comes to rest', looks < 60);
          const before = world.payment;
          world.now = Math.max(world.now, dueAt(before) ?? 0);
          sweep(world, said);
          mustHold(before, world);
        }
        const { attempts, states } = world.payment;
        must('nothing is left open', !attempts.some(isUnsettled) || states.payment === 'needsAttention');
        must('no session is left open', states.payment !== 'sessionOpen');
        must('what is due is released', states.fulfilment !== 'due');
      }),
      { numRuns: 500 },
    );
  });

  it('the histories played here do reach every state, so that the rules above were put to the test', () => {
    const reached = new Set<string>();
    for (const actions of fc.sample(history, { numRuns: 500, seed: 7 }))
      play(actions, (_, { payment, events }) => {
        reached.add(payment.states.payment);
        if (events.at(-1)?.type.startsWith('correctedTo')) reached.add('corrected');
        reached.add(`goods ${payment.states.fulfilment}`);
        if (payment.attention !== null) reached.add(`attention: ${payment.attention.kind}`);
        if (payment.attempts.filter(holdsMoney).length > 1) reached.add('charged twice');
      });
    const rare = ['goods fulfilled', 'goods cancelled', 'charged twice', 'corrected'];
    const attentions = ['attention: mismatched', 'attention: unresolved', 'attention: chargeFound'];
    // What follows a charge has its own world: follow-up-properties.
    const followUps = ['partlyCaptured', 'partlyRefunded', 'refunded', 'voided'];
    const states = Object.keys(meaningOf).filter((state) => !followUps.includes(state));
    const wanted = [...states, ...rare, ...attentions];
    expect(wanted.filter((what) => !reached.has(what))).toEqual([]);
  });
});

/** What the sweep does with one payment that is due. */
const sweep = (world: World, said: Said): void => {
  for (const { id } of attemptsToRead(world.payment, world.now)) {
    const reading = outcomeOf(said, world.payment, id) as Reading;
    apply(world, hear(world, id, reading).unwrapOr(null));
  }
  const { session, states } = world.payment;
  if (states.payment === 'sessionOpen' && session !== null && session.expiresAt <= world.now)
    apply(world, expireSession(world.payment, world.now).unwrapOr(null));
  apply(world, fulfil(world.payment, world.now).unwrapOr(null));
  if (world.payment.confirmationSentAt === null)
    apply(world, confirmationSent(world.payment, world.now).unwrapOr(null));
};
