import { type Attempt, movedMoney } from './attempt.ts';
import { nextLateLook, nextLook, type Policy } from './policy.ts';

/** An attempt, and when the gateway was asked what became of it. */
export type Look = Readonly<{ attempt: Attempt; now: number; policy: Policy }>;

/**
 * What follows from an answer that shows no money. `open`: the outcome is unknown or pending from now on. `noted`: it stays what it was,
 * and is looked at again. `nothing`: it is proven now that no money moved. `unresolved`: no look is left, and a person decides.
 */
export type NoNews = Readonly<{
  comesTo: 'open' | 'noted' | 'nothing' | 'unresolved';
  fields: Partial<Attempt>;
}>;

/** The outcome is open, and the gateway is read by the schedule of `policy.ts`. */
export const stayOpen = (
  { attempt, now, policy }: Look,
  outcome: 'unknown' | 'pending',
  reason: string,
  nothingFoundAt: number | null = null,
): NoNews => {
  const lookAt = nextLook({ ...attempt, nothingFoundAt }, now, policy) ?? now + policy.agreeMs;
  return { comesTo: 'open', fields: { outcome, reason, settledAt: now, lookAt, nothingFoundAt } };
};

/** "Nothing there" proves something only after the quiet period, and when two readings agree. Null: this one tells nothing. */
export const foundNothing = (look: Look, reason: string): NoNews | null => {
  const { attempt, now, policy } = look;
  if (now < attempt.startedAt + policy.quietMs) return null;
  if (attempt.nothingFoundAt === null) {
    if (attempt.outcome === 'started') return stayOpen(look, 'unknown', reason, now);
    const lookAt = nextLook({ ...attempt, nothingFoundAt: now }, now, policy);
    return { comesTo: 'noted', fields: { nothingFoundAt: now, lookAt, reason } };
  }
  if (now < attempt.nothingFoundAt + policy.agreeMs) return null;
  return { comesTo: 'nothing', fields: { reason, settledAt: now, lookAt: nextLateLook(now, now) } };
};

/** A look that brought no news moves the schedule on; the last one brings a person. Null: it was not due. */
export const looked = (look: Look, reason: string): NoNews | null => {
  const { attempt, now, policy } = look;
  if (attempt.outcome === 'started') {
    return now < attempt.startedAt + policy.quietMs ? null : stayOpen(look, 'unknown', reason);
  }
  const isDue = attempt.lookAt !== null && attempt.lookAt <= now;
  if (!isDue && attempt.nothingFoundAt === null) return null;
  const lookAt = nextLook({ ...attempt, nothingFoundAt: null }, now, policy);
  return {
    comesTo: lookAt === null ? 'unresolved' : 'noted',
    fields: { lookAt, reason, nothingFoundAt: null },
  };
};

/**
 * A look at an attempt whose outcome is known: a few times where no money moved, in case a charge comes late; once where it did, in case it
 * moved twice. Null: it was not due.
 */
export const lookedLate = ({ attempt, now }: Omit<Look, 'policy'>): NoNews | null => {
  if (attempt.lookAt === null || attempt.lookAt > now) return null;
  const lookAt = movedMoney(attempt) ? null : nextLateLook(attempt.settledAt ?? attempt.startedAt, now);
  return { comesTo: 'noted', fields: { lookAt, reason: attempt.reason } };
};
