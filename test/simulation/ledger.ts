import type { FollowUpRequest, PayRequest } from '../../src/application/ports/payment-gateway.ts';
import type { Money } from '../../src/domain/money/money.ts';
import type { AttemptId, MerchantId, OrderId, SessionId } from '../../src/domain/payment/ids.ts';

type OfOrder = Readonly<{ merchantId: MerchantId; orderId: OrderId }>;

/** A pay that was handed to the adapter. How long it may charge is known to the world alone: for ever, once it did. */
export type PayCall = {
  readonly request: PayRequest;
  readonly attemptId: AttemptId;
  mayChargeUntil: number;
  isLate: boolean;
  wasNotSent: boolean;
  /** A person ended it at the gateway: it charges no more. */
  isEnded: boolean;
};

/** A capture, void or refund that was handed to the adapter. */
export type FollowUpCall = {
  readonly request: FollowUpRequest;
  /** Whose it may be: attempts that ask for the same. */
  readonly of: readonly AttemptId[];
  /** When it can move money no more, or did: known to the world alone. */
  mayMoveUntil: number;
  /** Minor units that it moved within the time that it may take. */
  movedInTime: number;
  isEnded: boolean;
};

/** Money that moved. */
export type Charge = {
  /** By a person, at the gateway. */
  isGivenBack: boolean;
  /** Minor units that refunds and a void gave back. */
  givenBack: number;
  /** It was only held when somebody asked to undo it. */
  isVoidedAsHold?: boolean;
} & OfOrder &
  Readonly<{
    /** The order that the gateway says it was for. */
    namedOrderId: OrderId;
    sessionId: SessionId;
    transactionId: string;
    /** The pay, or the authorization that was captured. */
    origin: string;
    amount: Money;
    /** It came later than the quiet period allows, or one call was carried out twice. */
    isLate: boolean;
  }>;

/** An amount that is held on a card. */
export type Hold = OfOrder &
  Readonly<{ sessionId: SessionId; transactionId: string; amount: Money; isLate: boolean }> & {
    isOver: boolean;
  };

const isOf =
  (merchantId: MerchantId, orderId: OrderId) =>
  (each: OfOrder): boolean =>
    each.merchantId === merchantId && each.orderId === orderId;

/** What of it was not given back, in minor units. */
export const leftOf = ({ amount, isGivenBack, givenBack }: Charge): number =>
  isGivenBack ? 0 : amount.minor - givenBack;

/** The gateway's books. */
export class Ledger {
  readonly calls: PayCall[] = [];
  readonly followUps: FollowUpCall[] = [];
  readonly charges: Charge[] = [];
  readonly holds: Hold[] = [];
  /** When captures, voids and refunds moved money. */
  readonly moves: (OfOrder & Readonly<{ at: number }>)[] = [];

  callsOf(merchantId: MerchantId, order: OrderId): readonly PayCall[] {
    return this.calls.filter(({ request }) => isOf(merchantId, order)(request));
  }

  followUpsOf(merchantId: MerchantId, order: OrderId): readonly FollowUpCall[] {
    return this.followUps.filter(({ request }) => isOf(merchantId, order)(request));
  }

  chargesOf(merchantId: MerchantId, order: OrderId): readonly Charge[] {
    return this.charges.filter(isOf(merchantId, order));
  }

  holdsOf(merchantId: MerchantId, order: OrderId): readonly Hold[] {
    return this.holds.filter(isOf(merchantId, order));
  }

  movesOf(merchantId: MerchantId, order: OrderId): readonly number[] {
    return this.moves.filter(isOf(merchantId, order)).map(({ at }) => at);
  }

  /** What was charged and not all given back. */
  heldOf(merchantId: MerchantId, order: OrderId): readonly Charge[] {
    return this.chargesOf(merchantId, order).filter((charge) => leftOf(charge) > 0);
  }
}
