/** What the shop makes of its environment: as a function, and as the process that `npm start` runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { SettingsError, settingsFrom } from '../../../examples/shop/settings.ts';
import { startShop } from '../../../examples/shop/start-shop.ts';
import { startTestShop } from './running-shop.ts';

const real = { PRAHSYS_API_KEY: 'sk_test_example', PRAHSYS_MERCHANT_ID: 'SHOP' };

describe('settings', () => {
  it('are a shop on port 3000 with a simulator in memory when nothing is said', () => {
    expect(settingsFrom({ PORT: '', HOME: '/root' })).toEqual({
      port: 3000,
      gateway: { kind: 'simulator', port: 0 },
    });
  });

  it('are the real gateway when there is a key', () => {
    expect(settingsFrom(real).gateway).toEqual({
      kind: 'prahsys',
      merchantId: 'SHOP',
      apiKey: 'sk_test_example',
      apiUrl: 'https://api.prahsys.com',
      scriptUrl: 'https://secure.prahsys.com',
    });
  });

  it.each([
    ['PORT', { PORT: 'http' }],
    ['PORT', { PORT: '65536' }],
    ['PORT', { PORT: '-1' }],
    ['SIMULATOR_PORT', { SIMULATOR_PORT: '1e3' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://localhost/shop' }],
    ['PRAHSYS_DIALECT', { PRAHSYS_DIALECT: 'payment' }],
    ['PRAHSYS_TIMEOUT_MS', { PRAHSYS_TIMEOUT_MS: '0' }],
    ['PRAHSYS_QUIET_MS', { PRAHSYS_QUIET_MS: 'soon' }],
    ['PRAHSYS_API_URL', { PRAHSYS_API_URL: 'https://api.prahsys.com' }],
    ['PRAHSYS_MERCHANT_ID', { PRAHSYS_API_KEY: 'sk_test_example' }],
    ['PRAHSYS_SCRIPT_URL', { ...real, PRAHSYS_API_URL: 'http://127.0.0.1:4010' }],
  ])('that make no sense are refused by a sentence that names %s: %j', (variable, environment) => {
    expect(() => settingsFrom(environment)).toThrow(SettingsError);
    expect(() => settingsFrom(environment)).toThrow(variable);
  });

  const local = { PRAHSYS_API_URL: 'http://127.0.0.1:4010', PRAHSYS_SCRIPT_URL: 'http://127.0.0.1:4010' };
  it.each([
    ['PRAHSYS_API_KEY', { ...real, PRAHSYS_API_KEY: 'secret' }],
    ['PRAHSYS_API_KEY', { ...real, ...local, PRAHSYS_API_KEY: 'sk_live_example' }],
    ['PRAHSYS_MERCHANT_ID', { ...real, PRAHSYS_API_KEY: 'sk_live_example', PRAHSYS_MERCHANT_ID: 'TESTSHOP' }],
    ['PRAHSYS_MERCHANT_ID', { ...real, PRAHSYS_MERCHANT_ID: 'a shop' }],
    ['PRAHSYS_MERCHANT_ID', { PRAHSYS_MERCHANT_ID: 'a shop' }],
    ['PRAHSYS_API_URL', { ...real, ...local, PRAHSYS_API_URL: 'http://api.prahsys.com' }],
    ['PRAHSYS_SCRIPT_URL', { ...real, ...local, PRAHSYS_SCRIPT_URL: 'nowhere' }],
    ['PRAHSYS_TIMEOUT_MS', { PRAHSYS_TIMEOUT_MS: '2000', PRAHSYS_QUIET_MS: '1000' }],
    ['PRAHSYS_QUIET_MS', { PRAHSYS_TIMEOUT_MS: '2000', PRAHSYS_QUIET_MS: '1000' }],
  ])(
    'that contradict each other stop the start by a sentence that names %s: %j',
    async (variable, environment) => {
      const starting = startShop(settingsFrom({ PORT: '0', ...environment }));
      await expect(starting).rejects.toThrow(SettingsError);
      await expect(starting).rejects.toThrow(variable);
      await expect(starting).rejects.not.toThrow(
        /\b(apiKey|apiUrl|scriptUrl|merchantId|timeoutMs)\b|_example/,
      );
    },
  );

  it.each(['PORT', 'SIMULATOR_PORT'])(
    'that name a taken port are refused by a sentence: %s',
    async (variable) => {
      const server = createServer().listen(0, '127.0.0.1').unref();
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const starting = startTestShop({ [variable]: String(port) });
      await expect(starting).rejects.toThrow(SettingsError);
      await expect(starting).rejects.toThrow(`${variable}: port ${port} is in use`);
      server.close();
    },
  );
});

const main = fileURLToPath(new URL('../../../examples/shop/main.ts', import.meta.url));

const run = (environment: Readonly<Record<string, string>>, ...args: string[]) => {
  const child = spawn(process.execPath, ['--conditions=paysession-source', main, ...args], {
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { child, output, ended };
};

describe('the process', () => {
  it('says where everything is and what DATA_DIR keeps, and ends with 0 when told to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'paysession-shop-'));
    const { child, output, ended } = run({ DATA_DIR: folder });
    while (!output.stdout.includes('end with this process'))
      await Promise.race([once(child.stdout, 'data'), ended]);
    const [, url = ''] = /^Shop ready: (http:\/\/localhost:\d+)$/m.exec(output.stdout) ?? [];
    expect((await fetch(`${url}/test-cards`)).status).toBe(200);
    expect(output.stdout).toContain(`${url}/operator/enter/`);
    expect(output.stdout).toContain(
      'DATA_DIR keeps what the simulator knows. Orders and payments are in memory',
    );
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, '']);
    // Not even a test card's number is in a log.
    expect(output.stdout.replaceAll(' ', '')).not.toMatch(/\d{13}/);
    await rm(folder, { recursive: true });
  });

  it('ends with 1 and one sentence, and no stack, when a value is wrong', async () => {
    const { code, stdout, stderr } = await run({ DATABASE_URL: 'postgres://localhost/shop' }).ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The shop did not start\. DATABASE_URL [^\n]+\.\n$/);
  });

  it('explains every variable with --help', async () => {
    const { code, stdout } = await run({}, '--help').ended;
    expect(code).toBe(0);
    for (const name of ['PORT', 'DATA_DIR', 'PRAHSYS_API_KEY', 'PRAHSYS_QUIET_MS'])
      expect(stdout).toContain(name);
  });
});
