import { toDecimal } from '../../domain/money/money.ts';
import { meaningOf, type PublicStatus } from '../../domain/payment/public-status.ts';
import { type Answer, always } from './answer.ts';
import { type ErrorEntry, errorCatalogue } from './error-catalogue.ts';
import type { HttpError } from './http-error.ts';

/** The fields that an error's answer has beside its words. */
const membersOf = (error: HttpError): object => {
  switch (error.type) {
    case 'PriceChanged':
      return {
        amount: toDecimal(error.amount),
        currency: error.amount.currency,
        revision: error.revision,
      };
    case 'AmountExceeded':
      return { left: toDecimal(error.left), currency: error.left.currency };
    case 'NotPossible':
    case 'NotPayable':
      return { status: meaningOf[error.state].status };
    case 'TooManyDeclines':
      return { status: 'declined' satisfies PublicStatus, retry: false };
    case 'AttemptInFlight':
      return { status: 'processing' satisfies PublicStatus };
    case 'UnknownField':
    case 'InvalidField':
      return { field: error.field };
    default:
      return {};
  }
};

/**
 * An error as RFC 9457 problem details: `title`, `detail`, `code`, and what the error's kind adds. Its optional numeric `status` is left to
 * the status line, since `status` is the payment's public word in all answers. Reasons that a gateway, a storage or a host gave
 * are not for payers and stay out.
 */
export const problem = (error: HttpError): Answer => {
  const entry: ErrorEntry = errorCatalogue[error.type];
  return {
    status: entry.status,
    headers: {
      ...always,
      'content-type': 'application/problem+json',
      ...(entry.retryAfter !== undefined && { 'retry-after': String(entry.retryAfter) }),
      ...(error.type === 'MethodNotAllowed' && { allow: error.allow }),
      // The rest of the body stays unread in the connection.
      ...(error.type === 'BodyTooLarge' && { connection: 'close' }),
    },
    body: { title: entry.meaning, detail: entry.remedy, code: entry.code, ...membersOf(error) },
  };
};

/**
 * The caller did nothing wrong: the host must hear of it. A void may be refused for any reason, a revoked key too; and where there is no
 * secret, no webhook is ever accepted.
 */
export const isFailure = (error: HttpError): boolean =>
  errorCatalogue[error.type].status >= 500 ||
  error.type === 'VoidRefused' ||
  (error.type === 'WebhookRejected' && error.reason === 'noSecret');
