import { randomBytes } from 'node:crypto';
import type { Ids } from '../../application/ports/ids.ts';
import { attemptId, paymentId } from '../../domain/payment/ids.ts';

/** Random bytes for the next ids: asking for a few at a time costs a hundred times as much. */
let pool = Buffer.alloc(0);

/** 128 random bits: a version 4 UUID has only 122. */
const random = (prefix: string): string => {
  if (pool.length === 0) pool = randomBytes(4096);
  const bits = pool.subarray(0, 16);
  pool = pool.subarray(16);
  return `${prefix}_${bits.toString('base64url')}`;
};

/** Ids that nobody can guess. */
export const randomIds: Ids = {
  payment: () => paymentId(random('pay'))._unsafeUnwrap(),
  attempt: () => attemptId(random('att'))._unsafeUnwrap(),
};
