import { describe, expect, it } from '@jest/globals';
import { order, type OrderData } from '../../../src/domain/payment/order.ts';

const teapot: OrderData = { id: 'order-1', amount: '99.99', currency: 'USD', description: 'A blue teapot' };
const refusal = (changes: Partial<OrderData>) => order({ ...teapot, ...changes })._unsafeUnwrapErr();
const accepted = (changes: Partial<OrderData>) => order({ ...teapot, ...changes })._unsafeUnwrap();

describe('an order', () => {
  it('is made of an id, an amount in decimal text, a currency and a description', () => {
    expect(accepted({})).toEqual({
      id: 'order-1',
      amount: { minor: 9999, currency: 'USD' },
      description: 'A blue teapot',
      reference: null,
      customerEmail: null,
      language: 'en',
    });
  });

  it('keeps the reference, the e-mail address and the language that the host gives', () => {
    const given = { reference: 'PO 7', customerEmail: 'ann@example.org', language: 'de-CH' };
    expect(accepted(given)).toMatchObject(given);
  });

  it('takes null for what is not given', () => {
    expect(accepted({ reference: null, customerEmail: null })).toEqual(accepted({}));
  });

  it('has no amount that the host did not give: it cannot be free', () => {
    for (const amount of ['0', '0.00']) {
      expect(refusal({ amount })).toEqual({
        type: 'InvalidOrder',
        reason: { type: 'InvalidAmount', reason: 'nothing to pay' },
      });
    }
  });

  it.each([
    ['an id with a slash', { id: 'a/b' }, { type: 'InvalidId', kind: 'order' }],
    ['an amount with a comma', { amount: '1,00' }, { type: 'InvalidAmount' }],
    ['a negative amount', { amount: '-1.00' }, { type: 'InvalidAmount' }],
    [
      'an amount that the currency cannot express',
      { amount: '1.50', currency: 'JPY' },
      { type: 'InvalidAmount' },
    ],
    ['an unknown currency', { currency: 'usd' }, { type: 'UnknownCurrency' }],
    [
      'an endless description',
      { description: 'x'.repeat(501) },
      { type: 'InvalidText', field: 'description' },
    ],
    [
      'a reference that the gateway would refuse',
      { reference: 'x'.repeat(41) },
      { type: 'InvalidText', field: 'reference' },
    ],
    ['a NUL in the description', { description: 'a\u0000b' }, { type: 'InvalidText', field: 'description' }],
    ['a line break in the reference', { reference: 'a\nb' }, { type: 'InvalidText', field: 'reference' }],
    ['half a character', { description: 'a\ud83d' }, { type: 'InvalidText', field: 'description' }],
    ['a language that is none', { language: 'english please' }, { type: 'InvalidText', field: 'language' }],
    ['no language', { language: '' }, { type: 'InvalidText', field: 'language' }],
    [
      'a language that nobody can write amounts in',
      { language: 'en-12' },
      { type: 'InvalidText', field: 'language' },
    ],
  ])('is refused with %s, and the refusal says where', (_, changes, reason) => {
    expect(refusal(changes)).toMatchObject({ type: 'InvalidOrder', reason });
  });

  it.each(['id', 'amount', 'currency', 'description', 'reference', 'customerEmail', 'language'])(
    'is refused with a number as its %s, as a row of a database may have it',
    (field) => {
      expect(refusal({ [field]: 7 })).toMatchObject({ reason: { type: 'InvalidText', field } });
    },
  );

  it.each(['id', 'amount', 'currency', 'description', 'language'])(
    'is refused with null as its %s',
    (field) => {
      expect(refusal({ [field]: null })).toMatchObject({ reason: { type: 'InvalidText', field } });
    },
  );

  it.each([
    '',
    'ann',
    'ann@',
    '@example.org',
    'ann@example.org, bob@example.org',
    'Ann <ann@example.org>',
    'ann@@example.org',
    'ann @example.org',
    'ann@example.org\r\nBcc: all@example.org',
    'a\u0000nn@example.org',
    'a\u0007nn@example.org',
    '5123450000000008@example.org',
    `${'x'.repeat(65)}@example.org`,
    `ann@${'x'.repeat(190)}`,
  ])('is refused with the e-mail address %j', (customerEmail) => {
    expect(refusal({ customerEmail })).toMatchObject({
      reason: { type: 'InvalidText', field: 'customerEmail' },
    });
  });

  it('is refused with two prices, of which the gateway would compute the one from the other', () => {
    const withCash = { cashAmount: '95.00' } as Parameters<typeof refusal>[0];
    expect(refusal(withCash)).toMatchObject({ reason: { type: 'InvalidText', field: 'cashAmount' } });
  });

  it.each(['en', 'de-CH', 'zh-Hant-TW', 'gsw'])('may speak %s to the payer', (language) => {
    expect(accepted({ language }).language).toBe(language);
  });

  it('carries texts of up to 500 characters, and characters beyond the first plane', () => {
    expect(accepted({ description: 'x'.repeat(500) }).description).toHaveLength(500);
    expect(accepted({ description: 'Tea \u{1fad6}' }).description).toBe('Tea \u{1fad6}');
  });

  it('loses a card number that somebody wrote into a text', () => {
    const found = accepted({ description: 'Card 5123 4500 0000 0008', reference: '4222222222222' });
    expect(found).toMatchObject({ description: 'Card [redacted]', reference: '[redacted]' });
  });

  it('repeats no card number that was given as a price or a currency', () => {
    for (const changes of [
      { amount: 'Card 5123450000000008' },
      { amount: '5123450000000008' },
      { currency: '5123450000000008' },
    ]) {
      expect(JSON.stringify(refusal(changes))).not.toContain('5123450000000008');
    }
  });
});
