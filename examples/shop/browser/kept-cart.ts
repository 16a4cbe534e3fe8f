/** The cart in this tab's storage, so that neither a reload nor the way back empties it. Nothing of a payment is kept. */

type Item = Readonly<{ sku: string; quantity: number }>;
/** `orderId`: of the order that was made of it, as long as it was not changed since. */
type Kept = Readonly<{ items: readonly Item[]; orderId?: string | undefined }>;

const name = 'cart';

export function keepCart(kept: Kept): void {
  try {
    sessionStorage.setItem(name, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing: the cart lives as long as the page.
  }
}

export function keptCart(): Kept {
  try {
    const { items, orderId } = JSON.parse(sessionStorage.getItem(name) ?? '') as Kept;
    const sound = items.filter(({ sku, quantity }) => typeof sku === 'string' && Number.isInteger(quantity));
    return { items: sound, orderId };
  } catch {
    return { items: [] };
  }
}

/** What was bought is in the cart no longer. */
export function emptyCartOf(orderId: string): void {
  if (keptCart().orderId === orderId) keepCart({ items: [] });
}
