import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTransport, type Transporter } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import type { Confirmation } from '../../../src/application/ports/confirmations.ts';
import { merchantId, paymentId } from '../../../src/domain/payment/ids.ts';
import { type Order, order, type OrderData } from '../../../src/domain/payment/order.ts';
import { confirmationsFrom } from '../../../src/infrastructure/host/host-functions.ts';
import {
  formatAmount,
  smtpConfirmations,
  type SmtpOptions,
} from '../../../src/infrastructure/smtp/smtp-confirmations.ts';

type Received = { from: string; to: string[]; raw: string };
const received: Received[] = [];
let refuses = false;
let transport: Transporter;

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, session, done) {
    let raw = '';
    stream.on('data', (chunk: Buffer) => (raw += chunk.toString()));
    stream.on('end', () => {
      if (refuses) return done(new Error('mailbox 4111111111111111 is full'));
      const { mailFrom, rcptTo } = session.envelope;
      received.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        raw,
      });
      done();
    });
  },
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  transport = createTransport({ host: '127.0.0.1', port: address.port, ignoreTLS: true });
});
afterAll(async () => {
  transport.close();
  await new Promise<void>((resolve) => server.close(resolve));
});
afterEach(() => {
  received.length = 0;
  refuses = false;
});

const confirmation = (changes: Partial<OrderData> = {}): Confirmation => ({
  merchantId: merchantId('MERCHANT-1')._unsafeUnwrap(),
  order: order({
    id: 'LAMP-1',
    amount: '1299.90',
    currency: 'EUR',
    description: 'A lamp',
    ...changes,
  })._unsafeUnwrap(),
  to: 'ann@example.com',
  key: paymentId('pay_1')._unsafeUnwrap(),
});
const plain = (raw: string): string => raw.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, '%$1');
/** What a reader sees; the spaces inside of an amount do not break, which does not matter here. */
const readable = (quoted: string): string =>
  decodeURIComponent(plain(quoted.replace(/%/g, '=25')))
    .replace(/[\u00a0\u202f]/g, ' ')
    .replace(/\r\n/g, '\n')
    .trim();
const encodedWord = /=\?UTF-8\?Q\?(.*?)\?=(\r\n )?/g;
/** A message, taken apart as a mail reader does it. */
const taken = ({ raw }: Received) => {
  const [, subject = ''] = /^Subject: (.*(?:\r\n .*)*)/m.exec(raw) ?? [];
  const part = (type: string): string =>
    readable(new RegExp(`Content-Type: ${type}.*?\\r\\n\\r\\n(.*?)\\r\\n--`, 's').exec(raw)?.[1] ?? '');
  return {
    subject: readable(subject.replace(encodedWord, (_, word: string) => word.replace(/_/g, ' '))),
    text: part('text/plain'),
    html: part('text/html'),
  };
};

describe('a confirmation by SMTP', () => {
  it('reaches the customer with subject, text and HTML', async () => {
    await smtpConfirmations({ transport, from: 'Shop <shop@example.com>' })(confirmation());
    expect(received).toHaveLength(1);
    const [{ from, to, raw }] = received as [Received];
    expect([from, to]).toEqual(['shop@example.com', ['ann@example.com']]);
    expect(raw).toMatch(/^Subject: Your order LAMP-1 is paid\r$/m);
    expect(raw).toMatch(/^Message-ID: <pay_1@example\.com>\r$/m);
    expect(raw).toContain('text/plain');
    expect(raw).toContain('text/html');
    expect(decodeURIComponent(plain(raw))).toContain('€1,299.90');
  });

  const spoken = [
    { language: 'de', currency: 'EUR', amount: '1299.90', written: '1.299,90 €' },
    { language: 'fr', currency: 'EUR', amount: '1299.90', written: '1 299,90 €' },
    { language: 'en', currency: 'USD', amount: '1299.90', written: '$1,299.90' },
    { language: 'de', currency: 'JPY', amount: '1500', written: '1.500 ¥' },
  ];
  it.each(spoken)(
    'says $amount $currency in its text and in its HTML as a reader of $language writes it',
    async ({ written, ...changes }) => {
      await smtpConfirmations({ transport, from: 'shop@example.com' })(confirmation(changes));
      const { text, html } = taken((received as [Received])[0]);
      const thanks = `Thank you. We have received ${written} for your order LAMP-1.`;
      expect(text).toBe(`${thanks}\n\nA lamp\n\nYour order is on its way.`);
      expect(html).toContain(`<html lang="${changes.language}">`);
      expect(html).toContain(`<p>${thanks}</p>\n<p>A lamp</p>\n<p>Your order is on its way.</p>`);
    },
  );

  it.each(spoken)(
    'gives the host’s words $amount $currency for its subject too, as a reader of $language writes it',
    async ({ written, ...changes }) => {
      const words = ({ id }: Order, amount: string) => ({
        subject: `${id}: ${amount}`,
        paragraphs: [`Merci: ${amount}`],
      });
      await smtpConfirmations({ transport, from: 'shop@example.com', words })(confirmation(changes));
      const { subject, text, html } = taken((received as [Received])[0]);
      expect([subject, text]).toEqual([`LAMP-1: ${written}`, `Merci: ${written}`]);
      expect(html).toContain(`<p>Merci: ${written}</p>`);
    },
  );

  it('keeps what a customer typed out of the markup and out of the headers', async () => {
    const order = confirmation({ description: '<img src=x onerror=alert(1)>', reference: 'A & "B"' });
    const words = () => ({
      subject: 'Paid\r\nBcc: eve@example.com',
      paragraphs: [order.order.description, 'A & "B"'],
    });
    await smtpConfirmations({ transport, from: 'shop@example.com', words })(order);
    const [{ to, raw }] = received as [Received];
    expect(to).toEqual(['ann@example.com']);
    expect(raw).toMatch(/^Subject: Paid Bcc: eve@example\.com\r$/m);
    expect(decodeURIComponent(plain(raw))).toContain('<p>&lt;img src=x onerror=alert(1)&gt;</p>');
  });

  it('that the mail server refuses has failed, and says why without card digits', async () => {
    refuses = true;
    const confirmations = confirmationsFrom(smtpConfirmations({ transport, from: 'shop@example.com' }));
    const failed = await confirmations.send(confirmation());
    expect(failed._unsafeUnwrapErr()).toMatchObject({ type: 'ConfirmationFailed' });
    expect(failed._unsafeUnwrapErr().reason).toMatch(/mailbox \[redacted\] is full/);
  });

  it.each([undefined, {}, { from: 'Shop <a@shop.example>' }, { transport: { sendMail: async () => {} } }])(
    'cannot be sent by %j, which is said at once',
    (options) => {
      expect(() => smtpConfirmations(options as unknown as SmtpOptions)).toThrow(
        'smtpConfirmations: give `transport`',
      );
    },
  );

  it('without a mail server has failed', async () => {
    const nowhere = createTransport({ host: '127.0.0.1', port: 9, connectionTimeout: 2000 });
    const sent = smtpConfirmations({ transport: nowhere, from: 'shop@example.com' })(confirmation());
    await expect(sent).rejects.toThrow();
  });

  it.each([
    ['99.99', 'USD', 'en', '$99.99'],
    ['1234.50', 'EUR', 'de', '1.234,50 €'],
    ['1500', 'JPY', 'en', '¥1,500'],
    ['1.250', 'KWD', 'en', 'KWD 1.250'],
    ['90071992547409.91', 'USD', 'en', '$90,071,992,547,409.91'],
  ])('writes %s %s for a reader of %s as %s', (amount, currency, language, text) => {
    const { order } = confirmation({ amount, currency, language });
    expect(formatAmount(order.amount, language).replace(/\u00a0/g, ' ')).toBe(text);
  });
});
