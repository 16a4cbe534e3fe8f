import { err, errAsync, ok, type ResultAsync, safeTry } from 'neverthrow';
import { isZero, sameMoney } from '../domain/money/money.ts';
import { type MerchantId, orderId, type OrderId } from '../domain/payment/ids.ts';
import { attemptsToRead } from '../domain/payment/due.ts';
import type { Payment } from '../domain/payment/payment.ts';
import type { PaymentKey } from './change-payment.ts';
import type { ConfirmPayment, ConfirmPaymentError } from './confirm-payment.ts';
import { failureInWords } from './due-work.ts';
import type { OpenPaySession, OpenPaySessionError } from './open-pay-session.ts';
import {
  gatewayUnavailable,
  type ListedPayment,
  notSupported,
  type NotSupported,
  type PaymentGateway,
  type SessionError,
} from './ports/payment-gateway.ts';
import type { Payments, StorageUnavailable } from './ports/payments.ts';

export type ReconcilePaymentsCommand = Readonly<{
  merchantId: MerchantId;
  /** `next` of the answer before; the beginning of the gateway's list when it is not given. */
  from?: number;
  /** So many of the list at a time, at most 100, which is what it is when it is not given. */
  limit?: number;
}>;

/** A payment at the gateway that could not be compared with one of ours, and why. A person looks at it. */
export type Unmatched = Readonly<{ listed: ListedPayment; reason: string }>;

/** What came of one part of the list. */
export type ReconciledPayments = Readonly<{
  /** The totals were equal. */
  agreed: number;
  /** Read anew, since the totals differed, were not said, or were nothing: what is only held is in no total. */
  read: number;
  /** Those of which the gateway knew more than we did: they changed, and may need a person now. */
  changed: readonly OrderId[];
  unmatched: readonly Unmatched[];
  /** Where the next part begins; null after the last. */
  next: number | null;
}>;

export type ReconcilePaymentsError = NotSupported | SessionError | StorageUnavailable;

type Compared =
  | Readonly<{ is: 'agreed' | 'read' }>
  | Readonly<{ is: 'changed'; id: OrderId }>
  | (Readonly<{ is: 'unmatched' }> & Unmatched);

/**
 * Compares the gateway's list of a merchant's payments with ours, part by part, so that no charge stays unseen: after an older database was
 * restored, or once a night. What differs is read, as `ConfirmPayment` does; a charge that we have no payment for becomes one that
 * needs a person, if the host still knows its order. Asks for no money to move, and may be repeated as often as one likes.
 */
export class ReconcilePayments {
  readonly #payments: Payments;
  readonly #gateway: PaymentGateway;
  readonly #openPaySession: OpenPaySession;
  readonly #confirmPayment: ConfirmPayment;

  constructor(
    payments: Payments,
    gateway: PaymentGateway,
    openPaySession: OpenPaySession,
    confirmPayment: ConfirmPayment,
  ) {
    this.#payments = payments;
    this.#gateway = gateway;
    this.#openPaySession = openPaySession;
    this.#confirmPayment = confirmPayment;
  }

  execute(command: ReconcilePaymentsCommand): ResultAsync<ReconciledPayments, ReconcilePaymentsError> {
    if (!this.#gateway.capabilities.can.includes('list')) return errAsync(notSupported('list'));
    return safeTry(() => this.#steps(command));
  }

  async *#steps({ merchantId, from = 0, limit = 100 }: ReconcilePaymentsCommand) {
    const { items, total } = yield* this.#gateway.list(merchantId, { offset: from, limit });
    const end = from + items.length;
    const isLast = total === null ? items.length === 0 : end >= total;
    if (!isLast && items.length === 0) return err(gatewayUnavailable('a list that ends early'));
    const compared: Compared[] = [];
    for (const listed of items) {
      compared.push(yield* safeTry<Compared, StorageUnavailable>(() => this.#compare(merchantId, listed)));
    }
    const unmatched = compared.flatMap((each): Unmatched[] =>
      each.is === 'unmatched' ? [{ listed: each.listed, reason: each.reason }] : [],
    );
    const agreed = compared.filter(({ is }) => is === 'agreed').length;
    return ok<ReconciledPayments>({
      agreed,
      read: compared.length - agreed - unmatched.length,
      changed: compared.flatMap((each) => (each.is === 'changed' ? [each.id] : [])),
      unmatched,
      next: isLast ? null : end,
    });
  }

  async *#compare(merchantId: MerchantId, listed: ListedPayment) {
    const unmatched = (reason: string) => ok<Compared>({ is: 'unmatched', listed, reason });
    const id = orderId(listed.orderId ?? '');
    if (id.isErr()) return unmatched('its id is not that of an order');
    if ((listed.merchantId ?? merchantId) !== merchantId) return unmatched('it is another merchant’s');
    const stored = yield* this.#payments.find(merchantId, id.value);
    if (stored !== null && agrees(stored, listed)) return ok<Compared>({ is: 'agreed' });
    const confirmed = await this.#read({ merchantId, orderId: id.value }, stored);
    if (confirmed.isErr()) return unmatched(failureInWords(confirmed.error));
    const isChanged = confirmed.value.version !== stored?.version;
    return ok<Compared>(isChanged ? { is: 'changed', id: id.value } : { is: 'read' });
  }

  /** The gateway is read through a session: a payment without any gets one, which nobody pays through. */
  #read(key: PaymentKey, stored: Payment | null): ResultAsync<Payment, Failure> {
    const confirm = () => this.#confirmPayment.execute({ ...key, evenIfSettled: true });
    const isReadable =
      stored !== null && (stored.session ?? attemptsToRead(stored, 0, true)[0]) !== undefined;
    return isReadable ? confirm() : this.#openPaySession.execute(key).andThen(confirm);
  }
}

type Failure = ConfirmPaymentError | OpenPaySessionError;

/** Both totals, and some money: what is only held is in neither. */
const agrees = ({ captured, refunded }: Payment, listed: ListedPayment): boolean =>
  !isZero(captured) &&
  listed.captured !== null &&
  listed.refunded !== null &&
  sameMoney(listed.captured, captured) &&
  sameMoney(listed.refunded, refunded);
