import assert from 'node:assert/strict';
import { merchantId, type SessionId, sessionId } from '../domain/payment/ids.ts';
import type { Order } from '../domain/payment/order.ts';
import type { Runner } from './contract.ts';
import { followUpRules, type Rule } from './follow-up-rules.ts';
import {
  anOrder,
  type Cannot,
  chargesAre,
  type GatewayWorld,
  pay,
  type PayFault,
  readPay,
  saysWhy,
  sessionWith,
  showsCharge,
} from './gateway-world.ts';

export type { GatewayWorld };

/**
 * The contract of the port `PaymentGateway`. `make` gives an empty world for each case; `cannot` names the faults that this one has no
 * way to make and the abilities that it lacks, each with the reason.
 */
export const paymentGatewayContract = (
  { describe, it }: Runner,
  name: string,
  make: () => Promise<GatewayWorld>,
  cannot: Cannot = {},
): void => {
  const rule: Rule = (title, body) =>
    it(title, async () => {
      const world = await make();
      try {
        await body(world);
      } finally {
        await world.close();
      }
    });

  /** The pay of an approved card suffers the fault. */
  const faultRule = (
    fault: PayFault,
    title: string,
    body: (world: GatewayWorld, session: SessionId, of: Order) => Promise<void>,
  ): void => {
    if (cannot[fault] !== undefined) return;
    rule(title, async (world) => {
      const of = anOrder();
      const session = await sessionWith(world, 'approved', of);
      await world.nextPay(fault);
      await body(world, session, of);
    });
  };

  describe(`${name} keeps the contract of PaymentGateway`, () => {
    rule('opens a session of its own for each call, and moves no money', async (world) => {
      const first = (await world.gateway.openSession(world.merchantId, anOrder()))._unsafeUnwrap();
      const second = (await world.gateway.openSession(world.merchantId, anOrder()))._unsafeUnwrap();
      assert.notEqual(first.id, second.id);
      await chargesAre(world);
    });

    rule('tells the gateway a new price, and moves no money', async (world) => {
      const { id } = (await world.gateway.openSession(world.merchantId, anOrder()))._unsafeUnwrap();
      const updated = await world.gateway.updateSession(world.merchantId, id, anOrder({ amount: '12.50' }));
      assert(updated.isOk());
      await chargesAre(world);
    });

    rule('reads nothing of a session through which nothing was paid', async (world) => {
      const session = await sessionWith(world, 'approved', anOrder());
      saysWhy(await readPay(world, session, anOrder()), 'nothing');
    });

    rule('never reads "nothing" of a session that it does not know', async (world) => {
      const stranger = sessionId('SESSION0000000000000A0B0')._unsafeUnwrap();
      const about = { merchantId: world.merchantId, orderId: anOrder().id, sessionId: stranger };
      const type = (await world.gateway.read(about)).match(
        (reading) => reading.type,
        (error) => error.type,
      );
      assert(['unclear', 'GatewayUnavailable', 'GatewayRefused'].includes(type), type);
    });

    rule('charges the amount once, and its answer names the order and the amount', async (world) => {
      const of = anOrder();
      const session = await sessionWith(world, 'approved', of);
      showsCharge(await pay(world, session, of), of, world.merchantId);
      await chargesAre(world, of);
    });

    rule('charges the amount that the pay names, whatever the price of the session', async (world) => {
      const session = await sessionWith(world, 'approved', anOrder({ amount: '99.99' }));
      const dearer = anOrder({ amount: '120.00' });
      showsCharge(await pay(world, session, dearer), dearer, world.merchantId);
      await chargesAre(world, dearer);
    });

    for (const [currency, amount] of [
      ['JPY', '9999'],
      ['KWD', '1.250'],
      ['USD', '0.29'],
    ] as const) {
      rule(`charges ${amount} ${currency} exactly`, async (world) => {
        const of = anOrder({ amount, currency });
        const session = await sessionWith(world, 'approved', of);
        showsCharge(await pay(world, session, of), of, world.merchantId);
        showsCharge(await readPay(world, session, of), of, world.merchantId);
        await chargesAre(world, of);
      });
    }

    rule('reads a charge as often as it is asked, and moves no money by it', async (world) => {
      const of = anOrder();
      const session = await sessionWith(world, 'approved', of);
      await pay(world, session, of);
      for (let time = 0; time < 3; time += 1)
        showsCharge(await readPay(world, session, of), of, world.merchantId);
      await chargesAre(world, of);
    });

    rule(
      'says why a card was declined, in the answer and when it is read, and charges nothing',
      async (world) => {
        const of = anOrder();
        const session = await sessionWith(world, 'declined', of);
        saysWhy(await pay(world, session, of), 'declined');
        saysWhy(await readPay(world, session, of), 'declined');
        await chargesAre(world);
      },
    );

    rule('charges another card through a new session after a decline', async (world) => {
      const of = anOrder();
      await pay(world, await sessionWith(world, 'declined', of), of);
      const second = await sessionWith(world, 'approved', of);
      showsCharge(await pay(world, second, of), of, world.merchantId);
      await chargesAre(world, of);
    });

    rule('does not pay an order through the session of another', async (world) => {
      const session = await sessionWith(world, 'approved', anOrder());
      saysWhy(await pay(world, session, anOrder({ id: 'ORDER-2' })), 'refused');
      await chargesAre(world);
    });

    rule('knows no merchant without credentials, and sends nothing for it', async (world) => {
      const stranger = merchantId('NOBODY')._unsafeUnwrap();
      const of = anOrder();
      const session = await sessionWith(world, 'approved', of);
      const opened = await world.gateway.openSession(stranger, of);
      assert.deepEqual(opened._unsafeUnwrapErr(), { type: 'UnknownMerchant', merchantId: stranger });
      saysWhy(await pay({ ...world, merchantId: stranger }, session, of), 'notSent');
      await chargesAre(world);
    });

    rule('names the address of the browser script, the same each time it is asked', async (world) => {
      const session = await sessionWith(world, 'approved', anOrder());
      const url = world.gateway.scriptUrl(world.merchantId, session);
      assert.match(url, /^https?:\/\/[^?#]+$/);
      assert(url.includes(world.merchantId));
      assert(!url.includes('sk_'));
      assert.equal(world.gateway.scriptUrl(world.merchantId, session), url);
    });

    faultRule(
      'neverSent',
      'says that nothing left, and may then pay through the same session',
      async (world, session, of) => {
        saysWhy(await pay(world, session, of), 'notSent');
        await chargesAre(world);
        showsCharge(await pay(world, session, of), of, world.merchantId);
        await chargesAre(world, of);
      },
    );

    faultRule(
      'lost',
      'does not know what came of a pay that was cut off; reading finds nothing',
      async (world, session, of) => {
        saysWhy(await pay(world, session, of), 'unknown');
        saysWhy(await readPay(world, session, of), 'nothing');
        await chargesAre(world);
      },
    );

    faultRule(
      'answerLost',
      'does not know what came of a pay whose answer was lost; reading finds the charge',
      async (world, session, of) => {
        saysWhy(await pay(world, session, of), 'unknown');
        showsCharge(await readPay(world, session, of), of, world.merchantId);
        await chargesAre(world, of);
      },
    );

    faultRule(
      'chargedLate',
      'finds a charge that came after a reading found nothing',
      async (world, session, of) => {
        saysWhy(await pay(world, session, of), 'unknown');
        const early = await readPay(world, session, of);
        assert(['nothing', 'pending', 'unclear'].includes(early.type), early.type);
        await world.timePasses();
        showsCharge(await readPay(world, session, of), of, world.merchantId);
        await chargesAre(world, of);
      },
    );

    faultRule(
      'capturedLater',
      'calls a pay pending until the gateway has captured it',
      async (world, session, of) => {
        saysWhy(await pay(world, session, of), 'pending');
        saysWhy(await readPay(world, session, of), 'pending');
        await chargesAre(world);
        await world.timePasses();
        showsCharge(await readPay(world, session, of), of, world.merchantId);
        await chargesAre(world, of);
      },
    );

    faultRule(
      'declinedLater',
      'calls a pay pending until the gateway has declined it',
      async (world, session, of) => {
        saysWhy(await pay(world, session, of), 'pending');
        await world.timePasses();
        saysWhy(await readPay(world, session, of), 'declined');
        await chargesAre(world);
      },
    );

    faultRule('refused', 'says so when the gateway refused', async (world, session, of) => {
      const outcome = await pay(world, session, of);
      saysWhy(outcome, 'refused');
      assert(outcome.type === 'refused' && !outcome.sessionGone);
      await chargesAre(world);
    });

    faultRule(
      'sessionGone',
      'says so when the gateway no longer knows the session',
      async (world, session, of) => {
        const outcome = await pay(world, session, of);
        saysWhy(outcome, 'refused');
        assert(outcome.type === 'refused' && outcome.sessionGone);
        await chargesAre(world);
      },
    );

    followUpRules(rule, cannot);

    it('gives a reason for each fault that it has no way to make', async () => {
      for (const [fault, reason] of Object.entries(cannot)) assert(reason.length >= 20, fault);
    });
  });
};
