import { z } from 'zod';
import { envelope, id, part, unwrapped, word } from '../envelope.ts';

/** The fields of a payment that say something about money. */
const payment = { id, merchantId: id, status: word, result: word, amount: word, currency: word };

const transaction = {
  id,
  operation: word,
  type: word,
  result: word,
  errorCode: word,
  amount: word,
  requestedAmount: word,
  currency: word,
  createdAt: word,
  targetTransactionId: id,
  payment: part(payment),
};

const transactionAnswer = z.object({
  ...envelope,
  ...transaction,
  merchantId: id,
  status: word,
  session: part({ id }),
});
const listedTransaction = z.object(transaction);
const listedPayment = z.object({ ...payment, capturedAmount: word, creationTime: word });
const paymentAnswer = z.object({
  ...envelope,
  ...payment,
  capturedAmount: word,
  transactions: z
    .array(z.unknown())
    .nullish()
    .catch(null)
    .transform((items) => items ?? null),
});

/** The answer to one of the six operations. */
export type SaidOfOperation = z.infer<typeof transactionAnswer>;
export type SaidTransaction = z.infer<typeof listedTransaction>;
export type SaidPayment = z.infer<typeof paymentAnswer>;
export type SaidListedPayment = z.infer<typeof listedPayment>;

/** Each reads what came without ever failing on a word; null when it is no object at all. */
export const readOperation = (body: unknown): SaidOfOperation | null =>
  transactionAnswer.safeParse(unwrapped(body)).data ?? null;
export const readTransaction = (value: unknown): SaidTransaction | null =>
  listedTransaction.safeParse(value).data ?? null;
export const readPayment = (body: unknown): SaidPayment | null =>
  paymentAnswer.safeParse(unwrapped(body)).data ?? null;
export const readListedPayment = (value: unknown): SaidListedPayment | null =>
  listedPayment.safeParse(value).data ?? null;

const list = z.object({
  success: z.unknown(),
  data: z.array(z.unknown()),
  total: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .nullish()
    .catch(null),
});

/** A page of a list; `total` counts all pages, null when it is not said. Null when it is none. */
export const readList = (
  body: unknown,
): Readonly<{ items: readonly unknown[]; total: number | null }> | null => {
  const { data } = list.safeParse(body);
  if (data === undefined || (data.success !== true && data.success !== undefined)) return null;
  return { items: data.data, total: data.total ?? null };
};

const status = z.object({ version: word, status: word, cardPresent: word, cardNotPresent: word });

/** How the gateway says that it is; null when it does not. */
export const readStatus = (body: unknown): z.infer<typeof status> | null =>
  status.safeParse(unwrapped(body)).data ?? null;

/** What the calls send; amounts are JSON numbers in major units. `cashAmount` is never sent: the host names the price. */
export type CreateSession = Readonly<{
  payment: Readonly<{
    id: string;
    amount: number;
    currency: string;
    description: string;
    invoiceNumber?: string;
    customer?: Readonly<{ email: string }>;
  }>;
}>;
export type UpdateSession = Readonly<{
  payment: Readonly<{ amount: number; currency: string; description: string }>;
}>;
export type Pay = Readonly<{
  payment: Readonly<{ amount: number; currency: string }>;
  session: Readonly<{ id: string }>;
}>;
export type Verify = Readonly<{
  payment: Readonly<{ currency: string }>;
  session: Readonly<{ id: string }>;
}>;
export type FollowUpBody = Readonly<{ amount?: number; currency?: string; targetTransactionId?: string }>;
