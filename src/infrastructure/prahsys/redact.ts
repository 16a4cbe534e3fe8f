import { scrub } from '../../domain/payment/card-digits.ts';

const longestReason = 200;

/** Foreign text as a reason may show it: one short line, without keys and without anything that looks like a card number. */
export const redact = (text: string): string =>
  scrub(text.replace(/[\s\p{C}]+/gu, ' '))
    .trim()
    .slice(0, longestReason);
