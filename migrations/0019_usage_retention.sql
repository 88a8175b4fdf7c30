-- Counts of use are kept as long as an operator wants; the oldest are found by their hour.
create index api_key_usage_hour on api_key_usage (hour);
