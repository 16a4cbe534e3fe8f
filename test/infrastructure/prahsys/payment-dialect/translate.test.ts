// The words of today's API against what they mean: every documented one, words to come, contradictions, and noise.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FollowUp } from '../../../../src/domain/payment/attempt.ts';
import { orderId, sessionId } from '../../../../src/domain/payment/ids.ts';
import type { FollowUpOutcome, PayOutcome } from '../../../../src/domain/payment/outcome.ts';
import {
  followUpOutcome,
  payOutcome,
  verifyOutcome,
} from '../../../../src/infrastructure/prahsys/payment-dialect/translate.ts';
import { usd } from '../../../builders/a-payment.ts';
import { operations, results, statuses, types } from './words.ts';

const session = sessionId('SESSION0002776555072F1187121H61')._unsafeUnwrap();
const order = orderId('ORDER-1')._unsafeUnwrap();
const request = (operation: FollowUp, target: string | null = 'tx-1') => ({
  operation,
  orderId: order,
  target,
});
const uuid = '9d1f3a52-0b1e-3c5e-8f55-0a4ed6a1b001';

/** An answer to an operation as the vendor's examples have it, numbers as the client hands them over. */
const answer = (words: object, payment: object | null = {}, status = 200) => {
  const ofPayment = { id: 'ORDER-1', merchantId: 'MERCHANT-1', amount: '99.99', currency: 'USD' };
  const data = {
    ...{ id: uuid, requestedAmount: '99.99', currency: 'USD', ...words },
    payment: payment === null ? undefined : { ...ofPayment, ...payment },
  };
  return { status, body: { success: true, statusCode: String(status), data } };
};
const orAbsent = (value: string | null) => value ?? undefined;
const paid = (result: string | null, status: string | null, http = 200): PayOutcome =>
  payOutcome(answer({ operation: 'PAY', type: 'CAPTURE', result }, { status, result }, http), order, session);

describe('The answer to a pay of today', () => {
  /** What result and status mean together; whatever is not here is unknown. */
  const meanings: Readonly<Record<string, PayOutcome['type']>> = {
    'SUCCESS CAPTURED': 'captured',
    'SUCCESS SETTLING': 'captured',
    'SUCCESS SETTLED': 'captured',
    'SUCCESS PENDING': 'pending',
    'SUCCESS CAPTURE_PENDING': 'pending',
    'SUCCESS REFUND_PENDING': 'pending',
    'PENDING PENDING': 'pending',
    'PENDING CAPTURE_PENDING': 'pending',
    'PENDING REFUND_PENDING': 'pending',
    'PENDING -': 'pending',
    '- PENDING': 'pending',
    '- CAPTURE_PENDING': 'pending',
    '- REFUND_PENDING': 'pending',
    'FAILURE FAILED': 'declined',
    'FAILURE DECLINED': 'declined',
    'FAILURE FAILURE': 'declined',
    'FAILURE ABORTED': 'declined',
    'FAILURE VERIFIED': 'declined',
    'FAILURE -': 'declined',
    'DECLINED FAILED': 'declined',
    'DECLINED DECLINED': 'declined',
    'DECLINED FAILURE': 'declined',
    'DECLINED ABORTED': 'declined',
    'DECLINED VERIFIED': 'declined',
    'DECLINED -': 'declined',
    '- FAILED': 'declined',
    '- DECLINED': 'declined',
  };
  const pairs = [...results, null].flatMap((result) =>
    [...statuses, null].map((status) => [result, status] as const),
  );

  it.each(pairs)('with result %s and status %s means what the table says', (result, status) => {
    const expected = meanings[`${result ?? '-'} ${status ?? '-'}`] ?? 'unknown';
    expect(paid(result, status).type).toBe(expected);
    const absent = answer({ result: orAbsent(result) }, { status: orAbsent(status) });
    const authorized = result === 'SUCCESS' && status === 'AUTHORIZED' ? 'authorized' : expected;
    expect(payOutcome(absent, order, session).type).toBe(authorized);
  });

  it.each([
    ['PAY', 'CAPTURE', 'CAPTURED', 'captured'],
    ['PAY', undefined, 'CAPTURED', 'captured'],
    [undefined, 'CAPTURE', 'SETTLED', 'captured'],
    ['AUTHORIZE', 'AUTHORIZATION', 'AUTHORIZED', 'authorized'],
    ['PAY', 'AUTHORIZATION', 'AUTHORIZED', 'authorized'],
    ['AUTHORIZE', 'AUTHORIZATION', 'CAPTURED', 'unknown'],
    ['PAY', 'CAPTURE', 'AUTHORIZED', 'unknown'],
    ['PAY', 'REFUND', 'CAPTURED', 'unknown'],
    ['VERIFY', 'VERIFICATION', 'CAPTURED', 'unknown'],
    ['CAPTURE', 'CAPTURE', 'CAPTURED', 'unknown'],
    ['FROBNICATED', 'CAPTURE', 'CAPTURED', 'unknown'],
    ['PAY', 'FROBNICATED', 'CAPTURED', 'unknown'],
    ['pay', 'CAPTURE', 'CAPTURED', 'unknown'],
  ])('of operation %s and type %s with status %s is %s', (operation, type, status, outcome) => {
    const said = answer({ operation, type, result: 'SUCCESS' }, { status });
    expect(payOutcome(said, order, session).type).toBe(outcome);
  });

  it('names the payment, the merchant, the amount and the transaction', () => {
    expect(paid('SUCCESS', 'CAPTURED')).toEqual({
      type: 'captured',
      evidence: { merchantId: 'MERCHANT-1', orderId: 'ORDER-1', amount: usd('99.99'), transactionId: uuid },
    });
  });

  it('has its amount where the gateway says it, as exactly as it says it', () => {
    const amountIn = (words: object, payment: object = {}) => {
      const said = answer({ result: 'SUCCESS', ...words }, { status: 'CAPTURED', ...payment });
      const outcome = payOutcome(said, order, session);
      return outcome.type === 'captured' ? outcome.evidence.amount : outcome.type;
    };
    expect(amountIn({ amount: '60', requestedAmount: '99.99' })).toEqual(usd('60.00'));
    expect(amountIn({ requestedAmount: '60.50' })).toEqual(usd('60.50'));
    expect(amountIn({ requestedAmount: undefined })).toEqual(usd('99.99'));
    expect(amountIn({ currency: undefined })).toEqual(usd('99.99'));
    for (const amount of ['99.999', '1e2', '-5', '', {}, true]) expect(amountIn({ amount })).toBeNull();
    for (const currency of ['usd', 'XXX', {}]) expect(amountIn({ currency })).toBeNull();
  });

  it('may be the payment itself instead of its transaction', () => {
    const said = answer({ id: 'ORDER-1', result: 'SUCCESS', status: 'CAPTURED', amount: '99.99' }, null);
    expect(payOutcome(said, order, session)).toMatchObject({
      type: 'captured',
      evidence: { orderId: 'ORDER-1', amount: usd('99.99'), transactionId: null },
    });
  });

  it('is believed in no way when the transaction and its payment contradict each other, or another session is named', () => {
    const contradictions = [
      answer({ result: 'SUCCESS' }, { status: 'CAPTURED', result: 'DECLINED' }),
      answer({ result: 'DECLINED', status: 'DECLINED' }, { status: 'CAPTURED' }),
      answer({ result: 'UNKNOWN' }, { status: 'FAILED' }),
      answer({ result: 'SUCCESS', session: { id: 'SESSION-OTHER' } }, { status: 'CAPTURED' }),
    ];
    for (const said of contradictions) expect(payOutcome(said, order, session).type).toBe('unknown');
  });

  it.each([
    ...[200, 201, 400, 402, 404, 422].map((http) => [http, 'declined'] as const),
    ...[302, 408, 409, 425, 429, 500, 503].map((http) => [http, 'unknown'] as const),
  ])('with HTTP %i and a decline in it is %s', (http, type) => {
    expect(paid('DECLINED', 'DECLINED', http).type).toBe(type);
    expect(paid(null, 'FAILED', http).type).toBe(type);
    expect(paid('UNKNOWN', 'FAILED', http).type).toBe('unknown');
  });

  it.each([302, 400, 402, 408, 409, 422, 429, 500])('is no charge with HTTP %i', (http) => {
    for (const status of ['CAPTURED', 'AUTHORIZED', 'PENDING']) {
      expect(paid('SUCCESS', status, http).type).toBe('unknown');
    }
  });
});

describe('An error body of any known shape', () => {
  const own = { success: false, message: 'The amount is required (and one other error)' };
  const bodies: readonly (readonly [string, unknown, 'own' | 'foreign'])[] = [
    ['the gateway’s, with errors by field', { ...own, errors: { amount: ['is required'] } }, 'own'],
    ['the gateway’s, without errors', { success: false, message: 'Authentication is required' }, 'own'],
    ['the gateway’s, with errors as a list', { ...own, errors: ['no'] }, 'own'],
    ['the gateway’s, with data that is null', { ...own, data: null }, 'own'],
    [
      'that of its PHP package',
      { error: { code: 'rate_limit_exceeded', message: 'no', type: 'x' } },
      'foreign',
    ],
    ['a CDN’s', { error: { code: '404', message: 'DEPLOYMENT_NOT_FOUND' } }, 'foreign'],
    ['HTML', undefined, 'foreign'],
    ['nothing', null, 'foreign'],
    ['a list', [], 'foreign'],
    ['a text', 'no', 'foreign'],
    ['data that is a list', { ...own, data: [] }, 'foreign'],
  ];

  for (const status of [400, 401, 403, 404, 422]) {
    it.each(bodies)(`with HTTP ${status}: %s`, (_name, body, whose) => {
      const expected = whose === 'own' ? 'refused' : 'unknown';
      const outcome = payOutcome({ status, body }, order, session);
      expect(outcome.type).toBe(expected);
      if (outcome.type === 'refused') expect(outcome.sessionGone).toBe(status === 404);
      for (const operation of ['capture', 'void', 'refund'] as const) {
        expect(followUpOutcome({ status, body }, request(operation)).type).toBe(expected);
      }
      const verified = verifyOutcome({ status, body });
      expect(verified.isErr() ? verified.error.type : verified.value.type).toBe(
        whose === 'own' ? 'GatewayRefused' : 'unknown',
      );
    });
  }

  it.each(bodies)('is no refusal with another code: %s', (_name, body) => {
    for (const status of [200, 302, 402, 408, 409, 410, 425, 429, 500, 503]) {
      expect(payOutcome({ status, body }, order, session).type).toBe('unknown');
      expect(followUpOutcome({ status, body }, request('refund')).type).toBe('unknown');
    }
  });

  it('is no refusal when a word of a payment stands beside it', () => {
    for (const beside of [
      { result: 'UNKNOWN' },
      { status: 'PARTIALLY_CAPTURED' },
      { payment: { result: 'ERROR' } },
    ]) {
      const said = { status: 400, body: { success: false, message: 'no', ...beside } };
      expect(payOutcome(said, order, session).type).toBe('unknown');
      expect(followUpOutcome(said, request('refund')).type).toBe('unknown');
    }
  });
});

describe('The answer to a follow-up', () => {
  const kinds = {
    capture: { operation: 'CAPTURE', type: 'CAPTURE' },
    void: { operation: 'VOID', type: 'VOID_AUTHORIZATION' },
    refund: { operation: 'REFUND', type: 'REFUND' },
  } as const;
  const taken = ['CAPTURED', 'SETTLING', 'SETTLED', 'PARTIALLY_CAPTURED', 'PARTIALLY_REFUNDED'];
  const failed = [null, 'FAILED', 'DECLINED', 'FAILURE', 'ABORTED'];
  const open = ['PENDING', 'CAPTURE_PENDING', 'REFUND_PENDING'];
  const done: Readonly<Record<FollowUp, readonly (string | null)[]>> = {
    capture: taken,
    void: ['CANCELLED', 'AUTHORIZED', 'REFUNDED', ...taken],
    refund: ['REFUNDED', 'PARTIALLY_REFUNDED'],
  };
  const notDone: Readonly<Record<FollowUp, readonly (string | null)[]>> = {
    capture: [...failed, 'AUTHORIZED', 'PARTIALLY_CAPTURED', 'PARTIALLY_REFUNDED'],
    void: [...failed, 'AUTHORIZED', 'REFUNDED', 'DISPUTED', ...taken],
    refund: [...failed, 'DISPUTED', ...taken],
  };
  const meaningOf = (operation: FollowUp, result: string | null, status: string | null) => {
    if (result === 'SUCCESS' && done[operation].includes(status)) return 'done';
    if ((result === 'DECLINED' || result === 'FAILURE') && notDone[operation].includes(status))
      return 'refused';
    if (result === 'PENDING' && [...open, ...notDone[operation]].includes(status)) return 'pending';
    return [null, 'SUCCESS'].includes(result) && open.includes(status ?? '') ? 'pending' : 'unknown';
  };
  const followed = (operation: FollowUp, words: object, status: string | null, http = 200): FollowUpOutcome =>
    followUpOutcome(
      answer({ ...kinds[operation], amount: '60', ...words }, { status }, http),
      request(operation),
    );

  for (const operation of ['capture', 'void', 'refund'] as const) {
    it.each([...results, null])(
      `of a ${operation} with result %s means what the rule says of each status`,
      (result) => {
        for (const status of [...statuses, null]) {
          const { type } = followed(operation, { result }, status);
          expect([status, type]).toEqual([status, meaningOf(operation, result, status)]);
        }
      },
    );

    it(`of a ${operation} is about that and nothing else`, () => {
      const [status] = done[operation];
      for (const word of [...operations, ...types]) {
        const own = Object.values<string>(kinds[operation]).concat(
          operation === 'void' ? 'VOID_CAPTURE' : [],
        );
        const asOperation = followed(
          operation,
          { result: 'SUCCESS', operation: word, type: undefined },
          status ?? null,
        );
        const asType = followed(
          operation,
          { result: 'SUCCESS', operation: undefined, type: word },
          status ?? null,
        );
        expect(asOperation.type).toBe(word === kinds[operation].operation ? 'done' : 'unknown');
        expect(asType.type).toBe(own.includes(word) && word !== 'VOID' ? 'done' : 'unknown');
      }
      const unnamed = { result: 'SUCCESS', operation: undefined, type: undefined };
      expect(followed(operation, unnamed, status ?? null).type).toBe('unknown');
    });

    it.each([302, 400, 402, 409, 429, 500, 503])(`of a ${operation} is no success with HTTP %i`, (http) => {
      for (const status of done[operation]) {
        expect(followed(operation, { result: 'SUCCESS' }, status, http).type).toBe('unknown');
      }
    });
  }

  it('of a void of everything leaves nothing of the payment', () => {
    for (const status of [...statuses, null]) {
      const said = answer({ ...kinds.void, result: 'SUCCESS' }, { status });
      const { type } = followUpOutcome(said, request('void', null));
      const expected = status === 'CANCELLED' ? 'done' : open.includes(status ?? '') ? 'pending' : 'unknown';
      expect([status, type]).toEqual([status, expected]);
    }
  });

  it('names the amount of the part and never that of the whole payment', () => {
    expect(followed('capture', { result: 'SUCCESS' }, 'PARTIALLY_CAPTURED')).toEqual({
      type: 'done',
      evidence: { merchantId: 'MERCHANT-1', orderId: 'ORDER-1', amount: usd('60.00'), transactionId: uuid },
    });
    const nameless = { result: 'SUCCESS', amount: undefined, requestedAmount: undefined };
    expect(followed('capture', nameless, 'CAPTURED').type).toBe('unknown');
    expect(followed('refund', nameless, 'REFUNDED').type).toBe('unknown');
    expect(followed('refund', { result: 'SUCCESS', amount: '60.001' }, 'REFUNDED').type).toBe('unknown');
    expect(followed('void', nameless, 'CANCELLED').type).toBe('done');
  });
});

describe('The answer to a card check', () => {
  const checked = (words: object, status: string | null, http = 200) =>
    verifyOutcome(
      answer({ operation: 'VERIFY', type: 'VERIFICATION', ...words }, { status }, http),
    )._unsafeUnwrap().type;

  it.each([...results, null])('with result %s means what the rule says of each status', (result) => {
    for (const status of [...statuses, null]) {
      const isDecline = result === 'DECLINED' || result === 'FAILURE';
      const failed = [null, 'FAILED', 'DECLINED', 'FAILURE', 'ABORTED', 'VERIFIED'].includes(status);
      const verified = result === 'SUCCESS' && status === 'VERIFIED';
      const expected = verified ? 'verified' : isDecline && failed ? 'notVerified' : 'unknown';
      expect([status, checked({ result }, status)]).toEqual([status, expected]);
    }
  });

  it('is about a check and nothing else', () => {
    expect(checked({ result: 'SUCCESS', operation: 'PAY' }, 'VERIFIED')).toBe('unknown');
    expect(checked({ result: 'SUCCESS', type: 'CAPTURE' }, 'VERIFIED')).toBe('unknown');
    expect(checked({ result: 'SUCCESS', type: 'FROBNICATED' }, 'VERIFIED')).toBe('unknown');
    expect(checked({ result: 'DECLINED' }, 'DECLINED', 402)).toBe('notVerified');
    expect(checked({ result: 'SUCCESS' }, 'VERIFIED', 500)).toBe('unknown');
  });
});

it('whatever a gateway answers, nothing throws, and no noise is taken for a charge', () => {
  const body = fc.oneof(
    fc.json().map((text) => JSON.parse(text) as unknown),
    fc.constant(undefined),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), body, (status, json) => {
      const types = [
        payOutcome({ status, body: json }, order, session).type,
        ...(['capture', 'void', 'refund'] as const).map(
          (operation) => followUpOutcome({ status, body: json }, request(operation)).type,
        ),
      ];
      expect(types.filter((type) => !['unknown', 'refused'].includes(type))).toEqual([]);
      void verifyOutcome({ status, body: json });
    }),
  );
});
