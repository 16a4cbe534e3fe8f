import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

/** A webhook as it arrived. */
export type Delivery = { readonly headers: IncomingHttpHeaders; readonly body: string };

export type Receiver = {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** Status and headers of the next answers; the last one stays. Null cuts the connection. */
  answers: (readonly [number, Record<string, string>?] | 'silence' | null)[];
  /** The deliveries, once there are at least so many. */
  received(count: number): Promise<readonly Delivery[]>;
};

const closing: (() => void)[] = [];

afterAll(() => closing.forEach((close) => close()));

/** A merchant's server that takes webhooks. */
export async function startReceiver(): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      deliveries.push({ headers: request.headers, body });
      const answer = receiver.answers.length > 1 ? receiver.answers.shift() : receiver.answers[0];
      if (answer === 'silence') return;
      if (!answer) return void request.socket.destroy();
      response.writeHead(answer[0], answer[1]).end();
    });
  });
  const receiver: Receiver = {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
    },
    deliveries,
    answers: [[204]],
    async received(count) {
      await eventually(() => Promise.resolve(deliveries.length >= count));
      return deliveries;
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return receiver;
}

/** Waits until the check holds, two seconds at most. */
export async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('It did not happen within two seconds');
}
