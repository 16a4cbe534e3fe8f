import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPayments, merchantId as parseMerchantId, type Paysession, toDecimal } from 'paysession';
import { type Simulator, startSimulator } from 'paysession/simulator';
import { OperatorAccess } from './access.ts';
import { shopApp } from './app.ts';
import { bundleBrowserScripts } from './bundles.ts';
import { orderData } from './order-data.ts';
import { Outbox } from './outbox.ts';
import { decimal, totalOf } from './products.ts';
import { inVariables, type Settings, SettingsError } from './settings.ts';
import { InMemoryShopOrders, type ShopOrders } from './shop-orders.ts';

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
type Account = Readonly<{ merchantId: string; apiKey: string; apiUrl: string; scriptUrl: string }>;

/** Starts the shop, and the simulator where the settings say so. Throws a `SettingsError` when it cannot start as told. */
export const startShop = async (settings: Settings): Promise<Shop> => {
  const scripts = await bundleBrowserScripts();
  const simulator = await simulatorFor(settings);
  try {
    const account = accountFrom(settings, simulator);
    const merchantId = parseMerchantId(account.merchantId);
    if (merchantId.isErr())
      throw new SettingsError(`PRAHSYS_MERCHANT_ID must be ${merchantId.error.reason}.`);
    const orders = new InMemoryShopOrders();
    const outbox = new Outbox();
    const operator = new OperatorAccess();
    const payments = paymentsFor(settings, account, orders, outbox);
    const gatewayOrigin = new URL(account.scriptUrl).origin;
    const simulated = simulator !== null;
    const server = createServer(
      shopApp({
        payments,
        merchantId: merchantId.value,
        orders,
        outbox,
        operator,
        gatewayOrigin,
        scripts,
        simulated,
      }),
    );
    const port = await listen(server, settings.port);
    const url = `http://localhost:${port}`;
    const close = async () => {
      await stop(server);
      await payments.close();
      await simulator?.close();
    };
    return { url, operatorUrl: url + operator.newLink(), simulator, close };
  } catch (error) {
    await simulator?.close();
    throw error;
  }
};

const simulatorFor = async ({ gateway }: Settings): Promise<Simulator | null> => {
  if (gateway.kind !== 'simulator') return null;
  const { port, merchantId, dataDir } = gateway;
  try {
    return await startSimulator({ port, merchantId, dataDir });
  } catch (error) {
    throw isPortTaken(error) ? portTaken('SIMULATOR_PORT', port) : inVariables(messageOf(error));
  }
};

const accountFrom = ({ gateway }: Settings, simulator: Simulator | null): Account => {
  if (gateway.kind === 'prahsys') return gateway;
  if (simulator === null) throw new Error('the simulator was not started');
  const { url, merchantId, apiKey } = simulator;
  return { merchantId, apiKey, apiUrl: url, scriptUrl: url };
};

/** All that the module asks of a host: orders and their prices, the release of goods, a message. */
const paymentsFor = (
  settings: Settings,
  account: Account,
  orders: ShopOrders,
  outbox: Outbox,
): Paysession => {
  const { timeoutMs, quietMs } = settings;
  try {
    return createPayments({
      prahsys: { ...account, timeoutMs },
      // Who shortens the quiet period wants answers soon: the other waits follow it.
      ...(quietMs !== undefined && {
        policy: { quietMs, agreeMs: Math.min(60_000, quietMs) },
        sweepEveryMs: Math.min(30_000, quietMs),
      }),
      orders: async ({ orderId }) => {
        const order = await orders.find(orderId);
        return order === null ? null : orderData(order);
      },
      fulfilment: async ({ order: paid, key }) => {
        const order = await orders.find(paid.id);
        const cost = order === null ? 'nothing' : decimal(totalOf(order.lines));
        if (toDecimal(paid.amount) !== cost)
          throw new Error(`${toDecimal(paid.amount)} was paid, but the order costs ${cost} now`);
        await orders.pack(paid.id, key, Date.now());
      },
      confirmations: (confirmation) => outbox.send(confirmation),
    });
  } catch (error) {
    throw inVariables(messageOf(error));
  }
};

const listen = async (server: Server, port: number): Promise<number> => {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    throw isPortTaken(error) ? portTaken('PORT', port) : error;
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

const isPortTaken = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | null)?.code === 'EADDRINUSE';

const portTaken = (variable: string, port: number): SettingsError =>
  new SettingsError(`${variable}: port ${port} is in use. Choose another, or 0 for any free one.`);
