/** Where setTimeout stops being exact: a longer wait is armed again when this has passed. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** ISO 8601 with an offset, as the gateway writes it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}

type Due = { readonly atMs: number; readonly run: () => void };

/**
 * The simulator's clock: real time plus an offset that a test may set. Everything that waits in the simulator waits on this clock, so
 * moving it forward fires at once, in order, what became due.
 */
export class SimulatorClock {
  #offsetMs: number;
  #due: Due[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs;
  }

  /** The time, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Sets the time; what became due has run when this returns. Going back delays what is waiting. */
  set(nowMs: number): void {
    this.#offsetMs = nowMs - Date.now();
    this.#fire();
  }

  /** Runs `run` once the clock reads `atMs`. */
  at(atMs: number, run: () => void): void {
    this.#due.push({ atMs, run });
    this.#due.sort((a, b) => a.atMs - b.atMs);
    this.#arm();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now() + ms, resolve));
  }

  /** Forgets everything that waits: it will never run. */
  clear(): void {
    this.#due = [];
    clearTimeout(this.#timer);
  }

  #fire(): void {
    for (let next = this.#due[0]; next && next.atMs <= this.now(); next = this.#due[0]) {
      this.#due.shift();
      next.run();
    }
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#due[0];
    if (!next) return;
    const waitMs = Math.min(Math.max(next.atMs - this.now(), 0), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#fire(), waitMs);
  }
}
