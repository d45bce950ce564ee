"""Do links become jobs, one per video?"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mass_processing.errors import Refused
from mass_processing.records import JobStatus, Link, Source, Stage
from mass_processing.store import Store
from tests.mass_processing.store.acts import Database, add, claimed, downloaded, file, row, short, tiktok


def outcomes(store: Store, links: list[Link], priority: int = 5) -> list[str]:
    return [link.outcome for link in store.add_links(links, priority=priority, batch=None)]


def test_new_links_are_added_in_the_order_given(store: Store) -> None:
    added = store.add_links([tiktok(9), tiktok(3), tiktok(5)], priority=5, batch=None)
    assert [(link.video_id, link.outcome) for link in added] == [
        ("tiktok:9", "added"),
        ("tiktok:3", "added"),
        ("tiktok:5", "added"),
    ]
    assert [job.video_id for job in store.jobs()] == ["tiktok:5", "tiktok:3", "tiktok:9"]


def test_the_same_video_twice_in_one_list_is_one_job(store: Store) -> None:
    assert outcomes(store, [tiktok(1), tiktok(1)]) == ["added", "known"]
    assert store.stats().jobs["total"] == 1


def test_a_known_video_keeps_its_priority_and_batch(store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=7, batch="spring")
    assert [link.outcome for link in store.add_links([tiktok(1)], priority=3, batch="autumn")] == ["known"]
    assert (row(database)["priority"], row(database)["batch"]) == (7, "spring")


def test_a_higher_priority_is_taken_over_while_it_waits(store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=3)
    assert outcomes(store, [tiktok(1)], priority=8) == ["raised"]
    assert row(database)["priority"] == 8


def test_a_running_job_keeps_its_priority(store: Store, database: Database) -> None:
    add(store, [tiktok(1)], priority=3)
    claimed(store)
    assert outcomes(store, [tiktok(1)], priority=8) == ["known"]
    assert row(database)["priority"] == 3


def test_a_file_needs_no_download(store: Store, database: Database) -> None:
    added = store.add_links([file("aa")], priority=5, batch=None)
    assert added[0].status is JobStatus.PROCESSING
    assert row(database, "file:aa")["video_path"] == "/media/aa.mp4"


def test_a_short_link_that_was_resolved_before_is_known(store: Store) -> None:
    add(store, [short("ZM1")])
    downloaded(store, claimed(store), "tiktok:1")
    added = store.add_links([short("ZM1")], priority=5, batch=None)
    assert [(link.video_id, link.outcome, link.status) for link in added] == [
        ("tiktok:1", "known", JobStatus.PROCESSING)
    ]


def test_more_links_than_one_call_takes_all_go_in(store: Store) -> None:
    assert outcomes(store, [tiktok(number) for number in range(1_203)]) == ["added"] * 1_203


@pytest.mark.parametrize("priority", [0, 11, -1])
def test_a_priority_outside_1_to_10_is_refused_by_its_value(store: Store, priority: int) -> None:
    with pytest.raises(Refused, match=f"not {priority}"):
        store.add_links([tiktok(1)], priority=priority, batch=None)


@pytest.mark.parametrize("length", [0, 201])
def test_a_batch_name_that_is_empty_or_too_long_is_refused(store: Store, length: int) -> None:
    with pytest.raises(Refused, match=f"not {length}"):
        store.add_links([tiktok(1)], priority=5, batch="x" * length)


def test_characters_that_postgres_refuses_are_dropped(store: Store, database: Database) -> None:
    store.add_links([Link("url:aa", "https://x/\x00\ud83d.mp4", Source.MEDIA)], priority=5, batch="a\x00b")
    assert (row(database, "url:aa")["url"], row(database, "url:aa")["batch"]) == ("https://x/.mp4", "ab")


def test_lists_that_are_added_at_the_same_time_in_opposite_order_make_one_job_per_video(store: Store) -> None:
    links = [tiktok(number) for number in range(400)]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda given: outcomes(store, given), [links, links[::-1]])
    assert (first + second).count("added") == 400
    assert store.stats().jobs["total"] == 400


def test_a_local_file_that_was_moved_is_found_at_its_new_place(store: Store) -> None:
    store.add_links([Link("file:0123456789abcdef", "/old/a.mp4", Source.FILE)], priority=5, batch=None)
    store.add_links([Link("file:0123456789abcdef", "/new/a.mp4", Source.FILE)], priority=5, batch=None)
    job = store.claim(Stage.CPU, "cpu1@test")
    assert job is not None
    assert (job.url, job.video_path) == ("/new/a.mp4", "/new/a.mp4")
