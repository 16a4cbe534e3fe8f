import { help, type Settings, SettingsError, settingsFrom } from './settings.ts';
import { type Shop, startShop } from './start-shop.ts';

const run = async (): Promise<void> => {
  if (process.argv.includes('--help')) return void process.stdout.write(help);
  const settings = settingsFrom(process.env);
  const shop = await startShop(settings);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void shop.close().then(() => process.exit(0)));
  process.stdout.write(`${welcome(settings, shop).join('\n')}\n`);
};

const welcome = ({ gateway }: Settings, { url, operatorUrl, simulator }: Shop): string[] => [
  `Shop ready: ${url}`,
  `Operator (this link works once): ${operatorUrl}`,
  ...(simulator === null ? [] : [`Simulator: ${simulator.url}`, `Test cards: ${url}/test-cards`]),
  ...(gateway.kind === 'simulator' && gateway.dataDir !== undefined
    ? [
        'DATA_DIR keeps what the simulator knows. Orders and payments are in memory, and end with this process.',
      ]
    : []),
];

try {
  await run();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`The shop did not start. ${error.message}\n`);
  process.exitCode = 1;
}
