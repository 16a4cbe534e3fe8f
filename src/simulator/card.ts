/** What the payer typed, field by field; an empty string is a field left empty or not on the page. */
export type CardInput = {
  readonly number: string;
  readonly expiryMonth: string;
  readonly expiryYear: string;
  readonly securityCode: string;
  readonly nameOnCard: string;
};

/** What is wrong, under the names that the hosted fields use (`cardNumber`, not `number`). */
export type FieldErrors = {
  readonly [field in 'cardNumber' | 'expiryMonth' | 'expiryYear' | 'securityCode' | 'nameOnCard']?:
    'missing' | 'invalid';
};

export type CardRules = { readonly requireSecurityCode: boolean; readonly requireNameOnCard: boolean };

/**
 * The card as the gateway shows it: masked, months without a leading zero, years of two digits. `securityCode` is
 * there only when the payer typed one, and is a row of `x`.
 */
export type CardSummary = {
  readonly brand: string;
  readonly scheme: string;
  readonly fundingMethod: 'CREDIT' | 'DEBIT';
  readonly number: string;
  readonly expiry: { readonly month: string; readonly year: string };
  readonly nameOnCard?: string;
  readonly securityCode?: string;
};

const BRANDS: readonly (readonly [RegExp, string])[] = [
  [/^4/, 'VISA'],
  [/^(5|2(22[1-9]|2[3-9]|[3-6]|7[01]|720))/, 'MASTERCARD'],
  [/^3[47]/, 'AMEX'],
  [/^(6011|65)/, 'DISCOVER'],
  [/^3(0|6|8)/, 'DINERS_CLUB'],
  [/^35/, 'JCB'],
];

const LONGEST_NAME = 256;

/** The digits of a card number as typed: spaces and dashes are not part of it. */
export function cardDigits(number: string): string {
  return number.replace(/[\s-]/g, '');
}

/**
 * What the hosted fields refuse, or null when the card may go into the session. `nowMs` decides what is past: a card
 * is good until the last moment of its month, UTC.
 */
export function validateCard(
  card: CardInput,
  nowMs: number,
  rules: CardRules = { requireSecurityCode: true, requireNameOnCard: false },
): FieldErrors | null {
  const digits = cardDigits(card.number);
  const month = card.expiryMonth.trim();
  const year = card.expiryYear.trim();
  const code = card.securityCode.trim();
  const monthIsRight = /^(0?[1-9]|1[0-2])$/.test(month);
  const isPast = monthIsRight && isYear(year) && Date.UTC(fullYear(year), Number(month)) <= nowMs;
  const codeLength = brandOf(digits) === 'AMEX' ? 4 : 3;
  const errors = {
    ...check('cardNumber', digits, /^\d{13,19}$/.test(digits) && passesLuhn(digits)),
    ...check('expiryMonth', month, monthIsRight && !isPast),
    ...check('expiryYear', year, isYear(year) && !isPast),
    ...check(
      'securityCode',
      code,
      /^\d+$/.test(code) && code.length === codeLength,
      rules.requireSecurityCode,
    ),
    ...check('nameOnCard', card.nameOnCard.trim(), isName(card.nameOnCard), rules.requireNameOnCard),
  };
  return Object.keys(errors).length === 0 ? null : errors;
}

/** The masked form of a card that `validateCard` accepts. */
export function summarizeCard(card: CardInput): CardSummary {
  const digits = cardDigits(card.number);
  const brand = brandOf(digits);
  const code = card.securityCode.trim();
  const name = card.nameOnCard.trim();
  return {
    brand,
    scheme: brand,
    fundingMethod: digits === '4000056655665556' ? 'DEBIT' : 'CREDIT',
    number: `${digits.slice(0, 6)}${'x'.repeat(digits.length - 10)}${digits.slice(-4)}`,
    expiry: { month: String(Number(card.expiryMonth)), year: card.expiryYear.trim().slice(-2) },
    ...(name && { nameOnCard: name }),
    ...(code && { securityCode: 'x'.repeat(code.length) }),
  };
}

/** The check digit rule of card numbers. */
export function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function check(field: keyof FieldErrors, value: string, isRight: boolean, isRequired = true): FieldErrors {
  if (value === '') return isRequired ? { [field]: 'missing' } : {};
  return isRight ? {} : { [field]: 'invalid' };
}

function brandOf(digits: string): string {
  return BRANDS.find(([pattern]) => pattern.test(digits))?.[1] ?? 'UNKNOWN';
}

function isYear(year: string): boolean {
  return /^(\d{2}|20\d{2})$/.test(year);
}

function fullYear(year: string): number {
  return year.length === 2 ? 2000 + Number(year) : Number(year);
}

// A card number typed into the field of the name would otherwise be kept and shown as a name.
function isName(name: string): boolean {
  return name.length <= LONGEST_NAME && !/\d{13}/.test(cardDigits(name));
}
