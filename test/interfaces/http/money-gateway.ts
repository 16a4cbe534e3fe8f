// A gateway that can do with money all that today's can, in memory: it does what a test says that becomes of the next call.
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import {
  type FollowUpRequest,
  gatewayUnavailable,
  type PaymentGateway,
  type PayRequest,
  type ReadRequest,
} from '../../../src/index.ts';
import type { FollowUpOutcome, PayOutcome, VerifyOutcome } from '../../../src/domain/payment/outcome.ts';
import type { GatewayRecord, Transaction } from '../../../src/domain/payment/record.ts';
import { InMemoryGateway } from '../../../src/infrastructure/in-memory/in-memory-gateway.ts';

/** `lost`: done, and the answer cut off · `held`: waits until the test calls. */
export type Next = Exclude<FollowUpOutcome, { type: 'done' }> | Readonly<{ type: 'lost' | 'held' }>;

export class MoneyGateway implements PaymentGateway {
  readonly capabilities = {
    dialect: 'payment' as const,
    can: ['authorize', 'capture', 'void', 'refund', 'verify'] as const,
    timeoutMs: 60_000,
  };
  /** Every capture, void and refund that arrived, oldest first. */
  readonly followUps: FollowUpRequest[] = [];
  card: VerifyOutcome = { type: 'verified' };
  readonly #sessions = new InMemoryGateway();
  readonly #transactions: Transaction[] = [];
  readonly #next: Next[] = [];
  #release: () => void = () => undefined;

  /** What becomes of the next capture, void or refund; without a word it is done. */
  next(...outcomes: readonly Next[]): void {
    this.#next.push(...outcomes);
  }

  /** Lets the one that is held go on. */
  release(): void {
    this.#release();
  }

  /** Money that moved at the gateway without us; answers the transaction's id. */
  elsewhere(moved: Pick<Transaction, 'operation' | 'amount'>): string {
    return this.#book(moved);
  }

  scriptUrl(...request: Parameters<PaymentGateway['scriptUrl']>): string {
    return this.#sessions.scriptUrl(...request);
  }

  openSession(...request: Parameters<PaymentGateway['openSession']>) {
    return this.#sessions.openSession(...request);
  }

  updateSession(...request: Parameters<PaymentGateway['updateSession']>) {
    return this.#sessions.updateSession(...request);
  }

  pay({ operation = 'pay', merchantId, orderId, amount }: PayRequest): ResultAsync<PayOutcome, never> {
    const transactionId = this.#book({ operation, amount });
    const type = operation === 'pay' ? ('captured' as const) : ('authorized' as const);
    return okAsync({ type, evidence: { merchantId, orderId, amount, transactionId } });
  }

  followUp(request: FollowUpRequest): ResultAsync<FollowUpOutcome, never> {
    const { operation, merchantId, orderId, amount } = request;
    this.followUps.push(request);
    const next = this.#next.shift();
    if (next !== undefined && 'reason' in next) return okAsync(next);
    const transactionId = this.#book({ operation, amount });
    const done = { type: 'done' as const, evidence: { merchantId, orderId, amount, transactionId } };
    if (next?.type === 'lost') return okAsync({ type: 'unknown', reason: 'the answer was cut off' });
    if (next === undefined) return okAsync(done);
    const released = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    return okAsync(released).map(async (waiting) => (await waiting, done));
  }

  verify(): ResultAsync<VerifyOutcome, never> {
    return okAsync(this.card);
  }

  read({ merchantId, orderId }: ReadRequest): ReturnType<PaymentGateway['read']> {
    if (this.#transactions.length === 0) return errAsync(gatewayUnavailable('nothing there'));
    const record: GatewayRecord = { type: 'record', merchantId, orderId, transactions: this.#transactions };
    return okAsync(record);
  }

  list(...request: Parameters<PaymentGateway['list']>) {
    return this.#sessions.list(...request);
  }

  #book(moved: Pick<Transaction, 'operation' | 'amount'>): string {
    const id = `transaction-${this.#transactions.length + 1}`;
    this.#transactions.push({ ...moved, id, result: 'done', reason: 'SUCCESS' });
    return id;
  }
}
