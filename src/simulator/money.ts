const DIGITS: Readonly<Record<string, number>> = {
  ...digits(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...digits(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...digits(4, 'CLF UYW'),
};

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** MPGS: an amount is at most 14 characters. */
const LONGEST_AMOUNT = 14;

export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/**
 * A JSON number of major units as decimal text with all the currency's digits (99.9 USD is "99.90"), read through its decimal text and
 * never by multiplying; undefined when it is not above zero or the currency cannot express it (ISO 4217).
 */
export function toDecimal(amount: number, currency: string): string | undefined {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(String(amount)) ?? [];
  const places = DIGITS[currency] ?? 2;
  if (whole === undefined || fraction.length > places || amount <= 0) return undefined;
  const text = places === 0 ? whole : `${whole}.${fraction.padEnd(places, '0')}`;
  return text.length > LONGEST_AMOUNT ? undefined : text;
}

/** Decimal text in minor units: "99.90" is 9990. */
export function toMinor(decimal: string): bigint {
  return BigInt(decimal.replace('.', ''));
}

/** Minor units as decimal text with all the currency's digits. */
export function fromMinor(minor: bigint, currency: string): string {
  const places = DIGITS[currency] ?? 2;
  const text = String(minor).padStart(places + 1, '0');
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
}

function digits(count: number, currencies: string): Record<string, number> {
  return Object.fromEntries(currencies.split(' ').map((currency) => [currency, count]));
}
