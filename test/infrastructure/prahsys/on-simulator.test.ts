import { describe, it } from '@jest/globals';
import { paymentGatewayContract } from '../../../src/testing/payment-gateway-contract.ts';
import { onlyPays } from './prahsys-on-nock.ts';
import { prahsysOnSimulator } from './prahsys-on-simulator.ts';

paymentGatewayContract(
  { describe, it },
  'OrderDialectGateway on the simulator',
  () => prahsysOnSimulator({ dialect: 'order' }),
  onlyPays,
);

paymentGatewayContract({ describe, it }, 'PaymentDialectGateway on the simulator', () =>
  prahsysOnSimulator({ dialect: 'payment' }),
);

paymentGatewayContract({ describe, it }, 'PaymentDialectGateway with POST and the older script', () =>
  prahsysOnSimulator({ dialect: 'payment', payment: { verbs: 'POST', script: 'merchant' } }),
);
