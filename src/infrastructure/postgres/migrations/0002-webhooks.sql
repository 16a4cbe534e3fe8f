-- Webhooks that were acknowledged: each event of a merchant once, so that what is delivered again has no second effect.
-- Their bodies are not kept: they prove nothing, since the gateway is read before anything is believed, and they tell of payers.
create table webhook (
  merchant_id text not null,
  event_id    text not null,
  type        text not null,
  -- Null when it is about no order that could be named.
  order_id    text,
  received_at timestamptz not null,
  primary key (merchant_id, event_id)
);

-- The oldest are forgotten first.
create index webhook_received on webhook (received_at);

insert into migration (name) values ('0002-webhooks');
