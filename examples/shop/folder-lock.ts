import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Makes the folder if it is missing, and keeps it for this process until `release` or the process's end, however it ends. Null when
 * another process has it. The lock is the operating system's, which Node reaches through SQLite: no stale file is ever in the way.
 */
export const lockFolder = (folder: string): { release(): void } | null => {
  mkdirSync(folder, { recursive: true });
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

/** SQLITE_BUSY */
const busy = 5;
