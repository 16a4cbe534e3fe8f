/** What the shop makes of its environment. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SettingsError, settingsFrom } from '../../../examples/shop/settings.ts';
import { portProblem, startShop } from '../../../examples/shop/start-shop.ts';
import { startTestShop } from './running-shop.ts';

const real = { PRAHSYS_API_KEY: 'sk_test_example', PRAHSYS_MERCHANT_ID: 'SHOP' };

describe('settings', () => {
  it('are a shop on port 3000 with a simulator and a database in memory when nothing is said', () => {
    expect(settingsFrom({ PORT: '', HOME: '/root' })).toEqual({
      port: 3000,
      dialect: 'order',
      webhookSecrets: [],
      capture: 'now',
      gateway: { kind: 'simulator', port: 0 },
      database: { kind: 'embedded' },
    });
  });

  const url = 'postgres://shop:secret@db.example/shop';
  it.each([
    ['a server', { DATABASE_URL: url }, { kind: 'server', url }],
    ['a server, whatever DATA_DIR says', { DATABASE_URL: url, DATA_DIR: '/data' }, { kind: 'server', url }],
    ['embedded in DATA_DIR', { DATA_DIR: '/data' }, { kind: 'embedded', folder: '/data/database' }],
    ['in memory when that is said', { DATABASE_URL: 'memory:', DATA_DIR: '/data' }, { kind: 'embedded' }],
  ])('have a database that is %s: %j', (_where, environment, database) => {
    expect(settingsFrom(environment).database).toEqual(database);
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

  it('are those of today’s gateway in the payment dialect, with a secret that another one replaces', () => {
    const today = {
      ...real,
      PRAHSYS_DIALECT: 'payment',
      PRAHSYS_WEBHOOK_SECRET: ' whsec_one  whsec_two ',
      SHOP_CAPTURE: 'later',
    };
    expect(settingsFrom(today)).toMatchObject({
      dialect: 'payment',
      webhookSecrets: ['whsec_one', 'whsec_two'],
      capture: 'later',
      gateway: { scriptUrl: 'https://gateway.prahsys.com' },
    });
  });

  it.each([
    ['PORT', { PORT: 'http' }],
    ['PORT', { PORT: '65536' }],
    ['PORT', { PORT: '-1' }],
    ['SIMULATOR_PORT', { SIMULATOR_PORT: '1e3' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://localhost/shop' }],
    ['DATABASE_URL', { DATABASE_URL: 'localhost' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres:///shop' }],
    ['MAIL_FROM', { SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'Paper & Ink' }],
    ['MAIL_FROM', { SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'Shop <orders@shop.example' }],
    ['PRAHSYS_MERCHANT_ID must be 1 to 40 letters', { PRAHSYS_MERCHANT_ID: 'a shop' }],
    ['PRAHSYS_MERCHANT_ID must be 1 to 40 letters', { ...real, PRAHSYS_MERCHANT_ID: '.shop' }],
    ['SMTP_URL', { MAIL_FROM: 'orders@shop.example' }],
    ['MAIL_FROM', { SMTP_URL: 'smtp://mail.example' }],
    ['SMTP_URL', { SMTP_URL: 'mail.example', MAIL_FROM: 'orders@shop.example' }],
    ['PRAHSYS_DIALECT', { PRAHSYS_DIALECT: 'Payment' }],
    ['PRAHSYS_WEBHOOK_SECRET', { PRAHSYS_WEBHOOK_SECRET: 'whsec_AAAA' }],
    ['SHOP_CAPTURE', { SHOP_CAPTURE: 'later' }],
    ['SHOP_CAPTURE', { SHOP_CAPTURE: 'soon', PRAHSYS_DIALECT: 'payment' }],
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
    ['PRAHSYS_API_URL', { ...real, ...local, PRAHSYS_API_URL: 'http://api.prahsys.com' }],
    ['PRAHSYS_SCRIPT_URL', { ...real, ...local, PRAHSYS_SCRIPT_URL: 'nowhere' }],
    [
      'PRAHSYS_WEBHOOK_SECRET',
      { ...real, ...local, PRAHSYS_DIALECT: 'payment', PRAHSYS_WEBHOOK_SECRET: 'c2VjcmV0' },
    ],
    ['PRAHSYS_TIMEOUT_MS', { PRAHSYS_TIMEOUT_MS: '2000', PRAHSYS_QUIET_MS: '1000' }],
    ['PRAHSYS_QUIET_MS', { PRAHSYS_TIMEOUT_MS: '2000', PRAHSYS_QUIET_MS: '1000' }],
  ])(
    'that contradict each other stop the start, before a database is looked for, by a sentence that names %s: %j',
    async (variable, environment) => {
      const nowhere = 'postgres://nobody@127.0.0.1:1/nothing';
      const said: string[] = [];
      const starting = startShop(
        settingsFrom({ PORT: '0', DATABASE_URL: nowhere, ...environment }),
        (line) => void said.push(line),
      );
      await expect(starting).rejects.toThrow(SettingsError);
      await expect(starting).rejects.toThrow(variable);
      await expect(starting).rejects.not.toThrow(
        /\b(apiKey|apiUrl|scriptUrl|merchantId|timeoutMs)\b|_example/,
      );
      expect(said).toEqual([]);
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

  it('that name a port which only others may use are refused by a sentence', () => {
    const refused = Object.assign(new Error('listen EACCES: permission denied'), { code: 'EACCES' });
    expect(portProblem('PORT', 80, refused)?.message).toBe(
      'PORT: port 80 may not be used by this user. Choose another, or 0 for any free one.',
    );
    expect(portProblem('PORT', 80, new Error('something else'))).toBeNull();
  });

  it('that name no folder are refused by a sentence: a file, a part of a path that is one, and where none can be', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'paysession-shop-'));
    const file = join(folder, 'file');
    await writeFile(file, '');
    const start = (dataDir: string) => startShop(settingsFrom({ PORT: '0', DATA_DIR: dataDir }));
    const isFile = 'cannot be used: it is a file, or a part of its path is.';
    await expect(start(file)).rejects.toThrow(`DATA_DIR: ${file} ${isFile}`);
    await expect(start(join(file, 'below'))).rejects.toThrow(isFile);
    await expect(start('/proc/nothing/below')).rejects.toThrow(
      'DATA_DIR: /proc/nothing/below cannot be used:',
    );
    await expect(start('/proc/nothing/below')).rejects.toThrow(SettingsError);
    await rm(folder, { recursive: true });
  });
});
