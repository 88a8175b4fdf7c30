-- Protected resources: identifier (the audience), scopes, token format, and who may ask about their tokens.
create table apis (
  id text primary key,
  identifier text not null unique,
  name text not null,
  token_format text not null default 'opaque' check (token_format in ('opaque', 'jwt')),
  signing_alg text not null default 'ES256' check (signing_alg in ('ES256', 'RS256', 'PS256', 'EdDSA')),
  access_token_lifetime_seconds integer not null default 600 check (access_token_lifetime_seconds between 30 and 86400),
  accounts_need_permission boolean not null default false,
  disabled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1
);
create index apis_created_at on apis (created_at, id);
create trigger apis_changed after insert or update or delete on apis
  for each row execute function notify_change('api', 'identifier');

create table api_scopes (
  api_id text not null references apis (id) on delete cascade,
  name text not null,
  description text not null,
  primary key (api_id, name)
);

create table api_introspectors (
  api_id text not null references apis (id) on delete cascade,
  client_id text not null references clients (id) on delete cascade,
  primary key (api_id, client_id)
);
create index api_introspectors_client on api_introspectors (client_id);

-- Scopes given directly to a client or an account.
create table api_permissions (
  api_id text not null,
  scope text not null,
  owner_type text not null check (owner_type in ('account', 'client')),
  owner_id text not null,
  created_at timestamptz not null,
  primary key (owner_type, owner_id, api_id, scope),
  foreign key (api_id, scope) references api_scopes (api_id, name) on delete cascade
);
create index api_permissions_scope on api_permissions (api_id, scope);

-- Roles: a named set of an API's scopes, given to clients and accounts.
create table roles (
  id text primary key,
  api_id text not null references apis (id) on delete cascade,
  name text not null,
  description text not null default '',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (api_id, name),
  unique (id, api_id)
);

create table role_scopes (
  role_id text not null,
  api_id text not null,
  scope text not null,
  primary key (role_id, scope),
  foreign key (role_id, api_id) references roles (id, api_id) on delete cascade,
  foreign key (api_id, scope) references api_scopes (api_id, name) on delete cascade
);

create table role_members (
  role_id text not null references roles (id) on delete cascade,
  owner_type text not null check (owner_type in ('account', 'client')),
  owner_id text not null,
  created_at timestamptz not null,
  primary key (owner_type, owner_id, role_id)
);
create index role_members_role on role_members (role_id);

-- Whatever changes about an API, its scopes, permissions or roles, is forgotten under the API's identifier,
-- which the name of a deleted API still carries through the `apis` trigger itself.
create function notify_api_change() returns trigger language plpgsql as $$
declare
  changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
  changed_identifier text;
begin
  select identifier into changed_identifier from apis where id = coalesce(
    changed ->> 'api_id',
    (select api_id from roles where id = changed ->> 'role_id'));
  if changed_identifier is not null then
    perform pg_notify('latchkey_changes', json_build_object('kind', 'api', 'id', changed_identifier)::text);
  end if;
  return null;
end $$;
create trigger api_scopes_changed after insert or update or delete on api_scopes
  for each row execute function notify_api_change();
create trigger api_introspectors_changed after insert or update or delete on api_introspectors
  for each row execute function notify_api_change();
create trigger api_permissions_changed after insert or update or delete on api_permissions
  for each row execute function notify_api_change();
create trigger role_scopes_changed after insert or update or delete on role_scopes
  for each row execute function notify_api_change();
create trigger role_members_changed after insert or update or delete on role_members
  for each row execute function notify_api_change();

-- A deleted client or account takes its permissions and roles along.
create function forget_owner() returns trigger language plpgsql as $$
begin
  delete from api_permissions where owner_type = tg_argv[0] and owner_id = old.id;
  delete from role_members where owner_type = tg_argv[0] and owner_id = old.id;
  return null;
end $$;
create trigger accounts_forget after delete on accounts for each row execute function forget_owner('account');
create trigger clients_forget after delete on clients for each row execute function forget_owner('client');
