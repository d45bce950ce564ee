"""How far are videos, and when have all of them ended?"""

import pytest

from mass_processing.follow import Following, NobodyWorks, Progress, follow, why_nothing_moves
from mass_processing.records import FailureClass
from mass_processing.store import Store
from tests.mass_processing.store.acts import add, claimed, completed, downloaded, short, tiktok


def test_a_batch_is_counted_by_state(store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)], batch="spring")
    add(store, [tiktok(3)])
    claimed(store)
    assert Following(store, batch="spring").look() == Progress(pending=1, downloading=1)


def test_single_videos_are_counted_beside_the_batch_and_never_twice(store: Store) -> None:
    add(store, [tiktok(1)], batch="spring")
    add(store, [tiktok(2)])
    look = Following(store, batch="spring", video_ids=["tiktok:1", "tiktok:2", "tiktok:2"]).look()
    assert look == Progress(pending=2)


def test_an_ended_video_stays_counted(store: Store) -> None:
    add(store, [tiktok(1)])
    following = Following(store, video_ids=["tiktok:1"])
    store.fail(claimed(store), FailureClass.PERMANENT, "gone")
    assert following.look() == following.look() == Progress(failed=1)


def test_a_short_link_that_became_a_known_video_is_followed_as_that(store: Store) -> None:
    completed(store, 1)
    add(store, [short("abc")])
    following = Following(store, video_ids=["url:abc"])
    assert following.look() == Progress(pending=1)
    downloaded(store, claimed(store), "tiktok:1")
    assert following.look() == Progress(completed=1)


def test_it_ends_when_all_ended(store: Store) -> None:
    completed(store, 1)
    looks = list(follow(Following(store, video_ids=["tiktok:1"]), store))
    assert looks == [Progress(completed=1)]


def test_it_gives_up_when_nobody_works(store: Store) -> None:
    add(store, [tiktok(1)])
    looks = follow(Following(store, video_ids=["tiktok:1"]), store, every=0.01, patience=0)
    with pytest.raises(NobodyWorks, match=r"no gpu or cpu worker .* \./start_workers\.sh; .* stays in the queue"):
        list(looks)


def test_links_without_a_download_worker_wait_for_nobody(store: Store) -> None:
    store.heartbeat("cpu1@here", "cpu", "running", "here", 1, {})
    assert "no download worker" in why_nothing_moves(store, Progress(pending=1))
    assert why_nothing_moves(store, Progress(processing=1)) == ""


def test_a_worker_that_stopped_is_nobody(store: Store) -> None:
    store.heartbeat("cpu1@here", "cpu", "stopped", "here", 1, {})
    assert why_nothing_moves(store, Progress(processing=1))
