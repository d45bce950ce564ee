"""Do links become jobs, one per video?"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from mass_processing.errors import Refused
from mass_processing.records import AddedLink, JobStatus, Link, Source, Stage
from mass_processing.store import Store
from mass_processing.store.postgres import PostgresDoor
from tests.mass_processing.store.acts import Database, add, claimed, downloaded, file, row, short, tiktok


class TakeIn(Protocol):
    """Store.add_links, or the same for long lists."""

    def __call__(self, links: Sequence[Link], *, priority: int, batch: str | None) -> list[AddedLink]: ...


@pytest.fixture(params=["a few links", "a chunk of a long list"])
def take_in(request: pytest.FixtureRequest, store: Store) -> TakeIn:
    """Both ways in answer the same."""
    if request.param == "a few links":
        return store.add_links
    return lambda links, *, priority, batch: list(store.add_many(links, priority=priority, batch=batch).links)


def outcomes(take_in: TakeIn, links: list[Link], priority: int = 5) -> list[str]:
    return [link.outcome for link in take_in(links, priority=priority, batch=None)]


def test_new_links_are_added_in_the_order_given(take_in: TakeIn, store: Store) -> None:
    added = take_in([tiktok(9), tiktok(3), tiktok(5)], priority=5, batch=None)
    assert [(link.video_id, link.outcome) for link in added] == [
        ("tiktok:9", "added"),
        ("tiktok:3", "added"),
        ("tiktok:5", "added"),
    ]
    assert [job.video_id for job in store.jobs()] == ["tiktok:5", "tiktok:3", "tiktok:9"]


def test_the_same_video_twice_in_one_list_is_one_job(take_in: TakeIn, store: Store) -> None:
    assert outcomes(take_in, [tiktok(1), tiktok(1)]) == ["added", "known"]
    assert store.stats().jobs["total"] == 1


def test_a_known_video_keeps_its_priority_and_batch(take_in: TakeIn, store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=7, batch="spring")
    assert [link.outcome for link in take_in([tiktok(1)], priority=3, batch="autumn")] == ["known"]
    assert (row(database)["priority"], row(database)["batch"]) == (7, "spring")


def test_a_higher_priority_is_taken_over_while_it_waits(take_in: TakeIn, store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=3)
    assert outcomes(take_in, [tiktok(1)], priority=8) == ["raised"]
    assert row(database)["priority"] == 8


def test_a_running_job_keeps_its_priority(take_in: TakeIn, store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=3)
    claimed(store)
    assert outcomes(take_in, [tiktok(1)], priority=8) == ["known"]
    assert row(database)["priority"] == 3


def test_a_file_needs_no_download(take_in: TakeIn, store: Store, database: Database) -> None:
    added = take_in([file("aa")], priority=5, batch=None)
    assert added[0].status is JobStatus.PROCESSING
    assert row(database, "file:aa")["video_path"] == "/media/aa.mp4"


def test_a_short_link_that_was_resolved_before_is_known(take_in: TakeIn, store: Store) -> None:
    add(store, [short("ZM1")])
    downloaded(store, claimed(store), "tiktok:1")
    added = take_in([short("ZM1")], priority=5, batch=None)
    assert [(link.video_id, link.outcome, link.status) for link in added] == [
        ("tiktok:1", "known", JobStatus.PROCESSING)
    ]


def test_more_links_than_one_call_takes_all_go_in(take_in: TakeIn, store: Store) -> None:
    assert outcomes(take_in, [tiktok(number) for number in range(1_203)]) == ["added"] * 1_203


@pytest.mark.parametrize("priority", [0, 11, -1])
def test_a_priority_outside_1_to_10_is_refused_by_its_value(take_in: TakeIn, store: Store, priority: int) -> None:
    with pytest.raises(Refused, match=f"not {priority}"):
        take_in([tiktok(1)], priority=priority, batch=None)


@pytest.mark.parametrize("length", [0, 201])
def test_a_batch_name_that_is_empty_or_too_long_is_refused(take_in: TakeIn, store: Store, length: int) -> None:
    with pytest.raises(Refused, match=f"not {length}"):
        take_in([tiktok(1)], priority=5, batch="x" * length)


def test_characters_that_postgres_refuses_are_dropped(take_in: TakeIn, store: Store, database: Database) -> None:
    take_in([Link("url:aa", "https://x/\x00\ud83d.mp4", Source.MEDIA)], priority=5, batch="a\x00b")
    assert (row(database, "url:aa")["url"], row(database, "url:aa")["batch"]) == ("https://x/.mp4", "ab")


def test_lists_that_are_added_at_the_same_time_in_opposite_order_make_one_job_per_video(
    take_in: TakeIn, store: Store
) -> None:
    links = [tiktok(number) for number in range(400)]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda given: outcomes(take_in, given), [links, links[::-1]])
    assert (first + second).count("added") == 400
    assert store.stats().jobs["total"] == 400


def test_a_local_file_that_was_moved_is_found_at_its_new_place(take_in: TakeIn, store: Store) -> None:
    take_in([Link("file:0123456789abcdef", "/old/a.mp4", Source.FILE)], priority=5, batch=None)
    take_in([Link("file:0123456789abcdef", "/new/a.mp4", Source.FILE)], priority=5, batch=None)
    job = store.claim(Stage.CPU, "cpu1@test")
    assert job is not None
    assert (job.url, job.video_path) == ("/new/a.mp4", "/new/a.mp4")


def test_a_video_that_was_named_by_an_alias_and_by_its_id_is_one_job(take_in: TakeIn, store: Store) -> None:
    add(store, [short("ZM1")])
    downloaded(store, claimed(store), "tiktok:1")
    assert outcomes(take_in, [tiktok(1), short("ZM1"), tiktok(2)]) == ["known", "known", "added"]


def test_a_waiting_video_under_its_alias_is_raised(take_in: TakeIn, store: Store) -> None:
    add(store, [short("ZM1")])
    downloaded(store, claimed(store), "tiktok:1")
    assert outcomes(take_in, [short("ZM1")], priority=9) == ["raised"]


def test_a_raised_video_is_announced_anew(take_in: TakeIn, store: Store) -> None:
    add(store, [tiktok(1)])
    store.feed(Stage.DOWNLOAD, 5)
    take_in([tiktok(1)], priority=9, batch=None)
    assert [dispatch.priority for dispatch in store.feed(Stage.DOWNLOAD, 5)] == [9]


def test_every_addition_is_written_down_once(take_in: TakeIn, store: Store, database: Database) -> None:
    take_in([tiktok(1), tiktok(2), tiktok(1)], priority=5, batch=None)
    take_in([tiktok(2), tiktok(3)], priority=5, batch=None)
    events = database.execute("select video_id, to_status from public.job_events order by id").fetchall()
    assert [event["video_id"] for event in events] == ["tiktok:1", "tiktok:2", "tiktok:3"]
    assert {event["to_status"] for event in events} == {"pending"}


def test_a_file_keeps_its_first_place_within_one_list(take_in: TakeIn, store: Store, database: Database) -> None:
    places = [Link("file:0123456789abcdef", f"/{name}/a.mp4", Source.FILE) for name in ("first", "second")]
    take_in(places, priority=5, batch=None)
    assert row(database, "file:0123456789abcdef")["url"] == "/first/a.mp4"


def test_the_place_of_a_file_that_is_being_analysed_stays(take_in: TakeIn, store: Store, database: Database) -> None:
    add(store, [file("aa")])
    store.claim(Stage.CPU, "cpu1@test")
    take_in([Link("file:aa", "/new/aa.mp4", Source.FILE)], priority=5, batch=None)
    assert row(database, "file:aa")["video_path"] == "/media/aa.mp4"


def test_a_chunk_whose_links_nobody_asks_for_is_only_counted(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)], priority=3)
    done = store.add_many([tiktok(1), tiktok(3), tiktok(3)], priority=8, batch=None, each=False)
    assert (dict(done.outcomes), done.links) == ({"raised": 1, "added": 1, "known": 1}, ())


def test_a_door_that_can_not_copy_takes_a_long_list_all_the_same(store: Store, database_url: str) -> None:
    class CallingDoor:
        """As a hosted database's REST interface."""

        def __init__(self) -> None:
            self._door = PostgresDoor(database_url)
            self.call, self.close = self._door.call, self._door.close

    over_rest = Store(CallingDoor())
    done = over_rest.add_many([tiktok(1), tiktok(1)], priority=5, batch=None)
    over_rest.close()
    assert dict(done.outcomes) == {"added": 1, "known": 1}
