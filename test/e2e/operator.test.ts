/** An operator moves money on the shop's pages, in a real browser, on today's gateway; webhooks come in while it happens. */
import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.ts';
import { inAShop } from './in-a-shop.ts';
import { goodCard, type Payer } from './payer.ts';

const given = inAShop({ PRAHSYS_DIALECT: 'payment', PRAHSYS_TIMEOUT_MS: '5000' });

/** Where somebody may look at what the tests saw. */
const pictures = '.cache/e2e';

const paidOrder = async (payer: Payer): Promise<string> => {
  const orderId = await payer.checkOut();
  await payer.pay(goodCard);
  await payer.seesReceipt();
  return orderId;
};

const shown = async ({ page }: Payer, id: string): Promise<string> => page.locator(`#${id}`).innerText();

describe('An operator', () => {
  it('gives a part back: asked with the amount, done by one click of two, told, and seen by the customer', async () => {
    const { payer, gateway } = given;
    const orderId = await paidOrder(payer);
    const operator = await given.operator();
    const { page } = operator;
    await operator.goTo(`/operator/orders/${orderId}`);
    expect(await page.getByLabel('Refund, in USD').inputValue()).toBe('64.00');
    expect(await page.getByLabel('Refund, in USD').getAttribute('max')).toBe('64.00');
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/operator-money.png`, fullPage: true });

    await page.getByLabel('Refund, in USD').fill('10.00');
    await page.getByRole('button', { name: 'Refund…' }).click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Refund $10.00?');
    expect(await gateway.charges(orderId)).toHaveLength(1);
    await page.screenshot({ path: `${pictures}/operator-question.png`, fullPage: true });
    await page.locator('#do-it').dblclick();
    await page.locator('#request[data-outcome=done]').waitFor();
    expect(await page.locator('#request').innerText()).toContain('The refund, $10.00: done');
    expect([await shown(operator, 'refunded'), await shown(operator, 'to-refund')]).toEqual([
      '$10.00',
      '$54.00',
    ]);
    await page.screenshot({ path: `${pictures}/operator-done.png`, fullPage: true });
    await page.reload();
    // Back to the question, and yes again: it is the same refund.
    await page.goBack();
    await page.locator('#do-it').click();
    await page.locator('#request[data-outcome=done]').waitFor();
    expect(await gateway.charges(orderId)).toMatchObject([
      { operation: 'PAY', amount: '64.00' },
      { operation: 'REFUND', amount: '10.00' },
    ]);

    await payer.goTo(`/orders/${orderId}`);
    await payer.sees('partially_refunded');
    expect(await shown(payer, 'refunded')).toBe('$10.00');
    await payer.page.screenshot({ path: `${pictures}/customer-refunded.png`, fullPage: true });
  });

  it('cannot type more than is left', async () => {
    const { payer, gateway } = given;
    const orderId = await paidOrder(payer);
    const operator = await given.operator();
    await operator.goTo(`/operator/orders/${orderId}`);
    await operator.page.getByLabel('Refund, in USD').fill('64.01');
    await operator.page.getByRole('button', { name: 'Refund…' }).click();
    const isValid = (input: HTMLInputElement) => input.validity.valid;
    expect(await operator.page.getByLabel('Refund, in USD').evaluate(isValid)).toBe(false);
    await operator.goTo(`/operator/orders/${orderId}/refund?key=refund-by-hand&amount=64.01`);
    expect(await operator.page.getByRole('alert').innerText()).toContain('Only $64.00 are left');
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });

  it('sees a refund that was made at the gateway’s own pages, since a webhook told of it', async () => {
    const { payer, gateway } = given;
    const orderId = await paidOrder(payer);
    const operator = await given.operator();
    await gateway.refundsElsewhere(orderId, 4);
    const refunded = async () => {
      await operator.goTo(`/operator/orders/${orderId}`);
      return shown(operator, 'refunded');
    };
    expect(await eventually(refunded, (text) => text === '$4.00')).toBe('$4.00');
  });
});

describe('A webhook', () => {
  it('that comes before the answer of its pay shows the payer the receipt, charged once and packed once', async () => {
    const { payer, gateway } = given;
    const orderId = await payer.checkOut();
    await gateway.fault({ operation: 'pay', fault: 'hang', charge: true });
    const tab = await payer.context.newPage();
    await payer.pay(goodCard);
    await gateway.payArrives(orderId);
    // The answer never comes, and nobody but the webhook makes the shop look before the page of the order is opened.
    await eventually(
      async () => (await tab.goto(`${given.shop.url}/orders/${orderId}`), tab.content()),
      (page) => page.includes('data-status="captured"'),
    );
    await payer.seesReceipt(tab);
    await payer.seesOrderPacked(tab);
    await payer.seesReceipt();
    expect(await gateway.pays(orderId)).toHaveLength(1);
    expect(await gateway.charges(orderId)).toHaveLength(1);
  });
});
