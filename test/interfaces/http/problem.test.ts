// Each error of each use case, and what a page is told of it. A new error type does not compile until it has a row here.
import { describe, expect, it } from '@jest/globals';
import type { ConfirmPaymentError } from '../../../src/application/confirm-payment.ts';
import type { FindPaymentError } from '../../../src/application/find-payment.ts';
import {
  concurrentUpdate,
  type CorrectPaymentError,
  type FollowUpError,
  gatewayRefused,
  gatewayUnavailable,
  type HandleWebhookError,
  notSupported,
  type OpenPaySessionError,
  ordersUnavailable,
  sessionTaken,
  storageUnavailable,
  type SubmitPaymentError,
  type UpdatePaySessionError,
  type VerifyCardError,
  webhookRejected,
} from '../../../src/index.ts';
import {
  amountExceeded,
  attemptInFlight,
  illegalTransition,
  invalidFollowUp,
  keyReused,
  notPayable,
  notPossible,
  priceChanged,
  sessionExpired,
  sessionMismatch,
  tooManyDeclines,
} from '../../../src/domain/payment/payment-error.ts';
import type { AttemptId, MerchantId, OrderId, SessionId } from '../../../src/domain/payment/ids.ts';
import { errorCatalogue, type OperatorError } from '../../../src/interfaces/http/http.ts';
import type { HttpError } from '../../../src/interfaces/http/http-error.ts';
import { isFailure, problem } from '../../../src/interfaces/http/problem.ts';
import { usd } from '../../builders/a-payment.ts';

type Answered =
  | OpenPaySessionError
  | UpdatePaySessionError
  | SubmitPaymentError
  | ConfirmPaymentError
  | FindPaymentError
  | FollowUpError
  | VerifyCardError
  | CorrectPaymentError
  | HandleWebhookError
  | OperatorError;
type Row<Type extends HttpError['type']> = readonly [
  Extract<HttpError, { type: Type }>,
  status: number,
  members: Readonly<Record<string, unknown>>,
  headers?: Readonly<Record<string, string>>,
];

const order = 'order-1' as OrderId;
const soon = { 'retry-after': '1' };
const later = { 'retry-after': '5' };
const secret = 'password of the database at 10.0.0.7';
const created = { payment: 'created', fulfilment: 'notDue' } as const;

const rows: { readonly [Type in Answered['type']]: Row<Type> } = {
  OrderNotFound: [{ type: 'OrderNotFound', orderId: order }, 404, { code: 'order-not-found' }],
  PaymentNotFound: [{ type: 'PaymentNotFound', orderId: order }, 404, { code: 'payment-not-found' }],
  NotPayable: [notPayable('payUnknown'), 409, { code: 'not-payable', status: 'processing' }],
  TooManyDeclines: [tooManyDeclines(5), 409, { code: 'too-many-declines', status: 'declined', retry: false }],
  AttemptInFlight: [
    attemptInFlight('attempt-1' as AttemptId),
    409,
    { code: 'in-progress', status: 'processing' },
    soon,
  ],
  SessionMismatch: [sessionMismatch(), 409, { code: 'session-mismatch' }],
  PriceChanged: [
    priceChanged(usd('12.50'), 3),
    409,
    { code: 'price-changed', amount: '12.50', currency: 'USD', revision: 3 },
  ],
  ConcurrentUpdate: [concurrentUpdate(), 409, { code: 'concurrent-update' }, soon],
  SessionExpired: [sessionExpired('SESSION1' as SessionId), 410, { code: 'session-expired' }],
  GatewayRefused: [gatewayRefused(secret), 502, { code: 'gateway-refused' }],
  SessionTaken: [sessionTaken(), 502, { code: 'session-taken' }],
  NotSent: [{ type: 'NotSent', reason: secret }, 503, { code: 'not-sent' }, later],
  GatewayUnavailable: [gatewayUnavailable(secret), 503, { code: 'gateway-unavailable' }, later],
  StorageUnavailable: [storageUnavailable(secret), 503, { code: 'storage-unavailable' }, later],
  OrdersUnavailable: [ordersUnavailable(secret), 503, { code: 'orders-unavailable' }, later],
  InvalidOrder: [
    { type: 'InvalidOrder', reason: { type: 'InvalidText', field: 'reference', reason: secret } },
    500,
    { code: 'invalid-order' },
  ],
  UnknownMerchant: [
    { type: 'UnknownMerchant', merchantId: secret as MerchantId },
    500,
    { code: 'unknown-merchant' },
  ],
  IllegalTransition: [illegalTransition(created, 'captured'), 500, { code: 'illegal-transition' }],
  NotSupported: [notSupported('refund'), 501, { code: 'not-supported' }],
  NotPossible: [notPossible('capture', 'captured'), 409, { code: 'not-possible', status: 'captured' }],
  AmountExceeded: [
    amountExceeded(usd('3.50')),
    409,
    { code: 'amount-exceeded', left: '3.50', currency: 'USD' },
  ],
  KeyReused: [keyReused('attempt-1' as AttemptId), 409, { code: 'key-reused' }],
  VoidRefused: [{ type: 'VoidRefused', reason: secret }, 409, { code: 'void-refused' }],
  NotApproved: [{ type: 'NotApproved' }, 403, { code: 'not-approved' }],
  NotDone: [{ type: 'NotDone', reason: secret }, 503, { code: 'not-done' }, later],
  NoDecisionNeeded: [{ type: 'NoDecisionNeeded' }, 409, { code: 'no-decision-needed' }],
  PaymentChanged: [{ type: 'PaymentChanged' }, 409, { code: 'payment-changed' }],
  InvalidFollowUp: [invalidFollowUp(secret), 400, { code: 'invalid-request' }],
  InvalidCorrection: [{ type: 'InvalidCorrection', reason: secret }, 400, { code: 'invalid-correction' }],
  WebhookRejected: [webhookRejected('signature'), 401, { code: 'webhook-rejected' }],
};

describe('an error of a use case', () => {
  it.each(Object.entries(rows))(
    '%s is answered by its own code',
    (_type, [error, status, members, headers = {}]) => {
      const answer = problem(error);
      expect(answer.status).toBe(status);
      expect(answer.headers).toEqual({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-type': 'application/problem+json',
        ...headers,
      });
      expect(answer.body).toEqual({ title: expect.any(String), detail: expect.any(String), ...members });
      expect(JSON.stringify(answer)).not.toContain(secret);
      expect(isFailure(error)).toBe(status >= 500 || error.type === 'VoidRefused');
    },
  );

  it.each([
    ['created', 'awaiting_payment'],
    ['paying', 'processing'],
    ['captured', 'captured'],
    ['cancelled', 'cancelled'],
    ['needsAttention', 'needs_attention'],
  ] as const)('that leaves a payment %s tells the public word %s', (state, status) => {
    expect(problem(notPayable(state)).body).toMatchObject({ status });
  });
});

describe('the catalogue of errors', () => {
  const entries = Object.values(errorCatalogue);

  it('has one code per error', () => {
    expect(new Set(entries.map(({ code }) => code)).size).toBe(entries.length);
  });

  it('says for every error what it means and what to do, in sentences', () => {
    for (const { meaning, remedy } of entries) {
      expect(meaning).toMatch(/^[A-Z].*\.$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
    }
  });
});
