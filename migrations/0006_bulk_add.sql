-- How do a million links go in? In chunks: COPY into a temporary table, one call per chunk, each chunk one transaction.
--
-- Everything lives for the transaction only, so it works through a transaction pooler.

-- The table that a chunk is copied into; it goes with the transaction.
create or replace function public.stage_links() returns void
language sql set search_path = '' set client_min_messages = warning as $$
    create temporary table staged_links (
        place integer not null,
        video_id text not null,
        url text not null,
        source text not null,
        job_id bigint,
        priority smallint,
        status text,
        outcome text
    ) on commit drop
$$;

-- Adds what was copied, as add_jobs does. With p_each one row per link in the order given, otherwise one per outcome.
-- The planner knows little of a table that was just made; it must not read the whole queue for each chunk.
create or replace function public.add_staged_links(p_priority integer, p_batch text, p_each boolean)
returns table (video_id text, outcome text, status text, links bigint)
language plpgsql set search_path = '' set enable_seqscan = off as $$
begin
    update pg_temp.staged_links s set video_id = a.video_id
    from public.url_aliases a where a.alias = s.video_id;

    update pg_temp.staged_links s set job_id = q.id, priority = q.priority, status = q.status, outcome = 'known'
    from public.processing_queue q where q.video_id = s.video_id;

    -- Somebody else may add the same at this moment: what is not inserted then is known below.
    with first as (
        select distinct on (s.video_id) s.place, s.video_id, s.url, s.source
        from pg_temp.staged_links s where s.job_id is null
        order by s.video_id, s.place
    ), inserted as (
        insert into public.processing_queue (video_id, url, source, priority, batch, status, video_path)
        select f.video_id, f.url, f.source, p_priority, p_batch,
            case f.source when 'file' then 'processing' else 'pending' end,
            case f.source when 'file' then f.url end
        from first f order by f.place
        on conflict on constraint processing_queue_video_id_key do nothing
        returning processing_queue.id, processing_queue.video_id, processing_queue.status
    )
    update pg_temp.staged_links s
    set status = i.status, outcome = case when s.place = f.place then 'added' else 'known' end
    from inserted i join first f on f.video_id = i.video_id
    where s.video_id = i.video_id;

    update pg_temp.staged_links s set job_id = q.id, priority = q.priority, status = q.status, outcome = 'known'
    from public.processing_queue q where s.outcome is null and q.video_id = s.video_id;

    -- A local file is its content: where it lies now is as good as where it lay before.
    update public.processing_queue q set url = s.url, video_path = s.url, updated_at = now()
    from (
        select distinct on (l.job_id) l.job_id, l.url from pg_temp.staged_links l
        where l.source = 'file' and l.job_id is not null order by l.job_id, l.place
    ) as s
    where q.id = s.job_id and q.worker_id is null and q.url <> s.url;

    -- The mark is taken off so that the next feed announces it with its new priority.
    with better as (
        update public.processing_queue q set priority = p_priority, dispatched_until = null, updated_at = now()
        from (select distinct l.job_id from pg_temp.staged_links l where l.priority < p_priority) as s
        where q.id = s.job_id and q.waits_for is not null and q.priority < p_priority
        returning q.id
    )
    update pg_temp.staged_links s set outcome = 'raised' from better b where s.job_id = b.id;

    if p_each then
        return query
        select s.video_id, s.outcome, s.status, 1::bigint from pg_temp.staged_links s
        where s.outcome is not null order by s.place;
    else
        return query
        select null, s.outcome, null, count(*) from pg_temp.staged_links s where s.outcome is not null group by s.outcome;
    end if;
end $$;

-- How many jobs wait for a stage or run in it. One query per case: a plan for both reads the whole table.
create or replace function public.count_waiting(p_stage text) returns bigint
language sql stable set search_path = '' as $$
    select case p_stage
        when 'download' then
            (select count(*) from public.processing_queue q where q.status in ('pending', 'downloading'))
        else
            (select count(*) from public.processing_queue q where q.status = 'processing' and q.lane = p_stage)
    end
$$;

revoke execute on function public.stage_links, public.add_staged_links from public, anon, authenticated;
grant execute on function public.stage_links, public.add_staged_links to service_role;

notify pgrst, 'reload schema';
