"""How does the command line take videos in?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from mass_processing.records import FailureClass, JobFilter, JobStatus
from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import claimed, completed

Post = Callable[[int], str]


def test_says_how_many_were_added_known_and_refused(cli: Cli, post: Post) -> None:
    cli("add", "-u", post(1))
    said = cli("add", "-u", post(1), "-u", post(2), "-u", "https://example.com/x.mp4")
    assert "added 1, already known 1, refused 1" in said.err


def test_names_a_refused_line_with_its_number_and_reason(cli: Cli, post: Post, tmp_path: Path) -> None:
    listed = tmp_path / "urls.txt"
    listed.write_text(f"# mine\n\n{post(1)}\nhttps://example.com/x.mp4\n{post(2)}\n")
    said = cli("add", "-f", listed)
    assert f"{listed}:4: refused: unknown host example.com" in said.err


def test_takes_the_good_lines_beside_a_refused_one_and_exits_3(cli: Cli, post: Post, store: Store) -> None:
    said = cli("add", "-f", "-", stdin=f"{post(1)}\nnonsense\n{post(2)}\n".encode())
    assert (said.code, store.stats().jobs["pending"]) == (3, 2)


def test_exits_1_when_every_line_is_refused(cli: Cli) -> None:
    assert cli("add", "-u", "nonsense").code == 1


def test_five_forms_of_one_post_are_one_job(cli: Cli, store: Store) -> None:
    number = "7301234567890123456"
    forms = (
        f"https://www.tiktok.com/@someone/video/{number}",
        f"https://m.tiktok.com/v/{number}.html",
        f"https://www.tiktok.com/@other/video/{number}?is_from_webapp=1",
        f"https://www.tiktok.com/embed/v2/{number}",
        number,
    )
    said = cli("add", "--json", *(argument for form in forms for argument in ("-u", form)))
    assert (said.document["added"], said.document["known"], store.stats().jobs["total"]) == (1, 4, 1)


def test_the_json_document_names_what_was_refused(cli: Cli, post: Post) -> None:
    document = cli("add", "--json", "-f", "-", stdin=f"{post(1)}\nnonsense\n".encode()).document
    (refused,) = document["refused"]
    assert {key: refused[key] for key in ("source", "line", "text")} == {
        "source": "stdin",
        "line": 2,
        "text": "nonsense",
    }


def test_priority_and_batch_go_with_the_links(cli: Cli, post: Post, store: Store) -> None:
    cli("add", "-u", post(1), "-p", 9, "-b", "spring")
    (row,) = store.jobs(JobFilter(batch="spring"))
    assert row.priority == 9


@pytest.mark.parametrize("priority", ["0", "11", "high"])
def test_a_priority_outside_1_to_10_is_a_usage_error_that_names_them(cli: Cli, post: Post, priority: str) -> None:
    said = cli("add", "-u", post(1), "-p", priority)
    assert said.code == 2
    assert priority in said.err


def test_priority_11_is_answered_with_the_range(cli: Cli, post: Post) -> None:
    assert "1<=x<=10" in cli("add", "-u", post(1), "-p", "11").err


@pytest.mark.parametrize("content", [b"", b"\n\n# only a comment\n"], ids=["a list of 0 bytes", "a list of comments"])
def test_a_list_without_a_link_is_refused(cli: Cli, tmp_path: Path, content: bytes) -> None:
    listed = tmp_path / "urls.txt"
    listed.write_bytes(content)
    said = cli("add", "-f", listed)
    assert said.code == 2
    assert "urls.txt holds no link" in said.err


def test_a_binary_list_is_refused_before_anything_goes_in(cli: Cli, post: Post, tmp_path: Path, store: Store) -> None:
    listed = tmp_path / "clip.mp4"
    listed.write_bytes(b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 40)
    said = cli("add", "-u", post(1), "-f", listed)
    assert (said.code, store.stats().jobs["total"]) == (2, 0)
    assert "clip.mp4 is a binary file" in said.err


def test_a_missing_list_is_a_usage_error(cli: Cli, tmp_path: Path) -> None:
    said = cli("add", "-f", tmp_path / "none.txt")
    assert said.code == 2
    assert "none.txt" in said.err


def test_nothing_to_add_is_a_usage_error(cli: Cli) -> None:
    assert cli("add").code == 2


def test_a_batch_label_of_control_characters_is_refused(cli: Cli, post: Post) -> None:
    assert cli("add", "-u", post(1), "-b", "a\x1bb").code == 2


def test_following_known_completed_videos_ends_at_once(cli: Cli, store: Store) -> None:
    completed(store, 7301234567890123456)
    said = cli("add", "-u", "7301234567890123456", "-m")
    assert said.code == 0
    assert "1 completed, 0 failed" in said.err


def test_following_exits_1_when_all_failed_and_3_when_some_did(cli: Cli, store: Store) -> None:
    cli("add", "-u", "7301234567890123456")
    store.fail(claimed(store), FailureClass.PERMANENT, "gone")
    assert cli("add", "-u", "7301234567890123456", "-m").code == 1
    completed(store, 7301234567890123457)
    assert cli("add", "-u", "7301234567890123456", "-u", "7301234567890123457", "-m").code == 3


def test_process_now_puts_a_new_video_first(cli: Cli, post: Post, store: Store) -> None:
    assert cli("process-now", post(1)).code == 0
    (row,) = store.jobs()
    assert row.priority == 10


def test_process_now_raises_a_waiting_video(cli: Cli, post: Post, store: Store) -> None:
    cli("add", "-u", post(1), "-p", 2)
    assert cli("process-now", post(1), "--json").document["outcome"] == "raised"
    (row,) = store.jobs()
    assert row.priority == 10


def test_process_now_tries_a_failed_video_again(cli: Cli, post: Post, store: Store) -> None:
    cli("add", "-u", post(1))
    store.fail(claimed(store), FailureClass.PERMANENT, "gone")
    assert cli("process-now", post(1), "--json").document["outcome"] == "requeued"
    (row,) = store.jobs()
    assert (row.status, row.priority) == (JobStatus.PENDING, 10)


def test_process_now_says_that_a_video_is_completed_already(cli: Cli, store: Store) -> None:
    completed(store, 7301234567890123456)
    said = cli("process-now", "7301234567890123456")
    assert said.code == 0
    assert "is completed already" in said.err


def test_process_now_again_analyses_a_completed_video_anew(cli: Cli, store: Store) -> None:
    completed(store, 7301234567890123456)
    cli("process-now", "7301234567890123456", "--again")
    assert store.stats().jobs["completed"] == 0


def test_process_now_of_something_else_is_refused_with_the_reason(cli: Cli) -> None:
    document = cli("process-now", "https://example.com/x", "--json").document
    assert document["error"]["code"] == "refused"
    assert "example.com" in document["error"]["message"]


def test_process_dir_adds_every_video_file_below_a_folder_outside_the_roots(
    cli: Cli, store: Store, tmp_path: Path
) -> None:
    for name in ("a.mp4", "deep/er/b.MOV", "notes.txt", ".hidden/c.mp4"):
        path = tmp_path / "elsewhere" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    said = cli("process-dir", tmp_path / "elsewhere", "-b", "mine", "--json")
    assert (said.code, said.document["added"]) == (0, 2)
    assert {Path(row.url).name for row in store.jobs()} == {"a.mp4", "b.MOV"}


def test_process_dir_names_an_empty_file_and_takes_the_others(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a")
    (tmp_path / "empty.mp4").touch()
    said = cli("process-dir", tmp_path)
    assert said.code == 3
    assert "empty.mp4 is empty" in said.err


def test_process_dir_without_a_video_file_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert cli("process-dir", tmp_path / "nothing").code == 2


def test_process_dir_of_a_missing_folder_is_a_usage_error(cli: Cli, tmp_path: Path) -> None:
    assert cli("process-dir", tmp_path / "none").code == 2
