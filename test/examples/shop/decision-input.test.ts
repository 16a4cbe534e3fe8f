import { describe, expect, it } from '@jest/globals';
import { attemptId } from 'paysession';
import { refusalOf } from '../../../examples/shop/decision-input.ts';

describe('a decision that is not recorded', () => {
  it('while a call may be on its way can be made later, and the operator is told so', () => {
    const refused = refusalOf({ type: 'AttemptInFlight', attemptId: attemptId('attempt-1')._unsafeUnwrap() });
    expect(refused.status).toBe(409);
    expect(refused.message).toMatch(/may be on its way\. Decide in a few minutes\.$/);
  });

  it('about a payment that has changed since is to be made anew', () => {
    expect(refusalOf({ type: 'PaymentChanged' })).toMatchObject({ status: 409, code: 'changed' });
  });
});
