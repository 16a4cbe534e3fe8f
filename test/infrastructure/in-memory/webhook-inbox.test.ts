import { describe, it } from '@jest/globals';
import { InMemoryPayments } from '../../../src/infrastructure/in-memory/in-memory-payments.ts';
import { webhookInboxContract } from '../../../src/testing/webhook-inbox-contract.ts';

webhookInboxContract({ describe, it }, 'InMemoryPayments', () =>
  Promise.resolve({ inbox: new InMemoryPayments(), close: () => Promise.resolve() }),
);
