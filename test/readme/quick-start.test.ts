// The README's quick start, run as it is printed, against the simulator; and its other blocks for a server, compiled.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';

/** What the README prints for a server; the page's block is another. */
const serverBlocks = async (): Promise<string[]> =>
  [...(await readFile('README.md', 'utf8')).matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, block = '']) => block)
    .filter((block) => block.includes('createPayments'));

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

const folder = `.cache/readme-${process.pid}`;
const script = `${folder}/quick-start.ts`;
let simulator: Simulator;
let host: ChildProcess;
let url = '';
let said = '';

beforeAll(async () => {
  const [quickStart = ''] = await serverBlocks();
  await mkdir(folder, { recursive: true });
  await writeFile(script, quickStart);
  simulator = await startSimulator();
  const port = await freePort();
  url = `http://127.0.0.1:${port}/payments/orders/ORDER-1`;
  host = spawn(process.execPath, ['--conditions=paysession-source', script], {
    env: {
      ...process.env,
      PORT: String(port),
      PRAHSYS_MERCHANT_ID: simulator.merchantId,
      PRAHSYS_API_KEY: simulator.apiKey,
      PRAHSYS_API_URL: simulator.url,
      PRAHSYS_SCRIPT_URL: simulator.url,
    },
  });
  for (const output of [host.stdout, host.stderr])
    output?.on('data', (text: Buffer) => (said += text.toString()));
  for (let tries = 0; tries < 200; tries += 1) {
    if (host.exitCode !== null) throw new Error(`the quick start ended: ${said}`);
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the quick start does not listen: ${said}`);
});

afterAll(async () => {
  host.kill();
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

const call = async (path: string, init: RequestInit = {}) => {
  const headers = { cookie: 'owner=me', 'content-type': 'application/json' };
  const response = await fetch(url + path, { ...init, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

it('the README’s quick start takes a card and ships once', async () => {
  expect((await fetch(`${url}/session`, { method: 'POST' })).status).toBe(404);
  const opened = await call('/session', { method: 'POST' });
  expect(opened).toMatchObject({ status: 201, body: { amount: '99.99', currency: 'USD', revision: 1 } });
  const sessionId = String(opened.body['sessionId']);
  await fetch(`${simulator.url}/_simulator/sessions/${sessionId}/card`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      number: '5123450000000008',
      expiryMonth: '01',
      expiryYear: '39',
      securityCode: '100',
      nameOnCard: 'Ann',
    }),
  });
  const paid = await call('/pay', { method: 'POST', body: JSON.stringify({ sessionId, revision: 1 }) });
  expect(paid).toMatchObject({ status: 200, body: { status: 'captured', amount: '99.99' } });
  for (let tries = 0; tries < 100 && !said.includes('Ship'); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(said.match(/Ship ORDER-1, once for pay_/g)).toHaveLength(1);
});

/** `// … as above` stands for the options that the quick start has and this block does not. */
const written = (block: string): string => {
  const left = ['prahsys', 'orders', 'fulfilment'].filter((name) => !block.includes(`  ${name}:`));
  const type = `Pick<import('paysession').PaymentsOptions, ${left.map((name) => `'${name}'`).join(' | ')}>`;
  return `declare const asAbove: ${type};\n${block.replace('// … as above', '...asAbove,')}`;
};

it('the README’s other blocks for a server compile as they are printed', async () => {
  const [, ...blocks] = await serverBlocks();
  expect(blocks).toHaveLength(2);
  const files = blocks.map((_, index) => `block-${index}.ts`);
  for (const [index, block] of blocks.entries())
    await writeFile(`${folder}/block-${index}.ts`, written(block));
  const compilerOptions = { noUnusedLocals: false };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: [], files };
  await writeFile(`${folder}/tsconfig.json`, JSON.stringify(config));
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder], {
    encoding: 'utf8',
  });
  expect(tsc.stdout).toBe('');
}, 120_000);
