import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Place } from './running-shop.ts';

const main = fileURLToPath(new URL('../../../examples/shop/main.ts', import.meta.url));

/** How a process ended: its exit code, null when it was killed. */
export type Ended = Readonly<{ code: number | null; stdout: string; stderr: string }>;

export interface ShopProcess extends Place {
  readonly operatorUrl: string;
  readonly output: Readonly<{ stdout: string; stderr: string }>;
  /** Ends it as a user would (SIGTERM), or as a power cut would (SIGKILL). */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended>;
}

/** Runs the shop as `npm start` does, with this environment and no other, until it ends. */
export const runShop = (environment: Readonly<Record<string, string>>, ...args: string[]) => {
  const child = spawn(process.execPath, ['--conditions=paysession-source', main, ...args], {
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test run that is broken off leaves no shop behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  const ended: Promise<Ended> = once(child, 'close').then(([code]) => {
    process.off('exit', kill);
    return { code: code as number | null, ...output };
  });
  return { child, output, ended };
};

/** Runs the shop and waits until it is ready. Rejects with what it said when it ends instead. */
export const startShopProcess = async (
  environment: Readonly<Record<string, string>>,
): Promise<ShopProcess> => {
  const { child, output, ended } = runShop(environment);
  const said = (label: string): string | undefined =>
    new RegExp(`^${label}.*?(http://\\S+)\\n`, 'm').exec(output.stdout)?.[1];
  while (said('Shop ready') === undefined) {
    const isOver = await Promise.race([ended, once(child.stdout, 'data').then(() => null)]);
    if (isOver !== null) throw new Error(`The shop did not start:\n${isOver.stdout}${isOver.stderr}`);
  }
  const simulator = said('Simulator') ?? environment['PRAHSYS_API_URL'];
  return {
    url: said('Shop ready') ?? '',
    operatorUrl: said('Operator') ?? '',
    simulator: simulator === undefined ? null : { url: simulator },
    output,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
};
