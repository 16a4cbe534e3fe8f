import type { Attempt } from './attempt.ts';

/** The times and limits of a payment. All times are milliseconds. */
export type Policy = Readonly<{
  /** Longer than any pay can live at the gateway: before this has passed, "nothing there" proves nothing. */
  quietMs: number;
  /**
   * How far apart two readings of "nothing there" must be to count as two. After half of it an intent is no longer sent: so it is also
   * twice the longest that storing one may take.
   */
  agreeMs: number;
  /** Our estimate of how long a pay session can be used. */
  sessionLifetimeMs: number;
  /** So many declined cards end an order's tries. */
  maxDeclined: number;
  /**
   * Whether a call that moved money is looked at once more, `quietMs` after its start, when it can no longer be carried out. A gateway that
   * shows all transactions shows then whether it was carried out twice, with or without webhooks.
   */
  recheck: boolean;
}>;

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The gateway documents no life of a session; sources say 15 minutes and more. */
export const defaultPolicy: Policy = {
  quietMs: 150_000,
  agreeMs: minute,
  sessionLifetimeMs: 14 * minute,
  maxDeclined: 5,
  recheck: false,
};

const looksAfterStart = ({ quietMs, agreeMs }: Policy): readonly number[] =>
  [quietMs, quietMs + agreeMs, 5 * minute, 15 * minute, hour, 6 * hour, day, 2 * day, 3 * day].sort(
    (a, b) => a - b,
  );
const looksAfterProof = [hour, day, 3 * day] as const;

/** When an attempt whose outcome is open is read next; null when the schedule is over and a person must decide. */
export const nextLook = (attempt: Attempt, now: number, policy: Policy): number | null => {
  const scheduled = looksAfterStart(policy).find((after) => attempt.startedAt + after > now);
  const next = scheduled === undefined ? null : attempt.startedAt + scheduled;
  if (attempt.nothingFoundAt === null) return next;
  const agreeing = attempt.nothingFoundAt + policy.agreeMs;
  return agreeing > now ? agreeing : next;
};

/** When an attempt through which money moved is read once more, in case it moved twice; null when it need not be. */
export const nextRecheck = (
  { startedAt }: Attempt,
  now: number,
  { recheck, quietMs }: Policy,
): number | null => (recheck && now < startedAt + quietMs ? startedAt + quietMs : null);

/** When an attempt that was found not charged is read once more, in case the charge came late; null after the last time. */
export const nextLateLook = (notChargedAt: number, now: number): number | null => {
  const after = looksAfterProof.find((delay) => notChargedAt + delay > now);
  return after === undefined ? null : notChargedAt + after;
};
