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

const optionNames: Readonly<Record<keyof PostgresOptions, true>> = {
  schema: true,
  claimMs: true,
  onProblem: true,
  migrate: true,
  jobs: true,
  publish: true,
};

/** Throws an `Error` that names the setting which is wrong. */
const checkOptions = (options: PostgresOptions): void => {
  const { publish, onProblem = warn, claimMs = 1, jobs } = options;
  const problem = (what: string) => new Error(`postgresPayments: ${what}.`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name));
  if (unknown !== undefined) throw problem(`there is no option \`${unknown}\``);
  if (typeof onProblem !== 'function') throw problem('`onProblem` must be a function that takes a sentence');
  if (!Number.isSafeInteger(claimMs) || claimMs < 1)
    throw problem('`claimMs` must be a whole number of milliseconds above zero');
  if (publish !== undefined && typeof publish !== 'function')
    throw problem('`publish` must be a function that takes an event; leave it out for none');
  if (publish !== undefined && jobs === false)
    throw problem('`publish` needs jobs: do not set `jobs` to false');
};

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
  checkOptions(options);
  const jobs = { schema, migrate: run, onProblem, ...(publish !== undefined && { publish }) };
  const ready = await migrate(database, { schema, run }).andThen(() =>
    ask(async () => ok(options.jobs === false ? null : await Jobs.open(database, jobs))),
  );
  if (ready.isErr()) throw new PostgresNotReady(ready.error);
  return new PostgresPayments(database, { ...options, schema }, ready.value);
};
