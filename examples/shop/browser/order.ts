import { emptyCartOf } from './kept-cart.ts';

/** On the page of an order whose payment still moves: looks again until it has moved, then shows the page anew. */

const notice = document.querySelector<HTMLElement>('#order-status');
const { orderId = '', status, moving } = notice?.dataset ?? {};
const slowestMs = 5_000;

async function hasMoved(): Promise<boolean> {
  try {
    // The module asks the gateway when this is asked, so the payer learns the end as soon as there is one.
    const response = await fetch(`/payments/orders/${encodeURIComponent(orderId)}`);
    const payment = (await response.json()) as { status?: string; fulfilment?: string };
    return (
      response.ok && (payment.status !== status || (status !== 'processing' && payment.fulfilment !== 'due'))
    );
  } catch {
    return false;
  }
}

async function watch(): Promise<void> {
  for (let waitMs = 1_000; ; waitMs = Math.min(waitMs * 1.5, slowestMs)) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (await hasMoved()) return location.reload();
  }
}

const unpaid = ['awaiting_payment', 'declined', 'cancelled'];
if (status !== undefined && !unpaid.includes(status)) emptyCartOf(orderId);
if (moving === 'true') void watch();
// Back from the browser's cache, the page may show what is over.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
