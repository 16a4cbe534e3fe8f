import type { ResultAsync } from 'neverthrow';
import type { MerchantId, OrderId, SessionId } from '../../domain/payment/ids.ts';
import type { Order } from '../../domain/payment/order.ts';
import type { FollowUp } from '../../domain/payment/attempt.ts';
import type { Currency } from '../../domain/money/currency.ts';
import type { Money } from '../../domain/money/money.ts';
import type { FollowUpOutcome, PayOutcome, Reading, VerifyOutcome } from '../../domain/payment/outcome.ts';
import type { GatewayRecord } from '../../domain/payment/record.ts';

/** The gateway did not answer, or not in a way that can be read. No money was asked to move; the caller may try again later. */
export type GatewayUnavailable = Readonly<{ type: 'GatewayUnavailable'; reason: string }>;
export const gatewayUnavailable = (reason: string): GatewayUnavailable => ({
  type: 'GatewayUnavailable',
  reason,
});

/** The gateway answered and did nothing: a wrong key, a wrong value. Trying the same again does not help. */
export type GatewayRefused = Readonly<{ type: 'GatewayRefused'; reason: string }>;
export const gatewayRefused = (reason: string): GatewayRefused => ({ type: 'GatewayRefused', reason });

/** No credentials are known for this merchant. */
export type UnknownMerchant = Readonly<{ type: 'UnknownMerchant'; merchantId: MerchantId }>;
export const unknownMerchant = (merchantId: MerchantId): UnknownMerchant => ({
  type: 'UnknownMerchant',
  merchantId,
});

export type SessionError = GatewayUnavailable | GatewayRefused | UnknownMerchant;

export type OpenedSession = Readonly<{ id: SessionId; successIndicator: string | null }>;

export type PayRequest = Readonly<{
  /** `authorize` holds the amount, to be captured later; `pay` when it is not given. */
  operation?: 'pay' | 'authorize';
  merchantId: MerchantId;
  orderId: OrderId;
  sessionId: SessionId;
  /** Always named in the call, so that whatever the session says, this is charged or nothing. */
  amount: Money;
}>;

export type ReadRequest = Readonly<{ merchantId: MerchantId; orderId: OrderId; sessionId: SessionId }>;

export type FollowUpRequest = Readonly<{
  operation: FollowUp;
  merchantId: MerchantId;
  orderId: OrderId;
  sessionId: SessionId;
  /** Always named in a capture and a refund, so that this moves or nothing. */
  amount: Money;
  /** The gateway's id of the transaction that is voided or given back; null: the one that it finds by itself. */
  target: string | null;
}>;

/** What a gateway can do beside paying. Asked before a call is made: what it lacks is refused without one. */
export type Ability = 'authorize' | 'capture' | 'void' | 'refund' | 'verify' | 'list';

/** The gateway behind this adapter has no such operation: nothing was sent. */
export type NotSupported = Readonly<{ type: 'NotSupported'; ability: Ability }>;
export const notSupported = (ability: Ability): NotSupported => ({ type: 'NotSupported', ability });

/** One payment as the gateway lists it; null where it does not say. Nothing here decides about money: `read` does. */
export type ListedPayment = Readonly<{
  merchantId: string | null;
  /** Our order's id, if it is one of ours. */
  orderId: string | null;
  /** The gateway's own word for its state. */
  status: string | null;
  amount: Money | null;
  captured: Money | null;
  refunded: Money | null;
  /** Milliseconds since 1970. */
  createdAt: number | null;
}>;

/** A part of the list. `total` counts what the whole list holds. */
export type ListedPayments = Readonly<{ items: readonly ListedPayment[]; total: number | null }>;

/**
 * Prahsys, or what stands in for it. All reasons in its answers are scrubbed of card digits and keys. Methods never reject.
 * The contract is `src/testing/payment-gateway-contract.ts`.
 */
export interface PaymentGateway {
  /**
   * What the gateway behind this adapter is like. `dialect` is how its browser script is spoken to; `timeoutMs`, how many milliseconds a
   * call may take before the adapter gives it up: only much later does "nothing there" prove anything.
   */
  readonly capabilities: Readonly<{
    dialect: 'order' | 'payment';
    can: readonly Ability[];
    timeoutMs: number;
  }>;

  /** The address of the browser script that a page loads for this merchant's session. A pure computation. */
  scriptUrl(merchantId: MerchantId, sessionId: SessionId): string;

  /** Opens a pay session for the order at its price. Moves no money: a session whose answer was lost is simply never used. */
  openSession(merchantId: MerchantId, order: Order): ResultAsync<OpenedSession, SessionError>;

  /** Tells the gateway the order's new price. Moves no money. After an error the session's price is not known. */
  updateSession(merchantId: MerchantId, sessionId: SessionId, order: Order): ResultAsync<void, SessionError>;

  /**
   * Charges, or holds, the amount through the session. **Never call it twice for one session, and never again after `unknown`**: the
   * gateway has no idempotency key, and the adapter sends exactly one request, or none. Every answer is an outcome, also
   * no answer: `unknown` means that it may or may not have charged, and only `read` can tell.
   */
  pay(request: PayRequest): ResultAsync<PayOutcome, never>;

  /**
   * Captures, voids or gives back. **Never call it twice for one attempt, and never again after `unknown`**: like a pay, it is sent once
   * or not at all, and every answer is an outcome.
   */
  followUp(request: FollowUpRequest): ResultAsync<FollowUpOutcome, never>;

  /** Checks the card in the session without a charge, which uses the session up. Moves no money. */
  verify(request: ReadRequest & Readonly<{ currency: Currency }>): ResultAsync<VerifyOutcome, SessionError>;

  /**
   * What came of the pay through this session; or, from a gateway that shows them, all transactions of the order. A pure read, safe to
   * repeat; errors say nothing about the money.
   */
  read(request: ReadRequest): ResultAsync<Reading | GatewayRecord, SessionError>;

  /** A part of the merchant's payments, those with transactions at least: `limit` (at most 100) from the `offset`th on. A pure read. */
  list(
    merchantId: MerchantId,
    part: Readonly<{ offset: number; limit: number }>,
  ): ResultAsync<ListedPayments, SessionError>;
}
