import assert from 'node:assert/strict';
import type { Ability, PaymentGateway } from '../application/ports/payment-gateway.ts';
import { sameMoney, toDecimal } from '../domain/money/money.ts';
import type { FollowUp } from '../domain/payment/attempt.ts';
import type { MerchantId, SessionId } from '../domain/payment/ids.ts';
import { type Order, order, type OrderData } from '../domain/payment/order.ts';
import type { Evidence, PayOutcome, Reading } from '../domain/payment/outcome.ts';
import type { GatewayRecord, Transaction } from '../domain/payment/record.ts';

/**
 * What may become of a pay beside an answer. `neverSent`: the gateway cannot be reached. `lost`: cut off, nothing charged.
 * `answerLost`: charged, then cut off. `chargedLate`: cut off, and charged when `timePasses`. `capturedLater`, `declinedLater`: pending,
 * until `timePasses`. `refused`: the gateway says that it did nothing. `sessionGone`: it no longer knows the session.
 */
export type PayFault =
  | 'neverSent'
  | 'lost'
  | 'answerLost'
  | 'chargedLate'
  | 'capturedLater'
  | 'declinedLater'
  | 'refused'
  | 'sessionGone';

/**
 * The same of a capture, void or refund: never sent, cut off without or after its effect, done or refused while it is pending, or refused
 * at once.
 */
export type FollowUpFault = 'neverSent' | 'lost' | 'answerLost' | 'doneLater' | 'declinedLater' | 'refused';

/** What one gateway has no way to do or to suffer, each with the reason. */
export type Cannot = Partial<Readonly<Record<PayFault | Ability, string>>>;

/** A gateway with nothing in it, and the hands on its other side. */
export type GatewayWorld = Readonly<{
  gateway: PaymentGateway;
  merchantId: MerchantId;
  /** What the payer does in the hosted fields. */
  payerTypesCard(session: SessionId, card: 'approved' | 'declined'): Promise<void>;
  /** What becomes of the next pay. */
  nextPay(fault: PayFault): Promise<void>;
  /** What becomes of the next follow-up of this kind; left out where the gateway has none. */
  nextFollowUp?(operation: FollowUp, fault: FollowUpFault): Promise<void>;
  /** Until what is pending or late has happened. */
  timePasses(): Promise<void>;
  /**
   * The gateway's own ledger of money that moved; amounts are decimal text. `operation` is pay where it is left out; the void of an
   * authorization moves none.
   */
  charges(): Promise<
    readonly Readonly<{ orderId: string; amount: string; currency: string; operation?: string }>[]
  >;
  close(): Promise<void>;
}>;

export const anOrder = (changes: Partial<OrderData> = {}): Order => {
  const data = { id: 'ORDER-1', amount: '99.99', currency: 'USD', description: 'A lamp' };
  return order({ ...data, ...changes })._unsafeUnwrap();
};

/** Opens a session for the order and has the payer type a card. */
export const sessionWith = async (
  world: GatewayWorld,
  card: 'approved' | 'declined',
  of: Order,
): Promise<SessionId> => {
  const { id } = (await world.gateway.openSession(world.merchantId, of))._unsafeUnwrap();
  await world.payerTypesCard(id, card);
  return id;
};

export const pay = async (
  { gateway, merchantId: of }: GatewayWorld,
  session: SessionId,
  { id, amount }: Order,
  operation?: 'pay' | 'authorize',
): Promise<PayOutcome> => {
  const request = { merchantId: of, orderId: id, sessionId: session, amount };
  return (await gateway.pay({ ...request, ...(operation && { operation }) }))._unsafeUnwrap();
};

const read = async (
  { gateway, merchantId: of }: GatewayWorld,
  session: SessionId,
  { id }: Order,
): Promise<Reading | GatewayRecord> =>
  (await gateway.read({ merchantId: of, orderId: id, sessionId: session }))._unsafeUnwrap();

/** What is read of the last pay or authorization: of the session's, or, from a gateway that shows them all, of the order's. */
export const readPay = async (world: GatewayWorld, session: SessionId, of: Order): Promise<Reading> => {
  const said = await read(world, session, of);
  if (said.type !== 'record') return said;
  const last = said.transactions.findLast(
    ({ operation }) => operation === 'pay' || operation === 'authorize',
  );
  if (last === undefined) return { type: 'nothing', reason: 'the record has no pay' };
  const { id: transactionId, operation, result, amount, reason } = last;
  if (result !== 'done') return { type: result, reason };
  const { merchantId, orderId } = said;
  const evidence = { merchantId, orderId, amount, transactionId };
  return { type: operation === 'authorize' ? 'authorized' : 'captured', evidence };
};

/** The transactions of the order, of a gateway that shows them. */
export const record = async (
  world: GatewayWorld,
  session: SessionId,
  of: Order,
): Promise<readonly Transaction[]> => {
  const said = await read(world, session, of);
  assert.equal(said.type, 'record');
  assert(said.type === 'record');
  assert.equal(said.orderId, of.id);
  assert([null, world.merchantId].includes(said.merchantId as MerchantId | null));
  return said.transactions;
};

/** What moved, in the ledger's order: `capture 60.00 USD`. */
export const movesAre = async (world: GatewayWorld, ...moves: readonly string[]): Promise<void> => {
  const ledger = Array.from(
    await world.charges(),
    ({ operation = 'pay', amount, currency }) => `${operation.toLowerCase()} ${amount} ${currency}`,
  );
  assert.deepEqual(ledger, moves);
};

export const chargesAre = async (world: GatewayWorld, ...orders: readonly Order[]): Promise<void> => {
  const inWords = orders.map(({ id, amount }) => `${id} ${toDecimal(amount)} ${amount.currency}`);
  const charges = await world.charges();
  const ledger = Array.from(charges, ({ orderId, amount, currency }) => `${orderId} ${amount} ${currency}`);
  assert.deepEqual(ledger, inWords);
};

/** An outcome or reading that shows the charge of this order, or the hold, or what a follow-up of this amount did. */
export const showsCharge = (
  outcome: Readonly<{ type: string; evidence?: Evidence }>,
  of: Order,
  merchant: MerchantId,
  type: 'captured' | 'authorized' | 'done' = 'captured',
): void => {
  assert.equal(outcome.type, type);
  assert(outcome.evidence?.amount);
  assert(sameMoney(outcome.evidence.amount, of.amount));
  assert.equal(outcome.evidence.orderId, of.id);
  assert([null, merchant].includes(outcome.evidence.merchantId as MerchantId | null));
};

export const saysWhy = (outcome: Readonly<{ type: string; reason?: string }>, type: string): void => {
  assert.equal(outcome.type, type);
  assert(outcome.reason);
};
