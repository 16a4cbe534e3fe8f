import type { HttpError } from './http-error.ts';

/** `code` is for programs and never changes; `meaning` and `remedy` are for people. `retryAfter` is in seconds. */
export type ErrorEntry = Readonly<{
  status: number;
  code: string;
  meaning: string;
  remedy: string;
  retryAfter?: number;
}>;

const nothingCharged = 'Nothing was charged.';
const hostMustAct = 'The shop has been told; trying again does not help until it has acted.';

/** Every error, by its type, and how it is answered over HTTP. */
export const errorCatalogue = {
  OrderNotFound: {
    status: 404,
    code: 'order-not-found',
    meaning: 'There is no such order, or it is not yours.',
    remedy: 'Check the address, and that you are signed in as the one who ordered.',
  },
  PaymentNotFound: {
    status: 404,
    code: 'payment-not-found',
    meaning: 'Nobody has begun to pay this order.',
    remedy: 'Open a pay session.',
  },
  NotPayable: {
    status: 409,
    code: 'not-payable',
    meaning: 'This order takes no payment now: `status` says where its payment is.',
    remedy: 'Read the payment. While it is processing, wait; do not pay again.',
  },
  TooManyDeclines: {
    status: 409,
    code: 'too-many-declines',
    meaning: 'Too many cards were declined for this order.',
    remedy: 'No further card can be tried; order again.',
  },
  AttemptInFlight: {
    status: 409,
    code: 'in-progress',
    meaning: 'This payment is being made right now.',
    remedy: 'Read the payment until it is no longer processing; do not pay again.',
    retryAfter: 1,
  },
  SessionMismatch: {
    status: 409,
    code: 'session-mismatch',
    meaning: `This is not the session that the order is paid through. ${nothingCharged}`,
    remedy: 'Open the pay session again and ask for the card again.',
  },
  PriceChanged: {
    status: 409,
    code: 'price-changed',
    meaning: `The order has another price than the page showed. ${nothingCharged}`,
    remedy: 'Update the pay session, show the new amount, and let the payer decide again.',
  },
  ConcurrentUpdate: {
    status: 409,
    code: 'concurrent-update',
    meaning: 'The payment was changed by others at the same moment.',
    remedy: 'Read the payment, then try again if it still makes sense.',
    retryAfter: 1,
  },
  SessionExpired: {
    status: 410,
    code: 'session-expired',
    meaning: `The pay session is over. ${nothingCharged}`,
    remedy: 'Open a new pay session and ask for the card again.',
  },
  GatewayRefused: {
    status: 502,
    code: 'gateway-refused',
    meaning: 'The payment gateway refused the request. No money moved.',
    remedy: hostMustAct,
  },
  SessionTaken: {
    status: 502,
    code: 'session-taken',
    meaning: `The payment gateway gave out a session that another order has. ${nothingCharged}`,
    remedy: 'Open the pay session again.',
  },
  NotSent: {
    status: 503,
    code: 'not-sent',
    meaning: `The payment was not sent to the payment gateway. ${nothingCharged}`,
    remedy: 'Submit the same session again.',
    retryAfter: 5,
  },
  GatewayUnavailable: {
    status: 503,
    code: 'gateway-unavailable',
    meaning: 'The payment gateway does not answer.',
    remedy: 'Try again in a moment.',
    retryAfter: 5,
  },
  StorageUnavailable: {
    status: 503,
    code: 'storage-unavailable',
    meaning: 'The payments cannot be read or written now.',
    remedy: 'Read the payment in a moment; submitting the same session again is safe too.',
    retryAfter: 5,
  },
  OrdersUnavailable: {
    status: 503,
    code: 'orders-unavailable',
    meaning: `The shop cannot read its orders now. ${nothingCharged}`,
    remedy: 'Try again in a moment.',
    retryAfter: 5,
  },
  FulfilmentFailed: {
    status: 503,
    code: 'fulfilment-failed',
    meaning: 'The goods could not be released yet. The payment is not touched by that.',
    remedy: 'Nothing to do: it is tried again.',
    retryAfter: 60,
  },
  ConfirmationFailed: {
    status: 503,
    code: 'confirmation-failed',
    meaning: 'The confirmation could not be sent yet. The payment is not touched by that.',
    remedy: 'Nothing to do: it is tried again.',
    retryAfter: 60,
  },
  InvalidOrder: {
    status: 500,
    code: 'invalid-order',
    meaning: `The shop's order cannot be charged as it is. ${nothingCharged}`,
    remedy: hostMustAct,
  },
  UnknownMerchant: {
    status: 500,
    code: 'unknown-merchant',
    meaning: `The shop is not set up to take payments. ${nothingCharged}`,
    remedy: hostMustAct,
  },
  IllegalTransition: {
    status: 500,
    code: 'illegal-transition',
    meaning: 'The payment cannot take this step from where it is.',
    remedy: hostMustAct,
  },
  AuthorizeFailed: {
    status: 503,
    code: 'unavailable',
    meaning: 'The shop cannot tell right now who may do this. Nothing was done.',
    remedy: 'Try again in a moment.',
    retryAfter: 5,
  },
  Unexpected: {
    status: 500,
    code: 'internal-error',
    meaning: 'Something went wrong on the server.',
    remedy: 'Read the payment before anything else: what was begun is not lost.',
  },
  MalformedRequest: {
    status: 400,
    code: 'malformed-request',
    meaning: 'The request is not valid HTTP for this server.',
    remedy: 'Correct the address and the Host header.',
  },
  MalformedBody: {
    status: 400,
    code: 'malformed-body',
    meaning: 'The body is not a JSON object.',
    remedy: 'Send one JSON object in UTF-8.',
  },
  UnknownField: {
    status: 400,
    code: 'unknown-field',
    meaning: 'The body has a field that this route does not take: `field` names it.',
    remedy: 'Leave it out. The page of a payer names no amount: it comes from the shop.',
  },
  InvalidField: {
    status: 400,
    code: 'invalid-field',
    meaning: 'A field of the body is missing or has a value that it cannot have: `field` names it.',
    remedy: 'Correct the field.',
  },
  ForeignOrigin: {
    status: 403,
    code: 'foreign-origin',
    meaning: 'This request comes from a page of another site.',
    remedy: 'Use the shop itself. If that is the shop: list its origin in `allowedOrigins`.',
  },
  RouteNotFound: {
    status: 404,
    code: 'route-not-found',
    meaning: 'There is nothing here.',
    remedy: 'Check the address.',
  },
  MethodNotAllowed: {
    status: 405,
    code: 'method-not-allowed',
    meaning: 'This address does not take this method.',
    remedy: 'Use one that the `Allow` header names.',
  },
  BodyTooLarge: {
    status: 413,
    code: 'body-too-large',
    meaning: 'The body is larger than 64 KB.',
    remedy: 'Send only the fields that the route takes.',
  },
  UnsupportedMediaType: {
    status: 415,
    code: 'unsupported-media-type',
    meaning: 'The body is not declared as JSON.',
    remedy: 'Send it as `Content-Type: application/json`.',
  },
  NotSupported: {
    status: 501,
    code: 'not-supported',
    meaning: 'The gateway of this shop has no such operation. Nothing was done.',
    remedy: 'Use the payment dialect, which can authorize, capture, void, refund and verify.',
  },
  NotPossible: {
    status: 409,
    code: 'not-possible',
    meaning: 'This cannot be done with the payment as it is: `status` says where it is.',
    remedy:
      'Capture what is authorized, void what is not settled, refund what was charged. Where a person must decide, name the `transactionId`.',
  },
  AmountExceeded: {
    status: 409,
    code: 'amount-exceeded',
    meaning: 'That is more than is left: `left` says how much may still be captured, or given back.',
    remedy: 'Ask for at most that. What is on its way, or whose outcome is not known, counts as spent.',
  },
  KeyReused: {
    status: 409,
    code: 'key-reused',
    meaning: 'This key stands for another operation or another amount. Nothing was done.',
    remedy: 'Repeat the first request as it was to learn its outcome, or take a new key for a new operation.',
  },
  VoidRefused: {
    status: 409,
    code: 'void-refused',
    meaning: 'The gateway did not void it: `reason` has its words. No money moved.',
    remedy: 'If it is settled already, refund it.',
  },
  NotApproved: {
    status: 403,
    code: 'not-approved',
    meaning: 'The shop has not agreed to this. Nothing was done.',
    remedy: 'Have somebody else approve it, as the shop asks for.',
  },
  NotDone: {
    status: 503,
    code: 'not-done',
    meaning: 'This surely did not happen: the gateway was not reached, or has nothing of it.',
    remedy: 'Ask for it again, under a new key.',
    retryAfter: 5,
  },
  InvalidFollowUp: {
    status: 400,
    code: 'invalid-request',
    meaning: 'The request says too little or contradicts itself: `reason` says how.',
    remedy:
      'Send a key of 1 to 100 visible characters, and a positive amount in the currency of the order or none.',
  },
  NoDecisionNeeded: {
    status: 409,
    code: 'no-decision-needed',
    meaning: 'This payment does not wait for a person.',
    remedy: 'Read it: the gateway, or somebody else, has decided.',
  },
  PaymentChanged: {
    status: 409,
    code: 'payment-changed',
    meaning: 'The payment has changed since it was shown. The decision was not recorded.',
    remedy: 'Read the payment, then decide again if it still waits for a person.',
  },
  InvalidCorrection: {
    status: 400,
    code: 'invalid-correction',
    meaning: 'The decision says too little, or what cannot be: `reason` says how.',
    remedy:
      'Say who decided and why, in at most 500 characters; money that is kept is in the currency of the order.',
  },
  WebhookRejected: {
    status: 401,
    code: 'webhook-rejected',
    meaning: 'The webhook was not accepted.',
    remedy: 'Nothing was stored. Send what the gateway sends, as it sends it.',
  },
} as const satisfies Readonly<Record<HttpError['type'], ErrorEntry>>;
