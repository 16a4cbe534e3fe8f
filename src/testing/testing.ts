/** Contract suites for a storage or a gateway of a host's own: `paysession/testing`. */
export type { Runner } from './contract.ts';
export { type Cannot, type FollowUpFault, type GatewayWorld, type PayFault } from './gateway-world.ts';
export { paymentGatewayContract } from './payment-gateway-contract.ts';
export { paymentsContract } from './payments-contract.ts';
export { webhookInboxContract } from './webhook-inbox-contract.ts';
