-- Calendar quotas: how much of an allowance was handed out to instances in one period (UTC).
create table quota_counters (
  key text not null,
  period_starts_at timestamptz not null,
  period_ends_at timestamptz not null,
  taken bigint not null,
  primary key (key, period_starts_at)
);
create index quota_counters_period_ends_at on quota_counters (period_ends_at);
