import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { okAsync } from 'neverthrow';
import type { Webhook } from '../../../src/application/ports/webhooks.ts';
import { merchantId, orderId } from '../../../src/domain/payment/ids.ts';
import { Jobs } from '../../../src/infrastructure/postgres/jobs.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { pgDatabase } from '../../../src/infrastructure/postgres/pg-database.ts';
import { postgresPayments } from '../../../src/infrastructure/postgres/postgres.ts';
import { webhookInboxContract } from '../../../src/testing/webhook-inbox-contract.ts';
import { aShopWithWebhooks } from '../../checkout/webhook-endpoint.ts';
import { testDatabase } from '../../postgres/database.ts';
import { freshSchema, type Server, servers, until } from './storages.ts';

const day = 86_400_000;
const noon = Date.UTC(2026, 0, 5, 12);
const aWebhook = (changes: Partial<Webhook> = {}): Webhook => ({
  merchantId: merchantId('MERCHANT-1')._unsafeUnwrap(),
  eventId: 'event-1',
  type: 'payments.payment.transaction.refund',
  orderId: orderId('ORDER-1')._unsafeUnwrap(),
  receivedAt: noon,
  ...changes,
});

describe.each(servers)('The inbox of webhooks on $name', ({ open }) => {
  let server: Server;
  let schema: string;
  beforeAll(async () => {
    server = await open();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    schema = await freshSchema(server.database);
  });

  const problems: string[] = [];
  const instance = async (of: string): Promise<PostgresPayments> => {
    const onProblem = (problem: string) => void problems.push(problem);
    const jobs = await Jobs.open(server.database, { schema: of, migrate: true, onProblem });
    return new PostgresPayments(server.database, { schema: of, onProblem }, jobs);
  };
  const rows = async () => server.database.query(`select event_id from ${schema}.webhook order by event_id`);
  const jobs = async () =>
    server.database.query(
      `select state::text as state, data from ${schema}_jobs.job where name = 'confirmPayment'`,
    );

  webhookInboxContract({ describe, it }, 'PostgresPayments', async () => {
    const inbox = await instance(await freshSchema(server.database));
    return { inbox, close: () => Promise.resolve() };
  });

  it('stores a webhook and one job for it, however often and wherever it is delivered at once', async () => {
    const [one, other] = [await instance(schema), await instance(schema)];
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? one : other).accept(aWebhook())),
    );
    expect(answers.map((answer) => answer._unsafeUnwrap()).sort()).toEqual([
      ...Array(7).fill('known'),
      'new',
    ]);
    expect(await rows()).toEqual([{ event_id: 'event-1' }]);
    expect(await jobs()).toEqual([
      { state: 'created', data: { merchantId: 'MERCHANT-1', orderId: 'ORDER-1' } },
    ]);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('stores nothing when its job cannot be stored: it is delivered again, and is new', async () => {
    const inbox = await instance(schema);
    /** pg-boss may be at work on the same tables just then. */
    const alterJobs = (change: string) =>
      until('the jobs to be altered', () =>
        server.database.execute(`alter table ${schema}_jobs.job ${change}`).then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ code: '40P01' });
            return false;
          },
        ),
      );
    await alterJobs('add constraint no_work check (data is null) not valid');
    const failed = await inbox.accept(aWebhook());
    expect(failed._unsafeUnwrapErr().type).toBe('StorageUnavailable');
    expect(await rows()).toEqual([]);
    await alterJobs('drop constraint no_work');
    expect((await inbox.accept(aWebhook()))._unsafeUnwrap()).toBe('new');
    expect(await jobs()).toHaveLength(1);
    await inbox.stop();
  });

  it('hands out what was accepted by an instance that is gone', async () => {
    const gone = await instance(schema);
    (await gone.accept(aWebhook()))._unsafeUnwrap();
    await gone.stop();
    const asked: string[] = [];
    const heir = await instance(schema);
    heir.start((work, key) => okAsync(asked.push(`${work} ${key.orderId}`)));
    await until('the work', async () => asked.length === 1);
    expect(asked).toEqual(['confirmPayment ORDER-1']);
    await heir.stop();
  });

  it('keeps one confirmation waiting for many webhooks of one order', async () => {
    const inbox = await instance(schema);
    for (const eventId of ['a', 'b', 'c']) {
      expect((await inbox.accept(aWebhook({ eventId })))._unsafeUnwrap()).toBe('new');
    }
    expect(await rows()).toHaveLength(3);
    expect(await jobs()).toHaveLength(1);
    await inbox.stop();
  });

  it('keeps webhooks without jobs, and makes nothing due', async () => {
    const inbox = new PostgresPayments(server.database, { schema });
    expect((await inbox.accept(aWebhook()))._unsafeUnwrap()).toBe('new');
    expect((await inbox.accept(aWebhook()))._unsafeUnwrap()).toBe('known');
    expect(await rows()).toHaveLength(1);
  });

  it('forgets webhooks after thirty days, and none before', async () => {
    const inbox = new PostgresPayments(server.database, { schema });
    const accept = async (eventId: string, receivedAt: number) =>
      (await inbox.accept(aWebhook({ eventId, receivedAt })))._unsafeUnwrap();
    for (let n = 0; n < 12; n += 1) await accept(`old-${n}`, noon + n);
    await accept('month-old', noon + 1 * day);
    await accept('now', noon + 31 * day);
    expect((await rows()).map(({ event_id }) => event_id)).toEqual(['month-old', 'now', 'old-10', 'old-11']);
    expect(await accept('month-old', noon + 31 * day)).toBe('known');
    expect(await accept('old-0', noon + 31 * day)).toBe('new');
    expect((await rows()).map(({ event_id }) => event_id)).toEqual(['month-old', 'now', 'old-0']);
  });

  it('has told of no problem', () => {
    expect(problems).toEqual([]);
  });
});

describe('A webhook that comes while the gateway cannot be read', () => {
  it('is taken, and its work is tried again until it can: the second charge is found', async () => {
    const server = await testDatabase();
    const storage = await postgresPayments(pgDatabase(server.pool));
    const shop = await aShopWithWebhooks({ payments: () => storage });
    await shop.settings({ webhooks: 'hold' });
    const session = await shop.openWithCard();
    await shop.fault('pay', { fault: 'duplicate' });
    expect(await shop.submit(session)).toBe('captured');
    await until('the release', async () => shop.released.length === 1);
    await shop.fault('getPayment', { fault: 'status', status: 503 });
    await shop.settings({ webhooks: 'deliver' });
    await until('the second charge', async () => (await shop.payment()).states.payment === 'needsAttention');
    expect(shop.answers.every((status) => status === 200)).toBe(true);
    const reads = (await shop.requests()).filter((line) => line.startsWith('GET'));
    expect(reads.length).toBeGreaterThan(1);
    expect(await shop.ledger()).toHaveLength(2);
    await shop.module.close();
    await server.close();
  });
});

describe('A webhook that comes while the database is away', () => {
  it('is not taken', async () => {
    const server = await servers[0]?.open();
    if (server === undefined) throw new Error('there is no server');
    const inbox = new PostgresPayments(server.database, { schema: await freshSchema(server.database) });
    await server.close();
    expect((await inbox.accept(aWebhook()))._unsafeUnwrapErr().type).toBe('StorageUnavailable');
  });
});
