import { describe, it } from '@jest/globals';
import { paymentGatewayContract } from '../../../src/testing/payment-gateway-contract.ts';
import { onlyPays, prahsysOnNock } from './prahsys-on-nock.ts';

paymentGatewayContract(
  { describe, it },
  'OrderDialectGateway on nock',
  async () => prahsysOnNock(),
  onlyPays,
);
