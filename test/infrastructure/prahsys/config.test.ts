import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { merchantId } from '../../../src/domain/payment/ids.ts';
import { type PrahsysSettings, prahsysAccount } from '../../../src/infrastructure/prahsys/config.ts';

const settings: PrahsysSettings = { merchantId: 'MERCHANT-1', apiKey: 'sk_test_0123456789abcdef' };
const checked = (changes: Partial<PrahsysSettings> = {}) => prahsysAccount({ ...settings, ...changes });

const whsec = (bytes: number) => `whsec_${Buffer.alloc(bytes, 5).toString('base64')}`;
/** Settings as a caller without types, or an environment variable, may give them. */
const foreign = (changes: object): Partial<PrahsysSettings> => changes;

describe('The configuration of Prahsys', () => {
  it('needs a merchant and a key, and knows where the gateway is', () => {
    expect(checked()._unsafeUnwrap().connection).toEqual({
      apiUrl: 'https://api.prahsys.com',
      scriptUrl: 'https://secure.prahsys.com',
      timeoutMs: 60_000,
    });
  });

  it.each<[string, Partial<PrahsysSettings>]>([
    ['a live key with the real addresses', { apiKey: 'sk_live_0123456789abcdef' }],
    [
      'a test key with a simulator on this machine',
      { apiUrl: 'http://127.0.0.1:4010', scriptUrl: 'http://localhost:4010' },
    ],
    ['a simulator behind IPv6', { apiUrl: 'http://[::1]:4010' }],
    ['an origin with a slash behind it', { apiUrl: 'https://api.prahsys.com/' }],
    ['absent settings that are undefined', { apiUrl: undefined, scriptUrl: undefined, timeoutMs: undefined }],
    ['a deadline of its own', { timeoutMs: 300 }],
    ['a test key where one is meant', { environment: 'test' }],
    ['a live key where one is meant', { environment: 'live', apiKey: 'sk_live_0123456789abcdef' }],
    ['a merchant named TEST with a test key', { merchantId: 'TESTSHOP' }],
    ['the payment dialect', { dialect: 'payment' }],
    ['secrets of webhooks', { webhookSecrets: [whsec(24), whsec(64)] }],
    ['no secrets', { webhookSecrets: [] }],
    [
      'what a merchant found out',
      { payment: { verbs: { pay: 'POST' }, script: 'merchant', missingPayment: 'nothing' } },
    ],
    ['many merchants', { merchantId: undefined, apiKey: undefined, merchants: () => null }],
  ])('takes %s', (_name, changes) => {
    expect(checked(changes).isOk()).toBe(true);
  });

  it.each<[string, keyof PrahsysSettings, Partial<PrahsysSettings>, string]>([
    ['no key', 'apiKey', { apiKey: undefined }, 'apiKey is missing'],
    ['a test key in production', 'apiKey', { environment: 'live' }, 'is a test key, but environment is live'],
    [
      'a live key in a sandbox',
      'apiKey',
      { environment: 'test', apiKey: 'sk_live_0123456789abcdef' },
      'is a live key, but environment is test',
    ],
    [
      'another environment',
      'environment',
      { environment: 'production' as 'live' },
      'environment must be test or live',
    ],
    ['an empty key', 'apiKey', { apiKey: '' }, 'apiKey is missing'],
    ['a public key', 'apiKey', { apiKey: 'pk_test_0123456789' }, 'begins with sk_test_ or sk_live_'],
    ['a key that is only a prefix', 'apiKey', { apiKey: 'sk_live_' }, 'begins with sk_test_ or sk_live_'],
    [
      'a key with a line break',
      'apiKey',
      { apiKey: 'sk_test_a\r\nx-evil: 1' },
      'cannot stand in an HTTP header',
    ],
    ['a key with a space', 'apiKey', { apiKey: 'sk_test_abc ' }, 'cannot stand in an HTTP header'],
    [
      'a key with a letter outside ASCII',
      'apiKey',
      { apiKey: 'sk_test_ключ' },
      'cannot stand in an HTTP header',
    ],
    ['no merchant', 'merchantId', { merchantId: undefined }, 'merchantId must be'],
    [
      'a merchant that would leave its place in a path',
      'merchantId',
      { merchantId: '../MERCHANT' },
      'merchantId must be',
    ],
    [
      'a live key for a TEST merchant',
      'merchantId',
      { merchantId: 'TESTSHOP', apiKey: 'sk_live_1' },
      'begins with TEST, but apiKey is a live key',
    ],
    [
      'a live key for a simulator',
      'apiKey',
      { apiKey: 'sk_live_1', apiUrl: 'http://127.0.0.1:4010' },
      'but apiUrl is on this machine',
    ],
    [
      'a live key for a simulator behind TLS',
      'apiKey',
      { apiKey: 'sk_live_1', apiUrl: 'https://localhost' },
      'but apiUrl is on this machine',
    ],
    [
      'a live key with the script of a simulator',
      'apiKey',
      { apiKey: 'sk_live_1', scriptUrl: 'http://[::1]:1' },
      'but scriptUrl is on this machine',
    ],
    ['plain http', 'apiUrl', { apiUrl: 'http://api.prahsys.com' }, 'apiUrl must be https'],
    [
      'plain http to a name that only looks local',
      'apiUrl',
      { apiUrl: 'http://127.0.0.1.evil.example' },
      'apiUrl must be https',
    ],
    ['plain http to a neighbour', 'apiUrl', { apiUrl: 'http://192.168.1.5:4010' }, 'apiUrl must be https'],
    [
      'plain http to any address of this machine',
      'apiUrl',
      { apiUrl: 'http://0.0.0.0:4010' },
      'apiUrl must be https',
    ],
    [
      'plain http for the script',
      'scriptUrl',
      { scriptUrl: 'http://secure.prahsys.com' },
      'scriptUrl must be https',
    ],
    ['no URL', 'apiUrl', { apiUrl: 'api.prahsys.com' }, 'apiUrl must be an address'],
    ['an empty URL', 'apiUrl', { apiUrl: '' }, 'apiUrl must be an address'],
    ['another protocol', 'apiUrl', { apiUrl: 'ftp://api.prahsys.com' }, 'apiUrl must be an address'],
    ['a path', 'apiUrl', { apiUrl: 'https://api.prahsys.com/payments/n1' }, 'apiUrl must be an origin only'],
    [
      'a query',
      'scriptUrl',
      { scriptUrl: 'https://secure.prahsys.com/?a' },
      'scriptUrl must be an origin only',
    ],
    [
      'a password',
      'apiUrl',
      { apiUrl: 'https://user:pass@api.prahsys.com' },
      'apiUrl must be an origin only',
    ],
    ['no time at all', 'timeoutMs', { timeoutMs: 0 }, 'timeoutMs must be a whole number'],
    ['part of a millisecond', 'timeoutMs', { timeoutMs: 0.5 }, 'timeoutMs must be a whole number'],
    ['no number', 'timeoutMs', { timeoutMs: Number.NaN }, 'timeoutMs must be a whole number'],
    ['longer than ten minutes', 'timeoutMs', { timeoutMs: 600_001 }, 'timeoutMs must be a whole number'],
    ['a dialect that there is not', 'dialect', foreign({ dialect: 'basque' }), 'must be order or payment'],
    ['a verb that there is not', 'payment', foreign({ payment: { verbs: 'PATCH' } }), 'verbs other than'],
    [
      'a verb of an operation that there is not',
      'payment',
      foreign({ payment: { verbs: { charge: 'PUT' } } }),
      'verbs other than',
    ],
    [
      'a script that there is not',
      'payment',
      foreign({ payment: { script: 'none' } }),
      'a script other than',
    ],
    [
      'a meaning that there is not',
      'payment',
      foreign({ payment: { missingPayment: 'declined' } }),
      'a missingPayment other than',
    ],
    [
      'a short webhook secret',
      'webhookSecrets',
      { webhookSecrets: [whsec(32), whsec(23)] },
      '24 to 64 bytes',
    ],
    ['a long webhook secret', 'webhookSecrets', { webhookSecrets: [whsec(65)] }, '24 to 64 bytes'],
    ['secrets that are no list', 'webhookSecrets', foreign({ webhookSecrets: whsec(32) }), '24 to 64 bytes'],
    ['one merchant beside many', 'merchants', { merchants: () => null }, 'stands instead of merchantId'],
    [
      'secrets beside many merchants',
      'merchants',
      { merchantId: undefined, apiKey: undefined, webhookSecrets: [whsec(32)], merchants: () => null },
      'stands instead of webhookSecrets',
    ],
    ['merchants that are no function', 'merchants', foreign({ merchants: {} }), 'must be a function'],
  ])('refuses %s with a sentence that names the setting', (_name, setting, changes, words) => {
    const error = checked(changes)._unsafeUnwrapErr();
    expect(error).toMatchObject({ type: 'InvalidConfiguration', setting });
    expect(error.reason).toContain(words);
    expect(error.reason.startsWith(`${setting} `)).toBe(true);
  });

  it('knows where the script of each dialect is', () => {
    const scriptUrl = (changes: Partial<PrahsysSettings>) =>
      checked(changes)._unsafeUnwrap().connection.scriptUrl;
    expect(scriptUrl({ dialect: 'order' })).toBe('https://secure.prahsys.com');
    expect(scriptUrl({ dialect: 'payment' })).toBe('https://gateway.prahsys.com');
    expect(scriptUrl({ dialect: 'payment', payment: { script: 'merchant' } })).toBe(
      'https://secure.prahsys.com',
    );
    expect(scriptUrl({ dialect: 'payment', scriptUrl: 'https://pay.example' })).toBe('https://pay.example');
  });

  it('never repeats a value in what it refuses', () => {
    const values = ['sk_live_secret123 ', 'pk_live_secret123', 'sk_live_secret123'];
    for (const apiKey of values) {
      const error = checked({ apiKey, merchantId: 'TESTsecret123' })._unsafeUnwrapErr();
      expect(inspect(error)).not.toContain('secret123');
    }
    const error = checked({ apiUrl: 'https://user:secret123@api.prahsys.com' })._unsafeUnwrapErr();
    expect(inspect(error)).not.toContain('secret123');
  });

  it('gives the credentials of its own merchant, and of nobody else', () => {
    const { credentials } = checked()._unsafeUnwrap();
    expect(credentials(merchantId('MERCHANT-1')._unsafeUnwrap())?.authorization()).toBe(
      'Bearer sk_test_0123456789abcdef',
    );
    expect(credentials(merchantId('MERCHANT-2')._unsafeUnwrap())).toBeNull();
  });

  it('shows no key when it is printed, inspected or turned into JSON', () => {
    const account = checked()._unsafeUnwrap();
    const own = account.credentials(merchantId('MERCHANT-1')._unsafeUnwrap());
    const everything = { account, own };
    const shown = [
      inspect(everything, { depth: 10, showHidden: true, getters: true }),
      inspect(everything),
      JSON.stringify(everything),
      `${String(own)}`,
      JSON.stringify(structuredClone({ ...own })),
    ];
    for (const text of shown) expect(text).not.toContain('0123456789abcdef');
    expect(inspect(own)).toContain('[redacted]');
    expect(JSON.stringify(own)).toContain('[redacted]');
  });
});
