// The in-memory gateway with hands on its other side, for the contract of the port.
import { toDecimal } from '../../../src/domain/money/money.ts';
import { merchantId, type SessionId } from '../../../src/domain/payment/ids.ts';
import {
  type CardBehaviour,
  InMemoryGateway,
} from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import type { GatewayWorld, PayFault } from '../../../src/testing/payment-gateway-contract.ts';

export const merchant = merchantId('MERCHANT-1')._unsafeUnwrap();

const behaviourOf: Readonly<Record<PayFault, CardBehaviour>> = {
  neverSent: { type: 'notSent', reason: 'no route' },
  lost: { type: 'unknown', charged: false },
  answerLost: { type: 'unknown', charged: true },
  chargedLate: { type: 'unknown', charged: false },
  capturedLater: { type: 'pending', reason: 'the bank is thinking' },
  declinedLater: { type: 'pending', reason: 'the bank is thinking' },
  refused: { type: 'refused', reason: 'not today' },
  sessionGone: { type: 'sessionGone' },
};

export const inMemoryWorld = (gateway = new InMemoryGateway([merchant])): GatewayWorld => {
  let session: SessionId;
  let awaited: 'captured' | 'declined' = 'captured';
  return {
    gateway,
    merchantId: merchant,
    payerTypesCard: async (id, card) => {
      session = id;
      gateway.cardIs(card === 'approved' ? { type: 'captured' } : { type: 'declined', reason: 'no' }, id);
    },
    nextPay: async (fault) => {
      awaited = fault === 'declinedLater' ? 'declined' : 'captured';
      gateway.cardIs(behaviourOf[fault], session);
    },
    timePasses: async () => gateway.later(session, awaited),
    charges: async () =>
      gateway.charges.map(({ orderId, amount }) => ({
        orderId,
        amount: toDecimal(amount),
        currency: amount.currency,
      })),
    close: async () => undefined,
  };
};
