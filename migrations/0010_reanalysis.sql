-- How does one analyzer run again on videos that have their results?
--
-- A completed job goes back to waiting with the names in `redo`. Its earlier results stay, and stay visible, until the new ones
-- replace those of the named analyzers; when nothing comes of it, the job is completed as it was before, and says why.

alter table public.processing_queue add column if not exists redo text[];
comment on column public.processing_queue.redo is
    'The analyzers that run again, while the earlier results stay; null: all of them run.';

-- Whether there is no answer of the version asked for: never run, unavailable, failed, or older. Versions compare as numbers where
-- both begin with one; others are older when they differ.
create or replace function public.answer_is_due(p_outcome jsonb, p_version text) returns boolean
language sql immutable set search_path = '' as $$
    select p_outcome is null or p_outcome ->> 'status' in ('failed', 'unavailable') or coalesce(
        public.version_numbers(p_outcome ->> 'version') < public.version_numbers(p_version),
        p_outcome ->> 'version' is distinct from p_version)
$$;

-- Names of the analyzers to run again on a video with p_results, sorted; null when there are none.
-- p_analyzers: [{"name", "version", "replaces": [its name, and those that read from it]}, …].
create or replace function public.due_analyzers(p_results jsonb, p_analyzers jsonb, p_force boolean) returns text[]
language sql immutable set search_path = '' as $$
    select array_agg(distinct due.name order by due.name)
    from jsonb_array_elements(p_analyzers) as asked (analyzer)
    cross join lateral jsonb_array_elements_text(asked.analyzer -> 'replaces') as due (name)
    where p_force or public.answer_is_due(p_results -> (asked.analyzer ->> 'name'), asked.analyzer ->> 'version')
$$;

-- Completed jobs whose results lack what is asked for wait for their analysis again; one that waits or runs for that already gets
-- what is asked for besides, and begins anew. p_priority: null keeps each one's. With p_dry_run nothing changes. How many.
create or replace function public.reanalyze_jobs(
    p_which jsonb, p_analyzers jsonb, p_force boolean, p_priority integer, p_dry_run boolean, p_after bigint,
    p_limit integer)
returns table (changed integer, last_id bigint)
language sql set search_path = '' as $$
    with chosen as materialized (
        select id from public.matching_jobs(
            p_which, array['completed', 'pending', 'downloading', 'processing'], false, p_after, p_limit
        ) as id
    ), due as materialized (
        -- The concatenation unpacks the results once, not once for each analyzer.
        select q.id, public.due_analyzers(v.analyzer_results || '{}', p_analyzers, p_force) as redo
        from chosen
        join public.processing_queue q on q.id = chosen.id
        join public.video_analysis v on v.video_id = q.video_id
        where q.status = 'completed' or q.redo is not null
    ), news as (
        select due.id, due.redo from due join public.processing_queue q on q.id = due.id
        where due.redo is not null and not due.redo <@ coalesce(q.redo, '{}')
    ), waiting as (
        update public.processing_queue q
        set redo = array(select unnest(q.redo) union select unnest(news.redo) order by 1),
            status = case when q.status = 'downloading' or q.video_path is null then 'pending' else 'processing' end,
            priority = coalesce(p_priority, q.priority), run = q.run + 1,
            download_failures = 0, process_failures = 0, uncharged = '{}', lane = 'gpu', suspect = false,
            failure_class = null, retry_at = null, dispatched_until = null,
            reason = 'runs again: ' || array_to_string(
                array(select unnest(q.redo) union select unnest(news.redo) order by 1), ', '),
            worker_id = null, lease_expires_at = null, ended_at = null, queued_at = now(), updated_at = now()
        from news
        where not p_dry_run and q.id = news.id and (q.status = 'completed' or q.redo is not null)
        returning 1
    )
    select
        case when p_dry_run then (select count(*)::integer from news) else (select count(*)::integer from waiting) end,
        (select max(id) from chosen)
$$;

-- What a video was found to be so far; no row when it was never analysed.
create or replace function public.get_analysis(p_video_id text)
returns table (metadata jsonb, analyzer_results jsonb)
language sql stable set search_path = '' as $$
    select v.metadata, v.analyzer_results from public.video_analysis v where v.video_id = p_video_id
$$;

-- processing -> completed: the outcomes of p_analysis and their segments take the place of those of the same names, all others
-- stay as they are. The metadata is the whole of it.
create or replace function public.finish_reanalysis(
    p_id bigint, p_attempt integer, p_analysis jsonb, p_segments jsonb, p_note text)
returns boolean
language plpgsql set search_path = '' as $$
declare
    job public.processing_queue;
    facts jsonb := p_analysis -> 'metadata';
begin
    update public.processing_queue q
    set status = 'completed', worker_id = null, lease_expires_at = null, suspect = false, reason = p_note,
        ended_at = now(), updated_at = now()
    where q.id = p_id and q.attempt = p_attempt and q.status = 'processing' and q.worker_id is not null
    returning * into job;
    if not found then
        return false;
    end if;
    update public.video_analysis v
    set job_id = job.id, attempt = job.attempt, run = job.run, video_path = job.video_path, metadata = facts,
        analyzer_results = v.analyzer_results || (p_analysis -> 'analyzer_results'),
        successful_analyzers = (facts ->> 'successful_analyzers')::integer,
        total_analyzers = (facts ->> 'total_analyzers')::integer, completed_at = now()
    where v.video_id = job.video_id;
    if not found then
        raise exception 'the earlier results of % are gone', job.video_id using errcode = 'integrity_constraint_violation';
    end if;
    delete from public.video_segments s
    where s.video_id = job.video_id and s.analyzer in (select jsonb_object_keys(p_analysis -> 'analyzer_results'));
    insert into public.video_segments (video_id, analyzer, start_s, end_s, label, score, text, data)
    select job.video_id, s.analyzer, s.start_s, s.end_s, s.label, s.score, s.text, coalesce(s.data, '{}')
    from jsonb_to_recordset(p_segments) as s (
        analyzer text, start_s double precision, end_s double precision, label text,
        score double precision, text text, data jsonb);
    return true;
end $$;

-- Whoever ends such a job: it asks for nothing any more, and one that fails or is cancelled is completed with what it had.
create or replace function public.end_reanalysis() returns trigger
language plpgsql set search_path = '' as $$
declare
    completed_before timestamptz;
begin
    if new.status = 'failed' then
        select v.completed_at into completed_before from public.video_analysis v where v.video_id = new.video_id;
        if found then
            new.reason := format(
                'the earlier results stay; running %s again: %s', array_to_string(old.redo, ', '),
                case when new.failure_class = new.reason then new.reason
                    else format('%s (%s)', new.reason, new.failure_class) end);
            new.status := 'completed';
            new.failure_class := null;
            new.suspect := false;
            new.ended_at := completed_before;
        end if;
    end if;
    new.redo := null;
    return new;
end $$;

create or replace trigger end_reanalysis before update on public.processing_queue
    for each row when (old.redo is not null and new.status in ('completed', 'failed'))
    execute function public.end_reanalysis();

-- The jobs that have numbers, for the view of both: the index of 0008 would not know those that run again.
create index if not exists processing_queue_with_results
    on public.processing_queue (video_id) include (status, redo) where status = 'completed' or redo is not null;
drop index if exists public.processing_queue_completed;

-- A job with its analysis, which shows when the job is completed, and stays while some of it is made anew.
create or replace view public.videos with (security_invoker = true) as
select q.id, q.video_id, q.url, q.source, q.status, q.priority, q.batch, q.attempt as attempts, q.run,
    q.download_failures, q.process_failures, q.suspect, q.lane, q.failure_class, q.reason, q.worker_id,
    q.added_at, q.queued_at, q.updated_at, q.started_at, q.ended_at, q.retry_at, q.video_path,
    q.metadata || coalesce(v.metadata, '{}') as metadata,
    coalesce(v.analyzer_results, '{}') as analyzer_results,
    v.processing_time_seconds, v.successful_analyzers, v.total_analyzers, v.realtime_factor, v.duration_s,
    v.device, v.versions, v.completed_at,
    v.author, v.caption, v.hashtags, v.sound, v.sound_artists, v.posted_at, v.counted_at, v.views, v.likes,
    v.comments, v.shares, v.saves, v.width, v.height, v.summary, v.language, v.spoken_language, v.topics, v.sentiment,
    v.words, v.hook_type, v.hook_strength, v.hook_words, v.first_speech_s, v.first_text_s, v.first_face_s,
    v.first_cut_s, v.first_motion_s, v.first_sound_s, v.cuts, v.cuts_per_minute, v.average_shot_s, v.scenes, v.motion,
    v.pace, v.camera, v.effects, v.text_share, v.texts, v.face_count, v.face_share, v.people, v.objects, v.products,
    v.brands, v.place, v.indoor, v.action, v.background, v.shape, v.brightness, v.main_colour, v.grade, v.sharpness,
    v.loudness_lufs, v.speech_share, v.words_per_minute, v.pause_share, v.pitch_hz, v.sounds, v.music_probability,
    v.bpm, v.music_key, v.on_beat_share, v.calls_to_action, v.first_call_s, v.video_hash,
    (v.likes + v.comments + v.shares + coalesce(v.saves, 0))::double precision / nullif(v.views, 0) as engagement_rate
from public.processing_queue q
left join public.video_analysis v on v.video_id = q.video_id and (q.status = 'completed' or q.redo is not null);

comment on function public.answer_is_due is 'Whether there is no answer of the version asked for: none, unavailable, failed, or older.';
comment on function public.due_analyzers is 'The analyzers to run again on a video; null when there are none.';
comment on function public.reanalyze_jobs is 'Completed jobs of a filter wait for some analyzers again, and keep their results until then.';
comment on function public.get_analysis is 'The metadata and the outcomes of a video; no row when it was never analysed.';
comment on function public.finish_reanalysis is 'processing -> completed: the outcomes of some analyzers take the place of earlier ones.';
comment on function public.end_reanalysis is 'A re-run that fails or is cancelled leaves its job completed, with the earlier results.';

revoke execute on function public.answer_is_due, public.due_analyzers, public.reanalyze_jobs, public.get_analysis,
    public.finish_reanalysis, public.end_reanalysis from public, anon, authenticated;
grant execute on function public.answer_is_due, public.due_analyzers, public.reanalyze_jobs, public.get_analysis,
    public.finish_reanalysis, public.end_reanalysis to service_role;

select public.record_migration('0010', 'reanalysis');

notify pgrst, 'reload schema';
