"""How does the command line run one analyzer again?"""

import pytest

from mass_processing.reanalysis import redos
from mass_processing.records import FailureClass, JobFilter, JobStatus, Stage
from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import ANALYSIS, add, claimed, completed, downloaded, tiktok


def states(store: Store) -> dict[str, JobStatus]:
    return {row.video_id: row.status for row in store.jobs()}


def of_batch(store: Store, number: int, batch: str) -> None:
    add(store, [tiktok(number)], batch=batch)
    downloaded(store, claimed(store))
    assert store.finish_analysis(claimed(store, Stage.CPU), analysis=ANALYSIS, segments=[])


def test_videos_with_an_older_answer_wait_to_be_analysed_again(cli: Cli, store: Store) -> None:
    completed(store, 1)  # cut_analysis answered in version 1
    said = cli("reanalyze", "--analyzer", "cut_analysis", "--json")
    (redo,) = redos(["cut_analysis"])
    assert (said.code, said.document) == (0, {"videos": 1, "analyzers": list(redo.replaces), "dry_run": False})
    assert claimed(store, Stage.CPU).redo == tuple(sorted(redo.replaces))


def test_people_are_told_how_many_and_what_runs_with_it(cli: Cli, store: Store) -> None:
    completed(store, 1)
    said = cli("reanalyze", "-a", "color_analysis")
    assert "1 video waits to be analysed again" in said.err
    assert "qwen2_vl_temporal" in said.err


def test_a_dry_run_says_how_many_and_changes_nothing(cli: Cli, store: Store) -> None:
    completed(store, 1)
    said = cli("reanalyze", "--analyzer", "cut_analysis", "--dry-run", "--json")
    assert (said.document["videos"], said.document["dry_run"]) == (1, True)
    assert states(store) == {"tiktok:1": JobStatus.COMPLETED}


def test_a_batch_narrows_it(cli: Cli, store: Store) -> None:
    of_batch(store, 1, "spring")
    of_batch(store, 2, "autumn")
    cli("reanalyze", "--analyzer", "cut_analysis", "--batch", "autumn")
    assert states(store) == {"tiktok:1": JobStatus.COMPLETED, "tiktok:2": JobStatus.PROCESSING}


def test_named_videos_narrow_it(cli: Cli, store: Store) -> None:
    completed(store, 1)
    completed(store, 2)
    cli("reanalyze", "--analyzer", "cut_analysis", "--video", "tiktok:2")
    assert states(store) == {"tiktok:1": JobStatus.COMPLETED, "tiktok:2": JobStatus.PROCESSING}


def test_where_the_answer_is_of_the_present_version_only_force_runs_it_again(cli: Cli, store: Store) -> None:
    (redo,) = redos(["cut_analysis"])
    completed(store, 1)
    store.reanalyze(JobFilter(), [redo])
    job = claimed(store, Stage.CPU)
    present = {"cut_analysis": {"status": "ok", "version": redo.version}}
    store.finish_reanalysis(job, analysis=ANALYSIS | {"analyzer_results": present}, segments=[], note=None)

    said = cli("reanalyze", "--analyzer", "cut_analysis")
    assert "--force" in said.err
    assert states(store) == {"tiktok:1": JobStatus.COMPLETED}

    cli("reanalyze", "--analyzer", "cut_analysis", "--force")
    assert states(store) == {"tiktok:1": JobStatus.PROCESSING}


def test_cancelling_it_leaves_the_video_completed(cli: Cli, store: Store) -> None:
    completed(store, 1)
    cli("reanalyze", "--analyzer", "cut_analysis")
    cli("cancel", "tiktok:1")
    shown = cli("show", "tiktok:1", "--json").document
    assert (shown["status"], shown["failure_class"]) == ("completed", None)
    assert shown["reason"].endswith("again: cancelled")


def test_show_has_the_earlier_results_while_it_waits(cli: Cli, store: Store) -> None:
    completed(store, 1)
    cli("reanalyze", "--analyzer", "text_overlay")
    shown = cli("show", "tiktok:1", "--json").document
    assert shown["status"] == "processing"
    assert shown["reason"].startswith("runs again: ")
    assert set(shown["analyzer_results"]) == {"cut_analysis"}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["--analyzer", "text"], 1, "there is no analyzer 'text'", id="an analyzer that there is not"),
        pytest.param([], 2, "--analyzer", id="no analyzer"),
    ],
)
def test_what_cant_be_done_is_said(cli: Cli, arguments: list[str], code: int, says: str) -> None:
    said = cli("reanalyze", *arguments)
    assert said.code == code
    assert says in said.err


def test_failed_videos_are_left_to_requeue(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)])
    store.fail(claimed(store), FailureClass.PERMANENT, "gone")
    cli("reanalyze", "--analyzer", "cut_analysis", "--force")
    assert states(store) == {"tiktok:1": JobStatus.FAILED}
