-- What oidc-provider keeps. Ids are hashed, and the bearer value stands nowhere in the payload.
create table oidc_artifacts (
  id_hash bytea primary key,
  model text not null,
  payload jsonb not null,
  grant_id text,
  account_id text,
  session_uid text,
  user_code text,
  consumed_at timestamptz,
  -- How often a consumed refresh token was accepted once more inside its client's grace.
  reuses smallint not null default 0,
  expires_at timestamptz not null
) with (fillfactor = 90);
create index oidc_artifacts_grant on oidc_artifacts (grant_id) where grant_id is not null;
create index oidc_artifacts_account on oidc_artifacts (account_id) where account_id is not null;
create unique index oidc_artifacts_user_code on oidc_artifacts (user_code) where user_code is not null;
create index oidc_artifacts_expires_at on oidc_artifacts (expires_at);

-- `uid` is not unique: a parallel request may write the old id once more after the session took a new one.
create table oidc_sessions (
  id_hash bytea primary key,
  uid text not null,
  account_id text,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index oidc_sessions_uid on oidc_sessions (uid);
create index oidc_sessions_account on oidc_sessions (account_id) where account_id is not null;
create index oidc_sessions_expires_at on oidc_sessions (expires_at);

-- Grants: what one sign-in of an account at a client may do. A revoked one stays as a tombstone until it expires, so that nothing in flight brings it back.
create table oidc_grants (
  id text primary key,
  account_id text not null,
  client_id text not null,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index oidc_grants_account on oidc_grants (account_id, client_id);
create index oidc_grants_client on oidc_grants (client_id);
create index oidc_grants_expires_at on oidc_grants (expires_at);
create trigger oidc_grants_revoked after update of revoked_at on oidc_grants
  for each row execute function notify_change('grant', 'id');
create trigger oidc_grants_deleted after delete on oidc_grants
  for each row when (old.expires_at > now()) execute function notify_change('grant', 'id');

-- JWT access tokens that were revoked before they expired (RFC 7009), by `jti`.
create table revoked_tokens (
  jti text primary key,
  revoked_at timestamptz not null,
  expires_at timestamptz not null
);
create index revoked_tokens_expires_at on revoked_tokens (expires_at);
create trigger revoked_tokens_changed after insert on revoked_tokens
  for each row execute function notify_change('revoked_token', 'jti');

-- What an account agreed to at a client, remembered beyond the grants that came of it.
create table consents (
  account_id text not null references accounts (id) on delete cascade,
  client_id text not null references clients (id) on delete cascade,
  oidc_scope text not null default '',
  oidc_claims text not null default '',
  resource_scopes jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, client_id)
);
create index consents_client on consents (client_id);
