import { allFaults, type Fault, faultsOfPaymentDialect } from './faults.ts';
import { simulate, type Simulated, type SimulateOptions } from './simulation.ts';

/** What a row of seeds came to. It ends with the first seed that broke a rule. */
export type Batch = {
  broken: Simulated | null;
  seeds: number;
  pays: number;
  charges: number;
  followUps: number;
  fired: Map<Fault, number>;
};

export const simulateBatch = async (
  firstSeed: number,
  seeds: number,
  { progress, ...options }: SimulateOptions & { progress?: (done: number) => void } = {},
): Promise<Batch> => {
  const fired = new Map<Fault, number>(allFaults.map((fault) => [fault, 0]));
  const batch: Batch = { broken: null, seeds: 0, pays: 0, charges: 0, followUps: 0, fired };
  while (batch.seeds < seeds && batch.broken === null) {
    const simulated = await simulate(firstSeed + batch.seeds, options);
    const { ledger, world } = simulated;
    batch.seeds += 1;
    batch.pays += ledger.calls.length;
    batch.charges += ledger.charges.length;
    batch.followUps += ledger.followUps.length;
    batch.broken = world.broken && simulated;
    for (const [fault, times] of world.faults.fired) fired.set(fault, (fired.get(fault) ?? 0) + times);
    progress?.(batch.seeds);
  }
  return batch;
};

/** So many seeds let every kind of fault happen; fewer may not. */
export const seedsForEveryFault = 200;

/** What should have happened and did not, in these dialects. */
export const neverFired = ({ fired }: Batch, dialect?: SimulateOptions['dialect']): readonly Fault[] =>
  allFaults.filter(
    (fault) => fired.get(fault) === 0 && !(dialect === 'order' && faultsOfPaymentDialect.has(fault)),
  );
