import { readFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Payment, PaymentTransaction } from './payment.ts';
import type { OrderSession, Session } from './session.ts';
import type { Transaction } from './transaction.ts';
import type { Message } from './webhooks.ts';
import type { Charge, LoggedRequest, World } from './world.ts';

const FORMAT = 2;

const NO_CARD = { card: undefined, updateStatus: 'NO_UPDATE' } as const;

type Snapshot = {
  readonly format: number;
  readonly clockOffsetMs: number;
  readonly idsMade: number;
  readonly sessions: readonly Session[];
  readonly orders: readonly (readonly [string, Transaction['status']])[];
  readonly charges: readonly Charge[];
  readonly requests: readonly LoggedRequest[];
  readonly awaited: readonly Transaction[];
  readonly payments: readonly Payment[];
  readonly awaitedPayments: readonly PaymentTransaction[];
  readonly webhooks: readonly Message[];
};

/**
 * Keeps a world in `simulator.json` in this folder: reads it now if it is there, and writes it after every change, before the change is
 * answered, so that a killed process forgets no charge. Card numbers are not in it, so a session that was not paid before the restart
 * needs its card again. Throws when the file is not the simulator's.
 */
export function keepInFolder(world: World, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'simulator.json');
  if (existsSync(path)) restore(world, read(path));
  world.onChange = () => {
    writeFileSync(`${path}.new`, JSON.stringify(snapshot(world)), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
}

function read(path: string): Snapshot {
  let stored: unknown;
  try {
    stored = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`The simulator cannot read its state from ${path}`, { cause: error });
  }
  const format = typeof stored === 'object' && stored !== null && 'format' in stored && stored.format;
  if (format === FORMAT) return stored as Snapshot;
  if (format === 1) return fromFirstFormat(stored as Snapshot);
  throw new Error(`${path} is not a state of this simulator: move it away, or choose another folder`);
}

/** The first format knew the order dialect only, and did not name it. */
function fromFirstFormat(stored: Snapshot): Snapshot {
  const sessions = stored.sessions.map((session) => ({ ...session, dialect: 'order' }) as OrderSession);
  return { ...stored, format: FORMAT, sessions, payments: [], awaitedPayments: [], webhooks: [] };
}

function restore(world: World, stored: Snapshot): void {
  world.clock.set(Date.now() + stored.clockOffsetMs);
  world.ids.made = stored.idsMade;
  world.sessions = new Map(
    stored.sessions.map((session) => [session.id, session.payTaken ? session : { ...session, ...NO_CARD }]),
  );
  world.orders = new Map(stored.orders);
  world.charges = [...stored.charges];
  world.requests = [...stored.requests];
  for (const transaction of stored.awaited) world.bookLater(transaction);
  world.payments.restore(stored.payments, stored.awaitedPayments);
  world.webhooks.restore(stored.webhooks);
}

function snapshot(world: World): Snapshot {
  return {
    format: FORMAT,
    clockOffsetMs: world.clock.offsetMs,
    idsMade: world.ids.made,
    sessions: [...world.sessions.values()],
    orders: [...world.orders],
    charges: world.charges,
    requests: world.requests,
    awaited: [...world.awaited],
    ...world.payments.snapshot(),
    webhooks: world.webhooks.list(),
  };
}
