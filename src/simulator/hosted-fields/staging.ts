import type { Role } from './roles.ts';

/** Pages beyond this many that sent values and never finished are forgotten, the oldest first. */
const PAGES_KEPT = 1_000;

type Batch = { readonly batch: number; readonly values: Map<Role, string> };

/**
 * What the frames of a page have sent and the page has not yet finished, in memory only. Each page has one batch at a time, and taking a
 * batch forgets it.
 */
export class Staging {
  readonly #pages = new Map<string, Batch>();

  put(session: string, page: string, batch: number, role: Role, value: string): void {
    const key = `${page} ${session}`;
    const known = this.#pages.get(key);
    if (known && known.batch > batch) return;
    const values = known?.batch === batch ? known.values : new Map<Role, string>();
    this.#pages.set(key, { batch, values: values.set(role, value) });
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > PAGES_KEPT && oldest !== undefined) this.#pages.delete(oldest);
  }

  take(session: string, page: string, batch: number): ReadonlyMap<Role, string> {
    const key = `${page} ${session}`;
    const known = this.#pages.get(key);
    if (known?.batch !== batch) return new Map();
    this.#pages.delete(key);
    return known.values;
  }
}
