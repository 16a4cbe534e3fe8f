import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { PaymentKey } from '../../../src/application/change-payment.ts';
import type { DueWork, PerformDueWork } from '../../../src/application/due-work.ts';
import { orderId } from '../../../src/domain/payment/ids.ts';
import { type Change, confirmationSent, fulfil } from '../../../src/domain/payment/payment.ts';
import type { PaymentEvent } from '../../../src/domain/payment/payment-event.ts';
import { Jobs, type JobsOptions } from '../../../src/infrastructure/postgres/jobs.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { aPayment, anOrder, type PaymentBuilder } from '../../builders/a-payment.ts';
import { freshSchema, lastChange, type Server, servers, until } from './storages.ts';

/** What happened to a payment of an order of its own, until it was captured, as it is saved. */
const captured = (id: string): [Change, Change, Change] => {
  const order = anOrder({ id });
  const own = (step: PaymentBuilder): Change =>
    JSON.parse(JSON.stringify(lastChange(step)).replaceAll('session-1', `session-${id}`)) as Change;
  return [own(aPayment(order).sessionOpen()), own(aPayment(order).paying()), own(aPayment(order).captured())];
};

describe.each(servers)('Jobs on $name', ({ open }) => {
  let server: Server;
  let schema: string;
  let payments: PostgresPayments;
  let opened: PostgresPayments[] = [];
  const problems: string[] = [];
  beforeAll(async () => {
    server = await open();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    schema = await freshSchema(server.database);
    payments = await instance();
  });
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.stop()));
    opened = [];
    expect(problems.splice(0)).toEqual([]);
  });

  const retries = { limit: 2, firstDelaySeconds: 1, longestDelaySeconds: 1 };
  const instance = async (options: Partial<JobsOptions> = {}): Promise<PostgresPayments> => {
    const all = {
      schema,
      migrate: true,
      retries,
      onProblem: (problem: string) => void problems.push(problem),
      ...options,
    };
    const made = new PostgresPayments(server.database, all, await Jobs.open(server.database, all));
    opened.push(made);
    return made;
  };
  const saveAll = async (changes: readonly Change[]): Promise<void> => {
    for (const change of changes) (await payments.save(change))._unsafeUnwrap();
  };
  const jobs = (name: string) =>
    server.database.query(
      `select state::text as state, data, output from ${schema}_jobs.job where name = $1`,
      [name],
    );
  /** Notes what it is asked for, and answers what `answer` says. */
  const noting = (answer: (key: PaymentKey) => ResultAsync<unknown, unknown> = () => okAsync(undefined)) => {
    const asked: [DueWork, string][] = [];
    const perform: PerformDueWork = (work, key) => {
      asked.push([work, key.orderId]);
      return answer(key);
    };
    return { asked, perform };
  };

  it('are added by the save that makes work due, and by no other', async () => {
    const [first, second, third] = captured('A');
    await saveAll([first, second]);
    expect(await jobs('fulfilOrder')).toEqual([]);
    await saveAll([third]);
    expect((await payments.save(third)).isErr()).toBe(true);
    const [job, ...others] = await jobs('fulfilOrder');
    expect(job).toMatchObject({
      state: 'created',
      data: { merchantId: 'merchant-1', orderId: 'A', version: 3 },
    });
    expect(others).toEqual([]);
  });

  it('are not added when the transaction is rolled back', async () => {
    const [first, second, third] = captured('A');
    await saveAll([first, second]);
    expect((await payments.save(third, () => errAsync('no stock'))).isErr()).toBe(true);
    expect(await jobs('fulfilOrder')).toEqual([]);
  });

  it('hand out what was saved before anybody listened, and what is saved afterwards', async () => {
    const { asked, perform } = noting();
    await saveAll(captured('BEFORE'));
    payments.start(perform);
    await saveAll(captured('AFTER'));
    await until('both', async () => asked.length === 2);
    expect(asked.map(([work, order]) => `${work} ${order}`).sort()).toEqual([
      'fulfilOrder AFTER',
      'fulfilOrder BEFORE',
    ]);
  });

  it('try again what fails, with what went wrong written down and no card number in it', async () => {
    let tries = 0;
    const { perform } = noting(() => {
      tries += 1;
      if (tries === 1) throw new Error('card 5123450000000008 in the message');
      return tries === 2 ? errAsync({ type: 'FulfilmentFailed', reason: 'no stock' }) : okAsync(undefined);
    });
    payments.start(perform);
    await saveAll(captured('A'));
    await until('the first failure', async () => (await jobs('fulfilOrder'))[0]?.['state'] === 'retry');
    expect((await jobs('fulfilOrder'))[0]?.['output']).toEqual({ reason: 'card [redacted] in the message' });
    await until('the third try', async () => (await jobs('fulfilOrder'))[0]?.['state'] === 'completed');
    expect(tries).toBe(3);
  });

  it('give up poisonous work where it can be seen, let the others pass, and try it again when asked', async () => {
    let isCured = false;
    const { asked, perform } = noting(({ orderId: id }) =>
      id === 'POISON' && !isCured
        ? errAsync({ type: 'FulfilmentFailed', reason: 'no such product' })
        : okAsync(undefined),
    );
    payments.start(perform);
    await saveAll(captured('POISON'));
    await saveAll(captured('OTHER'));
    await until('the other', async () => asked.some(([, order]) => order === 'OTHER'));
    await until('it to be given up', async () => (await payments.failedWork())._unsafeUnwrap().length === 1);
    const [failed] = (await payments.failedWork())._unsafeUnwrap();
    expect(failed).toMatchObject({
      work: 'fulfilOrder',
      key: { merchantId: 'merchant-1', orderId: 'POISON' },
      reason: 'FulfilmentFailed: no such product',
    });
    isCured = true;
    if (failed !== undefined) (await payments.retryWork(failed))._unsafeUnwrap();
    await until('the cure', async () =>
      (await jobs('fulfilOrder')).every(({ state }) => state === 'completed'),
    );
    expect((await payments.failedWork())._unsafeUnwrap()).toEqual([]);
  });

  it('that were given up are listed no longer once the sweep has done the work', async () => {
    const order = anOrder({ id: 'STALE', customerEmail: 'ann@example.com' });
    const steps = { open: aPayment(order).sessionOpen(), paying: aPayment(order).paying() };
    const due = aPayment(order).captured();
    const released = due.by(fulfil);
    const { perform } = noting(() => errAsync({ type: 'ConfirmationFailed', reason: 'away' }));
    const listed = async () => (await payments.failedWork())._unsafeUnwrap().map(({ work }) => work);
    payments.start(perform);
    await saveAll([steps.open, steps.paying, due].map(lastChange));
    await until('the release to be given up', async () => (await listed()).includes('fulfilOrder'));
    await saveAll([lastChange(released)]);
    expect(await listed()).toEqual([]);
    await until('the message to be given up', async () => (await listed()).includes('sendConfirmation'));
    expect(await listed()).toEqual(['sendConfirmation']);
    await saveAll([lastChange(released.by(confirmationSent))]);
    expect(await listed()).toEqual([]);
    expect((await jobs('fulfilOrder')).map(({ state }) => state)).toEqual(['failed']);
  });

  it('go on when the database is back, also of a host that throws when it is told that it was away', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockReturnValue();
    payments = await instance({
      onProblem: () => {
        throw new Error('the log is full');
      },
    });
    const { asked, perform } = noting();
    payments.start(perform);
    await server.database.query(`alter schema ${schema}_jobs rename to ${schema}_away`);
    await until('a problem', async () => warned.mock.calls.length > 0);
    await server.database.query(`alter schema ${schema}_away rename to ${schema}_jobs`);
    warned.mockRestore();
    await saveAll(captured('A'));
    await until('the work', async () => asked.length === 1);
    problems.splice(0); // of the instance that no test started
  });

  it('of several instances go to one of them', async () => {
    const { asked, perform } = noting(() =>
      ResultAsync.fromSafePromise(new Promise((resolve) => setTimeout(resolve, 5))),
    );
    for (const each of [payments, await instance(), await instance(), await instance()]) each.start(perform);
    const orders = Array.from({ length: 40 }, (_, n) => `O-${n}`);
    await Promise.all(orders.map((id) => saveAll(captured(id))));
    await until('all', async () => asked.length >= orders.length);
    await Promise.all(opened.map((each) => each.stop()));
    expect(asked.map(([, order]) => order).sort()).toEqual(orders.sort());
  });

  it('that are stopped wait for what is under way, and leave the rest to another instance', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const ended: string[] = [];
    payments.start((_, key) => ResultAsync.fromSafePromise(released.then(() => ended.push(key.orderId))));
    await saveAll(captured('UNDER-WAY'));
    await until('it to begin', async () => (await jobs('fulfilOrder'))[0]?.['state'] === 'active');
    const stopped = payments.stop().then(() => ended.push('stopped'));
    await saveAll(captured('LATER'));
    release();
    await stopped;
    expect(ended).toEqual(['UNDER-WAY', 'stopped']);
    const { asked, perform } = noting();
    (await instance()).start(perform);
    await until('the rest', async () => asked.length === 1);
    expect(asked).toEqual([['fulfilOrder', 'LATER']]);
  });

  it('publish every event, in the order of versions for each payment, whatever fails in between', async () => {
    const heard: PaymentEvent[] = [];
    let calls = 0;
    const publish = async (event: PaymentEvent): Promise<void> => {
      const call = (calls += 1);
      await new Promise((resolve) => setTimeout(resolve, call % 3));
      if (call % 7 === 0) throw new Error('the broker is away');
      heard.push(event);
    };
    const options = { publish, retries: { ...retries, limit: 20 } };
    const all = await Promise.all([instance(options), instance(options), instance(options)]);
    for (const each of all) each.start(() => okAsync(undefined));
    [payments] = all;
    const orders = Array.from({ length: 10 }, (_, n) => `O-${n}`);
    await Promise.all(orders.map((id) => saveAll(captured(id))));
    const unpublished = `select from ${schema}.payment_event where unpublished`;
    await until('all to be heard', async () => (await server.database.query(unpublished)).length === 0);
    for (const id of orders) {
      const versions = heard.filter((event) => event.orderId === id).map(({ version }) => version);
      expect([...new Set(versions)]).toEqual([1, 2, 3]);
      expect(versions).toEqual([...versions].sort());
    }
  });

  it('let a poisonous event hold up its own payment only', async () => {
    const heard: string[] = [];
    const publish = async ({ orderId: id, version }: PaymentEvent): Promise<void> => {
      if (id === 'POISON' && version === 2) throw new Error('cannot be told');
      heard.push(`${id} ${version}`);
    };
    payments = await instance({ publish });
    payments.start(() => okAsync(undefined));
    await saveAll(captured('POISON'));
    await saveAll(captured('OTHER'));
    await until('it to be given up', async () => (await payments.failedWork())._unsafeUnwrap().length === 1);
    expect((await payments.failedWork())._unsafeUnwrap()[0]).toMatchObject({
      work: 'publish',
      key: { orderId: 'POISON' },
      reason: 'cannot be told',
    });
    await until('the other', async () => heard.includes('OTHER 3'));
    expect(heard.filter((each) => each.startsWith('POISON'))).toEqual(['POISON 1']);
  });

  /** As after a week: pg-boss has deleted the failed job. */
  const weekPasses = async (): Promise<void> => {
    await server.database.query(`delete from ${schema}_jobs.job where name = 'publish'`);
    await server.database.query(
      `update ${schema}.payment_event set stored_at = stored_at - interval '8 days'`,
    );
  };

  it('publish what nobody heard of although its job is gone', async () => {
    const heard: number[] = [];
    const publish = async ({ version }: PaymentEvent): Promise<void> => void heard.push(version);
    payments = await instance({ publish });
    await saveAll(captured('A'));
    await weekPasses();
    payments.start(() => okAsync(undefined));
    await until('the events', async () => heard.length === 3);
    expect(heard).toEqual([1, 2, 3]);
  });

  it('publish it also without a restart, some minutes later, and not while a failed job tells of it', async () => {
    const heard: number[] = [];
    let isCured = false;
    const publish = async ({ version }: PaymentEvent): Promise<void> => {
      if (version === 2 && !isCured) throw new Error('cannot be told');
      heard.push(version);
    };
    payments = await instance({ publish, wakeLeftoversEveryMs: 50 });
    payments.start(() => okAsync(undefined));
    await saveAll(captured('A'));
    const failed = async () => (await payments.failedWork())._unsafeUnwrap().length;
    await until('it to be given up', async () => (await failed()) === 1);
    await server.database.query(
      `update ${schema}.payment_event set stored_at = stored_at - interval '1 day'`,
    );
    const before = await jobs('publish');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await jobs('publish')).toEqual(before);
    isCured = true;
    await weekPasses();
    await until('the events', async () => heard.length === 3);
    expect(heard).toEqual([1, 2, 3]);
    await payments.stop();
    await server.database.query(`update ${schema}.payment_event set unpublished = true`);
    await weekPasses();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await jobs('publish')).toEqual([]);
  });

  it('are handed to one createPayments, once: a second would go without them', async () => {
    payments.start(() => okAsync(undefined));
    expect(() => payments.start(() => okAsync(undefined))).toThrow(/to one createPayments, once/);
    await payments.stop();
    expect(() => payments.start(() => okAsync(undefined))).toThrow(/to one createPayments, once/);
  });

  it('work for a payment that a host saves in its own transaction', async () => {
    const { asked, perform } = noting();
    payments.start(perform);
    await server.database.transaction(async ({ tx }) => {
      for (const change of captured('JOINED')) (await payments.within(tx).save(change))._unsafeUnwrap();
      return okAsync(undefined);
    });
    await until('the work', async () => asked.length === 1);
    expect(asked).toEqual([['fulfilOrder', orderId('JOINED')._unsafeUnwrap()]]);
  });
});
