import { err, ok, type Result } from 'neverthrow';
import {
  gatewayUnavailable,
  type ListedPayment,
  type ListedPayments,
  type SessionError,
} from '../../../application/ports/payment-gateway.ts';
import type { OrderId } from '../../../domain/payment/ids.ts';
import { amountFrom } from '../amounts.ts';
import type { Answer } from '../client.ts';
import { isDone, noSuccess, unreadable } from '../envelope.ts';
import { redact } from '../redact.ts';
import { readList, readListedPayment, readStatus, readTransaction, type SaidListedPayment } from './wire.ts';

/** `total` counts what all pages hold; null when the gateway does not say. */
type Page<Item> = Readonly<{ items: readonly Item[]; total: number | null }>;

/** One page of a list, as it came. */
export const listed = (answer: Answer): Result<Page<unknown>, SessionError> => {
  if (!isDone(answer.status)) return err(noSuccess(answer));
  const page = readList(answer.body);
  return page === null ? err(unreadable(answer.status)) : ok(page);
};

/** The transactions of this payment, whether or not the gateway kept to the filter; an error when one does not say whose it is. */
export const ofPayment = (
  items: readonly unknown[],
  orderId: OrderId,
): Result<readonly unknown[], SessionError> => {
  const owners = items.map((item) => readTransaction(item)?.payment?.id ?? null);
  return owners.includes(null)
    ? err(gatewayUnavailable('a list of transactions that do not name their payment'))
    : ok(items.filter((_, index) => owners[index] === orderId));
};

/** One page of payments. */
export const listedPayments = (answer: Answer): Result<ListedPayments, SessionError> =>
  listed(answer).map(({ items, total }) => ({
    items: items.map((item) => listedPayment(readListedPayment(item))),
    total,
  }));

const listedPayment = (said: SaidListedPayment | null): ListedPayment => {
  const createdAt = Date.parse(said?.creationTime ?? '');
  const money = (amount: string | null | undefined) => amountFrom(amount ?? null, said?.currency ?? null);
  return {
    merchantId: said?.merchantId ?? null,
    orderId: said?.id ?? null,
    status: said?.status ? redact(said.status) : null,
    amount: money(said?.amount),
    captured: money(said?.capturedAmount),
    refunded: money(said?.refundedAmount),
    createdAt: Number.isNaN(createdAt) ? null : createdAt,
  };
};

const conditions = ['OPERATING', 'PARTIAL', 'SHUTDOWN', 'ERROR'] as const;
type Condition = (typeof conditions)[number] | 'unknown';

/** How the gateway says that it is. */
export type GatewayStatus = Readonly<{
  status: Condition;
  cardNotPresent: Condition;
  cardPresent: Condition;
}>;

const condition = (word: string | null): Condition => conditions.find((each) => each === word) ?? 'unknown';

export const gatewayStatus = (answer: Answer): Result<GatewayStatus, SessionError> => {
  if (!isDone(answer.status)) return err(noSuccess(answer));
  const said = readStatus(answer.body);
  if (said === null) return err(unreadable(answer.status));
  const { status, cardNotPresent, cardPresent } = said;
  return ok({
    status: condition(status),
    cardNotPresent: condition(cardNotPresent),
    cardPresent: condition(cardPresent),
  });
};
