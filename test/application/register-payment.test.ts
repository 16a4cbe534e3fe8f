import { describe, expect, it } from '@jest/globals';
import { InMemoryPayments } from '../../src/infrastructure/in-memory/in-memory-payments.ts';
import { given, key } from './given.ts';

const { merchantId } = key;
const order = { id: 'LAMP-1', amount: '99.99', currency: 'USD', description: 'A lamp' };

describe('RegisterPayment', () => {
  it('stores that the order is to be paid, and asks no gateway', async () => {
    const { module, payment, history, calls } = given();
    await module.registerPayment.execute({ merchantId, order });
    expect(await payment()).toMatchObject({ version: 1, states: { payment: 'created' }, attempts: [] });
    expect(await history()).toEqual(['registered']);
    expect(calls()).toEqual([]);
  });

  it('is the beginning of the payment that is then paid', async () => {
    const { module, open, submit, history, payment } = given();
    const registered = (await module.registerPayment.execute({ merchantId, order }))._unsafeUnwrap();
    expect((await submit(await open()))._unsafeUnwrap().attempt.outcome).toBe('captured');
    expect((await history()).slice(0, 2)).toEqual(['registered', 'sessionOpened']);
    expect((await payment()).id).toBe(registered.id);
  });

  it('changes nothing when it is repeated, whatever became of the payment', async () => {
    const { module, open, payment } = given();
    await module.registerPayment.execute({ merchantId, order });
    await open();
    const before = await payment();
    expect((await module.registerPayment.execute({ merchantId, order }))._unsafeUnwrap()).toEqual(before);
  });

  it('of four at once is one, which all four get', async () => {
    const { module, history } = given();
    const four = [1, 2, 3, 4].map(() => module.registerPayment.execute({ merchantId, order }));
    const ids = (await Promise.all(four)).map((each) => each._unsafeUnwrap().id);
    expect(new Set(ids).size).toBe(1);
    expect(await history()).toEqual(['registered']);
  });

  it('goes into the storage that it is given, such as one joined to the host’s transaction', async () => {
    const { module } = given();
    const joined = new InMemoryPayments();
    await module.registerPayment.execute({ merchantId, order, payments: joined });
    expect((await joined.find(merchantId, key.orderId))._unsafeUnwrap()?.version).toBe(1);
    expect((await module.findPayment.execute(key))._unsafeUnwrapErr().type).toBe('PaymentNotFound');
  });

  it('refuses an order that cannot be charged', async () => {
    const { module } = given();
    const refused = await module.registerPayment.execute({
      merchantId,
      order: { ...order, amount: '99.999' },
    });
    expect(refused._unsafeUnwrapErr().type).toBe('InvalidOrder');
  });
});
