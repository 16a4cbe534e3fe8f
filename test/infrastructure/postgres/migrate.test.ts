import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ok } from 'neverthrow';
import { migrate, migrationsFolder } from '../../../src/infrastructure/postgres/migrate.ts';
import { PostgresPayments } from '../../../src/infrastructure/postgres/postgres-payments.ts';
import { aPayment } from '../../builders/a-payment.ts';
import { lastChange, type Server, servers } from './storages.ts';

const first = '0001-payments';
const later =
  "create table lamp (id integer primary key); insert into migration (name) values ('9000-lamp');";

describe.each(servers)('migrate on $name', ({ open }) => {
  let server: Server;
  let folder: string;
  let schema: string;
  let schemas = 0;
  beforeAll(async () => {
    server = await open();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    schema = `migrated_${(schemas += 1)}`;
    folder = mkdtempSync(join(tmpdir(), 'migrations-'));
    copyFileSync(join(migrationsFolder, `${first}.sql`), join(folder, `${first}.sql`));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, sql: string): void => writeFileSync(join(folder, `${name}.sql`), sql);
  const run = (options = {}) => migrate(server.database, { schema, folder, ...options });
  const ran = async () =>
    (await server.database.query(`select name from ${schema}.migration order by name`)).map(
      ({ name }) => name,
    );

  it('makes the schema, runs what is new in order, and does nothing the second time', async () => {
    expect((await run()).isOk()).toBe(true);
    write('9000-lamp', later);
    expect((await run()).isOk()).toBe(true);
    expect((await run()).isOk()).toBe(true);
    expect(await ran()).toEqual([first, '9000-lamp']);
  });

  it('refuses a file that was changed after it was run, and says which', async () => {
    await run();
    write(first, `${readFileSync(join(folder, `${first}.sql`), 'utf8')}\n-- a word more`);
    expect((await run())._unsafeUnwrapErr()).toMatchObject({ migration: first, problem: 'changed' });
  });

  it('refuses a schema that a later version migrated, and says by what', async () => {
    await run();
    await server.database.query(`insert into ${schema}.migration (name) values ('9999-refunds')`);
    expect((await run())._unsafeUnwrapErr()).toMatchObject({ migration: '9999-refunds', problem: 'newer' });
  });

  it('refuses a schema where an earlier migration is missing', async () => {
    await run();
    write('0000-before', 'select 1');
    expect((await run())._unsafeUnwrapErr()).toMatchObject({ migration: '0000-before', problem: 'missing' });
  });

  it('leaves nothing of a migration that fails, says which, and keeps those before it', async () => {
    write('9000-lamp', 'create table lamp (id integer); select 1 / 0;');
    expect((await run())._unsafeUnwrapErr()).toMatchObject({ migration: '9000-lamp', problem: 'failed' });
    expect(await ran()).toEqual([first]);
    const [lamp] = await server.database.query('select to_regclass($1) as lamp', [`${schema}.lamp`]);
    expect(lamp).toEqual({ lamp: null });
  });

  it('refuses a migration that was half run by hand, and says which', async () => {
    await server.database.query(`create schema ${schema}`);
    await server.database.query(`create table ${schema}.payment (id integer)`);
    expect((await run())._unsafeUnwrapErr()).toMatchObject({
      migration: first,
      problem: 'failed',
      reason: 'it already exists: the migration was half run (42P07)',
    });
  });

  it('takes a schema whose files the host ran itself', async () => {
    await server.database.query(`create schema ${schema}`);
    await server.database.transaction(async ({ script }) => {
      await script(`set local search_path to ${schema}`);
      await script(readFileSync(join(migrationsFolder, `${first}.sql`), 'utf8'));
      return ok(undefined);
    });
    expect((await run({ run: false })).isOk()).toBe(true);
    const payments = new PostgresPayments(server.database, { schema });
    expect((await payments.save(lastChange(aPayment().sessionOpen()))).isOk()).toBe(true);
  });

  it('runs nothing when the host wants to: says what is missing', async () => {
    expect((await run({ run: false }))._unsafeUnwrapErr()).toMatchObject({
      migration: first,
      problem: 'missing',
    });
    const [there] = await server.database.query('select to_regnamespace($1) as there', [schema]);
    expect(there).toEqual({ there: null });
  });

  it('of many instances that start at once, one runs each file, and all find it done', async () => {
    write('9000-lamp', `select pg_sleep(0.1); ${later}`);
    const runs = await Promise.all(Array.from({ length: 8 }, () => run()));
    expect(runs.flatMap((result) => (result.isErr() ? [result.error] : []))).toEqual([]);
    expect(await ran()).toEqual([first, '9000-lamp']);
  });

  it('takes no schema name that would need quoting', () => {
    expect(() => migrate(server.database, { schema: 'x; drop table payment' })).toThrow('schema must be');
  });
});
