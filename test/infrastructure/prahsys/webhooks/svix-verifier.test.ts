// Webhooks as they come in: signed as Svix signs them, or refused for one of a few reasons; never an exception.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import type { WebhookHeaders } from '../../../../src/application/ports/webhooks.ts';
import { merchantId } from '../../../../src/domain/payment/ids.ts';
import { SvixVerifier, webhookKey } from '../../../../src/infrastructure/prahsys/webhooks/svix-verifier.ts';

const merchant = merchantId('MERCHANT-1')._unsafeUnwrap();
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const newSecret = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
const messageId = 'msg_2TBkBXvCqdMZFbxBvDYNoQ6pkBC';
const at = 1_790_000_000;
const now = at * 1000;

const keyOf = (text: string): Uint8Array => {
  const key = webhookKey(text);
  if (key === null) throw new Error('not a secret');
  return key;
};
const verifierWith = (...secrets: readonly string[]) => {
  const keys = secrets.map(keyOf);
  return new SvixVerifier((asked) => (asked === merchant ? keys : []));
};
const payEvent = (changes: object = {}, payment: object = {}) =>
  JSON.stringify({
    eventType: 'payments.payment.transaction.pay',
    eventId: 'payments.payment.transaction.pay-019df4e5-1790000000',
    payload: {
      success: true,
      statusCode: 200,
      data: {
        ...{ id: '019df4e5', operation: 'PAY', type: 'CAPTURE', result: 'SUCCESS', amount: 99.99 },
        payment: { id: 'ORDER-1', merchantId: 'MERCHANT-1', status: 'CAPTURED', ...payment },
      },
    },
    ...changes,
  });
const signed = (body: string, by = secret, id = messageId, time = at) => ({
  'svix-id': id,
  'svix-timestamp': String(time),
  'svix-signature': new SvixWebhook(by).sign(id, new Date(time * 1000), body),
});
const bytes = (text: string) => new TextEncoder().encode(text);
const verdict = (
  headers: WebhookHeaders,
  body: string | Uint8Array,
  verifier = verifierWith(secret),
  when = now,
) =>
  verifier.verify(merchant, headers, typeof body === 'string' ? bytes(body) : body, when).match(
    () => 'accepted',
    ({ type, reason }) => `${type} ${reason}`,
  );
const rejected = (reason: string) => `WebhookRejected ${reason}`;

describe('The signature of a webhook', () => {
  it('is that of the public example of Svix', () => {
    const verifier = verifierWith('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const headers = {
      'svix-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'svix-timestamp': '1614265330',
      'svix-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const body = '{"test": 2432232314}';
    expect(verifier.verify(merchant, headers, bytes(body), 1_614_265_330_000)._unsafeUnwrap()).toEqual({
      merchantId: merchant,
      eventId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      type: 'unknown',
      orderId: null,
      receivedAt: 1_614_265_330_000,
    });
    expect(verdict(headers, '{"test":2432232314}', verifier, 1_614_265_330_000)).toBe(rejected('signature'));
  });

  it('of the official library is accepted here, whatever it signs', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const body = JSON.stringify(value);
        expect(verdict(signed(body), body)).toBe('accepted');
      }),
    );
  });

  it('that this one’s package makes is accepted by the official library, and here', () => {
    const time = Math.floor(Date.now() / 1000);
    const body = payEvent({}, { description: 'naïve ☕' });
    const signature = new StandardWebhook(secret).sign(messageId, new Date(time * 1000), body);
    const headers = { 'svix-id': messageId, 'svix-timestamp': String(time), 'svix-signature': signature };
    expect(() => new SvixWebhook(secret).verify(body, headers)).not.toThrow();
    expect(() => new SvixWebhook(newSecret).verify(body, headers)).toThrow();
    expect(verdict(headers, body, verifierWith(secret), time * 1000)).toBe('accepted');
  });

  it('does not hold for another secret, body, id, time or merchant', () => {
    const body = payEvent();
    const headers = signed(body);
    expect(verdict(headers, body)).toBe('accepted');
    expect(verdict(signed(body, newSecret), body)).toBe(rejected('signature'));
    expect(verdict(headers, body.replace('99.99', '99.98'))).toBe(rejected('signature'));
    expect(verdict(headers, ` ${body}`)).toBe(rejected('signature'));
    expect(verdict(headers, JSON.stringify(JSON.parse(body), null, 1))).toBe(rejected('signature'));
    expect(verdict({ ...headers, 'svix-id': 'msg_other' }, body)).toBe(rejected('signature'));
    expect(verdict({ ...headers, 'svix-timestamp': String(at + 1) }, body)).toBe(rejected('signature'));
    const other = merchantId('MERCHANT-2')._unsafeUnwrap();
    const verifier = verifierWith(secret);
    expect(verifier.verify(other, headers, bytes(body), now)._unsafeUnwrapErr().reason).toBe('noSecret');
  });

  it('may be any v1 of the list, by any of the secrets while one replaces another', () => {
    const body = payEvent();
    const [old, young] = [signed(body), signed(body, newSecret)].map((each) => each['svix-signature']);
    const both = verifierWith(newSecret, secret);
    const list = (...signatures: readonly (string | undefined)[]) => ({
      ...signed(body),
      'svix-signature': signatures.join(' '),
    });
    for (const headers of [list(old), list(young), list(young, old), list('v1a,AAAA', 'junk', 'v2,x', old)]) {
      expect(verdict(headers, body, both)).toBe('accepted');
    }
    expect(verdict(list(young, old), body)).toBe('accepted');
    for (const wrong of [
      'v1a,AAAA',
      'junk',
      'v1',
      'v1,',
      old?.replace('v1', 'v1a'),
      old?.replace('v1', 'V1'),
      old?.slice(3),
    ]) {
      expect(verdict(list(wrong), body)).toBe(rejected('signature'));
    }
    expect(verdict(list(`${old}A`), body)).toBe(rejected('signature'));
  });
});

describe('The time of a webhook', () => {
  it.each([
    [299, 'accepted'],
    [300, 'accepted'],
    [301, rejected('timestamp')],
    [-299, 'accepted'],
    [-300, 'accepted'],
    [-301, rejected('timestamp')],
  ])('%i seconds away is %s', (seconds, expected) => {
    const body = payEvent();
    expect(verdict(signed(body), body, verifierWith(secret), (at + seconds) * 1000)).toBe(expected);
    expect(verdict(signed(body), body, verifierWith(secret), (at + seconds) * 1000 + 999)).toBe(expected);
  });

  it.each([
    '123abc',
    '',
    ' ',
    '-1',
    '+1790000000',
    '1790000000.0',
    '1e9',
    '01790000000',
    '1790000000000000',
    'NaN',
  ])('%j is none', (timestamp) => {
    const body = payEvent();
    expect(verdict({ ...signed(body), 'svix-timestamp': timestamp }, body)).toBe(rejected('timestamp'));
  });
});

describe('The headers of a webhook', () => {
  const body = payEvent();
  const good = signed(body);
  const renamed = (rename: (name: string) => string) =>
    Object.fromEntries(Object.entries(good).map(([name, value]) => [rename(name), value]));
  const white = renamed((name) => name.replace('svix-', 'webhook-'));

  it('may be of either set, in any case, beside others', () => {
    expect(
      verdict(
        renamed((name) => name.toUpperCase()),
        body,
      ),
    ).toBe('accepted');
    expect(verdict({ ...white, host: 'shop.example', cookie: ['a', 'b'] }, body)).toBe('accepted');
  });

  it.each<[string, WebhookHeaders]>([
    ['none', {}],
    ['no id', { ...good, 'svix-id': undefined }],
    ['no time', { ...good, 'svix-timestamp': undefined }],
    ['no signature', { ...good, 'svix-signature': undefined }],
    ['an empty signature', { ...good, 'svix-signature': '' }],
    ['an id that came twice', { ...good, 'svix-id': [messageId, messageId] }],
    ['a signature in a list', { ...good, 'svix-signature': [good['svix-signature']] }],
    ['an id in two cases', { ...good, 'Svix-Id': messageId }],
    ['both sets', { ...good, ...white }],
    ['a mixture', { ...good, 'svix-id': undefined, 'webhook-id': messageId }],
    ['an id with a dot', { ...good, 'svix-id': 'msg.1' }],
    ['an id that was joined from two', { ...good, 'svix-id': `${messageId}, ${messageId}` }],
    ['an id without end', { ...good, 'svix-id': 'm'.repeat(101) }],
    ['an empty id', { ...good, 'svix-id': '' }],
    ['a signature without end', { ...good, 'svix-signature': 'v1,A '.repeat(1000) }],
    ['a signature with a line break', { ...good, 'svix-signature': `${good['svix-signature']}\r\nx` }],
  ])('are refused: %s', (_name, headers) => {
    expect(verdict(headers, body)).toBe(rejected('headers'));
  });
});

describe('The body of a webhook', () => {
  it('is refused by its size before anything is hashed, from 256 KB on', () => {
    const fill = (size: number) => `{"a":"${'a'.repeat(size - 8)}"}`;
    const largest = fill(256 * 1024);
    expect(verdict(signed(largest), largest)).toBe('accepted');
    const larger = fill(256 * 1024 + 1);
    expect(verdict(signed(larger), larger)).toBe(rejected('size'));
    expect(verdict({}, new Uint8Array(5_000_000))).toBe(rejected('size'));
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['half of it', payEvent().slice(0, 100)],
    ['a BOM before it', `\uFEFF${payEvent()}`],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['brackets without end', '['.repeat(100_000)],
  ])('is refused: %s, however well it is signed', (_name, body) => {
    expect(verdict(signed(body), body)).toBe(rejected('body'));
  });

  it('is refused when it is no UTF-8', () => {
    for (const broken of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]]) {
      expect(verdict(signed('{}'), Uint8Array.from(broken))).toBe(rejected('body'));
    }
  });

  it('never makes it throw, whatever it and the headers are', () => {
    const value = fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(undefined));
    fc.assert(
      fc.property(fc.uint8Array(), value, value, value, (body, id, timestamp, signature) => {
        const headers = { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': signature };
        expect(verdict(headers, body)).toMatch(/^WebhookRejected /);
      }),
    );
  });
});

describe('What a webhook is about', () => {
  const about = (body: string) =>
    verifierWith(secret).verify(merchant, signed(body), bytes(body), now)._unsafeUnwrap();

  it('is an order of this merchant', () => {
    expect(about(payEvent())).toEqual({
      merchantId: merchant,
      eventId: 'payments.payment.transaction.pay-019df4e5-1790000000',
      type: 'payments.payment.transaction.pay',
      orderId: 'ORDER-1',
      receivedAt: now,
    });
    expect(about(payEvent({}, { merchantId: undefined })).orderId).toBe('ORDER-1');
    expect(about(payEvent({}, { merchantId: null })).orderId).toBe('ORDER-1');
  });

  it.each<[string, string]>([
    ['of another merchant', payEvent({}, { merchantId: 'MERCHANT-2' })],
    ['of a merchant that is no text', payEvent({}, { merchantId: 7 })],
    ['of a payment whose id is none of ours', payEvent({}, { id: '../etc' })],
    ['of an id over 40 characters', payEvent({}, { id: 'a'.repeat(41) })],
    ['of an id that is no text', payEvent({}, { id: { $ne: null } })],
    [
      'of no payment',
      JSON.stringify({ eventType: 'payments.merchant.purge', payload: { data: { merchantId: 'M' } } }),
    ],
    [
      'of the older schemes',
      JSON.stringify({ id: 'evt_1', type: 'payment.captured', data: { object: { id: 'ORDER-1' } } }),
    ],
    ['of nothing', '{"eventType":"test"}'],
    ['of a payload that is a list', '{"eventType":"test","payload":[]}'],
    ['of a prototype', '{"__proto__":{"payload":{"data":{"payment":{"id":"ORDER-1"}}}}}'],
  ])('is no order when it is %s', (_name, body) => {
    expect(about(body).orderId).toBeNull();
  });

  it('keeps a type of its own, known or not, as long as it can be kept', () => {
    expect(about(payEvent({ eventType: 'payments.frobnicated' })).type).toBe('payments.frobnicated');
    for (const eventType of ['a b', 'a'.repeat(101), '\u0000', 7, null, undefined]) {
      expect(about(payEvent({ eventType })).type).toBe('unknown');
    }
  });

  it('is known again by the id of the event, and else by that of the message', () => {
    for (const eventId of [undefined, null, '', 'a b', 'e'.repeat(301), 7, 'nul\u0000']) {
      expect(about(payEvent({ eventId })).eventId).toBe(messageId);
    }
  });
});

describe('A secret', () => {
  const ofBytes = (count: number) => Buffer.alloc(count, 1).toString('base64');

  it('is the base64 of 24 to 64 bytes, with or without whsec_', () => {
    for (const count of [24, 25, 32, 64]) {
      expect(webhookKey(`whsec_${ofBytes(count)}`)).toEqual(new Uint8Array(Buffer.alloc(count, 1)));
      expect(webhookKey(ofBytes(count))).toHaveLength(count);
    }
  });

  it('is refused when it is anything else', () => {
    const wrong = [ofBytes(23), ofBytes(65), '', 'whsec_', `whsec_${ofBytes(32)} `, `sk_test_${ofBytes(32)}`];
    const others = [`whsec_${'-'.repeat(32)}`, `whsec_${'A'.repeat(33)}`, undefined, null, 7, {}];
    for (const each of [...wrong, ...others]) expect(webhookKey(each)).toBeNull();
  });
});
