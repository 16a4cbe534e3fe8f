import { createHash, randomBytes } from 'node:crypto';
import type { CookieOptions } from 'express';
import type { ShopOrder, ShopOrders } from './shop-orders.ts';

/**
 * Who may see what. A payer's browser holds one random token in a cookie, and owns the orders that carry its hash. Behind
 * TLS a host calls its cookies `__Host-…`, which browsers take with `Secure` only.
 */
export const payerCookie = 'shop_payer';
export const operatorCookie = 'shop_operator';

const newToken = (): string => randomBytes(32).toString('base64url');

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** A token of ours in a Cookie header; null when there is none of that shape. */
export const tokenIn = (header: string | null | undefined, cookie: string): string | null => {
  const pair = header?.split(/; */).find((one) => one.startsWith(`${cookie}=`));
  return pair?.slice(cookie.length + 1).match(/^[\w-]{43}$/)?.[0] ?? null;
};

export const cookieOptions = (secure: boolean, days: number): CookieOptions => ({
  httpOnly: true,
  sameSite: 'lax',
  path: '/',
  secure,
  maxAge: days * 86_400_000,
});

/** The order, when the browser that sent these cookies owns it: to anybody else it does not exist. */
export const ownOrder = async (
  orders: ShopOrders,
  cookies: string | null | undefined,
  orderId: string,
): Promise<ShopOrder | null> => {
  const token = tokenIn(cookies, payerCookie);
  const order = token === null ? null : await orders.find(orderId);
  return order !== null && token !== null && order.ownerHash === hashOf(token) ? order : null;
};

/** The token for a new order: the browser's own, if it owns orders already, so that nobody can plant one; else a new one. */
export const tokenFor = async (orders: ShopOrders, cookies: string | undefined): Promise<string> => {
  const token = tokenIn(cookies, payerCookie);
  return token !== null && (await orders.ownedBy(hashOf(token), 1)).length > 0 ? token : newToken();
};

/** The operator's way in: a link that works once, then a cookie that works while the process lives. */
export class OperatorAccess {
  #linkHash: string | null = null;
  #sessionHash: string | null = null;

  /** The path of a fresh link; an earlier one stops working. */
  newLink(): string {
    const token = newToken();
    this.#linkHash = hashOf(token);
    return `/operator/enter/${token}`;
  }

  /** The cookie's token in exchange for the link's; null when the link was used, or never was. */
  enter(linkToken: string): string | null {
    if (this.#linkHash === null || hashOf(linkToken) !== this.#linkHash) return null;
    this.#linkHash = null;
    const token = newToken();
    this.#sessionHash = hashOf(token);
    return token;
  }

  isOperator(cookies: string | undefined): boolean {
    const token = tokenIn(cookies, operatorCookie);
    return token !== null && this.#sessionHash === hashOf(token);
  }
}
