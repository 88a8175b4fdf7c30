-- What is known of a device code beside its artifact (RFC 8628): who may be asked about it, who claimed it, what was decided,
-- and how it is polled. A table of its own, so that the table of all tokens keeps its width and its indexes.
create table device_codes (
  -- Of the device code, as in `oidc_artifacts`.
  id_hash bytea primary key,
  -- A user code is compared by its hash; sealed, it is shown once more beside what the device shows.
  user_code_hash bytea not null unique,
  user_code_sealed bytea not null,
  -- The browser session in which the user code was typed first. No other one goes on with it.
  claimed_by text,
  outcome text check (outcome in ('approved', 'denied')),
  polled_at timestamptz,
  polled_too_soon boolean not null default false,
  interval_seconds integer not null default 5,
  expires_at timestamptz not null
);
create index device_codes_expires_at on device_codes (expires_at);
