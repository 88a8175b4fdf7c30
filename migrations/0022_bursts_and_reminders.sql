-- How much of a limit may be used in one go, apart from how fast it refills; without it, all of it.
alter table api_keys
  add column rate_limit_burst integer check (rate_limit_burst between 1 and 1000000),
  add check (rate_limit_burst is null or rate_limit_requests is not null);

-- How often a client may be given tokens; without it, what the installation says.
alter table clients
  add column token_rate_limit_requests integer check (token_rate_limit_requests between 1 and 1000000),
  add column token_rate_limit_seconds integer check (token_rate_limit_seconds between 1 and 86400),
  add column token_rate_limit_burst integer check (token_rate_limit_burst between 1 and 1000000),
  add check ((token_rate_limit_requests is null) = (token_rate_limit_seconds is null)),
  add check (token_rate_limit_burst is null or token_rate_limit_requests is not null);

-- Which ends of keys and client secrets somebody was reminded of: each end once for each number of days before it.
-- An end that is moved is another end.
create table expiry_reminders (
  credential_type text not null check (credential_type in ('api_key', 'client_secret')),
  credential_id text not null,
  ends_at timestamptz not null,
  days_before smallint not null check (days_before > 0),
  reminded_at timestamptz not null,
  primary key (credential_type, credential_id, ends_at, days_before)
);
create index expiry_reminders_ends_at on expiry_reminders (ends_at);
create index api_keys_expires_at on api_keys (expires_at) where expires_at is not null and revoked_at is null;
create index client_secrets_expires_at on client_secrets (expires_at) where expires_at is not null;
