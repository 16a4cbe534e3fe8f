import { afterAll, beforeAll, describe, it } from '@jest/globals';
import nock from 'nock';
import { paymentGatewayContract } from '../../../src/testing/payment-gateway-contract.ts';
import { prahsysOnNock } from './prahsys-on-nock.ts';

beforeAll(() => nock.disableNetConnect());
afterAll(() => nock.restore());

paymentGatewayContract({ describe, it }, 'OrderDialectGateway on nock', async () => prahsysOnNock());
