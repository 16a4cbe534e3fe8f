import { okAsync, ResultAsync } from 'neverthrow';
import type { FollowUpRequest } from '../../src/application/ports/payment-gateway.ts';
import type { Attempt } from '../../src/domain/payment/attempt.ts';
import type { FollowUpOutcome, PayOutcome } from '../../src/domain/payment/outcome.ts';
import type { Mutant } from './instance.ts';

/** The same port, but for some of its methods. */
const but = <P extends object>(port: P, changed: Partial<P>): P =>
  new Proxy(port, {
    get: (_, name) => {
      const owner = name in changed ? changed : port;
      const member: unknown = Reflect.get(owner, name);
      return typeof member === 'function' ? member.bind(owner) : member;
    },
  });

/** Misunderstands what a pay came to. */
const misreading =
  (understand: (outcome: PayOutcome) => PayOutcome): Mutant =>
  ({ gateway, ...parts }) => ({
    ...parts,
    gateway: but(gateway, { pay: (request) => gateway.pay(request).map(understand) }),
  });

/** Misunderstands what a capture, void or refund came to. */
const misreadingFollowUp =
  (understand: (outcome: FollowUpOutcome, request: FollowUpRequest) => FollowUpOutcome): Mutant =>
  ({ gateway, ...parts }) => ({
    ...parts,
    gateway: but(gateway, {
      followUp: (request) => gateway.followUp(request).map((outcome) => understand(outcome, request)),
    }),
  });

/** Remembers these attempts wrongly, whenever a payment is read. */
const forgetting =
  (isOne: (attempt: Attempt) => boolean, changed: Partial<Attempt>): Mutant =>
  ({ payments, ...parts }) => ({
    ...parts,
    payments: but(payments, {
      find: (...key) =>
        payments.find(...key).map((payment) => {
          const attempts = payment?.attempts.map((each) => (isOne(each) ? { ...each, ...changed } : each));
          return payment && { ...payment, attempts: attempts ?? [] };
        }),
    }),
  });

/** The module with one rule of money broken in each, by a part that does what it must not; and which of the rules may notice first. */
export const mutants: Readonly<Record<string, Readonly<{ breaks: readonly string[]; mutant: Mutant }>>> = {
  'retries a pay whose outcome is unknown': {
    breaks: ['A session carries at most one pay', 'The intent is durable, and still open, before the call'],
    mutant: ({ gateway, ...parts }) => ({
      ...parts,
      gateway: but(gateway, {
        pay: (request) =>
          gateway
            .pay(request)
            .andThen((outcome) => (outcome.type === 'unknown' ? gateway.pay(request) : okAsync(outcome))),
      }),
    }),
  },

  'pays before the intent is saved': {
    breaks: ['The intent is durable, and still open, before the call'],
    mutant: ({ payments, ...parts }) => ({
      ...parts,
      payments: but(payments, {
        save: (change, alongside) => {
          const saved = payments.save(change, alongside);
          return change.event.type === 'payStarted' ? okAsync<void, never>(undefined) : saved;
        },
      }),
    }),
  },

  'holds the storage while the gateway is waited for': {
    breaks: ['No storage is held while the gateway is waited for'],
    mutant: ({ gateway, payments, ...parts }) => ({
      ...parts,
      payments,
      gateway: but(gateway, {
        pay: (request) => {
          const held = payments.find(request.merchantId, request.orderId);
          return new ResultAsync(Promise.all([held, gateway.pay(request)]).then(([, outcome]) => outcome));
        },
      }),
    }),
  },

  'fulfils what is pending': {
    breaks: ['Only what is captured is fulfilled'],
    mutant: ({ payments, fulfilment, ...parts }) => ({
      ...parts,
      fulfilment,
      payments: but(payments, {
        save: (change, alongside) =>
          payments.save(change, alongside).andTee(() => {
            const { merchantId, order, id: key } = change.payment;
            if (change.event.type === 'pending')
              void fulfilment.fulfil({ merchantId, order, key, tx: { releases: [] } });
          }),
      }),
    }),
  },

  'believes the first "nothing there"': {
    breaks: ['What may still charge, or did, is never called not charged'],
    mutant: forgetting(({ outcome, key }) => key === null && outcome === 'unknown', { nothingFoundAt: 0 }),
  },

  'ignores the quiet period': {
    breaks: ['What may still charge, or did, is never called not charged'],
    mutant: ({ policy, ...parts }) => ({ ...parts, policy: { ...policy, quietMs: 0 } }),
  },

  'never looks again at what it found not charged': {
    breaks: ['The payment shows what the ledger shows'],
    mutant: ({ payments, ...parts }) => ({
      ...parts,
      payments: but(payments, {
        save: ({ payment, event }, alongside) => {
          const attempts = payment.attempts.map((attempt) =>
            attempt.outcome === 'notCharged' ? { ...attempt, lookAt: null } : attempt,
          );
          return payments.save({ payment: { ...payment, attempts }, event }, alongside);
        },
      }),
    }),
  },

  'forgets the version check': {
    breaks: ['One event per version', 'Only edges of the chart', 'No attempt is forgotten'],
    mutant: ({ payments, ...parts }) => ({
      ...parts,
      payments: but(payments, {
        save: ({ payment, event }, alongside) =>
          payments.find(event.merchantId, event.orderId).andThen((stored) => {
            const version = (stored?.version ?? 0) + 1;
            return payments.save(
              { payment: { ...payment, version }, event: { ...event, version } },
              alongside,
            );
          }),
      }),
    }),
  },

  'takes an unknown outcome for a decline': {
    breaks: ['What may still charge, or did, is never called not charged'],
    mutant: misreading((outcome) =>
      outcome.type === 'unknown' ? { ...outcome, type: 'declined' } : outcome,
    ),
  },

  'takes an authorized amount for a charge': {
    breaks: ['No phantom'],
    mutant: misreading((outcome) =>
      outcome.type === 'authorized' ? { ...outcome, type: 'captured' } : outcome,
    ),
  },

  'does not compare what was charged with what was asked for': {
    breaks: ['No phantom'],
    mutant: ({ gateway, ...parts }) => ({
      ...parts,
      gateway: but(gateway, {
        pay: (request) =>
          gateway.pay(request).map((outcome) => {
            if (outcome.type !== 'captured') return outcome;
            return {
              ...outcome,
              evidence: { ...outcome.evidence, orderId: request.orderId, amount: request.amount },
            };
          }),
      }),
    }),
  },

  'sends a follow-up again when its outcome is unknown': {
    breaks: ['A follow-up is written down, and sent once'],
    mutant: ({ gateway, ...parts }) => ({
      ...parts,
      gateway: but(gateway, {
        followUp: (request) =>
          gateway
            .followUp(request)
            .andThen((outcome) =>
              outcome.type === 'unknown' ? gateway.followUp(request) : okAsync(outcome),
            ),
      }),
    }),
  },

  'gives back before the intent is saved': {
    breaks: ['A follow-up is written down, and sent once'],
    mutant: ({ payments, ...parts }) => ({
      ...parts,
      payments: but(payments, {
        save: (change, alongside) => {
          const saved = payments.save(change, alongside);
          return change.event.type === 'refundStarted' ? okAsync<void, never>(undefined) : saved;
        },
      }),
    }),
  },

  'does not count unknown refunds as spent': {
    breaks: ['What moved, or may have, is counted', 'What may have been given back is not given back again'],
    mutant: forgetting(({ operation, outcome }) => operation === 'refund' && outcome === 'unknown', {
      outcome: 'notDone',
    }),
  },

  'believes the first "nothing there" of a follow-up': {
    breaks: ['What moved, or may have, is counted'],
    mutant: forgetting(({ outcome, key }) => key !== null && outcome === 'unknown', { nothingFoundAt: 0 }),
  },

  'takes an unknown refund for a refusal': {
    breaks: ['What moved, or may have, is counted', 'What may have been given back is not given back again'],
    mutant: misreadingFollowUp((outcome) =>
      outcome.type === 'unknown' ? { ...outcome, type: 'refused' } : outcome,
    ),
  },

  'takes a pending capture for money': {
    breaks: ['No phantom', 'The payment shows what the ledger shows'],
    mutant: misreadingFollowUp((outcome, { operation, ...asked }) => {
      if (outcome.type !== 'pending' || operation !== 'capture') return outcome;
      const { merchantId, orderId, amount } = asked;
      return { type: 'done', evidence: { merchantId, orderId, amount, transactionId: null } };
    }),
  },
};
