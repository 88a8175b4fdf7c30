-- OAuth clients. `metadata` holds validated RFC 7591 members; what only we know has columns of its own.
create table clients (
  id text primary key check (id not like 'acc\_%'),
  name text not null,
  metadata jsonb not null,
  first_party boolean not null default false,
  pkce_required boolean not null default true,
  refresh_grace_seconds integer not null default 0 check (refresh_grace_seconds between 0 and 60),
  disabled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1
);
create index clients_created_at on clients (created_at, id);
create trigger clients_changed after update or delete on clients
  for each row execute function notify_change('client', 'id');

-- Two secrets may be live during a rotation: two slots, and no third.
create table client_secrets (
  id text primary key,
  client_id text not null references clients (id) on delete cascade,
  slot smallint not null check (slot in (1, 2)),
  secret_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  unique (client_id, slot)
);
create trigger client_secrets_changed after insert or update or delete on client_secrets
  for each row execute function notify_change('client', 'client_id');
