import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { currencies, isCurrency, minorDigits } from '../../../src/domain/money/currency.ts';
import {
  addMoney,
  isZero,
  money,
  type Money,
  parseMoney,
  sameMoney,
  toDecimal,
  zero,
} from '../../../src/domain/money/money.ts';

const anyCurrency = fc.constantFrom(...currencies());
const anyMinor = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(2000),
  fc.constantFrom(0, 1, 10, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER),
);
const of = (minor: number, currency: string): Money => money(minor, currency)._unsafeUnwrap();
const parsed = (text: string, currency: string): Money => parseMoney(text, currency)._unsafeUnwrap();
const refusal = (text: string, currency: string): string =>
  parseMoney(text, currency).match(
    (amount) => `accepted as ${amount.minor}`,
    ({ type }) => type,
  );

describe('decimal text', () => {
  it.each([
    ['99.99', 'USD', 9999],
    ['0.01', 'USD', 1],
    ['0', 'USD', 0],
    ['0.00', 'USD', 0],
    ['5', 'USD', 500],
    ['5.5', 'USD', 550],
    ['5.500', 'USD', 550],
    ['1.005', 'KWD', 1005],
    ['1.5', 'KWD', 1500],
    ['5', 'JPY', 5],
    ['5.00', 'JPY', 5],
    ['9007199254740991', 'JPY', Number.MAX_SAFE_INTEGER],
    ['90071992547409.91', 'USD', Number.MAX_SAFE_INTEGER],
    ['9007199254740.991', 'KWD', Number.MAX_SAFE_INTEGER],
    ['1.15', 'USD', 115], // times 100 in binary is 114.99999999999999
    ['4.35', 'EUR', 435],
    ['1.000000', 'USD', 100],
  ])('%s %s is exactly %i minor units', (text, currency, minor) => {
    expect(parsed(text, currency)).toEqual({ minor, currency });
  });

  it.each([
    ['a digit that the currency does not have', '0.001', 'USD'],
    ['half a yen', '5.50', 'JPY'],
    ['a tenth of a fils', '1.0001', 'KWD'],
    ['a sum of floats', String(0.1 + 0.2), 'USD'],
    ['a negative amount', '-1.00', 'USD'],
    ['a plus sign', '+1.00', 'USD'],
    ['an exponent', '1e2', 'USD'],
    ['a leading zero', '01.00', 'USD'],
    ['two zeros', '00', 'USD'],
    ['no digit before the point', '.5', 'USD'],
    ['no digit after the point', '1.', 'USD'],
    ['two points', '1.0.0', 'USD'],
    ['a comma', '1,00', 'USD'],
    ['thousands', '1,000.00', 'USD'],
    ['a space in front', ' 1.00', 'USD'],
    ['a space behind', '1.00 ', 'USD'],
    ['a line break', '1.00\n', 'USD'],
    ['nothing', '', 'USD'],
    ['words', 'ten', 'USD'],
    ['not a number', 'NaN', 'USD'],
    ['infinity', 'Infinity', 'USD'],
    ['hexadecimal', '0x10', 'USD'],
    ['digits of another script', '\u0661\u0660', 'USD'],
    ['a currency sign', '$1.00', 'USD'],
    ['one minor unit more than can be counted exactly', '90071992547409.92', 'USD'],
    ['2^53 yen', '9007199254740992', 'JPY'],
    ['2^53 + 1 yen, which no double can hold', '9007199254740993', 'JPY'],
    ['too many digits', '1'.repeat(17), 'JPY'],
    ['too many digits behind the point', '1.0000000', 'USD'],
  ])('is refused when it is %s', (_, text, currency) => {
    expect(refusal(text, currency)).toBe('InvalidAmount');
  });

  it.each(['usd', 'US', 'USDT', 'XXX', 'XAU', '', ' USD', 'toString', '__proto__'])(
    'is refused in the unknown currency "%s"',
    (currency) => {
      expect(isCurrency(currency)).toBe(false);
      expect(refusal('1.00', currency)).toBe('UnknownCurrency');
      expect(money(100, currency)._unsafeUnwrapErr()).toMatchObject({ type: 'UnknownCurrency' });
    },
  );

  it.each([undefined, null, 1, ['1.00']])('is text: %j is no amount, and no currency', (value) => {
    const notText = value as unknown as string;
    expect(refusal(notText, 'USD')).toBe('InvalidAmount');
    expect(refusal('1.00', notText)).toBe('UnknownCurrency');
  });

  it('says of a refused amount what was wrong', () => {
    expect(parseMoney('5.50', 'JPY')._unsafeUnwrapErr()).toMatchObject({
      reason: 'JPY has 0 decimal digits',
    });
    expect(parseMoney('1e2', 'USD')._unsafeUnwrapErr()).toMatchObject({
      reason: 'not a plain decimal number such as 99.99',
    });
    expect(money(-1, 'USD')._unsafeUnwrapErr()).toEqual({ type: 'InvalidAmount', reason: 'negative' });
    expect(money(0.5, 'USD')._unsafeUnwrapErr()).toMatchObject({
      reason: 'not a safe integer of minor units',
    });
  });

  it('comes back as it went, for every currency and every amount', () => {
    fc.assert(
      fc.property(anyMinor, anyCurrency, (minor, currency) => {
        const amount = of(minor, currency);
        expect(parsed(toDecimal(amount), currency)).toEqual(amount);
      }),
    );
  });

  it.each(currencies().map((currency) => ({ currency, digits: minorDigits(currency) })))(
    'has all $digits digits of $currency',
    ({ currency, digits }) => {
      for (const minor of [0, 1, 9, 10, 99, 100, 1000, 123_456]) {
        const text = toDecimal(of(minor, currency));
        expect(text).toMatch(digits === 0 ? /^\d+$/ : new RegExp(`^(0|[1-9]\\d*)\\.\\d{${digits}}$`));
        expect(parsed(text, currency).minor).toBe(minor);
      }
    },
  );

  it('is never rounded: what is accepted is the same number, digit for digit', () => {
    const text = fc
      .tuple(fc.maxSafeNat(), fc.stringMatching(/^\d{0,7}$/))
      .map(([whole, fraction]) => (fraction === '' ? String(whole) : `${whole}.${fraction}`));
    const plain = (decimal: string): string =>
      decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
    fc.assert(
      fc.property(text, anyCurrency, (decimal, currency) => {
        const amount = parseMoney(decimal, currency);
        if (amount.isOk()) expect(plain(toDecimal(amount.value))).toBe(plain(decimal));
      }),
    );
  });

  it('never throws, whatever is written', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, currency) => {
        expect(() => parseMoney(text, currency)).not.toThrow();
        expect(() => parseMoney(text, 'USD')).not.toThrow();
      }),
    );
  });
});

describe('money', () => {
  it.each([NaN, Infinity, -Infinity, 0.5, -1, Number.MAX_SAFE_INTEGER + 1, 1e300, Number.MIN_VALUE])(
    'is never made of %p minor units',
    (minor) => expect(money(minor, 'USD')._unsafeUnwrapErr().type).toBe('InvalidAmount'),
  );

  it('cannot be changed', () => {
    for (const amount of [of(1, 'USD'), parsed('0.01', 'USD'), zero(of(1, 'USD').currency)]) {
      expect(Object.isFrozen(amount)).toBe(true);
    }
  });

  it('knows one zero only', () => {
    expect(Object.is(of(-0, 'USD').minor, 0)).toBe(true);
    expect(isZero(of(0, 'USD'))).toBe(true);
    expect(isZero(of(1, 'USD'))).toBe(false);
  });

  it('is the same when amount and currency are', () => {
    fc.assert(
      fc.property(anyMinor, anyMinor, anyCurrency, anyCurrency, (a, b, one, other) => {
        expect(sameMoney(of(a, one), of(b, other))).toBe(a === b && one === other);
        expect(sameMoney(of(a, one), of(a, one))).toBe(true);
      }),
    );
  });

  it('adds exactly: ten cents and twenty are thirty', () => {
    expect(toDecimal(addMoney(parsed('0.10', 'USD'), parsed('0.20', 'USD'))._unsafeUnwrap())).toBe('0.30');
  });

  it('adds in any order, or refuses what cannot be counted exactly', () => {
    fc.assert(
      fc.property(anyMinor, anyMinor, anyCurrency, (a, b, currency) => {
        const sum = addMoney(of(a, currency), of(b, currency));
        expect(addMoney(of(b, currency), of(a, currency))).toEqual(sum);
        const exact = BigInt(a) + BigInt(b);
        if (exact > BigInt(Number.MAX_SAFE_INTEGER))
          expect(sum._unsafeUnwrapErr().type).toBe('InvalidAmount');
        else expect(BigInt(sum._unsafeUnwrap().minor)).toBe(exact);
      }),
    );
  });

  it('is never added across currencies', () => {
    expect(addMoney(of(1, 'USD'), of(1, 'EUR'))._unsafeUnwrapErr()).toEqual({
      type: 'CurrencyMismatch',
      left: 'USD',
      right: 'EUR',
    });
  });
});

describe('the currencies', () => {
  it.each([
    ['JPY', 0],
    ['KRW', 0],
    ['ISK', 0],
    ['USD', 2],
    ['EUR', 2],
    ['CHF', 2],
    ['HUF', 2],
    ['KWD', 3],
    ['TND', 3],
  ])('%s has %i digits', (code, digits) => {
    expect(isCurrency(code) && minorDigits(code)).toBe(digits);
  });

  it('have the digits of ISO 4217, as the runtime knows them', () => {
    // CLDR, the runtime's source, shows no minor unit where prices are written without one; ISO still has it.
    const writtenWithout = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR RSD SOS SYP YER'.split(' ');
    const digitsOf = (currency: string) =>
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    const differing = currencies().filter((currency) => digitsOf(currency) !== minorDigits(currency));
    expect(writtenWithout).toEqual(expect.arrayContaining(differing));
  });

  it('are three capitals each, and each once', () => {
    const all = currencies();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(150);
    for (const code of all) expect(code).toMatch(/^[A-Z]{3}$/);
  });
});
