"""Do a model's files get here whole, whatever happens on the way? A real huggingface_hub asks a stand-in hub."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from analyzers.contract import ModelInfo
from analyzers.errors import FetchFailed, HostAway, NoRoom, NotAllowed, NotPublished, UnsafeFile, WrongBytes
from analyzers.models.fetch import plan, pull
from analyzers.models.manifest import Manifest, State, damaged_files, state_of
from analyzers.models.profiles import COMPLETE
from tests.analyzers.models.hub import BIG, COMMIT, SMALL, at_address, fetch, publish, weights
from tests.standin.model_hub import ModelHub


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_files_that_the_patterns_mean_come_and_no_others(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights())
    assert files_in(tmp_path / "tiny") == {"config.json", "model.safetensors", COMPLETE, ".lock"}
    assert (tmp_path / "tiny" / "model.safetensors").read_bytes() == BIG


def test_a_pattern_with_a_folder_looks_there(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights(files=("onnx/*.json",)))
    assert files_in(tmp_path / "tiny") == {"onnx/other.json", COMPLETE, ".lock"}


def test_the_manifest_records_the_commit_and_every_file(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights())
    manifest = json.loads((tmp_path / "tiny" / COMPLETE).read_text())
    assert (manifest["asked"], manifest["revision"], manifest["licence"]) == ("main", COMMIT, "MIT")
    assert manifest["files"] == [
        {"name": "config.json", "bytes": len(SMALL), "sha256": sha256(SMALL).hexdigest()},
        {"name": "model.safetensors", "bytes": len(BIG), "sha256": sha256(BIG).hexdigest()},
    ]


def test_a_file_at_a_plain_address_comes_too(hub: ModelHub, tmp_path: Path) -> None:
    model = at_address(hub, sha256={"tiny.onnx": sha256(BIG).hexdigest()})
    fetch(hub, tmp_path, model)
    assert (tmp_path / "tiny" / "tiny.onnx").read_bytes() == BIG


def test_the_progress_adds_up_to_the_plans_size(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    planned = plan(weights(), endpoint=hub.address)
    assert sum(fetch(hub, tmp_path, weights())) == planned.size == len(BIG) + len(SMALL)


def test_what_is_here_is_not_asked_for_again(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights())
    hub.asked.clear()
    told = fetch(hub, tmp_path, weights())
    assert [each.path for each in hub.asked] == ["/api/models/acme/tiny/revision/main"]
    assert sum(told) == len(BIG) + len(SMALL)


# --- connections that break -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["hub", "address"])
def test_after_a_cut_the_rest_alone_is_asked_for(hub: ModelHub, tmp_path: Path, source: str) -> None:
    publish(hub)
    hub.knobs.cuts = [1_200_000, 500_000]
    model = weights(files=("model.safetensors",)) if source == "hub" else at_address(hub)
    told = fetch(hub, tmp_path, model)
    name = "model.safetensors" if source == "hub" else "tiny.onnx"
    assert hub.ranges(name) == ["", "bytes=1200000-", "bytes=1700000-"]
    assert (tmp_path / "tiny" / name).read_bytes() == BIG
    assert sum(told) == len(BIG)


def test_a_pull_that_gave_up_is_gone_on_with_by_the_next(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    hub.knobs.cuts = [1_000_000, 0, 0, 0]
    with pytest.raises(HostAway):
        fetch(hub, tmp_path, weights(files=("model.safetensors",)))
    assert state_of(weights(), tmp_path) is State.STARTED
    told = fetch(hub, tmp_path, weights(files=("model.safetensors",)))
    assert hub.ranges("model.safetensors")[-1] == "bytes=1000000-"
    assert told[0] == 1_000_000
    assert (tmp_path / "tiny" / "model.safetensors").read_bytes() == BIG


def test_a_server_without_ranges_sends_everything_anew(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    hub.knobs.cuts, hub.knobs.no_range = [1_200_000], True
    told = fetch(hub, tmp_path, weights(files=("model.safetensors",)))
    assert (tmp_path / "tiny" / "model.safetensors").read_bytes() == BIG
    assert sum(told) == len(BIG)


def test_a_file_that_changed_at_its_address_starts_anew(hub: ModelHub, tmp_path: Path) -> None:
    model = at_address(hub)
    hub.knobs.cuts = [1_000_000, 0, 0, 0]
    with pytest.raises(HostAway):
        fetch(hub, tmp_path, model)
    hub.files["tiny.onnx"] = other = BIG[::-1]
    fetch(hub, tmp_path, model)
    assert (tmp_path / "tiny" / "tiny.onnx").read_bytes() == other


def test_a_part_of_an_unnamed_version_starts_anew(hub: ModelHub, tmp_path: Path) -> None:
    model = at_address(hub)
    hub.knobs.cuts, hub.knobs.no_etag = [1_000_000], True
    fetch(hub, tmp_path, model)
    assert hub.ranges("tiny.onnx") == ["", ""]
    assert (tmp_path / "tiny" / "tiny.onnx").read_bytes() == BIG


def test_a_damaged_part_is_thrown_away_and_everything_comes_anew(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    part = tmp_path / "tiny" / "model.safetensors.part"
    part.parent.mkdir()
    part.write_bytes(bytes(1_000_000))
    fetch(hub, tmp_path, weights(files=("model.safetensors",)))
    assert hub.ranges("model.safetensors") == ["bytes=1000000-", ""]
    assert (tmp_path / "tiny" / "model.safetensors").read_bytes() == BIG


def test_a_part_that_is_longer_than_the_file_starts_anew(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    part = tmp_path / "tiny" / "model.safetensors.part"
    part.parent.mkdir()
    part.write_bytes(BIG + b"!")
    fetch(hub, tmp_path, weights(files=("model.safetensors",)))
    assert (tmp_path / "tiny" / "model.safetensors").read_bytes() == BIG


def test_a_busy_server_is_asked_again(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    hub.knobs.statuses = [503, 429]
    fetch(hub, tmp_path, weights())
    assert state_of(weights(), tmp_path) is State.HERE


# --- what can't be fetched ------------------------------------------------------------------------------------------


def test_a_wrong_checksum_deletes_what_came_and_says_so(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    hub.knobs.other_bytes["model.safetensors"] = BIG[:-1] + b"!"
    with pytest.raises(WrongBytes, match="was deleted"):
        fetch(hub, tmp_path, weights())
    assert state_of(weights(files=("model.safetensors",)), tmp_path) is not State.HERE
    assert "model.safetensors.part" not in files_in(tmp_path / "tiny")


def test_a_checksum_known_beforehand_counts_more_than_the_hosts(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    with pytest.raises(WrongBytes, match=r"config\.json is not what was published"):
        fetch(hub, tmp_path, weights(sha256={"config.json": "0" * 64}))


def test_a_file_of_another_length_is_refused_before_it_comes(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    hub.knobs.other_bytes["model.safetensors"] = b"<html>please log in</html>"
    with pytest.raises(WrongBytes, match=r"is 26 bytes at 127\.0\.0\.1"):
        fetch(hub, tmp_path, weights())


def test_a_model_that_is_not_there_is_named_with_what_may_be_wrong(hub: ModelHub) -> None:
    with pytest.raises(NotAllowed, match=r"acme/tiny at revision main .* not there under that name"):
        plan(weights(), endpoint=hub.address)


def test_a_revision_that_is_not_there_is_named(hub: ModelHub) -> None:
    publish(hub)
    with pytest.raises(NotPublished, match=r"no acme/tiny at revision v9 .* check the id, the revision"):
        plan(weights(info=ModelInfo("acme/tiny", "v9", "MIT")), endpoint=hub.address)


def test_a_file_that_is_not_there_is_named_with_those_there_are(hub: ModelHub) -> None:
    publish(hub)
    with pytest.raises(NotPublished, match=r"no tokenizer.json at revision main; it has config.json, model"):
        plan(weights(files=("tokenizer.json",)), endpoint=hub.address)


def test_an_address_with_nothing_behind_it_is_named(hub: ModelHub, tmp_path: Path) -> None:
    with pytest.raises(NotPublished, match=r"has no gone.onnx \(404\)"):
        fetch(hub, tmp_path, weights(source="url", files=(hub.url_of("gone.onnx"),)))


def test_a_gated_model_asks_for_a_token(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub).gated = True
    with pytest.raises(NotAllowed, match="set HF_TOKEN"):
        fetch(hub, tmp_path, weights())


def test_the_token_goes_to_the_hub_alone(hub: ModelHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(hub).gated = True
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch(hub, tmp_path, weights())
    fetch(hub, tmp_path, replace(at_address(hub), name="plain"))
    assert {each.authorization for each in hub.asked if "/resolve/" in each.path} == {"Bearer hf_secret"}
    assert {each.authorization for each in hub.asked if each.path.startswith("/plain/")} == {""}


def test_a_hub_that_is_away_is_named_with_what_may_help() -> None:
    with pytest.raises(HostAway, match=r"127.0.0.1:1 can't be reached: .*HTTPS_PROXY.*HF_ENDPOINT"):
        plan(weights(), endpoint="http://127.0.0.1:1")


def test_a_host_of_files_that_is_away_is_named(tmp_path: Path, hub: ModelHub) -> None:
    with pytest.raises(HostAway, match=r"127\.0\.0\.1:1 can't be reached"):
        fetch(hub, tmp_path, weights(source="url", files=("http://127.0.0.1:1/tiny.onnx",)))


def test_a_model_larger_than_the_disk_is_refused_before_anything_comes(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub).listed_sizes["model.safetensors"] = 10**15
    with pytest.raises(NoRoom, match=r"tiny needs 1000000.00 GB more, and .* GB free; make room, or move MODELS_DIR"):
        fetch(hub, tmp_path, weights())
    assert hub.ranges("model.safetensors") == []


def test_a_disk_that_runs_full_is_called_by_its_name(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "model.safetensors.part").symlink_to("/dev/full")
    with pytest.raises(NoRoom, match="is full; make room"):
        fetch(hub, tmp_path, weights(files=("model.safetensors",)))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt", "weights.pkl", "run.py", "model.h5"])
def test_formats_that_run_code_are_refused(hub: ModelHub, name: str) -> None:
    publish(hub, **{name: b"\x80"})
    with pytest.raises(UnsafeFile, match=name):
        plan(weights(files=(name,)), endpoint=hub.address)


@pytest.mark.parametrize("role", ["detector", "pose"])
def test_a_checkpoint_is_taken_for_the_loaders_that_admit_tensors_alone(hub: ModelHub, role: str) -> None:
    publish(hub, **{"yolo.pt": b"\x80"})
    assert plan(weights(files=("yolo.pt",), roles=(role,)), endpoint=hub.address).files[0].name == "yolo.pt"


@pytest.mark.parametrize("name", ["../../outside.json", "/etc/outside.json", COMPLETE])
def test_a_file_that_would_lie_outside_its_folder_is_refused(hub: ModelHub, name: str) -> None:
    publish(hub, **{name: b"{}"})
    with pytest.raises(UnsafeFile):
        plan(weights(files=(name,)), endpoint=hub.address)


# --- what was here before -------------------------------------------------------------------------------------------


def test_another_revision_replaces_the_files_together(hub: ModelHub, tmp_path: Path) -> None:
    repository = publish(hub, **{"old.json": b"{}"})
    fetch(hub, tmp_path, weights())
    newer = weights(info=ModelInfo("acme/tiny", "v2", "MIT"))
    assert state_of(newer, tmp_path) is State.OUTDATED
    repository.revisions["v2"], repository.files["config.json"] = "f" * 40, b'{"hidden_size": 64}'
    del repository.files["old.json"]
    fetch(hub, tmp_path, newer)
    assert (tmp_path / "tiny" / "config.json").read_bytes() == b'{"hidden_size": 64}'
    assert files_in(tmp_path / "tiny") == {"config.json", "model.safetensors", COMPLETE, ".lock"}


def test_a_file_that_stayed_the_same_is_not_fetched_again(hub: ModelHub, tmp_path: Path) -> None:
    repository = publish(hub)
    fetch(hub, tmp_path, weights())
    repository.revisions["v2"] = "f" * 40
    fetch(hub, tmp_path, weights(info=ModelInfo("acme/tiny", "v2", "MIT")))
    assert hub.ranges("model.safetensors") == [""]


def test_a_failed_pull_leaves_what_was_here(hub: ModelHub, tmp_path: Path) -> None:
    repository = publish(hub)
    fetch(hub, tmp_path, weights())
    repository.revisions["v2"], repository.files["config.json"] = "f" * 40, b'{"hidden_size": 64}'
    hub.knobs.statuses = [503] * 4
    with pytest.raises(HostAway):
        fetch(hub, tmp_path, weights(info=ModelInfo("acme/tiny", "v2", "MIT")))
    manifest = Manifest.read(tmp_path / "tiny")
    assert manifest is not None
    assert (manifest.revision, list(damaged_files(manifest, tmp_path / "tiny"))) == (COMMIT, [])


def test_files_that_are_asked_for_now_make_an_older_pull_incomplete(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights(files=("model.safetensors",)))
    assert state_of(weights(), tmp_path) is State.OUTDATED


def test_pinning_the_commit_that_is_here_changes_nothing(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    fetch(hub, tmp_path, weights())
    assert state_of(weights(info=ModelInfo("acme/tiny", COMMIT, "MIT")), tmp_path) is State.HERE


# --- two at once, and other processes -------------------------------------------------------------------------------


def test_of_two_pulls_at_once_the_second_waits_and_fetches_nothing(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    hub.knobs.open.clear()
    planned = plan(weights(), endpoint=hub.address)
    waits = threading.Event()
    first = threading.Thread(target=pull, args=(planned, tmp_path, lambda _: None))
    first.start()
    while not hub.ranges("config.json"):
        pass  # until it holds the lock and waits for its first file
    second = threading.Thread(target=pull, args=(planned, tmp_path, lambda _: None), kwargs={"waiting": waits.set})
    second.start()
    assert waits.wait(20)
    hub.knobs.open.set()
    first.join(20)
    second.join(20)
    assert (hub.ranges("config.json"), hub.ranges("model.safetensors")) == ([""], [""])
    assert state_of(weights(), tmp_path) is State.HERE


def test_hf_endpoint_names_the_hub(hub: ModelHub, tmp_path: Path) -> None:
    publish(hub)
    code = (
        "from pathlib import Path; from analyzers.models.fetch import plan, pull\n"
        "from tests.analyzers.models.hub import weights\n"
        f"print(pull(plan(weights()), Path({str(tmp_path)!r}), lambda _: None).revision)"
    )
    done = _python(code, HF_ENDPOINT=hub.address)
    assert done.stdout.strip() == COMMIT


def test_an_offline_hub_says_which_switch_keeps_it_so(hub: ModelHub) -> None:
    code = (
        "from analyzers.errors import FetchFailed; from analyzers.models.fetch import plan\n"
        "from tests.analyzers.models.hub import weights\n"
        "try: plan(weights())\n"
        "except FetchFailed as error: print(error)"
    )
    done = _python(code, HF_ENDPOINT=hub.address, HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set" in done.stdout
    assert hub.asked == []


def test_every_way_to_fail_is_one_kind_of_error() -> None:
    kinds = (HostAway, NoRoom, NotAllowed, NotPublished, UnsafeFile, WrongBytes)
    assert all(issubclass(kind, FetchFailed) for kind in kinds)


def _python(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
