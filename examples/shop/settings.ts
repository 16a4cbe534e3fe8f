import { join } from 'node:path';
import { merchantId } from 'paysession';

/** What the environment says about the shop. Times are milliseconds. */
export type Settings = Readonly<{
  port: number;
  /** The generation of Prahsys' API. */
  dialect: 'order' | 'payment';
  /** What the webhooks of the payment dialect are signed with; one replaces another while both are here. */
  webhookSecrets: readonly string[];
  /** `later`: a payer's amount is reserved, and an operator captures it. */
  capture: 'now' | 'later';
  gateway: SimulatorSettings | PrahsysSettings;
  database: DatabaseSettings;
  /** A folder that this process alone may use; what is embedded keeps its state there. */
  dataDir?: string | undefined;
  /** Without it nobody is written to. */
  mail?: MailSettings | undefined;
  /** How long one call to the gateway may take; the library's own default when absent. */
  timeoutMs?: number | undefined;
  /** How long "nothing there" proves nothing; the library's own default when absent. */
  quietMs?: number | undefined;
}>;

/** A PostgreSQL server, or an embedded database: in memory, if it has no folder. */
export type DatabaseSettings =
  Readonly<{ kind: 'server'; url: string }> | Readonly<{ kind: 'embedded'; folder?: string | undefined }>;

/** The mail server's URL, and the sender. */
export type MailSettings = Readonly<{ url: string; from: string }>;

type SimulatorSettings = Readonly<{
  kind: 'simulator';
  /** 0 for any free port. */
  port: number;
  merchantId?: string | undefined;
}>;

type PrahsysSettings = Readonly<{
  kind: 'prahsys';
  merchantId: string;
  apiKey: string;
  apiUrl: string;
  scriptUrl: string;
}>;

/** The shop cannot start like this. The message is a sentence for whoever starts it, and names the variable. */
export class SettingsError extends Error {}

export const help = `A shop that takes cards through Paysession.

  npm start

With no configuration it starts a local simulator of Prahsys and an embedded database beside itself, both in memory: no account, no
key, no money, and nothing stays. Environment:

  PORT                   where the shop listens on 127.0.0.1; 3000 by default, 0 for any free port
  SIMULATOR_PORT         where the simulator listens; any free port by default
  DATA_DIR               a folder in which the embedded database and the simulator keep their state; in memory by default
  DATABASE_URL           postgres://user:password@host:port/database, which several shops may share; or memory:
  SMTP_URL               the mail server that confirmations go to, smtp://… or smtps://…; by default they only stay in the outbox
  MAIL_FROM              their sender, such as Shop <orders@shop.example>; with SMTP_URL only
  PRAHSYS_MERCHANT_ID    the merchant's id
  PRAHSYS_API_KEY        the merchant's secret key; with it no simulator is started and Prahsys is called
  PRAHSYS_API_URL        origin of the API; https://api.prahsys.com by default
  PRAHSYS_SCRIPT_URL     origin of the card fields' script; https://secure.prahsys.com by default, in the payment dialect
                         https://gateway.prahsys.com
  PRAHSYS_DIALECT        order (the default) or payment: the generation of the API; refunds, voids and captures need payment
  PRAHSYS_WEBHOOK_SECRET whsec_…, or several with spaces between while one replaces another; with it webhooks are taken at
                         /payments/webhooks/prahsys, in the payment dialect. A simulator beside the shop has its own
  SHOP_CAPTURE           now (the default), or later: an order's amount is reserved at its checkout, and charged by the operator
  PRAHSYS_TIMEOUT_MS     how long one call to the gateway may take; 60000 by default
  PRAHSYS_QUIET_MS       how long "no charge there" proves nothing; 90 s more than the timeout by default
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. An empty variable counts as absent. Throws a `SettingsError`. */
export const settingsFrom = (environment: Environment): Settings => {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const dialect = oneOf(read, 'PRAHSYS_DIALECT', ['order', 'payment']);
  const capture = oneOf(read, 'SHOP_CAPTURE', ['now', 'later']);
  if (capture === 'later' && dialect === 'order')
    throw new SettingsError('SHOP_CAPTURE=later needs PRAHSYS_DIALECT=payment: the older API only charges.');
  const webhookSecrets = read('PRAHSYS_WEBHOOK_SECRET')?.split(/\s+/) ?? [];
  if (webhookSecrets.length > 0 && dialect === 'order')
    throw new SettingsError(
      'PRAHSYS_WEBHOOK_SECRET needs PRAHSYS_DIALECT=payment: the older API sends none.',
    );
  const number = (name: string, smallest: number, largest: number) => {
    const text = read(name);
    return text === undefined ? undefined : wholeNumber(name, text, smallest, largest);
  };
  const timeoutMs = number('PRAHSYS_TIMEOUT_MS', 1, 600_000);
  const quietMs = number('PRAHSYS_QUIET_MS', 1, 86_400_000);
  const gateway =
    read('PRAHSYS_API_KEY') === undefined
      ? simulatorFrom(read, number('SIMULATOR_PORT', 0, 65_535) ?? 0)
      : prahsysFrom(read, dialect);
  const port = number('PORT', 0, 65_535) ?? 3000;
  const dataDir = read('DATA_DIR');
  const database = databaseFrom(read);
  const mail = mailFrom(read);
  return { port, dialect, webhookSecrets, capture, gateway, database, dataDir, mail, timeoutMs, quietMs };
};

/** The first of the words when the variable is absent. */
const oneOf = <Word extends string>(read: Read, name: string, words: readonly [Word, ...Word[]]): Word => {
  const text = read(name) ?? words[0];
  const word = words.find((one) => one === text);
  if (word === undefined) throw new SettingsError(`${name} must be ${words.join(' or ')}.`);
  return word;
};

type Read = (name: string) => string | undefined;

const databaseFrom = (read: Read): DatabaseSettings => {
  const url = read('DATABASE_URL');
  const dataDir = read('DATA_DIR');
  if (url === 'memory:') return { kind: 'embedded' };
  if (url === undefined) return { kind: 'embedded', folder: dataDir && join(dataDir, 'database') };
  const { protocol = '', host = '' } = URL.parse(url) ?? {};
  if (['postgres:', 'postgresql:'].includes(protocol) && host !== '') return { kind: 'server', url };
  throw new SettingsError(
    'DATABASE_URL must be like postgres://user:password@host:port/database, or memory:, or unset.',
  );
};

const mailFrom = (read: Read): MailSettings | undefined => {
  const url = read('SMTP_URL');
  const from = read('MAIL_FROM');
  if (url === undefined && from === undefined) return undefined;
  if (url === undefined || from === undefined)
    throw new SettingsError('SMTP_URL and MAIL_FROM belong together: set both, or neither.');
  if (!['smtp:', 'smtps:'].includes(URL.parse(url)?.protocol ?? ''))
    throw new SettingsError('SMTP_URL must be like smtps://user:password@host:port.');
  if (!/^([^<>\r\n]*<)?[^\s@<>]+@[^\s@<>]+>?$/.test(from) || from.includes('<') !== from.endsWith('>'))
    throw new SettingsError('MAIL_FROM must be like Shop <orders@shop.example>, or only the address.');
  return { url, from };
};

const merchantFrom = (read: Read): string | undefined => {
  const id = read('PRAHSYS_MERCHANT_ID');
  if (id !== undefined && merchantId(id).isErr())
    throw new SettingsError(
      'PRAHSYS_MERCHANT_ID must be 1 to 40 letters, digits, dots, underscores or hyphens, with no dot in front.',
    );
  return id;
};

const simulatorFrom = (read: Read, port: number): SimulatorSettings => {
  const stray = ['PRAHSYS_API_URL', 'PRAHSYS_SCRIPT_URL'].find((name) => read(name) !== undefined);
  if (stray !== undefined)
    throw new SettingsError(`${stray} is set but PRAHSYS_API_KEY is not: set the key too, or unset both.`);
  return { kind: 'simulator', port, merchantId: merchantFrom(read) };
};

const prahsysFrom = (read: Read, dialect: Settings['dialect']): PrahsysSettings => {
  const merchant = merchantFrom(read);
  if (merchant === undefined)
    throw new SettingsError(
      'PRAHSYS_MERCHANT_ID is missing: PRAHSYS_API_KEY is set, so say whose key it is.',
    );
  const apiUrl = read('PRAHSYS_API_URL');
  const scriptUrl = read('PRAHSYS_SCRIPT_URL');
  if ((apiUrl === undefined) !== (scriptUrl === undefined))
    throw new SettingsError('PRAHSYS_API_URL and PRAHSYS_SCRIPT_URL belong together: set both, or neither.');
  return {
    kind: 'prahsys',
    merchantId: merchant,
    apiKey: read('PRAHSYS_API_KEY') ?? '',
    apiUrl: apiUrl ?? 'https://api.prahsys.com',
    scriptUrl: scriptUrl ?? `https://${dialect === 'order' ? 'secure' : 'gateway'}.prahsys.com`,
  };
};

const wholeNumber = (name: string, text: string, smallest: number, largest: number): number => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= smallest && value <= largest) return value;
  throw new SettingsError(`${name} must be a whole number from ${smallest} to ${largest}.`);
};

const variableOf: Readonly<Record<string, string>> = {
  merchantId: 'PRAHSYS_MERCHANT_ID',
  apiKey: 'PRAHSYS_API_KEY',
  apiUrl: 'PRAHSYS_API_URL',
  scriptUrl: 'PRAHSYS_SCRIPT_URL',
  timeoutMs: 'PRAHSYS_TIMEOUT_MS',
  quietMs: 'PRAHSYS_QUIET_MS',
  webhookSecrets: 'PRAHSYS_WEBHOOK_SECRET',
  dataDir: 'DATA_DIR',
};

/** What the library says about its options, said about the variables that they came from. */
export const inVariables = (message: string): SettingsError =>
  new SettingsError(
    message
      .replace(/^(createPayments|Prahsys settings): /, '')
      .replace(/\b(?:policy\.|prahsys\.)?([a-z]+[A-Z]\w*)\b/g, (name, option) => variableOf[option] ?? name),
  );
