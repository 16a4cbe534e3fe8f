import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { PaymentKey } from '../../application/change-payment.ts';
import type { ConfirmPayment } from '../../application/confirm-payment.ts';
import type { FindPayment } from '../../application/find-payment.ts';
import type { OpenPaySession } from '../../application/open-pay-session.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { SubmitPayment, SubmitPaymentCommand } from '../../application/submit-payment.ts';
import type { UpdatePaySession } from '../../application/update-pay-session.ts';
import { merchantId, orderId, sessionId } from '../../domain/payment/ids.ts';
import type { Policy } from '../../domain/payment/policy.ts';
import { type Read, readFields } from './body.ts';
import { oncePerSecond } from './once-per-second.ts';
import { isForeign, parseOrigins } from './origin.ts';
import { type Answer, found, type HttpError, isFailure, opened, problem, submitted } from './problem.ts';
import { warn } from './warn.ts';
import { isProcessing, paymentView, sessionView, submittedView } from './views.ts';

/** What the routes need of `createPayments`' answer. */
export type PaymentUseCases = Readonly<{
  openPaySession: Pick<OpenPaySession, 'execute'>;
  updatePaySession: Pick<UpdatePaySession, 'execute'>;
  submitPayment: Pick<SubmitPayment, 'execute'>;
  confirmPayment: Pick<ConfirmPayment, 'execute'>;
  findPayment: Pick<FindPayment, 'execute'>;
  dialect: 'order' | 'payment';
  policy: Policy;
  clock: Clock;
}>;

/** `merchantId`: the account at the gateway that this order is paid to. */
export type Authorized = Readonly<{ merchantId: string }>;

export type HttpOptions<Native> = Readonly<{
  /**
   * Says whether this caller may see and pay this order, and to whom. Required. Null is answered like an order that does not
   * exist, so that nobody learns which ones do. `orderId` has a valid shape and may not exist. `request` is for its headers: leave
   * its body alone. `native` is what the host's own middleware (sessions, say) has worked on.
   */
  authorize: (
    request: Request,
    orderId: string,
    native: Native,
  ) => Authorized | null | Promise<Authorized | null>;
  /**
   * Other origins whose pages may call these routes, such as `https://shop.example`: also the host's own when a proxy changes the
   * `Host` header. CORS headers, which a page of another origin needs besides, are the host's to send.
   */
  allowedOrigins?: readonly string[];
  /**
   * Hears what payers are not told: what was thrown, and each use case's error that the payer is not to blame for, such as
   * `{ type: 'GatewayUnavailable', reason }`. By default a line without card numbers is emitted as a warning of the process.
   */
  onError?: (error: unknown, request: Request) => void;
}>;

type Submit = Pick<SubmitPaymentCommand, 'sessionId' | 'revision'>;
/** Tells the host of an error that it must know of, and answers it. */
type Refuse = (error: HttpError) => Answer;
type Handler = (c: Context, key: PaymentKey, refuse: Refuse) => Promise<Answer>;
type Handlers = Readonly<Partial<Record<'GET' | 'POST' | 'PUT', Handler>>>;

const allowOf = (handlers: Handlers): string =>
  Object.keys(handlers)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ');

const send = (c: Context, { status, headers, body }: Answer): Response =>
  c.body(JSON.stringify(body), status as ContentfulStatusCode, headers);

/** `nativeOf` finds what the host's `authorize` gets as its third argument. `caller` names the entry in messages. */
export const createRoutes = <Native>(
  caller: string,
  payments: PaymentUseCases,
  options: HttpOptions<Native>,
  nativeOf: (c: Context) => Native,
): Hono => {
  const authorize = requireAuthorize(caller, options);
  const allowedOrigins = parseOrigins(options.allowedOrigins ?? []);
  const onError = options.onError ?? warn;

  const refuseFor =
    (request: Request): Refuse =>
    (error) => {
      if (isFailure(error)) report(onError, error, request);
      return problem(error);
    };

  /** Who may do what is settled before the body is looked at. */
  const answer = async (c: Context, handlers: Handlers): Promise<Answer> => {
    const request = c.req.raw;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const handler = Object.entries(handlers).find(([name]) => name === method)?.[1];
    if (handler === undefined) return problem({ type: 'MethodNotAllowed', allow: allowOf(handlers) });
    if (isForeign(request, allowedOrigins)) return problem({ type: 'ForeignOrigin' });
    const order = orderId(c.req.param('orderId') ?? '');
    if (order.isErr()) return problem({ type: 'OrderNotFound' });
    const authorized = await authorize(request, order.value, nativeOf(c));
    // A host in plain JavaScript may well answer undefined.
    if (!authorized) return problem({ type: 'OrderNotFound' });
    const merchant = merchantId(authorized.merchantId);
    if (merchant.isErr()) throw new Error(`${caller}: authorize answered no valid merchantId`);
    return handler(c, { merchantId: merchant.value, orderId: order.value }, refuseFor(request));
  };

  const route = (handlers: Handlers) => async (c: Context) =>
    send(
      c,
      await answer(c, handlers).catch((thrown: unknown) =>
        refuseFor(c.req.raw)({ type: 'Unexpected', thrown }),
      ),
    );
  const nothingHere = (c: Context) => send(c, problem({ type: 'RouteNotFound' }));

  const { open, update, pay, find } = handlersOf(payments);
  const app = new Hono();
  app.all('/orders/:orderId/session', route({ POST: open, PUT: update }));
  app.all('/orders/:orderId/pay', route({ POST: pay }));
  app.all('/orders/:orderId', route({ GET: find }));
  app.all('/orders/*', nothingHere);
  return app.notFound(nothingHere);
};

const requireAuthorize = <Native>(caller: string, options: HttpOptions<Native>) => {
  const given: Partial<HttpOptions<Native>> | undefined = options;
  if (typeof given?.authorize === 'function') return given.authorize;
  throw new Error(
    `${caller}: \`authorize\` is missing. Without it anybody could pay and see any order: give a function ` +
      '(request, orderId, native) that answers { merchantId } when this caller may, or null.',
  );
};

/** A host that fails at listening must not keep the payer from an answer. */
const report = (
  onError: NonNullable<HttpOptions<unknown>['onError']>,
  error: HttpError,
  request: Request,
): void => {
  try {
    onError(error.type === 'Unexpected' ? error.thrown : error, request);
  } catch (thrown) {
    warn(thrown, request);
  }
};

const handlersOf = (payments: PaymentUseCases): Record<'open' | 'update' | 'pay' | 'find', Handler> => {
  const { dialect, policy, clock } = payments;
  const sparingly = oncePerSecond(clock);
  return {
    async open(c, key, refuse) {
      const body = await readFields(c, []);
      if (body.error) return refuse(body.error);
      return payments.openPaySession
        .execute(key)
        .match((payable) => opened(sessionView(payable, dialect), payable.isNew), refuse);
    },

    async update(c, key, refuse) {
      const body = await readFields(c, []);
      if (body.error) return refuse(body.error);
      return payments.updatePaySession
        .execute(key)
        .match((payable) => found(sessionView(payable, dialect)), refuse);
    },

    async pay(c, key, refuse) {
      const body = await readSubmit(c);
      if (body.error) return refuse(body.error);
      return payments.submitPayment
        .execute({ ...key, ...body.value })
        .match((paid) => submitted(submittedView(paid, policy)), refuse);
    },

    /** A payment that is under way is confirmed first, so that a page that only waits sees the truth. */
    async find(_c, key, refuse) {
      const before = await payments.findPayment.execute(key);
      if (before.isErr()) return refuse(before.error);
      if (!isProcessing(before.value.payment)) return found(paymentView(before.value.payment, policy));
      await sparingly(key, async () =>
        payments.confirmPayment.execute(key).match(
          () => undefined,
          (error) => {
            refuse(error);
          },
        ),
      );
      return payments.findPayment
        .execute(key)
        .match(({ payment }) => found(paymentView(payment, policy)), refuse);
    },
  };
};

const readSubmit = async (c: Context): Promise<Read<Submit>> => {
  const body = await readFields(c, ['sessionId', 'revision']);
  if (body.error) return body;
  const { sessionId: id, revision = null } = body.value;
  const session = typeof id === 'string' ? sessionId(id) : undefined;
  if (session === undefined || session.isErr()) return invalid('sessionId');
  if (revision !== null && !isRevision(revision)) return invalid('revision');
  return { value: { sessionId: session.value, revision } };
};

const invalid = (field: keyof Submit): Read<Submit> => ({ error: { type: 'InvalidField', field } });
const isRevision = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
