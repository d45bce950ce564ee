-- Which tables are there, what does each column mean, and who may touch them?
--
-- Runs as it stands on Supabase and on any Postgres 15 or later; running it again changes nothing.

-- Supabase has these roles; a plain Postgres gets them here.
do $$
declare
    missing text;
begin
    foreach missing in array array['anon', 'authenticated', 'service_role'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = missing) then
            execute format('create role %I nologin', missing);
            if missing = 'service_role' then
                alter role service_role bypassrls;
            end if;
        end if;
    end loop;
exception
    when duplicate_object or unique_violation then null;  -- another database of this server was quicker
end $$;

create table if not exists public.schema_migrations (
    version text primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
);
comment on table public.schema_migrations is 'Which files of migrations/ were applied.';
comment on column public.schema_migrations.checksum is 'SHA-256 of the file; an applied file must not change.';

create table if not exists public.processing_queue (
    id bigint generated always as identity primary key,
    video_id text not null unique,
    url text not null,
    source text not null check (source in ('tiktok', 'media', 'file')),
    status text not null default 'pending'
        check (status in ('pending', 'downloading', 'processing', 'completed', 'failed')),
    priority smallint not null default 5 check (priority between 1 and 10),
    batch text check (char_length(batch) between 1 and 200),
    lane text not null default 'gpu' check (lane in ('gpu', 'cpu')),
    attempt integer not null default 0,
    run integer not null default 1,
    download_failures smallint not null default 0,
    process_failures smallint not null default 0,
    suspect boolean not null default false,
    worker_id text,
    lease_expires_at timestamptz,
    retry_at timestamptz,
    dispatched_until timestamptz,
    failure_class text check (failure_class in (
        'permanent', 'unsupported', 'auth_needed', 'rate_limited', 'transient', 'invalid_media',
        'crashed', 'timed_out', 'local_fault', 'cancelled')),
    reason text,
    video_path text,
    metadata jsonb not null default '{}',
    added_at timestamptz not null default now(),
    queued_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    waits_for text generated always as (
        case
            when status = 'pending' then 'download'
            when status = 'processing' and worker_id is null then lane
        end
    ) stored,
    constraint a_lease_has_a_worker check ((worker_id is null) = (lease_expires_at is null)),
    constraint only_running_jobs_are_leased check (
        case status when 'downloading' then worker_id is not null when 'processing' then true else worker_id is null end),
    constraint a_failed_job_has_a_class check (status <> 'failed' or failure_class is not null),
    constraint an_ended_job_has_a_time check ((status in ('completed', 'failed')) = (ended_at is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
comment on table public.processing_queue is 'One row per video: its way through the system.';
comment on column public.processing_queue.video_id is 'tiktok:<id>, url:<16 hex> or file:<16 hex>.';
comment on column public.processing_queue.url is 'What to fetch; for a file its absolute path.';
comment on column public.processing_queue.priority is '1-10, 10 is urgent.';
comment on column public.processing_queue.batch is 'Label of the add it came with.';
comment on column public.processing_queue.lane is 'The queue it is analysed from; cpu is the fallback after failures.';
comment on column public.processing_queue.attempt is 'Fencing number: +1 at every claim; every write of a worker names it.';
comment on column public.processing_queue.run is '+1 at every requeue; tells an earlier run''s result file from this one''s.';
comment on column public.processing_queue.suspect is 'An engine died with it; it runs alone next.';
comment on column public.processing_queue.worker_id is 'Who works on it; null while it waits.';
comment on column public.processing_queue.retry_at is 'Not due before this; null when due.';
comment on column public.processing_queue.dispatched_until is 'A message announces it; it is announced again after this.';
comment on column public.processing_queue.reason is 'Why it is in its state; null when there is nothing to say.';
comment on column public.processing_queue.video_path is 'Where the media file lies; null until it is downloaded.';
comment on column public.processing_queue.metadata is 'What the download told about the video.';
comment on column public.processing_queue.queued_at is 'When it was added or last requeued.';
comment on column public.processing_queue.started_at is 'When the present or last attempt was claimed.';
comment on column public.processing_queue.ended_at is 'When it was completed or failed.';
comment on column public.processing_queue.waits_for is 'Which queue it waits in: download, gpu or cpu; null when it runs or ended.';

create index if not exists processing_queue_waiting
    on public.processing_queue (waits_for, priority desc, id) where waits_for is not null;
create index if not exists processing_queue_leases
    on public.processing_queue (lease_expires_at) where worker_id is not null;
create index if not exists processing_queue_by_status on public.processing_queue (status, id);
create index if not exists processing_queue_by_class
    on public.processing_queue (failure_class, id) where status = 'failed';
create index if not exists processing_queue_by_batch
    on public.processing_queue (batch, status, id) where batch is not null;
create index if not exists processing_queue_ended
    on public.processing_queue (status, ended_at) where ended_at is not null;
create index if not exists processing_queue_oldest
    on public.processing_queue (queued_at) where status = 'pending';

create table if not exists public.url_aliases (
    alias text primary key,
    video_id text not null
        references public.processing_queue (video_id) on update cascade on delete cascade,
    created_at timestamptz not null default now()
);
create index if not exists url_aliases_by_video on public.url_aliases (video_id);
comment on table public.url_aliases is 'Other ids a video was named by, such as that of a short link.';

create table if not exists public.job_events (
    id bigint generated always as identity primary key,
    job_id bigint not null,
    video_id text not null,
    attempt integer not null,
    from_status text,
    to_status text,
    worker_id text,
    at timestamptz not null default now(),
    note text
);
create index if not exists job_events_by_job on public.job_events (job_id, id);
create index if not exists job_events_by_time on public.job_events using brin (at);
comment on table public.job_events is 'Every transition of every job; rows are only added.';
comment on column public.job_events.from_status is 'Null: it was added.';
comment on column public.job_events.to_status is 'Null: it was merged into the job that has the same video.';
comment on column public.job_events.worker_id is 'Who has the job now, or had it until now.';

create table if not exists public.video_analysis (
    video_id text primary key
        references public.processing_queue (video_id) on update cascade on delete cascade,
    job_id bigint not null,
    attempt integer not null,
    run integer not null,
    url text not null,
    video_path text,
    metadata jsonb not null,
    analyzer_results jsonb not null,
    processing_time_seconds double precision,
    successful_analyzers integer,
    total_analyzers integer,
    realtime_factor double precision,
    duration_s double precision,
    device text,
    versions jsonb,
    completed_at timestamptz not null default now()
);
comment on table public.video_analysis is 'One row per analysed video.';
comment on column public.video_analysis.metadata is 'The metadata of the result file.';
comment on column public.video_analysis.analyzer_results is 'Analyzer name -> status, version, seconds, result, segments.';
comment on column public.video_analysis.realtime_factor is 'Seconds of processing per second of video.';

create table if not exists public.video_segments (
    id bigint generated always as identity primary key,
    video_id text not null
        references public.video_analysis (video_id) on update cascade on delete cascade,
    analyzer text not null,
    start_s double precision not null,
    end_s double precision not null,
    label text not null,
    score double precision,
    text text,
    data jsonb not null default '{}'
);
create index if not exists video_segments_timeline on public.video_segments (video_id, analyzer, start_s, id);
comment on table public.video_segments is 'The timeline: what was found when. Half-open: start_s <= t < end_s, in seconds.';
comment on column public.video_segments.score is '0-1; null where the notion has no confidence.';

create table if not exists public.worker_status (
    worker_id text primary key,
    kind text not null,
    status text not null,
    host text not null,
    pid integer not null,
    details jsonb not null default '{}',
    started_at timestamptz not null default now(),
    heartbeat_at timestamptz not null default now()
) with (fillfactor = 50);
comment on table public.worker_status is 'What every worker last said of itself.';
comment on column public.worker_status.kind is 'download, gpu, cpu or system.';
comment on column public.worker_status.status is 'running, draining, stopped or broken; it counts as silent when the heartbeat is overdue.';

create table if not exists public.performance_metrics (
    at timestamptz primary key,
    pending integer not null,
    downloading integer not null,
    processing integer not null,
    completed integer not null,
    failed integer not null,
    completed_per_hour double precision not null,
    workers integer not null
);
comment on table public.performance_metrics is 'One row a minute: jobs by status, pace, live workers.';

-- Every change of state or holder is written down, whoever makes it.
create or replace function public.record_transition() returns trigger
language plpgsql set search_path = '' as $$
begin
    insert into public.job_events (job_id, video_id, attempt, from_status, to_status, worker_id, note)
    values (new.id, new.video_id, new.attempt, old.status, new.status, coalesce(new.worker_id, old.worker_id), new.reason);
    return null;
end $$;

create or replace trigger record_transition after update on public.processing_queue
    for each row when (old.status <> new.status or old.worker_id is distinct from new.worker_id)
    execute function public.record_transition();

create or replace function public.record_additions() returns trigger
language plpgsql set search_path = '' as $$
begin
    insert into public.job_events (job_id, video_id, attempt, from_status, to_status)
    select id, video_id, attempt, null, status from added order by id;
    return null;
end $$;

create or replace trigger record_additions after insert on public.processing_queue
    referencing new table as added
    for each statement execute function public.record_additions();

alter table public.schema_migrations enable row level security;
alter table public.processing_queue enable row level security;
alter table public.url_aliases enable row level security;
alter table public.job_events enable row level security;
alter table public.video_analysis enable row level security;
alter table public.video_segments enable row level security;
alter table public.worker_status enable row level security;
alter table public.performance_metrics enable row level security;

revoke all on public.schema_migrations, public.processing_queue, public.url_aliases, public.job_events,
    public.video_analysis, public.video_segments, public.worker_status, public.performance_metrics
    from anon, authenticated;
grant usage on schema public to service_role;
grant select on public.schema_migrations to service_role;
grant select, insert, update, delete on public.processing_queue, public.url_aliases, public.job_events,
    public.video_analysis, public.video_segments, public.worker_status, public.performance_metrics
    to service_role;
revoke execute on function public.record_transition, public.record_additions from public, anon, authenticated;
grant execute on function public.record_transition, public.record_additions to service_role;

notify pgrst, 'reload schema';
