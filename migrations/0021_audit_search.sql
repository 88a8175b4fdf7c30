-- The audit log is searched by address, time and request, at millions of events. A span of time is
-- read in its own order, so the block range index, which only narrows, gives way to an exact one.
create index audit_events_when on audit_events (occurred_at, id);
create index audit_events_address on audit_events (address, id) where address is not null;
create index audit_events_request on audit_events (request_id, id) where request_id is not null;
drop index audit_events_occurred_at;
