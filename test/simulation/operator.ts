import type { PaymentKey } from '../../src/application/change-payment.ts';
import { type Money, money } from '../../src/domain/money/money.ts';
import type { Decision } from '../../src/domain/payment/correct.ts';
import type { PaymentId } from '../../src/domain/payment/ids.ts';
import type { Attention, Payment } from '../../src/domain/payment/payment.ts';
import type { Instance } from './instance.ts';
import { type Charge, type Ledger, leftOf } from './ledger.ts';
import type { SimulatedGateway } from './simulated-gateway.ts';
import type { World } from './world.ts';

const minute = 60_000;

/** Somebody at the merchant who decides about payments that need a person, once the money is seen to at the gateway. */
export class Operator {
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #gateway: SimulatedGateway;
  readonly #anInstance: () => Instance | null;
  /** Nobody decides twice about what is as it was, also when it is not known whether the decision was recorded. */
  readonly #decided = new Map<PaymentId, Readonly<{ version: number; decision: Decision }>>();

  readonly #followsProposal: (payment: Payment) => boolean;

  /** `followsProposal`: somebody first gives back what the module proposes to, if it does. */
  constructor(
    world: World,
    ledger: Ledger,
    gateway: SimulatedGateway,
    anInstance: () => Instance | null,
    followsProposal: (payment: Payment) => boolean,
  ) {
    this.#followsProposal = followsProposal;
    this.#world = world;
    this.#ledger = ledger;
    this.#gateway = gateway;
    this.#anInstance = anInstance;
  }

  /** Whoever saw to the money says so until it is recorded: the first time, the process may have died. */
  saysAgain(payment: Payment): void {
    if (this.#decided.has(payment.id)) this.sees(payment);
  }

  /** Decides, if a person is called for and no call is under way any more. */
  sees(payment: Payment): void {
    const { attention, attempts, states, merchantId, order, version } = payment;
    const isOver = attempts.every(({ startedAt }) => startedAt + 5 * minute <= this.#world.now);
    if (attention === null || states.payment !== 'needsAttention' || !isOver) return;
    const isFirst = !this.#decided.has(payment.id);
    if (isFirst && this.#world.random.chance(0.5) && this.#followsProposal(payment)) return;
    const known = this.#decided.get(payment.id);
    const decision = known?.version === version ? known.decision : this.#decides(payment, attention);
    this.#decided.set(payment.id, { version, decision });
    this.#corrects({ merchantId, orderId: order.id }, decision, version);
  }

  /** Gives back at the gateway what is not kept. Goods that are released stay paid for, and those given up stay unpaid. */
  #decides({ merchantId, order, states }: Payment, { kind }: Attention): Decision {
    const { random } = this.#world;
    const charges = this.#ledger.heldOf(merchantId, order.id);
    const keepable = charges.find(({ amount }) => amount.currency === order.amount.currency);
    // A charge that is expected may still be found by a reading that is under way.
    const mustKeep = states.fulfilment === 'fulfilled' || kind === 'unresolved';
    const keeps = states.fulfilment !== 'cancelled' && (mustKeep || random.chance(0.5));
    const kept = keeps ? keepable : undefined;
    this.#gateway.endsByHand(merchantId, order.id, kept);
    if (kept !== undefined) return { to: 'captured', held: this.#heldOf(charges, kept) };
    const isGivenUp = states.fulfilment === 'cancelled' || random.chance(0.5);
    return { to: isGivenUp ? 'cancelled' : 'notCharged' };
  }

  /** An authorization may have been captured in parts. */
  #heldOf(charges: readonly Charge[], { origin, amount }: Charge): Money {
    const parts = charges.filter((charge) => charge.origin === origin);
    const minor = parts.reduce((sum, charge) => sum + leftOf(charge), 0);
    return money(minor, amount.currency)._unsafeUnwrap();
  }

  #corrects(key: PaymentKey, decision: Decision, version: number): void {
    const instance = this.#anInstance();
    if (instance === null) return;
    const correction = { ...key, decision, by: 'Ann', reason: 'seen at the gateway', version };
    this.#world.run(instance.process, `correct ${key.orderId} to ${decision.to}`, () =>
      instance.correct.execute(correction),
    );
  }
}
