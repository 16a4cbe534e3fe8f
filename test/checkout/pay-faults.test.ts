// Every fault of a pay, through the real adapter and the simulator: at most one pay on the wire, and in the end the payment says what
// the gateway's ledger says.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { AttemptOutcome } from '../../src/domain/payment/attempt.ts';
import type { PaymentState } from '../../src/domain/payment/payment-machine.ts';
import type { SubmitPaymentError } from '../../src/application/submit-payment.ts';
import {
  aShop,
  type Card,
  day,
  hour,
  minute,
  restart,
  second,
  type Shop,
  type ShopOptions,
} from './a-shop.ts';
import { type Dialect, dialects, wires } from './dialects.ts';
import type { Spoil } from './spoiling-proxy.ts';

type Answer = AttemptOutcome | SubmitPaymentError['type'];
type Suffers = Readonly<{ fault: string; card?: Card }> & Readonly<Record<string, unknown>>;

const envelope = { success: false, message: 'No' };
const html = '<html><h1>Bad gateway</h1></html>';
const failure = { result: 'FAILURE', response: { gatewayCode: 'DECLINED' } };
const charge = (dialect: Dialect, amount: number, id = 'LAMP-1') => ({
  success: true,
  data: {
    result: 'SUCCESS',
    requestedAmount: amount,
    currency: 'USD',
    [dialect]: { id, status: 'CAPTURED' },
  },
});
const status = (code: number, body?: unknown): Suffers => ({ fault: 'status', status: code, body });
const card = (is: Card): Suffers => ({ fault: 'none', card: is });
const later = (ms: number, result: string): Suffers => ({ fault: 'pendingThen', ms, result });

describe.each(dialects)('In the %s dialect:', (dialect) => {
  const open = (options: ShopOptions = {}) => aShop({ dialect, ...options });
  const wire = wires[dialect];

  // prettier-ignore
  const faults: readonly (readonly [title: string, suffers: Suffers, answer: Answer, then: PaymentState, end: PaymentState])[] = [
  // what happens to the pay                  how                                      submit answers    right after    ten minutes later
  ['nothing',                                 card('approved'),                        'captured',       'captured',    'captured'],
  ['a decline',                               card('declined'),                        'declined',       'declined',    'declined'],
  ['cut off before it was done',              { fault: 'dropBefore' },                 'unknown',        'payUnknown',  'created'],
  ['cut off after it was done',               { fault: 'dropAfter' },                  'unknown',        'payUnknown',  'captured'],
  ['cut off after a decline',                 { fault: 'dropAfter', card: 'declined' },'unknown',        'payUnknown',  'declined'],
  ['half an answer',                          { fault: 'truncate' },                   'unknown',        'payUnknown',  'captured'],
  ['half an answer that declines',            { fault: 'truncate', card: 'declined' }, 'unknown',        'payUnknown',  'declined'],
  ['a delay that the timeout allows',         { fault: 'delay', ms: 50 },              'captured',       'captured',    'captured'],
  ['a delay beyond the timeout',              { fault: 'delay', ms: minute },          'unknown',        'payUnknown',  'captured'],
  ['no answer, and it was done',              { fault: 'hang', charge: true },         'unknown',        'payUnknown',  'captured'],
  ['no answer, and it was not done',          { fault: 'hang' },                       'unknown',        'payUnknown',  'created'],
  ['pending, then captured',                  later(minute, 'SUCCESS'),                'pending',        'pending',     'captured'],
  ['pending, captured after the quiet time',  later(5 * minute, 'SUCCESS'),            'pending',        'pending',     'captured'],
  ['pending, then declined',                  later(minute, 'DECLINED'),               'pending',        'pending',     'declined'],
  ['pending, then failed',                    later(minute, 'FAILURE'),                'pending',        'pending',     'declined'],
  ['cut off, charged before the first look',  { fault: 'lateCommit', ms: minute },     'unknown',        'payUnknown',  'captured'],
  ['cut off, charged between the two looks',  { fault: 'lateCommit', ms: 200_000 },    'unknown',        'payUnknown',  'captured'],
  ['cut off, declined between the two looks', { fault: 'lateCommit', ms: 200_000, card: 'declined' }, 'unknown', 'payUnknown', 'declined'],

  ['400 in the gateway’s envelope',           status(400, envelope),                   'GatewayRefused', 'created',     'created'],
  ['401 in the gateway’s envelope',           status(401, envelope),                   'GatewayRefused', 'created',     'created'],
  ['403 in the gateway’s envelope',           status(403, envelope),                   'GatewayRefused', 'created',     'created'],
  ['404 in the gateway’s envelope',           status(404, envelope),                   'SessionExpired', 'created',     'created'],
  ['422 in the gateway’s envelope',           status(422, envelope),                   'GatewayRefused', 'created',     'created'],
  ['400 in the envelope, with a decline',     status(400, { ...envelope, ...failure }),'declined',       'declined',    'declined'],
  ['402 in the envelope, with a decline',     status(402, { ...envelope, ...failure }),'declined',       'declined',    'declined'],
  ['400 in the envelope, with UNKNOWN',       status(400, { ...envelope, result: 'UNKNOWN' }), 'unknown', 'payUnknown', 'created'],
  ['402 in the envelope, without a result',   status(402, envelope),                   'unknown',        'payUnknown',  'created'],
  ['410 in the envelope',                     status(410, envelope),                   'unknown',        'payUnknown',  'created'],
  ['409 in the envelope',                     status(409, envelope),                   'unknown',        'payUnknown',  'created'],
  ['500 in the envelope, with a decline',     status(500, { ...envelope, ...failure }),'unknown',        'payUnknown',  'created'],
  ['200, FAILED, without a result',           status(200, { success: true, data: { [dialect]: { status: 'FAILED' } } }), 'declined', 'declined', 'declined'],
  ['200 that says neither yes nor no',        status(200, { success: true, data: {} }),'unknown',        'payUnknown',  'created'],
  ['200 in the envelope of a refusal',        status(200, envelope),                   'unknown',        'payUnknown',  'created'],
  ['200, captured, without an amount',        status(200, { success: true, data: { result: 'SUCCESS', [dialect]: { status: 'CAPTURED' } } }), 'unknown', 'payUnknown', 'created'],
];

  /** Answers that say nothing in the gateway's own words, whatever their code: any of them may hide a charge. */
  const wordless = [
    200, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504,
  ];
  const foreign = wordless.flatMap((code) =>
    [
      ['{}', status(code, {})] as const,
      ['HTML', status(code, html)] as const,
      ['an empty body', status(code)] as const,
    ].map(
      ([body, suffers]) => [`${code} with ${body}`, suffers, 'unknown', 'payUnknown', 'created'] as const,
    ),
  );

  /** Calls that are waited for in vain last as long as the timeout. */
  const isSlow = ({ fault, ms }: Suffers): boolean =>
    fault === 'hang' || (fault === 'delay' && ms === minute);
  /** Sweeps until well after the quiet period and the reading that must agree. */
  const tenMinutes = [minute, minute, minute, minute, 6 * minute] as const;

  const opensAndSuffers = async (shop: Shop, { card: is = 'approved', ...suffers }: Suffers) => {
    const session = await shop.openWithCard(is);
    if (suffers.fault !== 'none') await shop.fault('pay', suffers);
    return session;
  };

  /** The payment, the ledger, the goods and the mail agree; a payment that took nothing takes another card. */
  const endsInOneCharge = async (shop: Shop, end: PaymentState) => {
    expect((await shop.payment()).states.payment).toBe(end);
    if (end !== 'captured') {
      expect(await shop.charges()).toEqual([]);
      expect(shop.released).toEqual([]);
      expect(await shop.pays('approved')).toBe('captured');
    }
    await shop.sweepsAfter(hour, day, 2 * day, day);
    const { id, states, captured } = await shop.payment();
    expect(states).toEqual({ payment: 'captured', fulfilment: 'fulfilled' });
    expect(captured).toEqual({ minor: 9999, currency: 'USD' });
    expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
    expect(shop.released).toEqual([id]);
    expect(shop.written).toEqual(['ann@example.com']);
  };

  describe('A pay that suffers', () => {
    it.each([...faults, ...foreign])('%s', async (_title, suffers, answer, then, end) => {
      const shop = await open(isSlow(suffers) ? { timeoutMs: 1_000 } : {});
      const session = await opensAndSuffers(shop, suffers);
      expect(await shop.submit(session)).toBe(answer);
      expect((await shop.payment()).states.payment).toBe(then);
      expect(await shop.submit(session)).toBe(answer);
      await shop.sweepsAfter(...tenMinutes);
      expect(await shop.paysSent()).toEqual([expect.stringMatching(wire.pay)]);
      await endsInOneCharge(shop, end);
    });
  });

  /** The gateway did what was asked, and its answer was spoilt behind it. */
  const spoils: readonly (readonly [string, Spoil])[] = [
    ['502 of a proxy', () => ({ status: 502, body: html })],
    ['409 of a proxy that saw it twice', () => ({ status: 409, body: JSON.stringify(envelope) })],
    ['a redirect of a proxy', () => ({ status: 303, body: '', location: '/elsewhere' })],
    ['more than a megabyte', ({ body }) => ({ status: 200, body: body + ' '.repeat(1_000_000) })],
    ['an empty body', () => ({ status: 200, body: '' })],
    ['an answer about another session', ({ body }) => spoilt(body, { session: { id: 'SESSION-OF-ANN' } })],
    ['a status that nobody knows', ({ body }) => spoilt(body, { status: 'TELEPORTED' })],
    ['a result that contradicts the status', ({ body }) => spoilt(body, { result: 'PENDING' })],
    ['an amount that is no number', ({ body }) => spoilt(body, { amount: 'a lot', requestedAmount: '?' })],
  ];
  const spoilt = (body: string, fields: object) => {
    const answer = JSON.parse(body) as { data: object };
    return { status: 200, body: JSON.stringify({ ...answer, data: { ...answer.data, ...fields } }) };
  };

  describe('A charge whose answer became', () => {
    it.each(spoils)('%s is found by reading', async (_title, spoil) => {
      const shop = await open({ spoil });
      const session = await shop.openWithCard();
      expect(await shop.submit(session)).toBe('unknown');
      expect((await shop.payment()).states.payment).toBe('payUnknown');
      expect(await shop.submit(session)).toBe('unknown');
      await shop.sweepsAfter(...tenMinutes);
      expect(await shop.paysSent()).toHaveLength(1);
      await endsInOneCharge(shop, 'captured');
    });
  });

  describe('A pay whose answer does not match the order', () => {
    it.each([
      ['another amount', charge(dialect, 0.99), 'pay of 0.99 USD, asked for 99.99 USD'],
      ['another order', charge(dialect, 99.99, 'LAMP-2'), 'the answer names another order'],
      ['another currency', charge(dialect, 99.99), 'pay of 99.99 EUR, asked for 99.99 USD'],
    ])('names %s: a person must look, and no goods are released', async (what, body, reason) => {
      const shop = await open();
      const currency = what === 'another currency' ? 'EUR' : 'USD';
      const session = await opensAndSuffers(shop, status(200, { ...body, data: { ...body.data, currency } }));
      expect(await shop.submit(session)).toBe('mismatched');
      await shop.sweepsAfter(minute, hour, day, 3 * day);
      const { states, attention } = await shop.payment();
      expect(states).toEqual({ payment: 'needsAttention', fulfilment: 'notDue' });
      expect(attention).toMatchObject({ kind: 'mismatched', reason });
      expect(shop.released).toEqual([]);
      expect(await shop.paysSent()).toHaveLength(1);
    });
  });

  describe('A pay that never reached the gateway', () => {
    const folders: string[] = [];
    afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

    it('was surely not sent: the same session pays when the gateway is back', async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'simulator-'));
      folders.push(dataDir);
      const shop = await open({ dataDir });
      const session = await shop.openWithCard();
      await shop.simulator.close();
      expect(await shop.submit(session)).toBe('NotSent');
      expect((await shop.payment()).states.payment).toBe('sessionOpen');
      expect(await shop.submit(session)).toBe('NotSent');
      await restart(shop, dataDir);
      expect(await shop.paysSent()).toEqual([]);
      await shop.types(session);
      expect(await shop.submit(session)).toBe('captured');
      expect(await shop.paysSent()).toHaveLength(1);
      expect((await shop.payment()).attempts.map(({ outcome }) => outcome)).toEqual([
        'notSent',
        'notSent',
        'captured',
      ]);
      await endsInOneCharge(shop, 'captured');
    });
  });

  /** No reading tells what came of these: after three days a person must decide. */
  const unresolved: readonly (readonly [string, Suffers, Answer])[] = [
    ['a card whose result is UNKNOWN', card('resultUnknown'), 'unknown'],
    ['a card whose result is ERROR', card('resultError'), 'unknown'],
    ['pending, then UNKNOWN', later(minute, 'UNKNOWN'), 'pending'],
    ['pending, then ERROR', later(minute, 'ERROR'), 'pending'],
    ['pending for ever', later(30 * day, 'SUCCESS'), 'pending'],
  ];

  describe('A pay that the gateway itself does not know the end of', () => {
    it.each(unresolved)(
      '%s, stays open for three days, and then a person must decide',
      async (_title, suffers, answer) => {
        const shop = await open();
        const session = await opensAndSuffers(shop, suffers);
        expect(await shop.submit(session)).toBe(answer);
        await shop.sweepsAfter(...tenMinutes, hour, 6 * hour, day);
        expect(['payUnknown', 'pending']).toContain((await shop.payment()).states.payment);
        expect((await shop.module.openPaySession.execute(shop.key))._unsafeUnwrapErr().type).toBe(
          'NotPayable',
        );
        await shop.sweepsAfter(day, day);
        const { states, attention } = await shop.payment();
        expect(states).toEqual({ payment: 'needsAttention', fulfilment: 'notDue' });
        expect(attention?.kind).toBe('unresolved');
        expect(await shop.paysSent()).toHaveLength(1);
        expect(await shop.charges()).toEqual([]);
        expect(shop.released).toEqual([]);
      },
    );
  });

  describe('Readings that find nothing', () => {
    it('prove it only after the quiet period, and a minute apart, however many there are', async () => {
      const shop = await open();
      const session = await opensAndSuffers(shop, { fault: 'lateCommit', ms: 209 * second });
      await shop.submit(session);
      const readsOften = async () => {
        for (let time = 0; time < 5; time += 1) await shop.module.confirmPayment.execute(shop.key);
        expect((await shop.payment()).states.payment).toBe('payUnknown');
      };
      await readsOften();
      await shop.timePasses(149 * second);
      await readsOften();
      await shop.timePasses(second);
      await readsOften();
      await shop.timePasses(58 * second);
      await readsOften();
      await shop.sweepsAfter(2 * second);
      await endsInOneCharge(shop, 'captured');
    });
  });

  /** Later than any call can live at the gateway, as its operators have it; it happens all the same. */
  describe('A charge that comes after it was found that nothing was charged', () => {
    const isFoundNotCharged = async () => {
      const shop = await open();
      const session = await opensAndSuffers(shop, { fault: 'lateCommit', ms: 30 * minute });
      expect(await shop.submit(session)).toBe('unknown');
      await shop.sweepsAfter(...tenMinutes);
      expect((await shop.payment()).states.payment).toBe('created');
      return shop;
    };

    it('is found within the hour, and a person must decide; no goods are released', async () => {
      const shop = await isFoundNotCharged();
      await shop.sweepsAfter(hour, day, 3 * day);
      const { states, attention, captured } = await shop.payment();
      expect(states).toEqual({ payment: 'needsAttention', fulfilment: 'notDue' });
      expect(attention?.kind).toBe('chargeFound');
      expect(captured.minor).toBe(9999);
      expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
      expect(shop.released).toEqual([]);
    });

    it('beside a second card that paid: a person must decide, and the goods were released once', async () => {
      const shop = await isFoundNotCharged();
      expect(await shop.pays('approved')).toBe('captured');
      await shop.sweepsAfter(hour, day, 3 * day);
      const { id, states, attention, captured } = await shop.payment();
      expect(states).toEqual({ payment: 'needsAttention', fulfilment: 'fulfilled' });
      expect(attention?.kind).toBe('chargeFound');
      expect(captured.minor).toBe(2 * 9999);
      expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD', 'LAMP-1 99.99 USD']);
      expect(shop.released).toEqual([id]);
      expect(shop.written).toEqual(['ann@example.com']);
    });

    it('while the payer types a second card, which the gateway then refuses: a person must decide', async () => {
      const shop = await isFoundNotCharged();
      await shop.timePasses(15 * minute);
      const session = await shop.openWithCard();
      await shop.timePasses(10 * minute);
      expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
      expect(await shop.submit(session)).toBe('GatewayRefused');
      await shop.sweepsAfter(hour, day, 3 * day);
      expect((await shop.payment()).states).toEqual({ payment: 'needsAttention', fulfilment: 'notDue' });
      expect(await shop.charges()).toEqual(['LAMP-1 99.99 USD']);
      expect(shop.released).toEqual([]);
    });
  });
});
