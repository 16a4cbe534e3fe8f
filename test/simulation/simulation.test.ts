import { describe, expect, it } from '@jest/globals';
import { type Batch, neverFired, simulateBatch } from './batch.ts';
import { mutants } from './mutants.ts';
import { simulate } from './simulation.ts';

/** Milliseconds: a machine that is busy with other suites needs far longer than an idle one. */
const patience = 180_000;

const failureOf = ({ broken }: Batch): string | null =>
  broken &&
  `seed ${broken.seed}: ${broken.world.broken?.message}\n${broken.world.trace.slice(-40).join('\n')}`;

describe('under every fault, crash and race of 300 seeds', () => {
  it(
    'an order is charged at most once, fulfilled once and never lost, and every kind of fault happens',
    async () => {
      const batch = await simulateBatch(1, 300);
      expect(failureOf(batch)).toBeNull();
      expect(neverFired(batch)).toEqual([]);
      expect(batch.charges).toBeGreaterThan(300);
    },
    patience,
  );

  it('a seed determines everything that happens', async () => {
    const [once, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(again.world.hash).toBe(once.world.hash);
    expect(again.world.trace).toEqual(once.world.trace);
    expect(other.world.hash).not.toBe(once.world.hash);
  });
});

describe('the simulation notices, by the rule that is meant, a module that', () => {
  it.each(Object.entries(mutants))(
    '%s',
    async (_, { breaks, mutant }) => {
      // One reading in place of two matters only to a call that is carried out between them: in one seed of a thousand.
      const { broken } = await simulateBatch(1, 5000, { mutant });
      expect(breaks).toContain(broken?.world.broken?.rule);
    },
    patience,
  );
});
