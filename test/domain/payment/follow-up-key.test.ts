import { describe, expect, it } from '@jest/globals';
import { attemptId } from '../../../src/domain/payment/ids.ts';
import { startFollowUp } from '../../../src/domain/payment/follow-up.ts';
import { aPayment } from '../../builders/a-payment.ts';

const { payment, now, policy } = aPayment().captured();
const refundUnder = (key: string): string => {
  const id = attemptId('attempt-9')._unsafeUnwrap();
  const intent = { attemptId: id, operation: 'refund', key, amount: null, target: null } as const;
  return startFollowUp(payment, intent, now, policy).match(
    ({ event }) => event.type,
    (error) => error.type,
  );
};

describe('the key of a refund', () => {
  it('may hold digits that look like a card number by chance, as one random key in 150 does', () => {
    expect(refundUnder('4242-4242-4242-4242-ae31')).toBe('refundStarted');
    expect(refundUnder('a4242424242424242b')).toBe('refundStarted');
  });

  it.each(['4242424242424242', '4242-4242-4242-4242', 'sk_test_secret', 'a key', '', 'k'.repeat(101)])(
    'is not %j',
    (key) => {
      expect(refundUnder(key)).toBe('InvalidFollowUp');
    },
  );

  it.each([undefined, null, 7])('is not %j, which a compiler would have refused', (key) => {
    expect(refundUnder(key as unknown as string)).toBe('InvalidFollowUp');
  });
});
