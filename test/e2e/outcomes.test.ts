/**
 * What the gateway may answer to a pay, or not answer, and what the payer sees of it: the truth as soon as there is one, and no other
 * way to pay before. Short times, so that "nothing was charged" is proven while a test waits.
 */
import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.ts';
import { inAShop } from './in-a-shop.ts';
import { declinedCard, goodCard, type Payer } from './payer.ts';

const given = inAShop({ PRAHSYS_TIMEOUT_MS: '3000', PRAHSYS_QUIET_MS: '3500' });
const minute = 60_000;

/** Nothing on the page, and nothing that its script may send, pays the order now. */
async function expectNoOtherWayToPay(payer: Payer, orderId: string): Promise<void> {
  await payer.sees('processing');
  expect(await payer.page.locator('#why').innerText()).toContain('please do not pay again');
  expect(await payer.page.locator('#pay-now').count()).toBe(0);
  await payer.goTo(`/checkout/${orderId}`);
  await payer.sees('processing');
  for (const [method, path] of [
    ['POST', 'session'],
    ['PUT', 'session'],
  ] as const) {
    const refused = await payer.send(method, `/payments/orders/${orderId}/${path}`);
    expect(refused).toMatchObject({ status: 409, body: { status: 'processing' } });
  }
}

describe('When the gateway has not decided yet', () => {
  it('the payer waits on the page of the order, and sees that it was charged', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', fault: 'pendingThen', ms: minute });
    await payer.pay(goodCard);
    await expectNoOtherWayToPay(payer, orderId);
    expect(await gateway.charges(orderId)).toEqual([]);
    await gateway.timePasses(minute);
    await payer.seesReceipt();
    expect(await gateway.pays(orderId)).toHaveLength(1);
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });

  it('and then declines, the payer is told, and pays with another card', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', fault: 'pendingThen', ms: minute, result: 'DECLINED' });
    await payer.pay(goodCard);
    await payer.sees('processing');
    await gateway.timePasses(minute);
    await payer.sees('declined');
    expect(await payer.page.locator('#why').innerText()).toContain('You can try another card.');
    await payer.page.getByRole('link', { name: 'Go to payment' }).click();
    await payer.cardFormIsReady();
    await payer.pay(goodCard);
    await payer.seesReceipt();
    expect(await gateway.pays(orderId)).toHaveLength(2);
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });
});

describe('When the answer of the gateway is lost', () => {
  it.each([
    ['after the charge', { fault: 'dropAfter' }],
    ['half-way', { fault: 'truncate' }],
    ['because it never comes, though the card was charged', { fault: 'hang', charge: true }],
  ])('%s, the payer sees the truth when it was read back', async (_name, fault) => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', ...fault });
    await payer.pay(goodCard);
    await payer.seesReceipt();
    await payer.seesOrderPacked();
    expect(await gateway.pays(orderId)).toHaveLength(1);
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });

  it('and nothing was charged, another card is taken, but only after that is proven', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', fault: 'dropBefore' });
    await payer.pay(goodCard);
    await expectNoOtherWayToPay(payer, orderId);
    // Twice the quiet period, and the page's own pace.
    await payer.page.locator('#order-status[data-status=awaiting_payment]').waitFor({ timeout: 30_000 });
    expect(await payer.page.locator('#why').innerText()).toContain('Nothing was charged.');
    await payer.page.getByRole('link', { name: 'Go to payment' }).click();
    await payer.cardFormIsReady();
    await payer.pay(goodCard);
    await payer.seesReceipt();
    expect(await gateway.pays(orderId)).toHaveLength(2);
    expect(await gateway.charges(orderId)).toHaveLength(1);
  }, 60_000);

  it('a card of which the gateway says UNKNOWN lets no other card be tried, however often it is asked', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    const { sessionId } = (await payer.send('POST', `/payments/orders/${orderId}/session`)).body;
    await payer.pay({ ...goodCard, number: '4000000000009987' });
    await payer.sees('processing');
    // One dialect reads the session, the other the payment.
    const reads = async () =>
      (await Promise.all([gateway.requests(String(sessionId)), gateway.requests(orderId)]))
        .flat()
        .filter(({ method }) => method === 'GET').length;
    expect(await eventually(reads, (count) => count >= 3)).toBeGreaterThanOrEqual(3);
    await expectNoOtherWayToPay(payer, orderId);
    const again = await payer.send('POST', `/payments/orders/${orderId}/pay`, { sessionId });
    expect(again).toMatchObject({ status: 202, body: { status: 'processing' } });
    expect(await gateway.pays(orderId)).toHaveLength(1);
  });
});

describe('When a person has to decide', () => {
  it('the payer is told so and asked not to pay again, and the operator sees it first', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.chargesWrongly(orderId);
    await payer.pay(goodCard);
    await payer.sees('needs_attention');
    const notice = await payer.page.locator('#order-status').innerText();
    expect(notice).toContain('Being checked by a person');
    expect(notice).toContain('please do not pay again');
    expect(await payer.page.locator('#pay-now').count()).toBe(0);
    await payer.goTo(`/checkout/${orderId}`);
    await payer.sees('needs_attention');

    const operator = await given.operator();
    await operator.goTo('/operator');
    expect(await operator.page.locator(`#needs-person [data-order-id="${orderId}"]`).count()).toBe(1);
  });
});

describe('A gateway that surely did not charge', () => {
  it.each([
    ['refuses the call', { fault: 'status', status: 422, body: { success: false, message: 'no' } }],
    ['refuses the key', { fault: 'status', status: 401, body: { success: false, message: 'no' } }],
  ])('because it %s, leaves the payer with a form that takes the card again', async (_name, fault) => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', ...fault });
    await payer.pay(goodCard);
    await payer.isTold('No card can be taken now. Nothing was charged.');
    await payer.cardFormIsReady();
    await payer.pay(goodCard);
    await payer.seesReceipt();
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });

  it('since the network was away when Pay was pressed, is said not to have', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await payer.typeCard(goodCard);
    await payer.context.setOffline(true);
    await payer.payButton().click();
    await payer.isTold(/could not be sent. Nothing was charged.*The card form could not be loaded/);
    await payer.context.setOffline(false);
    await payer.page.getByRole('button', { name: 'Try again' }).click();
    await payer.cardFormIsReady();
    await payer.pay(goodCard);
    await payer.seesReceipt();
    expect(await gateway.pays(orderId)).toHaveLength(1);
  });

  it('after five declined cards no further one is taken, and the payer is told', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    for (let card = 1; card <= 4; card += 1) {
      await payer.pay(declinedCard);
      await payer.isTold('Your card was declined. Please try another card.');
      await payer.cardFormIsReady();
    }
    await payer.pay(declinedCard);
    await payer.sees('declined');
    expect(await payer.page.locator('#why').innerText()).toContain('No further card can be tried');
    expect(await payer.page.locator('#pay-now').count()).toBe(0);
    expect(await gateway.pays(orderId)).toHaveLength(5);
    expect(await gateway.charges(orderId)).toEqual([]);
  });
});
