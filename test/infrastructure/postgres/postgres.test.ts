import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPayments } from 'paysession';
import {
  type Database,
  pgDatabase,
  type PgPool,
  postgresPayments,
  type SqlTransaction,
} from 'paysession/postgres';
import pg from 'pg';
import { getConstructionPlans } from 'pg-boss';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { key } from '../../application/given.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { freshSchema, type Server, servers, until } from './storages.ts';

describe.each(servers)('postgresPayments on $name', ({ open }) => {
  let server: Server;
  beforeAll(async () => {
    server = await open();
  });
  afterAll(() => server.close());

  it('gives createPayments all that it takes: paid, released in the host’s own table, and written to', async () => {
    const { database } = server;
    await database.query('create table released (key text primary key)');
    const written: string[] = [];
    const shop = createPayments({
      gateway: new InMemoryGateway(),
      payments: await postgresPayments(database),
      orders: async ({ orderId }) => ({
        id: orderId,
        amount: '5',
        currency: 'JPY',
        description: 'A pen',
        customerEmail: 'ann@example.com',
      }),
      fulfilment: async ({ key: payment, tx }) => {
        await (tx as SqlTransaction).query('insert into released values ($1)', [payment]);
      },
      confirmations: async ({ to }) => void written.push(to),
      sweepEveryMs: 0,
    });
    const { session, payment } = (await shop.openPaySession.execute(key))._unsafeUnwrap();
    (await shop.submitPayment.execute({ ...key, sessionId: session.id, revision: 1 }))._unsafeUnwrap();
    await until('the message', async () => written.length === 1);
    await shop.close();
    expect(await database.query('select key from released')).toEqual([{ key: payment.id }]);
    const { history } = (await shop.findPayment.execute(key))._unsafeUnwrap();
    expect(history.map(({ type }) => type)).toEqual([
      'sessionOpened',
      'payStarted',
      'captured',
      'fulfilled',
      'confirmationSent',
    ]);
  });
});

describe('postgresPayments does not start', () => {
  let server: TestDatabase;
  let schema: string;
  let schemas = 0;
  beforeAll(async () => {
    server = await testDatabase();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    schema = `started_${(schemas += 1)}`;
  });
  const start = (options = {}) => postgresPayments(pgDatabase(server.pool), { schema, ...options });

  it('on a database that is away, and says so without its address', async () => {
    const pool = server.connect({ connectionString: 'postgres://user:secret@127.0.0.1:9/x' });
    await expect(postgresPayments(pgDatabase(pool))).rejects.toThrow(
      'Payments cannot be kept in PostgreSQL: the database: the connection was lost or could not be made (ECONNREFUSED).',
    );
  });

  it('on a schema that a later version migrated, and says by what', async () => {
    await start({ jobs: false });
    await server.pool.query(`insert into ${schema}.migration (name) values ('9999-refunds')`);
    await expect(start()).rejects.toMatchObject({
      message:
        'Payments cannot be kept in PostgreSQL: migration 9999-refunds (newer): it is not a migration of this version.',
      problem: { type: 'MigrationProblem', problem: 'newer' },
    });
  });

  it('without the schemas that the host wants to make itself, and starts with them', async () => {
    await expect(start({ migrate: false })).rejects.toThrow(
      'migration 0001-payments (missing): it was not run yet.',
    );
    const made = await freshSchema(pgDatabase(server.pool));
    const onMade = () => start({ schema: made, migrate: false });
    await expect(onMade()).rejects.toThrow(
      `schema ${made}_jobs is missing: make it with getConstructionPlans('${made}_jobs') of pg-boss.`,
    );
    await server.pool.query(getConstructionPlans(`${made}_jobs`));
    await (await onMade()).stop();
  });

  it('on what is no database, or one connection of it', async () => {
    const pool = server.pool as unknown as Database;
    await expect(postgresPayments(pool)).rejects.toThrow('give a database: pgDatabase(pool)');
    const client = new pg.Client() as unknown as PgPool;
    expect(() => pgDatabase(client)).toThrow('give a Pool of pg; not a Client');
    expect(() => pgDatabase(undefined as unknown as PgPool)).toThrow('give a Pool of pg');
  });

  it('with settings that contradict each other or cannot be', async () => {
    await expect(start({ jobs: false, publish: async () => undefined })).rejects.toThrow(
      '`publish` needs jobs',
    );
    await expect(start({ onProblem: 'told' })).rejects.toThrow('`onProblem` must be a function');
    await expect(start({ claimMs: 0.5 })).rejects.toThrow('`claimMs` must be a whole number');
    await expect(start({ migrations: false })).rejects.toThrow('there is no option `migrations`');
    await expect(start({ publish: null })).rejects.toThrow('`publish` must be a function');
    await expect(start({ schema: 'Payments' })).rejects.toThrow('schema must be');
  });
});
