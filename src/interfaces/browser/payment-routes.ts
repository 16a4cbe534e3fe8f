/** What the payer sees of a payment: the public words of the payment's state. */
export type PaymentStatus =
  | 'awaiting_payment'
  | 'processing'
  | 'authorized'
  | 'captured'
  | 'partially_captured'
  | 'partially_refunded'
  | 'refunded'
  | 'voided'
  | 'cancelled'
  | 'declined'
  | 'needs_attention';

/** The server's word on the payment. `amount` is decimal text in major units; `retry`: another card may be tried. */
export interface PaymentView {
  readonly orderId: string;
  readonly status: PaymentStatus;
  readonly fulfilment: 'not_due' | 'due' | 'fulfilled' | 'cancelled';
  readonly amount: string;
  readonly currency: string;
  readonly retry?: boolean;
}

/** The pay session that the server opened for the order. */
export interface SessionView {
  readonly orderId: string;
  readonly sessionId: string;
  readonly scriptUrl: string;
  readonly dialect: string;
  readonly amount: string;
  readonly currency: string;
  readonly revision: number;
  readonly expiresAt: string;
}

/**
 * A value, or a refusal in the server's own words. Neither is silence: no connection, a timeout, a cut body, some proxy's page. After a pay
 * it says nothing about money, so the truth must be read.
 */
export interface RouteAnswer<T> {
  readonly value?: T;
  readonly problem?: { readonly code: string; readonly httpStatus: number };
}

/** The module's routes on the host's server, for one order. They never reject. */
export interface PaymentRoutes {
  openSession(): Promise<RouteAnswer<SessionView>>;
  updateSession(): Promise<RouteAnswer<SessionView>>;
  /** Names the session and the revision of the price that the page showed, never an amount. */
  pay(sessionId: string, revision: number): Promise<RouteAnswer<PaymentView>>;
  find(): Promise<RouteAnswer<PaymentView>>;
}

/** `requestMs` bounds each request, its body included. */
export function paymentRoutes(
  basePath: string,
  orderId: string,
  requestMs: number,
  fetch: typeof globalThis.fetch,
): PaymentRoutes {
  const order = `${basePath.replace(/\/$/, '')}/orders/${encodeURIComponent(orderId)}`;

  async function ask<T>(method: string, path: string, mark: string, body?: object): Promise<RouteAnswer<T>> {
    try {
      const response = await fetch(order + path, {
        method,
        signal: AbortSignal.timeout(requestMs),
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const { ok, status: httpStatus } = response;
      const json = (await response.json()) as Readonly<Record<string, unknown>>;
      // A decline (402) is an answer about the payment, not a refusal of the request.
      if ((ok || httpStatus === 402) && typeof json[mark] === 'string') return { value: json as T };
      if (!ok && typeof json.code === 'string') return { problem: { code: json.code, httpStatus } };
    } catch {
      // Nothing that can be understood came back.
    }
    return {};
  }

  return {
    openSession: () => ask('POST', '/session', 'sessionId'),
    updateSession: () => ask('PUT', '/session', 'sessionId'),
    pay: (sessionId, revision) => ask('POST', '/pay', 'status', { sessionId, revision }),
    find: () => ask('GET', '', 'status'),
  };
}
