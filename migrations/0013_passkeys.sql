-- What authenticators know an account by: random bytes instead of its id, so that a list of passkeys tells nobody's id.
-- The row is also what those wait for who add a passkey to the same account at the same moment.
create table passkey_users (
  account_id text primary key references accounts (id) on delete cascade,
  user_handle bytea not null unique check (octet_length(user_handle) = 32)
);

-- Public keys with which people prove who they are (WebAuthn). Nothing here is secret.
create table passkeys (
  id text primary key check (id like 'pk\_%'),
  account_id text not null references passkey_users (account_id) on delete cascade,
  credential_id bytea not null unique check (octet_length(credential_id) between 1 and 1023),
  public_key bytea not null,
  -- How often the authenticator says it was used; those that synchronise say zero for ever.
  counter bigint not null check (counter >= 0),
  transports text[] not null,
  aaguid uuid not null,
  -- Whether the key may leave its device at all, and whether a copy exists elsewhere now.
  synchronises boolean not null,
  backed_up boolean not null,
  name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index passkeys_account_id on passkeys (account_id, created_at, id);

-- Challenges that a browser was given and has not answered. One is open per purpose and place (a sign-in, a session of our
-- own pages): asking again replaces it, so asking often fills nothing. Only the hash is kept.
create table passkey_challenges (
  purpose text not null check (purpose in ('registration', 'sign_in', 'second_factor')),
  place text not null,
  challenge_hash bytea not null,
  -- Whose answer is awaited; nobody's in particular when somebody signs in with a passkey alone.
  account_id text references accounts (id) on delete cascade,
  expires_at timestamptz not null,
  primary key (purpose, place),
  check ((purpose = 'sign_in') = (account_id is null))
);
create index passkey_challenges_expires_at on passkey_challenges (expires_at);
create index passkey_challenges_account_id on passkey_challenges (account_id) where account_id is not null;
