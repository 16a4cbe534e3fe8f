-- The shop's orders and its messages to customers. Payments have a schema of their own, which the module brings.

-- Which files were run. sha256 is of the file.
create table migration (
  name   text primary key,
  sha256 text,
  ran_at timestamptz not null default now()
);

create table shop_order (
  id         text primary key,
  -- SHA-256 of the token in the customer's cookie: who reads this table cannot become the customer.
  owner_hash text not null,
  -- [{sku, name, minor, quantity}], priced when they were put there.
  lines      jsonb not null,
  email      text,
  placed_at  timestamptz not null,
  -- The payment that it was packed for, written in the transaction in which that payment becomes fulfilled.
  packed_key text unique,
  packed_at  timestamptz,
  check ((packed_key is null) = (packed_at is null))
);

create index shop_order_of_owner on shop_order (owner_hash, placed_at desc);
create index shop_order_newest on shop_order (placed_at desc);

-- One message for each payment.
create table message (
  key       text primary key,
  order_id  text not null references shop_order,
  recipient text not null,
  subject   text not null,
  -- Whether a mail server took it; false when the shop has none.
  mailed    boolean not null,
  at        timestamptz not null
);

create index message_newest on message (at desc);

insert into migration (name) values ('0001-orders');
