/** Two shops on one database, both killed in the middle of many orders: afterwards every page agrees with the gateway's ledger. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { type TestDatabase, testDatabase } from '../../postgres/database.ts';
import { control, declinedCard, eventually, paidCard, Visitor } from './running-shop.ts';
import { type ShopProcess, startShopProcess } from './shop-process.ts';

jest.setTimeout(180_000);

/** In each dialect so many orders, and so many payers who have gone home when the shops are killed. */
const dialects = [
  { dialect: 'order', orders: 200, killedAfter: 70 },
  { dialect: 'payment', orders: 100, killedAfter: 35 },
] as const;
/** So many payers are at work at a time. */
const crowd = 16;

type View = Readonly<{ status: string; fulfilment: string }>;
type Charge = Readonly<{ orderId: string; amount: string }>;

/** Asks again as long as the shop answers that it is to be asked again soon: on a busy machine the gateway is slow at times. */
const untilHeard = (ask: () => Promise<Response>): Promise<Response> =>
  eventually(ask, ({ status }) => status !== 503, 20_000);

/** Somebody who buys one pen; every fifth has a card that is declined. */
class Payer {
  readonly visitor: Visitor;
  readonly #card: object;
  orderId = '';
  /** Whether it was waiting for the answer to its payment when the shop broke down. */
  wasPaying = false;
  /** What the shop failed it with the last time. */
  failure: unknown;

  constructor(index: number, shop: ShopProcess) {
    this.visitor = new Visitor(shop);
    this.#card = index % 5 === 0 ? declinedCard : paidCard;
  }

  /** Rejects when the shop breaks down. Called again, it goes on where it was, and never pays what is not known to be unpaid. */
  async buy(): Promise<void> {
    if (this.orderId === '') this.orderId = await this.visitor.order();
    const known = await eventually(
      () => this.view(),
      (view) => view?.status !== 'processing',
      30_000,
    );
    if (known !== null && known.status !== 'awaiting_payment') return;
    await untilHeard(() => this.visitor.openCheckout(this.orderId));
    const sessionId = await this.visitor.typeCard(this.orderId, this.#card);
    this.wasPaying = true;
    await untilHeard(() => this.visitor.send('POST', `/payments/orders/${this.orderId}/pay`, { sessionId }));
    this.wasPaying = false;
  }

  /** What the payment routes say; null before the checkout was opened. */
  async view(): Promise<View | null> {
    const response = await this.visitor.fetch(`/payments/orders/${this.orderId}`);
    return response.status === 404 ? null : ((await response.json()) as View);
  }
}

/** Lets all of them buy, some at a time. `gone` is told when one has ended; answers those whom the shop failed. */
const letBuy = async (payers: readonly Payer[], gone: () => void): Promise<readonly Payer[]> => {
  const queue = [...payers];
  const failed: Payer[] = [];
  const one = async () => {
    for (let payer = queue.shift(); payer !== undefined; payer = queue.shift()) {
      payer.failure = await payer.buy().catch((error: unknown) => error);
      if (payer.failure !== undefined) failed.push(payer);
      gone();
    }
  };
  await Promise.all(Array.from({ length: crowd }, one));
  return failed;
};

const isOver = (view: View | null): boolean =>
  view?.status === 'declined' || (view?.status === 'captured' && view.fulfilment === 'fulfilled');

const title =
  '$orders orders in the $dialect dialect at two shops on one database, both killed with -9 and started again';
describe.each(dialects)(title, ({ dialect, orders, killedAfter }) => {
  let database: TestDatabase;
  let simulator: Simulator;
  let shops: readonly [ShopProcess, ShopProcess];
  let payers: readonly Payer[];
  let charges: readonly Charge[];

  const startTwo = (): Promise<[ShopProcess, ShopProcess]> => {
    const environment = {
      DATABASE_URL: database.url,
      PRAHSYS_DIALECT: dialect,
      PRAHSYS_MERCHANT_ID: simulator.merchantId,
      PRAHSYS_API_KEY: simulator.apiKey,
      PRAHSYS_API_URL: simulator.url,
      PRAHSYS_SCRIPT_URL: simulator.url,
      PRAHSYS_TIMEOUT_MS: '2000',
      PRAHSYS_QUIET_MS: '2500',
    };
    return Promise.all([startShopProcess(environment), startShopProcess(environment)]);
  };

  beforeAll(async () => {
    [database, simulator] = await Promise.all([testDatabase(), startSimulator()]);
    shops = await startTwo();
    // The gateway takes its time, so that charges are under way when the shops die.
    const slow = { operation: 'pay', fault: 'delay', ms: 150, times: orders };
    await control(shops[0], 'POST', 'faults', slow);
    payers = Array.from({ length: orders }, (_, index) => new Payer(index, shops[index % 2 === 0 ? 0 : 1]));

    let left = killedAfter;
    let killed: Promise<unknown> = Promise.resolve();
    const failed = await letBuy(payers, () => {
      left -= 1;
      if (left === 0) killed = Promise.all(shops.map((shop) => shop.kill('SIGKILL')));
    });
    await killed;
    expect(failed.some(({ wasPaying }) => wasPaying)).toBe(true);

    shops = await startTwo();
    // Everybody finds the shop that it did not know.
    payers.forEach((payer, index) => payer.visitor.moveTo(shops[index % 2 === 0 ? 1 : 0]));
    const failedAgain = await letBuy(failed, () => undefined);
    expect(failedAgain.map(({ orderId, failure }) => [orderId, failure])).toEqual([]);
    for (const payer of payers) await eventually(() => payer.view(), isOver, 45_000);
    charges = (await control(shops[0], 'GET', 'charges')) as Charge[];
  });
  afterAll(async () => {
    await Promise.all(shops.map((shop) => shop.kill('SIGTERM')));
    await simulator.close();
    await database.close();
  });

  it('were charged once each, or not at all where the card was declined', () => {
    const paid = payers.filter((_, index) => index % 5 !== 0).map(({ orderId }) => orderId);
    expect(charges.map(({ orderId }) => orderId).sort()).toEqual(paid.sort());
    expect(new Set(charges.map(({ amount }) => amount))).toEqual(new Set(['64.00']));
  });

  it('are shown as the ledger has them, by the payment routes and by the pages', async () => {
    for (const { orderId, visitor } of payers) {
      const isCharged = charges.some((charge) => charge.orderId === orderId);
      const response = await visitor.fetch(`/payments/orders/${orderId}`);
      const { status } = (await response.json()) as View;
      const page = await visitor.page(`/orders/${orderId}`);
      const shown = /data-status="(\w+)"/.exec(page)?.[1];
      const word = isCharged ? 'captured' : 'declined';
      expect({ orderId, status, shown }).toEqual({ orderId, status: word, shown: word });
      expect([orderId, page.includes('data-event="fulfilled"')]).toEqual([orderId, isCharged]);
    }
  });

  it('were packed once each when they were charged, and no other was', async () => {
    const { rows } = await database.pool.query<{ id: string; packed: number }>(
      `select id, count(*)::integer as packed from shop.shop_order
       join paysession.payment_event on order_id = id and document ->> 'type' = 'fulfilled'
       where packed_key is not null group by id`,
    );
    expect(rows.map(({ id }) => id).sort()).toEqual(charges.map(({ orderId }) => orderId).sort());
    expect(rows.filter(({ packed }) => packed !== 1)).toEqual([]);
    const unpaid = await database.pool.query(
      `select id from shop.shop_order where packed_key is not null and not exists (
         select from paysession.payment where order_id = id and payment_state = 'captured')`,
    );
    expect(unpaid.rows).toEqual([]);
    // Packing again is refused: whoever had tried to would have left that behind.
    const tried = await database.pool.query(
      `select output from paysession_jobs.job where output::text like '%packed already%'`,
    );
    expect(tried.rows).toEqual([]);
  });
});
