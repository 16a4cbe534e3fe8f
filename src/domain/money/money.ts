import { err, ok, type Result } from 'neverthrow';
import { type Currency, isCurrency, minorDigits } from './currency.ts';

declare const checked: unique symbol;

/** An amount in minor units (cents for USD, yen for JPY). Frozen, never negative; made only by the functions of this file. */
export type Money = Readonly<{ minor: number; currency: Currency; [checked]: true }>;

export type UnknownCurrency = Readonly<{ type: 'UnknownCurrency'; currency: string }>;
/** `reason` never holds the text that was refused: it may be anything. */
export type InvalidAmount = Readonly<{ type: 'InvalidAmount'; reason: string }>;
export type CurrencyMismatch = Readonly<{ type: 'CurrencyMismatch'; left: string; right: string }>;

const unknownCurrency = (currency: string): UnknownCurrency => ({
  type: 'UnknownCurrency',
  currency: String(currency).slice(0, 3),
});
const invalidAmount = (reason: string): InvalidAmount => ({ type: 'InvalidAmount', reason });
const currencyMismatch = (left: Money, right: Money): CurrencyMismatch => ({
  type: 'CurrencyMismatch',
  left: left.currency,
  right: right.currency,
});

const make = (minor: number, currency: Currency): Money => Object.freeze({ minor, currency }) as Money;

/** Money from minor units: `money(9999, 'USD')` is 99.99 US dollars. Refuses fractions, negatives and unsafe integers. */
export const money = (minor: number, currency: string): Result<Money, InvalidAmount | UnknownCurrency> => {
  if (!isCurrency(currency)) return err(unknownCurrency(currency));
  if (!Number.isSafeInteger(minor)) return err(invalidAmount('not a safe integer of minor units'));
  if (minor < 0) return err(invalidAmount('negative'));
  return ok(make(minor === 0 ? 0 : minor, currency));
};

/** No money, in a currency already checked. */
export const zero = (currency: Currency): Money => make(0, currency);

const decimal = /^(0|[1-9]\d{0,15})(?:\.(\d{1,6}))?$/;

/**
 * Money from decimal text in major units: `parseMoney('99.99', 'USD')`. Digits that the currency does not have are
 * refused unless they are zeros ('5.00' yen is 5 yen, '5.50' yen is an error): no amount is ever rounded.
 */
export const parseMoney = (
  text: string,
  currency: string,
): Result<Money, InvalidAmount | UnknownCurrency> => {
  if (!isCurrency(currency)) return err(unknownCurrency(currency));
  const match = decimal.exec(text);
  if (match === null || match[0] !== text)
    return err(invalidAmount('not a plain decimal number such as 99.99'));
  const [, whole = '', fraction = ''] = match;
  const digits = minorDigits(currency);
  if (/[1-9]/.test(fraction.slice(digits))) {
    return err(invalidAmount(`${currency} has ${digits} decimal digits`));
  }
  return money(Number(whole + fraction.slice(0, digits).padEnd(digits, '0')), currency);
};

/** Decimal text in major units, with all digits of the currency: '99.99', '5' (yen), '1.500' (Kuwaiti dinar). */
export const toDecimal = ({ minor, currency }: Money): string => {
  const digits = minorDigits(currency);
  if (digits === 0) return String(minor);
  const text = String(minor).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
};

/** For people: '99.99 USD'. */
export const inWords = (amount: Money): string => `${toDecimal(amount)} ${amount.currency}`;

export const sameMoney = (left: Money, right: Money): boolean =>
  left.minor === right.minor && left.currency === right.currency;

export const isZero = ({ minor }: Money): boolean => minor === 0;

export const addMoney = (
  left: Money,
  right: Money,
): Result<Money, CurrencyMismatch | InvalidAmount | UnknownCurrency> =>
  left.currency === right.currency
    ? money(left.minor + right.minor, left.currency)
    : err(currencyMismatch(left, right));
