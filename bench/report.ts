// Turns the figures of all rounds into tables that people read.
import { cpus, loadavg, totalmem } from 'node:os';
import { type Contestant, type Measured, median } from './plan.ts';
import { storedCalls, type StoredCosts } from './stored.ts';

/** By contestant and concurrency: `fetch 8`. */
export type Round = Record<string, Measured>;
export type Results = Readonly<{
  postgres: string;
  rounds: readonly Round[];
  /** By number of stored payments: the costs in each round. */
  stored: ReadonlyMap<number, readonly StoredCosts[]>;
  minutes: number;
}>;

const names: Readonly<Record<Contestant, string>> = {
  module: 'this module',
  fetch: 'floor on `fetch`',
  undici: 'floor on `undici`',
  jobs: 'this module, with jobs',
};
const columns: readonly (readonly [string, keyof Measured, number, number])[] = [
  ['p50 at 1, ms', 'p50Ms', 1, 2],
  ['per second at 8', 'perSecond', 8, 0],
  ['per second at 32', 'perSecond', 32, 0],
  ['CPU at 1, ms', 'cpuMs', 1, 2],
  ['CPU at 8, ms', 'cpuMs', 8, 2],
  ['CPU at 32, ms', 'cpuMs', 32, 2],
];

/** The median, and the lowest and highest. */
const spread = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

/** As prettier writes it, which reads well in a terminal too. */
const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(3, ...rows.map((row) => row[n]?.length ?? 0)));
  const pad = (cell: string, n: number): string =>
    n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0);
  const rule = widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return rows
    .toSpliced(1, 0, rule)
    .map((row) => `| ${row.map(pad).join(' | ')} |`)
    .join('\n');
};

/** The parts of docs/benchmarks.md that are measured, by the names that they have there. */
export const report = ({ postgres, rounds, stored, minutes }: Results): Readonly<Record<string, string>> => {
  const values = (who: Contestant, at: number, figure: keyof Measured): number[] =>
    rounds.map((round) => round[`${who} ${at}`]?.[figure] ?? Number.NaN);
  const ratios = (to: Contestant, at: number, figure: keyof Measured): number[] =>
    values('module', at, figure).map((value, n) => value / (values(to, at, figure)[n] ?? Number.NaN));
  const figuresOf = (who: Contestant): string[] => [
    names[who],
    ...columns.map(([, figure, at, digits]) => spread(values(who, at, figure), digits)),
  ];
  const ratiosTo = (to: Contestant): string[] => [
    `module / ${names[to]}`,
    ...columns.map(([, figure, at]) => spread(ratios(to, at, figure), 2)),
  ];
  const growth = (size: number, call: keyof StoredCosts): number =>
    median((stored.get(size) ?? []).map((cost, n) => cost[call] / (stored.get(1000)?.[n]?.[call] ?? 0)));

  const cpu = [1, 8, 32].map((at) => median(ratios('fetch', at, 'cpuMs')));
  const throughput = [8, 32].map((at) => median(ratios('fetch', at, 'perSecond')));
  const largest = Math.max(...stored.keys());
  const grown = storedCalls.map((call) => growth(largest, call));
  const goal = (what: string, measured: readonly number[], isMet: boolean): string[] => [
    what,
    measured.map((value) => value.toFixed(2)).join(', '),
    isMet ? 'met' : '**missed**',
  ];
  return {
    machine: [
      `- ${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}; load average at the end ${loadavg()[0]?.toFixed(1)}`,
      `- Node ${process.version}, PostgreSQL ${postgres} on the same machine`,
      `- ${new Date().toISOString().slice(0, 10)}, ${rounds.length} rounds in ${minutes.toFixed(1)} minutes`,
    ].join('\n'),
    goals: table([
      ['goal', 'measured', ''],
      goal('at most 1.5 times the CPU of the floor on `fetch`, at 1, 8 and 32', cpu, Math.max(...cpu) <= 1.5),
      goal('at least 0.65 of its throughput, at 8 and 32', throughput, Math.min(...throughput) >= 0.65),
      goal(`${largest} stored payments cost at most 1.2 times a thousand`, grown, Math.max(...grown) <= 1.2),
    ]),
    payment: table([
      ['captured and fulfilled', ...columns.map(([head]) => head)],
      ...(['module', 'fetch', 'undici'] as const).map(figuresOf),
      ...(['fetch', 'undici'] as const).map(ratiosTo),
    ]),
    jobs: table([
      ['at 8', 'per second', 'CPU, ms', 'released after, ms'],
      ...(['module', 'jobs'] as const).map((who) => [
        names[who],
        ...(['perSecond', 'cpuMs', 'releasedAfterMs'] as const).map((figure) =>
          spread(values(who, 8, figure), 2),
        ),
      ]),
    ]),
    stored: table([
      ['p50, ms', ...storedCalls],
      ...[...stored].map(([size, costs]) => [
        `${size} stored`,
        ...storedCalls.map((call) =>
          spread(
            costs.map((cost) => cost[call]),
            2,
          ),
        ),
      ]),
      ...[...stored.keys()]
        .slice(1)
        .map((size) => [`${size} / 1000`, ...storedCalls.map((call) => growth(size, call).toFixed(2))]),
    ]),
  };
};
