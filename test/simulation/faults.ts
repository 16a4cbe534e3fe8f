import type { Random } from './random.ts';

/** Everything that can go wrong, and how likely it is each time that it could. */
const rates = {
  'storage: a read fails': 0.04,
  'storage: a save fails before it commits': 0.05,
  'storage: a save commits and its answer is lost': 0.05,
  'storage: a save commits after it was given up': 0.02,
  'storage: an answer takes minutes': 0.02,
  'call: the request is slow': 0.04,
  'call: the answer is slow': 0.04,
  'process: killed before a request leaves': 0.008,
  'process: killed after a request left': 0.008,
  'process: killed before an answer arrives': 0.008,
  'process: killed at any moment': 0.05,
  'process: shuts down in order': 0.05,
  'process: stands still for minutes': 0.004,
  'process: its clock is wrong': 0.3,
  'session: the request is lost': 0.04,
  'session: the answer is lost': 0.04,
  'session: refused': 0.02,
  "session: the id is another order's": 0.08,
  'pay: surely not sent': 0.1,
  'pay: the request is lost': 0.14,
  'pay: charged, the answer is lost': 0.14,
  'pay: charged after the answer was given up': 0.3,
  'pay: charged after the quiet period': 0.15,
  'pay: refused': 0.08,
  'pay: the session is gone': 0.08,
  'pay: declined': 0.25,
  'pay: pending, then charged': 0.15,
  'pay: pending, then declined': 0.12,
  'pay: pending for ever': 0.08,
  'pay: authorized, then charged': 0.1,
  'pay: authorized for ever': 0.12,
  'pay: charged another amount': 0.12,
  'pay: charged in another currency': 0.12,
  'pay: the charge names another order': 0.12,
  'pay: the answer names no amount': 0.15,
  'pay: carried out twice': 0.12,
  'pay: the answer names no transaction': 0.15,
  'follow-up: surely not sent': 0.1,
  'follow-up: the request is lost': 0.14,
  'follow-up: done, the answer is lost': 0.14,
  'follow-up: done after the answer was given up': 0.14,
  'follow-up: done after the quiet period': 0.1,
  'follow-up: refused': 0.08,
  'follow-up: declined, the answer is lost': 0.1,
  'follow-up: pending, then done': 0.15,
  'follow-up: pending, then declined': 0.12,
  'follow-up: pending for ever': 0.08,
  'follow-up: carried out twice': 0.1,
  'follow-up: the answer names no transaction': 0.15,
  'follow-up: the answer names no amount': 0.15,
  'elsewhere: somebody moves money at the gateway itself': 0.2,
  'webhook: lost': 0.3,
  'webhook: comes hours later': 0.2,
  'webhook: comes eight times': 0.1,
  'webhook: lies': 0.15,
  'webhook: names no order': 0.1,
  'webhook: is not signed': 0.1,
  'read: fails': 0.08,
  'read: refused': 0.04,
  'read: says nothing clear': 0.08,
  'read: names no amount': 0.3,
  'read: stale': 0.25,
  'read: says once that nothing is there': 0.4,
  'orders: no answer': 0.04,
  'orders: the price changes': 0.08,
  'orders: the order is withdrawn': 0.01,
  'fulfil: fails': 0.15,
  'fulfil: acts, then fails': 0.1,
  'confirm: fails': 0.15,
  'confirm: sent, then fails': 0.1,
  'jobs: lost': 0.1,
  'jobs: delivered twice': 0.2,
  'host: registers the payment first': 0.1,
  'payer: clicks twice': 0.25,
  'payer: cancels': 0.04,
  "payer: submits another tab's session": 0.08,
  'operator: decides what needs a person': 0.7,
} as const;

export type Fault = keyof typeof rates;
export const allFaults = Object.keys(rates) as Fault[];

/** What cannot go wrong in the order dialect: it has no follow-ups and no webhooks, and shows one pay of a session. */
export const faultsOfPaymentDialect: ReadonlySet<Fault> = new Set(
  allFaults.filter((fault) => /^(follow-up|elsewhere|webhook): |carried out twice$/.test(fault)),
);

/** Decides what goes wrong. Each seed knows only some kinds of fault, so that rare ones are not always hidden behind others. */
export class Faults {
  readonly fired = new Map<Fault, number>();
  readonly #random: Random;
  readonly #possible: ReadonlySet<Fault>;
  readonly #intensity: number;
  #stopped = false;

  constructor(random: Random) {
    this.#random = random;
    this.#possible = new Set(allFaults.filter(() => random.chance(0.5)));
    this.#intensity = random.pick([0.5, 1, 1, 2]);
  }

  happens(fault: Fault): boolean {
    if (this.#stopped || !this.#possible.has(fault)) return false;
    if (!this.#random.chance(rates[fault] * this.#intensity)) return false;
    this.fired.set(fault, (this.fired.get(fault) ?? 0) + 1);
    return true;
  }

  /** The first of these that happens, if any does. */
  oneOf<F extends Fault>(faults: readonly F[]): F | null {
    return faults.find((fault) => this.happens(fault)) ?? null;
  }

  stop(): void {
    this.#stopped = true;
  }
}
