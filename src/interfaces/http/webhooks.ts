import { type Context, Hono } from 'hono';
import type { HandleWebhook } from '../../application/handle-webhook.ts';
import type { WebhookHeaders, WebhookRejected } from '../../application/ports/webhooks.ts';
import { type MerchantId, merchantId } from '../../domain/payment/ids.ts';
import { isJson, readRaw } from './body.ts';
import { type Refuse, refuseFor, type RouteOptions, send } from './order-routes.ts';
import { type Answer, found } from './answer.ts';
import { problem } from './problem.ts';

/** What the webhooks' route needs of `createPayments`' answer. */
export type WebhookUseCases = Readonly<{ handleWebhook: Pick<HandleWebhook, 'execute' | 'refuse'> }>;

export type WebhookOptions = Pick<RouteOptions, 'onError'> &
  Readonly<{
    /** Whose webhooks come here: each merchant has an address, and secrets, of its own. Required. */
    merchantId: string;
  }>;

const maxBytes = 256 * 1024;

/** One route, at the very path under which the host mounts it. */
export const webhookRoute = (caller: string, payments: WebhookUseCases, options: WebhookOptions): Hono => {
  const given: Partial<WebhookOptions> | undefined = options;
  const merchant = merchantId(given?.merchantId ?? '');
  if (merchant.isErr()) throw new Error(`${caller}: \`merchantId\` must be ${merchant.error.reason}.`);
  const app = new Hono();
  app.all('/', async (c) => {
    const refuse = refuseFor(options, c.req.raw);
    return send(
      c,
      await received(c, payments, merchant.value, refuse).catch((thrown: unknown) =>
        refuse({ type: 'Unexpected', thrown }),
      ),
    );
  });
  return app.all('/*', (c) => send(c, problem({ type: 'RouteNotFound' })));
};

const received = async (
  c: Context,
  { handleWebhook }: WebhookUseCases,
  merchant: MerchantId,
  refuse: Refuse,
): Promise<Answer> => {
  if (c.req.method !== 'POST') return refuse({ type: 'MethodNotAllowed', allow: 'POST' });
  const rejected = (status: 400 | 413 | 415, reason: WebhookRejected['reason']): Answer =>
    withStatus(status, problem(handleWebhook.refuse(reason)));
  if (!isJson(c.req.header('content-type'))) return rejected(415, 'headers');
  const body = await readRaw(c, maxBytes);
  if (body === null) {
    // The host hears how to mount the route; who sent it learns nothing, and sends it again.
    refuse({ type: 'Unexpected', thrown: new Error(bodyWasRead) });
    return rejected(400, 'body');
  }
  if (body.error) return body.error.type === 'BodyTooLarge' ? rejected(413, 'size') : rejected(400, 'body');
  return handleWebhook
    .execute({ merchantId: merchant, headers: headersOf(c), body: body.value })
    .match(() => found({}), refuse);
};

const bodyWasRead =
  'The body of a webhook was read before its route, and its signature is over the bytes as they came: mount the webhooks before ' +
  'express.json() and whatever else reads bodies, or read their path with express.raw({ type: "application/json" }).';

/** The same words for whatever was wrong: who guesses at signatures learns nothing from them. */
const withStatus = (status: 400 | 413 | 415, { headers, body }: Answer): Answer =>
  // The rest of a body that is too large stays unread in the connection.
  ({ status, headers: { ...headers, ...(status === 413 && { connection: 'close' }) }, body });

/** Each header as often as it came: Node keeps only one of some that came twice, and `fetch` joins them. */
const headersOf = (c: Context): WebhookHeaders => {
  const { incoming } = (c.env ?? {}) as Readonly<{ incoming?: Readonly<{ rawHeaders?: readonly string[] }> }>;
  const { rawHeaders } = incoming ?? {};
  if (rawHeaders === undefined) return Object.fromEntries(c.req.raw.headers);
  const headers = new Map<string, string | readonly string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at]?.toLowerCase(), rawHeaders[at + 1]];
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(headers);
};
