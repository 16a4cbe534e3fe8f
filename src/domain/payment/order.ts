import { err, ok, type Result } from 'neverthrow';
import { isZero, type InvalidAmount, type Money, parseMoney, type UnknownCurrency } from '../money/money.ts';
import { scrub } from './card-digits.ts';
import { type InvalidId, type OrderId, orderId } from './ids.ts';

/** What the host sells, as it is now. The host owns it and its price. */
export type Order = Readonly<{
  id: OrderId;
  amount: Money;
  description: string;
  /** The merchant's own reference, of at most 40 characters; null when there is none. */
  reference: string | null;
  /** Where the confirmation goes; null when nobody is to be written to. */
  customerEmail: string | null;
  /** BCP 47 tag for messages to the payer, such as `en` or `de-CH`. */
  language: string;
}>;

/** An order as a host writes it: the amount is decimal text in major units, `'99.99'`. */
export type OrderData = Readonly<{
  id: string;
  amount: string;
  currency: string;
  description: string;
  reference?: string | null;
  customerEmail?: string | null;
  language?: string;
}>;

export type InvalidOrder = Readonly<{
  type: 'InvalidOrder';
  reason:
    | InvalidId
    | InvalidAmount
    | UnknownCurrency
    | Readonly<{ type: 'InvalidText'; field: string; reason: string }>;
}>;
const invalidOrder = (reason: InvalidOrder['reason']): InvalidOrder => ({ type: 'InvalidOrder', reason });
const invalidText = (field: string, reason: string): InvalidOrder =>
  invalidOrder({ type: 'InvalidText', field, reason });

const emailShape = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,189}$/;
const languageShape = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;
/** Known to `Intl`, and clean, by its shape alone: asking takes longer than the rest of an order. */
const usualLanguage = /^[a-z]{2}(-[A-Z]{2})?$/;
const control = /[\p{Cc}\p{Cs}]/u;

/** Of this shape, and without card digits hidden in it. */
const isClean = (text: string, shape: RegExp): boolean =>
  shape.test(text) && !control.test(text) && scrub(text) === text;

/** Rows of a database have no types. */
const fieldThatIsNoText = (texts: Readonly<Record<string, unknown>>): string | undefined =>
  Object.keys(texts).find((field) => typeof texts[field] !== 'string');

/** What `Intl` takes: it writes the amount in messages to the payer. */
const isLanguage = (tag: string): boolean => {
  if (usualLanguage.test(tag)) return true;
  try {
    return isClean(tag, languageShape) && Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
};

/** An order that was checked: a known currency, an amount above zero that it can express, an id and texts that fit the gateway. */
export const order = (data: OrderData): Result<Order, InvalidOrder> => {
  const { description, reference = null, customerEmail = null, language = 'en' } = data;
  const given = { id: data.id, amount: data.amount, currency: data.currency, description, language };
  const notText = fieldThatIsNoText({
    ...given,
    ...{ reference: reference ?? '', customerEmail: customerEmail ?? '' },
  });
  if (notText !== undefined) return err(invalidText(notText, 'not text'));
  const id = orderId(data.id);
  if (id.isErr()) return err(invalidOrder(id.error));
  // The gateway refuses both, and computes the one from the other: the price would be another than the host's.
  if ('cashAmount' in data) return err(invalidText('cashAmount', 'an order has one price: amount'));
  const amount = parseMoney(data.amount, data.currency);
  if (amount.isErr()) return err(invalidOrder(amount.error));
  if (isZero(amount.value)) {
    return err(invalidOrder({ type: 'InvalidAmount', reason: 'nothing to pay' }));
  }
  for (const [field, text, longest] of [
    ['description', description, 500],
    ['reference', reference ?? '', 40],
  ] as const) {
    if (text.length > longest) return err(invalidText(field, `longer than ${longest} characters`));
    if (control.test(text)) return err(invalidText(field, 'has control characters'));
  }
  if (customerEmail !== null && !isClean(customerEmail, emailShape)) {
    return err(invalidText('customerEmail', 'not an e-mail address that may be stored'));
  }
  if (!isLanguage(language)) {
    return err(invalidText('language', 'not a language tag such as en or de-CH'));
  }
  return ok({
    id: id.value,
    amount: amount.value,
    description: scrub(description),
    reference: reference === null ? null : scrub(reference),
    customerEmail,
    language,
  });
};
