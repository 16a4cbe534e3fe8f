import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { paymentsContract } from '../../../src/testing/payments-contract.ts';
import { freshSchema, type Server, servers } from './storages.ts';

for (const { name, open } of servers) {
  describe(name, () => {
    let server: Server;
    beforeAll(async () => {
      server = await open();
    });
    afterAll(() => server.close());

    paymentsContract({ describe, it }, 'PostgresPayments', async () => ({
      payments: new PostgresPayments(server.database, { schema: await freshSchema(server.database) }),
      close: () => Promise.resolve(),
    }));
  });
}
