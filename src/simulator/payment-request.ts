import { z } from 'zod';
import { fromMinor, isCurrency, toDecimal } from './money.ts';
import type { PaymentFields } from './payment.ts';
import { redact } from './redact.ts';
import { invalid } from './refusal.ts';
import type { Settings } from './settings.ts';

/** Almost every field may be null, which says as much as leaving it out. */
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const text = maybe(z.string());
/** A payment's own id, and a transaction's where another one targets it. */
export const idRequest = z
  .string()
  .min(1, 'must not be empty')
  .max(40, 'must not be longer than 40 characters');
const currency = z.string().refine(isCurrency, 'must be an ISO 4217 currency code in capital letters');

const address = z.object({
  company: text,
  street: text,
  street2: text,
  city: text,
  stateProvince: text,
  postcodeZip: text,
  country: maybe(z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 3166 code of three capital letters')),
});

/** A customer as a request names it. */
export const customerRequest = z.object({
  id: text,
  email: maybe(z.email('must be an e-mail address')),
  firstName: text,
  lastName: text,
  phone: maybe(z.string().regex(/^\+[1-9]\d{1,14}$/, 'must be in E.164 form')),
  dateOfBirth: maybe(z.iso.date('must be a date like 1990-12-31')),
});

/** Documented as integers by one source and as text by the other. */
const calendar = (largest: number) =>
  maybe(
    z
      .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
      .refine(
        (value) => Number.isInteger(value) && value >= 0 && value <= largest,
        `must be a whole number up to ${largest}`,
      ),
  );

/** How it is paid. Only the address is kept: cards reach a session through the hosted fields. */
const billing = z.object({
  address: maybe(address),
  method: maybe(z.enum(['CARD', 'CASH', 'CHECK', 'ACH'])),
  token: text,
  card: maybe(
    z.object({
      nameOnCard: text,
      number: text,
      securityCode: text,
      expiry: maybe(z.object({ month: calendar(12), year: calendar(99) })),
      brand: maybe(
        z.enum([
          ...(['AMEX', 'CHINA_UNIONPAY', 'DINERS_CLUB', 'DISCOVER', 'JCB', 'LOCAL_BRAND_ONLY'] as const),
          ...(['MAESTRO', 'MASTERCARD', 'RUPAY', 'UATP', 'UNKNOWN', 'VISA'] as const),
        ]),
      ),
      fundingMethod: maybe(z.enum(['CHARGE', 'CREDIT', 'DEBIT', 'UNKNOWN'])),
      storedOnFile: maybe(z.enum(['NOT_STORED', 'STORED', 'TO_BE_STORED'])),
    }),
  ),
  bankAccount: maybe(
    z.object({
      accountNumber: text,
      routingNumber: maybe(z.string().regex(/^\d{9}$/, 'must be nine digits')),
      accountHolderName: text,
      accountType: text,
    }),
  ),
});

/** A payment as a request names it. Card data in it is not read: cards reach a session through the hosted fields. */
export const paymentRequest = z
  .object({
    id: maybe(idRequest),
    amount: maybe(z.number()),
    cashAmount: maybe(z.number()),
    currency: currency.optional(),
    certainty: maybe(z.enum(['ESTIMATED', 'FINAL'])),
    description: text,
    invoiceNumber: text,
    orderId: text,
    merchantId: text,
    type: maybe(z.enum(['PRIMARY', 'FEES', 'ADDITIONAL_CHARGES'])),
    custom: maybe(z.union([z.array(z.string()), z.record(z.string(), z.unknown())])),
    customer: maybe(customerRequest),
    statementDescriptor: z.record(z.string(), z.unknown()).optional(),
    billing: maybe(billing),
  })
  .refine(({ amount, cashAmount }) => amount === undefined || cashAmount === undefined, {
    path: ['amount'],
    error: 'must not be given together with cashAmount',
  });

export type PaymentRequest = Partial<z.infer<typeof paymentRequest>>;

const webUrl = z.string().refine(isPublicHttps, 'must be an https URL of a public host');
const timeout = z
  .number()
  .refine((seconds) => Number.isInteger(seconds) && seconds >= 600 && seconds <= 1800, {
    error: 'must be a whole number from 600 to 1800',
  });
const portalOperations = [
  ...(['AUTHORIZE', 'NONE', 'PAY', 'VERIFY', 'TOKENIZE'] as const),
  ...(['START_SUBSCRIPTION', 'START_PAYMENT_PLAN'] as const),
];

const displayed = z.enum([
  ...(['billingAddress', 'customerEmail', 'shipping', 'paymentTerms', 'cardSecurityCode'] as const),
]);

const portal = z.looseObject({
  operation: maybe(z.enum(portalOperations)),
  returnUrl: maybe(webUrl),
  timeout: maybe(timeout),
  timeoutUrl: maybe(z.string().refine(isWebAddress, 'must be an absolute http or https URL')),
  allowedAttempts: text,
  displayControl: maybe(
    z.partialRecord(displayed, maybe(z.enum(['HIDE', 'MANDATORY', 'OPTIONAL', 'READ_ONLY']))),
  ),
  merchant: maybe(
    z.looseObject({
      name: text,
      email: maybe(z.email('must be an e-mail address')),
      logo: maybe(
        z.string().refine((url) => isWebAddress(url) && url.startsWith('https:'), 'must be an https URL'),
      ),
      phone: text,
    }),
  ),
});

/** The body of the create and update calls of a session. */
export const sessionRequest = z.object({
  payment: maybe(paymentRequest),
  portal: maybe(portal),
  returnUrl: text,
});

/** The body of pay, authorize and verify. */
export const payRequest = z.object({
  payment: maybe(paymentRequest),
  session: z.object({ id: z.string().min(1) }),
});

/** The body of capture, refund and void; void takes no amount. */
export const followUpRequest = z.object({
  amount: maybe(z.number()),
  currency: maybe(currency),
  targetTransactionId: maybe(idRequest),
});

/** The fields that a request changes, over those known before: fields are added or overwritten, never removed. */
export function mergeFields(
  before: PaymentFields,
  request: PaymentRequest,
  settings: Settings,
): PaymentFields {
  const { id = before.id, amount, cashAmount, billing, ...rest } = request;
  if (id !== before.id) throw invalid(settings.validationStatus, { 'payment.id': ['cannot be changed'] });
  // The merchant is that of the key, whatever the request calls it.
  const given = Object.fromEntries(
    Object.entries(rest).filter(([name, value]) => value !== undefined && name !== 'merchantId'),
  );
  const merged = {
    ...before,
    ...(redact(given) as Partial<PaymentFields>),
    ...(billing?.address && { address: redact(billing.address) as PaymentFields['address'] }),
  };
  return { ...merged, ...amountsOf(before, merged.currency, { amount, cashAmount }, settings) };
}

/** `cashAmount` makes `amount` by the merchant's cash discount rate; the simulator's merchants have one of nought. */
function amountsOf(
  before: PaymentFields,
  inCurrency: string,
  { amount, cashAmount }: Pick<PaymentRequest, 'amount' | 'cashAmount'>,
  settings: Settings,
): Pick<PaymentFields, 'amount' | 'cashAmount'> {
  if (cashAmount !== undefined) {
    const cash = decimal(cashAmount, inCurrency, 'payment.cashAmount', settings);
    return { amount: cash, cashAmount: cash };
  }
  if (amount !== undefined) {
    return { amount: decimal(amount, inCurrency, 'payment.amount', settings), cashAmount: undefined };
  }
  if (before.amount === undefined || inCurrency === before.currency) return {};
  return { amount: decimal(Number(before.amount), inCurrency, 'payment.amount', settings) };
}

/** A session may be opened for nothing, to verify a card; money that moves is above zero. */
function decimal(amount: number, inCurrency: string, field: string, settings: Settings): string {
  const found = amount === 0 ? fromMinor(0n, inCurrency) : toDecimal(amount, inCurrency);
  if (found !== undefined) return found;
  throw invalid(settings.validationStatus, {
    [field]: [`must be above zero and expressible in ${inCurrency}`],
  });
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}

function isPublicHttps(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  return protocol === 'https:' && !isLocal && !/^[\d.]+$|^\[/.test(hostname);
}
