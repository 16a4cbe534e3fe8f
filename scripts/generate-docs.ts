// Writes the documents that are read off the code. Run: npm run docs; with --check it only says whether they are fresh.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type ErrorEntry, errorCatalogue } from '../src/interfaces/http/error-catalogue.ts';
import { paymentMachine, type PaymentState } from '../src/domain/payment/payment-machine.ts';
import { meaningOf } from '../src/domain/payment/public-status.ts';

type Region = 'payment' | 'fulfilment';
type Edge = Readonly<{ from: string; event: string; to: string }>;

const statesOf = (region: Region) => Object.values(paymentMachine.states[region]?.states ?? {});

const edgesOf = (region: Region): Edge[] =>
  statesOf(region).flatMap((state) =>
    [...state.transitions.entries()].flatMap(([event, transitions]) =>
      transitions.flatMap(({ target, guard }) =>
        (target ?? []).map(({ key }) => ({
          from: state.key,
          event: typeof guard === 'string' ? `${event} [${guard}]` : event,
          to: key,
        })),
      ),
    ),
  );

const diagram = (region: Region, mayRest: (state: string) => boolean): string => {
  const moves = new Map<string, string[]>();
  for (const { from, event, to } of edgesOf(region)) {
    const arrow = `${from} --> ${to}`;
    if (from !== to) moves.set(arrow, [...(moves.get(arrow) ?? []), event]);
  }
  const lines = [
    `[*] --> ${String(paymentMachine.states[region]?.config.initial)}`,
    ...[...moves].map(([arrow, events]) => `${arrow}: ${events.join(', ')}`),
    ...statesOf(region).flatMap(({ key }) => (mayRest(key) ? [`${key} --> [*]`] : [])),
  ];
  return ['```mermaid', 'stateDiagram-v2', ...lines.map((line) => `  ${line}`), '```'].join('\n');
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const statesTable = (): string => {
  const edges = edgesOf('payment');
  const rows = (Object.keys(meaningOf) as PaymentState[]).map((state) => {
    const { status, final } = meaningOf[state];
    const staying = edges
      .filter(({ from, to }) => from === state && to === state)
      .map(({ event }) => `\`${event}\``);
    return [`\`${state}\``, `\`${status}\``, final ? 'yes' : '', staying.join(', ')];
  });
  return table(['state', 'public word (`status`)', 'final', 'recorded without moving'], rows);
};

const states = (): string => `# The states of a payment

Generated from \`payment-machine.ts\` and \`public-status.ts\` of \`src/domain/payment\` by \`npm run docs\`. Do not edit.

A payment has two states at once: where the money is, and where the goods are.

## Payment: where the money is

${diagram('payment', (state) => meaningOf[state as PaymentState].final)}

${statesTable()}

A *final* state needs nobody any more. From every other one the sweep, the merchant or a person goes on; \`created\` and \`declined\` wait
for the payer, for ever if need be, or until the host cancels.

## Fulfilment: where the goods are

${diagram('fulfilment', (state) => edgesOf('fulfilment').every(({ from, to }) => from !== state || to === state))}

In brackets, in either chart, stands the condition on the other state under which the edge exists.
`;

const errors = (): string => {
  const entries = Object.entries<ErrorEntry>(errorCatalogue).sort(
    ([, a], [, b]) => a.status - b.status || a.code.localeCompare(b.code, 'en'),
  );
  const rows = entries.map(([type, { status, code, meaning, remedy, retryAfter }]) => [
    String(status),
    `\`${code}\``,
    `\`${type}\``,
    meaning,
    retryAfter === undefined ? remedy : `${remedy} (\`Retry-After: ${retryAfter}\`)`,
  ]);
  return `# The errors

Generated from \`src/interfaces/http/error-catalogue.ts\` by \`npm run docs\`. Do not edit.

Over HTTP an error is \`application/problem+json\` (RFC 9457) with a \`code\` that never changes; in TypeScript it is a value whose
\`type\` says the same; only of a capture, void or refund the back office says \`NotDone\` for \`NotSent\`, and \`VoidRefused\` for a void's
\`GatewayRefused\`: the advice there holds in TypeScript too. A decline is not an error: it is the answer 402 to a submit, and its \`retry\` says whether another card may be tried.

${table(['HTTP', '`code`', '`type`', 'what it means', 'what to do'], rows)}
`;
};

const documents: Readonly<Record<string, () => string>> = {
  'docs/states.md': states,
  'docs/errors.md': errors,
};

const stale = Object.entries(documents).filter(
  ([path, write]) => !existsSync(path) || readFileSync(path, 'utf8') !== write(),
);
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is stale: npm run docs`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, write] of stale) writeFileSync(path, write());
  console.log(
    stale.length === 0 ? 'All documents are fresh.' : `Written: ${stale.map(([path]) => path).join(', ')}`,
  );
}
