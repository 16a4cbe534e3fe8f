import { err, ok, type Result } from 'neverthrow';

declare const kind: unique symbol;
type Id<Kind extends string> = string & { readonly [kind]: Kind };

/** The host's own id of what it sells. */
export type OrderId = Id<'Order'>;
/** An account at the gateway. */
export type MerchantId = Id<'Merchant'>;
/** The gateway's id of a pay session: opaque to us. */
export type SessionId = Id<'Session'>;
/** Ours, from a random source. */
export type PaymentId = Id<'Payment'>;
/** Ours, from a random source. */
export type AttemptId = Id<'Attempt'>;

export type InvalidId = Readonly<{ type: 'InvalidId'; kind: string; reason: string }>;
const invalidId = (what: string, reason: string): InvalidId => ({ type: 'InvalidId', kind: what, reason });

const orderIdShape = /^(?!\.)[A-Za-z0-9._-]{1,40}$/;
const opaqueShape = /^[A-Za-z0-9_-]{1,100}$/;

const parser =
  <Kind extends string>(what: Kind, shape: RegExp, reason: string) =>
  (text: string): Result<Id<Kind>, InvalidId> =>
    // What is no text would become text in the test.
    String(text) === text && shape.test(text)
      ? ok(text as Id<Kind>)
      : err(invalidId(what.toLowerCase(), reason));

/** 1-40 of `[A-Za-z0-9._-]`, not starting with a dot: the gateway's limit, and safe in a path. */
export const orderId = parser('Order', orderIdShape, '1 to 40 of A-Z a-z 0-9 . _ - and no dot in front');
/** The same shape as an order's id. */
export const merchantId = parser(
  'Merchant',
  orderIdShape,
  '1 to 40 of A-Z a-z 0-9 . _ - and no dot in front',
);
/** 1-100 of `[A-Za-z0-9_-]`; nothing else is assumed, since the gateway changed its shape before. */
export const sessionId = parser('Session', opaqueShape, '1 to 100 of A-Z a-z 0-9 _ -');
export const paymentId = parser('Payment', opaqueShape, '1 to 100 of A-Z a-z 0-9 _ -');
export const attemptId = parser('Attempt', opaqueShape, '1 to 100 of A-Z a-z 0-9 _ -');
