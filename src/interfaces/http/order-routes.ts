import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { PaymentKey } from '../../application/change-payment.ts';
import { merchantId, orderId } from '../../domain/payment/ids.ts';
import { isForeign, parseOrigins } from './origin.ts';
import type { Answer } from './answer.ts';
import type { HttpError } from './http-error.ts';
import { isFailure, problem } from './problem.ts';
import { warn } from './warn.ts';

/** `merchantId`: the account at the gateway that this order is paid to. */
export type Authorized = Readonly<{ merchantId: string }>;

/** Says who the caller is and may do; null is answered like an order that does not exist. */
export type Authorize<Native, Who extends Authorized> = (
  request: Request,
  orderId: string,
  native: Native,
) => Who | null | Promise<Who | null>;

/** What routes of all kinds can be told. */
export type RouteOptions = Readonly<{
  /**
   * Other origins whose pages may call these routes, such as `https://shop.example`: also the host's own when a proxy changes the
   * `Host` header. CORS headers, which a page of another origin needs besides, are the host's to send.
   */
  allowedOrigins?: readonly string[];
  /**
   * Hears what callers are not told: what was thrown, and each use case's error that the caller is not to blame for, such as
   * `{ type: 'GatewayUnavailable', reason }`. By default a line without card numbers is emitted as a warning of the process.
   */
  onError?: (error: unknown, request: Request) => void;
}>;

/** Tells the host of an error that it must know of, and answers it. */
export type Refuse = (error: HttpError) => Answer;
export type Handler<Who> = (c: Context, key: PaymentKey, refuse: Refuse, who: Who) => Promise<Answer>;
export type Handlers<Who> = Readonly<Partial<Record<'GET' | 'POST' | 'PUT', Handler<Who>>>>;

const allowOf = (handlers: object): string =>
  Object.keys(handlers)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ');

export const send = (c: Context, { status, headers, body }: Answer): Response =>
  c.body(JSON.stringify(body), status as ContentfulStatusCode, headers);

/** How the errors of one request are answered. */
export const refuseFor =
  ({ onError = warn }: RouteOptions, request: Request): Refuse =>
  (error) => {
    if (isFailure(error)) report(onError, 'thrown' in error ? error.thrown : error, request);
    return problem(error);
  };

/** A host that fails at listening must not keep the caller from an answer. */
const report = (onError: NonNullable<RouteOptions['onError']>, error: unknown, request: Request): void => {
  try {
    onError(error, request);
  } catch (thrown) {
    warn(thrown, request);
  }
};

type Parts<Native, Who extends Authorized> = Readonly<{
  /** Names the entry in messages. */
  caller: string;
  authorize: Authorize<Native, Who>;
  options: RouteOptions;
  /** Finds what the host's `authorize` gets as its third argument. */
  nativeOf: (c: Context) => Native;
  /** By the path below `/orders/:orderId`. */
  routes: Readonly<Record<string, Handlers<Who>>>;
}>;

/** Routes about one order each. Who may do what is settled before a body is looked at. */
export const orderRoutes = <Native, Who extends Authorized>(parts: Parts<Native, Who>): Hono => {
  const { caller, authorize, options, nativeOf } = parts;
  const allowedOrigins = parseOrigins(options.allowedOrigins ?? []);

  const answer = async (c: Context, handlers: Handlers<Who>, refuse: Refuse): Promise<Answer> => {
    const request = c.req.raw;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const handler = Object.entries(handlers).find(([name]) => name === method)?.[1];
    if (handler === undefined) return refuse({ type: 'MethodNotAllowed', allow: allowOf(handlers) });
    if (isForeign(request, allowedOrigins)) return refuse({ type: 'ForeignOrigin' });
    const order = orderId(c.req.param('orderId') ?? '');
    if (order.isErr()) return refuse({ type: 'OrderNotFound' });
    const who = await asked(() => authorize(request, order.value, nativeOf(c)));
    if ('error' in who) return refuse(who.error);
    // A host in plain JavaScript may well answer undefined.
    if (!who.value) return refuse({ type: 'OrderNotFound' });
    const { merchantId: named }: Partial<Authorized> = who.value;
    const merchant = merchantId(named ?? '');
    if (merchant.isErr()) throw new Error(`${caller}: authorize answered no valid merchantId`);
    return handler(c, { merchantId: merchant.value, orderId: order.value }, refuse, who.value);
  };

  const app = new Hono();
  for (const [path, handlers] of Object.entries(parts.routes)) {
    app.all(`/orders/:orderId${path}`, async (c) => {
      const refuse = refuseFor(options, c.req.raw);
      return send(
        c,
        await answer(c, handlers, refuse).catch((thrown: unknown) => refuse({ type: 'Unexpected', thrown })),
      );
    });
  }
  const nothingHere = (c: Context) => send(c, problem({ type: 'RouteNotFound' }));
  app.all('/orders/*', nothingHere);
  return app.notFound(nothingHere);
};

/** A host that cannot say who somebody is has lost its database or its session store, as a rule: that comes back. */
const asked = async <T>(
  authorize: () => T | Promise<T>,
): Promise<Readonly<{ value: T }> | Readonly<{ error: HttpError }>> => {
  try {
    return { value: await authorize() };
  } catch (thrown) {
    return { error: { type: 'AuthorizeFailed', thrown } };
  }
};
