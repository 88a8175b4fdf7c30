-- A password that somebody else chose, such as an administrator, is good for choosing another and for nothing more
-- (ASVS 6.4.1, 6.4.6).
alter table accounts add column password_temporary boolean not null default false;
