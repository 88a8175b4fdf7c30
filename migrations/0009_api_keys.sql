-- API keys: long-lived secrets that stand for their owner at one API. The secrets are kept as keyed hashes.
create table api_keys (
  id text primary key check (id ~ '^[0-9A-Za-z]{12}$'),
  name text not null,
  owner_type text not null check (owner_type in ('account', 'client')),
  owner_id text not null,
  api_id text not null references apis (id) on delete cascade,
  scopes text[] not null,
  expires_at timestamptz,
  -- CIDR ranges a caller's address must be in; empty means any address.
  allowed_addresses text[] not null default '{}',
  rate_limit_requests integer check (rate_limit_requests between 1 and 1000000),
  rate_limit_seconds integer check (rate_limit_seconds between 1 and 86400),
  quota_requests bigint check (quota_requests between 1 and 1000000000000),
  quota_period text check (quota_period in ('day', 'month')),
  disabled_at timestamptz,
  revoked_at timestamptz,
  revocation_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1,
  check ((rate_limit_requests is null) = (rate_limit_seconds is null)),
  check ((quota_requests is null) = (quota_period is null))
);
create index api_keys_owner on api_keys (owner_type, owner_id, created_at, id);
create index api_keys_api on api_keys (api_id, created_at, id);
create index api_keys_created_at on api_keys (created_at, id);
create trigger api_keys_changed after update or delete on api_keys
  for each row execute function notify_change('api_key', 'id');

-- The secrets of a key: two while it is being rotated. What is known of their use stands beside each of them.
create table api_key_secrets (
  key_id text not null references api_keys (id) on delete cascade,
  slot smallint not null check (slot in (1, 2)),
  secret_hash bytea not null,
  pepper_id text not null,
  created_at timestamptz not null,
  -- Set when a newer secret takes its place: until then both work.
  expires_at timestamptz,
  last_used_at timestamptz,
  last_used_address text,
  last_used_user_agent text,
  primary key (key_id, slot)
);
-- Use is written often and changes no answer, so only what does is told to other instances.
create trigger api_key_secrets_changed
  after insert or delete or update of secret_hash, expires_at on api_key_secrets
  for each row execute function notify_change('api_key', 'key_id');

-- How a key was used: verifications by hour and outcome, and which of its scopes were asked for.
create table api_key_usage (
  key_id text not null references api_keys (id) on delete cascade,
  hour timestamptz not null,
  outcome text not null,
  verifications bigint not null,
  primary key (key_id, hour, outcome)
);
create table api_key_scope_usage (
  key_id text not null references api_keys (id) on delete cascade,
  scope text not null,
  first_used_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (key_id, scope)
);

-- A deleted owner takes its keys along.
create function forget_keys() returns trigger language plpgsql as $$
begin
  delete from api_keys where owner_type = tg_argv[0] and owner_id = old.id;
  return null;
end $$;
create trigger accounts_forget_keys after delete on accounts for each row execute function forget_keys('account');
create trigger clients_forget_keys after delete on clients for each row execute function forget_keys('client');

-- A token that is revoked is forgotten everywhere: by its hash, or with the grant it hangs on.
create function notify_token_revoked(id_hash bytea) returns void language sql as $$
  select pg_notify('latchkey_changes', json_build_object('kind', 'token', 'id', encode(id_hash, 'hex'))::text);
$$;
create function notify_grant_changed(grant_id text) returns void language sql as $$
  select pg_notify('latchkey_changes', json_build_object('kind', 'grant', 'id', grant_id)::text);
$$;
create trigger oidc_sessions_deleted after delete on oidc_sessions
  for each row when (old.expires_at > now()) execute function notify_change('session', 'uid');
