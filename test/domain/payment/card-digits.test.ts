import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scrub } from '../../../src/domain/payment/card-digits.ts';

/** Card numbers of 13 to 19 digits: random digits with the check digit that Luhn's rule asks for. */
const cardNumber = fc.array(fc.nat(9), { minLength: 12, maxLength: 18 }).map((digits) => {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const weighed = place % 2 === 0 ? digit * 2 : digit;
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return [...digits, (10 - (sum % 10)) % 10].join('');
});

const grouped = fc
  .tuple(cardNumber, fc.constantFrom('', ' ', '-', '.'), fc.integer({ min: 2, max: 6 }))
  .map(([number, separator, size]) =>
    [...number].map((digit, place) => (place > 0 && place % size === 0 ? separator : '') + digit).join(''),
  );

const digitsOf = (text: string): string => text.replace(/\D/g, '');

describe('scrubbing', () => {
  it.each([
    '5123450000000008',
    '5123 4500 0000 0008',
    '5123-4500-0000-0008',
    '5123.4500.0000.0008',
    '5123  4500  0000  0008',
    '5123\t4500\t0000\t0008',
    '5123\n4500\n0000\n0008',
    '5123\u00a04500\u00a00000\u00a00008',
    '5123\u20134500\u20130000\u20130008',
    '345678901234564',
    '4222222222222',
    '6304000000000000000',
  ])('takes out %j', (number) => {
    expect(scrub(number)).toBe('[redacted]');
    expect(scrub(`Card ${number}, please`)).toBe('Card [redacted], please');
  });

  it.each(['sk_test_4eC39HqLyjWDarjtT1', 'sk_live_a-b.c/d+e=', 'SK_LIVE_A'])(
    'takes out the key %s',
    (key) => {
      expect(scrub(`Authorization: Bearer ${key} was refused`)).toBe(
        'Authorization: Bearer [redacted] was refused',
      );
    },
  );

  it('takes out a card number wherever it stands in a text', () => {
    fc.assert(
      fc.property(fc.string(), grouped, fc.string(), (before, number, after) => {
        expect(digitsOf(scrub(before + number + after))).not.toContain(digitsOf(number));
      }),
    );
  });

  it('takes out a card number among other digits, however many', () => {
    const digits = fc.stringMatching(/^[\d .-]{0,60}$/);
    fc.assert(
      fc.property(digits, grouped, digits, (before, number, after) => {
        expect(digitsOf(scrub(before + number + after))).not.toContain(digitsOf(number));
      }),
    );
  });

  it('takes out every card number of a text', () => {
    fc.assert(
      fc.property(fc.array(grouped, { minLength: 2, maxLength: 4 }), (numbers) => {
        expect(scrub(numbers.join(' and '))).toBe(numbers.map(() => '[redacted]').join(' and '));
      }),
    );
  });

  it.each([
    'A blue teapot, 2 cups and 12 saucers',
    'Invoice 2026-001234 of 2026-01-05, 09:30',
    'Call +41 44 668 18 00',
    'Insufficient funds (51)',
    'version 1.22.333.4444',
    '123456789012',
    '4926193168299479',
    '4926 1931 6829 9479',
    '2026-01-05T09:00:00.000Z',
    '',
  ])('leaves %j as it is', (text) => {
    expect(scrub(text)).toBe(text);
  });

  it('leaves every text without twelve digits as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(digitsOf(text).length <= 12);
        expect(scrub(text)).toBe(text);
      }),
    );
  });

  it('has nothing to do the second time', () => {
    fc.assert(
      fc.property(fc.string(), grouped, fc.string(), (before, number, after) => {
        const once = scrub(before + number + after);
        expect(scrub(once)).toBe(once);
      }),
    );
  });
});
