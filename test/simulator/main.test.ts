// `npm run simulator`: its flags, its one line of JSON, its end, and what it says when it cannot start.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/simulator.ts';

const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

function run(...flags: string[]) {
  const child = spawn(process.execPath, ['src/simulator/main.ts', ...flags], { stdio: 'pipe' });
  children.push(child);
  return child;
}

async function ended(...flags: string[]) {
  const child = run(...flags);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output, errors };
}

describe('npm run simulator', () => {
  it('prints one line of JSON when it is ready, serves what its flags say, and ends on SIGTERM', async () => {
    const flags = [
      '--merchant-id',
      'SHOP',
      '--api-key=sk_test_shop',
      '--mirrorRoot',
      'false',
      '--create-status=201',
      '--declined-payment-status=null',
      '--settlementDelayMs=0',
      '--webhook-url=http://127.0.0.1:9/hooks',
      '--webhook-secret=whsec_AAECAwQFBgcICQoLDA0ODw==',
    ];
    const child = run('--port', '0', ...flags);
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    await once(reader, 'line');
    const ready = JSON.parse(lines[0] ?? '') as { url: string };
    expect(ready).toEqual({
      ready: true,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      merchantId: 'SHOP',
      apiKey: 'sk_test_shop',
    });
    const settings = await fetch(`${ready.url}/_simulator/settings`);
    expect(await settings.json()).toMatchObject({
      mirrorRoot: false,
      createStatus: 201,
      declinedPaymentStatus: null,
      settlementDelayMs: 0,
    });
    const headers = { authorization: 'Bearer sk_test_shop' };
    await fetch(`${ready.url}/payments/n1/merchant/SHOP/purge`, { method: 'POST', headers });
    const webhooks = await fetch(`${ready.url}/_simulator/webhooks`);
    expect(await webhooks.json()).toMatchObject([{ eventType: 'payments.merchant.purge' }]);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(lines).toHaveLength(1);
  });

  it.each([
    ['an unknown flag', ['--prot', '4010'], '--prot'],
    ['a port that is none', ['--port', 'http'], 'port'],
    ['a setting that cannot be', ['--declineStatus', '201'], 'declineStatus'],
    ['a live key', ['--api-key', 'sk_live_1'], 'sk_test_'],
    ['a webhook address without its secret', ['--webhook-url', 'https://shop.example/'], 'webhookSecret'],
    ['a merchant id that does not fit in a path', ['--merchant-id', 'a/b'], 'merchantId'],
  ])('ends with code 1 and says why on %s', async (_, flags, reason) => {
    const { code, output, errors } = await ended(...flags);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toContain(reason);
    expect(errors).not.toMatch(/\.ts:\d/);
  });

  it('ends with code 1 and says so when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, errors } = await ended('--port', String(port));
    taken.close();
    expect(code).toBe(1);
    expect(errors).toContain('port');
  });

  it('explains its flags', async () => {
    const { code, output } = await ended('--help');
    expect(code).toBe(0);
    for (const flag of [
      '--port',
      '--merchant-id',
      '--data-dir',
      '--declineStatus',
      '--webhook-secret',
      '--echoCard',
    ]) {
      expect(output).toContain(flag);
    }
  });
});

describe('startSimulator', () => {
  it('takes a live key only when it is told to', async () => {
    await expect(startSimulator({ apiKey: 'sk_live_1' })).rejects.toThrow('sk_test_');
    const simulator = await startSimulator({ apiKey: 'sk_live_1', allowLiveKey: true });
    expect(simulator.apiKey).toBe('sk_live_1');
    await simulator.close();
  });

  it('keeps two simulators in one process apart', async () => {
    const [one, other] = [await startSimulator({ settings: { mirrorRoot: false } }), await startSimulator()];
    const settings = await fetch(`${other.url}/_simulator/settings`);
    expect(await settings.json()).toMatchObject({ mirrorRoot: true });
    await Promise.all([one.close(), other.close()]);
  });
});
