// A gateway as a ledger: what it carried out, in order, and the record that it shows of it. It refuses what its own books do not allow.
import type { Money } from '../../../src/domain/money/money.ts';
import type { Attempt, Operation } from '../../../src/domain/payment/attempt.ts';
import type { GatewayRecord, Transaction } from '../../../src/domain/payment/record.ts';
import { usd } from '../../builders/a-payment.ts';

type Entry = Transaction & Readonly<{ minor: number; target: string | null; byUs: boolean }>;
export type Call = Readonly<Pick<Attempt, 'operation' | 'amount' | 'target'>>;

const inUsd = (minor: number): Money => usd((minor / 100).toFixed(2));

export class GatewayLedger {
  readonly entries: Entry[] = [];
  /** Gives back whatever it is asked to: only we ourselves keep refunds within what was charged. */
  readonly #isPermissive: boolean;

  constructor(isPermissive: boolean) {
    this.#isPermissive = isPermissive;
  }

  /** Null: refused. */
  carryOut({ operation, amount, target }: Call, at: number, byUs: boolean): Entry | null {
    const moved = this.#moved(operation, amount.minor, target);
    if (moved === null) return null;
    return this.#book({ operation, result: 'done', amount: inUsd(moved.minor), at, byUs, ...moved });
  }

  decline({ operation, amount }: Call, at: number): void {
    this.#book({ operation, result: 'declined', amount, at, byUs: true, minor: 0, target: null });
  }

  /** All that it did so far. */
  record(orderId: string): GatewayRecord {
    const transactions = this.entries.map(({ minor: _minor, byUs: _byUs, ...shown }): Transaction => shown);
    return { type: 'record', merchantId: null, orderId, transactions };
  }

  sum(of: (entry: Entry) => boolean): number {
    return this.entries
      .filter((each) => each.result === 'done' && of(each))
      .reduce((sum, each) => sum + each.minor, 0);
  }

  get captured(): number {
    return this.sum(({ operation }) => operation === 'pay' || operation === 'capture');
  }

  get refunded(): number {
    return this.sum(
      (each) => each.operation === 'refund' || (each.operation === 'void' && !this.#isHold(each.target)),
    );
  }

  #book(entry: Omit<Entry, 'id' | 'reason'>): Entry {
    const booked = { ...entry, id: `transaction-${this.entries.length + 1}`, reason: entry.result };
    this.entries.push(booked);
    return booked;
  }

  #moved(operation: Operation, minor: number, target: string | null) {
    if (operation === 'void') return this.#voided(target);
    const held = this.sum((each) => each.operation === 'authorize' && !this.#isVoided(each.id));
    const taken = this.sum((each) => each.operation === 'capture');
    const kept = this.captured - this.refunded;
    if (operation === 'capture' && taken + minor > held) return null;
    if (operation === 'refund' && !this.#isPermissive && minor > kept) return null;
    return { minor, target };
  }

  #voided(target: string | null) {
    const standing = this.entries.filter(
      ({ id, operation, result }) =>
        result === 'done' && operation !== 'refund' && operation !== 'void' && !this.#isVoided(id),
    );
    const voided = standing.findLast(({ id }) => target === null || id === target);
    const isLocked =
      voided?.operation === 'authorize' && this.sum((each) => each.operation === 'capture') > 0;
    const wasRefunded = this.sum(({ operation }) => operation === 'refund') > 0;
    return voided === undefined || isLocked || wasRefunded
      ? null
      : { minor: voided.minor, target: voided.id };
  }

  #isVoided(id: string): boolean {
    return this.entries.some((each) => each.operation === 'void' && each.target === id);
  }

  #isHold(id: string | null): boolean {
    return this.entries.some((each) => each.id === id && each.operation === 'authorize');
  }
}
