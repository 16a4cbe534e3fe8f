import { type Money, parseMoney, sameMoney, toDecimal } from '../../domain/money/money.ts';

/** The amount as the JSON number of a request, which the gateway reads as this very decimal; null when a double cannot hold it. */
export const toNumber = (amount: Money): number | null => {
  const number = Number(toDecimal(amount));
  const back = parseMoney(String(number), amount.currency);
  return back.isOk() && sameMoney(back.value, amount) ? number : null;
};

export const unwritable = 'the amount has more digits than a JSON number can hold exactly';

/** What does not parse exactly is no amount. */
export const amountFrom = (decimal: string | null, currency: string | null): Money | null =>
  parseMoney(decimal ?? '', currency ?? '').unwrapOr(null);
