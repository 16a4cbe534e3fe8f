import { z } from 'zod';

/**
 * What the fields of an answer may hold. A number is its decimal text (the client sees to that). A word of a wrong type is not
 * absent but `?`, which means nothing to anybody; an id of a wrong type or shape is no id.
 */
const word = z
  .string()
  .nullish()
  .catch('?')
  .transform((value) => value ?? null);
const id = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,200}$/)
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).nullish().catch(null);

const answer = z.object({
  success: z.unknown(),
  message: word,
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
  interaction: part({ successIndicator: id }),
  successIndicator: id,
  response: part({ gatewayCode: word }),
});

/** What an answer says, wherever it says it. Null: it does not say. */
export type Said = z.infer<typeof answer>;

const jsonObject = z.record(z.string(), z.unknown());

/**
 * Reads an answer of the order dialect in either shape, `{success, message, data: {…}}` or all at the root; where both say
 * something, `data` holds. Null when it is no JSON object, or its `data` is none.
 */
export const readAnswer = (body: unknown): Said | null => {
  const root = jsonObject.safeParse(body);
  if (!root.success) return null;
  const data = jsonObject.safeParse(root.data.data ?? {});
  if (!data.success) return null;
  const said = answer.safeParse({ ...root.data, ...data.data, success: root.data.success });
  return said.success ? said.data : null;
};

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
