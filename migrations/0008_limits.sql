-- Token buckets shared by all instances: what is left in a named budget of somebody, and as of when.
create table limit_buckets (
  key text primary key,
  tokens double precision not null,
  updated_at timestamptz not null,
  full_at timestamptz not null
) with (fillfactor = 70);
create index limit_buckets_full_at on limit_buckets (full_at);
