import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTransport } from 'nodemailer';
import {
  type Confirmation,
  createPayments,
  type MerchantId,
  merchantId as parseMerchantId,
  type Paysession,
  toDecimal,
} from 'paysession';
import { type Simulator, startSimulator } from 'paysession/simulator';
import { smtpConfirmations } from 'paysession/smtp';
import { OperatorAccess } from './access.ts';
import { shopApp } from './app.ts';
import { bundleBrowserScripts } from './bundles.ts';
import { openDatabase, type ShopDatabase } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { orderData } from './order-data.ts';
import { Outbox } from './outbox.ts';
import { decimal, totalOf } from './products.ts';
import { inVariables, type MailSettings, type Settings, SettingsError } from './settings.ts';
import { ShopOrders } from './shop-orders.ts';

/** A running shop. */
export type Shop = Readonly<{
  /** Such as `http://localhost:3000`. */
  url: string;
  /** Opens the operator's pages, once. */
  operatorUrl: string;
  /** Null when a real gateway is called. */
  simulator: Simulator | null;
  /** Takes no more requests, lets those under way end, and stops what was started. */
  close(): Promise<void>;
}>;

/** Where the gateway is, and whose account it is. */
type Account = Readonly<{
  dialect: Settings['dialect'];
  merchantId: MerchantId;
  apiKey: string;
  apiUrl: string;
  scriptUrl: string;
  webhookSecrets: readonly string[];
}>;

/**
 * Starts the shop, its database, and the simulator where the settings say so; `say` is told what takes a while. Throws a
 * `SettingsError` when it cannot start as told.
 */
export const startShop = async (
  settings: Settings,
  say: (line: string) => void = () => undefined,
): Promise<Shop> => {
  const started: (() => unknown)[] = [];
  const close = async () => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  try {
    if (settings.dataDir !== undefined) started.push(keep(settings.dataDir));
    const simulator = await simulatorFor(settings);
    started.push(() => simulator?.close());
    const account = accountFrom(settings, simulator);
    // A wrong word is told at once, and not after a database has started.
    await tryOut(settings, account);
    const database = await openDatabase(settings.database, say);
    started.push(database.close);
    const outbox = new Outbox(database.sql);
    const payments = paymentsFor(settings, account, database, outbox);
    started.push(() => payments.close());
    const operator = new OperatorAccess();
    const app = shopApp({
      payments,
      storage: database.payments,
      merchantId: account.merchantId,
      orders: new ShopOrders(database.sql),
      outbox,
      operator,
      gatewayOrigin: new URL(account.scriptUrl).origin,
      scripts: await bundleBrowserScripts(),
      simulated: simulator !== null,
      mails: settings.mail !== undefined,
      submit: settings.capture === 'now' ? 'pay' : 'authorize',
      takesWebhooks: account.webhookSecrets.length > 0,
    });
    const server = createServer(app);
    const port = await listen(server, settings.port);
    const url = `http://localhost:${port}`;
    started.push(() => stop(server));
    if (simulator !== null) await haveWebhooksSent(simulator, account, port);
    return { url, operatorUrl: url + operator.newLink(), simulator, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Keeps DATA_DIR for this process: two would spoil each other's files. Answers how to let go of it. */
const keep = (dataDir: string): (() => void) => {
  const lock = lockOf(dataDir);
  if (lock === null)
    throw new SettingsError(`DATA_DIR: another process uses ${dataDir}. End it, or choose another folder.`);
  return lock.release;
};

const lockOf = (dataDir: string): ReturnType<typeof lockFolder> => {
  try {
    return lockFolder(dataDir);
  } catch (cause) {
    const why = folderProblems[codeOf(cause)] ?? 'no folder can be made or written there';
    throw new SettingsError(`DATA_DIR: ${dataDir} cannot be used: ${why}.`, { cause });
  }
};

const noRight = 'this user may not write there';
const folderProblems: Readonly<Record<string, string>> = {
  ENOTDIR: 'it is a file, or a part of its path is',
  EACCES: noRight,
  EPERM: noRight,
  EROFS: noRight,
  // SQLite, whose lock could not be made in a folder that is there.
  ERR_SQLITE_ERROR: noRight,
};

const simulatorFor = async ({ gateway, dataDir }: Settings): Promise<Simulator | null> => {
  if (gateway.kind !== 'simulator') return null;
  const { port, merchantId } = gateway;
  try {
    // The shop goes by the computer's clock, also when somebody moves the simulator's.
    const settings = { webhookClock: 'computer' } as const;
    return await startSimulator({ port, merchantId, dataDir, settings });
  } catch (error) {
    throw portProblem('SIMULATOR_PORT', port, error) ?? inVariables(messageOf(error));
  }
};

const accountFrom = (settings: Settings, simulator: Simulator | null): Account => {
  const { gateway, dialect, webhookSecrets } = settings;
  const merchantId = parseMerchantId(simulator?.merchantId ?? gateway.merchantId ?? '');
  if (merchantId.isErr()) throw new Error('settings and simulator have no merchant of this shape');
  const whose = { dialect, merchantId: merchantId.value };
  if (gateway.kind === 'prahsys') {
    const { apiKey, apiUrl, scriptUrl } = gateway;
    return { ...whose, apiKey, apiUrl, scriptUrl, webhookSecrets };
  }
  if (simulator === null) throw new Error('the simulator was not started');
  const { url, apiKey } = simulator;
  const own = `whsec_${randomBytes(32).toString('base64')}`;
  const secrets = dialect === 'payment' && webhookSecrets.length === 0 ? [own] : webhookSecrets;
  return { ...whose, apiKey, apiUrl: url, scriptUrl: url, webhookSecrets: secrets };
};

/** Tells the simulator where this shop listens, which is known only now, and what to sign with. */
const haveWebhooksSent = async (
  { url }: Simulator,
  { webhookSecrets }: Account,
  port: number,
): Promise<void> => {
  if (webhookSecrets.length === 0) return;
  const endpoint = {
    url: `http://127.0.0.1:${port}/payments/webhooks/prahsys`,
    secret: webhookSecrets.join(' '),
  };
  const answer = await fetch(`${url}/_simulator/webhook`, { method: 'PUT', body: JSON.stringify(endpoint) });
  if (!answer.ok) throw new Error(`the simulator sends no webhooks: ${answer.status}`);
};

/** Where the gateway is and how long it may take, as the module wants to be told. */
const gatewayOptions = ({ timeoutMs, quietMs }: Settings, account: Account) => ({
  prahsys: { ...account, timeoutMs },
  // Who shortens the quiet period wants answers soon: the other waits follow it.
  ...(quietMs !== undefined && {
    policy: { quietMs, agreeMs: Math.min(60_000, quietMs) },
    sweepEveryMs: Math.min(30_000, quietMs),
  }),
});

/** Has the module look at the settings before anything is kept. Throws a `SettingsError`. */
const tryOut = async (settings: Settings, account: Account): Promise<void> => {
  const options = { ...gatewayOptions(settings, account), sweepEveryMs: 0 };
  try {
    await createPayments({ ...options, orders: async () => null, fulfilment: async () => undefined }).close();
  } catch (error) {
    throw inVariables(messageOf(error));
  }
};

/** All that the module asks of a host: orders and their prices, the release of goods, a message. */
const paymentsFor = (
  settings: Settings,
  account: Account,
  { sql, payments }: ShopDatabase,
  outbox: Outbox,
): Paysession => {
  const orders = new ShopOrders(sql);
  return createPayments({
    payments,
    ...gatewayOptions(settings, account),
    orders: async ({ orderId }) => {
      const order = await orders.find(orderId);
      return order === null ? null : orderData(order);
    },
    // All in the transaction in which the payment becomes fulfilled: so it is packed exactly once.
    fulfilment: async ({ order: paid, key, tx }) => {
      const within = new ShopOrders(tx);
      const order = await within.lock(paid.id);
      const cost = order === null ? 'nothing' : decimal(totalOf(order.lines));
      if (toDecimal(paid.amount) !== cost)
        throw new Error(`${toDecimal(paid.amount)} was paid, but the order costs ${cost} now`);
      await within.pack(paid.id, key, Date.now());
    },
    confirmations: confirmationsTo(outbox, settings.mail),
  });
};

/** Mails a message, where there is a mail server, and lists it. */
const confirmationsTo = (outbox: Outbox, mail: MailSettings | undefined) => {
  const mails = mail && smtpConfirmations({ transport: createTransport(mail.url), from: mail.from });
  return async (confirmation: Confirmation): Promise<void> => {
    await mails?.(confirmation);
    await outbox.add(confirmation, mails !== undefined);
  };
};

const listen = async (server: Server, port: number): Promise<number> => {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    throw portProblem('PORT', port, error) ?? error;
  }
  return (server.address() as AddressInfo).port;
};

/** As long as a request may still end by itself, in milliseconds; a payment that it leaves open is found out about later. */
const graceMs = 10_000;

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | null)?.code ?? '';

const portProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'may not be used by this user',
};

/** Why nothing can listen there; null when it is not about the port. */
export const portProblem = (variable: string, port: number, error: unknown): SettingsError | null => {
  const why = portProblems[codeOf(error)];
  if (why === undefined) return null;
  return new SettingsError(`${variable}: port ${port} ${why}. Choose another, or 0 for any free one.`);
};
