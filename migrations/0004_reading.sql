-- What do the pages, the command line and the workers' reports ask? No call answers more than 500 rows.

-- A job with its analysis, as people get it; the analysis shows when the job is completed.
create or replace view public.videos with (security_invoker = true) as
select q.id, q.video_id, q.url, q.source, q.status, q.priority, q.batch, q.attempt as attempts, q.run,
    q.download_failures, q.process_failures, q.suspect, q.lane, q.failure_class, q.reason, q.worker_id,
    q.added_at, q.queued_at, q.updated_at, q.started_at, q.ended_at, q.retry_at, q.video_path,
    q.metadata || coalesce(v.metadata, '{}') as metadata,
    coalesce(v.analyzer_results, '{}') as analyzer_results,
    v.processing_time_seconds, v.successful_analyzers, v.total_analyzers, v.realtime_factor, v.duration_s,
    v.device, v.versions, v.completed_at
from public.processing_queue q
left join public.video_analysis v on v.video_id = q.video_id and q.status = 'completed';
comment on view public.videos is 'A job with its analysis.';
revoke all on public.videos from anon, authenticated;
grant select on public.videos to service_role;

-- The counts of the whole queue, or of one batch.
create or replace function public.queue_stats(p_batch text)
returns table (
    jobs jsonb, failed_by_class jsonb, throughput_per_hour double precision, eta_seconds double precision,
    oldest_pending_seconds double precision)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    unfinished bigint;
    done bigint;
    -- Seconds the completions are spread over: an hour, or since the first one, at least a minute.
    spread double precision;
begin
    select jsonb_object_agg(c.status, c.n) into jobs from (
        select q.status, count(*) as n from public.processing_queue q
        where p_batch is null or q.batch = p_batch group by q.status
    ) as c;
    select coalesce(jsonb_object_agg(c.failure_class, c.n), '{}') into failed_by_class from (
        select q.failure_class, count(*) as n from public.processing_queue q
        where q.status = 'failed' and (p_batch is null or q.batch = p_batch) group by q.failure_class
    ) as c;
    jobs := '{"pending": 0, "downloading": 0, "processing": 0, "completed": 0, "failed": 0}' || coalesce(jobs, '{}');
    unfinished := (jobs ->> 'pending')::bigint + (jobs ->> 'downloading')::bigint + (jobs ->> 'processing')::bigint;
    jobs := jobs || jsonb_build_object(
        'total', unfinished + (jobs ->> 'completed')::bigint + (jobs ->> 'failed')::bigint);

    select count(*), least(3600, greatest(60, extract(epoch from now() - min(q.ended_at)))) into done, spread
    from public.processing_queue q
    where q.status = 'completed' and q.ended_at > now() - interval '1 hour' and (p_batch is null or q.batch = p_batch);
    if exists (
        select from public.processing_queue q
        where q.status = 'completed' and q.ended_at <= now() - interval '1 hour' and (p_batch is null or q.batch = p_batch)
    ) then
        spread := 3600;
    end if;
    throughput_per_hour := coalesce(done * 3600 / spread, 0);
    eta_seconds := unfinished * 3600 / nullif(throughput_per_hour, 0);

    select extract(epoch from now() - min(q.queued_at)) into oldest_pending_seconds
    from public.processing_queue q where q.status = 'pending' and (p_batch is null or q.batch = p_batch);
    return next;
end $$;

-- How many jobs wait for a stage or run in it.
create or replace function public.count_waiting(p_stage text) returns bigint
language sql stable set search_path = '' as $$
    select count(*) from public.processing_queue q
    where case p_stage when 'download' then q.status in ('pending', 'downloading')
        else q.status = 'processing' and q.lane = p_stage end
$$;

-- Newest first.
create or replace function public.list_jobs(p_which jsonb, p_limit integer, p_before bigint)
returns table (
    id bigint, video_id text, url text, status text, priority smallint, batch text, failure_class text, reason text,
    attempts integer, worker_id text, added_at timestamptz, updated_at timestamptz)
language sql stable set search_path = '' as $$
    select q.id, q.video_id, q.url, q.status, q.priority, q.batch, q.failure_class, q.reason,
        q.attempt, q.worker_id, q.added_at, q.updated_at
    from public.processing_queue q
    where q.id in (select public.matching_jobs(p_which, null, true, p_before, least(p_limit, 500)))
    order by q.id desc
$$;

-- Everything about one video, named by its id, an alias or a bare TikTok id; its last 500 transitions in order.
create or replace function public.get_video(p_name text)
returns table (video json, events jsonb)
language sql stable set search_path = '' as $$
    select to_json(v), (
        select coalesce(jsonb_agg(jsonb_build_object(
            'at', e.at, 'attempt', e.attempt, 'from', e.from_status, 'to', e.to_status,
            'worker', e.worker_id, 'note', e.note) order by e.id), '[]')
        from (select * from public.job_events j where j.job_id = v.id order by j.id desc limit 500) as e
    )
    from public.videos v
    where v.video_id = any (public.resolve_names(jsonb_build_array(p_name)))
    order by v.video_id = p_name desc
    limit 1
$$;

-- The timeline of a video after a row of it.
create or replace function public.list_segments(
    p_name text, p_analyzer text, p_start_s double precision, p_id bigint, p_limit integer)
returns table (
    id bigint, analyzer text, start_s double precision, end_s double precision, label text, score double precision,
    text text, data jsonb)
language sql stable set search_path = '' as $$
    select s.id, s.analyzer, s.start_s, s.end_s, s.label, s.score, s.text, s.data
    from public.video_segments s
    where s.video_id = (
            select q.video_id from public.processing_queue q
            where q.video_id = any (public.resolve_names(jsonb_build_array(p_name)))
            order by q.video_id = p_name desc limit 1)
        and (s.analyzer, s.start_s, s.id) > (p_analyzer, p_start_s, p_id)
    order by s.analyzer, s.start_s, s.id
    limit least(p_limit, 500)
$$;

-- A page of all jobs with their analyses, oldest first.
create or replace function public.export_jobs(p_which jsonb, p_after bigint, p_limit integer)
returns table (id bigint, video json)
language sql stable set search_path = '' as $$
    select v.id, to_json(v) from public.videos v
    where v.id in (select public.matching_jobs(p_which, null, false, p_after, least(p_limit, 200)))
    order by v.id
$$;

-- A worker says what it is and that it lives.
create or replace function public.report_worker(
    p_worker text, p_kind text, p_status text, p_host text, p_pid integer, p_details jsonb)
returns void
language sql set search_path = '' as $$
    insert into public.worker_status as w (worker_id, kind, status, host, pid, details)
    values (p_worker, p_kind, p_status, p_host, p_pid, p_details)
    on conflict (worker_id) do update
    set kind = excluded.kind, status = excluded.status, host = excluded.host, pid = excluded.pid,
        details = excluded.details, heartbeat_at = now(),
        started_at = case when w.pid = excluded.pid and w.host = excluded.host then w.started_at else now() end
$$;

-- The workers of the last day; one that should live but says nothing is silent.
create or replace function public.list_workers()
returns table (
    worker_id text, kind text, status text, host text, pid integer, heartbeat_age double precision,
    video_ids text[], details jsonb)
language sql stable set search_path = '' as $$
    select w.worker_id, w.kind,
        case when w.status <> 'stopped' and w.heartbeat_at < now() - interval '60 seconds' then 'silent' else w.status end,
        w.host, w.pid, extract(epoch from now() - w.heartbeat_at)::double precision,
        array(
            select q.video_id from public.processing_queue q
            where q.worker_id = w.worker_id order by q.id limit 100),
        w.details
    from public.worker_status w
    where w.heartbeat_at > now() - interval '1 day'
    order by w.heartbeat_at desc, w.worker_id
    limit 500
$$;

-- One row a minute, however often it is called.
create or replace function public.record_metrics() returns void
language sql set search_path = '' as $$
    insert into public.performance_metrics (
        at, pending, downloading, processing, completed, failed, completed_per_hour, workers)
    select date_trunc('minute', now()), (s.jobs ->> 'pending')::integer, (s.jobs ->> 'downloading')::integer,
        (s.jobs ->> 'processing')::integer, (s.jobs ->> 'completed')::integer, (s.jobs ->> 'failed')::integer,
        s.throughput_per_hour,
        (select count(*) from public.worker_status w
         where w.status <> 'stopped' and w.heartbeat_at > now() - interval '60 seconds')
    from public.queue_stats(null) as s
    on conflict (at) do nothing
$$;

-- The rows of the last hours after a time, oldest first.
create or replace function public.list_metrics(p_hours double precision, p_after timestamptz, p_limit integer)
returns setof public.performance_metrics
language sql stable set search_path = '' as $$
    select * from public.performance_metrics m
    where m.at > greatest(now() - make_interval(secs => p_hours * 3600), p_after)
    order by m.at
    limit least(p_limit, 500)
$$;

revoke execute on function public.queue_stats, public.count_waiting, public.list_jobs, public.get_video,
    public.list_segments, public.export_jobs, public.report_worker, public.list_workers, public.record_metrics,
    public.list_metrics from public, anon, authenticated;
grant execute on function public.queue_stats, public.count_waiting, public.list_jobs, public.get_video,
    public.list_segments, public.export_jobs, public.report_worker, public.list_workers, public.record_metrics,
    public.list_metrics to service_role;

notify pgrst, 'reload schema';
