-- Keys of the installation: JWT signing keys by algorithm, cookie keys and the DPoP nonce secret. Sealed outside.
-- The state follows from the times: next until `activates_at`, current until another of its purpose activates,
-- retired (still published, never signing) until `retires_at`.
create table signing_keys (
  id text primary key,
  purpose text not null check (purpose in ('ES256', 'RS256', 'PS256', 'EdDSA', 'cookies', 'dpop_nonce')),
  sealed_key bytea not null,
  created_at timestamptz not null,
  activates_at timestamptz not null,
  retires_at timestamptz
);
create index signing_keys_purpose on signing_keys (purpose, activates_at);
create trigger signing_keys_changed after insert or update or delete on signing_keys
  for each row execute function notify_change('signing_keys', 'purpose');
