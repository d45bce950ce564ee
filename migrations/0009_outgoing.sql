-- What goes out: who is told that a video ended (webhooks), and how are the views read page by page for an export?

-- --- Webhooks ---------------------------------------------------------------------------------------------------------

create table if not exists public.webhook_receivers (
    url text not null check (octet_length(url) <= 2000),
    sender text not null,
    seen_at timestamptz not null default now(),
    primary key (url, sender)
);
comment on table public.webhook_receivers is 'Who is told that a video was completed or failed; empty: nobody, and no delivery is written.';
comment on column public.webhook_receivers.url is 'Where deliveries are posted to.';
comment on column public.webhook_receivers.sender is 'Which system of ours sends there: its instance and host.';
comment on column public.webhook_receivers.seen_at is 'When that system last said so.';

create table if not exists public.webhook_deliveries (
    id bigint generated always as identity primary key,
    event_id text not null,
    type text not null,
    receiver text not null,
    video_id text not null,
    payload jsonb not null,
    state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'given_up')),
    tries integer not null default 0,
    next_try_at timestamptz not null default now(),
    http_status smallint,
    answer text,
    created_at timestamptz not null default now(),
    ended_at timestamptz,
    constraint an_ended_delivery_has_a_time check ((state in ('sent', 'given_up')) = (ended_at is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
comment on table public.webhook_deliveries is 'One row per event and receiver: what is to be told, and how far that is.';
comment on column public.webhook_deliveries.id is 'Ascending in the order they were written.';
comment on column public.webhook_deliveries.event_id is 'The same at every receiver and every try, so that a receiver knows a repeated one.';
comment on column public.webhook_deliveries.type is 'video.completed or video.failed.';
comment on column public.webhook_deliveries.receiver is 'Where it is posted to.';
comment on column public.webhook_deliveries.video_id is 'The video it is about, which may be gone by now.';
comment on column public.webhook_deliveries.payload is 'What is told, as it was when the video ended; the sender adds links.';
comment on column public.webhook_deliveries.state is 'waiting for its next try, sending (leased by a sender), sent, or given_up.';
comment on column public.webhook_deliveries.tries is 'How often a sender took it; also the fence of what that sender writes.';
comment on column public.webhook_deliveries.next_try_at is 'Not tried before this; while it is sending, when its sender counts as dead.';
comment on column public.webhook_deliveries.http_status is 'What the receiver answered last; null when it did not answer.';
comment on column public.webhook_deliveries.answer is 'Why the last try was in vain; null when it was not.';
comment on column public.webhook_deliveries.created_at is 'When the video ended.';
comment on column public.webhook_deliveries.ended_at is 'When it was sent or given up.';

create index if not exists webhook_deliveries_due
    on public.webhook_deliveries (receiver, next_try_at) where ended_at is null;
create index if not exists webhook_deliveries_by_state on public.webhook_deliveries (state, id);
create index if not exists webhook_deliveries_by_event on public.webhook_deliveries (event_id);
create index if not exists webhook_deliveries_ended on public.webhook_deliveries (ended_at) where ended_at is not null;

-- Writes the deliveries of one ended video, one per receiver; nothing at all where there is none.
create or replace function public.note_ended_video() returns trigger
language plpgsql set search_path = '' as $$
declare
    event text;
    facts jsonb;
begin
    if not exists (select from public.webhook_receivers) then
        return null;
    end if;
    select jsonb_build_object(
        'answered_analyzers', v.successful_analyzers, 'total_analyzers', v.total_analyzers, 'duration_s', v.duration_s,
        'processing_time_seconds', v.processing_time_seconds)
    into facts
    from public.video_analysis v where v.video_id = new.video_id and new.status = 'completed';
    event := 'evt_' || replace(gen_random_uuid()::text, '-', '');
    insert into public.webhook_deliveries (event_id, type, receiver, video_id, payload)
    select event, 'video.' || new.status, r.url, new.video_id, jsonb_build_object(
        'id', event, 'type', 'video.' || new.status,
        'created', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'data', jsonb_build_object(
            'video_id', new.video_id, 'url', left(new.url, 2000), 'batch', new.batch, 'status', new.status,
            'failure_class', case when new.status = 'failed' then new.failure_class end,
            'reason', left(new.reason, 1000), 'attempts', new.attempt, 'run', new.run,
            'answered_analyzers', null, 'total_analyzers', null, 'duration_s', null, 'processing_time_seconds', null)
            || coalesce(facts, '{}'))
    from (select distinct w.url from public.webhook_receivers w) as r;
    return null;
end $$;

-- At the end of the transaction, when the analysis is there too; in it, so that there is no end without its event.
drop trigger if exists note_ended_video on public.processing_queue;
create constraint trigger note_ended_video after update on public.processing_queue
    deferrable initially deferred for each row
    when (old.status <> new.status and new.status in ('completed', 'failed'))
    execute function public.note_ended_video();

-- A system says to whom it sends, [url, …]; one that said nothing for p_forget_s is forgotten. What waits for a receiver that
-- nobody sends to any more is given up, at most 500; how many.
create or replace function public.set_webhook_receivers(p_sender text, p_urls jsonb, p_forget_s double precision)
returns integer
language plpgsql set search_path = '' as $$
declare
    given_up integer;
begin
    delete from public.webhook_receivers r
    where (r.sender = p_sender and not p_urls ? r.url) or r.seen_at < now() - make_interval(secs => p_forget_s);
    insert into public.webhook_receivers (url, sender)
    select distinct named.url, p_sender from jsonb_array_elements_text(p_urls) as named (url)
    on conflict (url, sender) do update set seen_at = now();

    update public.webhook_deliveries d
    set state = 'given_up', ended_at = now(), answer = 'WEBHOOK_URL does not name its receiver any more'
    where d.id in (
        select w.id from public.webhook_deliveries w
        where w.ended_at is null and not exists (select from public.webhook_receivers r where r.url = w.receiver)
        limit 500
        for update skip locked);
    get diagnostics given_up = row_count;
    return given_up;
end $$;

-- Leases the deliveries of a receiver that are due for p_lease_s, longest due first; those of a sender that died are due again
-- when its lease has run out.
create or replace function public.claim_deliveries(p_receiver text, p_limit integer, p_lease_s double precision)
returns table (id bigint, event_id text, type text, payload jsonb, tries integer)
language sql set search_path = '' as $$
    with due as (
        select d.id from public.webhook_deliveries d
        where d.receiver = p_receiver and d.ended_at is null and d.next_try_at <= now()
        order by d.next_try_at, d.id
        limit least(p_limit, 500)
        for update skip locked
    )
    update public.webhook_deliveries d
    set state = 'sending', tries = d.tries + 1, next_try_at = now() + make_interval(secs => p_lease_s)
    from due
    where d.id = due.id
    returning d.id, d.event_id, d.type, d.payload, d.tries
$$;

-- What became of claimed deliveries: [{id, tries, state, http_status, answer, delay_s}]; one that was claimed anew meanwhile is
-- left alone. How many were written.
create or replace function public.settle_deliveries(p_outcomes jsonb) returns integer
language sql set search_path = '' as $$
    with settled as (
        update public.webhook_deliveries d
        set state = o.state, http_status = o.http_status, answer = left(o.answer, 1000),
            ended_at = case when o.state in ('sent', 'given_up') then now() end,
            next_try_at = now() + make_interval(secs => coalesce(o.delay_s, 0))
        from jsonb_to_recordset(p_outcomes) as o (
            id bigint, tries integer, state text, http_status smallint, answer text, delay_s double precision)
        where d.id = o.id and d.tries = o.tries and d.state = 'sending'
        returning 1
    )
    select count(*)::integer from settled
$$;

-- Deliveries in one state (null: any), newest first, before an id (null: from the newest).
create or replace function public.list_deliveries(p_state text, p_before bigint, p_limit integer)
returns table (
    id bigint, event_id text, type text, receiver text, video_id text, state text, tries integer,
    next_try_at timestamptz, http_status smallint, answer text, created_at timestamptz, ended_at timestamptz)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
    return query
    select d.id, d.event_id, d.type, d.receiver, d.video_id, d.state, d.tries,
        case when d.ended_at is null then d.next_try_at end, d.http_status, d.answer, d.created_at, d.ended_at
    from public.webhook_deliveries d
    where (p_state is null or d.state = p_state) and (p_before is null or d.id < p_before)
    order by d.id desc
    limit least(p_limit, 500);
end $$;

-- How many deliveries have not ended, and how many were given up.
create or replace function public.count_deliveries() returns table (waiting bigint, given_up bigint)
language sql stable set search_path = '' as $$
    select (select count(*) from public.webhook_deliveries d where d.ended_at is null),
        (select count(*) from public.webhook_deliveries d where d.state = 'given_up')
$$;

-- What was given up waits again with no try counted, what waits for its next try is due at once; all, or those of some events
-- [event id, …]. Those being sent are left alone, and what nobody sends any more. At most p_limit after p_after, ascending.
create or replace function public.retry_deliveries(p_events jsonb, p_after bigint, p_limit integer)
returns table (changed integer, last_id bigint)
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
    return query
    with chosen as materialized (
        select d.id from public.webhook_deliveries d
        where d.id > p_after and d.state in ('waiting', 'given_up')
            and (p_events is null or d.event_id = any (array(select jsonb_array_elements_text(p_events))))
            and exists (select from public.webhook_receivers r where r.url = d.receiver)
        order by d.id
        limit least(p_limit, 5000)
        for update skip locked
    ), due as (
        update public.webhook_deliveries d
        set tries = case d.state when 'given_up' then 0 else d.tries end,
            state = 'waiting', next_try_at = now(), ended_at = null
        from chosen
        where d.id = chosen.id
        returning 1
    )
    select (select count(*)::integer from due), (select max(chosen.id) from chosen);
end $$;

-- Deletes at most p_limit deliveries that ended more than p_days ago; how many.
create or replace function public.cleanup_deliveries(p_days double precision, p_limit integer) returns integer
language sql set search_path = '' as $$
    with old as (
        select d.id from public.webhook_deliveries d
        where d.ended_at < now() - make_interval(secs => p_days * 86400)
        order by d.ended_at
        limit least(p_limit, 5000)
        for update skip locked
    ), deleted as (
        delete from public.webhook_deliveries d using old where d.id = old.id
        returning 1
    )
    select count(*)::integer from deleted
$$;

alter table public.webhook_receivers enable row level security;
alter table public.webhook_deliveries enable row level security;
revoke all on public.webhook_receivers, public.webhook_deliveries from anon, authenticated;
grant select, insert, update, delete on public.webhook_receivers, public.webhook_deliveries to service_role;
revoke execute on function public.note_ended_video, public.set_webhook_receivers, public.claim_deliveries,
    public.settle_deliveries, public.list_deliveries, public.count_deliveries, public.retry_deliveries,
    public.cleanup_deliveries from public, anon, authenticated;
grant execute on function public.note_ended_video, public.set_webhook_receivers, public.claim_deliveries,
    public.settle_deliveries, public.list_deliveries, public.count_deliveries, public.retry_deliveries,
    public.cleanup_deliveries to service_role;

-- --- Export -----------------------------------------------------------------------------------------------------------

-- The columns of a view that is exported, in order, with their types; not the one that is only there to be searched.
create or replace function public.view_columns(p_view text) returns table (name text, type text)
language sql stable set search_path = '' as $$
    select a.attname::text, pg_catalog.format_type(a.atttypid, null)
    from pg_catalog.pg_attribute a
    where a.attrelid = to_regclass('public.' || quote_ident(p_view)) and a.attnum > 0 and not a.attisdropped
        and p_view in ('videos', 'segments', 'failures_by_reason', 'throughput_hourly')
        and a.atttypid <> 'pg_catalog.tsvector'::regtype
    order by a.attnum
$$;

-- A page of a view as an array of objects, and where the next one begins, to be given as p_after: null at first, and null when
-- there is no more. p_which is the filter of matching_jobs; it narrows videos and segments, the two others have no single videos.
create or replace function public.export_view(p_view text, p_which jsonb, p_after jsonb, p_limit integer)
returns table (page jsonb, after jsonb)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    columns text := (select string_agg(format('v.%I', c.name), ', ') from public.view_columns(p_view) as c);
    most integer := least(p_limit, 500);
    jobs bigint[];
    ids bigint[];
begin
    case p_view
    when 'videos' then
        jobs := array(select public.matching_jobs(p_which, null, false, (p_after ->> 0)::bigint, most));
        execute format(
            'select coalesce(jsonb_agg(to_jsonb(r) order by r.id), ''[]'')
            from (select %s from public.videos v where v.id = any ($1)) as r', columns) into page using jobs;
        after := to_jsonb(jobs[array_upper(jobs, 1):]);
    when 'segments' then
        -- After [job] come all segments of the next job; after [job, analyzer, start_s, id] the rest of that job first.
        jobs := array(select public.matching_jobs(
            p_which, null, false, (p_after ->> 0)::bigint - (jsonb_array_length(p_after) > 1)::integer, 200));
        select array_agg(f.id order by f.job, f.analyzer, f.start_s, f.id),
            (array_agg(jsonb_build_array(f.job, f.analyzer, f.start_s, f.id)
                order by f.job desc, f.analyzer desc, f.start_s desc, f.id desc))[1]
        into ids, after
        from (
            select q.id as job, s.analyzer, s.start_s, s.id
            from unnest(jobs) as j (id)
            join public.processing_queue q on q.id = j.id
            cross join lateral (
                select q.id = (p_after ->> 0)::bigint and jsonb_array_length(p_after) > 1 as begun
            ) as this
            cross join lateral (
                select g.analyzer, g.start_s, g.id from public.video_segments g
                where g.video_id = q.video_id and (g.analyzer, g.start_s, g.id) > (
                    case when this.begun then p_after ->> 1 else '' end,
                    case when this.begun then (p_after ->> 2)::double precision else '-infinity' end,
                    case when this.begun then (p_after ->> 3)::bigint else 0 end)
                order by g.analyzer, g.start_s, g.id
                limit most
            ) as s
            order by q.id, s.analyzer, s.start_s, s.id
            limit most
        ) as f;
        if coalesce(cardinality(ids), 0) < most then
            after := to_jsonb(jobs[array_upper(jobs, 1):]);
        end if;
        execute format(
            'select coalesce(jsonb_agg(to_jsonb(r) order by array_position($1, r.id)), ''[]'')
            from (select %s from public.segments v where v.id = any ($1)) as r', columns) into page using ids;
    when 'failures_by_reason' then
        execute format(
            'select coalesce(jsonb_agg(to_jsonb(r)), ''[]''), (array_agg(jsonb_build_array(
                r.stage, r.failure_class, coalesce(r.reason, '''')) order by r.stage desc, r.failure_class desc,
                coalesce(r.reason, '''') desc))[1]
            from (
                select %s from public.failures_by_reason v
                where $1 is null or (v.stage, v.failure_class, coalesce(v.reason, '''')) > ($1 ->> 0, $1 ->> 1, $1 ->> 2)
                order by v.stage, v.failure_class, coalesce(v.reason, '''')
                limit $2
            ) as r', columns) into page, after using p_after, most;
    when 'throughput_hourly' then
        execute format(
            'select coalesce(jsonb_agg(to_jsonb(r)), ''[]''), to_jsonb(array[max(r.hour)])
            from (
                select %s from public.throughput_hourly v
                where $1 is null or v.hour > ($1 ->> 0)::timestamptz
                order by v.hour
                limit $2
            ) as r', columns) into page, after using p_after, most;
    end case;
    if p_view in ('failures_by_reason', 'throughput_hourly') and page = '[]' then
        after := null;
    end if;
    return next;
end $$;

revoke execute on function public.view_columns, public.export_view from public, anon, authenticated;
grant execute on function public.view_columns, public.export_view to service_role;

comment on function public.note_ended_video is 'Writes the deliveries of a video that was completed or failed, one per receiver.';
comment on function public.set_webhook_receivers is 'A system says to whom it sends; what nobody sends any more is given up.';
comment on function public.claim_deliveries is 'Leases the deliveries of a receiver that are due.';
comment on function public.settle_deliveries is 'Writes down what became of claimed deliveries; a stale one changes nothing.';
comment on function public.list_deliveries is 'Deliveries, newest first.';
comment on function public.count_deliveries is 'How many deliveries wait, and how many were given up.';
comment on function public.retry_deliveries is 'Makes deliveries due that wait for their next try or were given up.';
comment on function public.cleanup_deliveries is 'Deletes deliveries that ended long ago.';
comment on function public.view_columns is 'The columns of a view that is exported, with their types.';
comment on function public.export_view is 'A page of a view, and where the next one begins.';

select public.record_migration('0009', 'outgoing');

notify pgrst, 'reload schema';
