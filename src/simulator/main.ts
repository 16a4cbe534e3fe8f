import { parseArgs } from 'node:util';
import { DEFAULT_SETTINGS } from './settings.ts';
import { DEFAULT_API_KEY, DEFAULT_MERCHANT_ID, startSimulator, type SimulatorOptions } from './simulator.ts';

const OPTION_FLAGS = [
  'port',
  'merchantId',
  'apiKey',
  'allowLiveKey',
  'seed',
  'dataDir',
  'webhookUrl',
  'webhookSecret',
];
const SETTING_FLAGS = Object.keys(DEFAULT_SETTINGS);

const HELP = `A local Prahsys: API of both dialects, browser scripts, hosted fields, test cards, faults and webhooks, on 127.0.0.1.

  npm run simulator -- [--port 4010] [--merchant-id ID] [--api-key sk_test_...] [--data-dir FOLDER]
                       [--seed TEXT] [--allow-live-key true] [--webhook-url URL --webhook-secret whsec_...]
                       [--SETTING VALUE ...]

Without them: any free port, merchant ${DEFAULT_MERCHANT_ID}, key ${DEFAULT_API_KEY}, nothing kept, random ids,
no webhooks. Webhooks go to an https or loopback URL; several secrets, with spaces between, sign each once.

Settings and their defaults (--sessionLifetimeMs 1000 and --session-lifetime-ms 1000 are the same):
${Object.entries(DEFAULT_SETTINGS)
  .map(([name, value]) => `  --${name} ${value}`)
  .join('\n')}

Prints one line of JSON when it is ready: {"ready":true,"url":…,"merchantId":…,"apiKey":…}
`;

function readFlags(args: readonly string[]): Map<string, string> {
  const camelCase = args.map((arg) => {
    const [, name, rest = ''] = /^--([a-z]+(?:-[a-z]+)+)(=.*)?$/s.exec(arg) ?? [];
    return name ? `--${name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())}${rest}` : arg;
  });
  const options = Object.fromEntries(
    [...OPTION_FLAGS, ...SETTING_FLAGS].map((name) => [name, { type: 'string' as const }]),
  );
  const { values } = parseArgs({ args: camelCase, options, strict: true, allowPositionals: false });
  return new Map(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/** `true`, `null`, `4010` and `mpgs` as the values they look like. */
function valueOf(text: string): string | number | boolean | null {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^\d+$/.test(text) ? Number(text) : text;
}

function toOptions(flags: ReadonlyMap<string, string>): SimulatorOptions {
  const settings = [...flags].filter(([name]) => SETTING_FLAGS.includes(name));
  const port = Number(flags.get('port') ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('port: must be from 0 to 65535');
  return {
    port,
    merchantId: flags.get('merchantId'),
    apiKey: flags.get('apiKey'),
    allowLiveKey: flags.get('allowLiveKey') === 'true',
    seed: flags.get('seed'),
    dataDir: flags.get('dataDir'),
    webhook: webhookOf(flags),
    settings: Object.fromEntries(settings.map(([name, text]) => [name, valueOf(text)])),
  };
}

function webhookOf(flags: ReadonlyMap<string, string>): SimulatorOptions['webhook'] {
  const [url, secret] = [flags.get('webhookUrl'), flags.get('webhookSecret')];
  if (url === undefined && secret === undefined) return undefined;
  if (url !== undefined && secret !== undefined) return { url, secret };
  throw new Error('webhookUrl and webhookSecret: each needs the other');
}

async function run(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) return void process.stdout.write(HELP);
  const simulator = await startSimulator(toOptions(readFlags(args)));
  const { url, merchantId, apiKey } = simulator;
  process.stdout.write(`${JSON.stringify({ ready: true, url, merchantId, apiKey })}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === 'EADDRINUSE' ? 'port: it is taken; choose another, or 0 for any' : message;
  process.stderr.write(`The simulator did not start. ${reason}\n`);
  process.exitCode = 1;
}
