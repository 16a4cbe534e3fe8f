import { help, type Settings, SettingsError, settingsFrom } from './settings.ts';
import { type Shop, startShop } from './start-shop.ts';

const run = async (): Promise<void> => {
  const words = process.argv.slice(2);
  if (words.some((word) => word === '--help' || word === '-h')) return void process.stdout.write(help);
  if (words.length > 0)
    throw new SettingsError('It takes no arguments but --help: the environment says how it runs.');
  const settings = settingsFrom(process.env);
  const shop = await startShop(settings, (line) => process.stdout.write(`${line}\n`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void shop.close().then(() => process.exit(0)));
  process.stdout.write(`${welcome(settings, shop).join('\n')}\n`);
};

const welcome = ({ database, dataDir }: Settings, { url, operatorUrl, simulator }: Shop): string[] => [
  ...(database.kind === 'embedded' && database.folder === undefined
    ? [
        dataDir === undefined
          ? 'Orders and payments are in memory, and end with this process; DATA_DIR keeps them.'
          : 'Orders and payments are in memory, as DATABASE_URL says, and end with this process.',
      ]
    : []),
  ...(simulator === null ? [] : [`Simulator: ${simulator.url}`, `Test cards: ${url}/test-cards`]),
  `Operator (this link works once): ${operatorUrl}`,
  `Shop ready: ${url}`,
];

try {
  await run();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`The shop did not start. ${error.message}\n`);
  process.exitCode = 1;
}
