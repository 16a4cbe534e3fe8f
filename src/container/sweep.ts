import { failureInWords, safely } from '../application/due-work.ts';
import { type ResolveUnfinished, sweptAtOnce } from '../application/resolve-unfinished.ts';

type Tell = (problem: string) => void;

const warn: Tell = (problem) => process.emitWarning(problem, 'Paysession');

const tellEveryMs = 60_000;
const longestSweepMs = 5 * 60_000;
/** So many of the payments whose work failed. */
const toldAtOnce = 3;

/** What fails, fails at every sweep: it is told once a minute. */
const onceAMinute = (tell: Tell): Tell => {
  let toldAt = -Infinity;
  return (problem) => {
    const now = performance.now();
    if (now - toldAt < tellEveryMs) return;
    toldAt = now;
    tell(problem);
  };
};

/** One sweep. True when it took as many payments as it takes at a time, so that there may be more, and most of it succeeded. */
const sweepOnce = async (sweep: ResolveUnfinished, tell: Tell): Promise<boolean> => {
  const fail = (failure: unknown): boolean => {
    tell(`sweep: ${failureInWords(failure)}`);
    return false;
  };
  try {
    return (await sweep.execute()).match(({ due, failed, problems }) => {
      if (failed > 0)
        tell(`sweep: ${failed} failed of ${due} due: ${problems.slice(0, toldAtOnce).join('; ')}`);
      return due === sweptAtOnce && failed < due / 2;
    }, fail);
  } catch (thrown) {
    return fail(thrown);
  }
};

/**
 * Sweeps again when the sweep before has ended, at once if there may be more, else `everyMs` later; or when it has no end. Keeps no process
 * alive. Answers how to stop it.
 */
export const sweepEvery = (
  everyMs: number,
  sweep: ResolveUnfinished,
  onProblem: Tell = warn,
): (() => Promise<void>) => {
  if (everyMs <= 0) return () => Promise.resolve();
  const tell = onceAMinute(safely(onProblem, warn));
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;
  let timer = setTimeout(tick, everyMs).unref();
  function again(afterMs: number) {
    if (!stopped) timer = setTimeout(tick, afterMs).unref();
  }
  function tick() {
    // A function of the host that never answers must not keep all other payments waiting.
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      tell(`sweep: no end after ${longestSweepMs / 60_000} minutes: does a function of yours not answer?`);
      again(0);
    }, longestSweepMs).unref();
    running = sweepOnce(sweep, tell).then((isMoreDue) => {
      clearTimeout(late);
      if (!isLate) again(isMoreDue ? 0 : everyMs);
    });
  }
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
};
