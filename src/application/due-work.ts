import type { ResultAsync } from 'neverthrow';
import { scrub } from '../domain/payment/card-digits.ts';
import type { PaymentEvent } from '../domain/payment/payment-event.ts';
import type { PaymentKey } from './change-payment.ts';

/** What must happen because of an event: the name of the use case that does it. */
export type DueWork = 'fulfilOrder' | 'sendConfirmation' | 'confirmPayment';

/** Events that make goods due. */
const releases: ReadonlySet<PaymentEvent['type']> = new Set<PaymentEvent['type']>([
  'captured',
  'correctedToCaptured',
  // What had held the goods back is over.
  'voidFailed',
  'refundFailed',
  'refundedInPart',
]);

/**
 * Names what must happen next. The storage keeps it together with the event and hands it out at least once, so the use cases that
 * it names do nothing the second time. Nothing is due after an intent: the sweep finds attempts that nobody finished.
 */
export const dueWork = (event: PaymentEvent): readonly DueWork[] => {
  if (event.states.fulfilment === 'due' && releases.has(event.type)) return ['fulfilOrder'];
  return event.type === 'fulfilled' ? ['sendConfirmation'] : [];
};

/** Does one piece of due work. An error means that it is still due. */
export type PerformDueWork = (work: DueWork, key: PaymentKey) => ResultAsync<unknown, unknown>;

/** Why work failed, in words: of the error that it answered, or of what it threw. Scrubbed of card digits. */
export const failureInWords = (failure: unknown): string => {
  const { type, field, reason, message } = Object(failure) as Readonly<Record<string, unknown>>;
  const because = typeof reason === 'object' && reason !== null ? failureInWords(reason) : reason;
  const words = [type, field, because, message].filter((word) => typeof word === 'string' && word !== '');
  return scrub(words.length > 0 ? words.join(': ') : String(failure)).slice(0, 500);
};

/** Tells the host of a problem. One that throws when it is told ends nothing; `warn` hears of that. */
export const safely =
  (onProblem: (problem: string) => void, warn: (problem: string) => void) =>
  (problem: string): void => {
    try {
      onProblem(problem);
    } catch (thrown) {
      warn(`onProblem: ${failureInWords(thrown)}`);
    }
  };

/** Hands out the due work that a storage keeps. */
export interface DueWorkSource {
  /** Hands out everything that is due, and from now on everything that becomes due. */
  start(perform: PerformDueWork): void;
  /** Hands out nothing new, and resolves when what was handed out has ended. */
  stop(): Promise<void>;
}
