-- What do people do with jobs? Requeue, cancel, prioritise, clean up: in pieces of p_limit jobs, ascending by id.

-- The ids a filter means, also when a video is named by an alias or by a bare TikTok id.
create or replace function public.resolve_names(p_names jsonb) returns text[]
language sql stable set search_path = '' as $$
    select array_agg(found.video_id)
    from jsonb_array_elements_text(p_names) as name
    cross join lateral (
        select name as video_id
        union select 'tiktok:' || name where name ~ '^[0-9]+$'
        union select a.video_id from public.url_aliases a where a.alias = name
    ) as found
$$;

-- Ids of the jobs of a filter {video_ids, status, failure_class, batch} that are in one of p_statuses (null: any);
-- oldest first after p_from, or newest first before it.
create or replace function public.matching_jobs(
    p_which jsonb, p_statuses text[], p_newest_first boolean, p_from bigint, p_limit integer)
returns setof bigint
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    names text[] := case when jsonb_array_length(p_which -> 'video_ids') > 0
        then public.resolve_names(p_which -> 'video_ids') end;
    wanted_status text := p_which ->> 'status';
    wanted_class text := p_which ->> 'failure_class';
    wanted_batch text := p_which ->> 'batch';
begin
    if p_newest_first then
        return query
        select q.id from public.processing_queue q
        where (p_from is null or q.id < p_from)
            and (names is null or q.video_id = any (names))
            and (p_statuses is null or q.status = any (p_statuses))
            and (wanted_status is null or q.status = wanted_status)
            and (wanted_class is null or (q.failure_class = wanted_class and q.status = 'failed'))
            and (wanted_batch is null or q.batch = wanted_batch)
        order by q.id desc limit p_limit;
    else
        return query
        select q.id from public.processing_queue q
        where (p_from is null or q.id > p_from)
            and (names is null or q.video_id = any (names))
            and (p_statuses is null or q.status = any (p_statuses))
            and (wanted_status is null or q.status = wanted_status)
            and (wanted_class is null or (q.failure_class = wanted_class and q.status = 'failed'))
            and (wanted_batch is null or q.batch = wanted_batch)
        order by q.id limit p_limit;
    end if;
end $$;

-- Failed jobs (completed ones too with p_again) wait again with no failures counted.
create or replace function public.requeue_jobs(p_which jsonb, p_again boolean, p_after bigint, p_limit integer)
returns table (changed integer, last_id bigint)
language sql set search_path = '' as $$
    with chosen as materialized (
        select id from public.matching_jobs(
            p_which, case when p_again then array['failed', 'completed'] else array['failed'] end, false, p_after, p_limit
        ) as id
    ), requeued as (
        update public.processing_queue q
        set status = case when q.video_path is null then 'pending' else 'processing' end,
            run = q.run + 1, download_failures = 0, process_failures = 0, lane = 'gpu', suspect = false,
            failure_class = null, reason = null, retry_at = null, dispatched_until = null,
            ended_at = null, queued_at = now(), updated_at = now()
        from chosen
        where q.id = chosen.id and (q.status = 'failed' or (p_again and q.status = 'completed'))
        returning 1
    )
    select (select count(*)::integer from requeued), (select max(id) from chosen)
$$;

-- Unfinished jobs -> failed, class cancelled. The worker of a running one misses it at its next renewal.
create or replace function public.cancel_jobs(p_which jsonb, p_after bigint, p_limit integer)
returns table (changed integer, last_id bigint)
language sql set search_path = '' as $$
    with chosen as materialized (
        select id from public.matching_jobs(
            p_which, array['pending', 'downloading', 'processing'], false, p_after, p_limit
        ) as id
    ), cancelled as (
        update public.processing_queue q
        set status = 'failed', failure_class = 'cancelled', reason = 'cancelled',
            worker_id = null, lease_expires_at = null, retry_at = null, dispatched_until = null,
            ended_at = now(), updated_at = now()
        from chosen
        where q.id = chosen.id and q.status not in ('completed', 'failed')
        returning 1
    )
    select (select count(*)::integer from cancelled), (select max(id) from chosen)
$$;

-- Sets the priority of unfinished jobs; those that have it already are not counted.
create or replace function public.prioritize_jobs(p_which jsonb, p_priority integer, p_after bigint, p_limit integer)
returns table (changed integer, last_id bigint)
language sql set search_path = '' as $$
    with chosen as materialized (
        select id from public.matching_jobs(
            p_which, array['pending', 'downloading', 'processing'], false, p_after, p_limit
        ) as id
    ), moved as (
        update public.processing_queue q
        -- An announced job that rises is announced again, so that its message overtakes too.
        set dispatched_until = case when q.priority < p_priority then null else q.dispatched_until end,
            priority = p_priority, updated_at = now()
        from chosen
        where q.id = chosen.id and q.status not in ('completed', 'failed') and q.priority <> p_priority
        returning 1
    )
    select (select count(*)::integer from moved), (select max(id) from chosen)
$$;

-- Deletes at most p_limit jobs that ended more than p_days ago (their analyses, segments and aliases go with them), and what
-- is as old: events of jobs that are gone, metrics, workers that say nothing any more. How many jobs.
create or replace function public.cleanup(p_days double precision, p_limit integer) returns integer
language plpgsql set search_path = '' as $$
declare
    deadline timestamptz := now() - make_interval(secs => p_days * 86400);
    gone bigint[];
begin
    with old as (
        select q.id from public.processing_queue q
        where q.status in ('completed', 'failed') and q.ended_at < deadline
        order by q.id
        limit p_limit
        for update skip locked
    ), deleted as (
        delete from public.processing_queue q using old where q.id = old.id
        returning q.id
    )
    select coalesce(array_agg(d.id), '{}') into gone from deleted d;
    delete from public.job_events e where e.job_id = any (gone);
    delete from public.job_events e
    where e.at < deadline and not exists (select from public.processing_queue q where q.id = e.job_id);
    delete from public.performance_metrics m where m.at < deadline;
    -- Living workers stay, also where everything goes.
    delete from public.worker_status w where w.heartbeat_at < least(deadline, now() - interval '1 hour');
    return cardinality(gone);
end $$;

revoke execute on function public.resolve_names, public.matching_jobs, public.requeue_jobs, public.cancel_jobs,
    public.prioritize_jobs, public.cleanup from public, anon, authenticated;
grant execute on function public.resolve_names, public.matching_jobs, public.requeue_jobs, public.cancel_jobs,
    public.prioritize_jobs, public.cleanup to service_role;

notify pgrst, 'reload schema';
