// Servers on real sockets that misbehave below HTTP, and count what reaches them.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export type WireServer = Readonly<{
  port: number;
  /** Requests that arrived whole, head and body. */
  requests: readonly string[];
  /** Connections that were opened, whatever came of them. */
  connections: () => number;
  close: () => Promise<void>;
}>;

const head = /^[A-Z]+ [^]*?\r\n\r\n/;

/** Cuts the first whole request off what was received, if there is one. */
const cutRequest = (received: string): string | null => {
  const start = head.exec(received)?.[0];
  if (start === undefined) return null;
  const length = start.length + Number(/content-length: (\d+)/i.exec(start)?.[1] ?? 0);
  return received.length < length ? null : received.slice(0, length);
};

/**
 * Listens on this machine and does `onRequest` for every request that arrives, on whatever connection; `onBytes` is done for the
 * first bytes of a connection, whatever they are.
 */
export const wireServer = async (
  onRequest: (socket: Socket, request: string) => void,
  { tls, onBytes }: Readonly<{ tls?: TlsOptions; onBytes?: (socket: Socket) => void }> = {},
): Promise<WireServer> => {
  const requests: string[] = [];
  const sockets: Socket[] = [];
  const serve = (socket: Socket): void => {
    let received = '';
    socket.on('error', () => undefined);
    if (onBytes) socket.once('data', () => onBytes(socket));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      for (let request = cutRequest(received); request !== null; request = cutRequest(received)) {
        received = received.slice(request.length);
        requests.push(request);
        onRequest(socket, request);
      }
    });
  };
  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections: () => sockets.length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** An answer of HTTP/1.1 whose body has the length that it says. */
export const answer = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): string => {
  const fields = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n${body}`;
};
