"""How does the command line requeue, cancel and move videos?"""

from importlib.metadata import version

from mass_processing.records import FailureClass, JobStatus
from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import add, claimed, tiktok


def fail(store: Store, number: int, failure: FailureClass = FailureClass.TRANSIENT, batch: str | None = None) -> None:
    add(store, [tiktok(number)], batch=batch)
    store.fail(claimed(store), failure, "no luck")


def states(store: Store) -> dict[str, JobStatus]:
    return {row.video_id: row.status for row in store.jobs()}


def test_requeue_takes_all_failed_ones_without_asking(cli: Cli, store: Store) -> None:
    fail(store, 1)
    fail(store, 2)
    said = cli("requeue", "--json")
    assert (said.code, said.document) == (0, {"requeued": 2})
    assert set(states(store).values()) == {JobStatus.PENDING}


def test_requeue_takes_a_class_alone(cli: Cli, store: Store) -> None:
    fail(store, 1, FailureClass.CRASHED)
    fail(store, 2, FailureClass.PERMANENT)
    cli("requeue", "--class", "crashed")
    assert states(store) == {"tiktok:1": JobStatus.PENDING, "tiktok:2": JobStatus.FAILED}


def test_requeue_takes_a_batch_alone(cli: Cli, store: Store) -> None:
    fail(store, 1, batch="spring")
    fail(store, 2)
    cli("requeue", "--batch", "spring")
    assert states(store) == {"tiktok:1": JobStatus.PENDING, "tiktok:2": JobStatus.FAILED}


def test_requeue_takes_named_videos_alone(cli: Cli, store: Store) -> None:
    fail(store, 1)
    fail(store, 2)
    cli("requeue", "tiktok:2")
    assert states(store) == {"tiktok:1": JobStatus.FAILED, "tiktok:2": JobStatus.PENDING}


def test_requeue_takes_what_an_older_yt_dlp_could_not_download(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)])
    store.fail(claimed(store), FailureClass.TRANSIENT, "extractor error", ytdlp_version="2024.12.31")
    add(store, [tiktok(2)])
    store.fail(claimed(store), FailureClass.TRANSIENT, "extractor error", ytdlp_version=version("yt-dlp"))
    fail(store, 3)
    said = cli("requeue", "--class", "transient", "--older-ytdlp", "--json")
    assert said.document == {"requeued": 1}
    assert states(store)["tiktok:1"] is JobStatus.PENDING


def test_requeue_exits_3_when_only_some_of_the_named_had_failed(cli: Cli, store: Store) -> None:
    fail(store, 1)
    add(store, [tiktok(2)])
    assert cli("requeue", "tiktok:1", "tiktok:2").code == 3


def test_requeue_exits_1_when_none_of_the_named_had_failed(cli: Cli) -> None:
    assert cli("requeue", "tiktok:404").code == 1


def test_cancel_ends_named_videos_as_cancelled(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)])
    cli("cancel", "tiktok:1")
    (row,) = [row for row in store.jobs() if row.status is JobStatus.FAILED]
    assert (row.video_id, row.failure_class) == ("tiktok:1", FailureClass.CANCELLED)


def test_cancel_of_nothing_named_is_a_usage_error(cli: Cli) -> None:
    assert cli("cancel").code == 2


def test_cancelling_all_without_a_terminal_needs_yes(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)])
    said = cli("cancel", "--all")
    assert said.code == 2
    assert "--yes" in said.err
    assert states(store) == {"tiktok:1": JobStatus.PENDING}


def test_cancelling_all_with_yes_cancels_all(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1), tiktok(2)])
    assert cli("cancel", "--all", "--yes", "--json").document == {"cancelled": 2}


def test_prioritize_moves_a_batch(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)], batch="spring")
    add(store, [tiktok(2)])
    cli("prioritize", "--batch", "spring", "-p", 9)
    assert {row.video_id: row.priority for row in store.jobs()} == {"tiktok:1": 9, "tiktok:2": 5}


def test_prioritize_refuses_priority_11(cli: Cli) -> None:
    assert cli("prioritize", "tiktok:1", "-p", 11).code == 2


def test_prioritize_of_nothing_named_is_a_usage_error(cli: Cli) -> None:
    assert cli("prioritize", "-p", 9).code == 2


def test_more_names_than_one_call_takes_are_all_changed(cli: Cli, store: Store) -> None:
    add(store, [tiktok(number) for number in range(1, 603)])
    assert cli("cancel", *(f"tiktok:{number}" for number in range(1, 603))).code == 0
    assert store.stats().jobs["failed"] == 602
