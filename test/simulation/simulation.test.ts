import { describe, expect, it } from '@jest/globals';
import { neverFired, simulateBatch } from './batch.ts';
import { mutants } from './mutants.ts';
import { simulate } from './simulation.ts';

const failureOf = ({ broken }: Awaited<ReturnType<typeof simulateBatch>>): string | null =>
  broken && `seed ${broken.seed}: ${broken.broken?.message}\n${broken.trace.slice(-40).join('\n')}`;

describe('under every fault, crash and race of 300 seeds', () => {
  it('an order is charged at most once, fulfilled once and never lost, and every kind of fault happens', async () => {
    const batch = await simulateBatch(1, 300);
    expect(failureOf(batch)).toBeNull();
    expect(neverFired(batch)).toEqual([]);
    expect(batch.charges).toBeGreaterThan(300);
  });

  it('a seed determines everything that happens', async () => {
    const [once, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(again.hash).toBe(once.hash);
    expect(again.trace).toEqual(once.trace);
    expect(other.hash).not.toBe(once.hash);
  });
});

describe('the simulation notices a module that', () => {
  it.each(Object.entries(mutants))('%s', async (_, mutant) => {
    const { broken } = await simulateBatch(1, 150, { mutant });
    expect(broken?.broken?.rule).toEqual(expect.any(String));
    expect(broken?.broken?.rule).not.toBe('Nothing throws');
  });
});
