import { okAsync, type Result, type ResultAsync } from 'neverthrow';
import { CancelPayment } from '../../src/application/cancel-payment.ts';
import type { PaymentKey } from '../../src/application/change-payment.ts';
import { ConfirmPayment } from '../../src/application/confirm-payment.ts';
import type { DueWork } from '../../src/application/due-work.ts';
import { FindPayment } from '../../src/application/find-payment.ts';
import { FulfilOrder } from '../../src/application/fulfil-order.ts';
import {
  OpenPaySession,
  type OpenPaySessionError,
  type PayableSession,
} from '../../src/application/open-pay-session.ts';
import type { Confirmations } from '../../src/application/ports/confirmations.ts';
import type { Fulfilment } from '../../src/application/ports/fulfilment.ts';
import type { Orders } from '../../src/application/ports/orders.ts';
import type { PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import type { Payments } from '../../src/application/ports/payments.ts';
import { ResolveUnfinished } from '../../src/application/resolve-unfinished.ts';
import { SendConfirmation } from '../../src/application/send-confirmation.ts';
import {
  type SubmitPaymentError,
  type SubmittedPayment,
  SubmitPayment,
} from '../../src/application/submit-payment.ts';
import { UpdatePaySession } from '../../src/application/update-pay-session.ts';
import { attemptId, merchantId, orderId, paymentId, type SessionId } from '../../src/domain/payment/ids.ts';
import { defaultPolicy, type Policy } from '../../src/domain/payment/policy.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import type { Fault } from './faults.ts';
import { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import { Rules } from './rules.ts';
import { SimulatedGateway } from './simulated-gateway.ts';
import { SimulatedHost } from './simulated-host.ts';
import { SimulatedPayments, type Transaction } from './simulated-payments.ts';
import { type Broken, Process, World } from './world.ts';

/** What the use cases of every process are built from. */
export type Parts = Readonly<{
  payments: Payments<Transaction>;
  gateway: PaymentGateway;
  orders: Orders;
  fulfilment: Fulfilment<Transaction>;
  confirmations: Confirmations;
  policy: Policy;
}>;

/** Makes a part lie, or forget a rule: the simulation must notice. */
export type Mutant = (parts: Parts) => Parts;

/** `steps`: how much people do. */
export type SimulateOptions = Readonly<{ steps?: number; mutant?: Mutant }>;

export type Simulated = Readonly<{
  seed: number;
  broken: Broken | null;
  trace: readonly string[];
  /** Equal for equal runs. */
  hash: string;
  fired: ReadonlyMap<Fault, number>;
  pays: number;
  charges: number;
}>;

/** One instance of the module, as a process has it. */
type Instance = Readonly<{ process: Process } & ReturnType<typeof useCases>>;

type Tab = { key: PaymentKey; sessionId: SessionId | null; revision: number | null };

const minute = 60_000;

/** Runs one seed: people, processes and faults first, then nobody and no faults until the module's schedule is over. */
export const simulate = async (
  seed: number,
  { steps = 25, mutant = (parts) => parts }: SimulateOptions = {},
): Promise<Simulated> => {
  const world = new World(seed);
  const ledger = new Ledger();
  const rules = new Rules(world, ledger);
  const simulation = new Simulation(world, ledger, rules, mutant);
  await simulation.safety(steps);
  await simulation.liveness();
  const { broken, trace, hash, faults } = world;
  const { calls, charges } = ledger;
  return {
    seed,
    broken,
    trace,
    hash: hash.toString(16),
    fired: faults.fired,
    pays: calls.length,
    charges: charges.length,
  };
};

const useCases = (
  parts: Parts,
  clock: { now(): number },
  ids: ConstructorParameters<typeof OpenPaySession>[3],
) => {
  const { payments, gateway, orders, fulfilment, confirmations, policy } = parts;
  const open = new OpenPaySession(orders, payments, gateway, ids, clock, policy);
  const confirm = new ConfirmPayment(payments, gateway, clock, policy);
  const fulfil = new FulfilOrder(payments, fulfilment, clock);
  const send = new SendConfirmation(payments, confirmations, clock);
  return {
    open,
    confirm,
    fulfil,
    send,
    update: new UpdatePaySession(orders, payments, gateway, open, clock),
    submit: new SubmitPayment(orders, payments, gateway, ids, clock, policy),
    cancel: new CancelPayment(orders, payments, ids, clock),
    find: new FindPayment(payments),
    sweep: new ResolveUnfinished(payments, confirm, fulfil, send, clock),
  };
};

class Simulation {
  readonly #world: World;
  readonly #rules: Rules;
  readonly #parts: Parts;
  readonly #instances: Instance[] = [];
  readonly #tabs: readonly [Tab, ...Tab[]];
  #isCalm = false;
  #processes = 0;
  #ids = 0;

  constructor(world: World, ledger: Ledger, rules: Rules, mutant: Mutant) {
    this.#world = world;
    this.#rules = rules;
    const stored = new InMemoryPayments();
    stored.start((work, key) => this.#isDue(work, key));
    const host = new SimulatedHost(world, rules);
    const gateway = new SimulatedGateway(world, ledger, rules);
    const payments = new SimulatedPayments(world, stored, rules);
    const ports = { payments, gateway, orders: host, fulfilment: host, confirmations: host };
    this.#parts = mutant({ ...ports, policy: defaultPolicy });
    this.#tabs = tabsOf(world.random);
    for (let slots = world.random.between(1, 3); slots > 0; slots -= 1) this.#boot();
  }

  /** Everything may go wrong. */
  async safety(steps: number): Promise<void> {
    const { random } = this.#world;
    for (let step = 0; step < steps && !this.#world.broken; step += 1) {
      this.#someoneActs();
      const pause = random.pick([0, 0, 100, 1_000, 10_000, 30_000, 2 * minute, 4 * minute, 20 * minute]);
      const until = this.#world.now + random.between(0, pause);
      while (this.#world.nextAt !== null && this.#world.nextAt <= until) await this.#next();
      this.#world.now = until;
    }
  }

  /** Nothing goes wrong any more, nobody acts, and the sweep runs whenever it has something to do. */
  async liveness(): Promise<void> {
    const world = this.#world;
    world.faults.stop();
    world.note('--- the faults have stopped');
    this.#isCalm = true;
    for (let sweeps = 0; !world.broken;) {
      const { nextAt } = world;
      const sweepAt = this.#rules.dueAt === null ? null : Math.max(this.#rules.dueAt, world.now) + minute / 2;
      if (nextAt === null && sweepAt === null) break;
      if (nextAt !== null && (sweepAt === null || nextAt <= sweepAt)) await this.#next();
      else {
        sweeps += 1;
        world.now = sweepAt ?? world.now;
        const instance = this.#living();
        if (instance !== null) world.run(instance.process, 'sweep', () => instance.sweep.execute());
        if (sweeps > 300) world.guard(() => this.#neverEnds());
      }
    }
    world.guard(() => this.#rules.atTheEnd());
  }

  #neverEnds(): never {
    throw this.#world.breaks('Everything ends', 'the sweep still has something to do');
  }

  async #next(): Promise<void> {
    await this.#world.step();
    if (this.#world.broken) this.#world.clear();
  }

  /** A process starts; whenever it dies, another one takes its place. */
  #boot(): void {
    const world = this.#world;
    this.#processes += 1;
    const skew = world.faults.happens('process: its clock is wrong')
      ? world.random.between(-10_000, 10_000)
      : 0;
    const process = new Process(`p${this.#processes}`, skew);
    const clock = { now: () => world.now + skew };
    const ids = {
      payment: () => paymentId(`payment-${(this.#ids += 1)}`)._unsafeUnwrap(),
      attempt: () => attemptId(`attempt-${(this.#ids += 1)}`)._unsafeUnwrap(),
    };
    const instance: Instance = { process, ...useCases(this.#parts, clock, ids) };
    this.#instances.push(instance);
    void process.died.then(() => {
      this.#instances.splice(this.#instances.indexOf(instance), 1);
      world.after(world.random.between(500, minute), () => this.#boot());
    });
    this.#sweepsNow(instance);
  }

  #living(): Instance | null {
    const [first, ...others] = this.#instances;
    return first === undefined ? null : this.#world.random.pick([first, ...others]);
  }

  /** Sweeps every half minute or so, the next time only after the last one has ended; sleeps while nothing is due. */
  #sweepsNow(instance: Instance): void {
    if (this.#isCalm) return;
    this.#world.run(
      instance.process,
      'sweep',
      () => instance.sweep.execute(),
      () => {
        const due = (this.#rules.dueAt ?? Infinity) - this.#world.now;
        const pause = Math.min(Math.max(due, 0), 10 * minute) + this.#world.random.between(5_000, minute);
        this.#world.after(pause, () => this.#sweepsNow(instance));
      },
    );
  }

  /** The storage hands out what became due. */
  #isDue(work: DueWork, key: PaymentKey): ResultAsync<unknown, unknown> {
    const { faults, random } = this.#world;
    const perform = () => {
      const instance = this.#living();
      const useCase = work === 'fulfilOrder' ? instance?.fulfil : instance?.send;
      if (instance && useCase)
        this.#world.run<unknown, unknown>(instance.process, work, () => useCase.execute(key));
    };
    if (!faults.happens('jobs: lost')) this.#world.after(random.between(1, 500), perform);
    if (faults.happens('jobs: delivered twice')) this.#world.after(random.between(1, 5_000), perform);
    return okAsync(null);
  }

  #someoneActs(): void {
    const { faults, random } = this.#world;
    const instance = this.#living();
    if (instance === null) return;
    if (faults.happens('process: killed at any moment')) return this.#world.kill(instance.process);
    const tab = random.pick(this.#tabs);
    if (faults.happens('payer: cancels')) {
      return this.#world.run(instance.process, `cancel ${tab.key.orderId}`, () =>
        instance.cancel.execute(tab.key),
      );
    }
    if (tab.sessionId === null) return this.#opens(instance, tab);
    const act = random.pick(['submit', 'submit', 'submit', 'update', 'poll', 'reload']);
    if (act === 'update' || act === 'reload')
      this.#opens(instance, tab, act === 'update' ? 'update' : 'open');
    else if (act === 'poll') this.#polls(instance, tab);
    else this.#submits(instance, tab);
  }

  #opens(instance: Instance, tab: Tab, how: 'open' | 'update' = 'open'): void {
    const done = (opened: Result<PayableSession, OpenPaySessionError>) => {
      if (opened.isErr()) {
        if (opened.error.type === 'NotPayable' && this.#world.random.chance(0.3)) this.#buysMore(tab);
        return;
      }
      tab.sessionId = opened.value.session.id;
      tab.revision = opened.value.payment.revision;
      if (this.#world.random.chance(0.3)) return;
      this.#world.after(this.#world.random.between(1_000, minute), () =>
        this.#submits(this.#living() ?? instance, tab),
      );
    };
    this.#world.run(
      instance.process,
      `${how} ${tab.key.orderId}`,
      () => instance[how].execute(tab.key),
      done,
    );
  }

  #submits(instance: Instance, tab: Tab): void {
    const { faults, random } = this.#world;
    const own = tab.sessionId;
    if (own === null || this.#isCalm) return;
    const another = random.pick(this.#tabs).sessionId ?? own;
    const sessionId = faults.happens("payer: submits another tab's session") ? another : own;
    const revision = random.chance(0.8) ? tab.revision : null;
    const done = (submitted: Result<SubmittedPayment, SubmitPaymentError>) => {
      const isWorthAnother = submitted.isErr()
        ? !['NotSent', 'AttemptInFlight', 'StorageUnavailable'].includes(submitted.error.type)
        : submitted.value.attempt.outcome === 'declined';
      if (submitted.isErr() && submitted.error.type === 'PriceChanged')
        return this.#opens(instance, tab, 'update');
      if (isWorthAnother) tab.sessionId = null;
      const { outcome } = submitted.isOk() ? submitted.value.attempt : { outcome: null };
      for (let polls = outcome === 'unknown' || outcome === 'pending' ? 3 : 0; polls > 0; polls -= 1) {
        this.#world.after(random.between(1_000, 3 * minute), () =>
          this.#polls(this.#living() ?? instance, tab),
        );
      }
      if (outcome === 'captured' && random.chance(0.5)) this.#buysMore(tab);
    };
    const click = ({ process, submit }: Instance) => {
      const command = { ...tab.key, sessionId, revision };
      this.#world.run(process, `submit ${tab.key.orderId} ${sessionId}`, () => submit.execute(command), done);
    };
    click(instance);
    if (faults.happens('payer: clicks twice')) click(this.#living() ?? instance);
  }

  /** The payer goes on to another order. */
  #buysMore(tab: Tab): void {
    tab.key = orderOf(this.#world.random, this.#world.random.between(1, 8));
    tab.sessionId = null;
  }

  #polls({ process, confirm, find }: Instance, { key }: Tab): void {
    this.#world.run(process, `poll ${key.orderId}`, () =>
      confirm
        .execute(key)
        .orElse(() => okAsync(null))
        .andThen(() => find.execute(key)),
    );
  }
}

/** One to three orders of two merchants, whose ids may be the same, each open in one to three tabs. */
const tabsOf = (random: Random): readonly [Tab, ...Tab[]] => {
  const tabs = Array.from({ length: random.between(1, 3) }, () => {
    const key = orderOf(random, random.between(1, 2));
    return Array.from({ length: random.between(1, 3) }, (): Tab => ({
      key,
      sessionId: null,
      revision: null,
    }));
  }).flat();
  const [first, ...others] = tabs;
  if (first === undefined) throw new Error('nobody came');
  return [first, ...others];
};

const orderOf = (random: Random, number: number): PaymentKey => ({
  merchantId: merchantId(`M-${random.between(1, 2)}`)._unsafeUnwrap(),
  orderId: orderId(`O-${number}`)._unsafeUnwrap(),
});
