// A wire between the adapter and the server that the test can cut, or that swallows everything.
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Wire {
  /** The connection string through the wire. */
  readonly url: string;
  /** Delivers the next request that holds this text, and cuts every connection instead of delivering its answer. */
  loseAnswerTo(text: string): void;
  /** From now on nothing arrives at either end, and nobody is told: no connection is cut, and new ones are taken. */
  fallSilent(): void;
  close(): Promise<void>;
}

export const wireTo = async (target: string): Promise<Wire> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let fatal: string | null = null;
  let silent = false;
  const cutAll = (): void => sockets.forEach((socket) => socket.destroy());
  const server: Server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let losing = false;
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('close', () => upstream.destroy());
    client.on('data', (request) => {
      if (silent) return;
      losing = fatal !== null && request.includes(fatal);
      if (losing) fatal = null;
      upstream.write(request);
    });
    upstream.on('close', () => silent || client.destroy());
    upstream.on('data', (answer) => {
      if (losing) cutAll();
      else if (!silent) client.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the wire has no port');
  return {
    url: Object.assign(new URL(target), { port: String(address.port) }).href,
    loseAnswerTo: (text) => void (fatal = text),
    fallSilent: () => void (silent = true),
    close: () => {
      cutAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
