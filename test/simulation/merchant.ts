import type { Result } from 'neverthrow';
import type { PaymentKey } from '../../src/application/change-payment.ts';
import type { FollowedUp, FollowUpCommand, FollowUpError } from '../../src/application/follow-up-payment.ts';
import type { FollowUp } from '../../src/domain/payment/attempt.ts';
import { proposal } from '../../src/domain/payment/follow-up.ts';
import type { Payment } from '../../src/domain/payment/payment.ts';
import { authorizedAmount } from '../../src/domain/payment/totals.ts';
import type { Instance } from './instance.ts';
import type { Rules } from './rules.ts';
import { partOf, type SimulatedFollowUps } from './simulated-follow-ups.ts';
import type { World } from './world.ts';

type Asked = Readonly<{ operation: FollowUp; command: FollowUpCommand }>;

/** People at the merchant's back office, who capture, void and give back, several at once and again under the same key. */
export class Merchant {
  readonly #world: World;
  readonly #rules: Rules;
  readonly #gateway: SimulatedFollowUps;
  readonly #anInstance: () => Instance | null;
  readonly #asked: Asked[] = [];
  #hasLeft = false;

  constructor(world: World, rules: Rules, gateway: SimulatedFollowUps, anInstance: () => Instance | null) {
    this.#world = world;
    this.#rules = rules;
    this.#gateway = gateway;
    this.#anInstance = anInstance;
  }

  leave(): void {
    this.#hasLeft = true;
  }

  act(): void {
    const { faults, random } = this.#world;
    const [first, ...others] = this.#rules.payments().filter(({ states }) => hasMoney.has(states.payment));
    if (first === undefined) return;
    const payment = random.pick([first, ...others]);
    if (faults.happens('elsewhere: somebody moves money at the gateway itself')) {
      return this.#gateway.elsewhere({ ...keyOf(payment), ...this.#chooses(payment), target: null });
    }
    for (let times = random.between(1, 3); times > 0; times -= 1) {
      const earlier = this.#asked.filter(({ command }) => isOf(payment, command));
      const again = earlier[random.between(0, earlier.length)];
      this.#asks(random.chance(0.3) && again !== undefined ? again : this.#plans(payment));
    }
  }

  /** What a person is asked about is given back as it is proposed, if anything is. */
  followsProposal(payment: Payment): boolean {
    const proposed = proposal(payment);
    if (proposed === null) return false;
    const { operation, target } = proposed;
    const key = `proposed-${payment.version}`;
    this.#asks({ operation, command: { ...keyOf(payment), key, target } });
    return true;
  }

  #plans(payment: Payment): Asked {
    const { operation, amount } = this.#chooses(payment);
    const isPart = operation !== 'void' && this.#world.random.chance(0.7);
    const key = `key-${this.#asked.length + 1}`;
    const asked = { operation, command: { ...keyOf(payment), key, amount: isPart ? amount : null } };
    this.#asked.push(asked);
    return asked;
  }

  #chooses(payment: Payment) {
    const { random } = this.#world;
    const held = authorizedAmount(payment);
    const isHeld = payment.states.payment === 'authorized' || payment.states.payment === 'partlyCaptured';
    const operation: FollowUp = isHeld
      ? random.pick(['capture', 'capture', 'capture', 'void', 'refund'])
      : random.pick(['refund', 'refund', 'refund', 'void']);
    const of = operation === 'capture' || payment.captured.minor === 0 ? held : payment.captured;
    const all = of.minor === 0 ? payment.order.amount : of;
    return { operation, amount: partOf(all, Math.ceil(all.minor / random.between(1, 4))) };
  }

  #asks(asked: Asked, times = 2): void {
    const instance = this.#anInstance();
    if (instance === null) return;
    const { operation, command } = asked;
    const { process, followUp } = instance;
    const done = (result: Result<FollowedUp, FollowUpError>) => {
      const isSurely = result.isErr() && surely.has(result.error.type);
      if (times > 0 && !isSurely && !this.#hasLeft && this.#world.random.chance(0.4))
        this.#world.after(this.#world.random.between(500, 60_000), () => this.#asks(asked, times - 1));
    };
    this.#world.run(
      process,
      `${operation} ${command.orderId} ${command.key}`,
      () => followUp.execute(operation, command),
      done,
    );
  }
}

const surely = new Set(['NotPossible', 'AmountExceeded', 'KeyReused', 'GatewayRefused', 'NotSupported']);
const hasMoney = new Set(['authorized', 'partlyCaptured', 'captured', 'partlyRefunded']);
const keyOf = ({ merchantId, order }: Payment): PaymentKey => ({ merchantId, orderId: order.id });
const isOf = ({ merchantId, order }: Payment, command: PaymentKey): boolean =>
  command.merchantId === merchantId && command.orderId === order.id;
