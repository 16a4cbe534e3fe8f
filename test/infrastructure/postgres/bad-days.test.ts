import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { okAsync, ResultAsync } from 'neverthrow';
import type { PaymentGateway } from '../../../src/application/ports/payment-gateway.ts';
import { concurrentUpdate, storageUnavailable } from '../../../src/application/ports/payments.ts';
import { merchantId, orderId } from '../../../src/domain/payment/ids.ts';
import { fulfil } from '../../../src/domain/payment/payment.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { pgDatabase } from '../../../src/infrastructure/postgres/pg-database.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { postgresPayments } from '../../../src/infrastructure/postgres/postgres.ts';
import { bound, given, key, minute } from '../../application/given.ts';
import { aPayment, anOrder } from '../../builders/a-payment.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { freshSchema, lastChange, until } from './storages.ts';
import { wireTo } from './wire.ts';

const opened = (id: string) => aPayment(anOrder({ id })).sessionOpen();

describe('PostgreSQL on a bad day', () => {
  let server: TestDatabase;
  let schema: string;
  let payments: PostgresPayments;

  beforeAll(async () => {
    server = await testDatabase();
  });
  beforeEach(async () => {
    schema = await freshSchema(pgDatabase(server.pool));
    payments = new PostgresPayments(pgDatabase(server.pool), { schema });
  });
  afterAll(() => server.close());

  /** A payment that is paying, stored. */
  const paying = async (id: string) => {
    const open = opened(id);
    const intent = open.paying();
    (await payments.save(lastChange(open)))._unsafeUnwrap();
    (await payments.save(lastChange(intent)))._unsafeUnwrap();
    return intent;
  };
  const stored = async ({ payment }: ReturnType<typeof opened>) =>
    (await payments.find(payment.merchantId, payment.order.id))._unsafeUnwrap();

  /** Makes every write to payments raise an error of the server, `times` times. */
  const failing = async (sqlstate: string, times: number): Promise<void> => {
    await server.pool.query(`
      create sequence ${schema}.fault minvalue -1000000 start 1;
      create function ${schema}.fail() returns trigger language plpgsql as $$
      begin
        if nextval('${schema}.fault') <= ${times} then
          raise exception 'secret-value of card 5123450000000008' using errcode = '${sqlstate}';
        end if;
        return new;
      end $$;
      create trigger fault before insert or update on ${schema}.payment
        for each row execute function ${schema}.fail()`);
  };

  it('whose connection is terminated during a save: unavailable, nothing is stored, and it can be saved again', async () => {
    const intent = await paying('KILLED');
    const done = lastChange(intent.told({ type: 'declined', reason: 'no funds' }));
    const blocker = await server.pool.connect();
    await blocker.query('begin');
    await blocker.query(`select from ${schema}.payment where order_id = 'KILLED' for update`);
    const saving = payments.save(done);
    const waiting = `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%payment_event%'`;
    await until(
      'the save to wait for the row',
      async () => (await server.pool.query(waiting)).rowCount === 1,
    );
    await server.pool.query(`select pg_terminate_backend(pid) from (${waiting}) blocked`);
    expect((await saving)._unsafeUnwrapErr()).toEqual(
      storageUnavailable('the database is shutting down or starting (57P01)'),
    );
    await blocker.query('rollback');
    blocker.release();
    expect(await stored(intent)).toEqual(intent.payment);
    expect((await payments.save(done)).isOk()).toBe(true);
    expect(await stored(intent)).toEqual(done.payment);
  });

  it('whose answer to a commit is lost: unavailable, and reading again shows that it took place', async () => {
    const intent = await paying('LOST');
    const done = lastChange(intent.told({ type: 'declined', reason: 'no funds' }));
    const wire = await wireTo(server.url);
    const behind = new PostgresPayments(pgDatabase(server.connect({ connectionString: wire.url })), {
      schema,
    });
    expect((await behind.find(intent.payment.merchantId, intent.payment.order.id)).isOk()).toBe(true);
    wire.loseAnswerTo('declined');
    expect((await behind.save(done))._unsafeUnwrapErr()).toEqual(
      storageUnavailable('the connection was lost or could not be made'),
    );
    await wire.close();
    await until('the save', async () => (await stored(intent))?.version === done.payment.version);
    expect(await stored(intent)).toEqual(done.payment);
    expect((await payments.save(done))._unsafeUnwrapErr()).toEqual(concurrentUpdate());
    expect(
      (await payments.history(done.payment.merchantId, done.payment.order.id))._unsafeUnwrap(),
    ).toHaveLength(3);
  });

  it('with no connection to spare, without an answer, or with an ended pool: each is said as what it is', async () => {
    const intent = await paying('WAITING');
    const pool = server.connect({ max: 1, connectionTimeoutMillis: 1500, query_timeout: 1500 });
    const impatient = new PostgresPayments(pgDatabase(pool), { schema });
    const done = lastChange(intent.told({ type: 'declined', reason: 'no funds' }));
    const reason = async () => (await impatient.save(done))._unsafeUnwrapErr();

    const holder = await pool.connect();
    expect(await reason()).toEqual(storageUnavailable('no connection of the pool became free in time'));
    holder.release();
    const blocker = await server.pool.connect();
    await blocker.query('begin');
    await blocker.query(`select from ${schema}.payment where order_id = 'WAITING' for update`);
    expect(await reason()).toEqual(storageUnavailable('the database did not answer in time'));
    await blocker.query('rollback');
    blocker.release();
    await pool.end();
    expect(await reason()).toEqual(storageUnavailable('the pool was ended'));
  });

  describe.each([
    { what: 'the intent', event: 'payStarted' },
    { what: 'the outcome', event: 'captured' },
  ] as const)('whose answer to the commit of $what of a pay is lost', ({ event }) => {
    it.each([
      { how: 'one statement', options: { jobs: false }, commit: event },
      { how: 'a transaction', options: { publish: async () => undefined }, commit: 'commit' },
    ])(
      'with $how: what is stored is read, the pay is sent once, and captured',
      async ({ options, commit }) => {
        const wire = await wireTo(server.url);
        const pool = server.connect({ connectionString: wire.url });
        const behind = await postgresPayments(pgDatabase(pool), { schema, ...options });
        const save = behind.save.bind(behind);
        const lost: string[] = [];
        const { module, open, submit, calls, history } = given({
          payments: {
            find: behind.find.bind(behind),
            history: behind.history.bind(behind),
            findDue: behind.findDue.bind(behind),
            findNeedingAttention: behind.findNeedingAttention.bind(behind),
            save: (change, alongside) => {
              if (change.event.type === event) wire.loseAnswerTo(commit);
              return save(change, alongside).orTee(() => void lost.push(change.event.type));
            },
          },
        });
        const submitted = await submit(await open());
        expect(lost).toEqual([event]);
        expect(submitted._unsafeUnwrap().attempt.outcome).toBe('captured');
        expect(calls()).toEqual(['openSession', 'pay']);
        expect(await history()).toEqual(['sessionOpened', 'payStarted', 'captured']);
        await module.close();
        await behind.stop();
        await wire.close();
      },
    );
  });

  it('that falls silent, and nobody says so: a pay is answered after a few timeouts, and nothing new is sent', async () => {
    const wire = await wireTo(server.url);
    const pool = server.connect({
      connectionString: wire.url,
      connectionTimeoutMillis: 500,
      query_timeout: 500,
    });
    // Its tables may take longer to make.
    await (await postgresPayments(pgDatabase(server.pool), { schema })).stop();
    const gateway = new InMemoryGateway();
    const { module, calls } = given(
      {
        payments: await postgresPayments(pgDatabase(pool), { schema, onProblem: () => undefined }),
        orders: async ({ orderId: id }) => ({ id, amount: '9.99', currency: 'USD', description: 'A lamp' }),
        gateway: {
          ...bound(gateway),
          pay: (request) => {
            wire.fallSilent();
            return gateway.pay(request);
          },
        },
      },
      gateway,
    );
    const open = async (id: string) => {
      const order = { merchantId: key.merchantId, orderId: orderId(id)._unsafeUnwrap() };
      const { session } = (await module.openPaySession.execute(order))._unsafeUnwrap();
      return { ...order, sessionId: session.id, revision: null };
    };
    const [first, second] = [await open('IN-FLIGHT'), await open('NEW')];
    const since = performance.now();
    // Its charge is known only to the gateway: the sweep finds it. Fifty tries, as against other writers, take 25 s.
    expect((await module.submitPayment.execute(first))._unsafeUnwrap().attempt.outcome).toBe('started');
    const sent = calls().length;
    expect((await module.submitPayment.execute(second))._unsafeUnwrapErr().type).toBe('StorageUnavailable');
    expect(performance.now() - since).toBeLessThan(12_000);
    expect(calls()).toHaveLength(sent);
    await module.close({ waitMs: 100 });
    await wire.close();
  });

  it('that cannot be reached: unavailable, without host, user or password', async () => {
    const pool = server.connect({ connectionString: 'postgres://secret-user:secret-password@127.0.0.1:9/x' });
    const away = new PostgresPayments(pgDatabase(pool), { schema });
    const { merchantId, order } = opened('ANY').payment;
    expect((await away.find(merchantId, order.id))._unsafeUnwrapErr()).toEqual(
      storageUnavailable('the connection was lost or could not be made (ECONNREFUSED)'),
    );
  });

  it('that failed over to a read-only server: unavailable, and nothing is stored', async () => {
    const open = opened('READ-ONLY');
    const pool = server.connect({ options: '-c default_transaction_read_only=on' });
    const readOnly = new PostgresPayments(pgDatabase(pool), { schema });
    expect((await readOnly.save(lastChange(open)))._unsafeUnwrapErr()).toEqual(
      storageUnavailable('the database is read-only (25006)'),
    );
    expect(await stored(open)).toBeNull();
  });

  it('that failed over to a read-only server: no new pay is sent, and the one under way is found when it is back', async () => {
    // One connection: the first question after each failover finds out that it is gone.
    const pool = server.connect({ max: 1 });
    const restored = server.connect({ options: '-c default_transaction_read_only=off' });
    const failover = async (how: string): Promise<void> => {
      await restored.query(`alter database ${new URL(server.url).pathname.slice(1)} ${how}`);
      await restored.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    };
    const gateway = new InMemoryGateway();
    const payments = new PostgresPayments(pgDatabase(pool), { schema });
    const failingOver: PaymentGateway = {
      ...bound(gateway),
      pay: (request) =>
        ResultAsync.fromSafePromise(failover('set default_transaction_read_only = on')).andThen(() =>
          gateway.pay(request),
        ),
    };
    const { module, open, submit, calls, timePasses, payment, released } = given(
      { payments, gateway: failingOver },
      gateway,
    );
    const another = { merchantId: merchantId('MERCHANT-2')._unsafeUnwrap(), orderId: key.orderId };
    const { session } = (await module.openPaySession.execute(another))._unsafeUnwrap();
    expect((await submit(await open()))._unsafeUnwrap().attempt.outcome).toBe('started');
    const sent = calls();
    const refused = await module.submitPayment.execute({ ...another, sessionId: session.id, revision: null });
    expect(refused._unsafeUnwrapErr()).toEqual(storageUnavailable('the database is read-only (25006)'));
    expect(calls()).toEqual(sent);
    await failover('reset default_transaction_read_only');
    timePasses(3 * minute);
    await until('the goods to be released', async () => {
      await module.resolveUnfinished.execute();
      timePasses(minute);
      return released.length > 0;
    });
    expect((await payment()).states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
    expect([gateway.charges.length, released.length]).toEqual([1, 1]);
  });

  it('whose disk is full: a pay is refused before anything is sent', async () => {
    const { open, submit, calls } = given({ payments });
    const session = await open();
    // A disk cannot be filled here: a trigger raises what the server answers then.
    await failing('53100', 1000);
    expect((await submit(session))._unsafeUnwrapErr()).toEqual(
      storageUnavailable('the disk is full (53100)'),
    );
    expect(calls()).toEqual(['openSession']);
  });

  it('whose disk is full: unavailable, without what the server said', async () => {
    await failing('53100', 1);
    expect((await payments.save(lastChange(opened('FULL'))))._unsafeUnwrapErr()).toEqual(
      storageUnavailable('the disk is full (53100)'),
    );
  });

  it.each(['40001', '40P01'])('that answers %s: it is asked again, a few times', async (sqlstate) => {
    const open = opened(`AGAIN-${sqlstate}`);
    await failing(sqlstate, 2);
    expect((await payments.save(lastChange(open))).isOk()).toBe(true);
    await server.pool.query(`alter sequence ${schema}.fault restart with -1000000`);
    expect((await payments.save(lastChange(open.paying())))._unsafeUnwrapErr()).toEqual(
      storageUnavailable(`other transactions kept interfering (${sqlstate})`),
    );
    expect(await stored(open)).toEqual(open.payment);
  });

  it('in strict isolation: of many writers of one version one wins', async () => {
    const pool = server.connect({ options: '-c default_transaction_isolation=serializable' });
    const strict = new PostgresPayments(pgDatabase(pool), { schema });
    const open = opened('STRICT');
    const saves = await Promise.all(Array.from({ length: 10 }, () => strict.save(lastChange(open))));
    expect(saves.filter((save) => save.isOk())).toHaveLength(1);
    const others = saves.flatMap((save) => (save.isErr() ? [save.error] : []));
    expect(others).toEqual(Array.from({ length: 9 }, concurrentUpdate));
  });

  it('what the host did alongside is not repeated, and is undone, when the commit fails', async () => {
    await server.pool.query(`create table ${schema}.released (key text)`);
    const captured = aPayment(anOrder({ id: 'ALONGSIDE' })).captured();
    const due = captured.payment;
    const steps = [opened('ALONGSIDE'), opened('ALONGSIDE').paying(), captured];
    for (const step of steps) (await payments.save(lastChange(step)))._unsafeUnwrap();
    let runs = 0;
    const saved = await payments.save(lastChange(captured.by(fulfil)), (tx) => {
      runs += 1;
      const swallowed = tx.query('select 1 / 0').catch(() => undefined);
      const write = tx.query(`insert into ${schema}.released values ($1)`, [due.id]).catch(() => undefined);
      return ResultAsync.fromSafePromise(Promise.all([write, swallowed]).then(() => undefined));
    });
    expect(saved._unsafeUnwrapErr()).toEqual(
      storageUnavailable('the transaction was rolled back, since a statement in it had failed (25P02)'),
    );
    expect(runs).toBe(1);
    expect((await server.pool.query(`select from ${schema}.released`)).rowCount).toBe(0);
    expect(await stored(captured)).toEqual(due);
  });

  it('what the host did alongside is not repeated where other transactions interfered with the commit', async () => {
    const captured = aPayment(anOrder({ id: 'ONCE' })).captured();
    for (const step of [opened('ONCE'), opened('ONCE').paying(), captured])
      (await payments.save(lastChange(step)))._unsafeUnwrap();
    const own = pgDatabase(server.pool);
    const interfered = new PostgresPayments(
      {
        ...own,
        transaction: (run) =>
          own.transaction(async (parts) => {
            await run(parts);
            throw Object.assign(new Error('could not serialize access'), { code: '40001' });
          }),
      },
      { schema },
    );
    let runs = 0;
    const saved = await interfered.save(lastChange(captured.by(fulfil)), () => {
      runs += 1;
      return okAsync(undefined);
    });
    expect(saved._unsafeUnwrapErr()).toEqual(
      storageUnavailable('other transactions kept interfering (40001)'),
    );
    expect(runs).toBe(1);
    expect(await stored(captured)).toEqual(captured.payment);
  });

  it('leaves no connection in use, and none that is broken', async () => {
    expect(server.pool.idleCount).toBe(server.pool.totalCount);
    expect((await payments.save(lastChange(opened('AFTER')))).isOk()).toBe(true);
  });

  it('without its tables: says what to do', async () => {
    const bare = new PostgresPayments(pgDatabase(server.pool), { schema: 'nobody_made_it' });
    const { merchantId, order } = opened('ANY').payment;
    expect((await bare.find(merchantId, order.id))._unsafeUnwrapErr().reason).toBe(
      'a table does not exist: run the migrations (42P01)',
    );
  });
});
