// The same checkout with the gateway adapter swapped: one line each.
import { afterAll, beforeAll } from '@jest/globals';
import nock from 'nock';
import { prahsysOnNock } from '../infrastructure/prahsys/prahsys-on-nock.ts';
import { checkoutScenario } from './checkout-scenario.ts';
import { dialects } from './dialects.ts';
import { inMemoryGateway, prahsysOnSimulator } from './gateways.ts';

beforeAll(() => {
  nock.disableNetConnect();
  nock.enableNetConnect('127.0.0.1');
});
afterAll(() => nock.restore());

const variants = [
  { name: 'the adapter on nock', makeGateway: async () => prahsysOnNock() },
  ...dialects.map((dialect) => ({
    name: `the adapter on the simulator, in the ${dialect} dialect`,
    makeGateway: () => prahsysOnSimulator(dialect),
  })),
  { name: 'the in-memory gateway', makeGateway: inMemoryGateway },
];
variants.forEach(checkoutScenario);
