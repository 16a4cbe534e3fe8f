import type { PublicStatus } from '../../domain/payment/public-status.ts';

/** What goes out: `body` becomes JSON. */
export type Answer = Readonly<{ status: number; headers: Readonly<Record<string, string>>; body: object }>;

export const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

const answer = (status: number, body: object): Answer => ({
  status,
  headers: { ...always, 'content-type': 'application/json' },
  body,
});

export const found = (body: object): Answer => answer(200, body);
/** A session: 201 when this request opened it, 200 when it was open. */
export const opened = (body: object, isNew: boolean): Answer => answer(isNew ? 201 : 200, body);

const undecided: ReadonlySet<PublicStatus> = new Set([
  'processing',
  'needs_attention',
  'awaiting_payment',
  'cancelled',
]);

/** What a submit came to: paid or held, declined, or not known yet (then the payment is to be read until it is). */
export const submitted = (body: Readonly<{ status: PublicStatus }>): Answer =>
  answer(body.status === 'declined' ? 402 : undecided.has(body.status) ? 202 : 200, body);
/** What a capture, void or refund came to: done, or not known yet, and then its amount counts as spent. */
export const followedUp = (body: object, isDone: boolean): Answer => answer(isDone ? 200 : 202, body);
