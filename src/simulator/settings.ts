import { z } from 'zod';

/** What no source says about the gateway, and what the simulator therefore lets a test choose. */
const settings = z.strictObject({
  /** Shape of `errors` in the browser's `fields_in_error`. */
  errorsShape: z.enum(['hybrid', 'mpgs', 'array']),
  /** GET session repeats the fields of `data` at the root of its answer. */
  mirrorRoot: z.boolean(),
  /** HTTP status of a declined pay; with 400 the answer carries `errors` and no transaction. */
  declineStatus: z.literal([200, 400, 402]),
  /** How long a session may be updated and paid, from its creation. */
  sessionLifetimeMs: z.int().positive(),
  /** HTTP status of an update or pay of an expired session. */
  expiredSessionStatus: z.literal([400, 404, 410, 422]),
  /** Whether GET still answers for an expired session. */
  readExpiredSessions: z.boolean(),
  /** The script is served only with `TEST` before the merchant id. */
  requireTestPrefix: z.boolean(),
  /** How often the hosted fields may update one session. */
  formUpdateLimit: z.int().positive(),
  /** Whether an order may be paid again, through a new session, after a decline. */
  payAfterDecline: z.boolean(),
  /** Whether an order may be paid again, through a new session, after it was captured: a second charge. */
  payAfterCapture: z.boolean(),
  /** HTTP status of a pay refused because the session or the order was paid before. */
  alreadyPaidStatus: z.literal([400, 409, 422]),
  /** Whether a session may still be updated after its pay. */
  updateAfterPay: z.boolean(),
  /** HTTP status of a created session. */
  createStatus: z.literal([200, 201]),
  /** HTTP status of a request whose fields are wrong. */
  validationStatus: z.literal([400, 422]),
  /** Whether the hosted fields refuse a card without its security code. */
  requireSecurityCode: z.boolean(),
  /** Whether the hosted fields refuse a card without a name. */
  requireNameOnCard: z.boolean(),
  /** How long after it moved money settles; 0 is at once, as the sandbox does. */
  settlementDelayMs: z.int().nonnegative(),
  /** Status of a payment whose tries were all declined. */
  declinedPaymentStatus: z.literal('DECLINED').nullable(),
  /** Shape of a payment's `custom` in answers. */
  customShape: z.enum(['object', 'array']),
  /** Answers about transactions hold a whole card number and security code, of a public test card, as the vendor's examples do. */
  echoCard: z.boolean(),
  /** HTTP status of a read of a payment or transaction that is not there. */
  missingPayment: z.literal([400, 404]),
  /** Whether a payment can be read before its first transaction. */
  readUnpaidPayments: z.boolean(),
  /** `lose` makes webhooks and sends none; `hold` keeps them until this is `deliver` again. */
  webhooks: z.enum(['deliver', 'lose', 'hold']),
  /** Whose time webhooks are stamped with: the simulator's, or the computer's when the receiver does not share the former. */
  webhookClock: z.enum(['simulator', 'computer']),
});

export type Settings = z.infer<typeof settings>;

/** Some of the settings, as a control request, an option or a flag names them; unknown names and values do not parse. */
export const settingsChange = settings.partial();

export const DEFAULT_SETTINGS: Settings = {
  errorsShape: 'hybrid',
  mirrorRoot: true,
  declineStatus: 200,
  sessionLifetimeMs: 15 * 60_000,
  expiredSessionStatus: 404,
  readExpiredSessions: true,
  requireTestPrefix: false,
  formUpdateLimit: 25,
  payAfterDecline: true,
  payAfterCapture: false,
  alreadyPaidStatus: 400,
  updateAfterPay: false,
  createStatus: 200,
  validationStatus: 400,
  requireSecurityCode: true,
  requireNameOnCard: false,
  settlementDelayMs: 24 * 60 * 60_000,
  declinedPaymentStatus: 'DECLINED',
  customShape: 'object',
  echoCard: false,
  missingPayment: 404,
  readUnpaidPayments: true,
  webhooks: 'deliver',
  webhookClock: 'simulator',
};
