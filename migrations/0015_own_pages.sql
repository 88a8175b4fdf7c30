-- Where a browser session was seen last, and with what, for the list a person looks at.
alter table oidc_sessions add column address text, add column user_agent text;

-- Sign-ins to our own pages that are under way: each belongs to one browser and is used once.
create table web_sign_ins (
  state_hash bytea primary key,
  browser_hash bytea not null,
  door text not null,
  -- Nonce and PKCE verifier, sealed.
  sealed_secrets bytea not null,
  return_to text not null,
  acr_values text,
  expires_at timestamptz not null
);
create index web_sign_ins_expires_at on web_sign_ins (expires_at);

-- Sessions of our own pages. Each hangs on a browser session at the provider (`session_uid`) and is worth nothing without it.
create table web_sessions (
  id_hash bytea primary key,
  door text not null,
  account_id text not null references accounts (id) on delete cascade,
  session_uid text not null,
  acr text,
  amr text[] not null,
  auth_time timestamptz not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- Slides with use, and never past `ends_at`.
  expires_at timestamptz not null,
  ends_at timestamptz not null
);
create index web_sessions_account on web_sessions (account_id);
create index web_sessions_expires_at on web_sessions (expires_at);

-- Accounts whose owners asked for their deletion. Until it is due they may change their mind.
create table account_deletions (
  account_id text primary key references accounts (id) on delete cascade,
  requested_at timestamptz not null,
  due_at timestamptz not null
);
create index account_deletions_due_at on account_deletions (due_at);

-- Whether people may make API keys of their own at this API.
alter table apis add column account_keys boolean not null default false;
