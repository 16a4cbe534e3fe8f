import { inWords } from '../money/money.ts';
import { type AttemptOutcome, isFollowUp } from './attempt.ts';
import type { Payment } from './payment.ts';
import { kept } from './totals.ts';

/** What the merchant asked for and the gateway has not decided, or not told. */
const onItsWay = ({ attempts }: Payment): string =>
  attempts
    .filter(isFollowUp)
    .map(({ operation, amount, outcome }) => {
      const word = openWords[outcome];
      return word === undefined ? '' : `; a ${operation} of ${inWords(amount)} is ${word}`;
    })
    .join('');
/** For the outcomes of a follow-up whose end is open. */
const openWords: Partial<Record<AttemptOutcome, string>> = {
  started: 'on its way',
  pending: 'not decided yet',
  unknown: 'not known to have happened',
};

/** Why the payment is in its state, as a sentence for people. */
export const why = (payment: Payment): string => {
  const { attempts, attention, states } = payment;
  const last = attempts.findLast((attempt) => !isFollowUp(attempt));
  const because = last?.reason ? ` (${last.reason})` : '';
  switch (states.payment) {
    case 'created':
      return last === undefined
        ? 'Nobody has begun to pay.'
        : `The last try left no charge${because}; another card may be tried.`;
    case 'sessionOpen':
      return 'The payer may enter a card.';
    case 'paying':
      return 'The charge is at the gateway, or was when we last heard of it.';
    case 'payUnknown':
      return `The gateway may or may not have charged${because}; it is read until that is known.`;
    case 'pending':
      return `The gateway has not decided yet${because}; it is read until it has.`;
    case 'declined':
      return `The card was declined${because}.`;
    case 'authorized':
      return `The amount is held on the card and not taken yet${onItsWay(payment)}.`;
    case 'partlyCaptured':
      return `${inWords(payment.captured)} of the amount that is held were taken${onItsWay(payment)}.`;
    case 'partlyRefunded':
      return `${inWords(payment.refunded)} of ${inWords(payment.captured)} were given back${onItsWay(payment)}.`;
    case 'refunded':
      return 'All that was charged was given back.';
    case 'voided':
      return 'The charge was undone before it was settled, or what was held was let go.';
    case 'captured':
      return payment.correctedAt === null
        ? `${inWords(kept(payment))} was charged, and the gateway's answer matched the order${onItsWay(payment)}.`
        : `The merchant has ${inWords(kept(payment))} for it${onItsWay(payment)}.`;
    case 'cancelled':
      return 'It was given up: the merchant has nothing for it.';
    case 'needsAttention':
      return `A person must decide: ${attention?.reason ?? 'no reason is recorded'}.`;
  }
};
