import { err, ok, type Result } from 'neverthrow';
import { not, or, setup, stateIn, transition } from 'xstate';
import type { FollowUp } from './attempt.ts';
import { type IllegalTransition, illegalTransition } from './payment-error.ts';

/** Where the money is. */
export const everyPaymentState = [
  'created',
  'sessionOpen',
  'paying',
  'payUnknown',
  'pending',
  'declined',
  'authorized',
  'partlyCaptured',
  'captured',
  'partlyRefunded',
  'refunded',
  'voided',
  'cancelled',
  'needsAttention',
] as const;
export type PaymentState = (typeof everyPaymentState)[number];

/** Where the goods are. */
export const everyFulfilmentState = ['notDue', 'due', 'fulfilled', 'cancelled'] as const;
export type FulfilmentState = (typeof everyFulfilmentState)[number];

/** The two words that are stored; never a snapshot of the library. */
export type PaymentStates = Readonly<{ payment: PaymentState; fulfilment: FulfilmentState }>;

/** Everything that can happen to a payment. The same word names the edge, the entry of the history and the outbox's event. */
export const everyEvent = [
  'registered',
  'sessionOpened',
  'sessionExpired',
  'repriced',
  'cancelled',
  'payStarted',
  'authorizeStarted',
  'cardVerified',
  'cardNotVerified',
  'captured',
  'authorized',
  'declined',
  'pending',
  'outcomeLost',
  'notSent',
  'refused',
  'notCharged',
  'lookedAgain',
  'unresolved',
  'mismatched',
  'chargeFound',
  'captureStarted',
  'captureFailed',
  'captureUnknown',
  'capturedInPart',
  'voidStarted',
  'voidFailed',
  'voidUnknown',
  'voided',
  'refundStarted',
  'refundFailed',
  'refundUnknown',
  'refundedInPart',
  'refundedInFull',
  'correctedToCaptured',
  'correctedToNotCharged',
  'correctedToCancelled',
  'fulfilled',
  'confirmationSent',
] as const;
export type PaymentEventType = (typeof everyEvent)[number];

const paymentIs = (payment: PaymentState) => stateIn({ payment });

/** Edges of a state to itself: a follow-up on its way moves neither money nor goods, and any number may be on their way. */
const onItsWay = <State extends PaymentState, Each extends FollowUp>(
  state: State,
  ...all: readonly Each[]
) => {
  const words = all.flatMap((each) => [`${each}Started`, `${each}Failed`, `${each}Unknown`] as const);
  return Object.fromEntries(words.map((word) => [word, state])) as Record<(typeof words)[number], State>;
};

/** What the gateway may say of a pay, whenever it does. */
const answers = { captured: 'captured', authorized: 'authorized', declined: 'declined' } as const;

/** Edges of a state in which money is: the gateway may know more than we expected, or may never say. */
const surprises = {
  unresolved: 'needsAttention',
  mismatched: 'needsAttention',
  chargeFound: 'needsAttention',
} as const;

/**
 * The chart of a payment: two parallel regions, `payment` and `fulfilment`. It answers only "may this happen now, and where
 * does it lead"; amounts and times are checked before it is asked. An edge from a state to itself is worth a line in the
 * history but moves nothing. Fulfilment edges that follow money look at the payment region, since a `captured` that
 * nobody owed must not release goods.
 * @internal No host reads it, and types of its library do not compile under each host's settings.
 */
export const paymentMachine = setup({
  types: { events: {} as { type: PaymentEventType } },
  guards: {
    moneyWasOwed: or([
      ...(['paying', 'payUnknown', 'pending', 'authorized'] as const).map(paymentIs),
      ...(['partlyCaptured', 'partlyRefunded', 'needsAttention'] as const).map(paymentIs),
    ]),
    mayBeVoided: or((['authorized', 'captured'] as const).map(paymentIs)),
    mayBeRefunded: or((['partlyCaptured', 'captured', 'partlyRefunded'] as const).map(paymentIs)),
    personDecides: stateIn({ payment: 'needsAttention' }),
    goodsAreHere: or([stateIn({ fulfilment: 'notDue' }), stateIn({ fulfilment: 'due' })]),
    goodsAreNotGivenUp: not(stateIn({ fulfilment: 'cancelled' })),
    goodsAreNotReleased: not(stateIn({ fulfilment: 'fulfilled' })),
    nothingIsPaid: or((['created', 'sessionOpen', 'declined'] as const).map(paymentIs)),
  },
}).createMachine({
  id: 'payment',
  type: 'parallel',
  states: {
    payment: {
      initial: 'created',
      states: {
        created: {
          on: {
            registered: 'created',
            sessionOpened: 'sessionOpen',
            cancelled: 'cancelled',
            lookedAgain: 'created',
            chargeFound: 'needsAttention',
          },
        },
        sessionOpen: {
          on: {
            sessionOpened: 'sessionOpen',
            repriced: 'sessionOpen',
            payStarted: 'paying',
            authorizeStarted: 'paying',
            cardVerified: 'created',
            cardNotVerified: 'created',
            sessionExpired: 'created',
            cancelled: 'cancelled',
            lookedAgain: 'sessionOpen',
            chargeFound: 'needsAttention',
          },
        },
        paying: {
          on: {
            ...answers,
            pending: 'pending',
            outcomeLost: 'payUnknown',
            notSent: 'sessionOpen',
            refused: 'created',
            mismatched: 'needsAttention',
            lookedAgain: 'paying',
            chargeFound: 'needsAttention',
          },
        },
        payUnknown: {
          on: {
            ...answers,
            pending: 'pending',
            notCharged: 'created',
            lookedAgain: 'payUnknown',
            ...surprises,
          },
        },
        pending: {
          on: {
            ...answers,
            notCharged: 'created',
            lookedAgain: 'pending',
            ...surprises,
          },
        },
        authorized: {
          on: {
            captured: 'captured',
            capturedInPart: 'partlyCaptured',
            voided: 'voided',
            ...onItsWay('authorized', 'capture', 'void'),
            declined: 'declined',
            lookedAgain: 'authorized',
            ...surprises,
          },
        },
        partlyCaptured: {
          on: {
            captured: 'captured',
            capturedInPart: 'partlyCaptured',
            refundedInPart: 'partlyRefunded',
            refundedInFull: 'refunded',
            ...onItsWay('partlyCaptured', 'capture', 'refund'),
            lookedAgain: 'partlyCaptured',
            ...surprises,
          },
        },
        declined: {
          on: {
            sessionOpened: 'sessionOpen',
            cancelled: 'cancelled',
            lookedAgain: 'declined',
            chargeFound: 'needsAttention',
          },
        },
        captured: {
          on: {
            voided: 'voided',
            refundedInPart: 'partlyRefunded',
            refundedInFull: 'refunded',
            ...onItsWay('captured', 'void', 'refund'),
            lookedAgain: 'captured',
            ...surprises,
          },
        },
        partlyRefunded: {
          on: {
            captured: 'partlyRefunded',
            capturedInPart: 'partlyRefunded',
            refundedInPart: 'partlyRefunded',
            refundedInFull: 'refunded',
            ...onItsWay('partlyRefunded', 'capture', 'refund'),
            lookedAgain: 'partlyRefunded',
            ...surprises,
          },
        },
        refunded: { on: { lookedAgain: 'refunded', ...surprises } },
        voided: { on: { lookedAgain: 'voided', ...surprises } },
        cancelled: { on: { lookedAgain: 'cancelled', chargeFound: 'needsAttention' } },
        needsAttention: {
          on: {
            captured: 'captured',
            capturedInPart: 'needsAttention',
            voided: 'needsAttention',
            refundedInPart: 'needsAttention',
            refundedInFull: 'needsAttention',
            ...onItsWay('needsAttention', 'capture', 'void', 'refund'),
            lookedAgain: 'needsAttention',
            chargeFound: 'needsAttention',
            correctedToCaptured: { guard: 'goodsAreNotGivenUp', target: 'captured' },
            correctedToNotCharged: { guard: 'goodsAreHere', target: 'created' },
            correctedToCancelled: { guard: 'goodsAreNotReleased', target: 'cancelled' },
          },
        },
      },
    },
    fulfilment: {
      initial: 'notDue',
      states: {
        notDue: {
          on: {
            captured: { guard: 'moneyWasOwed', target: 'due' },
            cancelled: { guard: 'nothingIsPaid', target: 'cancelled' },
            voided: { guard: 'mayBeVoided', target: 'cancelled' },
            refundedInFull: { guard: 'mayBeRefunded', target: 'cancelled' },
            correctedToCaptured: { guard: 'personDecides', target: 'due' },
            correctedToCancelled: { guard: 'personDecides', target: 'cancelled' },
          },
        },
        due: {
          on: {
            fulfilled: 'fulfilled',
            voided: { guard: 'mayBeVoided', target: 'cancelled' },
            refundedInFull: { guard: 'mayBeRefunded', target: 'cancelled' },
            correctedToNotCharged: { guard: 'personDecides', target: 'notDue' },
            correctedToCancelled: { guard: 'personDecides', target: 'cancelled' },
          },
        },
        fulfilled: { on: { confirmationSent: 'fulfilled' } },
        cancelled: {},
      },
    },
  },
});

export const newPaymentStates: PaymentStates = { payment: 'created', fulfilment: 'notDue' };

const regionOf = (event: PaymentEventType): keyof PaymentStates =>
  event === 'fulfilled' || event === 'confirmationSent' ? 'fulfilment' : 'payment';

/**
 * The region that the event belongs to must have an edge for it: a parallel machine would otherwise accept an event that only the
 * other region knows.
 */
const askMachine = (
  states: PaymentStates,
  event: PaymentEventType,
): Result<PaymentStates, IllegalTransition> => {
  const region = regionOf(event);
  const ownEdges = paymentMachine.states[region]?.states[states[region]]?.on[event] ?? [];
  const snapshot = paymentMachine.resolveState({ value: states });
  if (ownEdges.length === 0 || !snapshot.can({ type: event })) return err(illegalTransition(states, event));
  const [next] = transition(paymentMachine, snapshot, { type: event });
  return ok(Object.freeze(next.value));
};

type Answers = Partial<Record<PaymentEventType, Result<PaymentStates, IllegalTransition>>>;
const known: Partial<Record<PaymentState, Partial<Record<FulfilmentState, Answers>>>> = {};

/**
 * The states after an event, or `IllegalTransition` when it may not happen now. The chart never changes and has no context, so each
 * of its few hundred questions is asked once: the library takes longer to answer than everything else that the domain does.
 */
export const step = (
  states: PaymentStates,
  event: PaymentEventType,
): Result<PaymentStates, IllegalTransition> => {
  const answers = ((known[states.payment] ??= {})[states.fulfilment] ??= {});
  return (answers[event] ??= askMachine(states, event));
};
