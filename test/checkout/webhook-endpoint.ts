// Where the shop's webhooks arrive: the module's own route on a server of its own, and what may become of a delivery there.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createWebhooks } from '../../src/interfaces/http/http.ts';
import { signaturesOf } from '../../src/simulator/webhooks.ts';
import { aShop, closesAfterwards, type Shop, type ShopOptions } from './a-shop.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export type ShopWithWebhooks = Shop &
  Readonly<{
    /** What the deliveries were answered, oldest first. */
    answers: readonly number[];
    /** From now on the sender never sees that a webhook was taken. */
    answersAreLost(): void;
    /** Somebody who knows the secret says something; the status of the answer. */
    says(event: object, id?: string): Promise<number>;
  }>;

/** A shop whose gateway sends its webhooks to it, in today's dialect. */
export const aShopWithWebhooks = async (options: ShopOptions = {}): Promise<ShopWithWebhooks> => {
  const shop = await aShop({ ...options, dialect: 'payment', webhookSecrets: [secret] });
  const answers: number[] = [];
  let areLost = false;
  const routes = createWebhooks(shop.module, { merchantId: shop.key.merchantId });
  const listener = getRequestListener(routes.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => {
    response.on('close', () => answers.push(response.statusCode));
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => typeof response;
    if (areLost) response.writeHead = (_: number, ...rest: unknown[]) => writeHead(500, ...rest);
    void listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closesAfterwards(async () => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await shop.control('PUT', 'webhook', { url, secret });
  return {
    ...shop,
    answers,
    answersAreLost: () => void (areLost = true),
    says: async (event, id = 'msg_1') => {
      const timestamp = String(Math.floor(shop.module.clock.now() / 1000));
      const body = JSON.stringify(event);
      const headers = {
        'content-type': 'application/json',
        'svix-id': id,
        'svix-timestamp': timestamp,
        'svix-signature': signaturesOf(secret, id, timestamp, body),
      };
      return (await fetch(url, { method: 'POST', headers, body })).status;
    },
  };
};
