/** What the environment says about the shop. Times are milliseconds. */
export type Settings = Readonly<{
  port: number;
  gateway: SimulatorSettings | PrahsysSettings;
  /** How long one call to the gateway may take; the library's own default when absent. */
  timeoutMs?: number | undefined;
  /** How long "nothing there" proves nothing; the library's own default when absent. */
  quietMs?: number | undefined;
}>;

type SimulatorSettings = Readonly<{
  kind: 'simulator';
  /** 0 for any free port. */
  port: number;
  merchantId?: string | undefined;
  /** Keeps what the simulator knows; in memory without it. */
  dataDir?: string | undefined;
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

With no configuration it starts a local simulator of Prahsys beside itself: no account, no key, no money. Environment:

  PORT                   where the shop listens on 127.0.0.1; 3000 by default, 0 for any free port
  SIMULATOR_PORT         where the simulator listens; any free port by default
  DATA_DIR               a folder in which the simulator keeps its state; in memory by default
  PRAHSYS_MERCHANT_ID    the merchant's id
  PRAHSYS_API_KEY        the merchant's secret key; with it no simulator is started and Prahsys is called
  PRAHSYS_API_URL        origin of the API; https://api.prahsys.com by default
  PRAHSYS_SCRIPT_URL     origin of the card fields' script; https://secure.prahsys.com by default
  PRAHSYS_DIALECT        order, the only one for now
  PRAHSYS_TIMEOUT_MS     how long one call to the gateway may take; 60000 by default
  PRAHSYS_QUIET_MS       how long "no charge there" proves nothing; 90 s more than the timeout by default
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. An empty variable counts as absent. Throws a `SettingsError`. */
export const settingsFrom = (environment: Environment): Settings => {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const database = read('DATABASE_URL');
  if (database !== undefined && database !== 'memory:')
    throw new SettingsError(
      'DATABASE_URL is not supported yet: unset it; orders and payments live in memory.',
    );
  const dialect = read('PRAHSYS_DIALECT') ?? 'order';
  if (dialect !== 'order') throw new SettingsError('PRAHSYS_DIALECT must be order, the only one for now.');
  const number = (name: string, smallest: number, largest: number) => {
    const text = read(name);
    return text === undefined ? undefined : wholeNumber(name, text, smallest, largest);
  };
  const timeoutMs = number('PRAHSYS_TIMEOUT_MS', 1, 600_000);
  const quietMs = number('PRAHSYS_QUIET_MS', 1, 86_400_000);
  const gateway =
    read('PRAHSYS_API_KEY') === undefined
      ? simulatorFrom(read, number('SIMULATOR_PORT', 0, 65_535) ?? 0)
      : prahsysFrom(read);
  return { port: number('PORT', 0, 65_535) ?? 3000, gateway, timeoutMs, quietMs };
};

type Read = (name: string) => string | undefined;

const simulatorFrom = (read: Read, port: number): SimulatorSettings => {
  const stray = ['PRAHSYS_API_URL', 'PRAHSYS_SCRIPT_URL'].find((name) => read(name) !== undefined);
  if (stray !== undefined)
    throw new SettingsError(`${stray} is set but PRAHSYS_API_KEY is not: set the key too, or unset both.`);
  return { kind: 'simulator', port, merchantId: read('PRAHSYS_MERCHANT_ID'), dataDir: read('DATA_DIR') };
};

const prahsysFrom = (read: Read): PrahsysSettings => {
  const merchantId = read('PRAHSYS_MERCHANT_ID');
  if (merchantId === undefined)
    throw new SettingsError(
      'PRAHSYS_MERCHANT_ID is missing: PRAHSYS_API_KEY is set, so say whose key it is.',
    );
  const apiUrl = read('PRAHSYS_API_URL');
  const scriptUrl = read('PRAHSYS_SCRIPT_URL');
  if ((apiUrl === undefined) !== (scriptUrl === undefined))
    throw new SettingsError('PRAHSYS_API_URL and PRAHSYS_SCRIPT_URL belong together: set both, or neither.');
  return {
    kind: 'prahsys',
    merchantId,
    apiKey: read('PRAHSYS_API_KEY') ?? '',
    apiUrl: apiUrl ?? 'https://api.prahsys.com',
    scriptUrl: scriptUrl ?? 'https://secure.prahsys.com',
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
  dataDir: 'DATA_DIR',
};

/** What the library says about its options, said about the variables that they came from. */
export const inVariables = (message: string): SettingsError =>
  new SettingsError(
    message
      .replace(/^(createPayments|Prahsys settings): /, '')
      .replace(/\b(?:policy\.|prahsys\.)?([a-z]+[A-Z]\w*)\b/g, (name, option) => variableOf[option] ?? name),
  );
