import assert from 'node:assert/strict';
import { toDecimal } from '../domain/money/money.ts';
import type { Ability } from '../application/ports/payment-gateway.ts';
import type { FollowUp } from '../domain/payment/attempt.ts';
import { merchantId, type SessionId } from '../domain/payment/ids.ts';
import type { Order } from '../domain/payment/order.ts';
import type { FollowUpOutcome } from '../domain/payment/outcome.ts';
import {
  anOrder,
  type Cannot,
  chargesAre,
  type FollowUpFault,
  type GatewayWorld,
  movesAre,
  pay,
  readPay,
  record,
  saysWhy,
  sessionWith,
  showsCharge,
} from './gateway-world.ts';

export type Rule = (title: string, body: (world: GatewayWorld) => Promise<void>) => void;

const abilities: readonly Ability[] = ['authorize', 'capture', 'void', 'refund', 'verify', 'list'];
const part = (amount: string) => anOrder({ amount });

/** A follow-up of the order's session; the amount is that of the order that is given. */
const followUp = async (
  world: GatewayWorld,
  session: SessionId,
  operation: FollowUp,
  { id, amount }: Order,
  target: string | null = null,
): Promise<FollowUpOutcome> => {
  const about = { merchantId: world.merchantId, orderId: id, sessionId: session };
  return (await world.gateway.followUp({ ...about, operation, amount, target }))._unsafeUnwrap();
};

const verify = (world: GatewayWorld, session: SessionId, { id, amount: { currency } }: Order) =>
  world.gateway.verify({ merchantId: world.merchantId, orderId: id, sessionId: session, currency });

const listed = (world: GatewayWorld, offset = 0, limit = 100) =>
  world.gateway.list(world.merchantId, { offset, limit });

const authorized = async (world: GatewayWorld): Promise<SessionId> => {
  const session = await sessionWith(world, 'approved', anOrder());
  const outcome = await pay(world, session, anOrder(), 'authorize');
  showsCharge(outcome, anOrder(), world.merchantId, 'authorized');
  return session;
};

const paid = async (world: GatewayWorld): Promise<SessionId> => {
  const session = await sessionWith(world, 'approved', anOrder());
  showsCharge(await pay(world, session, anOrder()), anOrder(), world.merchantId);
  return session;
};

/** The transactions of one kind, as `done 60.00`. */
const shown = async (world: GatewayWorld, session: SessionId, kind: FollowUp): Promise<readonly string[]> =>
  (await record(world, session, anOrder()))
    .filter(({ operation }) => operation === kind)
    .map(({ result }) => result);

/** Where each follow-up starts, and what the ledger then says without it and with it. */
const startOf = {
  capture: { begin: authorized, before: [], after: ['capture 99.99 USD'] },
  void: { begin: authorized, before: [], after: [] },
  refund: { begin: paid, before: ['pay 99.99 USD'], after: ['pay 99.99 USD', 'refund 99.99 USD'] },
} as const;

/** What a gateway does with money after the card answered. What it cannot do it must refuse without a call. */
export const followUpRules = (rule: Rule, cannot: Cannot): void => {
  const able = (
    needs: readonly Ability[],
    title: string,
    body: (world: GatewayWorld) => Promise<void>,
  ): void => {
    if (needs.every((ability) => cannot[ability] === undefined)) rule(title, body);
  };

  rule('can do what it says, and sends nothing for what it cannot', async (world) => {
    const missing = abilities.filter((ability) => !world.gateway.capabilities.can.includes(ability));
    assert.deepEqual(
      missing,
      abilities.filter((ability) => cannot[ability] !== undefined),
    );
    const session = await sessionWith(world, 'approved', anOrder());
    for (const ability of missing) {
      if (ability === 'list') assert((await listed(world)).isErr());
      else if (ability === 'verify') assert((await verify(world, session, anOrder())).isErr());
      else if (ability === 'authorize') saysWhy(await pay(world, session, anOrder(), ability), 'notSent');
      else saysWhy(await followUp(world, session, ability, anOrder()), 'notSent');
    }
    await chargesAre(world);
  });

  able(
    ['authorize'],
    'holds the amount and moves no money, in the answer and when it is read',
    async (world) => {
      const session = await authorized(world);
      const reading = await readPay(world, session, anOrder());
      showsCharge(reading, anOrder(), world.merchantId, 'authorized');
      await movesAre(world);
    },
  );

  able(['authorize'], 'says why a card was declined for a hold', async (world) => {
    const session = await sessionWith(world, 'declined', anOrder());
    saysWhy(await pay(world, session, anOrder(), 'authorize'), 'declined');
    saysWhy(await readPay(world, session, anOrder()), 'declined');
    await movesAre(world);
  });

  able(['capture'], 'captures in parts, up to what is held and no cent more', async (world) => {
    const session = await authorized(world);
    showsCharge(
      await followUp(world, session, 'capture', part('60.00')),
      part('60.00'),
      world.merchantId,
      'done',
    );
    saysWhy(await followUp(world, session, 'capture', part('40.00')), 'refused');
    showsCharge(
      await followUp(world, session, 'capture', part('39.99')),
      part('39.99'),
      world.merchantId,
      'done',
    );
    saysWhy(await followUp(world, session, 'capture', part('0.01')), 'refused');
    await movesAre(world, 'capture 60.00 USD', 'capture 39.99 USD');
    assert.deepEqual(await shown(world, session, 'capture'), ['done', 'done']);
  });

  able(['capture'], 'captures nothing of a payment that was paid at once, or never', async (world) => {
    const session = await sessionWith(world, 'approved', anOrder());
    saysWhy(await followUp(world, session, 'capture', anOrder()), 'refused');
    await pay(world, session, anOrder());
    saysWhy(await followUp(world, session, 'capture', anOrder()), 'refused');
    await movesAre(world, 'pay 99.99 USD');
  });

  able(['void'], 'lets a hold go, of which nothing can be captured afterwards', async (world) => {
    const session = await authorized(world);
    assert.equal((await followUp(world, session, 'void', anOrder())).type, 'done');
    saysWhy(await followUp(world, session, 'void', anOrder()), 'refused');
    saysWhy(await followUp(world, session, 'capture', anOrder()), 'refused');
    await movesAre(world);
    assert.deepEqual(await shown(world, session, 'void'), ['done']);
  });

  able(['refund'], 'gives back in parts, up to what was taken and no cent more', async (world) => {
    const session = await paid(world);
    showsCharge(
      await followUp(world, session, 'refund', part('30.00')),
      part('30.00'),
      world.merchantId,
      'done',
    );
    saysWhy(await followUp(world, session, 'refund', part('70.00')), 'refused');
    showsCharge(
      await followUp(world, session, 'refund', part('69.99')),
      part('69.99'),
      world.merchantId,
      'done',
    );
    saysWhy(await followUp(world, session, 'refund', part('0.01')), 'refused');
    await movesAre(world, 'pay 99.99 USD', 'refund 30.00 USD', 'refund 69.99 USD');
    assert.deepEqual(await shown(world, session, 'refund'), ['done', 'done']);
  });

  able(
    ['refund'],
    'never gives back more than was taken, however many ask at the same moment',
    async (world) => {
      const session = await paid(world);
      const asked = Array.from({ length: 8 }, () => followUp(world, session, 'refund', part('30.00')));
      const types = (await Promise.all(asked)).map(({ type }) => type).toSorted();
      assert.deepEqual(types, ['done', 'done', 'done', ...Array.from({ length: 5 }, () => 'refused')]);
      assert.equal((await world.charges()).length, 4);
    },
  );

  able(
    ['refund'],
    'gives the transaction back that is named, and refuses one that it does not know',
    async (world) => {
      const session = await sessionWith(world, 'approved', anOrder());
      const outcome = await pay(world, session, anOrder());
      assert(outcome.type === 'captured' && outcome.evidence.transactionId !== null);
      const { transactionId } = outcome.evidence;
      saysWhy(await followUp(world, session, 'refund', part('10.00'), 'no-such-transaction'), 'refused');
      assert.equal((await followUp(world, session, 'refund', part('10.00'), transactionId)).type, 'done');
      await movesAre(world, 'pay 99.99 USD', 'refund 10.00 USD');
    },
  );

  able(
    ['capture', 'refund'],
    'shows all transactions under the ids that its answers named, oldest first',
    async (world) => {
      const session = await authorized(world);
      const answers = [
        await followUp(world, session, 'capture', part('60.00')),
        await followUp(world, session, 'refund', part('20.00')),
      ];
      const ids = answers.map((each) => (each.type === 'done' ? each.evidence.transactionId : null));
      const transactions = await record(world, session, anOrder());
      assert.deepEqual(
        transactions.map(({ operation }) => operation),
        ['authorize', 'capture', 'refund'],
      );
      assert.deepEqual(
        transactions.slice(1).map(({ id }) => id),
        ids,
      );
      assert.equal(new Set(transactions.map(({ id }) => id)).size, 3);
    },
  );

  able(['verify'], 'checks a card without a charge, and the session is used up', async (world) => {
    const session = await sessionWith(world, 'approved', anOrder());
    assert.deepEqual((await verify(world, session, anOrder()))._unsafeUnwrap(), { type: 'verified' });
    saysWhy(await pay(world, session, anOrder()), 'refused');
    saysWhy(await readPay(world, session, anOrder()), 'nothing');
    const declined = await sessionWith(world, 'declined', anOrder());
    saysWhy((await verify(world, declined, anOrder()))._unsafeUnwrap(), 'notVerified');
    await movesAre(world);
  });

  able(['list', 'refund'], 'lists what was taken and given back, part after part', async (world) => {
    const session = await paid(world);
    await followUp(world, session, 'refund', part('9.99'));
    const other = anOrder({ id: 'ORDER-2', amount: '5.00' });
    await pay(world, await sessionWith(world, 'approved', other), other);
    const parts = [await listed(world, 0, 1), await listed(world, 1, 1)].map((each) => each._unsafeUnwrap());
    assert.deepEqual(
      parts.map(({ items, total }) => [items.length, total]),
      [
        [1, 2],
        [1, 2],
      ],
    );
    const totals = parts.flatMap(({ items }) =>
      items.map(({ orderId, captured, refunded }) =>
        [orderId, captured && toDecimal(captured), refunded?.minor ?? 0].join(' '),
      ),
    );
    assert.deepEqual(totals.sort(), ['ORDER-1 99.99 999', 'ORDER-2 5.00 0']);
    assert.deepEqual((await listed(world, 2))._unsafeUnwrap().items, []);
  });

  able(
    ['refund', 'verify'],
    'sends nothing after a pay for a merchant without credentials',
    async (world) => {
      const session = await paid(world);
      const stranger = { ...world, merchantId: merchantId('NOBODY')._unsafeUnwrap() };
      saysWhy(await followUp(stranger, session, 'refund', anOrder()), 'notSent');
      const verified = await verify(stranger, session, anOrder());
      assert.equal(verified._unsafeUnwrapErr().type, 'UnknownMerchant');
      await movesAre(world, 'pay 99.99 USD');
    },
  );

  for (const operation of ['capture', 'void', 'refund'] as const) faultRules(able, operation);
};

type AbleRule = (needs: readonly Ability[], title: string, body: Parameters<Rule>[1]) => void;

const faultRules = (able: AbleRule, operation: FollowUp): void => {
  const { begin, before, after } = startOf[operation];
  const suffers = (
    fault: FollowUpFault,
    title: string,
    body: (world: GatewayWorld, session: SessionId) => Promise<void>,
  ): void =>
    able([operation, 'authorize'], title, async (world) => {
      const session = await begin(world);
      assert(world.nextFollowUp, 'a gateway with follow-ups needs the hands to spoil them');
      await world.nextFollowUp(operation, fault);
      await body(world, session);
    });
  const again = (world: GatewayWorld, session: SessionId) => followUp(world, session, operation, anOrder());

  suffers('neverSent', `says that no ${operation} left, which may then be sent`, async (world, session) => {
    saysWhy(await again(world, session), 'notSent');
    await movesAre(world, ...before);
    assert.equal((await again(world, session)).type, 'done');
    await movesAre(world, ...after);
  });

  suffers(
    'lost',
    `does not know what came of a ${operation} that was cut off; the record has none`,
    async (world, session) => {
      saysWhy(await again(world, session), 'unknown');
      assert.deepEqual(await shown(world, session, operation), []);
      await movesAre(world, ...before);
    },
  );

  suffers(
    'answerLost',
    `does not know what came of a ${operation} whose answer was lost; the record has it`,
    async (world, session) => {
      saysWhy(await again(world, session), 'unknown');
      assert.deepEqual(await shown(world, session, operation), ['done']);
      await movesAre(world, ...after);
    },
  );

  suffers('doneLater', `calls a ${operation} pending until it is done`, async (world, session) => {
    saysWhy(await again(world, session), 'pending');
    assert.deepEqual(await shown(world, session, operation), ['pending']);
    await movesAre(world, ...before);
    await world.timePasses();
    assert.deepEqual(await shown(world, session, operation), ['done']);
    await movesAre(world, ...after);
  });

  suffers('declinedLater', `calls a ${operation} pending until it is declined`, async (world, session) => {
    saysWhy(await again(world, session), 'pending');
    await world.timePasses();
    assert.deepEqual(await shown(world, session, operation), ['declined']);
    await movesAre(world, ...before);
  });

  suffers('refused', `says so when the gateway refused a ${operation}`, async (world, session) => {
    saysWhy(await again(world, session), 'refused');
    assert.deepEqual(await shown(world, session, operation), []);
    await movesAre(world, ...before);
  });
};
