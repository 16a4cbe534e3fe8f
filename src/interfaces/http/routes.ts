import type { Context, Hono } from 'hono';
import type { ConfirmPayment } from '../../application/confirm-payment.ts';
import type { FindPayment } from '../../application/find-payment.ts';
import type { OpenPaySession } from '../../application/open-pay-session.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { SubmitPayment, SubmitPaymentCommand } from '../../application/submit-payment.ts';
import type { UpdatePaySession } from '../../application/update-pay-session.ts';
import type { VerifyCard } from '../../application/verify-card.ts';
import { type SessionId, sessionId } from '../../domain/payment/ids.ts';
import type { Policy } from '../../domain/payment/policy.ts';
import { type Read, readFields } from './body.ts';
import { oncePerSecond } from './once-per-second.ts';
import {
  type Authorize,
  type Authorized,
  type Handler,
  type Handlers,
  orderRoutes,
  type RouteOptions,
} from './order-routes.ts';
import { found, opened, submitted } from './answer.ts';
import { cardView, isProcessing, paymentView, sessionView, submittedView } from './views.ts';

/** What the routes need of `createPayments`' answer. */
export type PaymentUseCases = Readonly<{
  openPaySession: Pick<OpenPaySession, 'execute'>;
  updatePaySession: Pick<UpdatePaySession, 'execute'>;
  submitPayment: Pick<SubmitPayment, 'execute'>;
  verifyCard: Pick<VerifyCard, 'execute'>;
  confirmPayment: Pick<ConfirmPayment, 'execute'>;
  findPayment: Pick<FindPayment, 'execute'>;
  dialect: 'order' | 'payment';
  can: readonly string[];
  policy: Policy;
  clock: Clock;
}>;

export type HttpOptions<Native> = RouteOptions &
  Readonly<{
    /**
     * Says whether this caller may see and pay this order, and to whom. Required. Null is answered like an order that does not
     * exist, so that nobody learns which ones do. `orderId` has a valid shape and may not exist. `request` is for its headers: leave
     * its body alone. `native` is what the host's own middleware (sessions, say) has worked on. When it throws, the caller is told
     * to try again, and `onError` hears why.
     */
    authorize: Authorize<Native, Authorized>;
    /**
     * What a submit asks of the payer's card: `pay`, the default, charges the amount; `authorize` holds it, to be captured or voided
     * later, and needs a gateway that can.
     */
    submit?: 'pay' | 'authorize';
    /** Adds `POST /orders/{orderId}/verify`, which checks a card without charging it. Off by default: it lends itself to card testing. */
    verifyCards?: boolean;
  }>;

/** `nativeOf` finds what the host's `authorize` gets as its third argument. `caller` names the entry in messages. */
export const createRoutes = <Native>(
  caller: string,
  payments: PaymentUseCases,
  options: HttpOptions<Native>,
  nativeOf: (c: Context) => Native,
): Hono => {
  const authorize = requireAuthorize(caller, options);
  const { submit = 'pay' } = options;
  if (!['pay', 'authorize'].includes(submit)) {
    throw new Error(`${caller}: \`submit\` is 'pay' or 'authorize', not '${submit}'.`);
  }
  for (const [name, ability] of [
    [`submit: 'authorize'`, submit === 'authorize' && submit],
    ['verifyCards', options.verifyCards === true && 'verify'],
  ] as const) {
    if (ability === false || payments.can.includes(ability)) continue;
    throw new Error(`${caller}: \`${name}\` needs a gateway that can ${ability}; this one cannot.`);
  }
  const { open, update, pay, verify, find } = handlersOf(payments, submit);
  const routes: Record<string, Handlers<Authorized>> = {
    '/session': { POST: open, PUT: update },
    '/pay': { POST: pay },
    '': { GET: find },
    ...(options.verifyCards === true && { '/verify': { POST: verify } }),
  };
  return orderRoutes({ caller, authorize, options, nativeOf, routes });
};

const requireAuthorize = <Native>(caller: string, options: HttpOptions<Native>) => {
  const given: Partial<HttpOptions<Native>> | undefined = options;
  if (typeof given?.authorize === 'function') return given.authorize;
  throw new Error(
    `${caller}: \`authorize\` is missing. Without it anybody could pay and see any order: give a function ` +
      '(request, orderId, native) that answers { merchantId } when this caller may, or null.',
  );
};

type PayersHandler = Handler<Authorized>;

const handlersOf = (
  payments: PaymentUseCases,
  operation: 'pay' | 'authorize',
): Record<'open' | 'update' | 'pay' | 'verify' | 'find', PayersHandler> => {
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
        .execute({ ...key, ...body.value, operation })
        .match((paid) => submitted(submittedView(paid, policy)), refuse);
    },

    async verify(c, key, refuse) {
      const body = await readFields(c, ['sessionId']);
      if (body.error) return refuse(body.error);
      const session = sessionIn(body.value);
      if (session.error) return refuse(session.error);
      return payments.verifyCard
        .execute({ ...key, sessionId: session.value })
        .match((verified) => found(cardView(verified, policy)), refuse);
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

type Submit = Pick<SubmitPaymentCommand, 'sessionId' | 'revision'>;

const readSubmit = async (c: Context): Promise<Read<Submit>> => {
  const body = await readFields(c, ['sessionId', 'revision']);
  if (body.error) return body;
  const session = sessionIn(body.value);
  if (session.error) return session;
  const { revision = null } = body.value;
  if (revision !== null && !isRevision(revision)) return invalid('revision');
  return { value: { sessionId: session.value, revision } };
};

const sessionIn = ({ sessionId: id }: Readonly<Record<string, unknown>>): Read<SessionId> => {
  const session = typeof id === 'string' ? sessionId(id) : undefined;
  return session === undefined || session.isErr() ? invalid('sessionId') : { value: session.value };
};

const invalid = (field: keyof Submit): Readonly<{ error: { type: 'InvalidField'; field: string } }> => ({
  error: { type: 'InvalidField', field },
});
const isRevision = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
