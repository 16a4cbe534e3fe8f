import { ok, type ResultAsync } from 'neverthrow';
import type { PaymentKey } from '../../src/application/change-payment.ts';
import type { FollowUpRequest } from '../../src/application/ports/payment-gateway.ts';
import { money, type Money } from '../../src/domain/money/money.ts';
import type { FollowUp } from '../../src/domain/payment/attempt.ts';
import type { SessionId } from '../../src/domain/payment/ids.ts';
import type { FollowUpOutcome } from '../../src/domain/payment/outcome.ts';
import type { Booked, Books } from './books.ts';
import { type Charge, type FollowUpCall, type Hold, type Ledger, leftOf } from './ledger.ts';
import type { Rules } from './rules.ts';
import type { World } from './world.ts';

const minute = 60_000;
const clientTimeoutMs = 60_000;
/** Within this time after its call it moves money, unless the world breaks its own promise. */
const executesWithinMs = 100_000;
const lost: FollowUpOutcome = { type: 'unknown', reason: 'the answer was lost' };
const fates = [
  'follow-up: surely not sent',
  'follow-up: the request is lost',
  'follow-up: done, the answer is lost',
  'follow-up: done after the answer was given up',
  'follow-up: done after the quiet period',
  'follow-up: refused',
  'follow-up: declined, the answer is lost',
  'follow-up: pending, then done',
  'follow-up: pending, then declined',
  'follow-up: pending for ever',
  'follow-up: carried out twice',
  'follow-up: the answer names no transaction',
  'follow-up: the answer names no amount',
] as const;
type Fate = (typeof fates)[number];

type Asked = PaymentKey &
  Readonly<{ operation: FollowUp; amount: Money; target: string | null; sessionId?: SessionId }>;
type Found = Readonly<{ hold: Hold | null; charges: readonly Charge[]; target: string; amount: Money }>;

/** Captures, voids and refunds at the gateway. It refuses what is more than there is, and knows no key by which it could see a repetition. */
export class SimulatedFollowUps {
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #books: Books;
  readonly #rules: Rules;
  readonly #announce: (key: PaymentKey) => void;

  constructor(world: World, ledger: Ledger, books: Books, rules: Rules, announce: (key: PaymentKey) => void) {
    this.#world = world;
    this.#ledger = ledger;
    this.#books = books;
    this.#rules = rules;
    this.#announce = announce;
  }

  send(request: FollowUpRequest): ResultAsync<FollowUpOutcome, never> {
    const of = this.#rules.followUpCalled(request);
    const mayMoveUntil = this.#world.now + executesWithinMs;
    const call: FollowUpCall = { request, of, mayMoveUntil, movedInTime: 0, isEnded: false };
    this.#ledger.followUps.push(call);
    const { operation, orderId, amount } = request;
    const what = `${operation} ${orderId} ${amount.minor} ${amount.currency}`;
    return this.#world.call<FollowUpOutcome, never>('gateway', what, async () => {
      const { faults, random } = this.#world;
      const fate = faults.oneOf(fates);
      if (fate !== null) this.#world.note(`    fate of ${of.join(' or ')}: ${fate}`);
      const outcome = this.#decide(call, fate);
      const isTimeout = outcome.type === 'unknown' && random.chance(0.7);
      await this.#world.sleep(isTimeout ? clientTimeoutMs : random.between(50, 3_000));
      return ok(outcome);
    });
  }

  /** Somebody does it at the gateway's own pages, without this application. */
  elsewhere(asked: Asked): void {
    const found = this.#find(asked);
    if (typeof found === 'string') return;
    this.#world.note(`    elsewhere: ${asked.operation} ${asked.orderId} ${asked.amount.minor}`);
    this.#move(asked, found, this.#book(asked, found.target, 'pending'), false);
  }

  /** Nothing of it happens any more. */
  endByHand({ merchantId, orderId }: PaymentKey): void {
    for (const call of this.#ledger.followUpsOf(merchantId, orderId)) call.isEnded = true;
    for (const { said } of this.#books.of(merchantId, orderId)) {
      const last = said.at(-1);
      if (last?.result === 'pending')
        said.push({ ...last, since: this.#world.now, result: 'declined', reason: 'ended by hand' });
    }
  }

  #decide(call: FollowUpCall, fate: Fate | null): FollowUpOutcome {
    const { random } = this.#world;
    const { request } = call;
    const later = (low: number, high: number, then: () => unknown): FollowUpOutcome => {
      this.#world.after(random.between(low, high), () => {
        if (!call.isEnded) this.#world.guard(then);
      });
      return lost;
    };
    const nothing = (outcome: FollowUpOutcome): FollowUpOutcome => {
      call.mayMoveUntil = this.#world.now;
      return outcome;
    };
    if (fate === 'follow-up: the request is lost') return nothing(lost);
    if (fate === 'follow-up: surely not sent') return nothing({ type: 'notSent', reason: fate });
    if (fate === 'follow-up: refused') return nothing({ type: 'refused', reason: fate });
    const found = this.#find(request);
    if (typeof found === 'string') return nothing({ type: 'refused', reason: found });
    const pending = (): FollowUpOutcome => {
      call.mayMoveUntil = Infinity;
      return { type: 'pending', reason: String(fate) };
    };
    const inAWhile = random.pick([minute, 60 * minute, 24 * 60 * minute]);
    switch (fate) {
      case 'follow-up: done, the answer is lost':
        this.#carryOut(call);
        return lost;
      case 'follow-up: done after the answer was given up':
        return later(30_000, 80_000, () => this.#carryOut(call));
      case 'follow-up: done after the quiet period':
        call.mayMoveUntil = this.#world.now;
        return later(4 * minute, random.pick([5 * minute, 60 * minute, 20 * 60 * minute]), () =>
          this.#carryOut(call, null, true),
        );
      case 'follow-up: declined, the answer is lost':
        this.#book(request, found.target, 'declined');
        return nothing(lost);
      case 'follow-up: pending, then done': {
        const booked = this.#book(request, found.target, 'pending');
        later(1_000, inAWhile, () => this.#carryOut(call, booked));
        return pending();
      }
      case 'follow-up: pending, then declined': {
        const booked = this.#book(request, found.target, 'pending');
        later(1_000, inAWhile, () => nothing(this.#declines(booked)));
        return pending();
      }
      case 'follow-up: pending for ever':
        this.#book(request, found.target, 'pending');
        return pending();
      case 'follow-up: carried out twice':
        later(1_000, inAWhile, () => this.#carryOut(call, null, true));
        return this.#carryOut(call);
      case 'follow-up: the answer names no transaction':
        return this.#carryOut(call, null, false, { transactionId: null });
      case 'follow-up: the answer names no amount':
        return this.#carryOut(call, null, false, { amount: null });
      default:
        return this.#carryOut(call);
    }
  }

  #declines(booked: Booked): FollowUpOutcome {
    booked.said.push({
      since: this.#world.now,
      result: 'declined',
      amount: booked.said[0]?.amount ?? null,
      reason: 'no',
    });
    return lost;
  }

  #carryOut(
    call: FollowUpCall,
    booked: Booked | null = null,
    isLate = false,
    withheld: Readonly<{ transactionId?: null; amount?: null }> = {},
  ): FollowUpOutcome {
    const { request } = call;
    call.mayMoveUntil = this.#world.now;
    const found = this.#find(request, booked);
    if (typeof found === 'string') {
      if (booked !== null) this.#declines(booked);
      return { type: 'refused', reason: found };
    }
    const done = booked ?? this.#book(request, found.target, 'pending');
    if (!isLate) call.movedInTime += found.amount.minor;
    this.#move(request, found, done, isLate);
    const { merchantId, orderId } = request;
    const evidence = { merchantId, orderId, amount: found.amount, transactionId: done.id, ...withheld };
    return { type: 'done', evidence };
  }

  #book(
    { merchantId, orderId, operation, amount }: Asked,
    target: string,
    result: 'pending' | 'declined',
  ): Booked {
    const about = { merchantId, orderId, operation, target };
    return this.#books.book(about, { since: this.#world.now, result, amount, reason: result });
  }

  #move(asked: Asked, { hold, charges, amount }: Found, { id, said }: Booked, isLate: boolean): void {
    const { merchantId, orderId, operation } = asked;
    if (said.at(-1)?.since === this.#world.now) said.pop();
    said.push({ since: this.#world.now, result: 'done', amount, reason: 'done' });
    this.#ledger.moves.push({ merchantId, orderId, at: this.#world.now });
    this.#world.note(`    moved: ${operation} ${merchantId}/${orderId} ${id} ${amount.minor}`);
    if (operation === 'capture' && hold !== null) {
      const { sessionId, transactionId: origin } = hold;
      const whose = { merchantId, orderId, namedOrderId: orderId, sessionId };
      this.#ledger.charges.push({
        ...whose,
        transactionId: id,
        origin,
        amount,
        isLate: isLate || hold.isLate,
        isGivenBack: false,
        givenBack: 0,
      });
      this.#rules.charged(merchantId, orderId);
    } else if (hold !== null) this.#letsGo(hold);
    else {
      let { minor } = amount;
      for (const charge of charges.toReversed()) {
        const taken = Math.min(minor, leftOf(charge));
        charge.givenBack += taken;
        minor -= taken;
        // Only held when it was asked for, and charged before it was undone: either is the truth.
        const wasHeld = this.#ledger.holds.find(
          ({ transactionId }) => transactionId === charge.transactionId,
        );
        if (operation === 'void' && wasHeld !== undefined) {
          charge.isVoidedAsHold = true;
          this.#letsGo(wasHeld);
        }
      }
    }
    this.#announce({ merchantId, orderId });
  }

  /** A pay that only held the amount charges no more. */
  #letsGo(hold: Hold): void {
    hold.isOver = true;
    for (const call of this.#ledger.callsOf(hold.merchantId, hold.orderId)) {
      if (call.request.sessionId !== hold.sessionId) continue;
      call.isEnded = true;
      call.mayChargeUntil = this.#world.now;
    }
  }

  /** What it acts on, or why there is nothing. What is pending is spoken for. */
  #find(asked: Asked, own: Booked | null = null): Found | string {
    const { merchantId, orderId, operation, amount, target } = asked;
    const holds = this.#ledger.holdsOf(merchantId, orderId).filter(({ isOver }) => !isOver);
    const charges = this.#ledger.heldOf(merchantId, orderId);
    const isAskedFor = ({ transactionId }: Hold | Charge) => target === null || transactionId === target;
    const pending = this.#books
      .of(merchantId, orderId)
      .filter((each) => each !== own && each.said.at(-1)?.result === 'pending');
    const spoken = pending
      .filter((each) => each.operation === operation)
      .reduce((sum, { said }) => sum + (said.at(-1)?.amount?.minor ?? 0), 0);
    if (operation === 'capture') {
      const hold = holds.find((each) => each.sessionId === asked.sessionId) ?? holds[0];
      if (hold === undefined || pending.some((each) => each.operation === 'void')) return 'nothing is held';
      const taken = this.#ledger
        .chargesOf(merchantId, orderId)
        .filter(({ origin }) => origin === hold.transactionId)
        .reduce((sum, charge) => sum + charge.amount.minor, spoken);
      const isThere = amount.minor <= hold.amount.minor - taken;
      return isThere ? { hold, charges, target: hold.transactionId, amount } : 'more than is held';
    }
    if (operation === 'void') return this.#findForVoid(holds, charges, isAskedFor, pending.length > 0);
    const of = charges.filter(isAskedFor);
    const left = of.reduce((sum, charge) => sum + leftOf(charge), -spoken);
    const last = of.at(-1);
    if (last === undefined || pending.some((each) => each.operation === 'void')) return 'nothing was charged';
    return amount.minor <= left
      ? { hold: null, charges: of, target: last.transactionId, amount }
      : 'more than is left';
  }

  #findForVoid(
    holds: readonly Hold[],
    charges: readonly Charge[],
    isAskedFor: (each: Hold | Charge) => boolean,
    isPending: boolean,
  ): Found | string {
    const charge = charges.findLast(isAskedFor);
    if (isPending) return 'something is pending';
    if (charge?.givenBack === 0) {
      const { transactionId: target, amount } = charge;
      return { hold: null, charges: [charge], target, amount };
    }
    const hold = holds.findLast(isAskedFor);
    const isFollowed = this.#ledger.charges.some(({ origin }) => origin === hold?.transactionId);
    if (hold === undefined || isFollowed) return 'nothing that can be voided';
    return { hold, charges: [], target: hold.transactionId, amount: hold.amount };
  }
}

/** A part of an amount, at least one minor unit. */
export const partOf = (amount: Money, minor: number): Money =>
  money(Math.max(1, Math.min(minor, amount.minor)), amount.currency)._unsafeUnwrap();
