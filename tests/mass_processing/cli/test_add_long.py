"""Does a long list go in, also when something happens in the middle of it?"""

import io
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mass_processing.bulk_processor import AddReport
from mass_processing.cli.app import run
from mass_processing.cli.taken import Taken
from mass_processing.embedded import postgres_dsn, prepare_postgres, remove_data
from mass_processing.migrate import migrate
from mass_processing.settings import Settings, settings
from mass_processing.store import Store, open_store
from tests.mass_processing.cli.conftest import Cli
from tests.servers import postgres_running

Post = Callable[[int], str]


class Interruptible(io.RawIOBase):
    """A pipe in which something happens after a number of bytes."""

    def __init__(self, content: bytes, after: int, happens: Callable[[], None]) -> None:
        self._rest, self._after, self._happens = content, after, happens

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        if self._after <= 0:
            self._after = len(self._rest) + 1
            self._happens()
        piece = self._rest[: min(len(buffer), 4096)]
        buffer[: len(piece)] = piece
        self._rest, self._after = self._rest[len(piece) :], self._after - len(piece)
        return len(piece)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[io.RawIOBase], None]:
    """Makes it stdin."""
    return lambda raw: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(raw)))


def posts(post: Post, count: int) -> bytes:
    return "".join(f"{post(number)}\n" for number in range(count)).encode()


def press_ctrl_c() -> None:
    raise KeyboardInterrupt


def test_a_long_list_is_one_json_document(cli: Cli, post: Post) -> None:
    document = cli("add", "--json", "-b", "spring", "-f", "-", stdin=posts(post, 1_200) + b"nonsense\n").document
    assert (document["added"], len(document["videos"]), document["batch"]) == (1_200, 1_200, "spring")
    assert [line["line"] for line in document["refused"]] == [1_201]
    assert document["videos"][-1] == {"video_id": "tiktok:7301234567890124199", "outcome": "added", "status": "pending"}


def test_a_list_of_refused_lines_only_is_a_json_document_too(cli: Cli) -> None:
    document = cli("add", "--json", "-u", "nonsense").document
    assert (document["videos"], len(document["refused"])) == ([], 1)


def test_an_interrupted_list_says_what_is_in_and_keeps_it(
    cli: Cli, post: Post, pipe: Callable[[io.RawIOBase], None], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    content = posts(post, 12_000)
    pipe(Interruptible(content, len(content) - 10_000, press_ctrl_c))
    assert run(["add", "-f", "-"]) == 130
    assert "added 10,500, already known 0" in capsys.readouterr().err
    assert store.stats().jobs["total"] == 10_500


def test_an_interrupted_list_goes_on_with_the_same_command(
    cli: Cli, post: Post, pipe: Callable[[io.RawIOBase], None], store: Store
) -> None:
    content = posts(post, 12_000)
    pipe(Interruptible(content, len(content) - 10_000, press_ctrl_c))
    run(["add", "-f", "-"])
    assert "added 1,500, already known 10,500" in cli("add", "-f", "-", stdin=content).err


def test_a_list_interrupted_while_its_refusals_are_said_counts_all_that_went_in(
    cli: Cli, post: Post, store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def write(self, text: str) -> int:
            if ":500: refused" in text:
                press_ctrl_c()
            return super().write(text)

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(posts(post, 499) + b"nonsense\n" + posts(post, 1_200)))
    )
    assert run(["add", "-f", "-"]) == 130
    assert f"added {store.stats().jobs['total']:,}, already known 499, refused 1;" in terminal.getvalue()


def test_a_long_list_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Taken(_said_at=float("-inf")).count("urls.txt", AddReport(added=500, known=3))
    assert "so far: added 500, already known 3" in capsys.readouterr().err


def test_a_short_list_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    Taken().count("urls.txt", AddReport(added=500, known=3))
    assert "so far" not in capsys.readouterr().err


@pytest.fixture
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A Postgres that may be killed; Redis is away."""
    knobs = Settings(var_dir=tmp_path / "own")
    monkeypatch.setenv("VAR_DIR", str(knobs.var_dir))
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("REDIS_URL", f"redis+socket://{tmp_path}/none.sock")
    settings.cache_clear()
    prepare_postgres(knobs)
    yield knobs
    settings.cache_clear()
    remove_data(knobs)
    shutil.rmtree(knobs.socket_dir, ignore_errors=True)


def test_a_database_that_is_killed_in_the_middle_loses_nothing_that_was_said_to_be_in(
    own_database: Settings,
    post: Post,
    pipe: Callable[[io.RawIOBase], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = posts(post, 32_000)
    with postgres_running(own_database) as server:
        migrate(postgres_dsn(own_database))

        def kill() -> None:
            server.send_signal(signal.SIGKILL)
            server.wait(30)

        pipe(Interruptible(content, len(content) - 200_000, kill))
        code = run(["add", "-f", "-"])
    said = capsys.readouterr().err
    assert code == 5
    assert "added 20,500, already known 0" in said or "added 10,500, already known 0" in said
    assert "The same command once more goes on from there" in said
    with postgres_running(own_database):
        pipe(Interruptible(content, len(content), lambda: None))
        assert run(["add", "-f", "-"]) == 0
        store = open_store(own_database)
        total = store.stats().jobs["total"]
        store.close()
    assert total == 32_000
