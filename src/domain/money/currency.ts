/**
 * The currencies of ISO 4217 that a card can be charged in, each with its number of minor digits
 * (USD 2: cents; JPY 0; KWD 3). Fund codes, metals and test codes are left out: no card is charged in gold.
 */
const byMinorDigits = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP ' +
    'CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS ' +
    'INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN ' +
    'MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE ' +
    'SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ' +
    'ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
} as const;

declare const checked: unique symbol;
/** A three-letter code that is known to be in the table. */
export type Currency = string & { readonly [checked]: 'Currency' };

const minorDigitsOf: ReadonlyMap<string, number> = new Map(
  Object.entries(byMinorDigits).flatMap(([digits, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(digits)]),
  ),
);

export const isCurrency = (code: string): code is Currency => minorDigitsOf.has(code);

/** How many digits stand behind the decimal point: 0, 2 or 3. */
export const minorDigits = (currency: Currency): number => {
  const digits = minorDigitsOf.get(currency);
  if (digits === undefined) throw new Error(`not a checked currency: ${currency}`);
  return digits;
};

/** Every currency code, in no promised order. */
export const currencies = (): readonly Currency[] => [...minorDigitsOf.keys()].filter(isCurrency);
