import { describe, expect, it } from '@jest/globals';
import type { Decision } from '../../src/domain/payment/correct.ts';
import { parseMoney } from '../../src/domain/money/money.ts';
import { type Given, given, key, minute } from './given.ts';

const usd = (amount: string) => parseMoney(amount, 'USD')._unsafeUnwrap();
const byAnn = { by: 'ann', reason: 'seen at the gateway' };

/** A charge of one cent: a person was called. */
const mismatched = async (): Promise<Given> => {
  const all = given();
  const session = await all.open();
  all.gateway.cardIs({ type: 'captured', charges: usd('0.01') });
  await all.submit(session);
  return all;
};
const correct = ({ module }: Given, decision: Decision) =>
  module.correctPayment.execute({ ...key, decision, ...byAnn });

describe('CorrectPayment', () => {
  it('counts the order as paid with what the merchant keeps, and releases the goods once', async () => {
    const all = await mismatched();
    await correct(all, { to: 'captured', held: usd('99.99') });
    await all.settled();
    expect(await all.payment()).toMatchObject({
      states: { payment: 'captured', fulfilment: 'fulfilled' },
      captured: { minor: 9999 },
      attention: null,
    });
    expect(all.released).toHaveLength(1);
  });

  it('lets another card be tried when nothing is held', async () => {
    const all = await mismatched();
    await correct(all, { to: 'notCharged' });
    expect(await all.payment()).toMatchObject({ states: { payment: 'created' }, captured: { minor: 0 } });
    all.gateway.cardIs({ type: 'captured' });
    expect((await all.submit(await all.open()))._unsafeUnwrap().attempt.outcome).toBe('captured');
  });

  it('gives the order up', async () => {
    const all = await mismatched();
    await correct(all, { to: 'cancelled' });
    expect((await all.payment()).states).toEqual({ payment: 'cancelled', fulfilment: 'cancelled' });
  });

  it('keeps who decided and why in the history', async () => {
    const all = await mismatched();
    await correct(all, { to: 'captured', held: usd('0.01') });
    const { history } = (await all.module.findPayment.execute(key))._unsafeUnwrap();
    expect(history.find(({ type }) => type === 'correctedToCaptured')?.reason).toBe(
      'ann: seen at the gateway (0.01 USD kept)',
    );
  });

  it('leaves nothing to be looked at where a person has seen to it', async () => {
    const all = await mismatched();
    await correct(all, { to: 'notCharged' });
    all.timePasses(60 * 24 * minute);
    expect((await all.module.resolveUnfinished.execute())._unsafeUnwrap()).toMatchObject({
      due: 0,
      failed: 0,
    });
  });

  it('is refused where no person was called', async () => {
    const all = given();
    await all.submit(await all.open());
    const refused = await correct(all, { to: 'cancelled' });
    expect(refused._unsafeUnwrapErr()).toEqual({ type: 'NoDecisionNeeded' });
  });

  it.each([
    ['nobody’s name', { to: 'notCharged' }, { by: ' ', reason: 'x' }],
    ['no reason', { to: 'notCharged' }, { by: 'ann', reason: '' }],
    ['another currency', { to: 'captured', held: parseMoney('1', 'EUR')._unsafeUnwrap() }, byAnn],
    ['a capture of nothing', { to: 'captured', held: usd('0') }, byAnn],
  ] as const)('is refused with %s', async (_, decision, words) => {
    const all = await mismatched();
    const refused = await all.module.correctPayment.execute({ ...key, decision, ...words });
    expect(refused._unsafeUnwrapErr().type).toBe('InvalidCorrection');
  });
});
