import { okAsync, ResultAsync } from 'neverthrow';
import type { PaymentKey } from '../../src/application/change-payment.ts';
import type { DueWork } from '../../src/application/due-work.ts';
import { attemptId, paymentId } from '../../src/domain/payment/ids.ts';
import { defaultPolicy } from '../../src/domain/payment/policy.ts';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { type Instance, instanceIn, type Mutant, type Parts } from './instance.ts';
import { Ledger } from './ledger.ts';
import { Merchant } from './merchant.ts';
import { Operator } from './operator.ts';
import { People } from './people.ts';
import { Rules } from './rules.ts';
import { type Dialect, SimulatedGateway } from './simulated-gateway.ts';
import { SimulatedHost } from './simulated-host.ts';
import { SimulatedPayments } from './simulated-payments.ts';
import { simulatedInbox, SimulatedWebhooks } from './simulated-webhooks.ts';
import { clockSkewMs, Process, World } from './world.ts';

/** `steps`: how much people do. `dialect`: the seed's own when it is not given, so that half of the seeds speak each. */
export type SimulateOptions = Readonly<{ steps?: number; mutant?: Mutant; dialect?: Dialect }>;
/** What a seed came to: `world.broken` is the rule that broke, `world.hash` is equal for equal runs. */
export type Simulated = Readonly<{ seed: number; dialect: Dialect; world: World; ledger: Ledger }>;

const minute = 60_000;
const pauses = [0, 0, 100, 1_000, 10_000, 30_000, 2 * minute, 4 * minute, 20 * minute] as const;

/** Runs one seed: people, processes and faults first, then nobody and no faults until the module's schedule is over. */
export const simulate = async (seed: number, options: SimulateOptions = {}): Promise<Simulated> => {
  const { steps = 20, mutant = (parts) => parts } = options;
  const { dialect = seed % 2 === 0 ? 'payment' : 'order' } = options;
  const world = new World(seed);
  const ledger = new Ledger();
  const simulation = new Simulation(world, ledger, mutant, dialect);
  await simulation.safety(steps);
  await simulation.liveness();
  return { seed, dialect, world, ledger };
};

class Simulation {
  readonly #world: World;
  readonly #rules: Rules;
  readonly #people: People;
  readonly #operator: Operator;
  readonly #merchant: Merchant | null;
  readonly #parts: Parts;
  readonly #instances: Instance[] = [];
  #isCalm = false;
  #names = 0;

  constructor(world: World, ledger: Ledger, mutant: Mutant, dialect: Dialect) {
    this.#world = world;
    this.#rules = new Rules(world, ledger, dialect);
    const stored = new InMemoryPayments();
    stored.start((work, key) => this.#isDue(work, key));
    const host = new SimulatedHost(world, this.#rules);
    const webhooks = new SimulatedWebhooks(world, () => this.#living());
    const announce = (key: PaymentKey) => webhooks.announce(key);
    const gateway = new SimulatedGateway(world, ledger, this.#rules, dialect, announce);
    this.#parts = mutant({
      payments: new SimulatedPayments(world, stored, this.#rules),
      inbox: simulatedInbox(world, stored),
      gateway,
      orders: host,
      fulfilment: host,
      confirmations: host,
      ids: {
        payment: () => paymentId(this.#name('payment-'))._unsafeUnwrap(),
        attempt: () => attemptId(this.#name('attempt-'))._unsafeUnwrap(),
      },
      policy: { ...defaultPolicy, recheck: dialect === 'payment' },
    });
    const merchant = new Merchant(world, this.#rules, gateway.followUps, () => this.#living());
    this.#operator = new Operator(
      world,
      ledger,
      gateway,
      () => this.#living(),
      (payment) => dialect === 'payment' && merchant.followsProposal(payment),
    );
    this.#people = new People(world, this.#operator, () => this.#living(), dialect);
    this.#merchant = dialect === 'order' ? null : merchant;
    for (let slots = world.random.between(1, 3); slots > 0; slots -= 1) this.#boot();
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** Everything may go wrong. */
  async safety(steps: number): Promise<void> {
    const world = this.#world;
    for (let step = 0; step < steps && !world.broken; step += 1) {
      const victim = world.faults.happens('process: killed at any moment') ? this.#living() : null;
      if (victim !== null) world.kill(victim.process);
      const leaving = world.faults.happens('process: shuts down in order') ? this.#living() : null;
      if (leaving !== null) this.#shutsDown(leaving);
      this.#people.act();
      if (this.#merchant !== null && world.random.chance(0.4)) this.#merchant.act();
      const until = world.now + world.random.between(0, world.random.pick(pauses));
      while (!world.broken && world.nextAt <= until) await world.step();
      world.now = until;
    }
  }

  /** Nothing goes wrong any more, nobody acts, and the sweep runs whenever it has something to do. */
  async liveness(): Promise<void> {
    const world = this.#world;
    world.note('--- the faults have stopped');
    world.faults.stop();
    this.#people.leave();
    this.#merchant?.leave();
    this.#isCalm = true;
    const mayDecide = world.random.chance(0.5);
    let isDecided = false;
    let isAsked = this.#merchant === null;
    for (let sweeps = 0; !world.broken && sweeps < 300;) {
      const sweepAt = Math.max(this.#rules.dueAt, world.now) + minute / 2;
      if (world.nextAt === Infinity && sweepAt === Infinity) {
        if (!isAsked) this.#asksOnceMore();
        else if (isDecided) break;
        else this.#operatorDecides(mayDecide);
        isDecided ||= isAsked;
        isAsked = true;
      } else if (world.nextAt <= sweepAt) await world.step();
      else {
        sweeps += 1;
        world.now = sweepAt;
        const instance = this.#living();
        if (instance !== null) world.run(instance.process, 'sweep', () => instance.sweep.execute());
      }
    }
    if (!world.broken) world.guard(() => this.#rules.atTheEnd());
  }

  /** A webhook that was lost tells nobody of what happened after a payment had ended, so somebody asks about each. */
  #asksOnceMore(): void {
    for (const { merchantId, order } of this.#rules.payments())
      this.#perform('confirmPayment', { merchantId, orderId: order.id });
  }

  /** When nothing else is left to do, somebody may look at what needs a person. */
  #operatorDecides(mayDecide: boolean): void {
    for (const payment of this.#rules.payments())
      if (mayDecide) this.#operator.sees(payment);
      else this.#operator.saysAgain(payment);
  }

  /** A process starts; whenever it dies, another one takes its place. */
  #boot(): void {
    const { faults, random } = this.#world;
    const skew = faults.happens('process: its clock is wrong')
      ? random.between(-clockSkewMs, clockSkewMs)
      : 0;
    const process = new Process(this.#name('p'), skew);
    const instance = instanceIn(process, this.#world, this.#parts);
    this.#instances.push(instance);
    void process.died.then(() => {
      this.#instances.splice(this.#instances.indexOf(instance), 1);
      this.#world.after(random.between(500, minute), () => this.#boot());
    });
    this.#sweeps(instance);
  }

  /** It refuses submits, ends when those under way have their outcome, and is killed when that takes too long. */
  #shutsDown({ process, submit, followUp }: Instance): void {
    const world = this.#world;
    const hasClosed = () => {
      const waits = [...world.running].find(({ name }) =>
        ['submit', 'capture', 'void', 'refund'].some((each) => name.startsWith(`${process.name} ${each} `)),
      );
      if (waits !== undefined) world.breaks('A shutdown waits for every submit', waits.name);
      world.kill(process);
    };
    world.run(
      process,
      'shutdown',
      () => ResultAsync.fromSafePromise(Promise.all([submit.close(), followUp.close()])),
      hasClosed,
    );
    world.after(world.random.between(1_000, 2 * minute), () => world.kill(process));
  }

  #living(): Instance | null {
    const [first, ...others] = this.#instances;
    return first === undefined ? null : this.#world.random.pick([first, ...others]);
  }

  /** Every half minute or so, the next time only after the last one has ended. It sleeps longer while nothing is due. */
  #sweeps(instance: Instance): void {
    if (this.#isCalm) return;
    const again = () => {
      const untilDue = Math.max(this.#rules.dueAt - this.#world.now, 0);
      const pause = Math.min(untilDue, 10 * minute) + this.#world.random.between(5_000, minute);
      this.#world.after(pause, () => this.#sweeps(instance));
    };
    this.#world.run(instance.process, 'sweep', () => instance.sweep.execute(), again);
  }

  /** The storage hands out what became due. */
  #isDue(work: DueWork, key: PaymentKey): ResultAsync<unknown, unknown> {
    const { faults, random } = this.#world;
    const perform = () => this.#perform(work, key);
    if (!faults.happens('jobs: lost')) this.#world.after(random.between(1, 500), perform);
    if (faults.happens('jobs: delivered twice')) this.#world.after(random.between(1, 5_000), perform);
    return okAsync(null);
  }

  #perform(work: DueWork, key: PaymentKey): void {
    const instance = this.#living();
    const useCase: { execute(key: PaymentKey): ResultAsync<unknown, unknown> } | undefined = instance?.[work];
    const command = work === 'confirmPayment' ? { ...key, evenIfSettled: true } : key;
    if (instance && useCase) this.#world.run(instance.process, work, () => useCase.execute(command));
  }
}
