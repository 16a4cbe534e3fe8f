import { describe, expect, it } from '@jest/globals';
import { fieldErrorsFrom } from '../../../src/interfaces/browser/field-errors.ts';

describe('The errors of the hosted fields become one map', () => {
  const shapes: [string, unknown, object][] = [
    [
      'the older object',
      { cardNumber: 'invalid', securityCode: 'missing', expiryMonth: 'missing' },
      { number: 'invalid', securityCode: 'required', expiryMonth: 'required' },
    ],
    [
      "today's object",
      { number: 'required', expiryDate: 'invalid', nameOnCard: 'required' },
      { number: 'required', expiryDate: 'invalid', nameOnCard: 'required' },
    ],
    [
      'a list of texts',
      ['cardNumber missing', 'Expiry year is invalid', 'securityCode'],
      { number: 'required', expiryYear: 'invalid', securityCode: 'invalid' },
    ],
    [
      'an object that can also be joined',
      Object.defineProperty({ cardNumber: 'invalid' }, 'join', { value: () => '' }),
      { number: 'invalid' },
    ],
    ['an unknown code', { number: 'NOT_SUPPORTED' }, { number: 'invalid' }],
    ['an unknown key, which concerns no field', { message: 'number of tries' }, {}],
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['a bare text, which names no field', 'broken', {}],
  ];
  it.each(shapes)('from %s', (_, errors, map) => {
    expect(fieldErrorsFrom(errors)).toEqual(map);
  });
});
