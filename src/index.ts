/** The public surface of `paysession`. */
export {
  createPayments,
  type PaymentsOptions,
  type Paysession,
  paysessionFrom,
  type RunOptions,
} from './container/create-payments.ts';
export {
  type HostPorts,
  hostModule,
  inMemoryModule,
  prahsysModule,
  systemModule,
  useCasesModule,
} from './container/modules.ts';
export { tokens } from './container/tokens.ts';

export {
  AuthorizePayment,
  type AuthorizePaymentCommand,
  type AuthorizePaymentError,
} from './application/authorize-payment.ts';
export {
  CapturePayment,
  type CapturePaymentCommand,
  type CapturePaymentError,
} from './application/capture-payment.ts';
export {
  CancelPayment,
  type CancelPaymentCommand,
  type CancelPaymentError,
} from './application/cancel-payment.ts';
export { type PaymentKey, type PaymentNotFound, type SaveError } from './application/change-payment.ts';
export {
  ConfirmPayment,
  type ConfirmPaymentCommand,
  type ConfirmPaymentError,
} from './application/confirm-payment.ts';
export {
  ReconcilePayments,
  type ReconcilePaymentsCommand,
  type ReconcilePaymentsError,
  type ReconciledPayments,
  type Unmatched,
} from './application/reconcile-payments.ts';
export {
  CorrectPayment,
  type CorrectPaymentCommand,
  type CorrectPaymentError,
} from './application/correct-payment.ts';
export { type DueWork, dueWork, type DueWorkSource, type PerformDueWork } from './application/due-work.ts';
export { type FindOrderError, type OrderNotFound } from './application/find-order.ts';
export {
  FindPayment,
  type FindPaymentError,
  type FindPaymentQuery,
  type FoundPayment,
} from './application/find-payment.ts';
export {
  type FollowedUp,
  type FollowUpCommand,
  type FollowUpError,
} from './application/follow-up-payment.ts';
export { FulfilOrder, type FulfilOrderCommand, type FulfilOrderError } from './application/fulfil-order.ts';
export {
  type HandledWebhook,
  HandleWebhook,
  type HandleWebhookCommand,
  type HandleWebhookError,
  type WebhookCounts,
} from './application/handle-webhook.ts';
export {
  OpenPaySession,
  type OpenPaySessionCommand,
  type OpenPaySessionError,
  type PayableSession,
} from './application/open-pay-session.ts';
export {
  RefundPayment,
  type RefundPaymentCommand,
  type RefundPaymentError,
} from './application/refund-payment.ts';
export {
  type Resolved,
  ResolveUnfinished,
  type ResolveUnfinishedCommand,
} from './application/resolve-unfinished.ts';
export {
  SendConfirmation,
  type SendConfirmationCommand,
  type SendConfirmationError,
} from './application/send-confirmation.ts';
export { type NotSent } from './application/send-attempt.ts';
export {
  SubmitPayment,
  type SubmitPaymentCommand,
  type SubmitPaymentError,
  type SubmittedPayment,
} from './application/submit-payment.ts';
export {
  UpdatePaySession,
  type UpdatePaySessionCommand,
  type UpdatePaySessionError,
} from './application/update-pay-session.ts';
export {
  type VerifiedCard,
  VerifyCard,
  type VerifyCardCommand,
  type VerifyCardError,
} from './application/verify-card.ts';
export { VoidPayment, type VoidPaymentCommand, type VoidPaymentError } from './application/void-payment.ts';

export {
  RegisterPayment,
  type RegisterPaymentCommand,
  type RegisterPaymentError,
} from './application/register-payment.ts';

export type { Clock } from './application/ports/clock.ts';
export {
  type Confirmation,
  confirmationFailed,
  type ConfirmationFailed,
  type Confirmations,
} from './application/ports/confirmations.ts';
export {
  type Fulfilment,
  fulfilmentFailed,
  type FulfilmentFailed,
  type FulfilmentRequest,
} from './application/ports/fulfilment.ts';
export type { Ids } from './application/ports/ids.ts';
export { type Orders, ordersUnavailable, type OrdersUnavailable } from './application/ports/orders.ts';
export {
  type Ability,
  type FollowUpRequest,
  type GatewayRefused,
  gatewayRefused,
  type GatewayUnavailable,
  gatewayUnavailable,
  type NotSupported,
  notSupported,
  type ListedPayment,
  type ListedPayments,
  type OpenedSession,
  type PaymentGateway,
  type PayRequest,
  type ReadRequest,
  type SessionError,
  type UnknownMerchant,
  unknownMerchant,
} from './application/ports/payment-gateway.ts';
export {
  type ConcurrentUpdate,
  concurrentUpdate,
  type Payments,
  type SessionTaken,
  sessionTaken,
  type StorageUnavailable,
  storageUnavailable,
} from './application/ports/payments.ts';

export {
  type Webhook,
  type WebhookHeaders,
  type WebhookInbox,
  type WebhookRejected,
  webhookRejected,
  type WebhookVerifier,
} from './application/ports/webhooks.ts';

export { currencies, type Currency, isCurrency, minorDigits } from './domain/money/currency.ts';
export {
  addMoney,
  type CurrencyMismatch,
  type InvalidAmount,
  inWords,
  isZero,
  money,
  type Money,
  parseMoney,
  sameMoney,
  toDecimal,
  type UnknownCurrency,
  zero,
} from './domain/money/money.ts';
export {
  type Attempt,
  type AttemptOutcome,
  type FollowUp,
  isUnsettled,
  type Operation,
} from './domain/payment/attempt.ts';
export type { Correction, Decision, InvalidCorrection } from './domain/payment/correct.ts';
export { scrub } from './domain/payment/card-digits.ts';
export { type Proposal, proposal } from './domain/payment/follow-up.ts';
export {
  type AttemptId,
  attemptId,
  type InvalidId,
  type MerchantId,
  merchantId,
  type OrderId,
  orderId,
  type PaymentId,
  paymentId,
  type SessionId,
  sessionId,
} from './domain/payment/ids.ts';
export { type InvalidOrder, type Order, order, type OrderData } from './domain/payment/order.ts';
export type {
  Evidence,
  FollowUpOutcome,
  FollowUpReading,
  Outcome,
  PayOutcome,
  Reading,
  VerifyOutcome,
} from './domain/payment/outcome.ts';
export { dueAt } from './domain/payment/due.ts';
export {
  type Attention,
  type Change,
  mayOpenSession,
  type Payment,
  type PaySession,
} from './domain/payment/payment.ts';
export type * from './domain/payment/payment-error.ts';
export type { PaymentEvent } from './domain/payment/payment-event.ts';
export {
  type FulfilmentState,
  type PaymentEventType,
  type PaymentState,
  type PaymentStates,
} from './domain/payment/payment-machine.ts';
export { meaningOf, type PublicStatus } from './domain/payment/public-status.ts';
export { defaultPolicy, type Policy } from './domain/payment/policy.ts';
export type { GatewayRecord, Transaction } from './domain/payment/record.ts';
export { authorizedAmount, leftToCapture, leftToRefund } from './domain/payment/totals.ts';

export { type FindOrder, type Fulfil, type SendMessage } from './infrastructure/host/host-functions.ts';
export {
  type CardBehaviour,
  type FollowUpBehaviour,
  type InMemoryCharge,
  InMemoryGateway,
  type InMemoryOptions,
  type InMemoryRequest,
} from './infrastructure/in-memory/in-memory-gateway.ts';
export { InMemoryPayments } from './infrastructure/in-memory/in-memory-payments.ts';
export {
  type Credentials,
  type CredentialsLookup,
  type InvalidConfiguration,
  type MerchantSecrets,
  prahsysAccount,
  type PrahsysAccount,
  prahsysConnection,
  type PrahsysConnection,
  prahsysCredentials,
  type PrahsysSettings,
} from './infrastructure/prahsys/config.ts';
export { OrderDialectGateway } from './infrastructure/prahsys/order-dialect/gateway.ts';
export { PaymentDialectGateway } from './infrastructure/prahsys/payment-dialect/gateway.ts';
export type { GatewayStatus } from './infrastructure/prahsys/payment-dialect/lists.ts';
export type {
  PaymentDialectSettings,
  PaymentOperation,
} from './infrastructure/prahsys/payment-dialect/settings.ts';
export {
  SvixVerifier,
  webhookKey,
  type WebhookKeys,
} from './infrastructure/prahsys/webhooks/svix-verifier.ts';
export { randomIds } from './infrastructure/system/random-ids.ts';
export { systemClock } from './infrastructure/system/system-clock.ts';
