import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Makes the folder if it is missing, and keeps it for this process until `release` or the process's end, however it ends. Null when
 * another process has it. Throws what the file system says when there can be no such folder. The lock is the operating system's, which Node reaches through SQLite: no stale file is ever in the way.
 */
export const lockFolder = (folder: string): { release(): void } | null => {
  makeFolder(resolve(folder));
  const lock = new DatabaseSync(join(folder, 'lock'));
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === busy) return null;
    throw error;
  }
  return { release: () => lock.close() };
};

/** Step by step, since Node's own recursion has no end where a file system makes no folders, such as /proc. */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory())
      throw Object.assign(new Error(`${folder} is a file`), { code: 'ENOTDIR' });
    return;
  }
  makeFolder(dirname(folder));
  mkdirSync(folder);
};

/** SQLITE_BUSY */
const busy = 5;
