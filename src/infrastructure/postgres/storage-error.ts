import { err, type Result, ResultAsync } from 'neverthrow';
import { storageUnavailable, type StorageUnavailable } from '../../application/ports/payments.ts';
import { Explained } from './database.ts';

/** What happened, by PostgreSQL's SQLSTATE (appendix A of its manual) or Node's code. A shorter key is a class of codes. */
const meanings: Readonly<Record<string, string>> = {
  '08': 'the connection failed',
  '22': 'a value cannot be stored',
  '25006': 'the database is read-only',
  '25P01': 'no transaction was begun: begin one, and pass the client that did to `within`',
  '25P02': 'the transaction was rolled back, since a statement in it had failed',
  '28': 'the database refused the credentials',
  '3D': 'the database does not exist',
  '3F': 'the schema does not exist: run the migrations',
  '40001': 'other transactions kept interfering',
  '40P01': 'other transactions kept interfering',
  '42501': 'the database user lacks a privilege',
  '42P07': 'it already exists: the migration was half run',
  '42P01': 'a table does not exist: run the migrations',
  '42703': 'a column does not exist: run the migrations',
  '53100': 'the disk is full',
  '53': 'the database lacks resources',
  '57014': 'the statement took too long',
  '57': 'the database is shutting down or starting',
};

/** What `pg` and its pool say without a code, by their own sentences. */
const meaningsWithoutCode: Readonly<Record<string, string>> = {
  'timeout exceeded when trying to connect': 'no connection of the pool became free in time',
  'Cannot use a pool after calling end on the pool': 'the pool was ended',
  'Query read timeout': 'the database did not answer in time',
};

const codeOf = (error: unknown): string | null => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[0-9A-Z_]{4,30}$/.test(code) ? code : null;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

/** Why the database failed, without its message, which may hold values, hosts and users. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof Explained) return error.message;
  const code = codeOf(error);
  if (code === null)
    return meaningsWithoutCode[messageOf(error)] ?? 'the connection was lost or could not be made';
  const meaning = meanings[code] ?? meanings[code.slice(0, 2)];
  if (meaning !== undefined) return `${meaning} (${code})`;
  return code.startsWith('E')
    ? `the connection was lost or could not be made (${code})`
    : `the database failed (${code})`;
};

/** The transaction was rolled back by the server and would go through if it were alone: it may be run again. */
const isInterference = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error) ?? '');

const maxTries = 6;

const pause = (tries: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * 2 ** tries));

/**
 * Asks the database, and makes of every failure a value. Where other transactions interfered, it asks again, a few times, as long
 * as `mayRepeat`: nothing but the database may be touched by what is repeated.
 */
export const ask = <T, E = never>(
  run: () => Promise<Result<T, E>>,
  mayRepeat: () => boolean = () => true,
): ResultAsync<T, E | StorageUnavailable> => {
  const attempt = async (tries: number): Promise<Result<T, E | StorageUnavailable>> => {
    try {
      return await run();
    } catch (error) {
      if (error instanceof TypeError || error instanceof ReferenceError) throw error; // a defect, not the database
      if (!isInterference(error) || !mayRepeat() || tries >= maxTries)
        return err(storageUnavailable(reasonOf(error)));
      await pause(tries);
      return attempt(tries + 1);
    }
  };
  return new ResultAsync(attempt(1));
};
