import { ok } from 'neverthrow';
import type { StorageUnavailable } from '../../application/ports/payments.ts';
import type { Database } from './database.ts';
import { Jobs, type PublishEvent } from './jobs.ts';
import { checkSchemaName, migrate, type MigrationProblem } from './migrate.ts';
import { PostgresPayments, type PostgresPaymentsOptions } from './postgres-payments.ts';
import { warn } from './problems.ts';
import { ask } from './storage-error.ts';

export type { Database, SqlTransaction } from './database.ts';
export type { FailedWork, PublishEvent } from './jobs.ts';
export { migrate, type MigrateOptions, type MigrationProblem, migrationsFolder } from './migrate.ts';
export { pgDatabase, type PgPool } from './pg-database.ts';
export { pgliteDatabase, type PgliteHandle } from './pglite-database.ts';
export { PostgresPayments, type PostgresPaymentsOptions } from './postgres-payments.ts';

export type PostgresOptions = PostgresPaymentsOptions &
  Readonly<{
    /**
     * False when the host runs the migrations itself: then it is only checked that they were run. True unless it is given. The
     * files are in `migrationsFolder`; the schema of the jobs is made by `getConstructionPlans` of pg-boss.
     */
    migrate?: boolean;
    /** False: no pg-boss; what is due is found by the sweep alone, a minute later. True unless it is given. */
    jobs?: boolean;
    /** Hears every event, in order per payment. Needs jobs. */
    publish?: PublishEvent;
  }>;

/** The database does not answer, or its schema does not fit: `problem` says it as data, the message as a sentence. */
export class PostgresNotReady extends Error {
  readonly problem: MigrationProblem | StorageUnavailable;

  constructor(problem: MigrationProblem | StorageUnavailable) {
    const what =
      problem.type === 'MigrationProblem'
        ? `migration ${problem.migration} (${problem.problem})`
        : 'the database';
    super(`Payments cannot be kept in PostgreSQL: ${what}: ${problem.reason}.`);
    this.name = 'PostgresNotReady';
    this.problem = problem;
  }
}

/**
 * Payments in PostgreSQL, their schema brought up to date and their jobs ready: pass them to `createPayments` as `payments`. The host
 * ends its pool, or its PGlite, after `close()`. Rejects with `PostgresNotReady`, or with an `Error` that names the setting that is
 * wrong.
 *
 *     const payments = await postgresPayments(pgDatabase(pool));
 */
export const postgresPayments = async (
  database: Database,
  options: PostgresOptions = {},
): Promise<PostgresPayments> => {
  const { publish, onProblem = warn, migrate: run = true } = options;
  const schema = checkSchemaName(options.schema ?? 'paysession');
  if (typeof Object(database).within !== 'function') {
    throw new Error('postgresPayments: give a database: pgDatabase(pool), or pgliteDatabase(pglite).');
  }
  if (typeof onProblem !== 'function') {
    throw new Error('postgresPayments: `onProblem` must be a function that takes a sentence.');
  }
  if (publish !== undefined && typeof publish !== 'function') {
    throw new Error(
      'postgresPayments: `publish` must be a function that takes an event; leave it out for none.',
    );
  }
  if (publish !== undefined && options.jobs === false) {
    throw new Error('postgresPayments: `publish` needs jobs: do not set `jobs` to false.');
  }
  const jobs = { schema, migrate: run, onProblem, ...(publish !== undefined && { publish }) };
  const ready = await migrate(database, { schema, run }).andThen(() =>
    ask(async () => ok(options.jobs === false ? null : await Jobs.open(database, jobs))),
  );
  if (ready.isErr()) throw new PostgresNotReady(ready.error);
  return new PostgresPayments(database, { ...options, schema }, ready.value);
};
