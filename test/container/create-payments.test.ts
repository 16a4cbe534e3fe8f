import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Container } from 'inversify';
import { err, errAsync, ResultAsync } from 'neverthrow';
import {
  createPayments,
  hostModule,
  inMemoryModule,
  InMemoryGateway,
  prahsysModule,
  SubmitPayment,
  systemModule,
  tokens,
  useCasesModule,
} from '../../src/index.ts';
import type { SqlTransaction } from '../../src/infrastructure/postgres/database.ts';
import type { PostgresPayments } from '../../src/infrastructure/postgres/postgres-payments.ts';
import * as surface from '../../src/index.ts';

const host = {
  orders: async () => ({ id: 'ORDER-1', amount: '9.99', currency: 'USD', description: 'A lamp' }),
  fulfilment: async () => {},
};
const prahsys = {
  merchantId: 'MERCHANT-1',
  apiKey: 'sk_test_1',
  apiUrl: 'http://127.0.0.1:9',
  scriptUrl: 'http://127.0.0.1:9',
};
const useCases = Object.values<unknown>(surface).filter(
  (value): value is new (...ports: never[]) => unknown =>
    typeof value === 'function' && 'execute' in Object(value.prototype),
);

describe('the container', () => {
  it('resolves every token and every use case, each once', () => {
    const container = new Container();
    container.load(
      useCasesModule(),
      systemModule(),
      inMemoryModule(),
      hostModule(host),
      prahsysModule(prahsys),
    );
    expect(useCases).toHaveLength(18);
    for (const token of [...Object.values(tokens), ...useCases]) {
      expect(container.get<unknown>(token)).toBeDefined();
      expect(container.get<unknown>(token)).toBe(container.get<unknown>(token));
    }
  });

  it('loads into a container that the host has already, beside the host’s own bindings', () => {
    const container = new Container();
    container.bind('host/name').toConstantValue('The shop');
    container.load(useCasesModule(), systemModule(), inMemoryModule(), hostModule(host));
    container.bind(tokens.gateway).toConstantValue(new InMemoryGateway());
    expect(container.get(SubmitPayment)).toBeInstanceOf(SubmitPayment);
    expect(container.get('host/name')).toBe('The shop');
  });

  it('of a host runs like one of createPayments: what is due is done, and the policy follows from the gateway', async () => {
    const container = new Container();
    const released = Promise.withResolvers<string>();
    const fulfilment = async ({ order }: surface.FulfilmentRequest<unknown>) => released.resolve(order.id);
    const gateway = new InMemoryGateway([], { dialect: 'payment' });
    Object.assign(gateway, { capabilities: { ...gateway.capabilities, timeoutMs: 300_000 } });
    const verify = () => err(surface.webhookRejected('noSecret'));
    container.load(useCasesModule({ maxDeclined: 2 }), systemModule(), inMemoryModule());
    container.load(hostModule({ ...host, fulfilment }));
    container.bind(tokens.gateway).toConstantValue(gateway);
    container.bind(tokens.webhookVerifier).toConstantValue({ verify });
    const payments = surface.paysessionFrom(container);
    expect(payments.policy).toMatchObject({ quietMs: 390_000, recheck: true, maxDeclined: 2 });
    const key = {
      merchantId: surface.merchantId('M')._unsafeUnwrap(),
      orderId: surface.orderId('ORDER-1')._unsafeUnwrap(),
    };
    const { session } = (await payments.openPaySession.execute(key))._unsafeUnwrap();
    (await payments.submitPayment.execute({ ...key, sessionId: session.id }))._unsafeUnwrap();
    expect(await released.promise).toBe('ORDER-1');
    await payments.close();
  });
});

describe('createPayments', () => {
  const anyGateway = { gateway: new InMemoryGateway() };

  it('gives a frozen object of use cases', async () => {
    const payments = createPayments({ ...host, gateway: new InMemoryGateway() });
    expect(Object.isFrozen(payments)).toBe(true);
    for (const useCase of useCases) {
      expect(Object.values(payments).filter((value) => value instanceof useCase)).toHaveLength(1);
    }
    await payments.close();
  });

  it('gives two instances in one process that share nothing', async () => {
    const key = {
      merchantId: surface.merchantId('M')._unsafeUnwrap(),
      orderId: surface.orderId('ORDER-1')._unsafeUnwrap(),
    };
    const [one, other] = [0, 1].map(() => createPayments({ ...host, gateway: new InMemoryGateway() }));
    if (one === undefined || other === undefined) throw new Error('two were made');
    await one.openPaySession.execute(key);
    expect((await one.findPayment.execute(key)).isOk()).toBe(true);
    expect((await other.findPayment.execute(key))._unsafeUnwrapErr().type).toBe('PaymentNotFound');
    for (const name of Object.keys(one)) {
      const [left, right] = [Reflect.get(one, name), Reflect.get(other, name)];
      if (left instanceof Object && 'execute' in left) expect(left).not.toBe(right);
    }
    await Promise.all([one.close(), other.close()]);
  });

  it.each([
    ['no gateway', {}, /prahsys.*gateway/],
    ['no key', { prahsys: { ...prahsys, apiKey: undefined } }, /apiKey/],
    ['a key that is none', { prahsys: { ...prahsys, apiKey: 'pk_1' } }, /apiKey/],
    ['a live key with the simulator', { prahsys: { ...prahsys, apiKey: 'sk_live_1' } }, /apiKey.*apiUrl/],
    [
      'an http address that is not this machine',
      { prahsys: { ...prahsys, apiUrl: 'http://api.example.com' } },
      /apiUrl/,
    ],
    [
      'TEST before the merchant of a live key',
      { prahsys: { merchantId: 'TESTSHOP', apiKey: 'sk_live_1' } },
      /merchantId.*TEST/,
    ],
    [
      'a quiet period that a call can outlive',
      { prahsys: { ...prahsys, timeoutMs: 5000 }, policy: { quietMs: 5000 } },
      /policy\.quietMs.*prahsys\.timeoutMs/,
    ],
    ['a time that is none', { ...anyGateway, policy: { quietMs: Number('soon') } }, /policy\.quietMs/],
    ['a time before now', { ...anyGateway, policy: { agreeMs: -1 } }, /policy\.agreeMs/],
    ['readings that need not be apart', { ...anyGateway, policy: { agreeMs: 0 } }, /policy\.agreeMs/],
    [
      'part of a millisecond',
      { ...anyGateway, policy: { sessionLifetimeMs: 0.5 } },
      /policy\.sessionLifetimeMs/,
    ],
    ['a policy that there is not', { ...anyGateway, policy: { quiteMs: 1 } }, /policy\.quiteMs/],
    [
      'a flag that is a number',
      { ...anyGateway, policy: { recheck: 5 } },
      /policy\.recheck must be true or false/,
    ],
    ['an option that there is not', { ...anyGateway, sweepEvery: 5 }, /no option `sweepEvery`/],
    [
      'a setting of a dialect that there is not',
      { prahsys: { ...prahsys, dialect: 'payment', payment: { verb: 'POST' } } },
      /verb, which is no setting/,
    ],
    ['a sweep at no time', { ...anyGateway, sweepEveryMs: Number('') / 0 }, /sweepEveryMs/],
    ['a sweep as text', { ...anyGateway, sweepEveryMs: '30s' }, /sweepEveryMs/],
    ['a sweep before the last one', { ...anyGateway, sweepEveryMs: -1 }, /sweepEveryMs/],
    ['a sweep later than a timer can wait', { ...anyGateway, sweepEveryMs: 1e12 }, /sweepEveryMs/],
    [
      'no orders',
      { ...anyGateway, orders: undefined },
      /`orders` must be a function, or an object with find\./,
    ],
    ['no release of goods', { ...anyGateway, fulfilment: undefined }, /`fulfilment` must be/],
    ['messages that are none', { ...anyGateway, confirmations: {} }, /`confirmations` must be/],
    [
      'half a storage',
      { ...anyGateway, payments: { find: () => null } },
      /`payments` must be an object with find, save/,
    ],
    [
      'a storage that was not awaited',
      { ...anyGateway, payments: Promise.resolve() },
      /`payments`.*await it/,
    ],
    ['a gateway that is none', { gateway: {} }, /`gateway` must be/],
    [
      'a gateway that does not say how long a call may take',
      { gateway: Object.assign(new InMemoryGateway(), { capabilities: { dialect: 'order', can: [] } }) },
      /`capabilities`.*timeoutMs/,
    ],
    [
      'settings of Prahsys that are wrong, also beside a gateway',
      { ...anyGateway, prahsys: { ...prahsys, webhookSecrets: ['bad'] } },
      /webhookSecrets/,
    ],
    ['no limit of declines', { ...anyGateway, policy: { maxDeclined: Infinity } }, /policy\.maxDeclined/],
  ])('refuses %s with a sentence that names the setting', (_, options, message) => {
    expect(() => createPayments({ ...host, ...options } as surface.PaymentsOptions)).toThrow(message);
  });

  it.each([
    [undefined, 150_000],
    [5000, 95_000],
  ])(
    'waits a minute and a half longer than a call of %j ms may take before "nothing there" counts',
    async (timeoutMs, quietMs) => {
      const module = createPayments({ ...host, prahsys: { ...prahsys, timeoutMs } });
      expect(module.policy.quietMs).toBe(quietMs);
      await module.close();
    },
  );

  it('takes what a policy leaves undefined as not said', async () => {
    const policy = { maxDeclined: undefined } as object;
    const module = createPayments({ ...host, ...anyGateway, policy });
    expect(module.policy.maxDeclined).toBe(5);
    await module.close();
  });

  it('checks webhooks by the secrets of `prahsys` also beside a gateway of the host’s own', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const module = createPayments({
      ...host,
      ...anyGateway,
      prahsys: { ...prahsys, webhookSecrets: [secret] },
    });
    const merchantId = surface.merchantId('MERCHANT-1')._unsafeUnwrap();
    const refused = await module.handleWebhook.execute({ merchantId, headers: {}, body: Buffer.from('{}') });
    expect(refused._unsafeUnwrapErr()).toMatchObject({ reason: 'headers' });
    await module.close();
  });

  it('hands the host’s fulfilment the transaction of its storage, by its type', () => {
    // Never called: that it compiles is the test.
    const onDatabase = (payments: PostgresPayments) =>
      createPayments({
        ...host,
        gateway: new InMemoryGateway(),
        payments,
        fulfilment: async ({ order, tx }) =>
          void (await tx.query('insert into shipment values ($1)', [order.id])),
      });
    expect(onDatabase).toHaveLength(1);
    const release: surface.Fulfil<SqlTransaction> = async ({ tx }) => void (await tx.query('select 1'));
    // @ts-expect-error: in memory there is no transaction to give.
    const inMemory = () => createPayments({ ...host, gateway: new InMemoryGateway(), fulfilment: release });
    expect(inMemory).toHaveLength(0);
  });

  it('sweeps by itself, one sweep at a time, until it is closed', async () => {
    let sweeps = 0;
    let running = 0;
    const swept = Promise.withResolvers<void>();
    const payments = new surface.InMemoryPayments();
    payments.findDue = (now, limit) => {
      running += 1;
      expect(running).toBe(1);
      sweeps += 1;
      if (sweeps === 3) swept.resolve();
      return surface.InMemoryPayments.prototype.findDue.call(payments, now, limit).map((due) => {
        running -= 1;
        return due;
      });
    };
    const module = createPayments({ ...host, gateway: new InMemoryGateway(), payments, sweepEveryMs: 1 });
    await swept.promise;
    await module.close();
    const before = sweeps;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sweeps).toBe(before);
  });

  it.each([
    ['at once while there is more to do than one sweep takes', 0, 0],
    ['at once while most of it succeeds, whatever fails each time', 49, 49],
    ['only when its time has come where most of it fails', 150, 250],
  ])('sweeps again %s', async (_, stuck, left) => {
    jest.useFakeTimers();
    try {
      let now = 0;
      const payments = new surface.InMemoryPayments();
      payments.start = () => undefined;
      const module = createPayments({
        ...host,
        fulfilment: { fulfil: () => errAsync(surface.fulfilmentFailed('no stock')) },
        onProblem: () => undefined,
        orders: async ({ orderId }) => ({
          id: orderId,
          amount: '1.00',
          currency: 'USD',
          description: 'A nut',
        }),
        gateway: new InMemoryGateway(),
        payments,
        clock: { now: () => now },
      });
      const merchantId = surface.merchantId('M')._unsafeUnwrap();
      for (let made = 0; made < 250; made += 1) {
        const orderId = surface.orderId(`NUT-${made}`)._unsafeUnwrap();
        const { session } = (await module.openPaySession.execute({ merchantId, orderId }))._unsafeUnwrap();
        const pay = { merchantId, orderId, sessionId: session.id, revision: null };
        if (made < stuck) (await module.submitPayment.execute(pay))._unsafeUnwrap();
      }
      now += 20 * 60_000;
      await jest.advanceTimersByTimeAsync(29_999);
      expect((await payments.findDue(now, 1000))._unsafeUnwrap()).toHaveLength(250);
      await jest.advanceTimersByTimeAsync(5);
      expect((await payments.findDue(now, 1000))._unsafeUnwrap()).toHaveLength(left);
      await module.close();
    } finally {
      jest.useRealTimers();
    }
  });

  describe('tells what its sweep could not do', () => {
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => {
      jest.restoreAllMocks();
      jest.useRealTimers();
    });
    const minute = 60_000;
    /** A payment that was captured, and whose goods cannot be released; only the sweep tries. */
    const stuck = async (options: Partial<surface.PaymentsOptions> = {}) => {
      const payments = new surface.InMemoryPayments();
      payments.start = () => undefined;
      const fulfilment = { fulfil: () => errAsync(surface.fulfilmentFailed('no stock')) };
      const all = { ...host, gateway: new InMemoryGateway(), payments, fulfilment, ...options };
      const module = createPayments({ ...all, clock: { now: () => Date.now() } });
      const key = {
        merchantId: surface.merchantId('M')._unsafeUnwrap(),
        orderId: surface.orderId('ORDER-1')._unsafeUnwrap(),
      };
      const { session } = (await module.openPaySession.execute(key))._unsafeUnwrap();
      await module.submitPayment.execute({ ...key, sessionId: session.id, revision: null });
      return { module, payments };
    };
    const noStock =
      'sweep: 1 failed of 1 due: payment of order ORDER-1 of merchant M: FulfilmentFailed: no stock';

    it('to the host, once a minute however often it sweeps, and again when it is still so', async () => {
      const problems: string[] = [];
      const { module } = await stuck({ sweepEveryMs: 1000, onProblem: (problem) => problems.push(problem) });
      await jest.advanceTimersByTimeAsync(minute + 1000);
      expect(problems).toEqual([noStock]);
      await jest.advanceTimersByTimeAsync(minute);
      expect(problems).toEqual([noStock, noStock]);
      await module.close();
    });

    it('and sweeps again after five minutes when a function of the host does not answer', async () => {
      const problems: string[] = [];
      let asked = 0;
      const { module, payments } = await stuck({
        sweepEveryMs: minute,
        onProblem: (problem) => problems.push(problem),
        fulfilment: { fulfil: () => new ResultAsync(new Promise(() => (asked += 1))) },
      });
      const looked = jest.spyOn(payments, 'findDue');
      await jest.advanceTimersByTimeAsync(2 * minute);
      expect([asked, problems, looked.mock.calls.length]).toEqual([1, [], 1]);
      await jest.advanceTimersByTimeAsync(5 * minute);
      expect(looked).toHaveBeenCalledTimes(2);
      expect(problems).toEqual(['sweep: no end after 5 minutes: does a function of yours not answer?']);
      const closed = module.close({ waitMs: 1 });
      await jest.advanceTimersByTimeAsync(1);
      await closed;
    });

    it('with three of the payments, however many there are', async () => {
      const problems: string[] = [];
      const { module, payments } = await stuck({
        sweepEveryMs: minute,
        onProblem: (problem) => problems.push(problem),
      });
      const find = payments.findDue.bind(payments);
      payments.findDue = (now, limit) =>
        find(now, limit).map((due) => due.flatMap((each) => Array(7).fill(each)));
      await jest.advanceTimersByTimeAsync(2 * minute);
      const one = 'payment of order ORDER-1 of merchant M: FulfilmentFailed: no stock';
      expect(problems[0]).toBe(`sweep: 7 failed of 7 due: ${one}; ${one}; ${one}`);
      await module.close();
    });

    it('as a warning of the process to a host that does not listen', async () => {
      const warned = jest.spyOn(process, 'emitWarning').mockReturnValue();
      const { module } = await stuck({ sweepEveryMs: minute });
      await jest.advanceTimersByTimeAsync(2 * minute);
      expect(warned.mock.calls).toContainEqual([noStock, 'Paysession']);
      await module.close();
    });

    it.each<[string, () => ReturnType<surface.InMemoryPayments['findDue']>, string]>([
      [
        'does not answer',
        () => errAsync(surface.storageUnavailable('away')) as never,
        'StorageUnavailable: away',
      ],
      ['throws', () => new ResultAsync(Promise.reject(new Error('a defect'))), 'a defect'],
    ])('where the storage %s, and sweeps again when it is well', async (_, findDue, said) => {
      const problems: string[] = [];
      const { module, payments } = await stuck({
        sweepEveryMs: minute,
        fulfilment: host.fulfilment,
        onProblem: (problem) => problems.push(problem),
      });
      const find = payments.findDue.bind(payments);
      payments.findDue = findDue;
      await jest.advanceTimersByTimeAsync(minute);
      expect(problems).toEqual([`sweep: ${said}`]);
      payments.findDue = find;
      await jest.advanceTimersByTimeAsync(2 * minute);
      expect((await find(Date.now() + minute, 1))._unsafeUnwrap()).toEqual([]);
      await module.close();
    });

    it('to a host that throws when it is told, and sweeps on', async () => {
      const warned = jest.spyOn(process, 'emitWarning').mockReturnValue();
      let told = 0;
      const { module } = await stuck({
        sweepEveryMs: minute,
        onProblem: () => {
          told += 1;
          throw new Error('no pager');
        },
      });
      await jest.advanceTimersByTimeAsync(3 * minute);
      expect(told).toBeGreaterThan(1);
      expect(warned.mock.calls).toContainEqual(['onProblem: no pager', 'Paysession']);
      await module.close();
    });
  });

  describe('when it is closed', () => {
    const key = {
      merchantId: surface.merchantId('M')._unsafeUnwrap(),
      orderId: surface.orderId('ORDER-1')._unsafeUnwrap(),
    };
    const slowGateway = () => {
      const gateway = new InMemoryGateway();
      const answer = Promise.withResolvers<void>();
      const pay = gateway.pay.bind(gateway);
      gateway.pay = (request) =>
        pay(request).andThen((outcome) => ResultAsync.fromSafePromise(answer.promise.then(() => outcome)));
      return { gateway, answer };
    };
    const submit = async (payments: surface.Paysession) => {
      const { session } = (await payments.openPaySession.execute(key))._unsafeUnwrap();
      return payments.submitPayment.execute({ ...key, sessionId: session.id, revision: null });
    };

    it('waits for the pay at the gateway, and refuses a further one before anything is sent', async () => {
      const { gateway, answer } = slowGateway();
      const payments = createPayments({ ...host, gateway, sweepEveryMs: 0 });
      const paid = submit(payments);
      await new Promise((resolve) => setImmediate(resolve));
      const closed = payments.close();
      const late = await payments.submitPayment.execute({
        ...key,
        sessionId: 'S' as surface.SessionId,
        revision: null,
      });
      expect(late._unsafeUnwrapErr()).toEqual({ type: 'NotSent', reason: 'shutting down' });
      answer.resolve();
      await closed;
      expect((await paid)._unsafeUnwrap().attempt.outcome).toBe('captured');
    });

    it('hands out no due work any more: whoever comes next releases the goods', async () => {
      const released: string[] = [];
      const storage = new surface.InMemoryPayments();
      const make = (payments: surface.Payments<undefined>) =>
        createPayments({
          ...host,
          fulfilment: async ({ key: of }) => void released.push(of),
          gateway: new InMemoryGateway(),
          payments,
          sweepEveryMs: 0,
        });
      const closed = make(storage);
      await closed.close();
      /** Another process: it saves, and hands nothing out in this one. */
      const elsewhere = make({
        find: storage.find.bind(storage),
        save: storage.save.bind(storage),
        history: storage.history.bind(storage),
        findDue: storage.findDue.bind(storage),
        findNeedingAttention: storage.findNeedingAttention.bind(storage),
      });
      expect((await submit(elsewhere))._unsafeUnwrap().attempt.outcome).toBe('captured');
      await new Promise((resolve) => setImmediate(resolve));
      expect(released).toEqual([]);
      await make(storage).close();
      expect(released).toHaveLength(1);
    });

    it('leaves a pay that does not end to whoever resolves it', async () => {
      const { gateway } = slowGateway();
      const payments = createPayments({ ...host, gateway, sweepEveryMs: 0 });
      void submit(payments);
      await new Promise((resolve) => setImmediate(resolve));
      await payments.close({ waitMs: 10 });
      expect((await payments.findPayment.execute(key))._unsafeUnwrap().payment.states.payment).toBe('paying');
    });
  });
});
