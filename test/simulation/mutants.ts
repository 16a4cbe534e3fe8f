import { okAsync, ResultAsync } from 'neverthrow';
import type { PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import type { Payments } from '../../src/application/ports/payments.ts';
import type { PayOutcome } from '../../src/domain/payment/outcome.ts';
import type { Payment } from '../../src/domain/payment/payment.ts';
import type { Mutant, Parts } from './simulation.ts';
import type { Transaction } from './simulated-payments.ts';

const withGateway = ({ gateway, ...parts }: Parts, changed: Partial<PaymentGateway>): Parts => ({
  ...parts,
  gateway: {
    capabilities: gateway.capabilities,
    scriptUrl: (...request) => gateway.scriptUrl(...request),
    openSession: (...request) => gateway.openSession(...request),
    updateSession: (...request) => gateway.updateSession(...request),
    pay: (request) => gateway.pay(request),
    read: (request) => gateway.read(request),
    ...changed,
  },
});

const withPayments = ({ payments, ...parts }: Parts, changed: Partial<Payments<Transaction>>): Parts => ({
  ...parts,
  payments: {
    find: (...key) => payments.find(...key),
    history: (...key) => payments.history(...key),
    findDue: (now, limit) => payments.findDue(now, limit),
    save: (change, alongside) => payments.save(change, alongside),
    ...changed,
  },
});

const withOutcome = (parts: Parts, change: (outcome: PayOutcome) => PayOutcome): Parts =>
  withGateway(parts, { pay: (request) => parts.gateway.pay(request).map(change) });

const asIfReadBefore = (payment: Payment): Payment => ({
  ...payment,
  attempts: payment.attempts.map((attempt) =>
    attempt.outcome === 'unknown' ? { ...attempt, nothingFoundAt: attempt.startedAt } : attempt,
  ),
});

/** The module with one rule of money broken in each, by a part that does what it must not. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'retries a pay whose outcome is unknown': (parts) =>
    withGateway(parts, {
      pay: (request) =>
        parts.gateway
          .pay(request)
          .andThen((outcome) => (outcome.type === 'unknown' ? parts.gateway.pay(request) : okAsync(outcome))),
    }),

  'pays before the intent is saved': (parts) =>
    withPayments(parts, {
      save: (change, alongside) => {
        const saved = parts.payments.save(change, alongside);
        if (change.event.type !== 'payStarted') return saved;
        return okAsync(undefined);
      },
    }),

  'fulfils what is pending': (parts) =>
    withPayments(parts, {
      save: (change, alongside) =>
        parts.payments.save(change, alongside).andTee(() => {
          const { merchantId, order, id: key } = change.payment;
          if (change.event.type !== 'pending') return;
          void parts.fulfilment.fulfil({ merchantId, order, key, tx: { releases: [] } });
        }),
    }),

  'believes the first "nothing there"': (parts) =>
    withPayments(parts, {
      find: (...key) => parts.payments.find(...key).map((payment) => payment && asIfReadBefore(payment)),
    }),

  'ignores the quiet period': (parts) => ({ ...parts, policy: { ...parts.policy, quietMs: 0 } }),

  'forgets the version check': (parts) =>
    withPayments(parts, {
      save: (change, alongside) => {
        const { merchantId, orderId } = change.event;
        return parts.payments.find(merchantId, orderId).andThen((stored) => {
          const version = (stored?.version ?? 0) + 1;
          const { payment, event } = change;
          return parts.payments.save(
            { payment: { ...payment, version }, event: { ...event, version } },
            alongside,
          );
        });
      },
    }),

  'takes an unknown outcome for a decline': (parts) =>
    withOutcome(parts, (outcome) =>
      outcome.type === 'unknown' ? { type: 'declined', reason: outcome.reason } : outcome,
    ),

  'takes a pending outcome for a charge': (parts) =>
    withGateway(parts, {
      pay: (request) =>
        parts.gateway.pay(request).map((outcome): PayOutcome => {
          if (outcome.type !== 'pending') return outcome;
          const { merchantId, orderId, amount } = request;
          return { type: 'captured', evidence: { merchantId, orderId, amount, transactionId: 'guessed' } };
        }),
    }),

  'does not compare the amount that was charged': (parts) =>
    withGateway(parts, {
      pay: (request) =>
        parts.gateway.pay(request).map((outcome) => {
          if (outcome.type !== 'captured') return outcome;
          return { ...outcome, evidence: { ...outcome.evidence, amount: request.amount } };
        }),
    }),

  'holds the storage while the gateway is waited for': (parts) =>
    withGateway(parts, {
      pay: (request) => {
        const held = parts.payments.find(request.merchantId, request.orderId);
        return new ResultAsync(
          Promise.all([held, parts.gateway.pay(request)]).then(([, outcome]) => outcome),
        );
      },
    }),

  'never looks again at what it found not charged': (parts) =>
    withPayments(parts, {
      save: ({ payment, event }, alongside) => {
        const attempts = payment.attempts.map((attempt) =>
          attempt.outcome === 'notCharged' ? { ...attempt, lookAt: null } : attempt,
        );
        return parts.payments.save({ payment: { ...payment, attempts }, event }, alongside);
      },
    }),
};
