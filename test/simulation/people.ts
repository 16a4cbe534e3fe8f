import { okAsync, type Result } from 'neverthrow';
import type { PaymentKey } from '../../src/application/change-payment.ts';
import type { FindPaymentError, FoundPayment } from '../../src/application/find-payment.ts';
import type { OpenPaySessionError, PayableSession } from '../../src/application/open-pay-session.ts';
import type { SubmitPaymentError, SubmittedPayment } from '../../src/application/submit-payment.ts';
import { merchantId, orderId, type SessionId } from '../../src/domain/payment/ids.ts';
import type { Instance } from './instance.ts';
import type { Operator } from './operator.ts';
import type { Random } from './random.ts';
import { orderData } from './simulated-host.ts';
import type { World } from './world.ts';

type Tab = { key: PaymentKey; sessionId: SessionId | null; revision: number | null };

const minute = 60_000;
const sameAgain = new Set(['NotSent', 'AttemptInFlight', 'StorageUnavailable']);

/** Payers with one to three orders of two merchants, each open in one to three tabs. They click whatever there is to click. */
export class People {
  readonly #world: World;
  readonly #operator: Operator;
  readonly #anInstance: () => Instance | null;
  readonly #tabs: readonly [Tab, ...Tab[]];
  readonly #authorizes: boolean;
  #haveLeft = false;

  constructor(
    world: World,
    operator: Operator,
    anInstance: () => Instance | null,
    dialect: 'order' | 'payment',
  ) {
    this.#authorizes = dialect === 'payment';
    this.#world = world;
    this.#operator = operator;
    this.#anInstance = anInstance;
    this.#tabs = tabsOf(world.random);
  }

  leave(): void {
    this.#haveLeft = true;
  }

  act(): void {
    const { faults, random } = this.#world;
    const tab = random.pick(this.#tabs);
    const act = random.pick(['submit', 'submit', 'submit', 'update', 'open', 'poll', 'poll']);
    if (faults.happens('host: registers the payment first')) this.#registers(tab);
    else if (faults.happens('payer: cancels')) this.#cancels(tab);
    else if (tab.sessionId === null || act === 'open') this.#opens(tab, 'open');
    else if (act === 'update') this.#opens(tab, 'update');
    else if (act === 'poll') this.#polls(tab);
    else this.#submits(tab);
  }

  /** What a payer does next, some time later, and in whichever process the request ends up. */
  #soon(withinMs: number, act: () => void): void {
    this.#world.after(this.#world.random.between(1_000, withinMs), act);
  }

  #opens(tab: Tab, how: 'open' | 'update'): void {
    const { random } = this.#world;
    const instance = this.#anInstance();
    const done = (opened: Result<PayableSession, OpenPaySessionError>) => {
      if (opened.isOk()) {
        tab.sessionId = opened.value.session.id;
        tab.revision = opened.value.payment.revision;
        if (random.chance(0.7)) this.#soon(minute, () => this.#submits(tab));
      } else if (opened.error.type === 'NotPayable' && random.chance(0.3)) this.#buysMore(tab);
    };
    if (instance === null) return;
    const { process, [how]: useCase } = instance;
    this.#world.run(process, `${how} ${tab.key.orderId}`, () => useCase.execute(tab.key), done);
  }

  #submits(tab: Tab): void {
    const { faults, random } = this.#world;
    if (tab.sessionId === null || this.#haveLeft) return;
    const another = random.pick(this.#tabs).sessionId ?? tab.sessionId;
    const sessionId = faults.happens("payer: submits another tab's session") ? another : tab.sessionId;
    const operation = this.#authorizes && random.chance(0.4) ? ('authorize' as const) : ('pay' as const);
    const command = { ...tab.key, sessionId, operation, revision: random.chance(0.8) ? tab.revision : null };
    for (let clicks = faults.happens('payer: clicks twice') ? 2 : 1; clicks > 0; clicks -= 1) {
      const instance = this.#anInstance();
      if (instance === null) return;
      this.#world.run(
        instance.process,
        `submit ${tab.key.orderId} ${sessionId}`,
        () => instance.submit.execute(command),
        (submitted) => this.#hasSubmitted(tab, submitted),
      );
    }
  }

  #hasSubmitted(tab: Tab, submitted: Result<SubmittedPayment, SubmitPaymentError>): void {
    if (submitted.isErr()) {
      if (submitted.error.type === 'PriceChanged') this.#opens(tab, 'update');
      else if (!sameAgain.has(submitted.error.type)) tab.sessionId = null;
      return;
    }
    const { outcome } = submitted.value.attempt;
    if (outcome === 'declined') tab.sessionId = null;
    if (outcome === 'captured' && this.#world.random.chance(0.5)) this.#buysMore(tab);
    const isOpen = outcome === 'unknown' || outcome === 'pending';
    for (let polls = isOpen ? 3 : 0; polls > 0; polls -= 1) this.#soon(3 * minute, () => this.#polls(tab));
  }

  #polls({ key }: Tab): void {
    const { faults } = this.#world;
    const instance = this.#anInstance();
    if (instance === null) return;
    const { process, confirm, find } = instance;
    const confirmed = () => confirm.execute(key).orElse(() => okAsync(null));
    const shown = (found: Result<FoundPayment, FindPaymentError>) => {
      if (found.isErr() || found.value.payment.states.payment !== 'needsAttention') return;
      if (faults.happens('operator: decides what needs a person')) this.#operator.sees(found.value.payment);
    };
    this.#world.run(
      process,
      `poll ${key.orderId}`,
      () => confirmed().andThen(() => find.execute(key)),
      shown,
    );
  }

  #cancels({ key }: Tab): void {
    const instance = this.#anInstance();
    if (instance === null) return;
    this.#world.run(instance.process, `cancel ${key.orderId}`, () => instance.cancel.execute(key));
  }

  /** Before anybody pays; the price may be another one by then. */
  #registers({ key }: Tab): void {
    const instance = this.#anInstance();
    if (instance === null) return;
    const { merchantId, orderId } = key;
    const order = orderData(orderId, this.#world.random.between(1, 1_000));
    const registers = () => instance.register.execute({ merchantId, order });
    this.#world.run(instance.process, `register ${orderId}`, registers);
  }

  /** The payer goes on to another order. */
  #buysMore(tab: Tab): void {
    tab.key = orderOf(this.#world.random, 8);
    tab.sessionId = null;
  }
}

const tabsOf = (random: Random): readonly [Tab, ...Tab[]] => {
  const tab: Tab = { key: orderOf(random, 2), sessionId: null, revision: null };
  const others = Array.from({ length: random.between(0, 5) }, (): Tab => ({
    ...tab,
    key: random.chance(0.5) ? tab.key : orderOf(random, 2),
  }));
  return [tab, ...others];
};

/** The ids of two merchants' orders may be the same. */
const orderOf = (random: Random, numbers: number): PaymentKey => ({
  merchantId: merchantId(`M-${random.between(1, 2)}`)._unsafeUnwrap(),
  orderId: orderId(`O-${random.between(1, numbers)}`)._unsafeUnwrap(),
});
