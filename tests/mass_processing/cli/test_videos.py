"""How does the command line list videos and show one?"""

from pathlib import Path

import pytest

from mass_processing.cli.output import clean
from mass_processing.records import FailureClass
from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import ANALYSIS, add, analysing, claimed, completed, tiktok

NUMBER = 7301234567890123456
FIELDS = {"video_id", "url", "status", "priority", "batch", "failure_class", "reason"}


def test_the_list_in_json_is_an_array_of_objects(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)], priority=7, batch="spring")
    (video,) = cli("list", "--json").document
    assert video.keys() >= FIELDS
    assert (video["video_id"], video["status"], video["priority"], video["batch"], video["reason"]) == (
        "tiktok:1", "pending", 7, "spring", None,
    )  # fmt: skip


def test_the_newest_comes_first(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)])
    add(store, [tiktok(2)])
    assert [video["video_id"] for video in cli("list", "--json").document] == ["tiktok:2", "tiktok:1"]


@pytest.mark.parametrize(
    "arguments", [["--status", "failed"], ["--class", "auth_needed"], ["--batch", "spring"]], ids=" ".join
)
def test_a_filter_narrows(cli: Cli, store: Store, arguments: list[str]) -> None:
    add(store, [tiktok(1)], batch="spring")
    store.fail(claimed(store), FailureClass.AUTH_NEEDED, "private")
    add(store, [tiktok(2)])
    assert [video["video_id"] for video in cli("list", "--json", *arguments).document] == ["tiktok:1"]


def test_the_limit_reaches_beyond_one_page_of_the_database(cli: Cli, store: Store) -> None:
    add(store, [tiktok(number) for number in range(1, 703)])
    videos = cli("list", "--json", "--limit", 701).document
    assert len({video["video_id"] for video in videos}) == 701


def test_piped_a_video_is_one_line_of_tab_separated_cells(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)])
    (line,) = cli("list").out.splitlines()
    assert line.split("\t")[:3] == ["tiktok:1", "pending", "5"]


def test_control_characters_of_strangers_do_not_reach_the_terminal(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)])
    store.fail(claimed(store), FailureClass.PERMANENT, "gone\x1b[2J\nsecond line\u202e")
    out = cli("list").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert len(out.splitlines()) == 1


def test_cleaning_keeps_letters_and_emoji_of_all_languages() -> None:
    assert clean("Übung 你好 👩\u200d🍳") == "Übung 你好 👩\u200d🍳"


def test_show_in_json_has_the_job_and_its_analysis(cli: Cli, store: Store) -> None:
    completed(store, NUMBER)
    video = cli("show", f"tiktok:{NUMBER}", "--json").document
    assert video.keys() >= {
        "video_id", "url", "status", "priority", "attempts", "failure_class", "reason", "metadata", "analyzer_results",
    }  # fmt: skip
    assert video["status"] == "completed"
    assert video["analyzer_results"]["cut_analysis"]["status"] == "ok"


def test_show_says_where_a_large_result_lies(cli: Cli, store: Store) -> None:
    location = "s3://videos/details/tiktok_1.body_pose.0f3a59c2.json.gz"
    outcome = {"status": "ok", "result": {}, "details": {"location": location, "fields": ["people"], "bytes": 70_000}}
    analysis = ANALYSIS | {"analyzer_results": {"body_pose": outcome}}
    store.finish_analysis(analysing(store), analysis=analysis, segments=[])
    assert f"body_pose: people\t{location}" in cli("show", "tiktok:1").out


@pytest.mark.parametrize(
    "name",
    [
        f"tiktok:{NUMBER}",
        str(NUMBER),
        f"https://www.tiktok.com/@other/video/{NUMBER}?x=1",
        f"m.tiktok.com/v/{NUMBER}.html",
    ],
    ids=["full id", "bare id", "link", "mobile link without https"],
)
def test_show_takes_a_video_in_any_form(cli: Cli, store: Store, name: str) -> None:
    add(store, [tiktok(NUMBER)])
    assert cli("show", name, "--json").document["video_id"] == f"tiktok:{NUMBER}"


def test_show_takes_a_local_file(cli: Cli, tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(b"video")
    cli("process-dir", tmp_path)
    assert cli("show", clip, "--json").document["url"] == str(clip)


def test_show_of_an_unknown_video_fails_and_says_so(cli: Cli) -> None:
    said = cli("show", NUMBER)
    assert said.code == 1
    assert f"tiktok:{NUMBER} is not in the queue" in said.err
