// What a payment and its transactions, as the gateway shows them, say in our words: never more than they prove.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { merchantId, orderId } from '../../../../src/domain/payment/ids.ts';
import type { Transaction } from '../../../../src/domain/payment/record.ts';
import {
  inOurWords,
  recordOf,
  withoutTransactions,
} from '../../../../src/infrastructure/prahsys/payment-dialect/record.ts';
import { readPayment } from '../../../../src/infrastructure/prahsys/payment-dialect/wire.ts';
import { usd } from '../../../builders/a-payment.ts';
import { operations, results, statuses, types } from './words.ts';

const about = {
  merchantId: merchantId('MERCHANT-1')._unsafeUnwrap(),
  orderId: orderId('ORDER-1')._unsafeUnwrap(),
};
const pay = {
  ...{ id: 'tx-1', operation: 'PAY', type: 'CAPTURE', result: 'SUCCESS' },
  ...{ requestedAmount: '99.99', currency: 'USD', createdAt: '2026-11-22T10:00:00+00:00' },
};
const paymentOf = (words: object = {}) => {
  const data = { id: 'ORDER-1', merchantId: 'MERCHANT-1', amount: '99.99', currency: 'USD', ...words };
  const payment = readPayment({ success: true, data });
  if (payment === null) throw new Error('not a payment');
  return payment;
};
const one = (words: object): readonly Transaction[] => inOurWords([{ ...pay, ...words }], about);
const short = (transactions: readonly Transaction[]) =>
  transactions.map(({ operation, result }) => `${operation} ${result}`);
const unclearAll = ['pay unclear', 'capture unclear', 'void unclear', 'refund unclear'];

describe('A transaction', () => {
  const ours: Readonly<Record<string, string>> = {
    'PAY CAPTURE': 'pay',
    'PAY AUTHORIZATION': 'authorize',
    'AUTHORIZE AUTHORIZATION': 'authorize',
    'CAPTURE CAPTURE': 'capture',
    'REFUND REFUND': 'refund',
    'VOID VOID_AUTHORIZATION': 'void',
    'VOID VOID_CAPTURE': 'void',
  };
  const byName: Readonly<Record<string, string>> = {
    ...{ PAY: 'pay', AUTHORIZE: 'authorize', CAPTURE: 'capture', REFUND: 'refund', VOID: 'void' },
  };
  const notOurs = ['CHARGEBACK', 'CHARGEBACK_REVERSAL', 'VERIFY', 'ADJUSTMENT', 'UPDATE_AUTHORIZATION'];

  it.each(operations)('of operation %s is what its type makes it, and else unclear', (operation) => {
    for (const type of types) {
      const known = ours[`${operation} ${type}`];
      const named = byName[operation];
      const isLeftOut = notOurs.includes(operation) || (operation === 'VOID' && type === 'VOID_REFUND');
      const expected = known ? [`${known} done`] : named ? [`${named} unclear`] : unclearAll;
      expect([type, short(one({ operation, type }))]).toEqual([type, isLeftOut ? [] : expected]);
    }
  });

  it.each(results)('with result %s is done, declined or pending only if that is its word', (result) => {
    const words: Readonly<Record<string, string>> = {
      ...{ SUCCESS: 'done', DECLINED: 'declined', FAILURE: 'declined', PENDING: 'pending' },
    };
    expect(short(one({ result }))).toEqual([`pay ${words[result] ?? 'unclear'}`]);
  });

  it('says what was charged, or what was asked for, or what the payment is', () => {
    const amountOf = (words: object) => inOurWords([{ ...pay, ...words }], about, paymentOf())[0]?.amount;
    expect(amountOf({ amount: '50.00' })).toEqual(usd('50.00'));
    expect(amountOf({})).toEqual(usd('99.99'));
    expect(amountOf({ requestedAmount: undefined, payment: { amount: '80.00' } })).toEqual(usd('80.00'));
    expect(amountOf({ requestedAmount: undefined, currency: undefined })).toEqual(usd('99.99'));
  });

  it('without its own amount is no proof of a capture or refund, whatever the payment is', () => {
    for (const [operation, type] of [
      ['CAPTURE', 'CAPTURE'],
      ['REFUND', 'REFUND'],
    ] as const) {
      const [found] = inOurWords(
        [{ ...pay, operation, type, requestedAmount: undefined }],
        about,
        paymentOf(),
      );
      expect(found).toMatchObject({ result: 'unclear', amount: null });
    }
    const nothing = { operation: 'VOID', type: 'VOID_CAPTURE', requestedAmount: undefined };
    expect(short(one(nothing))).toEqual(['void done']);
  });

  it('without an id, of another payment, or of no shape at all, proves nothing', () => {
    expect(short(one({ id: undefined }))).toEqual(['pay unclear']);
    expect(short(one({ id: 'x y' }))).toEqual(['pay unclear']);
    expect(short(one({ payment: { id: 'ORDER-2' } }))).toEqual(unclearAll);
    for (const noise of [null, 'PAY', 7, []]) expect(short(inOurWords([noise], about))).toEqual(unclearAll);
  });

  it('is listed once, oldest first where all say when', () => {
    const later = { ...pay, id: 'tx-2', createdAt: '2026-11-22T11:00:00Z' };
    const ids = (items: readonly object[]) => inOurWords(items, about).map(({ id }) => id);
    expect(ids([later, pay, later])).toEqual(['tx-1', 'tx-2']);
    expect(ids([later, { ...pay, createdAt: undefined }])).toEqual(['tx-2', 'tx-1']);
  });

  it('shows no card number in its reason', () => {
    const [found] = one({ errorCode: 'declined 5123450000000008 sk_test_secret' });
    expect(found?.reason).not.toMatch(/5123450000000008|sk_test_secret/);
  });
});

describe('The record of an order', () => {
  const declined = { ...pay, result: 'DECLINED' };
  const read = (words: object, items: readonly unknown[]) => {
    const { said, isWhole } = recordOf(paymentOf(words), items, about);
    return { said: said.type === 'record' ? short(said.transactions) : said.type, isWhole };
  };

  it('names the payment and the merchant, and is whole when it shows what it tells of', () => {
    expect(recordOf(paymentOf({ status: 'CAPTURED', result: 'SUCCESS' }), [pay], about)).toMatchObject({
      said: { type: 'record', merchantId: 'MERCHANT-1', orderId: 'ORDER-1', transactions: [{ id: 'tx-1' }] },
      isWhole: true,
    });
    expect(read({ status: null, result: null }, [])).toEqual({ said: [], isWhole: true });
    expect(read({ status: 'CREATED' }, [])).toEqual({ said: [], isWhole: true });
    expect(read({ status: 'DECLINED', result: 'DECLINED' }, [declined])).toMatchObject({ isWhole: true });
    expect(read({ status: null, result: 'DECLINED' }, [declined])).toMatchObject({ isWhole: true });
  });

  it('holds a check of the card for no payment', () => {
    const verify = { ...pay, operation: 'VERIFY', type: 'VERIFICATION' };
    expect(read({ status: 'VERIFIED', result: 'SUCCESS' }, [verify])).toEqual({ said: [], isWhole: true });
    const lost = { ...verify, result: 'UNKNOWN' };
    expect(read({ status: 'FAILED', result: 'UNKNOWN' }, [lost])).toEqual({ said: [], isWhole: true });
  });

  it('is never whole, and never says "nothing", while its words tell of what no transaction shows', () => {
    expect(read({ status: 'CAPTURED' }, [])).toEqual({
      said: ['pay unclear', 'capture unclear'],
      isWhole: false,
    });
    expect(read({ status: 'CAPTURED' }, [declined]).said).toContain('pay unclear');
    expect(read({ status: 'PARTIALLY_REFUNDED' }, [pay])).toEqual({
      said: ['pay done', 'refund unclear'],
      isWhole: false,
    });
    expect(read({ status: 'CANCELLED' }, [])).toEqual({ said: ['void unclear'], isWhole: false });
    expect(read({ status: 'FAILED', result: 'UNKNOWN' }, [])).toEqual({ said: unclearAll, isWhole: false });
    expect(read({ status: 'FAILED', result: 'UNKNOWN' }, [declined]).said).toContain('pay unclear');
    expect(read({ status: 'FROBNICATED' }, [])).toEqual({ said: unclearAll, isWhole: false });
  });

  it.each(statuses)('with status %s and no transaction is empty only if that tells of nothing', (status) => {
    const empty = ['DECLINED', 'ABORTED', 'FAILURE', 'FAILED', 'VERIFIED', 'CREATED'];
    expect(read({ status }, []).isWhole).toBe(empty.includes(status));
  });

  it.each(statuses)('with status %s believes a charge that it shows', (status) => {
    expect(read({ status }, [pay]).said).toContain('pay done');
  });

  it('of another payment or merchant proves nothing, but a charge in it is for a person to see', () => {
    for (const other of [{ id: 'ORDER-2' }, { merchantId: 'MERCHANT-2' }, { id: undefined }]) {
      expect(read({ ...other, status: null }, [])).toEqual({ said: 'unclear', isWhole: true });
      expect(read({ ...other, status: 'DECLINED' }, [declined]).said).toBe('unclear');
      expect(read({ ...other, status: 'CAPTURED' }, [pay]).said).toEqual(['pay done']);
    }
  });
});

describe('A payment whose transactions cannot be had', () => {
  it.each([
    ['SUCCESS', 'CAPTURED', 'captured'],
    [null, 'SETTLED', 'captured'],
    ['SUCCESS', 'AUTHORIZED', 'authorized'],
    ['DECLINED', 'DECLINED', 'unclear'],
    ['FAILURE', 'FAILED', 'unclear'],
    ['PENDING', 'PENDING', 'unclear'],
    ['UNKNOWN', 'FAILED', 'unclear'],
    ['SUCCESS', 'PARTIALLY_REFUNDED', 'unclear'],
    ['SUCCESS', 'FROBNICATED', 'unclear'],
    ['FROBNICATED', 'CAPTURED', 'unclear'],
    [null, null, 'unclear'],
  ])('with result %s and status %s is %s', (result, status, type) => {
    expect(withoutTransactions(paymentOf({ result, status })).type).toBe(type);
  });

  it('tells of the whole order, or of more than it shows, and says so', () => {
    expect(withoutTransactions(paymentOf({ result: 'SUCCESS', status: 'CAPTURED' }))).toHaveProperty(
      'isOfOrder',
    );
    expect(withoutTransactions(paymentOf({ result: 'SUCCESS', status: 'REFUNDED' }))).toHaveProperty(
      'isPartial',
    );
    const { said } = recordOf(paymentOf({ result: 'SUCCESS', status: 'REFUNDED' }), [], about);
    expect(said).toHaveProperty('isPartial');
  });

  it('was charged what it says was captured, if it says so', () => {
    const words = { result: 'SUCCESS', status: 'CAPTURED', capturedAmount: '120.00' };
    expect(withoutTransactions(paymentOf(words))).toMatchObject({ evidence: { amount: usd('120.00') } });
  });
});

it('whatever a gateway lists, nothing throws, and no noise is taken for money', () => {
  const noise = fc.array(fc.json().map((text) => JSON.parse(text) as unknown));
  fc.assert(
    fc.property(noise, fc.json(), (items, status) => {
      const { said } = recordOf(paymentOf({ status }), items, about);
      const isBelieved =
        said.type === 'record' && said.transactions.some(({ result }) => result !== 'unclear');
      expect(isBelieved).toBe(false);
    }),
  );
});
