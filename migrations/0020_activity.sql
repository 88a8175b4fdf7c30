-- What the installation does, added up by hour: for the people who run it, not for any decision.
create table activity_hours (
  hour timestamptz not null,
  kind text not null,
  -- Whose: an account or client; empty for everybody together.
  subject text not null,
  outcome text not null,
  number bigint not null,
  primary key (hour, kind, subject, outcome)
);
