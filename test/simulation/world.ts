import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { type Result, ResultAsync } from 'neverthrow';
import { Faults } from './faults.ts';
import { type Random, randomFrom } from './random.ts';

/** A rule of the module that did not hold. */
export class Broken extends Error {
  readonly rule: string;

  constructor(rule: string, detail: string) {
    super(`${rule}: ${detail}`);
    this.rule = rule;
  }
}

/** How far a process's clock may be from the gateway's. */
export const clockSkewMs = 10_000;

/** One run of the host's process. Once it is dead, no answer reaches it and nothing that it says leaves. */
export class Process {
  readonly name: string;
  readonly clockSkew: number;
  /** Resolves when the process dies. */
  readonly died: Promise<void>;
  alive = true;
  frozenUntil = 0;
  readonly #announce: () => void;

  constructor(name: string, clockSkew: number) {
    this.name = name;
    this.clockSkew = clockSkew;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    this.#announce = resolve;
  }

  die(): void {
    this.alive = false;
    this.#announce();
  }
}

/** One use case under way, and what it waits for. */
type Thread = {
  readonly name: string;
  readonly process: Process;
  waits: { storage: number; gateway: number };
};
type Event = Readonly<{ at: number; run: () => void }>;

const threads = new AsyncLocalStorage<Thread>();
const start = Date.UTC(2026, 0, 5, 12);

/**
 * The time, the wires and the processes of one simulation. Nothing happens by itself: all calls through the ports are events on a
 * virtual clock, and the seed alone determines their order, their delays and their faults.
 */
export class World {
  readonly random: Random;
  readonly faults: Faults;
  readonly trace: string[] = [];
  readonly running = new Set<Thread>();
  now = start;
  broken: Broken | null = null;
  readonly #queue: Event[] = [];

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.faults = new Faults(this.random);
  }

  /** When the next event happens; Infinity when nothing is under way. */
  get nextAt(): number {
    return this.#queue[0]?.at ?? Infinity;
  }

  after(delay: number, run: () => void): void {
    const at = this.now + delay;
    const index = this.#queue.findLastIndex((event) => event.at <= at) + 1;
    this.#queue.splice(index, 0, { at, run });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets the next event happen, and everything that follows from it without another event. */
  async step(): Promise<void> {
    const event = this.#queue.shift();
    if (event === undefined) return;
    this.now = Math.max(this.now, event.at);
    this.guard(event.run);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Runs code in which a rule may break; the first one that does ends the simulation. */
  guard(check: () => void): void {
    try {
      check();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** The first rule that breaks ends the simulation, also when what is thrown is caught. */
  breaks(rule: string, detail: string): Broken {
    return (this.broken ??= new Broken(rule, detail));
  }

  #fail(thrown: unknown): void {
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.breaks('Nothing throws', detail);
  }

  note(line: string): void {
    this.trace.push(`${((this.now - start) / 1000).toFixed(3).padStart(11)}s ${line}`);
  }

  /** Equal for equal runs. */
  get hash(): string {
    return createHash('sha256').update(this.trace.join('\n')).digest('hex');
  }

  /** Starts a use case in a process. */
  run<T, E>(
    process: Process,
    what: string,
    useCase: () => ResultAsync<T, E>,
    done = (_: Result<T, E>) => {},
  ): void {
    if (!process.alive) return;
    const thread: Thread = { name: `${process.name} ${what}`, process, waits: { storage: 0, gateway: 0 } };
    this.running.add(thread);
    void process.died.then(() => this.running.delete(thread));
    this.note(`${thread.name} begins`);
    void threads.run(thread, async () => {
      try {
        const result = await useCase();
        this.note(`${thread.name} ends: ${inWords(result)}`);
        done(result);
      } catch (thrown) {
        this.#fail(thrown);
      }
      this.running.delete(thread);
    });
  }

  /** The process whose code is running. */
  caller(): Process {
    const thread = threads.getStore();
    if (thread === undefined) throw new Error('no process is running');
    return thread.process;
  }

  /**
   * A call through a port: the request takes its time, is served all at once or not at all, and the answer takes its time. The
   * process may die at each of these moments.
   */
  call<T, E>(
    to: 'storage' | 'gateway' | 'host',
    what: string,
    serve: () => PromiseLike<Result<T, E>> | Result<T, E>,
  ): ResultAsync<T, E> {
    const thread = threads.getStore();
    if (thread === undefined) throw new Error(`${what} is called by nobody`);
    const { process, waits } = thread;
    return new ResultAsync(
      new Promise<Result<T, E>>((answer) => {
        if (!process.alive) return;
        if (this.faults.happens('process: killed before a request leaves')) return this.kill(process);
        this.note(`${thread.name} → ${what}`);
        if (to !== 'host') this.#waits(thread, to, what);
        const serveAndAnswer = async () => {
          const result = await threads.run(thread, serve);
          const isLate = to === 'storage' && this.faults.happens('storage: an answer takes minutes');
          const late = isLate ? this.random.between(60_000, 300_000) : 0;
          this.after(late + this.#delay('call: the answer is slow'), () => {
            this.#deliver(process, () => {
              this.note(`${thread.name} ← ${what}: ${inWords(result)}`);
              if (to !== 'host') waits[to] -= 1;
              answer(result);
            });
          });
        };
        this.after(this.#delay('call: the request is slow'), () => {
          serveAndAnswer().catch((thrown: unknown) => this.#fail(thrown));
        });
        if (this.faults.happens('process: killed after a request left')) this.kill(process);
      }),
    );
  }

  #waits(thread: Thread, to: 'storage' | 'gateway', what: string): void {
    const { waits } = thread;
    const other = to === 'storage' ? 'gateway' : 'storage';
    if (waits[other] > 0) {
      throw this.breaks('No storage is held while the gateway is waited for', `${thread.name} → ${what}`);
    }
    waits[to] += 1;
  }

  #delay(slow: 'call: the request is slow' | 'call: the answer is slow'): number {
    return this.faults.happens(slow) ? this.random.between(1_000, 15_000) : this.random.between(1, 200);
  }

  #deliver(process: Process, answer: () => void): void {
    if (!process.alive) return;
    if (this.faults.happens('process: killed before an answer arrives')) return this.kill(process);
    if (this.faults.happens('process: stands still for minutes')) {
      for (const each of new Set([...this.running].map((thread) => thread.process))) {
        if (each === process || this.random.chance(0.5)) this.#freeze(each);
      }
    }
    if (process.frozenUntil <= this.now) answer();
    else this.after(process.frozenUntil - this.now, () => this.#deliver(process, answer));
  }

  /** The machine has no time for a process, or for several at once. */
  #freeze(process: Process): void {
    process.frozenUntil = this.now + this.random.between(30_000, this.random.pick([300_000, 900_000]));
    this.note(`${process.name} stands still`);
  }

  kill(process: Process): void {
    if (!process.alive) return;
    this.note(`${process.name} is killed`);
    process.die();
  }
}

const inWords = (result: Result<unknown, unknown>): string => {
  const { value: answer, word } = result.isOk()
    ? { value: result.value, word: 'ok' }
    : { value: result.error, word: 'error' };
  const isTagged = typeof answer === 'object' && answer !== null && 'type' in answer;
  return isTagged ? `${word} ${String(answer.type)}` : word;
};
