// Card numbers, a security code and the secret key are planted wherever a payer, a host or the gateway can put them. None may be found
// in what the module stores, tells, answers or sends.
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { ResultAsync } from 'neverthrow';
import { createPayments } from '../../src/container/create-payments.ts';
import type { OrderData } from '../../src/domain/payment/order.ts';
import { aShop, hour, minute, type ShopOptions } from './a-shop.ts';
import { dialects, wires } from './dialects.ts';

/** What the payer types into the hosted fields. */
const typed = {
  number: '378282246310005',
  expiryMonth: '01',
  expiryYear: '39',
  securityCode: '7392',
  nameOnCard: 'Ann',
};
/** What somebody wrote where no card number belongs; some people group their digits. */
const number = '5123450000000008';
const groups = '5123 4500 0000 0008';
const dashes = '5123-4500-0000-0008';
const spellings = [number, groups, dashes];
/** The simulator's key. */
const apiKey = 'sk_test_paysession_simulator';

const secrets: readonly (readonly [string, RegExp])[] = [
  ['the planted number', /5123[\s-]*4500[\s-]*0000[\s-]*0008/],
  ['the typed number', /378282246310005/],
  // Four digits stand in ids and times by chance; as a value of its own they may not.
  ['the typed security code', /(?<![\w.])7392(?!\w)/],
  ['the secret key', /sk_test_paysession_simulator/],
];

const expectNoSecretIn = (what: string, text: string) => {
  for (const [secret, shape] of secrets) {
    const at = text.search(shape);
    if (at >= 0) throw new Error(`${secret} is in ${what}: …${text.slice(Math.max(0, at - 80), at + 60)}…`);
  }
};
/** As a log would write it: by inspection, as JSON and as text. */
const spoken = (value: unknown): string =>
  [
    inspect(value, { depth: 20, showHidden: true, maxStringLength: null }),
    JSON.stringify(value),
    String(value),
  ].join('\n');

/** Everything that the module answered is kept, and looked through with what it stored, told and sent. */
const watched = async (options: ShopOptions) => {
  const shop = await aShop(options);
  const answers: unknown[] = [];
  const ask = async <T, E>(answer: ResultAsync<T, E>) => {
    const result = await answer;
    answers.push(result.isOk() ? result.value : result.error);
    return result;
  };
  const { module, key } = shop;
  return {
    ...shop,
    ask,
    pays: async () => {
      const opened = await ask(module.openPaySession.execute(key));
      if (opened.isErr()) return opened.error.type;
      const sessionId = opened.value.session.id;
      await shop.types(sessionId, typed);
      const submitted = await ask(module.submitPayment.execute({ ...key, sessionId, revision: null }));
      return submitted.match(
        ({ attempt }) => attempt.outcome,
        ({ type }) => type,
      );
    },
    /** The stored payment, its history and why; every answer; every request; what the host was given; the module itself. */
    expectNoSecret: async () => {
      await ask(module.findPayment.execute(key));
      await ask(shop.payments.findDue(Number.MAX_SAFE_INTEGER, 10));
      answers.forEach((answer, index) => expectNoSecretIn(`answer ${index}`, spoken(answer)));
      for (const path of ['requests', 'charges']) {
        const told = await fetch(`${shop.simulator.url}/_simulator/${path}`);
        expectNoSecretIn(`the simulator's ${path}`, await told.text());
      }
      expectNoSecretIn('what the host was given', spoken([shop.released, shop.written]));
      expectNoSecretIn('the module', spoken(module));
      return answers.length;
    },
  };
};

describe('The search for secrets', () => {
  it.each([...spellings, typed.number, 'cvv: 7392', apiKey])('finds %j wherever it stands', (secret) => {
    const hidden = { a: [{ b: new Map([['c', { d: `it is ${secret}.` }]]) }] };
    expect(() => expectNoSecretIn('a value', spoken(hidden))).toThrow(/ is in a value/);
    expect(() => expectNoSecretIn('an error', spoken(new Error('x', { cause: secret })))).toThrow();
  });
});

describe.each(dialects)('In the %s dialect:', (dialect) => {
  const watchedHere = (options: ShopOptions = {}) => watched({ dialect, ...options });
  const { read } = wires[dialect];

  describe('A card that the payer types', () => {
    it('is nowhere but in the gateway, paid or declined', async () => {
      const shop = await watchedHere();
      expect(await shop.pays()).toBe('captured');
      await shop.sweepsAfter(minute, hour);
      expect(await shop.expectNoSecret()).toBeGreaterThan(3);
    });

    it.each(['dropAfter', 'dropBefore', 'truncate'])('is nowhere after %s', async (fault) => {
      const shop = await watchedHere();
      await shop.fault('pay', { fault });
      expect(await shop.pays()).toBe('unknown');
      await shop.sweepsAfter(3 * minute, minute, hour);
      await shop.expectNoSecret();
    });
  });

  describe('A card number or a key that a host writes', () => {
    /** Free text is scrubbed and sold; what cannot be scrubbed is refused. */
    const inOrder: readonly (readonly [string, Partial<OrderData>, 'captured' | 'InvalidOrder'])[] = [
      ...spellings.map(
        (text) => [`the description (${text})`, { description: `Card ${text}, thanks` }, 'captured'] as const,
      ),
      ...spellings.map((text) => [`the reference (${text})`, { reference: text }, 'captured'] as const),
      ['the description (key)', { description: `Key ${apiKey}` }, 'captured'],
      ['the reference (key)', { reference: apiKey }, 'captured'],
      ['the e-mail’s local part', { customerEmail: `${number}@example.com` }, 'InvalidOrder'],
      ['the e-mail’s local part, in groups', { customerEmail: `${dashes}@example.com` }, 'InvalidOrder'],
      ['the e-mail’s domain', { customerEmail: `ann@${number}.example.com` }, 'InvalidOrder'],
      ['the amount', { amount: number }, 'InvalidOrder'],
      ['the currency', { currency: number }, 'InvalidOrder'],
      ['the language', { language: `en-${number.slice(0, 8)}-${number.slice(8)}` }, 'InvalidOrder'],
    ];

    it.each(inOrder)('into %s goes nowhere', async (_field, order, answer) => {
      const shop = await watchedHere({ order });
      expect(await shop.pays()).toBe(answer);
      await shop.sweepsAfter(minute, hour);
      await shop.expectNoSecret();
    });

    it.each([...spellings, apiKey])('into an error that it throws (%s) goes nowhere', async (secret) => {
      const angry = () => Promise.reject(new Error(`Cannot do it for ${secret}`));
      for (const host of [{ fulfilment: angry }, { confirmations: angry }]) {
        const shop = await watchedHere({ host });
        expect(await shop.pays()).toBe('captured');
        const released = await shop.ask(shop.module.fulfilOrder.execute(shop.key));
        const written = await shop.ask(shop.module.sendConfirmation.execute(shop.key));
        expect(released.isErr() || written.isErr()).toBe(true);
        await shop.sweepsAfter(minute, hour);
        await shop.expectNoSecret();
      }

      const lost = await watchedHere({ host: { orders: angry } });
      expect(await lost.pays()).toBe('OrdersUnavailable');
      await lost.expectNoSecret();
    });

    it('into the options is in no error that they cause', () => {
      for (const prahsys of [
        { merchantId: number, apiKey: `pk_${apiKey}` },
        { merchantId: 'MERCHANT-1', apiKey: `${apiKey} ${apiKey}` },
        { merchantId: 'MERCHANT-1', apiKey, apiUrl: `http://${apiKey}:${number}@127.0.0.1` },
        { merchantId: 'TESTER', apiKey: apiKey.replace('test', 'live'), apiUrl: 'http://127.0.0.1:1' },
      ]) {
        const create = () => {
          const never = () => Promise.reject(new Error('not asked'));
          createPayments({
            prahsys,
            orders: never,
            fulfilment: never,
            confirmations: never,
            sweepEveryMs: 0,
          });
        };
        let thrown: unknown;
        try {
          create();
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(Error);
        expectNoSecretIn('the error', spoken(thrown).replaceAll('sk_live', 'sk_test'));
      }
    });
  });

  describe('A card number or a key that the gateway answers', () => {
    const secret = `${groups}, ${number}, ${dashes}, csc 7392, Bearer ${apiKey}`;
    /** Text that is kept as a reason. Three or four digits alone look like any others, so no security code is in it. */
    const plainSecret = `${groups}, ${number}, ${dashes}, Bearer ${apiKey}`;
    const bodies: readonly (readonly [string, number, unknown])[] = [
      ['an error', 422, { success: false, message: plainSecret, errors: { [number]: [secret] } }],
      ['an error of the server', 500, { success: false, message: secret }],
      ['a page', 502, `<h1>${secret}</h1>`],
      ['a page with 200', 200, `<h1>${secret}</h1>`],
      [
        'the reason of a decline',
        200,
        { success: true, data: { result: 'FAILURE', response: { gatewayCode: groups } } },
      ],
      [
        'the code of a decline',
        402,
        { success: false, message: secret, data: { result: 'FAILURE', errorCode: `${dashes} ${apiKey}` } },
      ],
      ['a status', 200, { success: true, data: { result: 'PENDING', status: plainSecret } }],
      ['a result', 200, { success: true, data: { result: plainSecret } }],
      [
        'the order',
        200,
        {
          success: true,
          data: {
            result: 'SUCCESS',
            status: 'CAPTURED',
            amount: number,
            currency: 'USD',
            [dialect]: { id: number },
          },
        },
      ],
      [
        'an amount',
        200,
        {
          success: true,
          data: {
            result: 'SUCCESS',
            status: 'CAPTURED',
            amount: number,
            currency: groups,
            [dialect]: { id: 'LAMP-1' },
          },
        },
      ],
      [
        'the id of a charge',
        200,
        {
          success: true,
          data: {
            id: `Card ${groups}`,
            result: 'SUCCESS',
            requestedAmount: 99.99,
            currency: 'USD',
            [dialect]: { id: 'LAMP-1', status: 'CAPTURED' },
          },
        },
      ],
      [
        'the whole card',
        200,
        { success: true, data: { sourceOfFunds: { provided: { card: { number, securityCode: '7392' } } } } },
      ],
    ];

    it.each(bodies)('to a pay, as %s, goes nowhere', async (_title, status, body) => {
      const shop = await watchedHere();
      await shop.fault('pay', { fault: 'status', status, body });
      await shop.pays();
      await shop.sweepsAfter(3 * minute, minute, hour);
      await shop.expectNoSecret();
    });

    it.each(bodies)('to a reading, as %s, goes nowhere', async (_title, status, body) => {
      const shop = await watchedHere();
      await shop.fault('pay', { fault: 'dropBefore' });
      await shop.fault(read, { fault: 'status', status, body, times: 100 });
      expect(await shop.pays()).toBe('unknown');
      await shop.sweepsAfter(3 * minute, minute, hour, 24 * hour, 24 * hour, 24 * hour);
      expect((await shop.payment()).states.payment).not.toBe('paying');
      await shop.expectNoSecret();
    });

    it.each(bodies)(
      'to the opening or the update of a session, as %s, goes nowhere',
      async (_title, status, body) => {
        const shop = await watchedHere();
        await shop.fault('createSession', { fault: 'status', status, body });
        await shop.ask(shop.module.openPaySession.execute(shop.key));
        await shop.ask(shop.module.openPaySession.execute(shop.key));
        shop.priceIs('120.00');
        await shop.fault('updateSession', { fault: 'status', status, body });
        await shop.fault('createSession', { fault: 'status', status, body });
        await shop.ask(shop.module.updatePaySession.execute(shop.key));
        await shop.expectNoSecret();
      },
    );
  });
});
