// Keeps one PostgreSQL server for all test files of one run, and ends it when the run ends, however that ends.
// Run: node test/postgres/keeper.ts <pid of the run> <file to write the connection string to>
import { globSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { startCluster } from './cluster.ts';

const [owner = '', file = ''] = process.argv.slice(2);

const publish = (text: string): void => {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};

const isOver = (run: string): boolean => {
  try {
    process.kill(Number(run), 0);
    return false;
  } catch {
    return true;
  }
};

/** What keepers that were killed left behind would make a later run of the same number wait for nothing. */
const forgetRunsThatAreOver = (): void => {
  const files = file.slice(0, -owner.length);
  for (const left of globSync(`${files}*`)) {
    const run = /^\d+/.exec(left.slice(files.length))?.[0];
    if (run !== undefined && isOver(run)) rmSync(left, { force: true });
  }
};

try {
  forgetRunsThatAreOver();
  const cluster = await startCluster();
  publish(cluster.url());
  while (!isOver(owner)) await new Promise((resolve) => setTimeout(resolve, 200));
  await cluster.stop();
} catch (error) {
  publish(`failed: ${error instanceof Error ? error.message : String(error)}`);
  while (!isOver(owner)) await new Promise((resolve) => setTimeout(resolve, 200));
}
forgetRunsThatAreOver();
process.exit();
