-- People who sign in. `email_key` and `username_key` are the folded forms that make addresses and names unique.
create table accounts (
  id text primary key check (id like 'acc\_%'),
  email text not null,
  email_key text not null unique,
  email_verified_at timestamptz,
  username text,
  username_key text unique,
  password_hash text,
  password_changed_at timestamptz,
  claims jsonb not null default '{}',
  administrator boolean not null default false,
  disabled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1
);
create index accounts_created_at on accounts (created_at, id);
create index accounts_administrators on accounts (id) where administrator;
create trigger accounts_changed after update or delete on accounts
  for each row execute function notify_change('account', 'id');

-- One-time links: only the hash of the token is kept.
create table one_time_links (
  token_hash bytea primary key,
  purpose text not null check (purpose in ('first_administrator')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
