-- Authenticator apps (TOTP, RFC 6238): one per account. The seed is sealed; the step of the last accepted code and the
-- failures since then are what each attempt is decided by.
create table totp_authenticators (
  account_id text primary key references accounts (id) on delete cascade,
  seed bytea not null,
  last_step bigint not null,
  -- Counted before a code is compared, and set back to nothing by a code that is right.
  failures integer not null default 0 check (failures >= 0),
  -- NIST SP 800-63B-4 §3.2.2: after a hundred failures in a row it is of no use any more and has to be set up again.
  disabled_at timestamptz,
  created_at timestamptz not null,
  last_used_at timestamptz
);

-- Seeds that were shown and wait for their first code. They are worth nothing until then.
create table totp_enrolments (
  id text primary key,
  account_id text not null references accounts (id) on delete cascade,
  seed bytea not null,
  attempts integer not null default 0,
  expires_at timestamptz not null
);
create index totp_enrolments_account_id on totp_enrolments (account_id);
create index totp_enrolments_expires_at on totp_enrolments (expires_at);

-- Recovery codes: one set per account, and what it was failed with since a code of it was right.
create table recovery_code_sets (
  account_id text primary key references accounts (id) on delete cascade,
  failures integer not null default 0 check (failures >= 0),
  disabled_at timestamptz,
  created_at timestamptz not null
);
create table recovery_codes (
  account_id text not null references recovery_code_sets (account_id) on delete cascade,
  code_hash bytea not null check (octet_length(code_hash) = 32),
  used_at timestamptz,
  primary key (account_id, code_hash)
);

-- The least that a person's sign-in must have proven for tokens of an API (RFC 9470): aal1 is any sign-in.
alter table apis add column minimum_acr text not null default 'aal1' check (minimum_acr in ('aal1', 'aal2', 'phr'));
