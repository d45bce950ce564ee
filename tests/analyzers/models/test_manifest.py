"""Is it known which files of a model are here, and which were damaged since?"""

from pathlib import Path

import pytest

from analyzers.models.manifest import Manifest, State, damaged_files, state_of
from analyzers.models.profiles import COMPLETE
from tests.analyzers.models.hub import BIG, SMALL, fetch, publish, weights
from tests.standin.model_hub import ModelHub


def test_a_folder_filled_by_hand_counts_as_here(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / COMPLETE).write_text("{}")
    assert state_of(weights(), tmp_path) is State.HERE


def test_a_manifest_that_can_not_be_read_counts_as_started(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / COMPLETE).write_text('{"files": [')
    assert state_of(weights(), tmp_path) is State.STARTED


def test_one_flipped_byte_is_found(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights())
    path = tmp_path / "tiny" / "model.safetensors"
    path.write_bytes(BIG[:1_500_000] + bytes([BIG[1_500_000] ^ 1]) + BIG[1_500_001:])
    manifest = Manifest.read(tmp_path / "tiny")
    assert manifest is not None
    assert list(damaged_files(manifest, tmp_path / "tiny")) == [
        ("model.safetensors", "has other bytes than those that were fetched")
    ]


def test_pulling_again_mends_the_damaged_file_alone(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights())
    (tmp_path / "tiny" / "config.json").write_bytes(SMALL.replace(b"3", b"4"))
    fetch(hub, tmp_path, weights(), again=True)
    assert (tmp_path / "tiny" / "config.json").read_bytes() == SMALL
    assert (len(hub.ranges("config.json")), len(hub.ranges("model.safetensors"))) == (2, 1)


@pytest.mark.parametrize(("change", "says"), [(b"", "is 0 bytes instead of 19"), (None, "is gone")])
def test_a_file_that_is_shorter_or_gone_is_named(
    hub: ModelHub, tmp_path: Path, change: bytes | None, says: str
) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights(files=("config.json",)))
    path = tmp_path / "tiny" / "config.json"
    path.unlink() if change is None else path.write_bytes(change)
    manifest = Manifest.read(tmp_path / "tiny")
    assert manifest is not None
    assert list(damaged_files(manifest, tmp_path / "tiny")) == [("config.json", says)]
