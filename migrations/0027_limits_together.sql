-- What a bucket holds at a moment. Time never runs backwards in it.
create function refilled_limit(bucket limit_buckets, capacity float8, refill_per_second float8, moment timestamptz)
  returns float8 language sql immutable as $$
  select least(capacity, bucket.tokens
    + greatest(0, extract(epoch from moment - bucket.updated_at))::float8 * refill_per_second)
$$;

-- Takes one from each of several buckets, in their order, or from none: what the last one refuses was never taken from the
-- first. Answers the number of the one that refused and what it held; nothing, if all gave.
create function take_limits(wanted_keys text[], capacities float8[], refills float8[])
  returns table (refused integer, held float8) language plpgsql as $$
declare
  moment timestamptz := clock_timestamp();
begin
  begin
    for place in 1 .. cardinality(wanted_keys) loop
      insert into limit_buckets as bucket (key, tokens, updated_at, full_at)
        values (wanted_keys[place], capacities[place] - 1, moment, moment + make_interval(secs => 1 / refills[place]))
        on conflict (key) do update set
          tokens = refilled_limit(bucket, capacities[place], refills[place], moment) - 1,
          updated_at = greatest(bucket.updated_at, moment),
          full_at = greatest(bucket.updated_at, moment) + make_interval(secs =>
            (capacities[place] - refilled_limit(bucket, capacities[place], refills[place], moment) + 1) / refills[place])
        where refilled_limit(bucket, capacities[place], refills[place], moment) >= 1;
      if not found then
        refused := place;
        raise exception using errcode = 'LK001';
      end if;
    end loop;
    return;
  exception when sqlstate 'LK001' then null;
  end;
  select refilled_limit(bucket, capacities[refused], refills[refused], moment) into held
    from limit_buckets as bucket where bucket.key = wanted_keys[refused];
  return next;
end $$;
