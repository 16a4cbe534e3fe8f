import { CapturePayment } from '../../src/application/capture-payment.ts';
import { CancelPayment } from '../../src/application/cancel-payment.ts';
import { ConfirmPayment } from '../../src/application/confirm-payment.ts';
import { CorrectPayment } from '../../src/application/correct-payment.ts';
import { FindPayment } from '../../src/application/find-payment.ts';
import { FollowUpPayment } from '../../src/application/follow-up-payment.ts';
import { FulfilOrder } from '../../src/application/fulfil-order.ts';
import { HandleWebhook } from '../../src/application/handle-webhook.ts';
import { OpenPaySession } from '../../src/application/open-pay-session.ts';
import type { Confirmations } from '../../src/application/ports/confirmations.ts';
import type { Fulfilment } from '../../src/application/ports/fulfilment.ts';
import type { Ids } from '../../src/application/ports/ids.ts';
import type { Orders } from '../../src/application/ports/orders.ts';
import type { PaymentGateway } from '../../src/application/ports/payment-gateway.ts';
import type { Payments } from '../../src/application/ports/payments.ts';
import type { WebhookInbox } from '../../src/application/ports/webhooks.ts';
import { RefundPayment } from '../../src/application/refund-payment.ts';
import { RegisterPayment } from '../../src/application/register-payment.ts';
import { type Resolved, ResolveUnfinished } from '../../src/application/resolve-unfinished.ts';
import { SendConfirmation } from '../../src/application/send-confirmation.ts';
import { SubmitPayment } from '../../src/application/submit-payment.ts';
import { UpdatePaySession } from '../../src/application/update-pay-session.ts';
import { VoidPayment } from '../../src/application/void-payment.ts';
import type { Policy } from '../../src/domain/payment/policy.ts';
import type { Transaction } from './simulated-payments.ts';
import { simulatedVerifier } from './simulated-webhooks.ts';
import type { Process, World } from './world.ts';

/** What the use cases of every process are built from. */
export type Parts = Readonly<{
  payments: Payments<Transaction>;
  inbox: WebhookInbox;
  gateway: PaymentGateway;
  orders: Orders;
  fulfilment: Fulfilment<Transaction>;
  confirmations: Confirmations;
  ids: Ids;
  policy: Policy;
}>;

/** Makes a part lie, or forget a rule: the simulation must notice. */
export type Mutant = (parts: Parts) => Parts;

/** One instance of the module, as a process has it. */
export type Instance = ReturnType<typeof instanceIn>;

/** The real use cases, as a process builds them when it starts: what they keep in memory dies with it. */
export const instanceIn = (process: Process, world: World, parts: Parts) => {
  const { payments, inbox, gateway, orders, fulfilment, confirmations, ids, policy } = parts;
  const clock = { now: () => world.now + process.clockSkew };
  const open = new OpenPaySession(orders, payments, gateway, ids, clock, policy);
  const confirm = new ConfirmPayment(payments, gateway, ids, clock, policy);
  const fulfilOrder = new FulfilOrder(payments, fulfilment, clock);
  const sendConfirmation = new SendConfirmation(payments, confirmations, clock);
  const followUp = new FollowUpPayment(payments, gateway, ids, clock, policy);
  const sweep = new ResolveUnfinished(payments, confirm, fulfilOrder, sendConfirmation, clock);
  return {
    process,
    followUp,
    capture: new CapturePayment(followUp),
    void: new VoidPayment(followUp),
    refund: new RefundPayment(followUp),
    handleWebhook: new HandleWebhook(simulatedVerifier, inbox, clock),
    open,
    confirm,
    confirmPayment: confirm,
    fulfilOrder,
    sendConfirmation,
    update: new UpdatePaySession(orders, payments, gateway, open, clock),
    submit: new SubmitPayment(orders, payments, gateway, ids, clock, policy),
    cancel: new CancelPayment(orders, payments, ids, clock),
    correct: new CorrectPayment(payments, clock, policy),
    register: new RegisterPayment(payments, ids, clock),
    find: new FindPayment(payments),
    sweep: { execute: () => sweep.execute().map(bearNoDefect) },
  };
};

/** The sweep bears a defect in the work for one payment, for the sake of the others. Here none may pass. */
const bearNoDefect = (resolved: Resolved): Resolved => {
  const defect = resolved.problems.find((problem) => problem.includes(': defect: '));
  if (defect !== undefined) throw new Error(defect);
  return resolved;
};
