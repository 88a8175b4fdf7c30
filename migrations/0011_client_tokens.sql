-- What was issued to a client before this moment is worth nothing, and does not come back when the client is enabled
-- again. A service's tokens hang on no grant, and a JWT has no row: this is what ends them.
alter table clients add column tokens_end_before timestamptz;
