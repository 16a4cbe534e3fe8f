import assert from 'node:assert/strict';
import { errAsync, okAsync } from 'neverthrow';
import type { DueWorkSource } from '../application/due-work.ts';
import type { Webhook, WebhookInbox } from '../application/ports/webhooks.ts';
import { merchantId, type OrderId, orderId } from '../domain/payment/ids.ts';
import type { Runner } from './contract.ts';

const merchant = merchantId('MERCHANT-1')._unsafeUnwrap();
const anOrder = (id: string): OrderId => orderId(id)._unsafeUnwrap();

const aWebhook = (changes: Partial<Webhook> = {}): Webhook => ({
  merchantId: merchant,
  eventId: 'payments.payment.transaction.pay-1-1767225600',
  type: 'payments.payment.transaction.pay',
  orderId: anOrder('ORDER-1'),
  receivedAt: Date.UTC(2026, 0, 1),
  ...changes,
});

/** Waits until something holds, for ten seconds at most. */
const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 1000 && !holds(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert(holds(), 'waited in vain');
};

/** `triesAgain`: what has failed work tried again, where time alone does not. */
type InboxWorld = Readonly<{
  inbox: WebhookInbox & DueWorkSource;
  close: () => Promise<void>;
  triesAgain?: () => void;
}>;

/**
 * The contract of the port `WebhookInbox`, of a storage that hands out due work too. `make` gives an empty storage for each case, to which
 * nobody listens yet.
 */
export const webhookInboxContract = (
  { describe, it }: Runner,
  name: string,
  make: () => Promise<InboxWorld>,
): void => {
  /** Accepts webhooks, and answers of how many orders, and how often, a payment was to be confirmed. */
  const rule = (
    title: string,
    body: (
      accept: (webhook: Webhook) => Promise<'new' | 'known'>,
      confirmed: () => Promise<readonly string[]>,
    ) => Promise<void>,
  ): void =>
    it(title, async () => {
      const { inbox, close } = await make();
      const asked: string[] = [];
      inbox.start((work, { merchantId: of, orderId: order }) => {
        asked.push(`${work} ${of} ${order}`);
        return okAsync(undefined);
      });
      const accept = async (webhook: Webhook) => (await inbox.accept(webhook))._unsafeUnwrap();
      let markers = 0;
      /** What was due before is handed out before. */
      const confirmed = async (): Promise<readonly string[]> => {
        const marker = `MARKER-${(markers += 1)}`;
        assert.equal(await accept(aWebhook({ eventId: marker, orderId: anOrder(marker) })), 'new');
        await until(() => asked.some((each) => each.endsWith(marker)));
        return asked.filter((each) => !each.includes('MARKER'));
      };
      try {
        await body(accept, confirmed);
      } finally {
        await inbox.stop();
        await close();
      }
    });

  describe(`${name} keeps the contract of WebhookInbox`, () => {
    rule('takes an event once, and has the payment of its order confirmed', async (accept, confirmed) => {
      assert.equal(await accept(aWebhook()), 'new');
      assert.deepEqual(await confirmed(), ['confirmPayment MERCHANT-1 ORDER-1']);
    });

    rule('knows an event that comes again, and makes nothing due', async (accept, confirmed) => {
      assert.equal(await accept(aWebhook()), 'new');
      assert.equal((await confirmed()).length, 1);
      for (const hours of [1, 5, 28]) {
        const again = aWebhook({ receivedAt: aWebhook().receivedAt + hours * 3_600_000 });
        assert.equal(await accept(again), 'known');
      }
      assert.equal((await confirmed()).length, 1);
    });

    rule('takes one of eight deliveries at once', async (accept, confirmed) => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => accept(aWebhook())));
      assert.equal(answers.filter((answer) => answer === 'new').length, 1);
      assert.equal((await confirmed()).length, 1);
    });

    rule('keeps the events of two merchants apart', async (accept, confirmed) => {
      const other = merchantId('MERCHANT-2')._unsafeUnwrap();
      assert.equal(await accept(aWebhook()), 'new');
      assert.equal(await accept(aWebhook({ merchantId: other })), 'new');
      assert.deepEqual([...(await confirmed())].sort(), [
        'confirmPayment MERCHANT-1 ORDER-1',
        'confirmPayment MERCHANT-2 ORDER-1',
      ]);
    });

    rule('stores an event that is no order’s, and makes nothing due', async (accept, confirmed) => {
      const purge = aWebhook({ type: 'payments.merchant.purge', orderId: null });
      assert.equal(await accept(purge), 'new');
      assert.equal(await accept(purge), 'known');
      assert.deepEqual(await confirmed(), []);
    });

    rule('takes words and ids of any kind', async (accept, confirmed) => {
      for (const strange of ['☂', 'a\0b', '\ud800', "'; drop table webhook; --", 'x'.repeat(200)]) {
        assert.equal(await accept(aWebhook({ eventId: strange, type: strange })), 'new');
        assert.equal(await accept(aWebhook({ eventId: strange, type: strange })), 'known');
      }
      assert((await confirmed()).length >= 1);
    });

    it('has the payment confirmed again when that failed', async () => {
      const { inbox, close, triesAgain = () => undefined } = await make();
      let tries = 0;
      inbox.start(() => ((tries += 1) < 2 ? errAsync('the gateway is away') : okAsync(undefined)));
      try {
        assert.equal((await inbox.accept(aWebhook()))._unsafeUnwrap(), 'new');
        await until(() => {
          triesAgain();
          return tries >= 2;
        });
      } finally {
        await inbox.stop();
        await close();
      }
      assert.equal(tries, 2);
    });

    rule('confirms the payment after each event that finds it confirmed', async (accept, confirmed) => {
      for (const eventId of ['pay-1', 'refund-1', 'refund-2']) {
        const before = (await confirmed()).length;
        assert.equal(await accept(aWebhook({ eventId })), 'new');
        assert.equal((await confirmed()).length, before + 1);
      }
    });
  });
};
