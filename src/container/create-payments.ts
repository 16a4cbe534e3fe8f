import { Container } from 'inversify';
import { err, errAsync, ok, type ResultAsync } from 'neverthrow';
import { AuthorizePayment } from '../application/authorize-payment.ts';
import { CancelPayment } from '../application/cancel-payment.ts';
import { CapturePayment } from '../application/capture-payment.ts';
import type { PaymentKey } from '../application/change-payment.ts';
import { ConfirmPayment } from '../application/confirm-payment.ts';
import type { DueWork, DueWorkSource } from '../application/due-work.ts';
import { CorrectPayment } from '../application/correct-payment.ts';
import { FindPayment } from '../application/find-payment.ts';
import { FollowUpPayment } from '../application/follow-up-payment.ts';
import { FulfilOrder } from '../application/fulfil-order.ts';
import { HandleWebhook } from '../application/handle-webhook.ts';
import { OpenPaySession } from '../application/open-pay-session.ts';
import type { Clock } from '../application/ports/clock.ts';
import type { Ids } from '../application/ports/ids.ts';
import type { PaymentGateway } from '../application/ports/payment-gateway.ts';
import { type Payments, storageUnavailable } from '../application/ports/payments.ts';
import type { WebhookInbox, WebhookVerifier } from '../application/ports/webhooks.ts';
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
import type { PrahsysSettings } from '../infrastructure/prahsys/config.ts';
import {
  type HostPorts,
  hostModule,
  inMemoryModule,
  noSecrets,
  prahsysModule,
  systemModule,
  useCasesModule,
} from './modules.ts';
import { sweepEvery } from './sweep.ts';
import { tokens } from './tokens.ts';

/** Everything a host says. A port that is left out gets the adapter named beside it. */
export type PaymentsOptions<Tx = unknown> = HostPorts<Tx> &
  Readonly<{
    /** Where and as whom to reach Prahsys; or pass `gateway`. */
    prahsys?: PrahsysSettings;
    /** Stands before `prahsys` when both are given, of which the secrets of webhooks are taken then. */
    gateway?: PaymentGateway;
    /** Checks webhooks; by default those of Prahsys with the secrets in `prahsys`. */
    webhookVerifier?: WebhookVerifier;
    /**
     * In the memory of the process. A storage that is a `DueWorkSource` too hands out what is due at once; otherwise the sweep finds it.
     * One that is a `WebhookInbox` too keeps webhooks; otherwise none is accepted.
     */
    payments?: Payments<Tx> | (Payments<Tx> & DueWorkSource) | (Payments<Tx> & DueWorkSource & WebhookInbox);
    /** The machine's clock. */
    clock?: Clock;
    /** 128 random bits each. */
    ids?: Ids;
    /** Unless they are given, `quietMs` is 90 seconds more than a call to Prahsys may take, and `recheck` is on in the payment dialect. */
    policy?: Partial<Policy>;
    /** How often the sweep runs by itself, in milliseconds; 30,000 by default, 0 for never: then call `resolveUnfinished`. */
    sweepEveryMs?: number;
    /** Told, once a minute at most, what the sweep that runs by itself could not do; a warning of the process unless it is given. */
    onProblem?: (problem: string) => void;
  }>;

/** The use cases of one instance of the module. Each is called by `execute`. */
export type Paysession = Readonly<{
  registerPayment: RegisterPayment;
  openPaySession: OpenPaySession;
  updatePaySession: UpdatePaySession;
  submitPayment: SubmitPayment;
  authorizePayment: AuthorizePayment;
  capturePayment: CapturePayment;
  voidPayment: VoidPayment;
  refundPayment: RefundPayment;
  verifyCard: VerifyCard;
  confirmPayment: ConfirmPayment;
  fulfilOrder: FulfilOrder;
  sendConfirmation: SendConfirmation;
  cancelPayment: CancelPayment;
  correctPayment: CorrectPayment;
  findPayment: FindPayment;
  resolveUnfinished: ResolveUnfinished;
  reconcilePayments: ReconcilePayments;
  handleWebhook: HandleWebhook;
  /** How the gateway's browser script is spoken to. */
  dialect: PaymentGateway['capabilities']['dialect'];
  /** What the gateway can do beside paying. */
  can: PaymentGateway['capabilities']['can'];
  policy: Policy;
  clock: Clock;
  /**
   * Refuses new submits and follow-ups, stops the sweep and the due work, and waits at most `waitMs` (10,000 by default) for what is
   * under way. What is unfinished then stays stored, and another instance or the next start resolves it.
   */
  close(options?: Readonly<{ waitMs?: number }>): Promise<void>;
}>;

const isDueWorkSource = (payments: object): payments is DueWorkSource =>
  'start' in payments && 'stop' in payments;

const isWebhookInbox = (payments: object): payments is WebhookInbox => 'accept' in payments;

const noInbox: WebhookInbox = {
  accept: () => errAsync(storageUnavailable('this storage keeps no webhooks')),
};

/** The methods without which nothing can be paid. */
const methodsOf: Readonly<Record<string, readonly string[]>> = {
  orders: ['find'],
  fulfilment: ['fulfil'],
  confirmations: ['send'],
  gateway: ['openSession', 'updateSession', 'pay', 'read', 'scriptUrl'],
  webhookVerifier: ['verify'],
  payments: ['find', 'save', 'findDue', 'history'],
  clock: ['now'],
  ids: ['payment', 'attempt'],
};
const required: ReadonlySet<string> = new Set(['orders', 'fulfilment']);
const plain: ReadonlySet<string> = new Set([...required, 'confirmations']);

const optionNames: Readonly<Record<keyof PaymentsOptions, true>> = {
  orders: true,
  fulfilment: true,
  confirmations: true,
  prahsys: true,
  gateway: true,
  webhookVerifier: true,
  payments: true,
  clock: true,
  ids: true,
  policy: true,
  sweepEveryMs: true,
  onProblem: true,
};

/** What a compiler would have said, to those who have none: a port that is missing would be missed after the card was charged. */
const checkOptions = (options: Readonly<Record<string, unknown>>): void => {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name));
  if (unknown !== undefined) throw new Error(`createPayments: there is no option \`${unknown}\`.`);
  for (const [name, methods] of Object.entries(methodsOf)) {
    const port = options[name];
    if (port === undefined && !required.has(name)) continue;
    if (typeof port === 'function' && plain.has(name)) continue;
    if (methods.every((method) => typeof Object(port)[method] === 'function')) continue;
    const what = `${plain.has(name) ? 'a function, or ' : ''}an object with ${methods.join(', ')}`;
    const hint = typeof Object(port).then === 'function' ? ': it is a promise, await it' : '';
    throw new Error(`createPayments: \`${name}\` must be ${what}${hint}.`);
  }
  const { can, timeoutMs } = Object(Object(options['gateway']).capabilities);
  if (options['gateway'] === undefined || (Array.isArray(can) && Number.isSafeInteger(timeoutMs))) return;
  throw new Error('createPayments: `gateway` must say its `capabilities`: `dialect`, `can` and `timeoutMs`.');
};

const longestTimer = 2 ** 31 - 1;
const checkSweep = (everyMs: number): number => {
  if (Number.isInteger(everyMs) && everyMs >= 0 && everyMs <= longestTimer) return everyMs;
  throw new Error('createPayments: `sweepEveryMs` must be a whole number of milliseconds; 0 for never.');
};

const containerFor = <Tx>(options: PaymentsOptions<Tx>): Container => {
  checkOptions(options);
  const container = new Container({ defaultScope: 'Singleton', jitless: true });
  container.load(useCasesModule(options.policy), systemModule(), inMemoryModule(), hostModule(options));
  if (options.prahsys !== undefined) container.load(prahsysModule(options.prahsys));
  else container.bind(tokens.webhookVerifier).toConstantValue(noSecrets);
  if (options.gateway !== undefined) {
    container.unbind(tokens.gateway);
    container.bind(tokens.gateway).toConstantValue(options.gateway);
  } else if (options.prahsys === undefined)
    throw new Error(
      'createPayments: say where the gateway is: give `prahsys` (settings) or `gateway` (an adapter).',
    );
  if (options.webhookVerifier !== undefined) {
    container.rebind(tokens.webhookVerifier).toConstantValue(options.webhookVerifier);
  }
  if (options.clock !== undefined) container.rebind(tokens.clock).toConstantValue(options.clock);
  if (options.ids !== undefined) container.rebind(tokens.ids).toConstantValue(options.ids);
  if (options.payments !== undefined) {
    container.rebind(tokens.payments).toConstantValue(options.payments);
    container.unbind(tokens.dueWorkSource);
    if (isDueWorkSource(options.payments)) {
      container.bind(tokens.dueWorkSource).toConstantValue(options.payments);
    }
    const inbox = isWebhookInbox(options.payments) ? options.payments : noInbox;
    container.rebind(tokens.webhookInbox).toConstantValue(inbox);
  }
  return container;
};

/** A release that writes in a transaction needs the storage that has it. */
type TransactionOf<Tx> = undefined extends Tx ? unknown : Readonly<{ payments: Payments<Tx> }>;

/** What runs by itself beside the use cases. */
export type RunOptions = Pick<PaymentsOptions, 'sweepEveryMs' | 'onProblem'>;

/**
 * The use cases of a container into which the modules were loaded, with due work handed out and the sweep running, until `close`. For a
 * host with an Inversify container of its own: without this, nothing that is due is done.
 */
export const paysessionFrom = (container: Container, options: RunOptions = {}): Paysession => {
  const sweepEveryMs = checkSweep(options.sweepEveryMs ?? 30_000);
  const submitPayment = container.get(SubmitPayment);
  const fulfilOrder = container.get(FulfilOrder);
  const sendConfirmation = container.get(SendConfirmation);
  const resolveUnfinished = container.get(ResolveUnfinished);
  const confirmPayment = container.get(ConfirmPayment);
  const followUp = container.get(FollowUpPayment);
  const perform = (work: DueWork, key: PaymentKey): ResultAsync<unknown, unknown> => {
    if (work === 'fulfilOrder') return fulfilOrder.execute(key);
    if (work === 'sendConfirmation') return sendConfirmation.execute(key);
    // A webhook about an order that was never paid through us has no effect.
    return confirmPayment
      .execute({ ...key, evenIfSettled: true })
      .orElse((error) => (error.type === 'PaymentNotFound' ? ok(null) : err(error)));
  };
  const { dialect, can } = container.get(tokens.gateway).capabilities;
  const source = container.isBound(tokens.dueWorkSource) ? container.get(tokens.dueWorkSource) : null;
  source?.start(perform);
  const stopSweep = sweepEvery(sweepEveryMs, resolveUnfinished, options.onProblem);
  return Object.freeze({
    registerPayment: container.get(RegisterPayment),
    openPaySession: container.get(OpenPaySession),
    updatePaySession: container.get(UpdatePaySession),
    submitPayment,
    authorizePayment: container.get(AuthorizePayment),
    capturePayment: container.get(CapturePayment),
    voidPayment: container.get(VoidPayment),
    refundPayment: container.get(RefundPayment),
    verifyCard: container.get(VerifyCard),
    confirmPayment,
    fulfilOrder,
    sendConfirmation,
    cancelPayment: container.get(CancelPayment),
    correctPayment: container.get(CorrectPayment),
    findPayment: container.get(FindPayment),
    resolveUnfinished,
    reconcilePayments: container.get(ReconcilePayments),
    handleWebhook: container.get(HandleWebhook),
    dialect,
    can,
    policy: container.get(tokens.policy),
    clock: container.get(tokens.clock),
    async close({ waitMs = 10_000 } = {}) {
      await atMost(
        waitMs,
        Promise.all([submitPayment.close(), followUp.close(), stopSweep(), source?.stop()]),
      );
    },
  });
};

/**
 * The one entry for a host: plain options in, a frozen object of use cases out. Two instances in one process share nothing.
 * Throws an `Error` whose message names the setting when the options are incomplete or contradict each other.
 */
export const createPayments = <Tx = unknown>(options: PaymentsOptions<Tx> & TransactionOf<Tx>): Paysession =>
  paysessionFrom(containerFor(options), options);

const atMost = async (waitMs: number, work: Promise<unknown>): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  await Promise.race([work, waited]).finally(() => clearTimeout(timer));
};
