"""Does the door through Supabase's Data API hold when keys, gateways, connections and processes misbehave?"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from mass_processing.errors import BackendAway, Refused
from mass_processing.records import JobStatus, Stage
from mass_processing.store import Store
from mass_processing.store.supabase import REPEATABLE, SupabaseDoor
from tests.mass_processing.store.acts import ANALYSIS, WORKER, Database, add, analysing, claimed, segment, tiktok
from tests.standin.supabase import PUBLISHABLE_KEY, SECRET_KEY, SupabaseStandIn, token

#: No right, or nothing that takes these arguments.
_REFUSED = ("42501", "PGRST202", "42883")


@pytest.fixture
def door(supabase: SupabaseStandIn, database: Database) -> Iterator[SupabaseDoor]:
    """A door over empty tables."""
    supabase.called.clear()
    opened = SupabaseDoor(supabase.url, SECRET_KEY)
    yield opened
    opened.close()


@pytest.fixture
def store(door: SupabaseDoor) -> Store:
    return Store(door)


# --- keys ---
@pytest.mark.parametrize("url", ["", "project.supabase.co", "postgresql://someone@db/postgres"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="SUPABASE_URL"):
        SupabaseDoor(url, SECRET_KEY)


@pytest.mark.parametrize("key", ["", PUBLISHABLE_KEY])
def test_a_key_that_may_do_nothing_is_refused_before_the_first_call(key: str) -> None:
    with pytest.raises(Refused, match="SUPABASE_KEY"):
        SupabaseDoor("https://project.supabase.co", key)


def test_a_legacy_key_of_the_service_role_works(supabase: SupabaseStandIn, database: Database) -> None:
    store = Store(SupabaseDoor(f"{supabase.url}/", token("service_role")))
    assert store.stats().jobs["total"] == 0
    store.close()


@pytest.mark.parametrize(
    "key",
    [
        "sb_secret_of_another_project",
        pytest.param(token("anon"), id="a legacy key of browsers"),
        pytest.param(token("service_role", "signed by another project, with its secret"), id="a forged one"),
    ],
)
def test_a_key_that_is_not_accepted_is_named_and_not_shown(
    supabase: SupabaseStandIn, database: Database, key: str
) -> None:
    store = Store(SupabaseDoor(supabase.url, key))
    with pytest.raises(BackendAway, match=r"does not accept SUPABASE_KEY.*sb_secret_") as caught:
        store.stats()
    assert key not in str(caught.value)
    store.close()


def test_browsers_keys_reach_nothing(supabase: SupabaseStandIn, database: Database) -> None:
    tables = database.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')"
    )
    functions = database.execute(
        "select distinct proname from pg_proc "
        "where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype"
    )
    asked = [("GET", f"/{row['relname']}") for row in tables.fetchall()]
    asked += [("POST", f"/rpc/{row['proname']}") for row in functions.fetchall()]
    answered = {}
    with httpx.Client(base_url=f"{supabase.url}/rest/v1", headers={"apikey": PUBLISHABLE_KEY}) as browser:
        for method, path in asked:
            answer = browser.request(method, path, json={} if method == "POST" else None)
            answered[path] = answer.json()["code"]
    assert len(answered) > 40
    assert {path: code for path, code in answered.items() if code not in _REFUSED} == {}


# --- what goes wrong on the way ---
@pytest.mark.parametrize("fault", ["503", "429", "page", "cut", "lost"])
def test_what_only_reads_is_asked_again(store: Store, supabase: SupabaseStandIn, fault: str) -> None:
    add(store, [tiktok(1)])
    supabase.faults.next = [fault]
    assert store.stats().jobs["total"] == 1
    assert supabase.called.count("queue_stats") == 2


@pytest.mark.parametrize("fault", ["503", "page", "cut", "lost"])
def test_a_claim_is_never_made_twice(store: Store, supabase: SupabaseStandIn, fault: str) -> None:
    add(store, [tiktok(1), tiktok(2)])
    supabase.faults.next = [fault]
    with pytest.raises(BackendAway):
        store.claim(Stage.DOWNLOAD, WORKER)
    assert supabase.called.count("claim_job") == 1
    assert store.stats().jobs["downloading"] == (fault == "lost")


def test_a_result_whose_answer_was_lost_is_there_once(
    store: Store, supabase: SupabaseStandIn, database: Database
) -> None:
    job = analysing(store, 1)
    supabase.faults.next = ["lost"]
    store.finish_analysis(job, analysis=ANALYSIS, segments=[segment(1.0), segment(2.0)])
    assert store.jobs()[0].status == JobStatus.COMPLETED
    assert len(store.segments("tiktok:1")) == 2
    events = database.execute("select from job_events where to_status = 'completed'").fetchall()
    assert len(events) == 1


def test_a_project_that_is_away_is_named_and_found_again(store: Store, supabase: SupabaseStandIn) -> None:
    add(store, [tiktok(1)])
    supabase.stop()
    try:
        with pytest.raises(BackendAway, match=r"127\.0\.0\.1"):
            store.stats()
    finally:
        supabase.start()
    assert store.stats().jobs["total"] == 1


def test_an_address_where_nobody_listens_is_named_without_the_key() -> None:
    store = Store(SupabaseDoor("http://127.0.0.1:9", SECRET_KEY))
    with pytest.raises(BackendAway, match=r"127\.0\.0\.1.*SUPABASE_URL") as caught:
        store.claim(Stage.DOWNLOAD, WORKER)
    assert SECRET_KEY not in str(caught.value)


def test_a_database_without_our_functions_says_what_to_run(door: SupabaseDoor) -> None:
    with pytest.raises(BackendAway, match="migrations/"):
        door.call("a_function_of_a_later_version", id=1)


def test_what_the_database_does_not_take_is_refused(door: SupabaseDoor) -> None:
    with pytest.raises(Refused, match="22P02"):
        door.call("list_jobs", which={}, limit="many", before=None)


def test_all_that_may_be_repeated_is_there(database: Database) -> None:
    rows = database.execute("select proname from pg_proc where pronamespace = 'public'::regnamespace").fetchall()
    assert {row["proname"] for row in rows} >= REPEATABLE


# --- processes and threads ---
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_client_does_not_cross_a_fork(door: SupabaseDoor) -> None:
    door.call("count_waiting", stage="download")
    ours = door._client()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        rows = door.call("count_waiting", stage="download")
        os.write(write_end, b"same" if door._client() is ours else str(rows[0]["count_waiting"]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read_end, 20) == b"0"
    assert door._client() is ours
    os.close(read_end)
    os.close(write_end)


def test_threads_share_one_door(store: Store) -> None:
    add(store, [tiktok(number) for number in range(60)])
    with ThreadPoolExecutor(12) as pool:
        jobs = list(pool.map(lambda _: claimed(store), range(60)))
    assert len({job.id for job in jobs}) == 60


def test_a_closed_door_opens_again_at_the_next_call(door: SupabaseDoor) -> None:
    door.call("count_waiting", stage="download")
    door.close()
    assert door.call("count_waiting", stage="download") == [{"count_waiting": 0}]
