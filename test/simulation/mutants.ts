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

/** The module with one rule of money broken in each, by a part that does what it must not. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'retries a pay whose outcome is unknown': ({ gateway, ...parts }) => ({
    ...parts,
    gateway: but(gateway, {
      pay: (request) =>
        gateway
          .pay(request)
          .andThen((outcome) => (outcome.type === 'unknown' ? gateway.pay(request) : okAsync(outcome))),
    }),
  }),

  'pays before the intent is saved': ({ payments, ...parts }) => ({
    ...parts,
    payments: but(payments, {
      save: (change, alongside) => {
        const saved = payments.save(change, alongside);
        return change.event.type === 'payStarted' ? okAsync<void, never>(undefined) : saved;
      },
    }),
  }),

  'holds the storage while the gateway is waited for': ({ gateway, payments, ...parts }) => ({
    ...parts,
    payments,
    gateway: but(gateway, {
      pay: (request) => {
        const held = payments.find(request.merchantId, request.orderId);
        return new ResultAsync(Promise.all([held, gateway.pay(request)]).then(([, outcome]) => outcome));
      },
    }),
  }),

  'fulfils what is pending': ({ payments, fulfilment, ...parts }) => ({
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

  'believes the first "nothing there"': ({ payments, ...parts }) => ({
    ...parts,
    payments: but(payments, {
      find: (...key) =>
        payments.find(...key).map((payment) => {
          const attempts = payment?.attempts.map((attempt) =>
            attempt.outcome === 'unknown' ? { ...attempt, nothingFoundAt: attempt.startedAt } : attempt,
          );
          return payment && { ...payment, attempts: attempts ?? [] };
        }),
    }),
  }),

  'ignores the quiet period': ({ policy, ...parts }) => ({ ...parts, policy: { ...policy, quietMs: 0 } }),

  'never looks again at what it found not charged': ({ payments, ...parts }) => ({
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

  'forgets the version check': ({ payments, ...parts }) => ({
    ...parts,
    payments: but(payments, {
      save: ({ payment, event }, alongside) =>
        payments.find(event.merchantId, event.orderId).andThen((stored) => {
          const version = (stored?.version ?? 0) + 1;
          return payments.save({ payment: { ...payment, version }, event: { ...event, version } }, alongside);
        }),
    }),
  }),

  'takes an unknown outcome for a decline': misreading((outcome) =>
    outcome.type === 'unknown' ? { ...outcome, type: 'declined' } : outcome,
  ),

  'takes an authorized amount for a charge': misreading((outcome) =>
    outcome.type === 'authorized' ? { ...outcome, type: 'captured' } : outcome,
  ),

  'does not compare what was charged with what was asked for': ({ gateway, ...parts }) => ({
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

  'sends a follow-up again when its outcome is unknown': ({ gateway, ...parts }) => ({
    ...parts,
    gateway: but(gateway, {
      followUp: (request) =>
        gateway
          .followUp(request)
          .andThen((outcome) => (outcome.type === 'unknown' ? gateway.followUp(request) : okAsync(outcome))),
    }),
  }),

  'gives back before the intent is saved': ({ payments, ...parts }) => ({
    ...parts,
    payments: but(payments, {
      save: (change, alongside) => {
        const saved = payments.save(change, alongside);
        return change.event.type === 'refundStarted' ? okAsync<void, never>(undefined) : saved;
      },
    }),
  }),

  'does not count unknown refunds as spent': forgetting(
    ({ operation, outcome }) => operation === 'refund' && outcome === 'unknown',
    { outcome: 'notDone' },
  ),

  'believes the first "nothing there" of a follow-up': forgetting(
    ({ outcome, key }) => key !== null && outcome === 'unknown',
    { nothingFoundAt: 0 },
  ),

  'takes an unknown refund for a refusal': misreadingFollowUp((outcome) =>
    outcome.type === 'unknown' ? { ...outcome, type: 'refused' } : outcome,
  ),

  'takes a pending capture for money': misreadingFollowUp((outcome, { operation, ...asked }) => {
    if (outcome.type !== 'pending' || operation !== 'capture') return outcome;
    const { merchantId, orderId, amount } = asked;
    return { type: 'done', evidence: { merchantId, orderId, amount, transactionId: null } };
  }),
};
