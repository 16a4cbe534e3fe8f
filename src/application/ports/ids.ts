import type { AttemptId, PaymentId } from '../../domain/payment/ids.ts';

/** Makes ids that nobody can guess (at least 128 random bits) and that never repeat. */
export interface Ids {
  payment(): PaymentId;
  attempt(): AttemptId;
}
