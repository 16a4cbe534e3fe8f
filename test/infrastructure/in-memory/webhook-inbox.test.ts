import { describe, it } from '@jest/globals';
import { InMemoryPayments } from '../../../src/infrastructure/in-memory/in-memory-payments.ts';
import { webhookInboxContract } from '../../../src/testing/webhook-inbox-contract.ts';

webhookInboxContract({ describe, it }, 'InMemoryPayments', async () => {
  const inbox = new InMemoryPayments();
  return { inbox, close: async () => undefined, triesAgain: () => void inbox.findDue(0, 1) };
});
