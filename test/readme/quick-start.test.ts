// The README's quick start, run as it is printed, against the simulator.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

const script = `.cache/quick-start-${process.pid}.ts`;
let simulator: Simulator;
let host: ChildProcess;
let url = '';
let said = '';

beforeAll(async () => {
  const [, quickStart = ''] =
    /```ts\n(import express[\s\S]*?)```/.exec(await readFile('README.md', 'utf8')) ?? [];
  expect(quickStart).toContain('createPayments');
  await mkdir('.cache', { recursive: true });
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
  await rm(script, { force: true });
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
