import { envelope, id, isSuccess, part, type Read, unwrapped, word } from '../envelope.ts';

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

const items = (value: unknown): readonly unknown[] | null => (Array.isArray(value) ? value : null);

const transactionAnswer = part({
  ...envelope,
  ...transaction,
  merchantId: id,
  status: word,
  session: part({ id }),
});
const listedTransaction = part(transaction);
const listedPayment = part({ ...payment, capturedAmount: word, refundedAmount: word, creationTime: word });
const paymentAnswer = part({
  ...envelope,
  ...payment,
  capturedAmount: word,
  transactions: items,
});

/** The answer to one of the six operations. */
export type SaidOfOperation = Read<typeof transactionAnswer>;
export type SaidTransaction = Read<typeof listedTransaction>;
export type SaidPayment = Read<typeof paymentAnswer>;
export type SaidListedPayment = Read<typeof listedPayment>;

/** Each reads what came without ever failing on a word; null when it is no object at all. */
export const readOperation = (body: unknown): SaidOfOperation | null => transactionAnswer(unwrapped(body));
export const readTransaction = (value: unknown): SaidTransaction | null => listedTransaction(value);
export const readPayment = (body: unknown): SaidPayment | null => paymentAnswer(unwrapped(body));
export const readListedPayment = (value: unknown): SaidListedPayment | null => listedPayment(value);

const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
const list = part({ ...envelope, data: items, total: count });

/** A page of a list; `total` counts all pages, null when it is not said. Null when it is none. */
export const readList = (
  body: unknown,
): Readonly<{ items: readonly unknown[]; total: number | null }> | null => {
  const page = list(body);
  if (page === null || page.data === null || !isSuccess(page)) return null;
  return { items: page.data, total: page.total };
};

const status = part({ status: word, cardPresent: word, cardNotPresent: word });

/** How the gateway says that it is; null when it does not. */
export const readStatus = (body: unknown): Read<typeof status> | null => status(unwrapped(body));

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
