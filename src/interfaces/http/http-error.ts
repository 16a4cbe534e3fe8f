import type { AuthorizePaymentError } from '../../application/authorize-payment.ts';
import type { CancelPaymentError } from '../../application/cancel-payment.ts';
import type { ConfirmPaymentError } from '../../application/confirm-payment.ts';
import type { CorrectPaymentError } from '../../application/correct-payment.ts';
import type { FindPaymentError } from '../../application/find-payment.ts';
import type { FollowUpError } from '../../application/follow-up-payment.ts';
import type { FulfilOrderError } from '../../application/fulfil-order.ts';
import type { HandleWebhookError } from '../../application/handle-webhook.ts';
import type { OpenPaySessionError } from '../../application/open-pay-session.ts';
import type { SendConfirmationError } from '../../application/send-confirmation.ts';
import type { SubmitPaymentError } from '../../application/submit-payment.ts';
import type { UpdatePaySessionError } from '../../application/update-pay-session.ts';
import type { VerifyCardError } from '../../application/verify-card.ts';

/** What is wrong with a request, before any use case was asked. */
export type RequestError =
  | Readonly<{
      type:
        | 'MalformedRequest'
        | 'RouteNotFound'
        // Of an order that the caller may not see: answered as one that is not there.
        | 'OrderNotFound'
        | 'ForeignOrigin'
        | 'MalformedBody'
        | 'UnsupportedMediaType'
        | 'BodyTooLarge';
    }>
  | Readonly<{ type: 'MethodNotAllowed'; allow: string }>
  | Readonly<{ type: 'UnknownField' | 'InvalidField'; field: string }>;

/** Something that no use case answers. `Unexpected` is a bug, ours or the host's; `AuthorizeFailed`: the host could not say who asks. */
type Thrown = Readonly<{ type: 'Unexpected' | 'AuthorizeFailed'; thrown: unknown }>;

/** Use cases' errors, in the words of a back office: what to do about them is another thing than for a payer. */
export type OperatorError =
  | Readonly<{ type: 'VoidRefused'; reason: string }>
  | Readonly<{ type: 'NotDone'; reason: string }>
  | Readonly<{ type: 'NotApproved' }>;

export type HttpError =
  | OpenPaySessionError
  | UpdatePaySessionError
  | SubmitPaymentError
  | ConfirmPaymentError
  | FulfilOrderError
  | SendConfirmationError
  | CancelPaymentError
  | FindPaymentError
  | AuthorizePaymentError
  | FollowUpError
  | VerifyCardError
  | CorrectPaymentError
  | HandleWebhookError
  | OperatorError
  | RequestError
  | Thrown;
