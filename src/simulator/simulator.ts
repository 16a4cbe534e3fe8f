import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import { gatewayApi } from './api.ts';
import type { SimulatorEnv } from './call-faults.ts';
import { controlRoutes } from './control.ts';
import { hostedFieldRoutes } from './hosted-fields/routes.ts';
import { DEFAULT_SETTINGS, settingsChange, type Settings } from './settings.ts';
import { keepInFolder } from './state-file.ts';
import { endpointProblem } from './webhooks.ts';
import { World } from './world.ts';

/** The merchant and the key of a simulator that is given none. They open nothing but a simulator. */
export const DEFAULT_MERCHANT_ID = 'PAYSESSION_DEMO';
export const DEFAULT_API_KEY = 'sk_test_paysession_simulator';

export type SimulatorOptions = {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly merchantId?: string;
  /** Must begin with `sk_test_`, unless `allowLiveKey`. */
  readonly apiKey?: string;
  /** For tests of what a live key changes: the simulator moves no money with any key. */
  readonly allowLiveKey?: boolean;
  /** More merchants beside the first, each with its own key. */
  readonly otherMerchants?: readonly { readonly merchantId: string; readonly apiKey: string }[];
  /** Where every merchant's webhooks go; several secrets, with spaces between, sign each message once. None are sent without it. */
  readonly webhook?: { readonly url: string; readonly secret: string };
  readonly settings?: Partial<Settings>;
  /** Ids follow from it, for runs that repeat themselves; random without it. */
  readonly seed?: string;
  /** A folder that keeps the state over restarts, masked; without it the state is in memory only. */
  readonly dataDir?: string;
};

/** A running simulator. `close` ends its connections, hanging ones too, and what it had still to do. */
export type Simulator = {
  /** Such as `http://127.0.0.1:4010`: the API's and the script's origin. */
  readonly url: string;
  readonly merchantId: string;
  readonly apiKey: string;
  close(): Promise<void>;
};

/**
 * Starts a local Prahsys on the loopback interface: API, hosted fields and control routes on one port. Rejects with a sentence that
 * names the option when one is wrong, and with the system's error when the port is taken.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { merchantId = DEFAULT_MERCHANT_ID, apiKey = DEFAULT_API_KEY, otherMerchants = [] } = options;
  const merchants = [{ merchantId, apiKey }, ...otherMerchants];
  const problem = merchants.map((one) => merchantProblem(one, options.allowLiveKey ?? false)).find(Boolean);
  if (problem) throw new Error(problem);
  const change = settingsChange.safeParse(options.settings ?? {});
  if (!change.success) throw new Error(`settings: ${z.prettifyError(change.error)}`);
  const wrongEndpoint = options.webhook && endpointProblem(options.webhook);
  if (wrongEndpoint !== undefined) throw new Error(wrongEndpoint);
  const keys = new Map(merchants.map((one) => [one.merchantId, one.apiKey]));
  const world = new World(keys, { ...DEFAULT_SETTINGS, ...change.data }, options.seed);
  if (options.webhook) world.webhooks.sendTo(options.webhook);
  if (options.dataDir !== undefined) keepInFolder(world, options.dataDir);
  const listener = getRequestListener(routes(world).fetch, { overrideGlobalObjects: false });
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  const port = await listen(server, options.port ?? 0);
  world.origin = `http://127.0.0.1:${port}`;
  return { url: world.origin, merchantId, apiKey, close: () => close(server, world) };
}

function routes(world: World): Hono<SimulatorEnv> {
  const app = new Hono<SimulatorEnv>();
  app.route('/payments/n1', gatewayApi(world));
  app.route('/_simulator', controlRoutes(world));
  app.route('/', hostedFieldRoutes(world));
  app.notFound((c) => c.json({ success: false, message: 'Not found' }, 404));
  return app;
}

function merchantProblem(
  merchant: { readonly merchantId: string; readonly apiKey: string },
  allowLiveKey: boolean,
): string | undefined {
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(merchant.merchantId)) {
    return 'merchantId: 1 to 40 letters, digits, _ or -';
  }
  if (!/^\S+$/.test(merchant.apiKey)) return 'apiKey: must not be empty or hold spaces';
  if (merchant.apiKey.startsWith('sk_test_') || allowLiveKey) return undefined;
  return 'apiKey: the simulator takes sk_test_ keys only, unless allowLiveKey is set';
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function close(server: Server, world: World): Promise<void> {
  world.clock.clear();
  world.webhooks.stop();
  world.onChange = () => undefined;
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
