import { envelope, id, part, type Read, unwrapped, word } from '../envelope.ts';

const answer = part({
  ...envelope,
  id,
  transactionId: id,
  merchantId: id,
  status: word,
  result: word,
  errorCode: word,
  amount: word,
  requestedAmount: word,
  currency: word,
  order: part({ id, merchantId: id, status: word, result: word, amount: word, currency: word }),
  session: part({ id }),
  response: part({ gatewayCode: word }),
});

/** What an answer says, wherever it says it. Null: it does not say. */
export type Said = Read<typeof answer>;

/** Reads an answer of the order dialect; null when it is unreadable. */
export const readAnswer = (body: unknown): Said | null => answer(unwrapped(body));

/** What the four calls send; amounts are JSON numbers in major units. */
export type CreateSession = Readonly<{
  operation: 'PAY';
  order: Readonly<{ id: string; amount: number; currency: string; description: string; reference?: string }>;
  customer?: Readonly<{ email: string }>;
}>;
export type UpdateSession = Readonly<{
  order: Readonly<{ amount: number; currency: string; description: string }>;
}>;
export type Pay = Readonly<{
  order: Readonly<{ amount: number; currency: string }>;
  session: Readonly<{ id: string }>;
}>;
