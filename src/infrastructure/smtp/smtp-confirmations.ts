import type { Confirmation } from '../../application/ports/confirmations.ts';
import { type Money, toDecimal } from '../../domain/money/money.ts';
import { minorDigits } from '../../domain/money/currency.ts';
import type { Order } from '../../domain/payment/order.ts';

/** One e-mail, as nodemailer takes it. */
export type Mail = Readonly<{
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** The same at every try for one order, so that a mail server or reader can tell a second copy. */
  messageId: string;
}>;

/** What sends mail: nodemailer's `createTransport('smtps://user:password@mail.example')`. The host owns it and closes it. */
export type MailTransport = Readonly<{ sendMail(mail: Mail): Promise<unknown> }>;

/** The words of a message; both parts in plain text, a paragraph a line. */
export type MailWords = Readonly<{ subject: string; paragraphs: readonly string[] }>;

export type SmtpOptions = Readonly<{
  transport: MailTransport;
  /** Sender, `Shop <orders@shop.example>`. */
  from: string;
  /** What the message says; English when left out. `amount` is formatted for the order's currency and language. */
  words?: (order: Order, amount: string) => MailWords;
}>;

const english = (order: Order, amount: string): MailWords => {
  const name = order.reference ?? order.id;
  return {
    subject: `Your order ${name} is paid`,
    paragraphs: [
      `Thank you. We have received ${amount} for your order ${name}.`,
      ...(order.description === '' ? [] : [order.description]),
      'Your order is on its way.',
    ],
  };
};

/** The amount as people of this language write it: `99,99 €`. */
export const formatAmount = (amount: Money, language: string): string => {
  const digits = minorDigits(amount.currency);
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency: amount.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // Decimal text, not a number: no amount passes through binary fractions.
  return format.format(toDecimal(amount) as `${number}`);
};

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => entities[character] ?? character);

const mailFor = ({ order, to, key }: Confirmation, { from, words = english }: SmtpOptions): Mail => {
  const { subject, paragraphs } = words(order, formatAmount(order.amount, order.language));
  const body = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n');
  return {
    from,
    to,
    subject: subject.replace(/\s+/g, ' '),
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="${order.language}">\n<body>\n${body}\n</body>\n</html>\n`,
    messageId: `<${key}@${/@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost'}>`,
  };
};

/**
 * Confirmations by e-mail: pass it to `createPayments` as `confirmations`. A message was handed over when the mail server took it; at
 * least once, since a crash right after that leads to a second copy under the same message id. Rejects with what `transport` throws.
 */
export const smtpConfirmations = (options: SmtpOptions): ((confirmation: Confirmation) => Promise<void>) => {
  const { transport, from }: Partial<SmtpOptions> = Object(options);
  if (typeof transport?.sendMail !== 'function' || typeof from !== 'string')
    throw new Error('smtpConfirmations: give `transport`, made by nodemailer, and `from`, who writes.');
  return async (confirmation) => {
    await transport.sendMail(mailFor(confirmation, options));
  };
};
