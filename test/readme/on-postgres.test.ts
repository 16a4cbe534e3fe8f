// The program that docs/postgres.md prints, block after block, against a database, the simulator, a warehouse and a mail server.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type TestDatabase, testDatabase } from '../postgres/database.ts';

const folder = `.cache/on-postgres-${process.pid}`;
const script = `${folder}/program.ts`;

/** What the document leaves to the host. */
const host = `
import { merchantId as parseMerchantId } from 'paysession';
const { MERCHANT_ID, API_KEY: apiKey, GATEWAY } = process.env;
const say = (what: string, ...words: unknown[]) => console.log(JSON.stringify([what, ...words]));
const merchantId = parseMerchantId(MERCHANT_ID ?? '')._unsafeUnwrap();
const prahsys = { dialect: 'payment' as const, merchantId, apiKey, apiUrl: GATEWAY, scriptUrl: GATEWAY };
const order = { id: 'ORDER-1', amount: '9.99', currency: 'EUR', description: 'A lamp', customerEmail: 'ann@example.com' };
const findOrder = async () => order;
const broker = { send: async (topic: string, { type }: { type: string }) => say(topic, type) };
const tell = (...words: unknown[]) => say('told', ...words);
`;

/** A payer, and the other way to release. */
const payer = `
const key = { merchantId, orderId: order.id as never };
const { session } = (await payments.openPaySession.execute(key))._unsafeUnwrap();
const card = { number: '5123450000000008', expiryMonth: '01', expiryYear: '39', securityCode: '100', nameOnCard: 'Ann' };
await fetch(\`\${GATEWAY}/_simulator/sessions/\${session.id}/card\`, { method: 'POST', body: JSON.stringify(card) });
const paid = await payments.submitPayment.execute({ ...key, sessionId: session.id, revision: null });
say('paid', paid._unsafeUnwrap().attempt.outcome);
const stored = (await payments.findPayment.execute(key))._unsafeUnwrap().payment;
for (let calls = 0; calls < 2; calls += 1)
  await fulfilmentElsewhere({ merchantId, order: stored.order, key: stored.id, tx: undefined });
process.on('SIGTERM', () => void payments.close().then(() => pool.end()));
`;

let database: TestDatabase;
let simulator: Simulator;
let program: ChildProcess;
const said: unknown[][] = [];
const shipped: (string | string[] | undefined)[] = [];
const mails: string[] = [];
let errors = '';

const warehouse = createServer((request, response) => {
  shipped.push(request.headers['idempotency-key']);
  response.end();
});
const mailServer = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, _, done) {
    let mail = '';
    stream.on('data', (part: Buffer) => (mail += part.toString()));
    stream.on('end', () => (mails.push(mail), done()));
  },
});
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 200 && !holds(); tries += 1) {
    if (program.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (!holds()) throw new Error(`waited in vain for ${what}: ${JSON.stringify(said)} ${errors}`);
};

beforeAll(async () => {
  [database, simulator] = await Promise.all([testDatabase(), startSimulator()]);
  await database.pool.query(`
    create table shipment (key text primary key, order_id text);
    create table shop_order (id text primary key, amount numeric)`);
  await new Promise<void>((resolve) => warehouse.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
  const blocks = [...(await readFile('docs/postgres.md', 'utf8')).matchAll(/```ts\n(.*?)```/gs)];
  const text = [host, ...blocks.map(([, block]) => block), payer].join('\n');
  await mkdir(folder, { recursive: true });
  await writeFile(script, text.replace('https://warehouse.example', `http://127.0.0.1:${portOf(warehouse)}`));
  program = spawn(process.execPath, ['--conditions=paysession-source', script], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      SMTP_URL: `smtp://127.0.0.1:${portOf(mailServer.server)}?ignoreTLS=true`,
      MERCHANT_ID: simulator.merchantId,
      API_KEY: simulator.apiKey,
      GATEWAY: simulator.url,
    },
  });
  let line = '';
  program.stdout?.on('data', (output: Buffer) => {
    const lines = (line + output.toString()).split('\n');
    line = lines.pop() ?? '';
    said.push(...lines.map((each) => JSON.parse(each) as unknown[]));
  });
  program.stderr?.on('data', (output: Buffer) => (errors += output.toString()));
});

afterAll(async () => {
  program.kill('SIGKILL');
  warehouse.close();
  await new Promise<void>((resolve) => mailServer.close(resolve));
  await Promise.all([simulator.close(), database.close()]);
  await rm(folder, { recursive: true, force: true });
});

it('the program of docs/postgres.md registers, takes a card, ships once, writes once, and publishes every event', async () => {
  await until('the last event', () => said.some(([, word]) => word === 'confirmationSent'));
  expect(said).toContainEqual(['paid', 'captured']);
  const { rows } = await database.pool.query('select key, order_id from shipment');
  expect(rows).toEqual([{ key: expect.stringMatching(/^pay_/), order_id: 'ORDER-1' }]);
  expect((await database.pool.query('select id from shop_order')).rows).toEqual([{ id: 'ORDER-1' }]);
  const history = ['registered', 'sessionOpened', 'payStarted', 'captured', 'fulfilled', 'confirmationSent'];
  expect(said.filter(([what]) => what === 'payments').map(([, type]) => type)).toEqual(history);
  const [{ key }] = rows as [{ key: string }];
  await until('both calls of the warehouse', () => shipped.length === 2);
  expect(shipped).toEqual([key, key]);
  expect(mails).toHaveLength(1);
  expect(mails[0]).toContain('Subject: Your order ORDER-1 is paid');
  const ended = new Promise((resolve) => program.once('exit', resolve));
  program.kill('SIGTERM');
  expect([await ended, errors]).toEqual([0, '']);
});

it('the program of docs/postgres.md compiles in a strict host', async () => {
  const compilerOptions = { noUnusedLocals: false };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: [], files: ['program.ts'] };
  await writeFile(`${folder}/tsconfig.json`, JSON.stringify(config));
  const tsc = ['node_modules/typescript/bin/tsc', '-p', folder];
  expect(spawnSync(process.execPath, tsc, { encoding: 'utf8' }).stdout).toBe('');
}, 120_000);
