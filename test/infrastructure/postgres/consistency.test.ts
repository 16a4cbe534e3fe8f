import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { changePayment } from '../../../src/application/change-payment.ts';
import { sessionId } from '../../../src/domain/payment/ids.ts';
import { cancel, confirmationSent, fulfil, openSession } from '../../../src/domain/payment/payment.ts';
import { defaultPolicy } from '../../../src/domain/payment/policy.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { aPayment } from '../../builders/a-payment.ts';
import { freshSchema, lastChange, postgresql, type Server } from './storages.ts';

describe('What is stored', () => {
  let server: Server;
  let schema: string;
  let payments: PostgresPayments;
  beforeAll(async () => {
    server = await postgresql.open();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    schema = await freshSchema(server.database);
    payments = new PostgresPayments(server.database, { schema });
  });

  it('has one event per version, whatever twenty writers do at once', async () => {
    const first = aPayment().sessionOpen();
    const { merchantId, order } = first.payment;
    (await payments.save(lastChange(first)))._unsafeUnwrap();
    let sessions = 0;
    const write = () =>
      changePayment(payments, { merchantId, orderId: order.id }, (stored) => {
        const id = sessionId(`another-${(sessions += 1)}`)._unsafeUnwrap();
        const openedAt = stored.updatedAt + 1;
        const session = { id, openedAt, expiresAt: openedAt + 1000, successIndicator: null };
        return openSession(stored, order, session, defaultPolicy);
      });
    const writes = await Promise.all(Array.from({ length: 20 }, write));
    const won = writes.filter((result) => result.isOk()).length;
    expect(won).toBeGreaterThan(0);
    for (const result of writes) if (result.isErr()) expect(result.error.type).toBe('ConcurrentUpdate');
    const stored = (await payments.find(merchantId, order.id))._unsafeUnwrap();
    const history = (await payments.history(merchantId, order.id))._unsafeUnwrap();
    expect(stored?.version).toBe(1 + won);
    expect(history.map(({ version }) => version)).toEqual(Array.from({ length: 1 + won }, (__, n) => n + 1));
    expect(history.at(-1)?.sessionId).toBe(stored?.session?.id);
  });

  it('is, for every state that a payment can be in, exactly what was saved, and the columns beside it agree', async () => {
    const states = [
      aPayment().payUnknown(),
      aPayment().pending(),
      aPayment().declined(),
      aPayment().authorized(),
      aPayment().captured().by(fulfil).by(confirmationSent),
      aPayment().sessionOpen().by(cancel),
      aPayment().notCharged(),
      aPayment().needsAttention('mismatched'),
      aPayment().needsAttention('unresolved'),
      aPayment().needsAttention('chargeFound'),
    ];
    for (const { payment, events } of states) {
      const schema = await freshSchema(server.database);
      const alone = new PostgresPayments(server.database, { schema });
      // Only the last save says what the payment is; those before it bring the versions.
      for (const event of events)
        (await alone.save({ payment: { ...payment, version: event.version }, event }))._unsafeUnwrap();
      expect((await alone.find(payment.merchantId, payment.order.id))._unsafeUnwrap()).toEqual(payment);
      expect((await alone.history(payment.merchantId, payment.order.id))._unsafeUnwrap()).toEqual(events);
      const { merchantId, order, version, states } = payment;
      const columns = `select merchant_id, order_id, version, payment_state, fulfilment_state from ${schema}.payment`;
      expect((await server.database.query(columns)).map((row) => Object.values(row))).toEqual([
        [merchantId, order.id, version, states.payment, states.fulfilment],
      ]);
    }
  });

  it('takes a reason that holds what PostgreSQL cannot store', async () => {
    const paying = aPayment().paying();
    for (const step of [aPayment().sessionOpen(), paying])
      (await payments.save(lastChange(step)))._unsafeUnwrap();
    const declined = paying.told({ type: 'declined', reason: 'no\0funds \ud800 \\u0000 ☂' });
    (await payments.save(lastChange(declined)))._unsafeUnwrap();
    const { merchantId, order } = declined.payment;
    const stored = (await payments.find(merchantId, order.id))._unsafeUnwrap();
    expect(stored?.attempts[0]?.reason).toBe('no\ufffdfunds \ufffd \\u0000 ☂');
  });
});
