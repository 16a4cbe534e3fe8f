import { err, ok, type Result } from 'neverthrow';
import { type MerchantId, merchantId } from '../../domain/payment/ids.ts';

/** How a host names its account at Prahsys. Absent settings may be undefined, so that environment variables can be passed as they are. */
export type PrahsysSettings = Readonly<{
  merchantId: string | undefined;
  /** The secret key, `sk_test_…` or `sk_live_…`. It never leaves the server. */
  apiKey: string | undefined;
  /** Origin of the API; `https://api.prahsys.com` when absent. Both kinds of key use the same one. */
  apiUrl?: string | undefined;
  /** Origin of the browser script; `https://secure.prahsys.com` when absent. */
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
  settings: Pick<PrahsysSettings, 'apiUrl' | 'scriptUrl' | 'timeoutMs'>,
): Result<PrahsysConnection, InvalidConfiguration> => {
  const {
    apiUrl = 'https://api.prahsys.com',
    scriptUrl = 'https://secure.prahsys.com',
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

/** Checks the whole configuration of a host with one merchant. */
export const prahsysAccount = (
  settings: PrahsysSettings,
): Result<
  Readonly<{ connection: PrahsysConnection; credentials: CredentialsLookup }>,
  InvalidConfiguration
> =>
  prahsysConnection(settings).andThen((connection) =>
    prahsysCredentials(connection, settings).map((own) => ({
      connection,
      credentials: (merchant: MerchantId) => (merchant === own.merchantId ? own : null),
    })),
  );

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
