import { expect, it } from '@jest/globals';
import { randomIds } from '../../../src/infrastructure/system/random-ids.ts';
import { systemClock } from '../../../src/infrastructure/system/system-clock.ts';

it('ids hold 128 random bits and do not repeat', () => {
  const ids = Array.from({ length: 1000 }, () => randomIds.payment());
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) expect(Buffer.from(id.slice('pay_'.length), 'base64url')).toHaveLength(16);
  expect(randomIds.attempt()).toMatch(/^att_/);
});

it('the clock tells milliseconds since 1970', () => {
  expect(new Date(systemClock.now()).getUTCFullYear()).toBe(new Date().getUTCFullYear());
});
