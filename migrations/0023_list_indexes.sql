-- What administrators look for by its beginning, or by what few accounts are, and a browser by the token it has.
create index accounts_name_prefix on accounts (lower(claims ->> 'name') text_pattern_ops, id);
create index accounts_id_prefix on accounts (id text_pattern_ops);
create index accounts_disabled on accounts (created_at, id) where disabled_at is not null;
create index audit_events_target_type on audit_events (target_type, target_id, type, id);
create index devices_token_hash on devices (token_hash);
