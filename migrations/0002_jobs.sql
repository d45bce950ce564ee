-- How does a job move? What workers and the feeder call. Every write of a worker names (id, attempt); a stale one changes nothing.

-- Adds one row per video. Answers one row per link, in the order given.
create or replace function public.add_jobs(p_links jsonb, p_priority integer, p_batch text)
returns table (video_id text, outcome text, status text)
language plpgsql set search_path = '' as $$
declare
    added text[];
    raised text[];
begin
    with given as (
        select distinct on (name.video_id) name.video_id, link.url, link.source, link.place
        from rows from (jsonb_to_recordset(p_links) as (video_id text, url text, source text))
            with ordinality as link (video_id, url, source, place)
        left join public.url_aliases a on a.alias = link.video_id
        cross join lateral (select coalesce(a.video_id, link.video_id) as video_id) as name
        order by name.video_id, link.place
    ), inserted as (
        insert into public.processing_queue (video_id, url, source, priority, batch, status, video_path)
        select g.video_id, g.url, g.source, p_priority, p_batch,
            case g.source when 'file' then 'processing' else 'pending' end,
            case g.source when 'file' then g.url end
        from given g order by g.place
        on conflict on constraint processing_queue_video_id_key do nothing
        returning processing_queue.video_id
    )
    select coalesce(array_agg(i.video_id), '{}') into added from inserted i;

    -- A local file is its content: where it lies now is as good as where it lay before.
    update public.processing_queue q
    set url = link.url, video_path = link.url, updated_at = now()
    from jsonb_to_recordset(p_links) as link (video_id text, url text, source text)
    where link.source = 'file' and q.video_id = link.video_id and q.worker_id is null and q.url <> link.url
        and q.video_id <> all (added);

    -- The mark is taken off so that the next feed announces it with its new priority.
    with better as (
        update public.processing_queue q
        set priority = p_priority, dispatched_until = null, updated_at = now()
        from jsonb_to_recordset(p_links) as link (video_id text)
        left join public.url_aliases a on a.alias = link.video_id
        where q.video_id = coalesce(a.video_id, link.video_id)
            and q.waits_for is not null and q.priority < p_priority
        returning q.video_id
    )
    select coalesce(array_agg(b.video_id), '{}') into raised from better b;

    return query
    select q.video_id,
        case
            when q.video_id = any (added) and row_number() over (partition by q.video_id order by link.place) = 1
                then 'added'
            when q.video_id = any (raised) then 'raised'
            else 'known'
        end,
        q.status
    from rows from (jsonb_to_recordset(p_links) as (video_id text)) with ordinality as link (video_id, place)
    left join public.url_aliases a on a.alias = link.video_id
    join public.processing_queue q on q.video_id = coalesce(a.video_id, link.video_id)
    order by link.place;
end $$;

-- Whether a card takes videos; without one the cpu workers take the gpu queue's.
create or replace function public.gpu_is_alive() returns boolean
language sql stable set search_path = '' as $$
    select exists (
        select from public.worker_status w
        where w.kind = 'gpu' and w.status = 'running' and w.heartbeat_at > now() - interval '60 seconds')
$$;

-- The values of waits_for that a stage serves.
create or replace function public.queues_of(p_stage text) returns text[]
language sql stable set search_path = '' as $$
    select case when p_stage = 'cpu' and not public.gpu_is_alive() then array['cpu', 'gpu'] else array[p_stage] end
$$;

-- Marks the best due jobs as announced: p_limit by priority then age, and beyond that the urgent ones; never more than 500.
create or replace function public.feed_jobs(p_stage text, p_limit integer)
returns table (job_id bigint, priority smallint)
language sql set search_path = '' as $$
    with due as (
        select best.id, best.priority, row_number() over (order by best.priority desc, best.id) as place
        from unnest(public.queues_of(p_stage)) as queue (name)
        cross join lateral (
            select q.id, q.priority from public.processing_queue q
            where q.waits_for = queue.name
                and (q.retry_at is null or q.retry_at <= now())
                and (q.dispatched_until is null or q.dispatched_until <= now())
            order by q.priority desc, q.id
            limit 500
        ) as best
        where p_stage <> 'gpu' or public.gpu_is_alive()
    ), marked as (
        update public.processing_queue q
        set dispatched_until = now() + interval '60 seconds'
        from due
        where q.id = due.id and due.place <= 500 and (due.place <= p_limit or due.priority = 10)
            and q.waits_for is not null and (q.dispatched_until is null or q.dispatched_until <= now())
        returning q.id, q.priority
    )
    select m.id, m.priority from marked m order by m.priority desc, m.id
$$;

-- Takes the marks off.
create or replace function public.unannounce_jobs(p_ids jsonb) returns integer
language sql set search_path = '' as $$
    with unmarked as (
        update public.processing_queue q set dispatched_until = null
        where q.id in (select value::bigint from jsonb_array_elements_text(p_ids)) and q.waits_for is not null
        returning 1
    )
    select count(*)::integer from unmarked
$$;

-- Leases the best due job of a stage to a worker; no row when nothing is due. p_named is the job of the worker's permit.
create or replace function public.claim_job(
    p_stage text, p_worker text, p_lease_s double precision, p_named bigint default null
)
returns setof public.processing_queue
language sql set search_path = '' as $$
    with best as (
        select job.id, job.announced
        from unnest(public.queues_of(p_stage)) as queue (name)
        cross join lateral (
            select q.id, q.priority, coalesce(q.dispatched_until > now(), false) as announced
            from public.processing_queue q
            where q.waits_for = queue.name and (q.retry_at is null or q.retry_at <= now())
            order by q.priority desc, q.id
            limit 1
            for update skip locked
        ) as job
        order by job.priority desc, job.id
        limit 1
    ), passed_over as (
        select q.id from public.processing_queue q, best
        where q.id = p_named and q.id <> best.id and not best.announced and q.waits_for is not null
        for update of q skip locked
    ), announced_anew as (
        -- Its permit goes to a job that had none, so it needs another; without one it would wait for its mark to run out.
        update public.processing_queue q set dispatched_until = null from passed_over where q.id = passed_over.id
    )
    update public.processing_queue q
    set status = case q.status when 'pending' then 'downloading' else q.status end,
        attempt = q.attempt + 1, worker_id = p_worker, lease_expires_at = now() + make_interval(secs => p_lease_s),
        retry_at = null, dispatched_until = null, failure_class = null, reason = null,
        started_at = now(), updated_at = now()
    from best
    where q.id = best.id
    returning q.*
$$;

-- Extends the leases of {job id: attempt} that the worker still holds; their ids.
create or replace function public.renew_leases(p_worker text, p_held jsonb, p_lease_s double precision)
returns table (job_id bigint)
language sql set search_path = '' as $$
    update public.processing_queue q
    set lease_expires_at = now() + make_interval(secs => p_lease_s)
    from jsonb_each_text(p_held) as held
    where q.id = held.key::bigint and q.attempt = held.value::integer and q.worker_id = p_worker
    returning q.id
$$;

-- downloading -> processing. Another video_id: a short link was resolved; the job takes that id, or joins the job that has it.
create or replace function public.finish_download(
    p_id bigint, p_attempt integer, p_video_id text, p_video_path text, p_metadata jsonb)
returns boolean
language plpgsql set search_path = '' as $$
declare
    ours public.processing_queue;
begin
    select * into ours from public.processing_queue q
    where q.id = p_id and q.attempt = p_attempt and q.status = 'downloading' for update;
    if not found then
        return false;
    end if;
    begin
        update public.processing_queue q
        set video_id = p_video_id, status = 'processing', video_path = p_video_path, metadata = p_metadata,
            worker_id = null, lease_expires_at = null, updated_at = now()
        where q.id = p_id;
    exception
        when unique_violation then
            perform public.merge_jobs(ours, p_video_id, p_video_path, p_metadata);
    end;
    if ours.video_id <> p_video_id then
        insert into public.url_aliases (alias, video_id) values (ours.video_id, p_video_id)
        on conflict (alias) do update set video_id = excluded.video_id;
    end if;
    return true;
end $$;

-- Gives what a job has to the job that has the same video, and removes it.
create or replace function public.merge_jobs(
    p_ours public.processing_queue, p_video_id text, p_video_path text, p_metadata jsonb)
returns void
language plpgsql set search_path = '' as $$
begin
    insert into public.job_events (job_id, video_id, attempt, from_status, to_status, worker_id, note)
    values (p_ours.id, p_ours.video_id, p_ours.attempt, p_ours.status, null, p_ours.worker_id, 'merged into ' || p_video_id);
    update public.url_aliases a set video_id = p_video_id where a.video_id = p_ours.video_id;
    delete from public.processing_queue q where q.id = p_ours.id;
    update public.processing_queue q
    set priority = greatest(q.priority, p_ours.priority), updated_at = now()
    where q.video_id = p_video_id and q.status not in ('completed', 'failed');
    -- It need not be downloaded a second time.
    update public.processing_queue q
    set status = 'processing', video_path = p_video_path, metadata = p_metadata,
        retry_at = null, dispatched_until = null, failure_class = null,
        reason = 'downloaded under another link'
    where q.video_id = p_video_id and q.status = 'pending';
end $$;

-- processing -> completed, with its analysis and its timeline.
create or replace function public.finish_analysis(
    p_id bigint, p_attempt integer, p_analysis jsonb, p_segments jsonb)
returns boolean
language plpgsql set search_path = '' as $$
declare
    job public.processing_queue;
    facts jsonb := p_analysis -> 'metadata';
begin
    update public.processing_queue q
    set status = 'completed', worker_id = null, lease_expires_at = null, suspect = false,
        ended_at = now(), updated_at = now()
    where q.id = p_id and q.attempt = p_attempt and q.status = 'processing' and q.worker_id is not null
    returning * into job;
    if not found then
        return false;
    end if;
    delete from public.video_analysis v where v.video_id = job.video_id;
    insert into public.video_analysis (
        video_id, job_id, attempt, run, url, video_path, metadata, analyzer_results,
        processing_time_seconds, successful_analyzers, total_analyzers, realtime_factor, duration_s, device, versions)
    values (
        job.video_id, job.id, job.attempt, job.run, job.url, job.video_path, facts, p_analysis -> 'analyzer_results',
        (facts ->> 'processing_time_seconds')::double precision, (facts ->> 'successful_analyzers')::integer,
        (facts ->> 'total_analyzers')::integer, (facts ->> 'realtime_factor')::double precision,
        (facts -> 'video' ->> 'duration')::double precision, facts ->> 'device', facts -> 'versions');
    insert into public.video_segments (video_id, analyzer, start_s, end_s, label, score, text, data)
    select job.video_id, s.analyzer, s.start_s, s.end_s, s.label, s.score, s.text, coalesce(s.data, '{}')
    from jsonb_to_recordset(p_segments) as s (
        analyzer text, start_s double precision, end_s double precision, label text,
        score double precision, text text, data jsonb);
    return true;
end $$;

-- -> failed.
create or replace function public.fail_job(p_id bigint, p_attempt integer, p_class text, p_reason text)
returns boolean
language sql set search_path = '' as $$
    with failed as (
        update public.processing_queue q
        set status = 'failed', failure_class = p_class, reason = p_reason, worker_id = null, lease_expires_at = null,
            ended_at = now(), updated_at = now()
        where q.id = p_id and q.attempt = p_attempt and q.worker_id is not null
        returning 1
    )
    select exists (select from failed)
$$;

-- Back to waiting, due again in p_delay_s seconds.
create or replace function public.retry_job(
    p_id bigint, p_attempt integer, p_class text, p_reason text, p_delay_s double precision,
    p_charge boolean, p_suspect boolean, p_lane text, p_download_again boolean)
returns boolean
language sql set search_path = '' as $$
    with waiting as (
        update public.processing_queue q
        set status = case when q.status = 'downloading' or p_download_again then 'pending' else 'processing' end,
            download_failures = q.download_failures + (p_charge and q.status = 'downloading')::integer,
            process_failures = q.process_failures + (p_charge and q.status = 'processing')::integer,
            video_path = case when p_download_again then null else q.video_path end,
            suspect = p_suspect, lane = coalesce(p_lane, q.lane),
            failure_class = p_class, reason = p_reason,
            retry_at = case when p_delay_s > 0 then now() + make_interval(secs => p_delay_s) end,
            worker_id = null, lease_expires_at = null, dispatched_until = null, updated_at = now()
        where q.id = p_id and q.attempt = p_attempt and q.worker_id is not null
        returning 1
    )
    select exists (select from waiting)
$$;

-- Hands a job back untouched.
create or replace function public.release_job(p_id bigint, p_attempt integer, p_reason text)
returns boolean
language sql set search_path = '' as $$
    with released as (
        update public.processing_queue q
        set status = case q.status when 'downloading' then 'pending' else q.status end, reason = p_reason,
            worker_id = null, lease_expires_at = null, dispatched_until = null, updated_at = now()
        where q.id = p_id and q.attempt = p_attempt and q.worker_id is not null
        returning 1
    )
    select exists (select from released)
$$;

-- Jobs whose lease ran out wait again, at most 500; how many.
create or replace function public.reap_leases() returns integer
language sql set search_path = '' as $$
    with silent as (
        select q.id from public.processing_queue q
        where q.worker_id is not null and q.lease_expires_at < now()
        order by q.lease_expires_at
        limit 500
        for update skip locked
    ), reaped as (
        update public.processing_queue q
        set status = case q.status when 'downloading' then 'pending' else q.status end,
            suspect = q.suspect or q.status = 'processing', reason = 'the lease of ' || q.worker_id || ' ran out',
            worker_id = null, lease_expires_at = null, dispatched_until = null, updated_at = now()
        from silent
        where q.id = silent.id
        returning 1
    )
    select count(*)::integer from reaped
$$;

revoke execute on function public.add_jobs, public.gpu_is_alive, public.queues_of, public.feed_jobs,
    public.unannounce_jobs, public.claim_job, public.renew_leases, public.finish_download, public.merge_jobs,
    public.finish_analysis, public.fail_job, public.retry_job, public.release_job, public.reap_leases
    from public, anon, authenticated;
grant execute on function public.add_jobs, public.gpu_is_alive, public.queues_of, public.feed_jobs,
    public.unannounce_jobs, public.claim_job, public.renew_leases, public.finish_download, public.merge_jobs,
    public.finish_analysis, public.fail_job, public.retry_job, public.release_job, public.reap_leases
    to service_role;

notify pgrst, 'reload schema';
