// The documents that are read off the code: fresh, and true.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type PaymentEventType, type PaymentState, step } from '../../src/domain/payment/payment-machine.ts';

const root = resolve(import.meta.dirname, '../..');
const check = (cwd: string) =>
  spawnSync(process.execPath, [join(root, 'scripts/generate-docs.ts'), '--check'], { cwd, encoding: 'utf8' });

describe('the generated documents', () => {
  it('are fresh', () => {
    expect(check(root)).toMatchObject({ status: 0, stderr: '' });
  });

  it('are refused by name when the code has moved on', () => {
    const copy = mkdtempSync(join(tmpdir(), 'paysession-docs-'));
    try {
      cpSync(join(root, 'docs'), join(copy, 'docs'), { recursive: true });
      expect(check(copy).status).toBe(0);
      writeFileSync(join(copy, 'docs/states.md'), 'An older chart.');
      expect(check(copy)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('docs/states.md is stale'),
      });
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe('docs/states.md', () => {
  const [, money = ''] = readFileSync(join(root, 'docs/states.md'), 'utf8').split('```mermaid');
  const arrows = [...money.matchAll(/^ {2}(\w+) --> (\w+): (.+)$/gm)].flatMap(([, from, to, events = '']) =>
    // What stands in brackets is a condition on the goods; it holds for goods that are not due yet.
    events.split(', ').map((event) => ({ from, event: event.replace(/ \[\w+\]$/, ''), to })),
  );

  it.each(arrows)('says what the machine does: $from, $event, $to', ({ from, event, to }) => {
    const before = { payment: from as PaymentState, fulfilment: 'notDue' as const };
    const after = step(before, event as PaymentEventType);
    expect(after._unsafeUnwrap().payment).toBe(to);
  });

  it('leaves out no move of the machine', () => {
    const states = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))] as PaymentState[];
    const events = [...new Set(arrows.map(({ event }) => event))] as PaymentEventType[];
    const moves = states.flatMap((from) =>
      events.flatMap((event) => {
        const after = step({ payment: from, fulfilment: 'notDue' }, event);
        return after.isOk() && after.value.payment !== from ? [{ from, event, to: after.value.payment }] : [];
      }),
    );
    expect(moves.length).toBeGreaterThan(20);
    expect(new Set(arrows.map((arrow) => JSON.stringify(arrow)))).toEqual(
      new Set(moves.map((move) => JSON.stringify(move))),
    );
  });
});
