import type { PayRequest } from '../../src/application/ports/payment-gateway.ts';
import type { Money } from '../../src/domain/money/money.ts';
import type { AttemptId, MerchantId, OrderId, SessionId } from '../../src/domain/payment/ids.ts';

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

/** Money that moved. */
export type Charge = {
  /** By a person, at the gateway. */
  isGivenBack: boolean;
} & Readonly<{
  merchantId: MerchantId;
  orderId: OrderId;
  /** The order that the gateway says it was for. */
  namedOrderId: OrderId;
  sessionId: SessionId;
  transactionId: string;
  amount: Money;
  /** It came later than the quiet period allows. */
  isLate: boolean;
}>;

/** The gateway's books. */
export class Ledger {
  readonly calls: PayCall[] = [];
  readonly charges: Charge[] = [];

  callsOf(merchantId: MerchantId, order: OrderId): readonly PayCall[] {
    return this.calls.filter(({ request }) => request.merchantId === merchantId && request.orderId === order);
  }

  chargesOf(merchantId: MerchantId, order: OrderId): readonly Charge[] {
    return this.charges.filter((charge) => charge.merchantId === merchantId && charge.orderId === order);
  }

  /** What was charged and not given back. */
  heldOf(merchantId: MerchantId, order: OrderId): readonly Charge[] {
    return this.chargesOf(merchantId, order).filter(({ isGivenBack }) => !isGivenBack);
  }
}
