-- Counts of use are written by the thousand every few seconds. A reference would lock, and so write to, the row of each key once more:
-- instead the writer holds the secrets' rows, which it changes anyway, and a deleted key takes its counts along after its secrets.
-- The cascade to the secrets goes first ("RI_..." sorts before our names) and waits for whoever writes counts at that moment.
alter table api_key_usage drop constraint api_key_usage_key_id_fkey;
alter table api_key_scope_usage drop constraint api_key_scope_usage_key_id_fkey;
create function forget_key_usage() returns trigger language plpgsql as $$
begin
  delete from api_key_usage where key_id = old.id;
  delete from api_key_scope_usage where key_id = old.id;
  return null;
end $$;
create trigger api_keys_forget_usage after delete on api_keys for each row execute function forget_key_usage();
-- Rows that change often find room for their next version on their own page, and no index has to hear of it.
alter table api_key_secrets set (fillfactor = 80);
alter table api_key_usage set (fillfactor = 80);
alter table api_key_scope_usage set (fillfactor = 80);
