import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshSchema, postgresql, type Server } from './storages.ts';

describe('The schema', () => {
  let server: Server;
  let schema: string;
  beforeAll(async () => {
    server = await postgresql.open();
    schema = await freshSchema(server.database);
  });
  afterAll(() => server.close());

  it.each([
    [
      'a second payment of an order',
      'payment',
      `(merchant_id, order_id, version, payment_state, fulfilment_state, document)
       values ('M', 'O', $1, 'created', 'notDue', '{}')`,
    ],
    [
      'a second event of a version',
      'payment_event',
      `(merchant_id, order_id, version, document, unpublished) values ('M', 'O', 1, '{}', $1 = 1)`,
    ],
    [
      'a session that pays another order already',
      'pay_session',
      `(merchant_id, session_id, order_id) values ('M', 'S', 'ORDER-' || $1::integer)`,
    ],
  ])('refuses %s by itself, whatever the statements of the module do', async (_, table, row) => {
    const insert = (n: number) => server.database.query(`insert into ${schema}.${table} ${row}`, [n]);
    await insert(1);
    await expect(insert(2)).rejects.toMatchObject({ code: '23505', constraint: `${table}_pkey` });
    expect(await server.database.query(`select from ${schema}.${table}`)).toHaveLength(1);
  });

  it('indexes of all payments only those that are due, as most never are again', async () => {
    const [index] = await server.database.query(
      `select pg_get_indexdef('${schema}.payment_due'::regclass) as definition`,
    );
    expect(index?.['definition']).toMatch(/\(due_at\) WHERE \(due_at IS NOT NULL\)$/);
  });
});
