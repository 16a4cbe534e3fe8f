import { ContainerModule, type ContainerModuleLoadOptions } from 'inversify';
import { err } from 'neverthrow';
import type { Confirmations } from '../application/ports/confirmations.ts';
import type { Fulfilment } from '../application/ports/fulfilment.ts';
import type { Orders } from '../application/ports/orders.ts';
import { AuthorizePayment } from '../application/authorize-payment.ts';
import { webhookRejected, type WebhookVerifier } from '../application/ports/webhooks.ts';
import { CancelPayment } from '../application/cancel-payment.ts';
import { CapturePayment } from '../application/capture-payment.ts';
import { ConfirmPayment } from '../application/confirm-payment.ts';
import { CorrectPayment } from '../application/correct-payment.ts';
import { FindPayment } from '../application/find-payment.ts';
import { FollowUpPayment } from '../application/follow-up-payment.ts';
import { FulfilOrder } from '../application/fulfil-order.ts';
import { HandleWebhook } from '../application/handle-webhook.ts';
import { OpenPaySession } from '../application/open-pay-session.ts';
import { ReconcilePayments } from '../application/reconcile-payments.ts';
import { RefundPayment } from '../application/refund-payment.ts';
import { RegisterPayment } from '../application/register-payment.ts';
import { ResolveUnfinished } from '../application/resolve-unfinished.ts';
import { SendConfirmation } from '../application/send-confirmation.ts';
import { SubmitPayment } from '../application/submit-payment.ts';
import { UpdatePaySession } from '../application/update-pay-session.ts';
import { VerifyCard } from '../application/verify-card.ts';
import { VoidPayment } from '../application/void-payment.ts';
import type { Policy } from '../domain/payment/policy.ts';
import {
  confirmationsFrom,
  type FindOrder,
  type Fulfil,
  fulfilmentFrom,
  ordersFrom,
  type SendMessage,
} from '../infrastructure/host/host-functions.ts';
import { InMemoryPayments } from '../infrastructure/in-memory/in-memory-payments.ts';
import { prahsysAccount, type PrahsysSettings } from '../infrastructure/prahsys/config.ts';
import { OrderDialectGateway } from '../infrastructure/prahsys/order-dialect/gateway.ts';
import { PaymentDialectGateway } from '../infrastructure/prahsys/payment-dialect/gateway.ts';
import { SvixVerifier } from '../infrastructure/prahsys/webhooks/svix-verifier.ts';
import { randomIds } from '../infrastructure/system/random-ids.ts';
import { systemClock } from '../infrastructure/system/system-clock.ts';
import { checkedPolicy, policyFor } from './policy.ts';
import { tokens } from './tokens.ts';

type Bind = ContainerModuleLoadOptions['bind'];

/** Holding an amount, capture, void, refund, the check of a card, and webhooks: what not every gateway has. */
const bindBeyondPaying = (bind: Bind): void => {
  const { clock, ids, payments, gateway } = tokens;
  bind(AuthorizePayment)
    .toResolvedValue((...ports) => new AuthorizePayment(...ports), [SubmitPayment])
    .inSingletonScope();
  bind(FollowUpPayment)
    .toResolvedValue(
      (...ports) => new FollowUpPayment(...ports),
      [payments, gateway, ids, clock, tokens.policy],
    )
    .inSingletonScope();
  bind(CapturePayment)
    .toResolvedValue((...ports) => new CapturePayment(...ports), [FollowUpPayment])
    .inSingletonScope();
  bind(VoidPayment)
    .toResolvedValue((...ports) => new VoidPayment(...ports), [FollowUpPayment])
    .inSingletonScope();
  bind(RefundPayment)
    .toResolvedValue((...ports) => new RefundPayment(...ports), [FollowUpPayment])
    .inSingletonScope();
  bind(VerifyCard)
    .toResolvedValue((...ports) => new VerifyCard(...ports), [payments, gateway, clock])
    .inSingletonScope();
  bind(HandleWebhook)
    .toResolvedValue(
      (...ports) => new HandleWebhook(...ports),
      [tokens.webhookVerifier, tokens.webhookInbox, clock],
    )
    .inSingletonScope();
};

/**
 * The use cases, each a singleton under its own class, and their policy. Needs all tokens bound that the other modules bind; with a
 * gateway of the host's own, `tokens.gateway` and `tokens.webhookVerifier`.
 */
export const useCasesModule = (policy: Partial<Policy> = {}): ContainerModule => {
  const said = checkedPolicy(policy);
  return new ContainerModule(({ bind }) => {
    const { clock, ids, orders, fulfilment, confirmations, payments, gateway } = tokens;
    bindBeyondPaying(bind);
    bind(tokens.policy)
      .toResolvedValue((behind) => policyFor(said, behind), [gateway])
      .inSingletonScope();
    bind(RegisterPayment)
      .toResolvedValue((...ports) => new RegisterPayment(...ports), [payments, ids, clock])
      .inSingletonScope();
    bind(OpenPaySession)
      .toResolvedValue(
        (...ports) => new OpenPaySession(...ports),
        [orders, payments, gateway, ids, clock, tokens.policy],
      )
      .inSingletonScope();
    bind(UpdatePaySession)
      .toResolvedValue(
        (...ports) => new UpdatePaySession(...ports),
        [orders, payments, gateway, OpenPaySession, clock],
      )
      .inSingletonScope();
    bind(SubmitPayment)
      .toResolvedValue(
        (...ports) => new SubmitPayment(...ports),
        [orders, payments, gateway, ids, clock, tokens.policy],
      )
      .inSingletonScope();
    bind(ConfirmPayment)
      .toResolvedValue(
        (...ports) => new ConfirmPayment(...ports),
        [payments, gateway, ids, clock, tokens.policy],
      )
      .inSingletonScope();
    bind(FulfilOrder)
      .toResolvedValue((...ports) => new FulfilOrder(...ports), [payments, fulfilment, clock])
      .inSingletonScope();
    bind(SendConfirmation)
      .toResolvedValue((...ports) => new SendConfirmation(...ports), [payments, confirmations, clock])
      .inSingletonScope();
    bind(CancelPayment)
      .toResolvedValue((...ports) => new CancelPayment(...ports), [orders, payments, ids, clock])
      .inSingletonScope();
    bind(CorrectPayment)
      .toResolvedValue((...ports) => new CorrectPayment(...ports), [payments, clock, tokens.policy])
      .inSingletonScope();
    bind(FindPayment)
      .toResolvedValue((...ports) => new FindPayment(...ports), [payments])
      .inSingletonScope();
    bind(ReconcilePayments)
      .toResolvedValue(
        (...ports) => new ReconcilePayments(...ports),
        [payments, gateway, OpenPaySession, ConfirmPayment],
      )
      .inSingletonScope();
    bind(ResolveUnfinished)
      .toResolvedValue(
        (...ports) => new ResolveUnfinished(...ports),
        [payments, ConfirmPayment, FulfilOrder, SendConfirmation, clock],
      )
      .inSingletonScope();
  });
};

/** The machine's clock and random ids. */
export const systemModule = (): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(tokens.clock).toConstantValue(systemClock);
    bind(tokens.ids).toConstantValue(randomIds);
  });

/** Payments in the memory of the process. */
export const inMemoryModule = (): ContainerModule =>
  new ContainerModule(({ bind }) => {
    const payments = new InMemoryPayments();
    bind(tokens.payments).toConstantValue(payments);
    bind(tokens.dueWorkSource).toConstantValue(payments);
    bind(tokens.webhookInbox).toConstantValue(payments);
  });

/** For a gateway that sends no webhooks: none is accepted. */
export const noSecrets: WebhookVerifier = { verify: () => err(webhookRejected('noSecret')) };

/** Prahsys over HTTP, in the dialect of the settings. Throws an `Error` that names a setting which is missing or contradicts another. */
export const prahsysModule = (
  settings: PrahsysSettings,
  fetch?: typeof globalThis.fetch,
): ContainerModule => {
  const account = prahsysAccount(settings);
  if (account.isErr()) throw new Error(`Prahsys settings: ${account.error.reason}`);
  const { dialect, connection, credentials, webhookKeys } = account.value;
  return new ContainerModule(({ bind }) => {
    bind(tokens.gateway).toConstantValue(
      dialect === 'payment'
        ? new PaymentDialectGateway(connection, credentials, settings.payment, fetch)
        : new OrderDialectGateway(connection, credentials, fetch),
    );
    bind(tokens.webhookVerifier).toConstantValue(new SvixVerifier(webhookKeys));
  });
};

/** What only the host can give: each as a plain function, or as an object that implements the port. */
export type HostPorts<Tx = unknown> = Readonly<{
  orders: FindOrder | Orders;
  /** `Tx` is the storage's transaction: what is written through it commits together with the payment. */
  fulfilment: Fulfil<Tx> | Fulfilment<Tx>;
  /** Left out, nobody is written to. */
  confirmations?: SendMessage | Confirmations;
}>;

/** The host's catalogue, release of goods and messages. */
export const hostModule = <Tx = unknown>({
  orders,
  fulfilment,
  confirmations = async () => {},
}: HostPorts<Tx>): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(tokens.orders).toConstantValue(typeof orders === 'function' ? ordersFrom(orders) : orders);
    bind(tokens.fulfilment).toConstantValue(
      typeof fulfilment === 'function' ? fulfilmentFrom(fulfilment) : fulfilment,
    );
    bind(tokens.confirmations).toConstantValue(
      typeof confirmations === 'function' ? confirmationsFrom(confirmations) : confirmations,
    );
  });
