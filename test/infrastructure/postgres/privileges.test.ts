// The privileges that docs/postgres.md calls enough, as they are printed there.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPayments } from 'paysession';
import { migrationsFolder, pgDatabase, type PostgresPayments, postgresPayments } from 'paysession/postgres';
import type pg from 'pg';
import { getConstructionPlans } from 'pg-boss';
import type { Webhook } from '../../../src/application/ports/webhooks.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { key } from '../../application/given.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { until } from './storages.ts';

const day = 86_400_000;

describe('A role with the privileges of the document', () => {
  const role = `app_${randomBytes(6).toString('hex')}`;
  const problems: string[] = [];
  let server: TestDatabase;
  let pool: pg.Pool;
  let payments: PostgresPayments;

  beforeAll(async () => {
    server = await testDatabase();
    const files = readdirSync(migrationsFolder).sort();
    const migrations = files.map((file) => readFileSync(`${migrationsFolder}/${file}`, 'utf8')).join('\n');
    await server.pool.query(
      `begin; create schema paysession; set local search_path to paysession; ${migrations}; commit`,
    );
    await server.pool.query(getConstructionPlans('paysession_jobs'));
    const [, grants = ''] = /```sql\n(grant .*?)```/s.exec(readFileSync('docs/postgres.md', 'utf8')) ?? [];
    expect(grants.match(/ to app;/g)?.length).toBeGreaterThan(3);
    await server.pool.query(`create role ${role} login password 'only-on-loopback'`);
    await server.pool.query(grants.replaceAll(' to app;', ` to ${role};`));
    const url = Object.assign(new URL(server.url), { username: role, password: 'only-on-loopback' });
    pool = server.connect({ connectionString: url.href });
    payments = await postgresPayments(pgDatabase(pool), {
      migrate: false,
      publish: async (event) => void heard.push(event.type),
      onProblem: (problem) => void problems.push(problem),
    });
  });
  afterAll(async () => {
    await pool?.end();
    await server?.pool.query(`drop owned by ${role}; drop role ${role}`);
    await server?.close();
  });

  const heard: string[] = [];
  const written: string[] = [];
  let isReleased = false;
  const host = () =>
    createPayments({
      payments,
      gateway: new InMemoryGateway(),
      sweepEveryMs: 200,
      onProblem: (problem) => void problems.push(problem),
      orders: async ({ orderId: id }) => ({
        id,
        amount: '10.00',
        currency: 'USD',
        description: 'A lamp',
        customerEmail: 'ann@example.com',
      }),
      fulfilment: async () => void (isReleased = true),
      confirmations: async ({ to }) => void written.push(to),
    });

  it('pays, releases, writes to the customer, publishes every event, and sweeps', async () => {
    const shop = host();
    const { session } = (await shop.openPaySession.execute(key))._unsafeUnwrap();
    const submitted = await shop.submitPayment.execute({ ...key, sessionId: session.id, revision: null });
    expect(submitted._unsafeUnwrap().attempt.outcome).toBe('captured');
    await until('the last event', async () => heard.includes('confirmationSent'));
    expect([isReleased, written]).toEqual([true, ['ann@example.com']]);
    expect(heard).toEqual(['sessionOpened', 'payStarted', 'captured', 'fulfilled', 'confirmationSent']);
    expect((await shop.findPayment.execute(key))._unsafeUnwrap().history).toHaveLength(5);
    expect((await shop.resolveUnfinished.execute())._unsafeUnwrap()).toMatchObject({ failed: 0 });
    expect((await payments.findNeedingAttention(key.merchantId, 10))._unsafeUnwrap()).toEqual([]);
    expect((await payments.failedWork())._unsafeUnwrap()).toEqual([]);
    const lookedAfter = 'select from paysession_jobs.queue where (maintain_on, monitor_on) is not null';
    // Every ten seconds.
    await until(
      'pg-boss to look after its queues',
      async () => (await server.pool.query(lookedAfter)).rowCount !== 0,
      25,
    );
    await shop.close();
  });

  it('removes e-mail addresses as the document says, from payments of last year only', async () => {
    const [, remove = ''] = /```sql\n(update .*?)```/s.exec(readFileSync('docs/postgres.md', 'utf8')) ?? [];
    const stored = async () => (await payments.find(key.merchantId, key.orderId))._unsafeUnwrap();
    expect(remove).toContain("interval '1 year'");
    expect((await pool.query(remove)).rowCount).toBe(0);
    expect((await stored())?.order.customerEmail).toBe('ann@example.com');
    expect((await pool.query(remove.replace("interval '1 year'", "interval '-1 day'"))).rowCount).toBe(1);
    expect((await stored())?.order.customerEmail).toBeNull();
    const { rows } = await pool.query('select document::text from paysession.payment_event');
    expect(JSON.stringify(rows)).not.toContain('ann@');
  });

  it('takes webhooks, and forgets old ones', async () => {
    const webhook = (eventId: string, receivedAt: number): Webhook => ({
      ...key,
      eventId,
      type: 'payment',
      receivedAt,
    });
    for (const [event, at] of [
      ['old', 0],
      ['new', 31 * day],
      ['newer', 31 * day],
    ] as const)
      expect((await payments.accept(webhook(event, at)))._unsafeUnwrap()).toBe('new');
    const { rows } = await server.pool.query('select event_id from paysession.webhook order by event_id');
    expect(rows).toEqual([{ event_id: 'new' }, { event_id: 'newer' }]);
  });

  it('may not do what the module never does', async () => {
    for (const forbidden of [
      'delete from paysession.payment',
      'delete from paysession.payment_event',
      'update paysession.pay_session set order_id = order_id',
      'create table paysession.mine ()',
      `update paysession.payment_event set document = '{}'`,
    ])
      await expect(pool.query(forbidden)).rejects.toMatchObject({ code: '42501' });
  });

  it('has told of no problem', () => {
    expect(problems).toEqual([]);
  });
});
