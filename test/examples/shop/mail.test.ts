/** Confirmations of the shop by e-mail, with a real mail server on loopback. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { eventually, operatorOf, paidCard, startTestShop, type TestShop, Visitor } from './running-shop.ts';

const received: string[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, _session, done) {
    let mail = '';
    stream.setEncoding('utf8').on('data', (text: string) => (mail += text));
    stream.on('end', () => {
      received.push(mail);
      done();
    });
  },
});
let shop: TestShop;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  const port = typeof address === 'object' ? address?.port : address;
  shop = await startTestShop({
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'Paper & Ink <orders@shop.example>',
  });
});
afterAll(async () => {
  await shop.close();
  await new Promise<void>((resolve) => server.close(resolve));
});

it('A confirmation goes to the mail server once, and the outbox lists it as mailed', async () => {
  const customer = new Visitor(shop);
  const orderId = await customer.order(undefined, 'ada@example.com');
  await customer.pay(orderId, paidCard);
  const operator = await operatorOf(shop);
  const page = await eventually(
    () => operator.page('/operator/outbox'),
    (text) => text.includes('ada@example.com'),
  );
  expect(page).toContain(orderId);
  expect(page).not.toContain('not mailed');
  expect(received).toHaveLength(1);
  expect(received[0]).toContain('To: ada@example.com');
  expect(received[0]).toContain('orders@shop.example');
  expect(received[0]).toContain('$64.00');
});
