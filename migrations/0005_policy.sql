-- What does the retry policy need to know of a job, and how do delayed retries stay out of everybody's way?
--
-- A delayed retry used to lie among the due jobs, and feed and claim stepped over it every time. It is out of their index now
-- until `wake_jobs` finds that its time has come.

alter table public.processing_queue add column if not exists uncharged jsonb not null default '{}';
alter table public.processing_queue add column if not exists ytdlp_version text;
comment on column public.processing_queue.uncharged is 'Failures of the present stage that were not charged: class -> how many.';
comment on column public.processing_queue.ytdlp_version is 'The yt-dlp of the last download that failed.';
comment on column public.processing_queue.retry_at is 'Not due before this; null when due.';

drop index if exists public.processing_queue_waiting;
create index if not exists processing_queue_due
    on public.processing_queue (waits_for, priority desc, id) where waits_for is not null and retry_at is null;
create index if not exists processing_queue_delayed on public.processing_queue (retry_at) where retry_at is not null;

-- Jobs whose retry_at has come are due, at most 500; how many.
create or replace function public.wake_jobs() returns integer
language sql set search_path = '' as $$
    with rested as (
        select q.id from public.processing_queue q
        where q.retry_at <= now()
        order by q.retry_at
        limit 500
        for update skip locked
    ), woken as (
        update public.processing_queue q set retry_at = null from rested where q.id = rested.id
        returning 1
    )
    select count(*)::integer from woken
$$;

-- Marks the best due jobs as announced for p_lease_s: p_limit by priority then age, and beyond that the urgent ones; never more
-- than 500. It reads what it takes, feeders at the same time take different jobs instead of waiting for each other, and it does
-- not wait for the disk: a mark that a power cut takes is made again.
drop function if exists public.feed_jobs(text, integer);
create or replace function public.announce_jobs(p_stage text, p_limit integer, p_lease_s double precision)
returns table (job_id bigint, priority smallint)
language plpgsql set search_path = '' as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    if p_stage = 'gpu' and not public.gpu_is_alive() then
        return;
    end if;
    return query
    with due as (
        select best.id from unnest(public.queues_of(p_stage)) as queue (name)
        cross join lateral (
            select q.id, q.priority from public.processing_queue q
            where q.waits_for = queue.name and q.retry_at is null
                and (q.dispatched_until is null or q.dispatched_until <= now())
            order by q.priority desc, q.id
            limit least(p_limit, 500)
            for update skip locked
        ) as best
        order by best.priority desc, best.id
        limit least(p_limit, 500)
    ), urgent as (
        select best.id from unnest(public.queues_of(p_stage)) as queue (name)
        cross join lateral (
            select q.id from public.processing_queue q
            where q.waits_for = queue.name and q.retry_at is null and q.priority = 10
                and (q.dispatched_until is null or q.dispatched_until <= now())
            order by q.id
            limit 500
            for update skip locked
        ) as best
        order by best.id
        limit 500
    ), marked as (
        update public.processing_queue q
        set dispatched_until = now() + make_interval(secs => p_lease_s)
        where q.id = any (array(select due.id from due union select urgent.id from urgent limit 500))
            and q.waits_for is not null and (q.dispatched_until is null or q.dispatched_until <= now())
        returning q.id, q.priority
    )
    select m.id, m.priority from marked m order by m.priority desc, m.id;
end $$;

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
            where q.waits_for = queue.name and q.retry_at is null
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
        dispatched_until = null, failure_class = null, reason = null, started_at = now(), updated_at = now()
    from best
    where q.id = best.id
    returning q.*
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
            uncharged = '{}', suspect = false, worker_id = null, lease_expires_at = null, updated_at = now()
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

-- -> failed.
drop function if exists public.fail_job(bigint, integer, text, text);
create or replace function public.fail_attempt(
    p_id bigint, p_attempt integer, p_class text, p_reason text, p_ytdlp_version text)
returns boolean
language sql set search_path = '' as $$
    with failed as (
        update public.processing_queue q
        set status = 'failed', failure_class = p_class, reason = p_reason,
            ytdlp_version = coalesce(p_ytdlp_version, q.ytdlp_version), worker_id = null, lease_expires_at = null,
            ended_at = now(), updated_at = now()
        where q.id = p_id and q.attempt = p_attempt and q.worker_id is not null
        returning 1
    )
    select exists (select from failed)
$$;

-- One more of a class.
create or replace function public.counted(p_counts jsonb, p_class text) returns jsonb
language sql immutable set search_path = '' as $$
    select p_counts || jsonb_build_object(p_class, coalesce((p_counts ->> p_class)::integer, 0) + 1)
$$;

-- Back to waiting, due again in p_delay_s seconds.
drop function if exists public.retry_job(bigint, integer, text, text, double precision, boolean, boolean, text, boolean);
create or replace function public.retry_attempt(
    p_id bigint, p_attempt integer, p_class text, p_reason text, p_delay_s double precision,
    p_charge boolean, p_suspect boolean, p_lane text, p_download_again boolean, p_ytdlp_version text)
returns boolean
language sql set search_path = '' as $$
    with waiting as (
        update public.processing_queue q
        set status = case when q.status = 'downloading' or p_download_again then 'pending' else 'processing' end,
            download_failures = q.download_failures + (p_charge and q.status = 'downloading')::integer,
            process_failures = q.process_failures + (p_charge and q.status = 'processing')::integer,
            uncharged = case when p_charge then q.uncharged else public.counted(q.uncharged, p_class) end,
            video_path = case when p_download_again then null else q.video_path end,
            suspect = p_suspect, lane = coalesce(p_lane, q.lane),
            failure_class = p_class, reason = p_reason, ytdlp_version = coalesce(p_ytdlp_version, q.ytdlp_version),
            retry_at = case when p_delay_s > 0 then now() + make_interval(secs => p_delay_s) end,
            worker_id = null, lease_expires_at = null, dispatched_until = null, updated_at = now()
        where q.id = p_id and q.attempt = p_attempt and q.worker_id is not null
        returning 1
    )
    select exists (select from waiting)
$$;

-- Jobs whose lease ran out wait again, and those of p_dead, [[id, attempt], …], whose process is known to be dead; at most 500.
-- A dead one's job waits longer each time, up to p_longest_s; one that lost p_limit workers is what they die of. How many.
drop function if exists public.reap_leases();
create or replace function public.reap_silent(p_limit integer, p_dead jsonb, p_longest_s double precision) returns integer
language sql set search_path = '' as $$
    with silent as (
        select q.id, q.lease_expires_at < now() as ran_out, coalesce((q.uncharged ->> 'crashed')::integer, 0) as lost
        from public.processing_queue q
        where q.worker_id is not null and (
            q.lease_expires_at < now()
            or exists (
                select from jsonb_array_elements(p_dead) as dead (job)
                where (dead.job ->> 0)::bigint = q.id and (dead.job ->> 1)::integer = q.attempt
            )
        )
        order by q.lease_expires_at
        limit 500
        for update skip locked
    ), reaped as (
        update public.processing_queue q
        set status = case
                when silent.lost >= p_limit then 'failed'
                when q.status = 'downloading' then 'pending'
                else q.status
            end,
            suspect = q.suspect or q.status = 'processing',
            uncharged = public.counted(q.uncharged, 'crashed'),
            failure_class = case when silent.lost >= p_limit then 'crashed' end,
            ended_at = case when silent.lost >= p_limit then now() end,
            reason = case
                when silent.lost >= p_limit
                    then p_limit + 1 || ' workers went silent with it, the last was ' || q.worker_id
                when silent.ran_out then 'the lease of ' || q.worker_id || ' ran out'
                else 'the process of ' || q.worker_id || ' died'
            end,
            retry_at = case
                when silent.lost between 1 and p_limit - 1 and not silent.ran_out
                    then now() + make_interval(secs => least(2.0 ^ silent.lost - 1, p_longest_s))
            end,
            worker_id = null, lease_expires_at = null, dispatched_until = null, updated_at = now()
        from silent
        where q.id = silent.id
        returning 1
    )
    select count(*)::integer from reaped
$$;

-- A version of yt-dlp as numbers that compare: 2026.9.1 is older than 2026.10.26.
create or replace function public.version_numbers(p_version text) returns integer[]
language sql immutable set search_path = '' as $$
    select regexp_split_to_array((regexp_match(p_version, '^[0-9]+(?:\.[0-9]+)*'))[1], '\.')::integer[]
$$;

-- Ids of the jobs of a filter {video_ids, status, failure_class, batch, ytdlp_before} that are in one of p_statuses (null:
-- any); oldest first after p_from, or newest first before it.
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
    newer integer[] := public.version_numbers(p_which ->> 'ytdlp_before');
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
            and (newer is null or public.version_numbers(q.ytdlp_version) < newer)
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
            and (newer is null or public.version_numbers(q.ytdlp_version) < newer)
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
            run = q.run + 1, download_failures = 0, process_failures = 0, uncharged = '{}', lane = 'gpu', suspect = false,
            failure_class = null, reason = null, retry_at = null, dispatched_until = null,
            ended_at = null, queued_at = now(), updated_at = now()
        from chosen
        where q.id = chosen.id and (q.status = 'failed' or (p_again and q.status = 'completed'))
        returning 1
    )
    select (select count(*)::integer from requeued), (select max(id) from chosen)
$$;

revoke execute on function public.wake_jobs, public.announce_jobs, public.fail_attempt, public.retry_attempt, public.counted,
    public.reap_silent, public.version_numbers from public, anon, authenticated;
grant execute on function public.wake_jobs, public.announce_jobs, public.fail_attempt, public.retry_attempt, public.counted,
    public.reap_silent, public.version_numbers to service_role;

notify pgrst, 'reload schema';
