-- Browsers that people signed in from: one row for each browser and account. The cookie's token is kept as a hash.
create table devices (
  id text primary key check (id like 'dev\_%'),
  account_id text not null references accounts (id) on delete cascade,
  token_hash bytea not null,
  user_agent text,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  trusted_until timestamptz,
  expires_at timestamptz not null,
  unique (account_id, token_hash)
);
create index devices_expires_at on devices (expires_at);

-- Accounts that ever had a device. Its row is also what two sign-ins of one account at a time wait for.
create table device_owners (
  account_id text primary key references accounts (id) on delete cascade,
  first_seen_at timestamptz not null
);

-- Passwords that were wrong in a row. A login that nobody has gets a row as well, so that it costs the same work; that
-- one has no account and expires.
create table password_attempts (
  key text primary key,
  account_id text references accounts (id) on delete cascade,
  elsewhere integer not null default 0,
  known_devices integer not null default 0,
  disabled_at timestamptz,
  updated_at timestamptz not null,
  expires_at timestamptz
) with (fillfactor = 70);
create index password_attempts_account on password_attempts (account_id);
create index password_attempts_expires_at on password_attempts (expires_at) where expires_at is not null;
