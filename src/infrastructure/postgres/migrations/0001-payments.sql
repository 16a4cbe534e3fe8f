-- Payments, the pay sessions that they use, and their history.
-- To run it yourself: create the schema, set search_path to it, and run this file in one transaction.

-- Which files were run. sha256 is of the file; null when it was not run by `migrate`.
create table migration (
  name   text primary key,
  sha256 text,
  ran_at timestamptz not null default now()
);

-- One payment per merchant and order. The document is the whole payment; what is asked for by itself stands beside it. (Generated
-- columns would say the same, but PostgreSQL takes longer to prepare them at every save than to store them.) It is json and not jsonb,
-- which would be taken apart at each save and put together at each reading: cast it to look into it by jsonb's operators.
create table payment (
  merchant_id      text not null,
  order_id         text not null,
  version          integer not null,
  payment_state    text not null,
  fulfilment_state text not null,
  document         json not null,
  -- When somebody must look at it next; null when nothing is left to do.
  due_at           timestamptz,
  -- Which instance looks after it at the moment, and until when the others leave it alone.
  claimed_by       text,
  claimed_until    timestamptz,
  primary key (merchant_id, order_id)
);

create index payment_due on payment (due_at) where due_at is not null;
create index payment_needs_attention on payment (merchant_id) where payment_state = 'needsAttention';

-- Each session pays one order of its merchant. Sessions and events are stored by the one statement that stores their payment, so no
-- foreign key checks them once more at every payment.
create table pay_session (
  merchant_id text not null,
  session_id  text not null,
  order_id    text not null,
  primary key (merchant_id, session_id)
);

-- One event per version of a payment: its history.
create table payment_event (
  merchant_id text not null,
  order_id    text not null,
  version     integer not null,
  document    json not null,
  -- The host wants to hear of it and has not yet.
  unpublished boolean not null,
  stored_at   timestamptz not null default now(),
  primary key (merchant_id, order_id, version)
);

create index payment_event_unpublished on payment_event (stored_at) where unpublished;

insert into migration (name) values ('0001-payments');
