import { err, ok, type Result } from 'neverthrow';
import type { FollowUpRequest, ListedPayment } from '../../application/ports/payment-gateway.ts';
import type { Currency } from '../../domain/money/currency.ts';
import { addMoney, inWords, money, type Money, zero } from '../../domain/money/money.ts';
import type { FollowUp } from '../../domain/payment/attempt.ts';
import type { MerchantId, OrderId, SessionId } from '../../domain/payment/ids.ts';
import type { Evidence } from '../../domain/payment/outcome.ts';
import type { Transaction } from '../../domain/payment/record.ts';

/** Money that moved: taken by a pay or a capture, or gone back by a refund or the void of a charge. */
export type InMemoryCharge = Readonly<{
  operation: 'pay' | FollowUp;
  merchantId: MerchantId;
  orderId: OrderId;
  sessionId: SessionId;
  transactionId: string;
  amount: Money;
}>;

export type Asked = Readonly<{ merchantId: MerchantId; orderId: OrderId; sessionId: SessionId }>;

/** A transaction as the gateway keeps it. */
export type Booked = Asked & Transaction & Readonly<{ target: string | null }>;

type Refused = Readonly<{ type: 'refused'; reason: string }>;
type ToBook = Asked & Readonly<{ amount: Money; reason?: string; target?: string | null }>;

const actsOn: Readonly<Record<FollowUp, readonly Booked['operation'][]>> = {
  capture: ['authorize'],
  void: ['authorize', 'pay', 'capture'],
  refund: ['pay', 'capture'],
};

const sum = (all: readonly Booked[]): number =>
  all.reduce((total, { amount }) => total + (amount?.minor ?? 0), 0);

const sumOf = (moved: readonly InMemoryCharge[], currency: Currency): Money =>
  moved.reduce((total, { amount }) => addMoney(total, amount).unwrapOr(total), zero(currency));

/** What the in-memory gateway keeps: all transactions, and the money that moved by them. */
export class InMemoryLedger {
  readonly #charges: InMemoryCharge[];
  #numbered = 0;
  #booked: readonly Booked[] = [];

  /** Adds to these charges. */
  constructor(charges: InMemoryCharge[]) {
    this.#charges = charges;
  }

  /** The transactions of an order, oldest first. */
  of({ merchantId, orderId }: Pick<Asked, 'merchantId' | 'orderId'>): readonly Booked[] {
    return this.#booked.filter((each) => each.merchantId === merchantId && each.orderId === orderId);
  }

  /** A merchant's payments, each with what was taken and what went back, oldest first. */
  list(merchantId: MerchantId): readonly ListedPayment[] {
    const mine = this.#booked.filter((each) => each.merchantId === merchantId);
    return [...new Map(mine.map((each) => [each.orderId, each.amount])).entries()].map(
      ([orderId, amount]) => {
        const moved = this.#charges.filter(
          (each) => each.merchantId === merchantId && each.orderId === orderId,
        );
        const total = (...of: readonly InMemoryCharge['operation'][]): Money | null =>
          amount === null
            ? null
            : sumOf(
                moved.filter(({ operation }) => of.includes(operation)),
                amount.currency,
              );
        const totals = { captured: total('pay', 'capture'), refunded: total('refund', 'void') };
        return { merchantId, orderId, status: null, amount, createdAt: null, ...totals };
      },
    );
  }

  /** The pay or authorize through this session. */
  through(id: SessionId): Booked | null {
    const ofCard = ({ operation }: Booked) => operation === 'pay' || operation === 'authorize';
    return this.#booked.findLast((each) => each.sessionId === id && ofCard(each)) ?? null;
  }

  /** Keeps a transaction, in the place of an earlier one if that is named. */
  book(operation: Booked['operation'], result: Booked['result'], about: ToBook, earlier?: string): Booked {
    const { merchantId, orderId, sessionId: id, amount, reason = '', target = null } = about;
    if (earlier === undefined) this.#numbered += 1;
    const transactionId = earlier ?? `transaction-${this.#numbered}`;
    const asked = { merchantId, orderId, sessionId: id };
    const booked: Booked = { ...asked, id: transactionId, operation, result, amount, reason, target };
    const isHold = operation === 'authorize' || (operation === 'void' && this.#isHold(target));
    this.forget(earlier);
    this.#booked = [...this.#booked, booked];
    if (result === 'done' && !isHold) this.#charges.push({ operation, ...asked, transactionId, amount });
    return booked;
  }

  #isHold(id: string | null): boolean {
    return this.#booked.find((each) => each.id === id)?.operation === 'authorize';
  }

  /** The one that is still to be said about. */
  pending(about: Asked & Readonly<{ operation: FollowUp }>): Booked | undefined {
    return this.of(about).findLast((each) => each.operation === about.operation && each.result === 'pending');
  }

  forget(transactionId: string | undefined): void {
    this.#booked = this.#booked.filter(({ id }) => id !== transactionId);
  }

  /** The transaction that a follow-up acts on, if it leaves enough of it. */
  targetOf(request: FollowUpRequest): Result<Booked, Refused> {
    const { operation, target, amount } = request;
    const refused = (reason: string) => err<never, Refused>({ type: 'refused', reason });
    const all = this.of(request);
    const voids = all.filter((each) => each.operation === 'void' && each.result !== 'declined');
    const standing = all.filter(
      ({ id, result }) => result === 'done' && !voids.some((each) => each.target === id),
    );
    const fits = standing.filter(({ operation: of }) => actsOn[operation].includes(of));
    const found = target === null ? fits.at(-1) : fits.find(({ id }) => id === target);
    if (found === undefined) return refused(`nothing here that a ${operation} can be done to`);
    if (operation === 'void') {
      const isFollowed = standing.some((each) => each.target === found.id);
      return isFollowed ? refused('it was captured or refunded: refund what was taken') : ok(found);
    }
    const isOver = amount.minor > this.#left(request, target === null ? fits : [found]).minor;
    return isOver ? refused(`${inWords(amount)} is more than what is left`) : ok(found);
  }

  /** What is left of these for this operation; what is pending is spent. */
  #left(request: FollowUpRequest, of: readonly Booked[]): Money {
    const spent = this.of(request).filter(
      ({ operation, result, target }) =>
        operation === request.operation && result !== 'declined' && of.some(({ id }) => id === target),
    );
    const minor = sum(of) - sum(spent);
    return money(Math.max(minor, 0), request.amount.currency)._unsafeUnwrap();
  }
}

export const evidenceOf = ({ merchantId, orderId, amount, id: transactionId }: Booked): Evidence => ({
  ...{ merchantId, orderId, amount, transactionId },
});
