-- What happened: who did what to whom, from where, when, under which request. Never a secret.
create table audit_events (
  id bigint generated always as identity primary key,
  occurred_at timestamptz not null,
  type text not null,
  actor_type text not null check (actor_type in ('account', 'client', 'operator', 'system', 'anonymous')),
  actor_id text,
  target_type text,
  target_id text,
  address text,
  user_agent text,
  request_id text,
  details jsonb not null default '{}'
);
create index audit_events_target on audit_events (target_type, target_id, id);
create index audit_events_actor on audit_events (actor_type, actor_id, id);
create index audit_events_occurred_at on audit_events using brin (occurred_at);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit events are never changed or removed' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_events_are_final before update or delete on audit_events
  for each row execute function refuse_audit_change();
create trigger audit_events_are_kept before truncate on audit_events
  for each statement execute function refuse_audit_change();

-- One channel tells every instance what to forget: {"kind":"client","id":"..."}, delivered when the change commits.
create function notify_change() returns trigger language plpgsql as $$
declare
  changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
begin
  perform pg_notify('latchkey_changes', json_build_object('kind', tg_argv[0], 'id', changed ->> tg_argv[1])::text);
  return null;
end $$;
