-- Which kinds of password hashes there are: ours of today, ours from before the parameters were raised, and those of other
-- servers. An attempt that is rejected costs what a comparison with each of them costs, so that its time does not tell whose
-- hash it met.

-- What a comparison with a hash costs: the hash itself, with nothing left of its salt and digest but the digest's length. It
-- is written as a hash, so that it can be compared with. `kindOf` in src/domain/accounts/hash-kinds.ts is the same.
create function password_hash_kind(hash text) returns text language sql immutable as $function$
  select case
    when hash like '$2%' then '$2b' || substring(hash from 4 for 4) || repeat('A', 53)
    else case
      -- Libraries write the parameters in different orders.
      when hash like '$argon2%' then substring(hash from '^\$argon2[a-z]*\$v=[0-9]+') || '$m='
        || substring(hash from '[$,]m=([0-9]+)') || ',p=' || substring(hash from '[$,]p=([0-9]+)') || ',t='
        || substring(hash from '[$,]t=([0-9]+)')
      else regexp_replace(hash, '\$[^$]*\$[^$]*$', '')
    end || '$AAAAAAAAAAAAAAAA$' || regexp_replace(split_part(hash, '$', -1), '[^=]', 'A', 'g')
  end
$function$;

create index accounts_password_hash_kind
  on accounts (password_hash_kind(coalesce(password_hash, compromised_password_hash)));
