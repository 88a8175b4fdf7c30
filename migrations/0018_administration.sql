-- The built-in API that administers the installation, and its roles. The server gives them their scopes, words and the
-- issuer's address when it starts; their rows are here, so that the first administrator can be made before that.
alter table apis add column built_in boolean not null default false;
-- What was issued for an API before this moment is worth nothing, as with clients.
alter table apis add column tokens_end_before timestamptz;
alter table roles add column built_in boolean not null default false;
alter table roles add column version integer not null default 1;

insert into apis (id, identifier, name, accounts_need_permission, built_in, created_at, updated_at)
  values ('management', 'urn:latchkey:management', 'Management', true, true, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z');
insert into roles (id, api_id, name, built_in, created_at, updated_at) values
  ('role_owner', 'management', 'owner', true, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'),
  ('role_security', 'management', 'security', true, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'),
  ('role_support', 'management', 'support', true, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'),
  ('role_read_only', 'management', 'read-only', true, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z');

-- Who administers is said by `role_members` alone. `administrator` (some role of the built-in API) and `owner` follow
-- from it, so that the rules about the last owner are one condition on one row.
alter table accounts add column owner boolean not null default false;
create index accounts_owners on accounts (id) where owner;

create function follow_administrator_roles() returns trigger language plpgsql as $$
declare
  membership role_members := case when tg_op = 'DELETE' then old else new end;
  administers boolean;
  owns boolean;
begin
  if tg_op = 'DELETE' and membership.role_id = 'role_owner' then
    -- One at a time: of two owners who remove each other at once, the second waits and then finds itself the last.
    perform from accounts where owner and disabled_at is null order by id for update;
    if exists (select from accounts where id = membership.owner_id and owner and disabled_at is null)
      and not exists (select from accounts where id <> membership.owner_id and owner and disabled_at is null) then
      raise exception 'the last owner stays' using errcode = 'LK001';
    end if;
  end if;
  perform from accounts where id = membership.owner_id for no key update;
  select count(*) > 0, count(*) filter (where m.role_id = 'role_owner') > 0 into administers, owns
    from role_members m join roles r on r.id = m.role_id
    where m.owner_type = 'account' and m.owner_id = membership.owner_id and r.api_id = 'management';
  update accounts set administrator = administers, owner = owns
    where id = membership.owner_id and (administrator, owner) is distinct from (administers, owns);
  return null;
end $$;
create trigger role_members_of_account_added after insert on role_members
  for each row when (new.owner_type = 'account') execute function follow_administrator_roles();
create trigger role_members_of_account_removed after delete on role_members
  for each row when (old.owner_type = 'account') execute function follow_administrator_roles();

-- Whoever sets the flag gives the role of an owner, and whoever takes it away takes every role of the built-in API.
create function follow_administrator_flag() returns trigger language plpgsql as $$
begin
  if not new.administrator then
    delete from role_members where owner_type = 'account' and owner_id = new.id
      and role_id in (select id from roles where api_id = 'management');
  elsif not exists (select from role_members m join roles r on r.id = m.role_id
      where m.owner_type = 'account' and m.owner_id = new.id and r.api_id = 'management') then
    insert into role_members (role_id, owner_type, owner_id, created_at)
      values ('role_owner', 'account', new.id, new.updated_at);
  end if;
  return null;
end $$;
create trigger accounts_administrator_made after insert on accounts
  for each row when (new.administrator) execute function follow_administrator_flag();
create trigger accounts_administrator_changed after update of administrator on accounts
  for each row when (old.administrator is distinct from new.administrator) execute function follow_administrator_flag();

insert into role_members (role_id, owner_type, owner_id, created_at)
  select 'role_owner', 'account', id, updated_at from accounts where administrator;

-- Answers to creations that named an idempotency key, sealed, so that a repeated request is answered and not done again.
create table idempotent_requests (
  key_hash bytea primary key,
  request_hash bytea not null,
  status smallint,
  sealed_answer bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index idempotent_requests_expires_at on idempotent_requests (expires_at);

-- Lists and searches by the beginning of a name, at sizes where nothing may be read in full.
create index accounts_email_prefix on accounts (email_key text_pattern_ops);
create index accounts_username_prefix on accounts (username_key text_pattern_ops) where username_key is not null;
create index clients_name_prefix on clients (lower(name) text_pattern_ops, id);
create index api_keys_name_prefix on api_keys (lower(name) text_pattern_ops, id);
create index api_keys_revoked on api_keys (created_at, id) where revoked_at is not null;
create index api_keys_disabled on api_keys (created_at, id) where disabled_at is not null;
create index api_keys_expiring on api_keys (created_at, id) where expires_at is not null;
create index oidc_sessions_created_at on oidc_sessions (created_at, uid);
create index oidc_grants_created_at on oidc_grants (created_at, id);
create index role_members_listed on role_members (role_id, created_at, owner_type, owner_id);
create index audit_events_type on audit_events (type, id);
