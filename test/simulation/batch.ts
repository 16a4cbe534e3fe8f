import { allFaults, type Fault } from './faults.ts';
import { simulate, type Simulated, type SimulateOptions } from './simulation.ts';

/** What a row of seeds came to. It ends with the first seed that broke a rule. */
export type Batch = Readonly<{
  broken: Simulated | null;
  seeds: number;
  pays: number;
  charges: number;
  /** How often each fault happened; faults that never did are there with 0. */
  fired: ReadonlyMap<Fault, number>;
}>;

export const simulateBatch = async (
  firstSeed: number,
  seeds: number,
  { progress = () => {}, ...options }: SimulateOptions & { progress?: (done: number) => void } = {},
): Promise<Batch> => {
  const fired = new Map<Fault, number>(allFaults.map((fault) => [fault, 0]));
  let pays = 0;
  let charges = 0;
  for (let done = 0; done < seeds;) {
    const simulated = await simulate(firstSeed + done, options);
    done += 1;
    pays += simulated.pays;
    charges += simulated.charges;
    for (const [fault, times] of simulated.fired) fired.set(fault, (fired.get(fault) ?? 0) + times);
    if (simulated.broken !== null) return { broken: simulated, seeds: done, pays, charges, fired };
    progress(done);
  }
  return { broken: null, seeds, pays, charges, fired };
};

/** So many seeds let every kind of fault happen; fewer may not. */
export const seedsForEveryFault = 200;

export const neverFired = ({ fired }: Batch): readonly Fault[] =>
  allFaults.filter((fault) => fired.get(fault) === 0);
