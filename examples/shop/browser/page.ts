/** The element of this id, which the page surely has. Throws when the page and its script do not fit together. */
export const byId = <T extends HTMLElement>(id: string, type: new () => T): T => {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`the page has no ${type.name} "${id}"`);
};

/** Decimal text in major units as people write it. */
export const priceText = (amount: string, currency: string): string =>
  new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(amount as `${number}`);

/** What the shop's API answers: JSON, or a reason to tell. */
export type Answer<T> = Readonly<
  { ok: true; value: T } | { ok: false; code?: string; field?: string; detail: string }
>;

export const send = async <T>(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<Answer<T>> => {
  try {
    const json = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(path, { method, ...json });
    const answer = await response.json();
    return response.ok ? { ok: true, value: answer as T } : { ok: false, ...(answer as { detail: string }) };
  } catch {
    return { ok: false, detail: 'The shop could not be reached. Please try again.' };
  }
};
