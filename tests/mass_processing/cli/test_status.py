"""How does the command line say how far the queue is?"""

import pytest

from mass_processing.cli import status as status_module
from mass_processing.records import FailureClass
from mass_processing.store import Store
from tests.mass_processing.cli.conftest import Cli
from tests.mass_processing.store.acts import add, claimed, completed, tiktok


def test_the_json_document_has_the_counts_classes_workers_and_pace(cli: Cli, store: Store) -> None:
    completed(store, 1)
    add(store, [tiktok(2), tiktok(3)])
    store.fail(claimed(store), FailureClass.AUTH_NEEDED, "private")
    store.heartbeat("cpu1@here", "cpu", "running", "here", 7, {})
    document = cli("status", "--json").document
    assert document["jobs"] == {
        "pending": 1, "downloading": 0, "processing": 0, "completed": 1, "failed": 1, "total": 3,
    }  # fmt: skip
    assert document["failed_by_class"] == {"auth_needed": 1}
    assert [worker["worker_id"] for worker in document["workers"]] == ["cpu1@here"]
    assert document["throughput_per_hour"] > 0
    assert document["eta_seconds"] > 0


def test_an_empty_queue_has_no_end_in_sight(cli: Cli) -> None:
    document = cli("status", "--json").document
    assert document["jobs"]["total"] == 0
    assert document["eta_seconds"] is None


def test_a_batch_counts_alone(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)], batch="spring")
    add(store, [tiktok(2), tiktok(3)])
    assert cli("status", "--batch", "spring", "--json").document["jobs"]["total"] == 1


def test_an_unknown_batch_is_named(cli: Cli) -> None:
    assert "no video has the batch nobody" in cli("status", "--batch", "nobody").err


def test_piped_it_is_lines_of_name_and_value(cli: Cli, store: Store) -> None:
    add(store, [tiktok(1)])
    assert "pending\t1\n" in cli("status").out


def test_watching_in_json_mode_is_one_document_per_line_until_ctrl_c(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([None, None])

    def sleep(seconds: float) -> None:
        if next(looks, "end") == "end":
            raise KeyboardInterrupt

    monkeypatch.setattr(status_module.time, "sleep", sleep)
    said = cli("status", "--watch", "--json")
    assert said.code == 0
    assert len(said.out.splitlines()) == 3


def test_monitor_without_a_terminal_prints_the_state_and_where_the_dashboard_is(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_module.webbrowser, "open", lambda address: pytest.fail("opened a browser"))
    said = cli("monitor", "--terminal")
    assert said.code == 0
    assert "http://127.0.0.1:" in said.err
    assert "pending\t0" in said.out


def test_the_live_picture_shows_states_reasons_and_workers(store: Store) -> None:
    from rich.console import Console

    from mass_processing.status import status_document

    add(store, [tiktok(1)], batch="spring")
    store.fail(claimed(store), FailureClass.TIMED_OUT, "slow")
    store.heartbeat("cpu1@here", "cpu", "running", "here", 7, {})
    console = Console(record=True, width=120, file=open("/dev/null", "w"))  # noqa: SIM115  # as long as the test
    console.print(status_module._picture(status_document(store), None))
    console.file.close()
    drawn = console.export_text()
    assert all(word in drawn for word in ("pending", "timed_out", "cpu1@here", "no end in sight"))
