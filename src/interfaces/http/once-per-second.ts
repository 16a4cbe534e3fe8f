import type { PaymentKey } from '../../application/change-payment.ts';
import type { Clock } from '../../application/ports/clock.ts';

const everyMs = 1_000;
const maxRemembered = 10_000;

type Look = { readonly at: number; underWay: boolean; readonly end: Promise<void> };

/**
 * Looks at a payment at most once a second, and never twice at a time, however many ask: whoever comes meanwhile waits for the
 * look that was begun. Only for a look that changes nothing when it is left out.
 */
export const oncePerSecond = (
  clock: Clock,
): ((key: PaymentKey, look: () => Promise<void>) => Promise<void>) => {
  // In the order of their beginning.
  const looks = new Map<string, Look>();
  // A clock may also jump back.
  const isFresh = ({ at, underWay }: Look, now: number) => underWay || Math.abs(now - at) < everyMs;
  const forgetOld = (now: number) => {
    for (const [name, look] of looks) {
      if (looks.size < maxRemembered && isFresh(look, now)) return;
      looks.delete(name);
    }
  };
  return ({ merchantId, orderId }, look) => {
    const name = `${merchantId}/${orderId}`;
    const now = clock.now();
    const last = looks.get(name);
    if (last !== undefined && isFresh(last, now)) return last.end;
    looks.delete(name);
    forgetOld(now);
    const begun: Look = {
      at: now,
      underWay: true,
      end: look().finally(() => {
        begun.underWay = false;
      }),
    };
    looks.set(name, begun);
    return begun.end;
  };
};
