import type { PaymentEvent } from '../domain/payment/payment-event.ts';

/** What must happen because of an event: the name of the use case that does it. */
export type DueWork = 'fulfilOrder' | 'sendConfirmation';

/**
 * Names what must happen next. The storage keeps it together with the event and hands it out at least once, so the use cases that
 * it names do nothing the second time. Nothing is due after an intent: the sweep finds attempts that nobody finished.
 */
export const dueWork = (event: PaymentEvent): readonly DueWork[] => {
  if (event.type === 'captured') return ['fulfilOrder'];
  return event.type === 'fulfilled' ? ['sendConfirmation'] : [];
};
