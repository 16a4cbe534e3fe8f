/** What everybody sells. */
export const merchant = 'merchant-1';
export const price = { amount: 99.99, currency: 'USD' } as const;
export const description = 'A lamp';
export const apiKey = 'sk_test_benchmark';

/** Who pays: this module, a floor on `fetch`, a floor on `undici`, this module with jobs. Each is a process of its own. */
export const contestants = ['module', 'fetch', 'undici', 'jobs'] as const;
export type Contestant = (typeof contestants)[number];

export type Task = Readonly<{ payments: number; concurrency: number }>;
export type Measured = Readonly<{
  p50Ms: number;
  perSecond: number;
  /** User and system time of the process, per payment. */
  cpuMs: number;
  /** With jobs: from the answer to the payer until the host releases the goods. */
  releasedAfterMs: number;
}>;

/** The middle one; of an even number, the lower of the two in the middle. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
