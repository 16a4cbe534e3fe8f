import { toDecimal } from '../money/money.ts';
import type { Payment } from './payment.ts';

/** Why the payment is in its state, as a sentence for people. */
export const why = (payment: Payment): string => {
  const { attempts, attention, order, states } = payment;
  const last = attempts.at(-1);
  const because = last?.reason ? ` (${last.reason})` : '';
  switch (states.payment) {
    case 'created':
      return last === undefined
        ? 'Nobody has begun to pay.'
        : `The last try charged nothing${because}; another card may be tried.`;
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
      return 'The amount is held on the card and not taken yet.';
    case 'captured':
      return `${toDecimal(order.amount)} ${order.amount.currency} was charged, and the gateway's answer matched the order.`;
    case 'cancelled':
      return 'It was cancelled before anything was charged.';
    case 'needsAttention':
      return `A person must decide: ${attention?.reason ?? 'no reason is recorded'}.`;
  }
};
