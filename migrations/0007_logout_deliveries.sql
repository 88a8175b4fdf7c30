-- Back-channel logout tokens waiting to be delivered; a row lives until its client answered or the attempts ran out.
create table logout_deliveries (
  id text primary key,
  client_id text not null references clients (id) on delete cascade,
  account_id text,
  sid text,
  created_at timestamptz not null,
  next_attempt_at timestamptz not null,
  attempts integer not null default 0,
  last_problem text
);
create index logout_deliveries_next on logout_deliveries (next_attempt_at);
