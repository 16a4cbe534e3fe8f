import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { StorageUnavailable } from '../../application/ports/payments.ts';
import type { Database, Query } from './database.ts';
import { ask, reasonOf } from './storage-error.ts';

/**
 * The schema does not fit this version of the module, because of the migration that is named.
 * `missing`: it was not run, though a later one was, or though it was not to be run now. `changed`: its file is not the one that was run.
 * `newer`: it was run by a later version of the module. `failed`: it was rolled back; `already exists` means that it was half run by hand.
 */
export type MigrationProblem = Readonly<{
  type: 'MigrationProblem';
  migration: string;
  problem: 'missing' | 'changed' | 'newer' | 'failed';
  reason: string;
}>;

const problem = (
  migration: string,
  what: MigrationProblem['problem'],
  reason: string,
): Result<never, MigrationProblem> => err({ type: 'MigrationProblem', migration, problem: what, reason });

/** The folder of the plain SQL files, in the order of their names, for a host that runs them in its own pipeline. */
export const migrationsFolder: string = fileURLToPath(new URL('migrations/', import.meta.url));

export type Migration = Readonly<{ name: string; sql: string; sha256: string }>;

const readMigrations = (folder: string): readonly Migration[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(`${folder}/${file}`, 'utf8');
      return { name: file.slice(0, -4), sql, sha256: createHash('sha256').update(sql).digest('hex') };
    });

/** Throws an `Error` unless the name needs no quoting and is not one of PostgreSQL's own. */
export const checkSchemaName = (schema: string): string => {
  if (/^(?!pg_)[a-z_][a-z0-9_]{0,47}$/.test(schema)) return schema;
  throw new Error(
    'postgresPayments: schema must be 1 to 48 of a-z 0-9 _, must not start with a digit, and not with pg_.',
  );
};

/** Those that are still to be run, unless what was run does not fit the files. */
const pendingOf = (
  files: readonly Migration[],
  ran: ReadonlyMap<string, string | null>,
): Result<readonly Migration[], MigrationProblem> => {
  const known = new Set(files.map(({ name }) => name));
  const newer = [...ran.keys()].find((name) => !known.has(name));
  if (newer !== undefined) return problem(newer, 'newer', 'it is not a migration of this version');
  for (const { name, sha256 } of files) {
    const stored = ran.get(name);
    if (stored && stored !== sha256)
      return problem(
        name,
        'changed',
        'its file is not the one that was run: use the version that ran it, or a new schema',
      );
  }
  const pending = files.filter(({ name }) => !ran.has(name));
  const first = pending[0];
  const isGap = first !== undefined && [...ran.keys()].some((name) => name > first.name);
  return isGap ? problem(first.name, 'missing', 'a later migration was run without it') : ok(pending);
};

const readRan = async (query: Query, schema: string): Promise<ReadonlyMap<string, string | null>> => {
  // A look into the catalogue, since to_regclass may answer from a cache that is older than the lock.
  const there = await query(`select from pg_tables where schemaname = $1 and tablename = 'migration'`, [
    schema,
  ]);
  if (there.length === 0) return new Map();
  const rows = await query(`select name, sha256 from ${schema}.migration order by name`);
  return new Map(rows.map(({ name, sha256 }) => [String(name), sha256 === null ? null : String(sha256)]));
};

/** One file, in a transaction of its own. Of several instances one runs it, and the others wait and find it done. */
const runOne = (
  database: Database,
  schema: string,
  files: readonly Migration[],
  migration: Migration,
): Promise<Result<void, MigrationProblem>> =>
  database.transaction(async ({ query, script }) => {
    await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`paysession/${schema}`]);
    const pending = pendingOf(files, await readRan(query, schema));
    if (pending.isErr()) return err(pending.error);
    if (pending.value[0]?.name !== migration.name) return ok(undefined);
    const there = await query('select from pg_namespace where nspname = $1', [schema]);
    if (there.length === 0) await script(`create schema ${schema}`);
    await script(`set local search_path to ${schema}`);
    try {
      await script(migration.sql);
      await query('update migration set sha256 = $1 where name = $2', [migration.sha256, migration.name]);
    } catch (error) {
      return problem(migration.name, 'failed', reasonOf(error));
    }
    return ok(undefined);
  });

export type MigrateOptions = Readonly<{
  /** `paysession` unless it is given. */
  schema?: string;
  /** False to only check that the schema fits, for a host that runs the files itself. True unless it is given. */
  run?: boolean;
  /** Files of the host's own, for a schema of their own: each notes itself in `migration`, as ours do. */
  folder?: string;
}>;

/**
 * Brings the schema to this version of the module. Each file runs in one transaction, so it is done or not begun; safe to call from
 * many instances at once, and again. Nothing is changed when what is there does not fit.
 */
export const migrate = (
  database: Database,
  { schema = 'paysession', run = true, folder = migrationsFolder }: MigrateOptions = {},
): ResultAsync<void, MigrationProblem | StorageUnavailable> => {
  const files = readMigrations(folder);
  checkSchemaName(schema);
  return ask(async (): Promise<Result<void, MigrationProblem>> => {
    const pending = pendingOf(files, await readRan(database.query, schema));
    if (pending.isErr()) return err(pending.error);
    const [first] = pending.value;
    if (first !== undefined && !run) return problem(first.name, 'missing', 'it was not run yet');
    for (const migration of pending.value) {
      const ran = await runOne(database, schema, files, migration);
      if (ran.isErr()) return ran;
    }
    return ok(undefined);
  });
};
