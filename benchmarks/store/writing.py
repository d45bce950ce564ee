"""How many analyses can be written a second, one at a time from several workers, through either door?"""

import multiprocessing
import os
import time
from multiprocessing.synchronize import Barrier

from benchmarks.backends import Backends
from benchmarks.figures import Figure
from benchmarks.store.specimens import specimen
from mass_processing.embedded import postgres_dsn
from mass_processing.records import Stage
from mass_processing.settings import settings
from mass_processing.store import open_store

#: The ways to the database.
DOORS = ("psycopg", "rest")
_WRITERS = 4
#: Different documents of each writer.
_DIFFERENT = 10
#: Jobs that wait for each second of writing; more than can be done.
_WAITING_PER_SECOND = 400


def writing(at: Backends, seconds: float, door: str) -> list[Figure]:
    """Each writer claims a job and finishes it, again and again: what a worker does to the store for each video.

    Through psycopg, or ("rest") through supabase-py, a gateway as Supabase has one, and PostgREST, all on this machine.
    """
    if door == "psycopg":
        return _writing(at, seconds, "psycopg", ">= 60")
    from tests.standin.supabase import SECRET_KEY, SupabaseStandIn

    with SupabaseStandIn(postgres_dsn(at.settings), at.settings.var_dir) as project:
        # The writers' settings are those of the environment.
        os.environ.update(SUPABASE_URL=project.url, SUPABASE_KEY=SECRET_KEY)
        try:
            return _writing(at, seconds, "REST", ">= 25")
        finally:
            del os.environ["SUPABASE_URL"], os.environ["SUPABASE_KEY"]


def _writing(at: Backends, seconds: float, way: str, goal: str) -> list[Figure]:
    waiting = round(seconds * _WAITING_PER_SECOND)
    at.database.execute(
        "update public.processing_queue set status = 'processing', video_path = '/media/v.mp4', lane = 'cpu' "
        "where id in (select id from public.processing_queue where status = 'pending' order by id limit %s)",
        [waiting],
    )
    since = at.value("select now()::text")
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(_WRITERS + 1)
    writers = [spawn.Process(target=_write, args=(number, seconds, ready)) for number in range(_WRITERS)]
    for writer in writers:
        writer.start()
    ready.wait()
    for writer in writers:
        writer.join()
    if any(writer.exitcode for writer in writers):
        raise RuntimeError("a writer failed; what it said stands above")
    pace = at.value(
        "select count(*) / extract(epoch from max(completed_at) - min(completed_at)) from public.video_analysis "
        f"where completed_at > '{since}'"
    )
    return [Figure(f"analyses written in a second, {_WRITERS} writers over {way}", float(pace), "/s", goal)]


def _write(number: int, seconds: float, ready: Barrier) -> None:
    """The process of one writer; its settings are those of the environment."""
    specimens = [specimen(number * _DIFFERENT + each) for each in range(_DIFFERENT)]
    store = open_store(settings())
    store.stats()
    ready.wait()
    end, written = time.monotonic() + seconds, 0
    while time.monotonic() < end and (job := store.claim(Stage.CPU, f"cpu{number}@{os.getpid()}")) is not None:
        each = specimens[written % _DIFFERENT]
        store.finish_analysis(job, analysis=each.document, segments=each.segments)
        written += 1
    store.close()
