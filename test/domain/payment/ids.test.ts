import { describe, expect, it } from '@jest/globals';
import { attemptId, merchantId, orderId, paymentId, sessionId } from '../../../src/domain/payment/ids.ts';

const chosen = { order: orderId, merchant: merchantId };
const opaque = { session: sessionId, payment: paymentId, attempt: attemptId };

describe.each(Object.entries(chosen))("an %s's id", (kind, parse) => {
  it.each(['a', 'order-1', 'A.b_c-9', '_', '-', '1.', 'x'.repeat(40)])('may be "%s"', (text) => {
    expect(parse(text)._unsafeUnwrap()).toBe(text);
  });

  it.each([
    ['empty', ''],
    ['longer than 40', 'x'.repeat(41)],
    ['one with a dot in front', '.a'],
    ['the folder above', '..'],
    ['one with a slash', 'a/b'],
    ['one with an escape', 'a%2e'],
    ['one with a space', 'a b'],
    ['one with a line break', 'a\n'],
    ['one with a NUL', 'a\u0000'],
    ['one with another script', 'bestellung-\u00fc'],
  ])('may not be %s', (_, text) => {
    expect(parse(text)._unsafeUnwrapErr()).toMatchObject({ type: 'InvalidId', kind });
  });
});

it.each([undefined, null, 5, ['a']])('%j is no id, whatever it would be as text', (value) => {
  for (const parse of Object.values({ ...chosen, ...opaque }))
    expect(parse(value as unknown as string)._unsafeUnwrapErr().type).toBe('InvalidId');
});

describe.each(Object.entries(opaque))("a %s's id", (kind, parse) => {
  it.each(['a', 'SESSION0002776555072F1187121H61', 'x'.repeat(100), '5123450000000008'])(
    'is opaque: "%s" is one',
    (text) => expect(parse(text)._unsafeUnwrap()).toBe(text),
  );

  it.each(['', 'x'.repeat(101), 'a.b', 'a/b', '../a', 'a b', 'a\n', 'a?b', 'a#b'])(
    'is safe in a path: "%s" is none',
    (text) => expect(parse(text)._unsafeUnwrapErr()).toMatchObject({ type: 'InvalidId', kind }),
  );

  it('does not repeat what it refused', () => {
    expect(JSON.stringify(parse('secret/value')._unsafeUnwrapErr())).not.toContain('secret');
  });
});
