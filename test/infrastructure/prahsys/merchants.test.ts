// Many merchants behind one configuration: whose key is used, when it is checked, and what is told of one that cannot be used.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { merchantId } from '../../../src/domain/payment/ids.ts';
import {
  type MerchantSecrets,
  prahsysAccount,
  type PrahsysSettings,
} from '../../../src/infrastructure/prahsys/config.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const [one, two] = ['ONE', 'TWO'].map((id) => merchantId(id)._unsafeUnwrap());
if (one === undefined || two === undefined) throw new Error('two merchants');

const warnings: string[] = [];
const emitWarning = process.emitWarning;
beforeEach(() => {
  warnings.length = 0;
  process.emitWarning = (warning: string | Error) => void warnings.push(String(warning));
});
afterEach(() => {
  process.emitWarning = emitWarning;
});

const accountOf = (merchants: PrahsysSettings['merchants'], changes: PrahsysSettings = {}) =>
  prahsysAccount({ merchants, ...changes })._unsafeUnwrap();

describe('Many merchants', () => {
  it('each have their own key and secrets, and nobody else’s', () => {
    const known: Readonly<Record<string, MerchantSecrets>> = {
      ONE: { apiKey: 'sk_test_1', webhookSecrets: [secret] },
      TWO: { apiKey: 'sk_live_2' },
    };
    const { credentials, webhookKeys } = accountOf((id) => known[id] ?? null);
    expect(credentials(one)?.authorization()).toBe('Bearer sk_test_1');
    expect(credentials(two)?.authorization()).toBe('Bearer sk_live_2');
    expect(credentials(merchantId('THREE')._unsafeUnwrap())).toBeNull();
    expect([webhookKeys(one).length, webhookKeys(two).length]).toEqual([1, 0]);
    expect(warnings).toEqual([]);
  });

  it('change their keys while the host runs', () => {
    let apiKey = 'sk_test_old';
    const { credentials } = accountOf(() => ({ apiKey }));
    expect(credentials(one)?.authorization()).toBe('Bearer sk_test_old');
    expect(credentials(one)).toBe(credentials(one));
    apiKey = 'sk_test_new';
    expect(credentials(one)?.authorization()).toBe('Bearer sk_test_new');
    apiKey = 'pk_test_wrong';
    expect(credentials(one)).toBeNull();
    apiKey = 'sk_test_new';
    expect(credentials(one)?.authorization()).toBe('Bearer sk_test_new');
  });

  it.each<[string, MerchantSecrets, PrahsysSettings, string]>([
    ['a public key', { apiKey: 'pk_planted_1' }, {}, 'apiKey must be a secret key'],
    ['no key', { apiKey: undefined }, {}, 'apiKey is missing'],
    ['a test key in production', { apiKey: 'sk_test_planted' }, { environment: 'live' }, 'is a test key'],
    [
      'a live key for a simulator',
      { apiKey: 'sk_live_planted' },
      { apiUrl: 'http://127.0.0.1:1' },
      'apiUrl is on this',
    ],
    [
      'a short webhook secret',
      { apiKey: 'sk_test_1', webhookSecrets: ['whsec_cGxhbnRlZA=='] },
      {},
      'webhookSecrets must',
    ],
  ])('are unknown with %s, which is told once and without it', (_name, secrets, changes, words) => {
    const { credentials, webhookKeys } = accountOf(() => ({ ...secrets }), changes);
    for (let time = 0; time < 3; time += 1) expect(credentials(one)).toBeNull();
    expect(webhookKeys(one)).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`merchant ONE: `);
    expect(warnings[0]).toContain(words);
    expect(warnings[0]).not.toMatch(/planted|cGxhbnRlZA/);
  });

  it('are unknown while the lookup throws, which is told once and without its words', () => {
    const { credentials } = accountOf(() => {
      throw new Error('the vault is closed: sk_live_planted');
    });
    expect([credentials(one), credentials(one), credentials(two)]).toEqual([null, null, null]);
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).not.toContain('planted');
  });

  it('show no key and no secret when their account is inspected', () => {
    const account = accountOf(() => ({ apiKey: 'sk_test_planted', webhookSecrets: [secret] }));
    account.credentials(one);
    expect(inspect(account, { depth: 10, showHidden: true })).not.toMatch(/planted|whsec/);
  });
});
