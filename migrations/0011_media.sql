-- Which media files may go, as MEDIA_KEEP says?
--
-- A file goes in three steps: its video's row forgets it, it is deleted, and that is noted here. So a video that is requeued
-- meanwhile is downloaded anew instead of being looked for, and what a killed process had begun is gone on with.

create table if not exists public.leaving_media (
    video_id text primary key,
    location text not null,
    since timestamptz not null default now(),
    tried_at timestamptz not null default now()
);
comment on table public.leaving_media is 'Media files that are being deleted; a row is there for moments only.';
comment on column public.leaving_media.video_id is 'The video that they were of.';
comment on column public.leaving_media.location is 'Path or URL of the file.';
comment on column public.leaving_media.since is 'When the video forgot it; what lies there since later is another download.';
comment on column public.leaving_media.tried_at is 'When somebody last began to delete it.';
alter table public.leaving_media enable row level security;
revoke all on public.leaving_media from anon, authenticated;
grant select, insert, update, delete on public.leaving_media to service_role;

create index if not exists processing_queue_media
    on public.processing_queue (ended_at) where ended_at is not null and video_path is not null and source <> 'file';

-- At most p_limit files that may go now: of videos that were completed (with p_failed failed, too) p_days ago or longer, and those
-- that nobody finished deleting within ten minutes. Local files that were named are never among them.
create or replace function public.dismiss_media(p_days double precision, p_failed boolean, p_limit integer)
returns table (video_id text, location text, since timestamptz)
language sql set search_path = '' as $$
    with ended as (
        select q.id, q.video_id, q.video_path from public.processing_queue q
        where q.ended_at < now() - make_interval(secs => p_days * 86400)
            and q.video_path is not null and q.source <> 'file'
            and (q.status = 'completed' or (p_failed and q.status = 'failed'))
        order by q.ended_at
        limit least(p_limit, 500)
        for update skip locked
    ), forgotten as (
        update public.processing_queue q set video_path = null from ended where q.id = ended.id
    ), unfinished as (
        select m.video_id from public.leaving_media m
        where m.tried_at < now() - interval '10 minutes' and m.video_id not in (select e.video_id from ended e)
        order by m.tried_at
        limit greatest(0, least(p_limit, 500) - (select count(*) from ended))
        for update skip locked
    ), again as (
        update public.leaving_media m set tried_at = now() from unfinished where m.video_id = unfinished.video_id
        returning m.video_id, m.location, m.since
    ), new as (
        insert into public.leaving_media as m (video_id, location) select e.video_id, e.video_path from ended e
        on conflict on constraint leaving_media_pkey
        do update set location = excluded.location, since = now(), tried_at = now()
        returning m.video_id, m.location, m.since
    )
    select * from new union all select * from again
$$;

-- They are deleted.
create or replace function public.forget_media(p_video_ids jsonb) returns integer
language sql set search_path = '' as $$
    with gone as (
        delete from public.leaving_media m
        where m.video_id in (select jsonb_array_elements_text(p_video_ids))
        returning 1
    )
    select count(*)::integer from gone
$$;

revoke execute on function public.dismiss_media, public.forget_media from public, anon, authenticated;
grant execute on function public.dismiss_media, public.forget_media to service_role;

comment on function public.dismiss_media is 'Media files that may go; the rows of their videos name them no more.';
comment on function public.forget_media is 'Notes that dismissed media files are deleted.';

select public.record_migration('0011', 'media');

notify pgrst, 'reload schema';
