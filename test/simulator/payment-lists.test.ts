// Reading the simulator's payments and transactions as lists: filters, operators, sorting and pages.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { cardNumbered, PAYMENT, startGateway, type GatewayClient } from './gateway-client.ts';

let gateway: GatewayClient;

/** The ids that a list shows for this query, in its order. */
async function listed(path: string, query: Record<string, string>): Promise<readonly unknown[]> {
  const answer = await gateway.call('GET', `${path}?${new URLSearchParams(query).toString()}`);
  expect(answer.status).toBe(200);
  return (answer.body as { data: { id: string }[] }).data.map(({ id }) => id);
}

beforeAll(async () => {
  gateway = await startGateway();
  const start = async (
    id: string,
    amount: number,
    operation: 'pay' | 'authorize',
    card = '5123450000000008',
  ) => {
    await gateway.control('POST', '/clock', { advanceMs: 1_000 });
    await gateway.useCard(operation, { ...PAYMENT, id, amount } as typeof PAYMENT, cardNumbered(card));
  };
  await start('A', 9, 'pay');
  await start('B', 100, 'authorize');
  await start('C', 20, 'pay', '4000000000000002');
  await start('D', 100, 'pay');
  await gateway.call('PUT', '/payment/D/refund', {});
  await gateway.openPayment({ ...PAYMENT, id: 'E', amount: 1 });
});

describe('the list of payments', () => {
  it.each([
    ['only payments with transactions, oldest first', {}, ['A', 'B', 'C', 'D']],
    ['the others too when it is asked to', { 'filter[hasTransactions]': 'false' }, ['A', 'B', 'C', 'D', 'E']],
    ['one status', { 'filter[status]': 'CAPTURED' }, ['A']],
    ['one of several', { 'filter[status]': 'CAPTURED,DECLINED' }, ['A', 'C']],
    ['anything but a status', { 'filter[status]': '!=CAPTURED' }, ['B', 'C', 'D']],
    ['no status', { 'filter[status]': 'null', 'filter[hasTransactions]': 'false' }, ['E']],
    ['amounts from 20 on', { 'filter[amount]': '>=20' }, ['B', 'C', 'D']],
    ['amounts above 20', { 'filter[amount]': '>20' }, ['B', 'D']],
    ['amounts up to 20', { 'filter[amount]': '<=20' }, ['A', 'C']],
    ['amounts below 20', { 'filter[amount]': '<20' }, ['A']],
    ['one amount', { 'filter[amount]': '=100' }, ['B', 'D']],
    ['all conditions together', { 'filter[amount]': '=100', 'filter[status]': 'REFUNDED' }, ['D']],
    ['what began in a time that has not come', { 'filter[creationTime]': '>2099-01-01' }, []],
    ['by amount, largest first', { sort: '-amount,id' }, ['B', 'D', 'C', 'A']],
    ['the newest first', { sort: '-creationTime' }, ['D', 'C', 'B', 'A']],
    ['a page', { limit: '2', offset: '1' }, ['B', 'C']],
  ])('shows %s', async (_, query, ids) => {
    expect(await listed('/payments', query as Record<string, string>)).toEqual(ids);
  });

  it('says how many there are and which page this is', async () => {
    expect(await gateway.call('GET', '/payments?limit=1&offset=3')).toMatchObject({
      status: 200,
      body: { success: true, data: [{ id: 'D', status: 'REFUNDED' }], limit: 1, offset: 3, total: 4 },
    });
  });

  it('shows ten unless it is asked for another number', async () => {
    const full = await startGateway();
    for (let count = 0; count < 11; count += 1) await full.openPayment({ amount: 1 }, null);
    const path = '/payments?filter[hasTransactions]=false';
    expect(await full.call('GET', path)).toMatchObject({
      body: { data: { length: 10 }, limit: 10, total: 11 },
    });
    expect(await full.call('GET', `${path}&limit=100`)).toMatchObject({ body: { data: { length: 11 } } });
  });

  it.each([
    ['a filter it does not know', 'filter[colour]=red', 'filter[colour]'],
    ['an order it does not know', 'sort=-colour', 'sort'],
    ['a page of none', 'limit=0', 'limit'],
    ['a page of 101', 'limit=101', 'limit'],
    ['a page of half', 'limit=1.5', 'limit'],
    ['an offset before the first', 'offset=-1', 'offset'],
  ])('refuses %s', async (_, query, field) => {
    const answer = await gateway.call('GET', `/payments?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { success: false } });
    expect(answer.body).toHaveProperty(['errors', field]);
  });
});

describe('the list of transactions', () => {
  it('shows those of one payment, as they are read one by one', async () => {
    const answer = await gateway.call('GET', '/transactions?filter[payment.id]=D');
    const { data, total } = answer.body as { data: { id: string }[]; total: number };
    expect(total).toBe(2);
    expect(data).toMatchObject([{ operation: 'PAY' }, { operation: 'REFUND', amount: 100 }]);
    for (const transaction of data) {
      const one = await gateway.call('GET', `/payment/D/transaction/${transaction.id}`);
      expect(one).toMatchObject({ status: 200, body: { success: true, data: transaction } });
    }
    expect((await gateway.call('GET', `/payment/A/transaction/${data[0]?.id}`)).status).toBe(404);
  });

  it.each([
    ['by operation', { 'filter[operation]': 'AUTHORIZE' }, ['B']],
    ['by result', { 'filter[result]': 'DECLINED' }, ['C']],
    ['by amount', { 'filter[requestedAmount]': '<10' }, ['A']],
    ['by the payment’s status', { 'filter[payment.status]': 'REFUNDED' }, ['D', 'D']],
    ['backwards', { sort: '-createdAt' }, ['D', 'D', 'C', 'B', 'A']],
  ])('finds them %s', async (_, query, payments) => {
    const search = new URLSearchParams(query as Record<string, string>).toString();
    const { body } = await gateway.call('GET', `/transactions?${search}`);
    const { data } = body as { data: { payment: { id: string } }[] };
    expect(data.map(({ payment }) => payment.id)).toEqual(payments);
  });
});
