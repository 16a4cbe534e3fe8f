/** Contract suites for a storage or a gateway of a host's own: `paysession/testing`. */
export type { Runner } from './contract.ts';
export { type GatewayWorld, type PayFault, paymentGatewayContract } from './payment-gateway-contract.ts';
export { paymentsContract } from './payments-contract.ts';
export { webhookInboxContract } from './webhook-inbox-contract.ts';
