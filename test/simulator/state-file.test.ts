// What a simulator with a folder finds again after a restart, and what never reaches the folder.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { dataOf, GOOD_CARD, ORDER, PAYMENT, startGateway } from './gateway-client.ts';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  folders.push(folder);
  return folder;
}

describe('a simulator with a folder', () => {
  it('finds sessions, orders, ledger, requests and its clock again', async () => {
    const dataDir = newFolder();
    const before = await startGateway({ dataDir });
    await before.control('POST', '/clock', { now: '2030-01-01T00:00:00Z' });
    const paid = await before.openWithCard();
    await before.pay(paid);
    const charges = await before.charges();
    await before.close();

    const after = await startGateway({ dataDir });
    expect(await after.charges()).toEqual(charges);
    expect(dataOf(await after.call('GET', `/session/${paid}`))).toMatchObject({ status: 'CAPTURED' });
    expect((await after.control('GET', '/requests')).body).toHaveLength(3);
    expect((await after.control('POST', '/clock', { advanceMs: 0 })).body).toMatchObject({
      now: expect.stringMatching(/^2030-01-01T00:0/),
    });
    expect(await after.pay(await after.openWithCard())).toMatchObject({
      body: { message: 'The order has been paid' },
    });
  });

  it('still books what was to come', async () => {
    const dataDir = newFolder();
    const before = await startGateway({ dataDir });
    const id = await before.openWithCard();
    await before.control('POST', '/faults', { operation: 'pay', fault: 'pendingThen', ms: 60_000 });
    await before.pay(id);
    await before.close();

    const after = await startGateway({ dataDir });
    expect(await after.charges()).toEqual([]);
    await after.control('POST', '/clock', { advanceMs: 60_000 });
    expect(await after.charges()).toMatchObject([{ orderId: ORDER.id, amount: '99.99' }]);
  });

  it('finds payments, what they wait for, and what was announced again', async () => {
    const dataDir = newFolder();
    const before = await startGateway({ dataDir, settings: { webhooks: 'hold' } });
    await before.useCard('pay', PAYMENT, { ...GOOD_CARD, number: '4242424242424242', securityCode: '987' });
    await before.control('POST', '/faults', { operation: 'refund', fault: 'pendingThen', ms: 60_000 });
    await before.operate('refund', { amount: 10 });
    const payment = await before.payment();
    const { body: webhooks } = await before.control('GET', '/webhooks');
    await before.close();
    expect(readFileSync(join(dataDir, 'simulator.json'), 'utf8')).not.toMatch(/4242424242424242|"987"/);

    const after = await startGateway({ dataDir });
    expect(await after.payment()).toEqual(payment);
    expect(payment).toMatchObject({ status: 'REFUND_PENDING', refundableAmount: 89.99 });
    expect((await after.control('GET', '/webhooks')).body).toEqual(webhooks);
    await after.control('POST', '/clock', { advanceMs: 60_000 });
    expect(await after.payment()).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedAmount: 10 });
    expect(await after.charges()).toMatchObject([{ operation: 'PAY' }, { operation: 'REFUND' }]);
  });

  it('reads what an earlier version wrote, which knew the order dialect only', async () => {
    const dataDir = newFolder();
    const path = join(dataDir, 'simulator.json');
    const before = await startGateway({ dataDir });
    const id = await before.openWithCard();
    await before.pay(id);
    await before.close();
    const written = JSON.parse(readFileSync(path, 'utf8')) as { sessions: object[] };
    const sessions = written.sessions.map((session) => ({ ...session, dialect: undefined }));
    const unknown = { payments: undefined, awaitedPayments: undefined, webhooks: undefined };
    writeFileSync(path, JSON.stringify({ ...written, ...unknown, format: 1, sessions }));

    const after = await startGateway({ dataDir });
    expect(dataOf(await after.call('GET', `/session/${id}`))).toMatchObject({ status: 'CAPTURED' });
    expect((await after.useCard('pay')).status).toBe(200);
  });

  it('has written a charge before it answers, and needs the card of an unpaid session again', async () => {
    const dataDir = newFolder();
    const killed = await startGateway({ dataDir });
    await killed.pay(await killed.openWithCard());
    const unpaid = await killed.openWithCard({ ...ORDER, id: 'ORDER-2' });

    // No close(): what the folder holds now is what a killed process leaves behind.
    const after = await startGateway({ dataDir });
    expect(await after.charges()).toHaveLength(1);
    expect(dataOf(await after.call('GET', `/session/${unpaid}`))).toMatchObject({
      updateStatus: 'NO_UPDATE',
    });
    expect(await after.pay(unpaid, 'ORDER-2')).toMatchObject({ status: 400 });
    await after.control('POST', `/sessions/${unpaid}/card`, GOOD_CARD);
    expect((await after.pay(unpaid, 'ORDER-2')).status).toBe(200);
  });

  it('never writes a card number or a security code, and lets nobody else read the file', async () => {
    const dataDir = newFolder();
    const gateway = await startGateway({ dataDir });
    const id = await gateway.openWithCard(ORDER, { ...GOOD_CARD, securityCode: '987' });
    const whileUnpaid = readFileSync(join(dataDir, 'simulator.json'), 'utf8');
    await gateway.pay(id);
    const whenPaid = readFileSync(join(dataDir, 'simulator.json'), 'utf8');
    expect(whileUnpaid).toContain('512345xxxxxx0008');
    expect(whileUnpaid + whenPaid).not.toMatch(/5123450000000008|\b987\b/);
    expect(readdirSync(dataDir)).toEqual(['simulator.json']);
    expect(statSync(join(dataDir, 'simulator.json')).mode & 0o077).toBe(0);
  });

  it.each([
    ['not JSON', '{'],
    ['another file', '{"format":99}'],
  ])('does not start over %s, and names the file', async (_, content) => {
    const dataDir = newFolder();
    writeFileSync(join(dataDir, 'simulator.json'), content);
    await expect(startSimulator({ dataDir })).rejects.toThrow('simulator.json');
  });
});
