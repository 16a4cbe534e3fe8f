import type { ServiceIdentifier } from 'inversify';
import type { DueWorkSource } from '../application/due-work.ts';
import type { Clock } from '../application/ports/clock.ts';
import type { Confirmations } from '../application/ports/confirmations.ts';
import type { Fulfilment } from '../application/ports/fulfilment.ts';
import type { Ids } from '../application/ports/ids.ts';
import type { Orders } from '../application/ports/orders.ts';
import type { PaymentGateway } from '../application/ports/payment-gateway.ts';
import type { Payments } from '../application/ports/payments.ts';
import type { WebhookInbox, WebhookVerifier } from '../application/ports/webhooks.ts';
import type { Policy } from '../domain/payment/policy.ts';

/** The ports and the policy, as typed tokens. A use case is its own token: its class. */
export const tokens = {
  clock: Symbol.for('paysession/Clock') as ServiceIdentifier<Clock>,
  ids: Symbol.for('paysession/Ids') as ServiceIdentifier<Ids>,
  orders: Symbol.for('paysession/Orders') as ServiceIdentifier<Orders>,
  fulfilment: Symbol.for('paysession/Fulfilment') as ServiceIdentifier<Fulfilment>,
  confirmations: Symbol.for('paysession/Confirmations') as ServiceIdentifier<Confirmations>,
  payments: Symbol.for('paysession/Payments') as ServiceIdentifier<Payments>,
  dueWorkSource: Symbol.for('paysession/DueWorkSource') as ServiceIdentifier<DueWorkSource>,
  gateway: Symbol.for('paysession/PaymentGateway') as ServiceIdentifier<PaymentGateway>,
  webhookVerifier: Symbol.for('paysession/WebhookVerifier') as ServiceIdentifier<WebhookVerifier>,
  webhookInbox: Symbol.for('paysession/WebhookInbox') as ServiceIdentifier<WebhookInbox>,
  policy: Symbol.for('paysession/Policy') as ServiceIdentifier<Policy>,
} as const;
