// The contract of the gateway is worth something only if it finds gateways that break it.
import { describe, expect, it } from '@jest/globals';
import { okAsync } from 'neverthrow';
import type { PayRequest, ReadRequest } from '../../src/application/ports/payment-gateway.ts';
import type { PayOutcome, Reading } from '../../src/domain/payment/outcome.ts';
import { InMemoryGateway } from '../../src/infrastructure/in-memory/in-memory-gateway.ts';
import { type PayFault, paymentGatewayContract } from '../../src/testing/payment-gateway-contract.ts';
import { inMemoryWorld, merchant } from '../infrastructure/in-memory/in-memory-world.ts';

/** Runs the contract with a runner of its own; the titles of all rules, and of those that were broken. */
const verdictOn = async (make: () => InMemoryGateway, cannot?: Partial<Record<PayFault, string>>) => {
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

describe('The contract of the gateway', () => {
  it('finds nothing wrong with a gateway that keeps it', async () => {
    expect((await verdictOn(() => new InMemoryGateway([merchant]))).broken).toEqual([]);
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
      'knows every merchant',
      class extends InMemoryGateway {
        constructor() {
          super();
        }
      },
      'knows no merchant without credentials, and sends nothing for it',
    ],
  ] as const)('finds a gateway that %s', async (_name, Broken, rule) => {
    expect((await verdictOn(() => new Broken([merchant]))).broken).toContain(rule);
  });

  it('leaves out the rules of a fault that cannot be made, but only for a reason', async () => {
    const all = await verdictOn(() => new InMemoryGateway([merchant]));
    const reason = 'this gateway can always be reached';
    const without = await verdictOn(() => new InMemoryGateway([merchant]), { neverSent: reason });
    expect(without.titles).toHaveLength(all.titles.length - 1);
    expect(without.broken).toEqual([]);
    const unexplained = await verdictOn(() => new InMemoryGateway([merchant]), { neverSent: '' });
    expect(unexplained.broken).toEqual(['gives a reason for each fault that it has no way to make']);
  });
});
