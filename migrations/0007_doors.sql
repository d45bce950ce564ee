-- How does a database know what was applied to it when no program of ours did it?
--
-- Files that were pasted or pushed record themselves: from this one on each ends with record_migration(). Those before
-- it must have been applied for it to succeed.

create or replace function public.record_migration(p_version text, p_name text) returns void
language sql set search_path = '' as $$
    insert into public.schema_migrations (version, name, checksum) values (p_version, p_name, '')
    on conflict (version) do nothing
$$;
comment on column public.schema_migrations.checksum is
    'SHA-256 of the file, which must not change once applied; empty where a file was pasted or pushed.';

-- The versions this database has; asked by every part that reaches it through the Data API alone.
create or replace function public.applied_migrations() returns table (version text)
language sql stable set search_path = '' as $$
    select m.version from public.schema_migrations m order by m.version limit 500
$$;

revoke execute on function public.record_migration, public.applied_migrations from public, anon, authenticated;
grant execute on function public.record_migration, public.applied_migrations to service_role;

select public.record_migration('0001', 'tables');
select public.record_migration('0002', 'jobs');
select public.record_migration('0003', 'people');
select public.record_migration('0004', 'reading');
select public.record_migration('0005', 'policy');
select public.record_migration('0006', 'bulk_add');
select public.record_migration('0007', 'doors');

notify pgrst, 'reload schema';
