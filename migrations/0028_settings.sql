-- Settings that the installation keeps: by their names in the environment, written as they are there. One row, so that a
-- change is one statement and has one version.
create table settings (
  installation boolean primary key default true check (installation),
  version integer not null default 0,
  written jsonb not null default '{}' check (jsonb_typeof(written) = 'object')
);
insert into settings default values;
create trigger settings_changed after update on settings
  for each row execute function notify_change('settings', 'version');
