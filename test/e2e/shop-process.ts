import { spawn } from 'node:child_process';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '../postgres/database.ts';
import { eventually } from './eventually.ts';

/** The shop as `npm start` runs it: a process and a database of its own, and the simulator beside it unless it is told of a gateway. */
export interface ShopProcess {
  /** `http://localhost:<port>` */
  readonly url: string;
  /** Works once. */
  readonly operatorUrl: string;
  /** All that it has written to its standard output and its standard error. */
  output(): string;
  /** Ends it as a user would, and rejects when it does not end well. */
  close(): Promise<void>;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));
const startMs = 25_000;

/** The dialect of a whole run: `PRAHSYS_DIALECT=order npm run jest -- test/e2e`. What a test says of its own comes first. */
const { PRAHSYS_DIALECT = 'payment' } = process.env;
export const isOrderDialect = PRAHSYS_DIALECT === 'order';

/** `environment` is added to free ports and an empty database. */
export async function startShopProcess(
  environment: Readonly<Record<string, string>> = {},
): Promise<ShopProcess> {
  const database = await testDatabase();
  const child = spawn(process.execPath, ['--conditions=paysession-source', 'examples/shop/main.ts'], {
    cwd: repository,
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: database.url,
      PRAHSYS_DIALECT,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test run that is broken off leaves no shop behind.
  const kill = () => child.kill();
  process.once('exit', kill);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  void ended.then(() => process.off('exit', kill));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const after = (label: string) => new RegExp(`${label}.*?(http://\\S+)\\n`).exec(output)?.[1] ?? '';
  await eventually(
    () => (child.exitCode === null ? after('Operator') : 'ended'),
    (found) => found !== '',
    startMs,
  );
  const url = after('Shop ready');
  if (url === '') {
    kill();
    await ended;
    await database.close();
    throw new Error(`The shop did not start:\n${output}`);
  }
  return {
    url,
    operatorUrl: after('Operator'),
    output: () => output,
    close: async () => {
      kill();
      const code = await ended;
      await database.close();
      if (code !== 0) throw new Error(`The shop ended with ${code}:\n${output}`);
    },
  };
}

/** The simulator's address, as the shop printed it. */
export const simulatorOf = ({ output }: ShopProcess): string =>
  /Simulator: (http:\/\/\S+)\n/.exec(output())?.[1] ?? 'no simulator';

/** A wire to a server, on which every byte is kept. */
export interface RecordedWire {
  readonly port: number;
  /** What was sent to the server, and what it answered. */
  sent(): string;
  answered(): string;
  close(): Promise<void>;
}

/** Listens on a free port, passes everything on to `target` and back, and keeps it. */
export async function recordWire(target: string): Promise<RecordedWire> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let sent = '';
  let answered = '';
  const server = createServer((near) => {
    const far = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
    near.on('data', (bytes) => (sent += bytes.toString('latin1')));
    far.on('data', (bytes) => (answered += bytes.toString('latin1')));
    near.pipe(far).pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()).on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    answered: () => answered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
