-- A password that is known to others: its hash stays apart from the one in force, so that it opens nothing, its owner is
-- told so at the next sign-in, and it is not set again.
alter table accounts add column compromised_password_hash text;

-- A password that somebody else chose, such as an administrator, is good for choosing another and for nothing more
-- (ASVS 6.4.1, 6.4.6).
alter table accounts add column password_temporary boolean not null default false;
