import { err, errAsync, ok, type ResultAsync } from 'neverthrow';
import {
  gatewayRefused,
  gatewayUnavailable,
  type FollowUpRequest,
  type ListedPayments,
  type OpenedSession,
  type PaymentGateway,
  type PayRequest,
  type ReadRequest,
  type SessionError,
} from '../../src/application/ports/payment-gateway.ts';
import { money, type Money } from '../../src/domain/money/money.ts';
import {
  type MerchantId,
  type OrderId,
  orderId,
  type SessionId,
  sessionId,
} from '../../src/domain/payment/ids.ts';
import type { Order } from '../../src/domain/payment/order.ts';
import type {
  Evidence,
  FollowUpOutcome,
  PayOutcome,
  Reading,
  VerifyOutcome,
} from '../../src/domain/payment/outcome.ts';
import type { GatewayRecord, Transaction } from '../../src/domain/payment/record.ts';
import { Books } from './books.ts';
import type { Charge, Ledger, PayCall } from './ledger.ts';
import type { Rules } from './rules.ts';
import { SimulatedFollowUps } from './simulated-follow-ups.ts';
import type { World } from './world.ts';

/** Within this time after its call, a pay charges and every reading can show it, unless the world breaks its own promise. */
const executesWithinMs = 100_000;
const staleMs = 55_000;
const clientTimeoutMs = 60_000;
const minute = 60_000;
const sessionLivesMs = 15 * minute;

/** The generation of the API that is simulated. */
export type Dialect = PaymentGateway['capabilities']['dialect'];
/** A webhook: the key is all that anybody may believe of it. */
type Announce = (key: Readonly<{ merchantId: MerchantId; orderId: OrderId }>) => void;

type Session = {
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  readonly openedAt: number;
  pay: PayCall | null;
  /** What a reading says since when, oldest first. */
  readonly readings: Readonly<{ since: number; reading: Reading }>[];
};

const nothing: Reading = { type: 'nothing', reason: 'no transaction' };
const lost: PayOutcome = { type: 'unknown', reason: 'the answer was lost' };
const fates = [
  'pay: surely not sent',
  'pay: the request is lost',
  'pay: charged, the answer is lost',
  'pay: charged after the answer was given up',
  'pay: charged after the quiet period',
  'pay: refused',
  'pay: the session is gone',
  'pay: declined',
  'pay: pending, then charged',
  'pay: pending, then declined',
  'pay: pending for ever',
  'pay: authorized, then charged',
  'pay: authorized for ever',
  'pay: charged another amount',
  'pay: charged in another currency',
  'pay: the charge names another order',
  'pay: the answer names no amount',
  'pay: the answer names no transaction',
] as const;
const paymentFates = [...fates, 'pay: carried out twice'] as const;
type Fate = (typeof paymentFates)[number];

/** A gateway without idempotency keys, with late charges, lost answers and readings that lag behind. */
export class SimulatedGateway implements PaymentGateway {
  readonly capabilities: PaymentGateway['capabilities'];
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #rules: Rules;
  readonly #sessions = new Map<SessionId, Session>();

  readonly #announce: Announce;
  readonly #books = new Books();
  readonly #liedAbout = new Set<string>();
  readonly followUps: SimulatedFollowUps;

  /** In the payment dialect a read shows all transactions of the order, and what moved money is announced. */
  constructor(world: World, ledger: Ledger, rules: Rules, dialect: Dialect, announce: Announce) {
    const can = dialect === 'payment' ? (['authorize', 'capture', 'void', 'refund'] as const) : [];
    this.capabilities = { dialect, can, timeoutMs: clientTimeoutMs };
    this.followUps = new SimulatedFollowUps(world, ledger, this.#books, rules, announce);
    this.#announce = announce;
    this.#world = world;
    this.#ledger = ledger;
    this.#rules = rules;
  }

  followUp(request: FollowUpRequest): ResultAsync<FollowUpOutcome, never> {
    return this.followUps.send(request);
  }

  verify(): ResultAsync<VerifyOutcome, SessionError> {
    return errAsync(gatewayRefused('this gateway checks no cards'));
  }

  scriptUrl(): string {
    return 'https://gateway.invalid/session.js';
  }

  openSession(merchantId: MerchantId, { id }: Order): ResultAsync<OpenedSession, SessionError> {
    const { faults } = this.#world;
    return this.#world.call<OpenedSession, SessionError>('gateway', `openSession ${id}`, () => {
      if (faults.happens('session: the request is lost')) return err(gatewayUnavailable('no answer'));
      if (faults.happens('session: refused')) return err(gatewayRefused('a wrong value'));
      const others = [...this.#sessions].flatMap(([known, session]) =>
        session.merchantId === merchantId && session.orderId !== id ? [known] : [],
      );
      const [another] = others;
      if (another !== undefined && faults.happens("session: the id is another order's")) {
        return ok({ id: another, successIndicator: null });
      }
      const opened = sessionId(`SESSION${this.#sessions.size + 1}`)._unsafeUnwrap();
      const { now } = this.#world;
      const readings = [{ since: now, reading: nothing }];
      this.#sessions.set(opened, { merchantId, orderId: id, openedAt: now, pay: null, readings });
      const isLost = faults.happens('session: the answer is lost');
      return isLost ? err(gatewayUnavailable('no answer')) : ok({ id: opened, successIndicator: null });
    });
  }

  updateSession(_: MerchantId, id: SessionId): ResultAsync<void, SessionError> {
    return this.#world.call<void, SessionError>('gateway', `updateSession ${id}`, () => {
      const fault = this.#world.faults.oneOf([
        'session: the request is lost',
        'session: the answer is lost',
        'session: refused',
      ]);
      if (fault !== null)
        return err(fault === 'session: refused' ? gatewayRefused(fault) : gatewayUnavailable(fault));
      return this.#sessions.get(id)?.pay === null
        ? ok(undefined)
        : err(gatewayRefused('the session was paid'));
    });
  }

  pay(request: PayRequest): ResultAsync<PayOutcome, never> {
    const mayChargeUntil = this.#world.now + executesWithinMs;
    const attemptId = this.#rules.payCalled(request);
    const call: PayCall = {
      request,
      attemptId,
      mayChargeUntil,
      isLate: false,
      wasNotSent: false,
      isEnded: false,
    };
    this.#ledger.calls.push(call);
    const what = `pay ${request.sessionId} ${request.amount.minor} ${request.amount.currency}`;
    return this.#world.call<PayOutcome, never>('gateway', what, async () => ok(await this.#arrives(call)));
  }

  async #arrives(call: PayCall): Promise<PayOutcome> {
    const { faults, random } = this.#world;
    const fate = faults.oneOf<Fate>(this.capabilities.dialect === 'payment' ? paymentFates : fates);
    if (fate !== null) this.#world.note(`    fate of ${call.request.sessionId}: ${fate}`);
    const outcome = this.#decide(call, fate);
    const isTimeout = outcome.type === 'unknown' && random.chance(0.7);
    await this.#world.sleep(isTimeout ? clientTimeoutMs : random.between(50, 3_000));
    return outcome;
  }

  #decide(call: PayCall, fate: Fate | null): PayOutcome {
    const { now } = this.#world;
    const { merchantId, orderId: order, sessionId: id } = call.request;
    const surely = <O extends PayOutcome>(outcome: O): O => {
      call.mayChargeUntil = now;
      return outcome;
    };
    if (fate === 'pay: the request is lost') return lost;
    if (fate === 'pay: surely not sent') {
      call.wasNotSent = true;
      return surely({ type: 'notSent', reason: fate });
    }
    const session = this.#sessions.get(id);
    const isGone = session?.merchantId !== merchantId || now >= session.openedAt + sessionLivesMs;
    if (isGone || fate === 'pay: the session is gone') {
      return surely({ type: 'refused', reason: 'no such session', sessionGone: true });
    }
    if (session.orderId !== order || session.pay !== null || fate === 'pay: refused') {
      return surely({ type: 'refused', reason: 'no', sessionGone: false });
    }
    session.pay = call;
    return this.#takes(call, session, fate);
  }

  #takes(call: PayCall, session: Session, fate: Fate | null): PayOutcome {
    const { random, now } = this.#world;
    const { amount } = call.request;
    const becomes = <R extends Reading & PayOutcome>(reading: R): R => {
      session.readings.push({ since: this.#world.now, reading });
      return reading;
    };
    const { operation = 'pay' } = call.request;
    const hold = (held = amount) => becomes({ type: 'authorized', evidence: this.#hold(call, held) });
    const charge = (charged = amount, named = call.request.orderId) =>
      operation === 'authorize'
        ? hold(charged)
        : becomes({ type: 'captured', evidence: this.#charge(call, charged, named) });
    const later = (low: number, high: number, then: () => unknown) => {
      call.mayChargeUntil = Infinity;
      this.#world.after(random.between(low, high), () => {
        if (!call.isEnded) this.#world.guard(then);
      });
    };
    const declines = () => {
      call.mayChargeUntil = this.#world.now;
      return becomes({ type: 'declined', reason: 'no money' });
    };
    switch (fate) {
      case 'pay: charged, the answer is lost':
        charge();
        return lost;
      case 'pay: charged after the answer was given up':
        later(30_000, 80_000, charge);
        return lost;
      case 'pay: charged after the quiet period':
        later(executesWithinMs, random.pick([5 * minute, 60 * minute, 20 * 60 * minute]), charge);
        call.isLate = true;
        call.mayChargeUntil = now + executesWithinMs;
        return lost;
      case 'pay: declined':
        return declines();
      case 'pay: pending, then charged':
        later(1_000, random.pick([minute, 60 * minute, 24 * 60 * minute]), charge);
        return becomes({ type: 'pending', reason: fate });
      case 'pay: pending, then declined':
        later(1_000, random.pick([minute, 60 * minute, 24 * 60 * minute]), declines);
        return becomes({ type: 'pending', reason: fate });
      case 'pay: pending for ever':
        call.mayChargeUntil = Infinity;
        return becomes({ type: 'pending', reason: fate });
      case 'pay: authorized, then charged':
        if (operation === 'pay') later(1_000, random.pick([minute, 60 * minute]), charge);
        return hold();
      case 'pay: authorized for ever':
        return hold();
      case 'pay: charged another amount':
        return charge(money(amount.minor + 1, amount.currency)._unsafeUnwrap());
      case 'pay: charged in another currency':
        return charge(money(amount.minor, 'EUR')._unsafeUnwrap());
      case 'pay: the charge names another order':
        // A record is asked for by the order, so it names no other.
        return this.capabilities.dialect === 'payment'
          ? charge()
          : charge(amount, orderId('SOMEBODY-ELSES')._unsafeUnwrap());
      case 'pay: the answer names no amount':
        return withoutAmount(charge());
      case 'pay: the answer names no transaction':
        return withoutTransaction(charge());
      case 'pay: carried out twice':
        if (operation === 'pay')
          this.#world.after(random.between(1_000, random.pick([minute, 60 * minute])), () => {
            if (!call.isEnded) this.#world.guard(() => this.#chargesAgain(call));
          });
        return charge();
      default:
        return charge();
    }
  }

  /** The amount is held; a pay may charge it later. */
  #hold(call: PayCall, amount: Money): Evidence {
    const { merchantId, orderId: order, sessionId: id } = call.request;
    const transactionId = transactionOf(id);
    if (!call.isLate) call.mayChargeUntil = Infinity;
    this.#ledger.holds.push({
      merchantId,
      orderId: order,
      sessionId: id,
      transactionId,
      amount,
      isOver: false,
      isLate: call.isLate,
    });
    this.#world.note(`    held: ${merchantId}/${order} ${id} ${amount.minor} ${amount.currency}`);
    this.#rules.charged(merchantId, order);
    if (this.capabilities.dialect === 'payment') this.#announce({ merchantId, orderId: order });
    return evidenceOf(call, amount, transactionId);
  }

  /** One call becomes two charges, which only the record shows. */
  #chargesAgain({ request }: PayCall): void {
    const { merchantId, orderId: order, sessionId: id, amount } = request;
    const about = { merchantId, orderId: order, operation: 'pay' as const, target: null };
    const said = { since: this.#world.now, result: 'done' as const, amount, reason: 'once more' };
    const { id: transactionId } = this.#books.book(about, said);
    const whose = { merchantId, orderId: order, namedOrderId: order, sessionId: id };
    const twice = { isLate: true, isGivenBack: false, givenBack: 0 };
    this.#ledger.charges.push({ ...whose, transactionId, origin: transactionId, amount, ...twice });
    this.#world.note(`    charged twice: ${merchantId}/${order} ${transactionId} ${amount.minor}`);
    this.#announce({ merchantId, orderId: order });
  }

  #charge(call: PayCall, amount: Money, namedOrderId: OrderId): Evidence {
    const { merchantId, orderId: order, sessionId: id } = call.request;
    const transactionId = transactionOf(id);
    const { isLate } = call;
    if (!isLate) call.mayChargeUntil = Infinity;
    for (const hold of this.#ledger.holds) hold.isOver ||= hold.transactionId === transactionId;
    const whose = { merchantId, orderId: order, namedOrderId, sessionId: id };
    const fresh = { isLate, isGivenBack: false, givenBack: 0 };
    this.#ledger.charges.push({ ...whose, transactionId, origin: transactionId, amount, ...fresh });
    this.#world.note(`    charged: ${merchantId}/${order} ${id} ${amount.minor} ${amount.currency}`);
    this.#rules.charged(merchantId, order);
    if (this.capabilities.dialect === 'payment') this.#announce({ merchantId, orderId: order });
    return { ...evidenceOf(call, amount, transactionId), orderId: namedOrderId };
  }

  read({
    merchantId,
    orderId: order,
    sessionId: id,
  }: ReadRequest): ResultAsync<Reading | GatewayRecord, SessionError> {
    return this.#world.call<Reading | GatewayRecord, SessionError>('gateway', `read ${id}`, () => {
      const { faults } = this.#world;
      if (faults.happens('read: fails')) return err(gatewayUnavailable('no answer'));
      if (faults.happens('read: refused')) return err(gatewayRefused('the key was revoked'));
      const session = this.#sessions.get(id);
      if (session?.merchantId !== merchantId || faults.happens('read: says nothing clear')) {
        return ok({ type: 'unclear', reason: 'no such session' });
      }
      return ok(
        this.capabilities.dialect === 'order' ? this.#readingOf(session) : this.#recordOf(merchantId, order),
      );
    });
  }

  list(): ResultAsync<ListedPayments, SessionError> {
    return errAsync(gatewayRefused('nobody asks for it here'));
  }

  /** What a person does here without the module: nothing more is charged for the order, and all but `kept` is given back. */
  endsByHand(merchantId: MerchantId, order: OrderId, kept: Charge | undefined): void {
    const { now } = this.#world;
    this.#world.note(`    by hand: ${merchantId}/${order} keeps ${kept?.transactionId ?? 'nothing'}`);
    this.followUps.endByHand({ merchantId, orderId: order });
    for (const charge of this.#ledger.chargesOf(merchantId, order))
      charge.isGivenBack ||= charge.origin !== kept?.origin;
    for (const hold of this.#ledger.holdsOf(merchantId, order)) hold.isOver = true;
    for (const call of this.#ledger.callsOf(merchantId, order)) {
      if (call.request.sessionId === kept?.sessionId) continue;
      call.isEnded = true;
      call.mayChargeUntil = Math.min(call.mayChargeUntil, now);
      const session = this.#sessions.get(call.request.sessionId);
      session?.readings.push({ since: now, reading: { type: 'unclear', reason: 'ended by hand' } });
    }
  }

  #recordOf(merchantId: MerchantId, order: OrderId): GatewayRecord {
    const sessions = [...this.#sessions].filter(
      ([, session]) => session.merchantId === merchantId && session.orderId === order,
    );
    const { faults, random, now: today } = this.#world;
    const now = faults.happens('read: stale') ? today - random.between(1, staleMs) : today;
    const transactions = sessions.flatMap(([id, session]): Transaction[] => {
      const reading = this.#readingOf(session, now);
      const at = session.readings.find((each) => each.reading.type !== 'nothing')?.since ?? null;
      const transaction = { id: transactionOf(id), operation: 'pay' as const, amount: null, at };
      switch (reading.type) {
        case 'nothing':
          return [];
        case 'captured':
        case 'authorized': {
          const operation = reading.type === 'captured' ? 'pay' : 'authorize';
          const { amount } = reading.evidence;
          // What names no amount or another order is no evidence, as the adapter has it.
          const result = amount === null || reading.evidence.orderId !== order ? 'unclear' : 'done';
          return [{ ...transaction, operation, amount, result, reason: reading.type }];
        }
        default:
          return [{ ...transaction, result: reading.type, reason: reading.reason }];
      }
    });
    const booked = this.#books.shown(merchantId, order, now);
    const isFollowed = (id: string) => booked.some(({ target }) => target === id);
    const known = [...transactions, ...booked];
    const lies = known.length > 0 && this.#liesAbout({ merchantId, orderId: order });
    // Hiding what was followed would hide what followed it a second time.
    const all = lies ? known.filter(({ id }) => isFollowed(id) || random.chance(0.3)) : known;
    all.sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
    // What is not there yet was not followed by anything either.
    const shown = new Set<string>();
    const consistent = all.filter(({ id, target }) =>
      (target ?? null) === null || shown.has(target ?? '') ? shown.add(id) : false,
    );
    return { type: 'record', merchantId, orderId: order, transactions: consistent };
  }

  /** One reading of an order may say that nothing is there where something is. */
  #liesAbout({ merchantId, orderId: order }: Pick<Session, 'merchantId' | 'orderId'>): boolean {
    const about = `${merchantId}/${order}`;
    const lies =
      !this.#liedAbout.has(about) && this.#world.faults.happens('read: says once that nothing is there');
    if (lies) this.#liedAbout.add(about);
    return lies;
  }

  #readingOf(session: Session, asOf: number | null = null): Reading {
    const { faults, random, now } = this.#world;
    if (asOf === null && session.readings.length > 1 && this.#liesAbout(session)) return nothing;
    const at = asOf ?? (faults.happens('read: stale') ? now - random.between(1, staleMs) : now);
    const { reading = nothing } = session.readings.findLast(({ since }) => since <= at) ?? {};
    const hidesAmount = 'evidence' in reading && faults.happens('read: names no amount');
    return hidesAmount ? withoutAmount(reading) : reading;
  }
}

/** A session carries one pay, which stays one transaction whatever becomes of it. */
const transactionOf = (session: SessionId): string => `transaction-${session}`;

type MoneyMoved = Extract<Reading, { evidence: Evidence }>;
const withoutAmount = (moved: MoneyMoved): MoneyMoved => ({
  ...moved,
  evidence: { ...moved.evidence, amount: null },
});

const withoutTransaction = (moved: MoneyMoved): MoneyMoved => ({
  ...moved,
  evidence: { ...moved.evidence, transactionId: null },
});

const evidenceOf = ({ request }: PayCall, amount: Money, transactionId: string): Evidence => ({
  merchantId: request.merchantId,
  orderId: request.orderId,
  amount,
  transactionId,
});
