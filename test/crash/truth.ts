// Compares everything that is stored with the gateway's ledger and with what the host was told to do.
import type pg from 'pg';
import type { Payment } from '../../src/domain/payment/payment.ts';
import { toDecimal } from '../../src/domain/money/money.ts';
import type { PaymentEvent } from '../../src/domain/payment/payment-event.ts';
import type { Charge, Gateway } from './shop.ts';

type Effect = Readonly<{ order_id: string; key: string }>;
type Heard = Readonly<{ order_id: string; version: number }>;

/** All of it, read at one moment. */
type Stored = Readonly<{
  payments: readonly Payment[];
  events: readonly PaymentEvent[];
  /** Written in the transaction that fulfils, and beside it. */
  released: readonly Effect[];
  delivered: readonly Effect[];
  written: readonly Effect[];
  heard: readonly Heard[];
}>;

/** One statement, so that it is what was stored at one moment. */
const everything = `
  select
    (select coalesce(json_agg(document), '[]') from paysession.payment) as payments,
    (select coalesce(json_agg(document order by order_id, version), '[]') from paysession.payment_event) as events,
    (select coalesce(json_agg(host_released), '[]') from host_released) as released,
    (select coalesce(json_agg(host_delivered), '[]') from host_delivered) as delivered,
    (select coalesce(json_agg(host_written), '[]') from host_written) as written,
    (select coalesce(json_agg(host_heard order by id), '[]') from host_heard) as heard`;

const of = <T extends { order_id: string }>(all: readonly T[], { order }: Payment): readonly T[] =>
  all.filter(({ order_id }) => order_id === order.id);

/** Money: at most one charge, never without its payment, and no payment that claims what is not there. */
const aboutMoney = (payment: Payment, charges: readonly Charge[]): readonly string[] => {
  const mine = charges.filter(({ orderId }) => orderId === payment.order.id);
  const captured = payment.attempts.filter(({ outcome }) => outcome === 'captured');
  // A reading of a session does not tell the transaction's id; the answer to the pay does.
  const isCharge = (id: string | null) =>
    id === null || mine.some(({ transactionId }) => transactionId === id);
  const [charge] = mine;
  const inLedger =
    charge === undefined ? `0 ${payment.order.amount.currency}` : `${charge.amount} ${charge.currency}`;
  const total = payment.captured.minor === 0 ? '0' : toDecimal(payment.captured);
  return [
    ...(mine.length > 1 ? [`charged ${mine.length} times`] : []),
    ...(`${total} ${payment.captured.currency}` !== inLedger
      ? [`claims ${total} ${payment.captured.currency}, the ledger says ${inLedger}`]
      : []),
    ...(charge !== undefined && charge.amount !== toDecimal(payment.order.amount)
      ? ['charged another price']
      : []),
    ...(captured.length === mine.length && captured.every(({ transactionId }) => isCharge(transactionId))
      ? []
      : ['its captured attempts are not the charges of the ledger']),
    ...((payment.states.payment === 'captured') !== (mine.length === 1)
      ? [`is ${payment.states.payment}`]
      : []),
  ];
};

/** Goods: released exactly once for money that was taken; effects beside the transaction at least once, under the same key. */
const aboutGoods = (payment: Payment, { released, delivered, written }: Stored): readonly string[] => {
  const due = payment.states.payment === 'captured' ? 1 : 0;
  const effects = [of(released, payment), of(delivered, payment), of(written, payment)] as const;
  const [times = 0, ...atLeast] = effects.map(({ length }) => length);
  return [
    ...(times === due ? [] : [`released ${times} times`]),
    ...(atLeast.every((count) => (due === 1 ? count >= 1 : count === 0))
      ? []
      : [`delivered, written ${atLeast.join()} times`]),
    ...(effects.flat().every(({ key }) => key === payment.id) ? [] : ['fulfilled under another key']),
    ...((payment.states.fulfilment === 'fulfilled') === (due === 1)
      ? []
      : [`fulfilment is ${payment.states.fulfilment}`]),
  ];
};

/** History: one event for each version, the last one in the payment's states, and each was heard first in its turn. */
const aboutHistory = (payment: Payment, { events, heard }: Stored): readonly string[] => {
  const mine = events.filter(({ orderId }) => orderId === payment.order.id);
  const expected = Array.from({ length: payment.version }, (_, index) => index + 1).join();
  const last = mine.at(-1);
  const firstHeard = [...new Set(of(heard, payment).map(({ version }) => version))].join();
  return [
    ...(mine.map(({ version }) => version).join() === expected ? [] : ['its versions have gaps']),
    ...(JSON.stringify(last?.states) === JSON.stringify(payment.states)
      ? []
      : ['its last event tells other states']),
    ...(firstHeard === expected ? [] : [`heard ${firstHeard} of ${expected}`]),
    ...(['fulfilled', 'captured', 'payStarted'] as const).flatMap((type) => {
      const count = mine.filter((event) => event.type === type).length;
      return count <= (type === 'payStarted' ? payment.attempts.length : 1) ? [] : [`${type} ${count} times`];
    }),
  ];
};

const unfinished: ReadonlySet<Payment['states']['payment']> = new Set(['paying', 'payUnknown', 'pending']);

/**
 * Everything that is not as it must be once all work is done; empty when all is true. A payment that nobody found the truth about
 * yet counts too.
 */
export const falsehoods = async (pool: pg.Pool, gateway: Gateway): Promise<readonly string[]> => {
  const [stored] = (await pool.query<Stored>(everything)).rows;
  if (stored === undefined) throw new Error('a select without a row');
  const [charges, pays] = [await gateway.charges(), await gateway.pays()];
  const known = new Set(stored.payments.map(({ order }): string => order.id));
  return [
    ...charges.flatMap(({ orderId }) =>
      known.has(orderId) ? [] : [`${orderId}: charged without a payment`],
    ),
    ...pays.filter((sent, index) => pays.indexOf(sent) !== index).map((sent) => `${sent}: pay sent twice`),
    ...stored.payments.flatMap((payment) => {
      const { order, states } = payment;
      const problems = unfinished.has(states.payment)
        ? [`still ${states.payment}`]
        : [...aboutMoney(payment, charges), ...aboutGoods(payment, stored), ...aboutHistory(payment, stored)];
      return problems.map((problem) => `${order.id}: ${problem}`);
    }),
  ];
};
