// The words of the gateway against what they mean: documented ones, words to come, contradictions, and noise.
import { describe, expect, it } from '@jest/globals';
import { err, ok } from 'neverthrow';
import fc from 'fast-check';
import { money, parseMoney } from '../../../src/domain/money/money.ts';
import { merchantId, sessionId } from '../../../src/domain/payment/ids.ts';
import type { PayOutcome } from '../../../src/domain/payment/outcome.ts';
import { prahsysAccount } from '../../../src/infrastructure/prahsys/config.ts';
import { OrderDialectGateway } from '../../../src/infrastructure/prahsys/order-dialect/gateway.ts';
import { toNumber } from '../../../src/infrastructure/prahsys/amounts.ts';
import { payOutcome, reading } from '../../../src/infrastructure/prahsys/order-dialect/translate.ts';
import { openedSession, updatedSession } from '../../../src/infrastructure/prahsys/sessions.ts';
import { anOrder, usd } from '../../builders/a-payment.ts';

const session = sessionId('SESSION0002776555072F1187121H61')._unsafeUnwrap();

const merchant = merchantId('MERCHANT-1')._unsafeUnwrap();

const gatewayAnswering = (fetch: () => Promise<Response>): OrderDialectGateway => {
  const settings = { merchantId: merchant, apiKey: 'sk_test_0123456789' };
  const { connection, credentials } = prahsysAccount(settings)._unsafeUnwrap();
  return new OrderDialectGateway(connection, credentials, fetch);
};

/** An answer to pay, as the gateway shapes a transaction: the status is the order's. */
const transaction = (words: object, order: object = {}) => ({
  success: true,
  message: 'Payment processed',
  data: {
    id: 'tx-1',
    requestedAmount: '99.99',
    currency: 'USD',
    order: { id: 'ORDER-1', amount: '99.99', currency: 'USD', ...order },
    ...words,
  },
});
const payWords = (
  result: string | null | undefined,
  status: string | null | undefined,
  http = 200,
): PayOutcome => payOutcome({ status: http, body: transaction({ result }, { status }) }, session);

const statuses = [
  ...[
    'AUTHORIZED',
    'CAPTURED',
    'PARTIALLY_CAPTURED',
    'CANCELLED',
    'REFUNDED',
    'PARTIALLY_REFUNDED',
    'DECLINED',
  ],
  ...[
    'ABORTED',
    'FAILURE',
    'FAILED',
    'PENDING',
    'SUCCESS',
    'UNKNOWN',
    'VERIFIED',
    'SETTLING',
    'SETTLED',
    'DISPUTED',
  ],
  ...[
    'CAPTURE_PENDING',
    'REFUND_PENDING',
    'CREATED',
    'INITIATED',
    'CHARGEBACK_PROCESSED',
    'EXCESSIVELY_REFUNDED',
  ],
  ...['FROBNICATED', 'captured', '', '200'],
];
const results = [
  'SUCCESS',
  'FAILURE',
  'DECLINED',
  'PENDING',
  'UNKNOWN',
  'ERROR',
  'FROBNICATED',
  'success',
  '',
];

/** What result and status mean together in the answer to a pay; whatever is not here is unknown. */
const meanings: Readonly<Record<string, PayOutcome['type']>> = {
  'SUCCESS CAPTURED': 'captured',
  'SUCCESS SETTLING': 'captured',
  'SUCCESS SETTLED': 'captured',
  'SUCCESS AUTHORIZED': 'authorized',
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
  'FAILURE -': 'declined',
  'DECLINED FAILED': 'declined',
  'DECLINED DECLINED': 'declined',
  'DECLINED FAILURE': 'declined',
  'DECLINED ABORTED': 'declined',
  'DECLINED -': 'declined',
  '- FAILED': 'declined',
  '- DECLINED': 'declined',
};

describe('The answer to a pay', () => {
  const pairs = [...results, null].flatMap((result) =>
    [...statuses, null].map((status) => [result, status] as const),
  );

  it.each(pairs)('with result %s and status %s means what the table says', (result, status) => {
    const expected = meanings[`${result ?? '-'} ${status ?? '-'}`] ?? 'unknown';
    expect(payWords(result, status).type).toBe(expected);
    expect(payWords(result ?? undefined, status ?? undefined).type).toBe(expected);
  });

  it('says what was charged, and of which order, in its own words', () => {
    expect(payWords('SUCCESS', 'CAPTURED')).toEqual({
      type: 'captured',
      evidence: { merchantId: null, orderId: 'ORDER-1', amount: usd('99.99'), transactionId: 'tx-1' },
    });
  });

  it('is read at the root when it has no envelope', () => {
    const { data } = transaction({ result: 'SUCCESS' }, { status: 'CAPTURED' });
    expect(payOutcome({ status: 200, body: data }, session)).toEqual(payWords('SUCCESS', 'CAPTURED'));
  });

  it('is read in the order, when only the order has the result', () => {
    const body = transaction({}, { result: 'SUCCESS', status: 'CAPTURED' });
    expect(payOutcome({ status: 200, body }, session).type).toBe('captured');
  });

  it('is read in the envelope first, whatever the root repeats', () => {
    const body = {
      result: 'FAILURE',
      status: 'FAILED',
      ...transaction({ result: 'SUCCESS', status: 'CAPTURED' }),
    };
    expect(payOutcome({ status: 200, body }, session).type).toBe('captured');
  });

  it.each([
    [
      'a status that differs between top and order',
      transaction({ result: 'SUCCESS', status: 'FAILED' }, { status: 'CAPTURED' }),
    ],
    [
      'a result that differs between top and order',
      transaction({ result: 'SUCCESS' }, { status: 'CAPTURED', result: 'FAILURE' }),
    ],
    [
      'an envelope that says it failed',
      { ...transaction({ result: 'SUCCESS' }, { status: 'CAPTURED' }), success: false },
    ],
    [
      'an envelope that says something else',
      { ...transaction({ result: 'SUCCESS' }, { status: 'CAPTURED' }), success: 'yes' },
    ],
    [
      'another session',
      transaction({ result: 'SUCCESS', session: { id: 'SESSION-OF-OTHERS' } }, { status: 'CAPTURED' }),
    ],
    [
      'a decline of another session',
      transaction({ result: 'FAILURE', session: { id: 'SESSION-OF-OTHERS' } }, { status: 'FAILED' }),
    ],
    ['a result that is no word beside a failure', transaction({ result: { code: 1 } }, { status: 'FAILED' })],
    [
      'a status that is no word beside a success',
      transaction({ result: 'SUCCESS' }, { status: ['CAPTURED'] }),
    ],
    ['data that is a list', { success: true, data: [], status: 'FAILED' }],
    ['data that is text', { success: true, data: 'FAILED', status: 'FAILED' }],
    ['a list', [transaction({ result: 'FAILURE' })]],
    ['text', 'CAPTURED'],
    ['a truth', true],
    ['an empty object', {}],
    ['null', null],
    ['no JSON', undefined],
  ])('is unknown when it holds %s', (_name, body) => {
    expect(payOutcome({ status: 200, body }, session).type).toBe('unknown');
  });

  it.each([
    [200, 'declined'],
    [201, 'declined'],
    [400, 'declined'],
    [402, 'declined'],
    [422, 'declined'],
    ...[302, 408, 409, 425, 429, 500, 503].map((http) => [http, 'unknown'] as const),
  ])('with HTTP %i and a decline in it is %s', (http, type) => {
    expect(payWords('DECLINED', 'DECLINED', http).type).toBe(type);
    expect(payWords(null, 'FAILED', http).type).toBe(type);
  });

  it.each([302, 400, 402, 408, 409, 422, 429, 500])('is no capture with HTTP %i', (http) => {
    for (const status of ['CAPTURED', 'AUTHORIZED', 'PENDING']) {
      expect(payWords('SUCCESS', status, http).type).toBe('unknown');
      expect(payWords('UNKNOWN', 'FAILED', http).type).toBe('unknown');
      expect(payWords('ERROR', 'FAILED', http).type).toBe('unknown');
    }
  });

  it.each([400, 401, 403, 404, 422])('is a refusal with HTTP %i, the envelope and no result', (http) => {
    const outcome = payOutcome({ status: http, body: { success: false, message: 'no' } }, session);
    expect(outcome).toEqual({ type: 'refused', reason: `HTTP ${http}, no`, sessionGone: http === 404 });
  });

  it.each([
    ['without the envelope', 400, { error: { code: 'rate_limit_exceeded', message: 'slow down' } }],
    ['with an envelope that claims success', 422, { success: true, message: 'no' }],
    ['with an envelope in words', 422, { success: 'false', message: 'no' }],
    ['with a result that is unknown', 400, { success: false, result: 'UNKNOWN' }],
    ['with a status of a payment', 400, { success: false, status: 'PARTIALLY_CAPTURED' }],
    ['with a code that may come after the charge', 409, { success: false, message: 'already paid' }],
    ['with a code of another meaning', 410, { success: false, message: 'gone' }],
  ])('is no refusal %s', (_name, status, body) => {
    expect(payOutcome({ status, body }, session).type).toBe('unknown');
  });

  it('is a refusal also when its status is that of HTTP', () => {
    const body = { success: false, message: 'no', status: '400', statusCode: '400' };
    expect(payOutcome({ status: 400, body }, session).type).toBe('refused');
  });
});

describe('What an answer says was charged', () => {
  const amountIn = (words: object, order: object = {}) => {
    const outcome = payOutcome(
      { status: 200, body: transaction({ result: 'SUCCESS', ...words }, { status: 'CAPTURED', ...order }) },
      session,
    );
    return outcome.type === 'captured' ? outcome.evidence.amount : outcome.type;
  };

  it('is the amount of the transaction, then what was requested, then the amount of the order', () => {
    expect(amountIn({ amount: '12.99' })).toEqual(usd('12.99'));
    expect(amountIn({ requestedAmount: '12.99' }, { amount: '50.00' })).toEqual(usd('12.99'));
    expect(amountIn({ requestedAmount: null }, { amount: '50.00' })).toEqual(usd('50.00'));
  });

  it.each(['99.999', '1e2', '-5', '0x10', ' 99.99', '99,99', '9'.repeat(30), '', 'NaN'])(
    'is nothing when the amount is %j',
    (amount) => expect(amountIn({ amount })).toBeNull(),
  );

  it.each([{ amount: {} }, { amount: true }, { currency: 'usd' }, { currency: 'XXX' }, { currency: 7 }])(
    'is nothing when the answer has %j',
    (words) => expect(amountIn(words)).toBeNull(),
  );

  it('is told exactly or not at all, however many digits the number was sent with', async () => {
    const paid = async (number: string) => {
      const body = `{"data":{"result":"SUCCESS","amount":${number},"currency":"USD","order":{"id":"order-1","status":"CAPTURED"}}}`;
      const gateway = gatewayAnswering(async () => new Response(body));
      const about = {
        merchantId: merchant,
        orderId: anOrder().id,
        sessionId: session,
        amount: usd('10.00'),
      };
      const outcome = (await gateway.pay(about))._unsafeUnwrap();
      return 'evidence' in outcome ? outcome.evidence.amount : outcome;
    };
    expect(await paid('10.00')).toEqual(usd('10.00'));
    expect(await paid('0.29')).toEqual(usd('0.29'));
    expect(await paid('10.000000000000000001')).toBeNull();
    expect(await paid('9007199254740993')).toBeNull();
    expect(await paid('1e1')).toEqual(usd('10.00'));
    expect(await paid('1e400')).toBeNull();
  });
});

describe('A retrieved session', () => {
  const retrieved = (words: object, http = 200) => {
    const data = {
      id: session,
      order: { id: 'ORDER-1', amount: '99.99', currency: 'USD' },
      customer: {},
      ...words,
    };
    return reading({ status: http, body: { ...data, success: true, data } }, session);
  };
  const typeOf = (words: object) => retrieved(words)._unsafeUnwrap().type;

  it.each([
    ['SUCCESS', 'CAPTURED', 'captured'],
    ['SUCCESS', 'SETTLED', 'captured'],
    ['SUCCESS', 'SETTLING', 'captured'],
    [undefined, 'CAPTURED', 'captured'],
    ['SUCCESS', 'AUTHORIZED', 'authorized'],
    ['PENDING', 'PENDING', 'pending'],
    [undefined, 'PENDING', 'pending'],
    ['FAILURE', 'FAILED', 'declined'],
    ['DECLINED', 'DECLINED', 'declined'],
    [undefined, 'FAILED', 'declined'],
    ['UNKNOWN', 'FAILED', 'unclear'],
    ['ERROR', 'FAILED', 'unclear'],
    ['UNKNOWN', 'CAPTURED', 'unclear'],
    ['FAILURE', 'CAPTURED', 'unclear'],
    ['SUCCESS', 'FROBNICATED', 'unclear'],
    ['FROBNICATED', 'CAPTURED', 'unclear'],
    [undefined, 'FROBNICATED', 'unclear'],
    [undefined, 'CREATED', 'nothing'],
    [null, 'CREATED', 'nothing'],
    ['SUCCESS', 'CREATED', 'unclear'],
    ['PENDING', 'CREATED', 'unclear'],
    [undefined, undefined, 'unclear'],
    [undefined, null, 'unclear'],
  ])('with result %s and status %s is read as %s-%s', (result, status, type) => {
    expect(typeOf({ result, status })).toBe(type);
  });

  it('names the order and the amount that was charged', () => {
    expect(retrieved({ result: 'SUCCESS', status: 'CAPTURED' })._unsafeUnwrap()).toEqual({
      type: 'captured',
      evidence: { merchantId: null, orderId: 'ORDER-1', amount: usd('99.99'), transactionId: null },
    });
  });

  it('that is another one says nothing about ours', () => {
    for (const status of ['CAPTURED', 'FAILED', 'CREATED'])
      expect(typeOf({ id: 'SESSION-X', status })).toBe('unclear');
  });

  it('without its id is no proof that nothing was paid', () => {
    expect(reading({ status: 200, body: { status: 'CREATED' } }, session)._unsafeUnwrap().type).toBe(
      'unclear',
    );
  });

  it('that is not found is unclear: it may have expired with its charge', () => {
    for (const body of [{ success: false, message: 'Session not found or expired' }, undefined, null]) {
      expect(reading({ status: 404, body }, session)._unsafeUnwrap().type).toBe('unclear');
    }
  });

  it.each([
    [401, { success: false, message: 'Authentication is required' }, 'GatewayRefused'],
    [403, { success: false, message: 'no' }, 'GatewayRefused'],
    [401, undefined, 'GatewayUnavailable'],
    [302, { status: 'CAPTURED' }, 'GatewayUnavailable'],
    [409, { success: false }, 'GatewayUnavailable'],
    [429, { success: false }, 'GatewayUnavailable'],
    [500, { status: 'CAPTURED' }, 'GatewayUnavailable'],
    [200, undefined, 'GatewayUnavailable'],
    [200, null, 'GatewayUnavailable'],
    [200, [], 'GatewayUnavailable'],
  ])('that answers HTTP %i with %j is %s: no word about money', (status, body, type) => {
    expect(reading({ status, body }, session)._unsafeUnwrapErr().type).toBe(type);
  });
});

describe('An opened or updated session', () => {
  it.each([
    [
      'in the envelope',
      { success: true, data: { id: session, interaction: { successIndicator: 'b7' } } },
      'b7',
    ],
    ['at the root', { id: session, successIndicator: 'b7' }, 'b7'],
    [
      'as the engine underneath writes it',
      { result: 'SUCCESS', session: { id: session, updateStatus: 'NO_UPDATE' } },
      null,
    ],
  ])('is found %s', (_name, body, successIndicator) => {
    for (const status of [200, 201, 202]) {
      expect(openedSession({ status, body }, anOrder().id)._unsafeUnwrap()).toEqual({
        id: session,
        successIndicator,
      });
    }
  });

  it.each([
    [{ success: true, data: {} }, 'GatewayUnavailable'],
    [{ success: true, data: { id: '../../etc' } }, 'GatewayUnavailable'],
    [{ success: true, data: { id: 'A'.repeat(101) } }, 'GatewayUnavailable'],
    [{ success: false, message: 'no', data: { id: session } }, 'GatewayRefused'],
    [undefined, 'GatewayUnavailable'],
  ])('is none in %j', (body, type) => {
    expect(openedSession({ status: 200, body }, anOrder().id)._unsafeUnwrapErr().type).toBe(type);
  });

  it.each([
    ['SUCCESS', true],
    ['NO_UPDATE', true],
    ['FAILURE', false],
    ['FROBNICATED', false],
    [7, false],
  ])('has a new price where its update came to %j: %s', (updateStatus, isTaken) => {
    for (const data of [{ updateStatus }, { session: { id: session, updateStatus } }]) {
      const updated = updatedSession({ status: 200, body: { success: true, data } }, usd('12.50'));
      expect(updated.mapErr(({ type }) => type)).toEqual(isTaken ? ok(undefined) : err('GatewayUnavailable'));
    }
  });

  it('has the new price unless the answer says otherwise', () => {
    const order = { amount: '12.50', currency: 'USD' };
    const price = usd('12.50');
    for (const body of [null, {}, { success: true }, { success: true, data: { id: session, order } }]) {
      expect(updatedSession({ status: 200, body }, price).isOk()).toBe(true);
    }
    const old = { success: true, data: { order: { ...order, amount: '99.99' } } };
    expect(updatedSession({ status: 200, body: old }, price)._unsafeUnwrapErr().type).toBe(
      'GatewayUnavailable',
    );
    expect(updatedSession({ status: 200, body: { success: false } }, price)._unsafeUnwrapErr().type).toBe(
      'GatewayRefused',
    );
    expect(updatedSession({ status: 200, body: undefined }, price)._unsafeUnwrapErr().type).toBe(
      'GatewayUnavailable',
    );
  });
});

describe('Whatever the gateway answers', () => {
  const word = fc.oneof(
    fc.constantFrom(...statuses, ...results, 'ORDER-1', session, '99.99', 'USD', '__proto__', 'toString'),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const fields = fc.dictionary(
    fc.constantFrom(
      'status',
      'result',
      'success',
      'id',
      'amount',
      'requestedAmount',
      'currency',
      'merchantId',
      '__proto__',
    ),
    word,
  );
  const part = fc.record(
    { order: fc.oneof(fields, word), session: fc.oneof(fields, word), response: word },
    { requiredKeys: [] },
  );
  const object = fc.tuple(fields, part).map(([top, parts]) => ({ ...top, ...parts }));
  const body = fc.oneof(
    fc.jsonValue(),
    object,
    fc.tuple(object, object).map(([root, data]) => ({ ...root, data })),
  );
  const status = fc.oneof(
    fc.constantFrom(200, 201, 400, 402, 404, 422, 500),
    fc.integer({ min: 100, max: 999 }),
  );

  it('is translated without a throw, and is a capture only when a 2xx says so in every word', () => {
    fc.assert(
      fc.property(status, body, (http, json) => {
        const outcome = payOutcome({ status: http, body: json }, session);
        void openedSession({ status: http, body: json }, anOrder().id);
        void updatedSession({ status: http, body: json }, usd('1.00'));
        const readingType = reading({ status: http, body: json }, session).match(
          ({ type }) => type,
          ({ type }) => type,
        );
        const text = JSON.stringify(json);
        const saysCaptured = /"(CAPTURED|SETTLING|SETTLED)"/.test(text);
        if (outcome.type === 'captured') {
          expect(http >= 200 && http < 300 && saysCaptured && text.includes('"SUCCESS"')).toBe(true);
        }
        if (readingType === 'captured') expect(http >= 200 && http < 300 && saysCaptured).toBe(true);
        if (outcome.type === 'declined') expect(/"(FAILED|FAILURE|DECLINED)"/.test(text)).toBe(true);
        if (outcome.type === 'refused') expect([400, 401, 403, 404, 422]).toContain(http);
        if (outcome.type === 'notSent') throw new Error('an answer came, so something was sent');
      }),
      { numRuns: 5_000 },
    );
  });

  it('is taken byte by byte without a rejection, and noise is never a verdict', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 200, max: 599 }),
        async (bytes, http) => {
          const empty = [204, 205, 304].includes(http);
          const answer = async () => new Response(empty ? null : Uint8Array.from(bytes), { status: http });
          const gateway = gatewayAnswering(answer);
          const about = { merchantId: merchant, orderId: anOrder().id, sessionId: session };
          expect((await gateway.pay({ ...about, amount: usd('10.00') }))._unsafeUnwrap().type).toBe(
            'unknown',
          );
          const read = await gateway.read(about);
          if (read.isOk()) expect(read.value.type).toBe('unclear');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is answered in amounts that come back as they went out', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.constantFrom('USD', 'JPY', 'KWD'),
        (minor, currency) => {
          const amount = money(minor, currency)._unsafeUnwrap();
          const number = toNumber(amount);
          if (number === null) return minor > 2 ** 45;
          return parseMoney(JSON.stringify(number), currency)._unsafeUnwrap().minor === minor;
        },
      ),
    );
  });
});
