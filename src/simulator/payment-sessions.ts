import type { Context } from 'hono';
import type { SimulatorEnv } from './call-faults.ts';
import type { PaymentFields } from './payment.ts';
import { mergeFields, sessionRequest } from './payment-request.ts';
import { sessionPaymentView } from './payment-view.ts';
import { redact } from './redact.ts';
import { Refusal } from './refusal.ts';
import { merchantOf, parseBody } from './request-body.ts';
import type { PaymentSession } from './session.ts';
import type { World } from './world.ts';

/** Answers the create call of a session, which makes its payment too unless there is one. */
export function createPaymentSession(world: World, c: Context<SimulatorEnv>): Response {
  const request = parseBody(c, sessionRequest, world.settings);
  const now = world.clock.now();
  const id = request.payment?.id ?? world.ids.payment();
  const session = world.keep<PaymentSession>({
    dialect: 'payment',
    payment: mergeFields({ id, currency: 'USD' }, request.payment ?? {}, world.settings),
    ...portalOf(request),
    id: world.ids.session(),
    merchantId: merchantOf(c),
    successIndicator: world.ids.successIndicator(),
    version: world.ids.sessionVersion(),
    updateStatus: 'NO_UPDATE',
    formUpdates: 0,
    createdAtMs: now,
    updatedAtMs: now,
    payTaken: false,
  });
  keepUnlocked(world, session.merchantId, session.payment);
  return answer(world, c, session, 'Session created', world.settings.createStatus);
}

/** Answers the update call: fields are added or overwritten, never removed; the payment's id stays. */
export function updatePaymentSession(
  world: World,
  c: Context<SimulatorEnv>,
  session: PaymentSession,
): Response {
  const { alreadyPaidStatus, updateAfterPay } = world.settings;
  const request = parseBody(c, sessionRequest, world.settings);
  if (session.payTaken && !updateAfterPay) {
    throw new Refusal(alreadyPaidStatus, 'The session has been paid', { session: ['was used to pay'] });
  }
  const updated = world.keep<PaymentSession>({
    ...session,
    payment: mergeFields(session.payment, request.payment ?? {}, world.settings),
    ...portalOf(request),
    version: world.ids.sessionVersion(),
    updateStatus: 'SUCCESS',
    updatedAtMs: world.clock.now(),
  });
  keepUnlocked(world, updated.merchantId, updated.payment);
  return answer(world, c, updated, 'Session updated');
}

/** Answers the read of a session. */
export function showPaymentSession(
  world: World,
  c: Context<SimulatorEnv>,
  session: PaymentSession,
): Response {
  return answer(world, c, session, 'Session retrieved');
}

/** A payment is locked by its first transaction: from then on what a session says of it is the session's alone. */
function keepUnlocked(world: World, merchantId: string, fields: PaymentFields): void {
  const payment = world.payments.find(merchantId, fields.id);
  if (!payment || payment.transactions.length === 0) world.payments.define(merchantId, fields);
}

function portalOf(request: {
  readonly portal?: object;
  readonly returnUrl?: string;
}): Pick<PaymentSession, 'portal' | 'returnUrl'> {
  return {
    ...(request.portal && { portal: redact(request.portal) as PaymentSession['portal'] }),
    ...(request.returnUrl !== undefined && { returnUrl: request.returnUrl }),
  };
}

function answer(
  world: World,
  c: Context<SimulatorEnv>,
  session: PaymentSession,
  message: string,
  status: 200 | 201 = 200,
): Response {
  const { id, updateStatus, portal, returnUrl, successIndicator } = session;
  const data = {
    id,
    updateStatus,
    portal: portal && { ...portal, successIndicator },
    portalUrl: portal && `https://portal.prahsys.com/session/${id}`,
    payment: sessionPaymentView(world, session),
    returnUrl,
  };
  return c.json({ success: true, statusCode: status, message, data }, status);
}
