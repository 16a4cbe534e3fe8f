import type { Context, Hono } from 'hono';
import type { CapturePayment } from '../../application/capture-payment.ts';
import type { PaymentKey } from '../../application/change-payment.ts';
import type { ConfirmPayment } from '../../application/confirm-payment.ts';
import type { CorrectPayment } from '../../application/correct-payment.ts';
import type { FindPayment } from '../../application/find-payment.ts';
import type { FollowUpCommand, FollowUpError } from '../../application/follow-up-payment.ts';
import type { RefundPayment } from '../../application/refund-payment.ts';
import type { VoidPayment } from '../../application/void-payment.ts';
import { type Money, parseMoney } from '../../domain/money/money.ts';
import type { FollowUp } from '../../domain/payment/attempt.ts';
import type { Decision } from '../../domain/payment/correct.ts';
import { type Fields, type Read, readFields } from './body.ts';
import { attemptView, operatorHistoryView, operatorView } from './operator-view.ts';
import { type Authorize, type Handler, orderRoutes, type Refuse, type RouteOptions } from './order-routes.ts';
import { followedUp, found } from './answer.ts';
import type { HttpError, RequestError } from './http-error.ts';

/** What the back office's routes need of `createPayments`' answer. */
export type BackOfficeUseCases = Readonly<{
  capturePayment: Pick<CapturePayment, 'execute'>;
  voidPayment: Pick<VoidPayment, 'execute'>;
  refundPayment: Pick<RefundPayment, 'execute'>;
  confirmPayment: Pick<ConfirmPayment, 'execute'>;
  correctPayment: Pick<CorrectPayment, 'execute'>;
  findPayment: Pick<FindPayment, 'execute'>;
}>;

/** Which merchant the order belongs to, and who acts: a name for the history, of at most 100 characters. */
export type AuthorizedOperator = Readonly<{ merchantId: string; operator: string }>;

export type BackOfficeOptions<Native> = RouteOptions &
  Readonly<{
    /**
     * Says whether this caller may look into this order's payment and move its money, and who that is. Required, and another than the
     * payers' `authorize`. Null is answered like an order that does not exist. `request` is for its headers; `native` is what the
     * host's own middleware has worked on.
     */
    authorizeOperator: Authorize<Native, AuthorizedOperator>;
    /**
     * Asked before each capture, void and refund, once it is known who asks for what: false refuses it, such as a refund above some amount
     * that nobody else has agreed to. Left out, whoever is an operator may.
     */
    approve?: (asked: AskedFor) => boolean | Promise<boolean>;
  }>;

/** What an operator asks for. `amount`: null for all that is left. */
export type AskedFor = PaymentKey &
  Readonly<{ operator: string; operation: FollowUp; key: string; amount: Money | null }>;

type OperatorsHandler = Handler<AuthorizedOperator>;

export const backOfficeRoutes = <Native>(
  caller: string,
  payments: BackOfficeUseCases,
  options: BackOfficeOptions<Native>,
  nativeOf: (c: Context) => Native,
): Hono => {
  const given: Partial<BackOfficeOptions<Native>> | undefined = options;
  if (typeof given?.authorizeOperator !== 'function') {
    throw new Error(
      `${caller}: \`authorizeOperator\` is missing. Without it anybody could refund any order: give a function ` +
        '(request, orderId, native) that answers { merchantId, operator } when this caller may, or null.',
    );
  }
  const authorize: Authorize<Native, AuthorizedOperator> = async (request, order, native) => {
    const who = await options.authorizeOperator(request, order, native);
    if (!who || isName(who.operator)) return who;
    throw new Error(`${caller}: authorizeOperator answered no name of an operator`);
  };
  const { approve = () => true } = options;
  const followUp = (operation: FollowUp, allowed: readonly string[]) => ({
    POST: moves(payments, approve, operation, allowed),
  });
  const routes = {
    '': { GET: lookUp(payments) },
    '/capture': followUp('capture', ['key', 'amount']),
    '/refund': followUp('refund', ['key', 'amount', 'transactionId']),
    '/void': followUp('void', ['key', 'transactionId']),
    '/confirm': { POST: confirm(payments) },
    '/correct': { POST: correct(payments) },
  };
  return orderRoutes({ caller, authorize, options, nativeOf, routes });
};

const isName = (operator: unknown): boolean =>
  typeof operator === 'string' && operator.trim() !== '' && operator.length <= 100;

/** What an operator may know beside what a payer may: why the gateway refused, and what a request lacks. */
const tellReason =
  (refuse: Refuse): Refuse =>
  (error) => {
    const answer = refuse(error);
    return tellsReason(error) ? { ...answer, body: { ...answer.body, reason: error.reason } } : answer;
  };
const tellsReason = (error: HttpError): error is HttpError & Readonly<{ reason: string }> =>
  ['GatewayRefused', 'VoidRefused', 'NotDone', 'InvalidFollowUp', 'InvalidCorrection'].includes(error.type);

const lookUp =
  ({ findPayment }: BackOfficeUseCases): OperatorsHandler =>
  async (_c, key, refuse) =>
    findPayment.execute(key).match((payment) => found(operatorHistoryView(payment)), refuse);

const confirm =
  (payments: BackOfficeUseCases): OperatorsHandler =>
  async (c, key, refuse) => {
    const body = await readFields(c, []);
    if (body.error) return refuse(body.error);
    return payments.confirmPayment
      .execute({ ...key, evenIfSettled: true })
      .andThen(() => payments.findPayment.execute(key))
      .match((payment) => found(operatorHistoryView(payment)), refuse);
  };

const moves =
  (
    payments: BackOfficeUseCases,
    approve: (asked: AskedFor) => boolean | Promise<boolean>,
    operation: FollowUp,
    allowed: readonly string[],
  ): OperatorsHandler =>
  async (c, key, refuse, { operator }) => {
    const body = await readFields(c, allowed);
    if (body.error) return refuse(body.error);
    const asked = askedIn(body.value);
    if (asked.error) return refuse(asked.error);
    const amount = await moneyOf(payments, key, 'amount', body.value.amount ?? null);
    if (amount.error) return refuse(amount.error);
    const { merchantId, orderId } = key;
    const { key: of } = asked.value;
    const isApproved = await approve({
      merchantId,
      orderId,
      operator,
      operation,
      key: of,
      amount: amount.value,
    });
    if (!isApproved) return refuse({ type: 'NotApproved' });
    return run(payments, operation, { ...key, ...asked.value, amount: amount.value }).match(
      ({ payment, attempt }) =>
        followedUp({ ...operatorView(payment), attempt: attemptView(attempt) }, attempt.outcome === 'done'),
      (error) => tellReason(refuse)(forOperator(operation, error)),
    );
  };

const run = (payments: BackOfficeUseCases, operation: FollowUp, command: FollowUpCommand) => {
  const { merchantId, orderId, key, target = null } = command;
  if (operation === 'capture') return payments.capturePayment.execute(command);
  if (operation === 'refund') return payments.refundPayment.execute(command);
  return payments.voidPayment.execute({ merchantId, orderId, key, target });
};

/** A follow-up's key stands for its outcome for ever, so "again" means another thing than for a payer. */
const forOperator = (operation: FollowUp, error: FollowUpError): HttpError => {
  if (error.type === 'GatewayRefused' && operation === 'void')
    return { type: 'VoidRefused', reason: error.reason };
  return error.type === 'NotSent' ? { type: 'NotDone', reason: error.reason } : error;
};

const correct =
  (payments: BackOfficeUseCases): OperatorsHandler =>
  async (c, key, refuse, { operator }) => {
    const body = await readFields(c, ['to', 'held', 'reason', 'version']);
    if (body.error) return refuse(body.error);
    const { to, held = null, reason = '', version = null } = body.value;
    if (to !== 'captured' && to !== 'notCharged' && to !== 'cancelled') return refuse(invalid('to'));
    if (typeof reason !== 'string') return refuse(invalid('reason'));
    if (version !== null && typeof version !== 'number') return refuse(invalid('version'));
    const kept = await moneyOf(payments, key, 'held', held);
    if (kept.error) return refuse(kept.error);
    const decision = decisionOf(to, kept.value);
    if (decision === null) return refuse(invalid('held'));
    const correction = { decision, by: operator, reason, ...(version !== null && { version }) };
    const corrected = await payments.correctPayment.execute({ ...key, ...correction });
    if (corrected.isErr()) return tellReason(refuse)(corrected.error);
    return lookUp(payments)(c, key, refuse, { merchantId: key.merchantId, operator });
  };

/** Null where it is not clear what is kept. */
const decisionOf = (to: Decision['to'], held: Money | null): Decision | null => {
  if (to !== 'captured') return held === null ? { to } : null;
  return held === null ? null : { to, held };
};

type Asked = Pick<FollowUpCommand, 'key' | 'target'>;

const askedIn = ({ key, transactionId = null }: Fields): Read<Asked> => {
  if (typeof key !== 'string') return { error: invalid('key') };
  const isTarget =
    transactionId === null ||
    (typeof transactionId === 'string' && /^[\x21-\x7e]{1,200}$/.test(transactionId));
  return isTarget ? { value: { key, target: transactionId } } : { error: invalid('transactionId') };
};

type Known<T> = Readonly<{ value: T; error?: undefined }> | Readonly<{ error: HttpError }>;

/** Decimal text in the currency of what was charged or held; null for null. */
const moneyOf = async (
  { findPayment }: BackOfficeUseCases,
  key: PaymentKey,
  field: string,
  text: unknown,
): Promise<Known<Money | null>> => {
  const found = await findPayment.execute(key);
  if (found.isErr()) return { error: found.error };
  if (text === null) return { value: null };
  const { currency } = found.value.payment.captured;
  const amount = typeof text === 'string' ? parseMoney(text, currency).unwrapOr(null) : null;
  return amount === null ? { error: invalid(field) } : { value: amount };
};

const invalid = (field: string): RequestError => ({ type: 'InvalidField', field });
