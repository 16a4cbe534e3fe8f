import { err, ok, type Result } from 'neverthrow';
import { type MerchantId, merchantId } from '../../domain/payment/ids.ts';
import { type CheckedMerchant, Merchants } from './merchants.ts';
import { type PaymentDialectSettings, problemOf } from './payment-dialect/settings.ts';
import { type WebhookKeys, webhookKey } from './webhooks/svix-verifier.ts';

/** What one merchant calls the gateway with, and what its webhooks are signed with. */
export type MerchantSecrets = Readonly<{
  /** The secret key, `sk_test_…` or `sk_live_…`. It never leaves the server. */
  apiKey: string | undefined;
  /** `whsec_` and base64, each of 24 to 64 bytes. Several are accepted at the same time, so that one can replace another. */
  webhookSecrets?: readonly string[] | undefined;
}>;

/** How a host names its account at Prahsys. Absent settings may be undefined, so that environment variables can be passed as they are. */
export type PrahsysSettings = Readonly<{
  /** The generation of the API: `order`, the default, or `payment`, today's. */
  dialect?: 'order' | 'payment' | undefined;
  merchantId?: string | undefined;
  apiKey?: string | undefined;
  webhookSecrets?: readonly string[] | undefined;
  /**
   * Instead of the three above, for many merchants: asked at each call, so that a key can be replaced while the host runs; null when there
   * is no such merchant. What it gives is checked when it is first seen.
   */
  merchants?: ((merchantId: MerchantId) => MerchantSecrets | null) | undefined;
  /**
   * Which keys are meant: with `live` a host that was given a test key, with which goods would be released for test cards, does not start.
   * Left out, each merchant's key decides.
   */
  environment?: 'test' | 'live' | undefined;
  /** What the documents leave open about the payment dialect. */
  payment?: PaymentDialectSettings | undefined;
  /** Origin of the API; `https://api.prahsys.com` when absent. Both kinds of key use the same one. */
  apiUrl?: string | undefined;
  /** Origin of the browser script; when absent that of the dialect: `https://secure.prahsys.com`, `https://gateway.prahsys.com`. */
  scriptUrl?: string | undefined;
  /** How long one call may take until the last byte of its answer, in milliseconds; 60 000 when absent. */
  timeoutMs?: number | undefined;
}>;

/** A setting is missing or contradicts another. `reason` is a sentence that names the setting; it never holds the setting's value. */
export type InvalidConfiguration = Readonly<{
  type: 'InvalidConfiguration';
  setting: keyof PrahsysSettings;
  reason: string;
}>;
const invalid = (setting: keyof PrahsysSettings, problem: string): InvalidConfiguration => ({
  type: 'InvalidConfiguration',
  setting,
  reason: `${setting} ${problem}`,
});

/** Where the gateway is, checked: two origins, and the deadline of a call. */
export type PrahsysConnection = Readonly<{ apiUrl: string; scriptUrl: string; timeoutMs: number }>;

/** A merchant's key. Printed, inspected or turned into JSON it shows no key. Made by `prahsysCredentials`, which checks it. */
export class Credentials {
  readonly merchantId: MerchantId;
  /** An `sk_test_` key moves no money. */
  readonly isTest: boolean;
  readonly #apiKey: string;

  constructor(merchant: MerchantId, apiKey: string) {
    this.merchantId = merchant;
    this.isTest = apiKey.startsWith('sk_test_');
    this.#apiKey = apiKey;
  }

  /** The value of the Authorization header: the one place where the key leaves this object. */
  authorization(): string {
    return `Bearer ${this.#apiKey}`;
  }

  toJSON(): Readonly<{ merchantId: MerchantId; apiKey: string }> {
    return { merchantId: this.merchantId, apiKey: '[redacted]' };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return this.toJSON();
  }
}

/** A merchant's credentials as they are at this moment, so that a key can be replaced while the host runs; null when it has none. */
export type CredentialsLookup = (merchantId: MerchantId) => Credentials | null;

/** Checks where the gateway is: https, or http for a simulator on this machine. */
export const prahsysConnection = (
  settings: Pick<PrahsysSettings, 'apiUrl' | 'scriptUrl' | 'timeoutMs' | 'dialect' | 'payment'>,
): Result<PrahsysConnection, InvalidConfiguration> => {
  const {
    apiUrl = 'https://api.prahsys.com',
    scriptUrl = ownScript(settings),
    timeoutMs = 60_000,
  } = settings;
  const api = origin('apiUrl', apiUrl);
  if (api.isErr()) return err(api.error);
  const script = origin('scriptUrl', scriptUrl);
  if (script.isErr()) return err(script.error);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 600_000) {
    return err(invalid('timeoutMs', 'must be a whole number of milliseconds from 1 to 600000.'));
  }
  return ok(Object.freeze({ apiUrl: api.value, scriptUrl: script.value, timeoutMs }));
};

/** Today's script has a host of its own; the older one stayed where it was. */
const ownScript = ({ dialect, payment }: Pick<PrahsysSettings, 'dialect' | 'payment'>): string =>
  dialect === 'payment' && payment?.script !== 'merchant'
    ? 'https://gateway.prahsys.com'
    : 'https://secure.prahsys.com';

/** Checks a merchant's key, and that key, merchant and address belong to the same environment. */
export const prahsysCredentials = (
  connection: PrahsysConnection,
  settings: Pick<PrahsysSettings, 'merchantId' | 'apiKey'>,
): Result<Credentials, InvalidConfiguration> => {
  const { apiKey = '' } = settings;
  const merchant = merchantId(settings.merchantId ?? '');
  if (merchant.isErr()) return err(invalid('merchantId', `must be ${merchant.error.reason}.`));
  if (apiKey === '') return err(invalid('apiKey', 'is missing: set the secret key of the merchant.'));
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    return err(invalid('apiKey', 'has characters that cannot stand in an HTTP header.'));
  }
  if (!/^sk_(test|live)_./.test(apiKey)) {
    return err(invalid('apiKey', 'must be a secret key, which begins with sk_test_ or sk_live_.'));
  }
  const credentials = new Credentials(merchant.value, apiKey);
  return credentials.isTest ? ok(credentials) : liveCredentials(connection, credentials);
};

/** The whole configuration of a host, checked. */
export type PrahsysAccount = Readonly<{
  dialect: 'order' | 'payment';
  connection: PrahsysConnection;
  credentials: CredentialsLookup;
  webhookKeys: WebhookKeys;
}>;

/** Checks the whole configuration of a host: all of it for one merchant; for many, each when it is first seen. */
export const prahsysAccount = (settings: PrahsysSettings): Result<PrahsysAccount, InvalidConfiguration> => {
  const { dialect = 'order', merchants, payment = {} } = settings;
  if (dialect !== 'order' && dialect !== 'payment') {
    return err(invalid('dialect', 'must be order or payment.'));
  }
  if (![undefined, 'test', 'live'].includes(settings.environment)) {
    return err(invalid('environment', 'must be test or live.'));
  }
  const problem = problemOf(payment);
  if (problem !== null) return err(invalid('payment', `${problem}.`));
  return prahsysConnection(settings).andThen((connection) => {
    const checked =
      merchants === undefined ? ofOne(connection, settings) : ofMany(connection, settings, merchants);
    return checked.map((lookups) => ({ dialect, connection, ...lookups }));
  });
};

type Lookups = Pick<PrahsysAccount, 'credentials' | 'webhookKeys'>;

const ofOne = (
  connection: PrahsysConnection,
  settings: PrahsysSettings,
): Result<Lookups, InvalidConfiguration> =>
  checkedMerchant(connection, settings).map(({ credentials: own, keys }) => ({
    credentials: (merchant) => (merchant === own.merchantId ? own : null),
    webhookKeys: (merchant) => (merchant === own.merchantId ? keys : []),
  }));

const ofMany = (
  connection: PrahsysConnection,
  settings: PrahsysSettings,
  lookup: NonNullable<PrahsysSettings['merchants']>,
): Result<Lookups, InvalidConfiguration> => {
  if (typeof lookup !== 'function') return err(invalid('merchants', 'must be a function.'));
  for (const name of ['merchantId', 'apiKey', 'webhookSecrets'] as const) {
    if (settings[name] !== undefined)
      return err(invalid('merchants', `stands instead of ${name}: give one of them.`));
  }
  const { environment } = settings;
  const merchants = new Merchants(lookup, (merchant, secrets) =>
    checkedMerchant(connection, { merchantId: merchant, environment, ...secrets }).mapErr(
      ({ reason }) => reason,
    ),
  );
  return ok({
    credentials: (merchant) => merchants.find(merchant)?.credentials ?? null,
    webhookKeys: (merchant) => merchants.find(merchant)?.keys ?? [],
  });
};

const checkedMerchant = (
  connection: PrahsysConnection,
  settings: Pick<PrahsysSettings, 'merchantId' | 'apiKey' | 'webhookSecrets' | 'environment'>,
): Result<CheckedMerchant, InvalidConfiguration> => {
  const { webhookSecrets = [], environment } = settings;
  const keys = Array.isArray(webhookSecrets) ? webhookSecrets.map(webhookKey) : [null];
  const usable = keys.filter((key) => key !== null);
  if (usable.length < keys.length) {
    return err(invalid('webhookSecrets', 'must each be whsec_ and the base64 of 24 to 64 bytes.'));
  }
  return prahsysCredentials(connection, settings).andThen((credentials) => {
    const own = credentials.isTest ? 'test' : 'live';
    return (environment ?? own) === own
      ? ok({ credentials, keys: usable })
      : err(invalid('apiKey', `is a ${own} key, but environment is ${environment}.`));
  });
};

const liveCredentials = (
  connection: PrahsysConnection,
  credentials: Credentials,
): Result<Credentials, InvalidConfiguration> => {
  if (credentials.merchantId.startsWith('TEST')) {
    return err(invalid('merchantId', 'begins with TEST, but apiKey is a live key.'));
  }
  for (const setting of ['apiUrl', 'scriptUrl'] as const) {
    if (isLoopback(new URL(connection[setting]))) {
      return err(
        invalid(
          'apiKey',
          `is a live key, but ${setting} is on this machine: a simulator takes sk_test_ keys only.`,
        ),
      );
    }
  }
  return ok(credentials);
};

const origin = (setting: 'apiUrl' | 'scriptUrl', text: string): Result<string, InvalidConfiguration> => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    return err(invalid(setting, 'must be an address such as https://api.prahsys.com.'));
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    return err(invalid(setting, 'must be https; http is for a simulator on this machine only.'));
  }
  if (url.href !== `${url.origin}/`) {
    return err(invalid(setting, 'must be an origin only, without path, query, user or password.'));
  }
  return ok(url.origin);
};

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
