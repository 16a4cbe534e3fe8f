import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { hostedFieldRoutes } from './hosted-fields/routes.ts';
import { DEFAULT_SETTINGS, settingsChange, type Settings } from './settings.ts';
import { World } from './world.ts';

/** The merchant and the key of a simulator that is given none. */
export const DEFAULT_MERCHANT_ID = 'PAYSESSION_DEMO';
export const DEFAULT_API_KEY = 'sk_test_paysession_simulator';

export type SimulatorOptions = {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly merchantId?: string;
  readonly apiKey?: string;
  readonly settings?: Partial<Settings>;
};

export type Simulator = {
  readonly url: string;
  readonly merchantId: string;
  readonly apiKey: string;
  close(): Promise<void>;
};

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const merchantId = options.merchantId ?? DEFAULT_MERCHANT_ID;
  const apiKey = options.apiKey ?? DEFAULT_API_KEY;
  const settings = { ...DEFAULT_SETTINGS, ...settingsChange.parse(options.settings ?? {}) };
  const world = new World(new Map([[merchantId, apiKey]]), settings);
  const app = new Hono();
  app.route('/', hostedFieldRoutes(world));
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  world.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      world.clock.clear();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: world.origin, merchantId, apiKey, close };
}
