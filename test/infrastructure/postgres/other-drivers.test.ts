// postgres.js asks the server for the type of each parameter and writes it in that type's own way, where pg sends text.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import postgres from 'postgres';
import type { PaymentEvent } from '../../../src/domain/payment/payment-event.ts';
import { RegisterPayment } from '../../../src/application/register-payment.ts';
import type { SqlTransaction } from '../../../src/infrastructure/postgres/database.ts';
import {
  pgDatabase,
  type PostgresPayments,
  postgresPayments,
} from '../../../src/infrastructure/postgres/postgres.ts';
import { randomIds } from '../../../src/infrastructure/system/random-ids.ts';
import { systemClock } from '../../../src/infrastructure/system/system-clock.ts';
import { aPayment, anOrder } from '../../builders/a-payment.ts';
import { testDatabase, type TestDatabase } from '../../postgres/database.ts';
import { lastChange, until } from './storages.ts';

let database: TestDatabase;
let sql: postgres.Sql;
let payments: PostgresPayments;
beforeAll(async () => {
  database = await testDatabase();
  sql = postgres(database.url, { onnotice: () => undefined });
});
afterAll(async () => {
  await payments.stop();
  await sql.end();
  await database.close();
});

const within = async <T>(run: (tx: SqlTransaction) => Promise<T>): Promise<T> => {
  const done = await sql.begin(async (transaction) => {
    const query = async <Row>(text: string, values: unknown[] = []) => ({
      rows: [...(await transaction.unsafe<Row[] & object[]>(text, values as string[]))],
    });
    return [await run({ query })];
  });
  return done[0] as T;
};

it('stores in a transaction of postgres.js what every other connection reads, and tells of it', async () => {
  const told: PaymentEvent[] = [];
  payments = await postgresPayments(pgDatabase(database.pool), {
    publish: async (event) => void told.push(event),
  });
  payments.start(() => {
    throw new Error('nothing else is due');
  });
  const order = { id: 'A', amount: '10.00', currency: 'USD', description: 'A blue teapot' };
  const { merchantId } = aPayment().sessionOpen().payment;
  const register = new RegisterPayment(payments, randomIds, systemClock);
  const payment = await within(async (tx) =>
    (await register.execute({ merchantId, order, payments: payments.within(tx) }))._unsafeUnwrap(),
  );
  expect((await payments.find(merchantId, payment.order.id))._unsafeUnwrap()).toEqual(payment);
  const open = aPayment(anOrder({ id: 'B' })).sessionOpen();
  await within(async (tx) => (await payments.within(tx).save(lastChange(open)))._unsafeUnwrap());
  const types = await database.pool.query(
    `select distinct json_typeof(document) as type from paysession.payment
     union all select distinct json_typeof(document) from paysession.payment_event`,
  );
  expect(types.rows).toEqual([{ type: 'object' }, { type: 'object' }]);
  await until('both events to be told', async () => told.length === 2);
  expect(told.map(({ orderId, type }) => `${orderId} ${type}`).sort()).toEqual([
    'A registered',
    'B sessionOpened',
  ]);
});
