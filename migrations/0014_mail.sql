-- Mails on their way: a row lives until its mail was handed over or given up. What a link is worth is sealed.
create table mails (
  id text primary key check (id like 'mail\_%'),
  kind text not null,
  account_id text,
  -- One address, never a list.
  recipient text not null,
  locale text,
  sealed_data bytea,
  -- For notices, which the database writes by itself: nothing secret.
  facts jsonb not null default '{}',
  created_at timestamptz not null,
  next_attempt_at timestamptz not null,
  give_up_at timestamptz not null,
  attempts integer not null default 0,
  last_problem text
);
create index mails_next_attempt_at on mails (next_attempt_at);

-- More purposes for one-time links. A link belongs to an account or to an address, or to nobody: then it does nothing.
alter table one_time_links
  drop constraint one_time_links_purpose_check,
  add column id text unique,
  add column account_id text references accounts (id) on delete cascade,
  add column email text,
  add column email_key text,
  add column created_by text,
  add column data jsonb not null default '{}',
  add constraint one_time_links_purpose_check check (purpose in
    ('first_administrator', 'sign_up', 'invitation', 'verify_email', 'reset_password', 'change_email'));
create index one_time_links_account on one_time_links (account_id) where account_id is not null;
create index one_time_links_email_key on one_time_links (email_key, purpose) where email_key is not null;
create index one_time_links_expires_at on one_time_links (expires_at);

-- Another password or address, or being disabled, ends what was mailed before: whoever changes it need not remember.
create function end_one_time_links() returns trigger language plpgsql as $$
begin
  delete from one_time_links where account_id = new.id and used_at is null
    and (purpose <> 'verify_email' or old.email_key is distinct from new.email_key);
  return null;
end $$;
create trigger accounts_end_links after update of password_changed_at, email_key, disabled_at on accounts
  for each row when (old.password_changed_at is distinct from new.password_changed_at
    or old.email_key is distinct from new.email_key
    or (old.disabled_at is null and new.disabled_at is not null))
  execute function end_one_time_links();

-- Security notices (ASVS 6.3.7): whoever changes a credential records it, and its owner is told. Only at an address that is
-- known to be theirs, and not of what belongs to the making of the account.
create function enqueue_security_notice() returns trigger language plpgsql as $$
begin
  insert into mails (id, kind, account_id, recipient, locale, facts, created_at, next_attempt_at, give_up_at)
    select 'mail_' || replace(gen_random_uuid()::text, '-', ''), 'security_notice', a.id, a.email, a.claims ->> 'locale',
      jsonb_strip_nulls(jsonb_build_object('event', new.type, 'occurredAt', new.occurred_at, 'address', new.address,
        'actor', new.actor_type)),
      new.occurred_at, new.occurred_at, new.occurred_at + interval '24 hours'
    from accounts a
    where a.id = case when new.target_type = 'account' then new.target_id
        else (select k.owner_id from api_keys k where k.id = new.target_id and k.owner_type = 'account') end
      and a.email_verified_at is not null and a.created_at < new.occurred_at;
  return null;
end $$;
create trigger audit_events_notify_owner after insert on audit_events
  for each row when (
    (new.target_type = 'account' and new.type in (
      'account.password_changed', 'account.email_changed', 'account.administrator_granted', 'account.deletion_requested',
      'totp.enrolled', 'totp.removed', 'recovery_codes.created', 'recovery_codes.removed', 'recovery_code.used',
      'second_factor.locked', 'second_factors.reset',
      'passkey.added', 'passkey.removed', 'passkey.counter_went_back', 'sign_in.new_device',
      'sign_in.many_failures', 'account.password_disabled'))
    or (new.target_type = 'api_key' and new.type in ('api_key.created', 'api_key.leak_reported')))
  execute function enqueue_security_notice();

-- The former address is told when an account gets another one, by whomever.
create function tell_former_address() returns trigger language plpgsql as $$
begin
  insert into mails (id, kind, account_id, recipient, locale, facts, created_at, next_attempt_at, give_up_at)
    values ('mail_' || replace(gen_random_uuid()::text, '-', ''), 'security_notice', old.id, old.email, old.claims ->> 'locale',
      jsonb_build_object('event', 'former_address', 'occurredAt', new.updated_at),
      new.updated_at, new.updated_at, new.updated_at + interval '24 hours');
  return null;
end $$;
create trigger accounts_tell_former_address after update of email_key on accounts
  for each row when (old.email_key is distinct from new.email_key and old.email_verified_at is not null)
  execute function tell_former_address();
