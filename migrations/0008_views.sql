-- What do people and BI tools read? One row per video with the numbers they ask for, its segments, failures and pace.
--
-- The numbers are columns that Postgres itself keeps beside the JSON, so no query opens 60 KB per row. What is missing, or has
-- another shape than expected, is null: writing an analysis never fails for it. (A case is not looked into before its condition.)

create or replace function public.text_at(p_document jsonb, p_path text[]) returns text
language sql immutable parallel safe set search_path = '' as $$
    select case when jsonb_typeof(p_document #> p_path) = 'string' then nullif(p_document #>> p_path, '') end
$$;

create or replace function public.boolean_at(p_document jsonb, p_path text[]) returns boolean
language sql immutable parallel safe set search_path = '' as $$
    select case when jsonb_typeof(p_document #> p_path) = 'boolean' then (p_document #> p_path)::boolean end
$$;

-- Twelve digits after the point are more than any measurement has; a number near 0 would not be taken otherwise.
create or replace function public.number_at(p_document jsonb, p_path text[]) returns double precision
language sql immutable parallel safe set search_path = '' as $$
    select case when jsonb_typeof(p_document #> p_path) = 'number' then case
        when abs((p_document #> p_path)::numeric) < 1e15 then round((p_document #> p_path)::numeric, 12)::double precision
    end end
$$;

create or replace function public.count_at(p_document jsonb, p_path text[]) returns bigint
language sql immutable parallel safe set search_path = '' as $$
    select public.number_at(p_document, p_path)::bigint
$$;

create or replace function public.length_at(p_document jsonb, p_path text[]) returns integer
language sql immutable parallel safe set search_path = '' as $$
    select case when jsonb_typeof(p_document #> p_path) = 'array' then jsonb_array_length(p_document #> p_path) end
$$;

create or replace function public.texts_at(p_document jsonb, p_path text[], p_key text) returns text[]
language sql immutable parallel safe set search_path = '' as $$
    select case when jsonb_typeof(p_document #> p_path) = 'array' then array(
        select told.name
        from jsonb_array_elements(p_document #> p_path) with ordinality as each (element, place)
        cross join lateral (
            select case when p_key is null then element else element -> p_key end #>> '{}' as name
        ) as told
        where told.name is not null
        group by told.name order by min(place)
    ) end
$$;

-- Its setting makes the text of a time mean the same for everybody, so it is immutable.
create or replace function public.time_at(p_document jsonb, p_path text[]) returns timestamptz
language plpgsql immutable parallel safe set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD' as $$
declare
    value jsonb := p_document #> p_path;
begin
    if jsonb_typeof(value) = 'number' then
        return to_timestamp(public.number_at(p_document, p_path));
    end if;
    if value #>> '{}' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$' then
        return (value #>> '{}')::timestamptz;
    end if;
    return null;
exception
    when data_exception then return null;
end $$;

revoke execute on function public.text_at, public.boolean_at, public.number_at, public.count_at, public.length_at,
    public.texts_at, public.time_at from public, anon, authenticated;
grant execute on function public.text_at, public.boolean_at, public.number_at, public.count_at, public.length_at,
    public.texts_at, public.time_at to service_role;

-- Each number is named, with its reader above and its place: a field of the metadata (source is what the download told), or of
-- an analyzer's result. One statement adds them all, so that a table full of analyses is written anew only once.
do $$
declare
    number record;
    additions text[] := '{}';
    comments text[] := '{}';
begin
    for number in
        select told.name, told.reader || '_at' as reader, told.about,
            split_part(told.place, '.', 1) in ('source', 'video') as of_metadata,
            string_to_array(split_part(told.place, '[].', 1), '.') as path, nullif(split_part(told.place, '[].', 2), '') as key
        from (values
            ('author', 'text', 'source.uploader', 'Who posted it, as the site names them; null where that is not known.'),
            ('caption', 'text', 'source.description', 'What they wrote beside the video, hashtags included.'),
            ('hashtags', 'texts', 'source.hashtags', 'Of the caption, without #, in order.'),
            ('sound', 'text', 'source.track', 'The title of the sound it uses, as the site names it.'),
            ('sound_artists', 'texts', 'source.artists', 'Whose sound that is.'),
            ('posted_at', 'time', 'source.timestamp', 'When it was posted.'),
            ('counted_at', 'time', 'source.fetched_at', 'When it was downloaded: the moment of the five counts.'),
            ('views', 'count', 'source.view_count',
                'How often it had been played at counted_at; null where the site did not say.'),
            ('likes', 'count', 'source.like_count', 'Likes at counted_at.'),
            ('comments', 'count', 'source.comment_count', 'Comments at counted_at.'),
            ('shares', 'count', 'source.repost_count', 'Shares at counted_at.'),
            ('saves', 'count', 'source.save_count', 'How often it had been saved at counted_at.'),
            ('width', 'count', 'video.width', 'Pixels, after rotation.'),
            ('height', 'count', 'video.height', 'Pixels, after rotation.'),
            ('summary', 'text', 'qwen2_vl_temporal.caption', 'What is shown, in a sentence or a few.'),
            ('language', 'text', 'transcript_topics.language.code',
                'ISO 639-1 code of the language of most of what is said, shown and written.'),
            ('spoken_language', 'text', 'speech_transcription.language', 'ISO 639-1 code of the language that is spoken.'),
            ('topics', 'texts', 'transcript_topics.topics[].name', 'What the text is about, strongest first.'),
            ('sentiment', 'number', 'transcript_topics.sentiment.polarity', 'Of the text, from -1 (bad) to 1 (good).'),
            ('words', 'count', 'transcript_topics.word_count', 'Words that are said, shown and written beside it.'),
            ('hook_type', 'text', 'hook_analysis.hook_type',
                'How the first three seconds try to hold the viewer: question, list, face … or none.'),
            ('hook_strength', 'number', 'hook_analysis.strength', 'How strongly they do, 0-1.'),
            ('hook_words', 'text', 'hook_analysis.openings.0.words', 'The first sentence that is said or shown in them.'),
            ('first_speech_s', 'number', 'hook_analysis.t_first_speech',
                'Seconds to the first speech; null when there is none.'),
            ('first_text_s', 'number', 'hook_analysis.t_first_text', 'Seconds to the first text on the picture.'),
            ('first_face_s', 'number', 'hook_analysis.t_first_face', 'Seconds to the first face.'),
            ('first_cut_s', 'number', 'hook_analysis.t_first_cut', 'Seconds to the first cut.'),
            ('first_motion_s', 'number', 'hook_analysis.t_first_motion', 'Seconds to the first motion that is more than calm.'),
            ('first_sound_s', 'number', 'hook_analysis.t_first_sound', 'Seconds to the first sound.'),
            ('cuts', 'length', 'cut_analysis.cuts', 'Cuts, dissolves and fades.'),
            ('cuts_per_minute', 'number', 'cut_analysis.cuts_per_minute', 'Changes of shot per minute.'),
            ('average_shot_s', 'number', 'cut_analysis.average_shot_length', 'Seconds of the average shot.'),
            ('scenes', 'length', 'scene_segmentation.scenes', 'Scenes: shots that belong together.'),
            ('motion', 'number', 'motion_analysis.energy', 'Motion on the screen, frame widths per second.'),
            ('pace', 'text', 'motion_analysis.pace', 'The same in a word: calm, medium or fast.'),
            ('camera', 'text', 'camera_analysis.dominant', 'What the camera does most: static, pan_left, zoom_in, handheld …'),
            ('effects', 'texts', 'visual_effects.effects[].type',
                'Kinds of effects of the edit: freeze, slow_motion, split_screen …'),
            ('text_share', 'number', 'text_overlay.text_share',
                'Share of the time with text on the picture (watermarks apart), 0-1.'),
            ('texts', 'length', 'text_overlay.texts', 'Texts on the picture, watermarks included.'),
            ('face_count', 'count', 'face_framing.face_count', 'The most faces at once.'),
            ('face_share', 'number', 'face_framing.face_share', 'Share of the time with a face, 0-1.'),
            ('people', 'count', 'body_pose.most_at_once', 'The most people at once.'),
            ('objects', 'texts', 'object_detection.objects[].label', 'Kinds of things that are seen, the longest seen first.'),
            ('products', 'texts', 'product_detection.products[].item',
                'Kinds of products, the largest and longest seen first.'),
            ('brands', 'texts', 'product_detection.brands[].name', 'Brands whose names stand on the picture.'),
            ('place', 'text', 'scene_classification.place', 'Where it is: kitchen, street …, or unclear.'),
            ('indoor', 'boolean', 'scene_classification.indoor', 'Whether that is indoors; null when it can''t be told.'),
            ('action', 'text', 'action_recognition.label', 'What is done longest, or unclear.'),
            ('background', 'text', 'background_segmentation.bg_type',
                'What lies behind: real, blur, solid, chroma or replaced.'),
            ('shape', 'text', 'composition_analysis.shape', 'Of the frame, such as 9:16.'),
            ('brightness', 'number', 'color_analysis.brightness', 'Mean luma, 0-1.'),
            ('main_colour', 'text', 'color_analysis.palette.0.hex', 'The commonest colour, such as #ff8800.'),
            ('grade', 'text', 'color_analysis.grade',
                'The look: warm, cool, neutral or monochrome, with high key or low key where it is.'),
            ('sharpness', 'number', 'image_quality.quality.sharpness', 'Of the picture, 0-1.'),
            ('loudness_lufs', 'number', 'audio_analysis.integrated_lufs', 'Loudness of the whole, LUFS.'),
            ('speech_share', 'number', 'voice_activity.speech_ratio', 'Share of the time with speech, 0-1.'),
            ('words_per_minute', 'number', 'speech_rate.wpm',
                'Words per minute of talking time; an estimate where there is no transcript.'),
            ('pause_share', 'number', 'speech_rate.pause_ratio', 'Share of talking time that is pauses, 0-1.'),
            ('pitch_hz', 'number', 'speech_prosody.f0_median_hz', 'Median pitch of the speech, Hz.'),
            ('sounds', 'texts', 'sound_events.tags[].label', 'Kinds of sounds that are heard, likeliest first.'),
            ('music_probability', 'number', 'music_analysis.music_probability', 'That there is music, mean over time, 0-1.'),
            ('bpm', 'number', 'music_analysis.bpm', 'Beats per minute; null without music or a steady pulse.'),
            ('music_key', 'text', 'music_analysis.key', 'Such as A minor.'),
            ('on_beat_share', 'number', 'audio_visual_sync.on_beat_ratio',
                'Share of the hard cuts within the music that fall on a beat, 0-1.'),
            ('calls_to_action', 'texts', 'cta_detection.types',
                'What viewers are asked to do: follow, like, comment, save, link, buy …, most frequent first.'),
            ('first_call_s', 'number', 'cta_detection.first_call', 'Seconds to the first of these calls in the video itself.'),
            ('video_hash', 'text', 'video_fingerprint.video_hash',
                'Perceptual hash, 16 hex digits; reposts have the same or nearly the same.')
        ) as told (name, reader, place, about)
    loop
        additions := additions || format(
            'add column if not exists %I %s generated always as (public.%I(%s, %L%s)) stored', number.name,
            (select pg_catalog.format_type(f.prorettype, null) from pg_catalog.pg_proc f
             where f.proname = number.reader and f.pronamespace = 'public'::regnamespace),
            number.reader, case when number.of_metadata then 'metadata' else 'analyzer_results' end,
            case when number.of_metadata then number.path else number.path[1:1] || array['result'] || number.path[2:] end,
            case when number.reader = 'texts_at' then format(', %L', number.key) end);
        comments := comments || format('comment on column public.video_analysis.%I is %L', number.name, number.about);
    end loop;
    execute 'alter table public.video_analysis ' || array_to_string(additions, ', ');
    execute array_to_string(comments, '; ');
end $$;

-- The jobs that have numbers, for the view of both.
create index if not exists processing_queue_completed on public.processing_queue (video_id) where status = 'completed';
create index if not exists video_analysis_by_time
    on public.video_analysis (completed_at) include (duration_s, processing_time_seconds, realtime_factor);
-- What is said and shown, word by word in any language that writes spaces.
create index if not exists video_segments_by_word
    on public.video_segments using gin (to_tsvector('simple', left(text, 10000))) where text is not null;

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
left join public.video_analysis v on v.video_id = q.video_id and q.status = 'completed';
comment on view public.videos is 'One row per video: its job and, once that is completed, its analysis and its numbers.';

create or replace view public.segments with (security_invoker = true) as
select s.id, s.video_id, s.analyzer, s.label, s.start_s, s.end_s, s.end_s - s.start_s as seconds, s.score, s.text, s.data,
    to_tsvector('simple', left(s.text, 10000)) as words
from public.video_segments s;
comment on view public.segments is 'What was found when: a row per video, analyzer and range of time, start_s <= t < end_s.';

create or replace view public.failures_by_reason with (security_invoker = true) as
select told.stage, told.failure_class, told.reason, told.videos, told.first_at, told.last_at, q.video_id as example
from (
    select alike.stage, alike.failure_class, sum(alike.jobs)::bigint as videos, min(alike.first_at) as first_at,
        max(alike.last_at) as last_at, max(alike.newest) as newest,
        -- What differs from video to video: addresses, paths, ids, measured numbers.
        regexp_replace(
            alike.reason, '\w+://\S+|(/[^\s/:,;]+){2,}|\m[0-9a-f]{12,}\M|\d{6,}|\d+\.\d+', '…', 'g') as reason
    from (
        select case when f.video_path is null then 'download' else 'analysis' end as stage, f.failure_class, f.reason,
            count(*) as jobs, min(f.ended_at) as first_at, max(f.ended_at) as last_at, max(f.id) as newest
        from public.processing_queue f
        where f.status = 'failed'
        group by 1, 2, 3
    ) as alike
    group by 1, 2, 7
) as told
join public.processing_queue q on q.id = told.newest;
comment on view public.failures_by_reason is 'Why videos failed: a row per stage, class and reason.';

create or replace view public.throughput_hourly with (security_invoker = true) as
select ended.hour, ended.completed, ended.failed,
    ended.completed::double precision / (ended.completed + ended.failed) as success_share,
    coalesce(analysed.video_seconds, 0) as video_seconds, coalesce(analysed.processing_seconds, 0) as processing_seconds,
    analysed.realtime_factor
from (
    select date_bin('1 hour', q.ended_at, timestamptz '2000-01-01 00:00:00+00') as hour,
        count(*) filter (where q.status = 'completed') as completed, count(*) filter (where q.status = 'failed') as failed
    from public.processing_queue q
    where q.ended_at is not null
    group by 1
) as ended
left join (
    select date_bin('1 hour', v.completed_at, timestamptz '2000-01-01 00:00:00+00') as hour,
        sum(v.duration_s) as video_seconds, sum(v.processing_time_seconds) as processing_seconds,
        avg(v.realtime_factor) as realtime_factor
    from public.video_analysis v
    group by 1
) as analysed on analysed.hour = ended.hour;
comment on view public.throughput_hourly is 'A row per hour in which videos ended; each is counted where its last run did.';

revoke all on public.videos, public.segments, public.failures_by_reason, public.throughput_hourly from anon, authenticated;
grant select on public.videos, public.segments, public.failures_by_reason, public.throughput_hourly to service_role;

do $$
declare
    meant record;
begin
    for meant in
        select * from (values
            ('failures_by_reason.stage', 'download or analysis: where it failed.'),
            ('failures_by_reason.videos', 'How many failed so and have not been requeued since.'),
            ('failures_by_reason.reason', 'Why, with … for addresses, paths, ids and measured numbers.'),
            ('failures_by_reason.first_at', 'When the first of them failed.'),
            ('failures_by_reason.last_at', 'When the last of them failed.'),
            ('failures_by_reason.example', 'The video_id of the one added last.'),
            ('throughput_hourly.hour', 'When the hour begins.'),
            ('throughput_hourly.completed', 'Videos completed in it.'),
            ('throughput_hourly.failed', 'Videos that failed for good in it.'),
            ('throughput_hourly.success_share', 'The completed ones among both, 0-1.'),
            ('throughput_hourly.video_seconds', 'How long the videos are that were analysed in it, seconds together.'),
            ('throughput_hourly.processing_seconds', 'How long their analyses took, seconds together.'),
            ('throughput_hourly.realtime_factor', 'Seconds of processing per second of video, mean of them.'),
            ('videos.attempts', 'How often it was claimed.'),
            ('videos.metadata', 'What the download told about the video, and the metadata of the result file.'),
            ('videos.engagement_rate', 'Likes, comments, shares and saves per view at counted_at.'),
            ('segments.seconds', 'How long it lasts.'),
            ('segments.words', 'Of the text, to search in: words @@ websearch_to_tsquery(''simple'', ''coffee'').'),
            ('schema_migrations.version', 'The number that the file''s name begins with.'),
            ('schema_migrations.name', 'The rest of that name.'),
            ('schema_migrations.applied_at', 'When it was applied.'),
            ('processing_queue.id', 'Ascending in the order the jobs were added.'),
            ('processing_queue.source', 'tiktok, media (a file on the web) or file (on a machine of ours).'),
            ('processing_queue.status', 'pending, downloading, processing, completed or failed.'),
            ('processing_queue.download_failures', 'Charged failures of the download in this run.'),
            ('processing_queue.process_failures', 'Charged failures of the analysis in this run.'),
            ('processing_queue.lease_expires_at', 'Until when its worker has it; null while it waits.'),
            ('processing_queue.failure_class', 'What kind of failure its last one was; null without one.'),
            ('processing_queue.added_at', 'When it was added first.'),
            ('processing_queue.updated_at', 'When it last changed.'),
            ('url_aliases.alias', 'The other id, such as url:<16 hex>.'),
            ('url_aliases.video_id', 'The video it names.'), ('url_aliases.created_at', 'When that was found out.'),
            ('job_events.id', 'Ascending in the order of the transitions.'),
            ('job_events.job_id', 'processing_queue.id, also of a job that is gone.'),
            ('job_events.video_id', 'Of the job at that time.'), ('job_events.attempt', 'Of the job at that time.'),
            ('job_events.at', 'When.'), ('job_events.note', 'Why; null when there is nothing to say.'),
            ('video_analysis.video_id', 'As in processing_queue.'), ('video_analysis.job_id', 'processing_queue.id.'),
            ('video_analysis.attempt', 'The attempt that made it.'), ('video_analysis.run', 'The run that made it.'),
            ('video_analysis.url', 'As in processing_queue.'),
            ('video_analysis.video_path', 'Where the media file lay.'),
            ('video_analysis.processing_time_seconds', 'How long the whole analysis took, seconds.'),
            ('video_analysis.successful_analyzers', 'How many of the analyzers answered.'),
            ('video_analysis.total_analyzers', 'How many were asked.'),
            ('video_analysis.duration_s', 'How long the video is, seconds.'),
            ('video_analysis.device', 'What analysed it: cpu, or the card.'),
            ('video_analysis.versions', 'Of the libraries that may change an answer.'),
            ('video_analysis.completed_at', 'When it was written.'),
            ('video_segments.id', 'Ascending in the order they were written.'),
            ('video_segments.video_id', 'As in processing_queue.'),
            ('video_segments.analyzer', 'Who found it: one of the thirty.'),
            ('video_segments.start_s', 'Seconds from the first picture.'),
            ('video_segments.end_s', 'Seconds; equal to start_s for an instant, such as a cut.'),
            ('video_segments.label', 'What it is, in a word or two.'),
            ('video_segments.text', 'What is said, shown or written there; null where there are no words.'),
            ('video_segments.data', 'Anything more.'), ('worker_status.worker_id', 'name@host, such as gpu0@box.'),
            ('worker_status.host', 'The machine it runs on.'), ('worker_status.pid', 'Its process there.'),
            ('worker_status.details', 'What it said of itself: memory, engine, pauses.'),
            ('worker_status.started_at', 'When that process said something first.'),
            ('worker_status.heartbeat_at', 'When it last said something.'), ('performance_metrics.at', 'The minute.'),
            ('performance_metrics.pending', 'Jobs in that state then.'),
            ('performance_metrics.downloading', 'Jobs in that state then.'),
            ('performance_metrics.processing', 'Jobs in that state then.'),
            ('performance_metrics.completed', 'Jobs in that state then.'),
            ('performance_metrics.failed', 'Jobs in that state then.'),
            ('performance_metrics.completed_per_hour', 'The pace of the hour before.'),
            ('performance_metrics.workers', 'Workers that lived then.')
        ) as said (place, about)
    loop
        execute format('comment on column public.%s is %L', meant.place, meant.about);
    end loop;
    -- A column of a view means what the column of that name in its table means.
    for meant in
        select view.name as view, shown.attname as name, pg_catalog.col_description(told.attrelid, told.attnum) as about
        from (values
            ('videos', 'processing_queue'), ('videos', 'video_analysis'), ('segments', 'video_segments'),
            ('failures_by_reason', 'processing_queue')
        ) as view (name, from_table)
        join pg_catalog.pg_attribute shown on shown.attrelid = ('public.' || view.name)::regclass and shown.attnum > 0
        join pg_catalog.pg_attribute told
            on told.attrelid = ('public.' || view.from_table)::regclass and told.attname = shown.attname
        where pg_catalog.col_description(shown.attrelid, shown.attnum) is null
    loop
        execute format('comment on column public.%I.%I is %L', meant.view, meant.name, meant.about);
    end loop;
    -- By name: a later version of a function means the same.
    for meant in
        select f.oid::regprocedure as function, said.about
        from (values
            ('text_at', 'The text at a path of a document; null when it is empty or no text.'),
            ('boolean_at', 'The truth value at a path of a document; null when it is none.'),
            ('number_at', 'The number at a path of a document; null when it is none, or beyond 1e15.'),
            ('count_at', 'As number_at, rounded to a whole number.'),
            ('length_at', 'How long the array at a path of a document is; null when it is none.'),
            ('texts_at', 'The texts of an array in a document, or of a key of its objects, each once; null when it is none.'),
            ('time_at', 'The time at a path of a document, as seconds since 1970 or as ISO 8601; null when it is neither.'),
            ('record_transition', 'Writes every change of state or holder of a job into job_events.'),
            ('record_additions', 'Writes every added job into job_events.'),
            ('add_jobs', 'Adds one row per video; answers one row per link, in the order given.'),
            ('gpu_is_alive', 'Whether a card takes videos; without one the cpu workers take the gpu queue''s.'),
            ('queues_of', 'The values of waits_for that a stage serves.'),
            ('unannounce_jobs', 'Takes the marks of announced jobs off.'), ('counted', 'Counts, with one more of a class.'),
            ('claim_job', 'Leases the best due job of a stage to a worker; no row when nothing is due.'),
            ('renew_leases', 'Extends the leases that a worker still holds; their ids.'),
            ('finish_download', 'downloading -> processing; under another video_id where a short link was resolved.'),
            ('merge_jobs', 'Gives what a job has to the job that has the same video, and removes it.'),
            ('finish_analysis', 'processing -> completed, with its analysis and its timeline.'),
            ('fail_attempt', '-> failed.'), ('retry_attempt', 'Back to waiting, due again after a delay.'),
            ('resolve_names', 'The ids a filter means, also when a video is named by an alias or by a bare TikTok id.'),
            ('release_job', 'Hands a job back untouched.'), ('matching_jobs', 'Ids of the jobs that a filter means.'),
            ('requeue_jobs', 'Failed jobs of a filter wait again with no failures counted.'),
            ('cancel_jobs', 'Unfinished jobs of a filter -> failed, class cancelled.'),
            ('prioritize_jobs', 'Sets the priority of the unfinished jobs of a filter.'),
            ('cleanup', 'Deletes jobs that ended long ago with all they have, and what is as old.'),
            ('queue_stats', 'The counts of the whole queue, or of one batch.'),
            ('count_waiting', 'How many jobs wait for a stage or run in it.'),
            ('list_jobs', 'Jobs of a filter, newest first, at most 500.'),
            ('get_video', 'Everything about one video, and its last 500 transitions.'),
            ('list_segments', 'The timeline of a video after a row of it, at most 500 rows.'),
            ('export_jobs', 'A page of all jobs with their analyses, oldest first.'),
            ('report_worker', 'A worker says what it is.'), ('record_metrics', 'Adds this minute''s row of metrics.'),
            ('list_workers', 'The workers of the last day; one that should live but says nothing is silent.'),
            ('list_metrics', 'The rows of performance_metrics of the last hours after a time, oldest first.'),
            ('wake_jobs', 'Jobs whose retry_at has come are due, at most 500; how many.'),
            ('announce_jobs', 'Marks the best due jobs of a stage as announced, at most 500.'),
            ('reap_silent', 'Jobs whose lease ran out, or whose process died, wait again, at most 500; how many.'),
            ('version_numbers', 'A version of yt-dlp as numbers that compare.'),
            ('stage_links', 'Makes the table that a chunk of links is copied into; it goes with the transaction.'),
            ('add_staged_links', 'Adds what was copied, as add_jobs does.'),
            ('record_migration', 'A file was applied.'), ('applied_migrations', 'The versions this database has.')
        ) as said (name, about)
        join pg_catalog.pg_proc f on f.proname = said.name and f.pronamespace = 'public'::regnamespace
    loop
        execute format('comment on function %s is %L', meant.function, meant.about);
    end loop;
end $$;

select public.record_migration('0008', 'views');

notify pgrst, 'reload schema';
