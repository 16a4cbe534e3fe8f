import type { Webhook } from '../../application/ports/webhooks.ts';
import { ok, type Result } from 'neverthrow';
import type { Database, Query } from './database.ts';
import type { Jobs } from './jobs.ts';

/**
 * Webhooks are kept for 30 days: the gateway repeats an event for 28 hours by itself, and later when a person there asks for it. Each one
 * that comes deletes a few of the old ones, so nothing else has to.
 */
const acceptStatement = (schema: string): string => `
  with forgotten as (
    delete from ${schema}.webhook using (
      select merchant_id, event_id from ${schema}.webhook
      where received_at < $5::timestamptz - interval '30 days'
      order by received_at limit 10 for update skip locked
    ) old
    where webhook.merchant_id = old.merchant_id and webhook.event_id = old.event_id
  )
  insert into ${schema}.webhook (merchant_id, event_id, type, order_id, received_at)
  values ($1, $2, $3, $4, $5::timestamptz)
  on conflict do nothing returning merchant_id`;

/** A gateway's text may hold what PostgreSQL does not store: a webhook that is never taken would come for ever. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

/** Stores the webhook, and the job that confirms the payment it names in the same transaction. Rejects with what the driver throws. */
export const acceptWebhook = async (
  database: Database,
  schema: string,
  jobs: Jobs | null,
  webhook: Webhook,
): Promise<Result<'new' | 'known', never>> => {
  const { merchantId, orderId, type, eventId, receivedAt } = webhook;
  const values = [merchantId, storable(eventId), storable(type), orderId, new Date(receivedAt).toISOString()];
  const store = async (query: Query): Promise<'new' | 'known'> =>
    (await query(acceptStatement(schema), values)).length === 1 ? 'new' : 'known';
  if (jobs === null || orderId === null) return ok(await store(database.query));
  const accepted = await database.transaction<'new' | 'known', never>(async ({ query }) => {
    const stored = await store(query);
    if (stored === 'new') await jobs.addReading(query, { merchantId, orderId });
    return ok(stored);
  });
  jobs.wakeReading();
  return accepted;
};
