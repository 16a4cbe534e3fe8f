import type { Result } from 'neverthrow';
import * as z from 'zod';
import { money } from '../../domain/money/money.ts';
import { type Attempt, everyOperation, everyOutcome } from '../../domain/payment/attempt.ts';
import { attemptId, merchantId, orderId, paymentId, sessionId } from '../../domain/payment/ids.ts';
import type { Order } from '../../domain/payment/order.ts';
import { everyAttention, type Payment } from '../../domain/payment/payment.ts';
import type { PaymentEvent } from '../../domain/payment/payment-event.ts';
import { everyEvent, everyFulfilmentState, everyPaymentState } from '../../domain/payment/payment-machine.ts';
import { Explained } from './database.ts';

const text = z.string();
const time = z.int();

const id = <Id>(parse: (text: string) => Result<Id, unknown>) =>
  text.transform((value, context): Id => {
    const parsed = parse(value);
    if (parsed.isOk()) return parsed.value;
    context.addIssue('not an id');
    return z.NEVER;
  });

const amount = z.strictObject({ minor: z.number(), currency: text }).transform((value, context) => {
  const parsed = money(value.minor, value.currency);
  if (parsed.isOk()) return parsed.value;
  context.addIssue('not an amount');
  return z.NEVER;
});

const states = z.strictObject({
  payment: z.enum(everyPaymentState),
  fulfilment: z.enum(everyFulfilmentState),
});

const order: z.ZodType<Order> = z.strictObject({
  id: id(orderId),
  amount,
  description: text,
  reference: text.nullable(),
  customerEmail: text.nullable(),
  language: text,
});

const attempt: z.ZodType<Attempt> = z.strictObject({
  id: id(attemptId),
  operation: z.enum(everyOperation),
  sessionId: id(sessionId),
  amount,
  key: text.nullable(),
  target: text.nullable(),
  startedAt: time,
  outcome: z.enum(everyOutcome),
  reason: text.nullable(),
  transactionId: text.nullable(),
  settledAt: time.nullable(),
  lookAt: time.nullable(),
  nothingFoundAt: time.nullable(),
});

/** Strict: a field that a later version added would be lost by a save of this one, so this one leaves such a payment alone. */
const payment: z.ZodType<Payment> = z.strictObject({
  id: id(paymentId),
  merchantId: id(merchantId),
  order,
  revision: z.int(),
  session: z
    .strictObject({ id: id(sessionId), openedAt: time, expiresAt: time, successIndicator: text.nullable() })
    .nullable(),
  attempts: z.array(attempt),
  cardsRefused: z.int(),
  captured: amount,
  refunded: amount,
  attention: z
    .strictObject({
      kind: z.enum(everyAttention),
      attemptId: id(attemptId),
      reason: text,
    })
    .nullable(),
  states,
  confirmationSentAt: time.nullable(),
  correctedAt: time.nullable(),
  version: z.int(),
  createdAt: time,
  updatedAt: time,
});

const event: z.ZodType<PaymentEvent> = z.strictObject({
  type: z.enum(everyEvent),
  paymentId: id(paymentId),
  merchantId: id(merchantId),
  orderId: id(orderId),
  version: z.int(),
  at: time,
  states,
  amount,
  revision: z.int(),
  attemptId: id(attemptId).nullable(),
  sessionId: id(sessionId).nullable(),
  reason: text.nullable(),
});

const reader =
  <T>(what: string, schema: z.ZodType<T>) =>
  (json: unknown): T => {
    const parsed = schema.safeParse(JSON.parse(String(json)));
    if (parsed.success) return parsed.data;
    const fields = parsed.error.issues.flatMap(({ path, ...issue }) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [...path, key].join('.'))
        : [path.join('.')],
    );
    throw new Explained(
      `this version of the module does not understand a stored ${what}: ${fields.slice(0, 5).join(', ')}`,
    );
  };

/** A payment as it was stored, read as JSON text. Throws `Explained` when this version does not understand it. */
export const readPayment: (json: unknown) => Payment = reader('payment', payment);
/** An event as it was stored, read as JSON text. Throws `Explained` when this version does not understand it. */
export const readEvent: (json: unknown) => PaymentEvent = reader('event', event);

/** JSON text that PostgreSQL can look into: it reads no NUL and no half of a surrogate pair, and a gateway's reason may hold either. */
export const toJson = (value: Payment | PaymentEvent): string => {
  const json = JSON.stringify(value);
  // Either stands in JSON text as an escape, and little else does.
  if (!json.includes('\\u')) return json;
  const storable = (_: string, part: unknown): unknown =>
    typeof part === 'string' ? part.toWellFormed().replaceAll('\0', '\ufffd') : part;
  return JSON.stringify(value, storable);
};
