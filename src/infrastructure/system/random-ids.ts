import { randomBytes } from 'node:crypto';
import type { Ids } from '../../application/ports/ids.ts';
import { attemptId, paymentId } from '../../domain/payment/ids.ts';

/** 128 random bits: a version 4 UUID has only 122. */
const random = (prefix: string): string => `${prefix}_${randomBytes(16).toString('base64url')}`;

/** Ids that nobody can guess. */
export const randomIds: Ids = {
  payment: () => paymentId(random('pay'))._unsafeUnwrap(),
  attempt: () => attemptId(random('att'))._unsafeUnwrap(),
};
