-- What people are shown of a client, and which of its wishes they may refuse one by one.
alter table clients
  add column verified boolean not null default false,
  add column optional_scopes text[] not null default '{}';

-- The logo of a client as it was fetched from its `logo_uri`; pages load nothing from elsewhere. Without a body it could not
-- be fetched, and is tried again later.
create table client_logos (
  client_id text primary key references clients (id) on delete cascade,
  uri text not null,
  content_type text check (content_type in ('image/png', 'image/jpeg', 'image/webp')),
  body bytea check (octet_length(body) <= 262144),
  content_hash text,
  fetched_at timestamptz not null,
  check ((body is null) = (content_type is null) and (body is null) = (content_hash is null))
);

-- The accounts that signed in in a browser, which knows itself by a cookie; only its hash is kept.
create table browser_accounts (
  browser_hash bytea not null check (octet_length(browser_hash) = 32),
  account_id text not null references accounts (id) on delete cascade,
  signed_in_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (browser_hash, account_id)
);
create index browser_accounts_account on browser_accounts (account_id);
create index browser_accounts_expires_at on browser_accounts (expires_at);
