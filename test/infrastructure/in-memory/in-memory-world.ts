// The in-memory gateway with hands on its other side, for the contract of the port.
import { toDecimal } from '../../../src/domain/money/money.ts';
import { merchantId, type SessionId } from '../../../src/domain/payment/ids.ts';
import {
  type CardBehaviour,
  type FollowUpBehaviour,
  InMemoryGateway,
} from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';
import type { Cannot, FollowUpFault, GatewayWorld, PayFault } from '../../../src/testing/gateway-world.ts';

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

const followUpBehaviourOf: Readonly<Record<FollowUpFault, FollowUpBehaviour>> = {
  neverSent: { type: 'notSent', reason: 'no route' },
  lost: { type: 'unknown', done: false },
  answerLost: { type: 'unknown', done: true },
  doneLater: { type: 'pending', reason: 'the bank is thinking' },
  declinedLater: { type: 'pending', reason: 'the bank is thinking' },
  refused: { type: 'refused', reason: 'not today' },
};

const onlyPay = 'the in-memory gateway was asked to be like the order dialect';
/** What it lacks unless it is asked for the payment dialect. */
export const onlyPays: Cannot = {
  ...{ authorize: onlyPay, capture: onlyPay, void: onlyPay, refund: onlyPay, verify: onlyPay, list: onlyPay },
};

export const inMemoryWorld = (gateway = new InMemoryGateway([merchant])): GatewayWorld => {
  let session: SessionId;
  let happensLater: () => void = () => undefined;
  return {
    gateway,
    merchantId: merchant,
    payerTypesCard: async (id, card) => {
      session = id;
      gateway.cardIs(card === 'approved' ? { type: 'captured' } : { type: 'declined', reason: 'no' }, id);
    },
    nextPay: async (fault) => {
      gateway.cardIs(behaviourOf[fault], session);
      happensLater = () => gateway.later(session, fault === 'declinedLater' ? 'declined' : 'captured');
    },
    nextFollowUp: async (operation, fault) => {
      gateway.followUpIs(operation, followUpBehaviourOf[fault]);
      happensLater = () => gateway.laterFollowUp(fault === 'declinedLater' ? 'declined' : 'done');
    },
    timePasses: async () => happensLater(),
    charges: async () =>
      gateway.charges.map(({ operation, orderId, amount }) => ({
        operation,
        orderId,
        amount: toDecimal(amount),
        currency: amount.currency,
      })),
    close: async () => undefined,
  };
};
