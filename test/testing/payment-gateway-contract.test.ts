// The contract of the gateway is worth something only if it finds gateways that break it.
import { describe, expect, it } from '@jest/globals';
import { okAsync } from 'neverthrow';
import type {
  FollowUpRequest,
  PayRequest,
  ReadRequest,
} from '../../src/application/ports/payment-gateway.ts';
import type {
  FollowUpOutcome,
  PayOutcome,
  Reading,
  VerifyOutcome,
} from '../../src/domain/payment/outcome.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { usd } from '../builders/a-payment.ts';
import type { Cannot } from '../../src/testing/gateway-world.ts';
import { paymentGatewayContract } from '../../src/testing/payment-gateway-contract.ts';
import { inMemoryWorld, merchant, onlyPays } from '../infrastructure/in-memory/in-memory-world.ts';

/** Runs the contract with a runner of its own; the titles of all rules, and of those that were broken. */
const verdictOn = async (make: () => InMemoryGateway, cannot?: Cannot) => {
  const rules: [title: string, body: () => Promise<void>][] = [];
  const runner = {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: () => Promise<void>) => void rules.push([title, body]),
  };
  paymentGatewayContract(runner, 'a gateway', async () => inMemoryWorld(make()), cannot);
  const broken: string[] = [];
  for (const [title, body] of rules) {
    await body().catch(() => broken.push(title));
  }
  return { titles: rules.map(([title]) => title), broken };
};

const inPayment = { dialect: 'payment' } as const;

class ChargesTwice extends InMemoryGateway {
  override pay(request: PayRequest) {
    const outcome = super.pay(request);
    const last = this.charges.at(-1);
    if (last) this.charges.push(last);
    return outcome;
  }
}

class CallsUnknownDeclined extends InMemoryGateway {
  override pay(request: PayRequest) {
    return super
      .pay(request)
      .map<PayOutcome>((outcome) =>
        outcome.type === 'unknown' ? { type: 'declined', reason: 'no' } : outcome,
      );
  }
}

class SeesNothing extends InMemoryGateway {
  override read(_request: ReadRequest) {
    return okAsync<Reading>({ type: 'nothing', reason: 'nothing' });
  }
}

class NamesNoAmount extends InMemoryGateway {
  override pay(request: PayRequest) {
    return super
      .pay(request)
      .map<PayOutcome>((outcome) =>
        outcome.type === 'captured'
          ? { ...outcome, evidence: { ...outcome.evidence, amount: null } }
          : outcome,
      );
  }
}

class RefundsTooMuch extends InMemoryGateway {
  override followUp(request: FollowUpRequest) {
    return super.followUp(request).map((outcome): FollowUpOutcome => {
      const { orderId, amount } = request;
      const evidence = { merchantId: null, orderId, amount, transactionId: 'twice' };
      return outcome.type === 'refused' && request.operation === 'refund'
        ? { type: 'done', evidence }
        : outcome;
    });
  }
}

class TakesVerifyForPay extends InMemoryGateway {
  override verify(request: ReadRequest) {
    const amount = usd('1.00');
    return this.pay({ ...request, amount }).map(({ type }): VerifyOutcome =>
      type === 'captured' ? { type: 'verified' } : { type: 'notVerified', reason: type },
    );
  }
}

class PromisesTooMuch extends InMemoryGateway {
  override readonly capabilities = { dialect: 'order', can: ['refund'], timeoutMs: 60_000 } as const;
}

describe('The contract of the gateway', () => {
  it('finds nothing wrong with a gateway that keeps it', async () => {
    expect((await verdictOn(() => new InMemoryGateway([merchant], inPayment))).broken).toEqual([]);
  });

  it.each([
    ['charges twice', ChargesTwice, 'charges the amount once, and its answer names the order and the amount'],
    [
      'calls an unknown outcome a decline',
      CallsUnknownDeclined,
      'does not know what came of a pay that was cut off; reading finds nothing',
    ],
    [
      'sees nothing in sessions that it does not know',
      SeesNothing,
      'never reads "nothing" of a session that it does not know',
    ],
    [
      'does not say what it charged',
      NamesNoAmount,
      'charges the amount once, and its answer names the order and the amount',
    ],
    [
      'gives back more than it took',
      RefundsTooMuch,
      'gives back in parts, up to what was taken and no cent more',
    ],
    [
      'charges to check a card',
      TakesVerifyForPay,
      'checks a card without a charge, and the session is used up',
    ],
    [
      'names abilities that it lacks',
      PromisesTooMuch,
      'can do what it says, and sends nothing for what it cannot',
    ],
    [
      'knows every merchant',
      class extends InMemoryGateway {
        constructor() {
          super([], inPayment);
        }
      },
      'knows no merchant without credentials, and sends nothing for it',
    ],
  ] as const)('finds a gateway that %s', async (_name, Broken, rule) => {
    expect((await verdictOn(() => new Broken([merchant], inPayment))).broken).toContain(rule);
  });

  it('leaves out the rules of a fault that cannot be made, but only for a reason', async () => {
    const all = await verdictOn(() => new InMemoryGateway([merchant], inPayment));
    const reason = 'this gateway can always be reached';
    const without = await verdictOn(() => new InMemoryGateway([merchant], inPayment), { neverSent: reason });
    expect(without.titles).toHaveLength(all.titles.length - 1);
    expect(without.broken).toEqual([]);
    const unexplained = await verdictOn(() => new InMemoryGateway([merchant], inPayment), { neverSent: '' });
    expect(unexplained.broken).toEqual(['gives a reason for each fault that it has no way to make']);
  });

  it('leaves out the rules of what a gateway says that it cannot do, and only those', async () => {
    const older = () => new InMemoryGateway([merchant]);
    expect((await verdictOn(older, onlyPays)).broken).toEqual([]);
    const others = Object.entries(onlyPays).filter(([ability]) => ability !== 'verify');
    expect((await verdictOn(older, Object.fromEntries(others))).broken).toContain(
      'can do what it says, and sends nothing for what it cannot',
    );
  });
});
