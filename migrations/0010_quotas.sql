-- Calendar quotas: how much of an allowance was handed out to instances in one period (UTC).
create table quota_counters (
  key text not null,
  period_starts_at timestamptz not null,
  period_ends_at timestamptz not null,
  taken bigint not null,
  -- What the latest statement handed out: how it tells its caller.
  handed bigint not null,
  primary key (key, period_starts_at)
);
create index quota_counters_period_ends_at on quota_counters (period_ends_at);

-- The same for buckets that are leased from.
alter table limit_buckets add column handed double precision not null default 0;
