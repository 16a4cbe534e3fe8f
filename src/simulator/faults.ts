import { z } from 'zod';

/** What a payment's transactions come of. */
const moneyOperations = ['pay', 'authorize', 'verify', 'capture', 'refund', 'void'] as const;
const operations = [
  'createSession',
  'updateSession',
  'getSession',
  ...moneyOperations,
  'getPayment',
  'listPayments',
  'getTransaction',
  'listTransactions',
  'getStatus',
  'script',
  'formUpdate',
] as const;

/** What a fault may hit: a call of the API, the loading of the script, or the hosted fields' update of a session. */
export type Operation = (typeof operations)[number];

const operation = z.enum(operations);
const times = z.int().positive().default(1);
const ms = z.int().nonnegative();

/** Each kind of fault with what it must be told; "done" means that the call had its effect. */
const fault = z.discriminatedUnion('fault', [
  /** Socket cut, nothing done. */
  z.strictObject({ fault: z.literal('dropBefore'), operation, times }),
  /** Answers `status`, nothing done; `body` goes out as JSON, or as text/html when it is a string. */
  z.strictObject({
    fault: z.literal('status'),
    operation,
    times,
    status: z.int().min(200).max(599),
    body: z.json().optional(),
  }),
  /** Done, then the socket is cut without an answer. */
  z.strictObject({ fault: z.literal('dropAfter'), operation, times }),
  /** Done, then half of the answer's body, then the socket is cut. */
  z.strictObject({ fault: z.literal('truncate'), operation, times }),
  /** Done `ms` later, then answered. */
  z.strictObject({ fault: z.literal('delay'), operation, times, ms }),
  /** Never answered; done if `charge`. */
  z.strictObject({ fault: z.literal('hang'), operation, times, charge: z.boolean().default(false) }),
  /** Answers PENDING; `ms` later the transaction gets `result`, whatever the card says. */
  z.strictObject({
    fault: z.literal('pendingThen'),
    operation: z.enum(moneyOperations),
    times,
    ms,
    result: z.enum(['SUCCESS', 'DECLINED', 'FAILURE', 'UNKNOWN', 'ERROR']).default('SUCCESS'),
  }),
  /** Socket cut; the card's own result appears `ms` later. */
  z.strictObject({ fault: z.literal('lateCommit'), operation: z.enum(moneyOperations), times, ms }),
  /** A proxy between sends it twice: two transactions, the second one answered. */
  z.strictObject({ fault: z.literal('duplicate'), operation: z.enum(['pay', 'authorize']), times }),
  /** The hosted fields report `formStatus`; the card does not reach the session. */
  z.strictObject({
    fault: z.literal('formUpdate'),
    operation: z.literal('formUpdate').default('formUpdate'),
    times,
    formStatus: z.enum(['request_timeout', 'system_error']),
  }),
]);

/** A fault as `POST /_simulator/faults` takes it: unknown operations, kinds and fields do not parse. */
export const faultRequest = fault;

type AnyFault = z.infer<typeof fault>;

/** A fault of the hosted fields' own answer. */
export type FormFault = Extract<AnyFault, { fault: 'formUpdate' }>;

/** A fault of an HTTP call. */
export type Fault = Exclude<AnyFault, FormFault>;

/** Faults wait here in the order they were asked for, and each hits as many calls as its `times` says. */
export class FaultQueue {
  #waiting: { readonly fault: AnyFault; left: number }[] = [];

  add(fault: AnyFault): void {
    this.#waiting.push({ fault, left: fault.times });
  }

  /** The fault that the next call of this operation suffers, used up by asking; undefined when there is none. */
  takeCallFault(operation: Operation): Fault | undefined {
    return this.#take(
      (fault): fault is Fault => fault.fault !== 'formUpdate' && fault.operation === operation,
    );
  }

  /** The fault of the hosted fields' next answer, used up by asking. */
  takeFormFault(): FormFault | undefined {
    return this.#take((fault): fault is FormFault => fault.fault === 'formUpdate');
  }

  clear(): void {
    this.#waiting = [];
  }

  #take<F extends AnyFault>(matches: (fault: AnyFault) => fault is F): F | undefined {
    for (const waiting of this.#waiting) {
      if (!matches(waiting.fault)) continue;
      waiting.left -= 1;
      this.#waiting = this.#waiting.filter(({ left }) => left > 0);
      return waiting.fault;
    }
    return undefined;
  }
}
