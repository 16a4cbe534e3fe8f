import type { Order } from '../../domain/payment/order.ts';

const plain = /^[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$/;

/**
 * The customer of a new session. The gateway refuses a session for an address that it does not like, and the payer could not pay: one of
 * an unusual shape is left out. Our own confirmation goes to it all the same.
 */
export const customerOf = ({ customerEmail: email }: Order): { customer?: { email: string } } =>
  email !== null && plain.test(email) ? { customer: { email } } : {};
