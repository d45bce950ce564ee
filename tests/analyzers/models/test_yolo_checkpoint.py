"""Is a YOLO weights file read without running anything in it?"""

import json
import os
import pickle
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from analyzers.errors import Unavailable
from analyzers.models import Device, ModelShelf
from analyzers.models.detector import ObjectDetector
from analyzers.models.profiles import ModelLibrary
from analyzers.models.yolo_checkpoint import NotACheckpoint, read_checkpoint
from tests.analyzers.models.checkpoints_detector import build_detector
from tests.analyzers.models.checkpoints_pose import build_pose

pytestmark = pytest.mark.integration  # builds networks


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A randomly initialised yolo26n-seg, saved by ultralytics."""
    return build_detector(tmp_path_factory.mktemp("models"))


class Trap:
    """Unpickled as usual, it makes a file."""

    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


def stored_with(weights, path, **more):
    """The checkpoint of `weights` with `more` in it."""
    torch.save({**torch.load(weights, weights_only=False), **more}, path)
    return path


def shelf_with(tmp_path, content):
    home = tmp_path / "yolo26n-seg"
    home.mkdir()
    (home / "yolo26n-seg.pt").write_bytes(content)
    (home / "manifest.json").write_text("{}")
    return ModelShelf(Device(), ModelLibrary(tmp_path, "cpu"))


def test_the_arrays_are_those_that_torch_unpickles(weights):
    trusted = torch.load(weights, weights_only=False)["model"].float().state_dict()

    read = read_checkpoint(weights).state

    assert {name for name in trusted if name not in read} == set()
    assert all(torch.equal(read[name], array.float()) for name, array in trusted.items())


def test_two_files_can_be_read_at_once(weights):
    with ThreadPoolExecutor(4) as threads:
        read = list(threads.map(read_checkpoint, [weights] * 12))

    assert all(each.names == read[0].names for each in read)


def test_the_class_names_are_those_in_the_file(weights):
    names = read_checkpoint(weights).names

    assert (len(names), names[0], names[5]) == (80, "person", "bus")


@pytest.mark.parametrize("call", [os.mkdir, eval, pickle.loads], ids=["a folder", "an expression", "a pickle"])
def test_a_file_that_runs_something_is_refused_and_runs_nothing(weights, tmp_path, call):
    made = tmp_path / "made"
    order = {
        os.mkdir: str(made),
        eval: f"__import__('os').mkdir({str(made)!r})",
        pickle.loads: pickle.dumps(Trap(os.mkdir, str(made))),
    }[call]
    path = stored_with(weights, tmp_path / "trap.pt", extra=Trap(call, order))

    with pytest.raises(NotACheckpoint, match="refused"):
        read_checkpoint(path)

    assert not made.exists()


def test_what_ultralytics_could_be_made_to_run_is_not_run_either(weights, tmp_path):
    from ultralytics.utils.downloads import safe_download

    made = tmp_path / "made"
    path = stored_with(weights, tmp_path / "trap.pt", extra=Trap(safe_download, "http://127.0.0.1:9/x", str(made)))

    assert read_checkpoint(path).names[0] == "person"
    assert not made.exists()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"activation": "print('hello')"}, "activation"),
        ({"backbone": [[-1, 1, "torchvision.ops.Permute", [[0]]]]}, "torchvision.ops.Permute"),
    ],
    ids=["code as activation", "a layer of another library"],
)
def test_a_table_of_layers_that_is_more_than_that_is_refused(weights, tmp_path, change, named):
    network = torch.load(weights, weights_only=False)["model"]
    network.yaml = {**network.yaml, **change}

    with pytest.raises(NotACheckpoint, match=named):
        read_checkpoint(stored_with(weights, tmp_path / "odd.pt", model=network))


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", json.dumps({}).encode()], ids=["empty", "text", "json"])
def test_a_file_that_is_no_checkpoint_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "odd.pt"
    path.write_bytes(content)

    with pytest.raises(NotACheckpoint):
        read_checkpoint(path)


def test_a_file_cut_short_is_said_to_be_no_checkpoint(weights, tmp_path):
    path = tmp_path / "short.pt"
    path.write_bytes(weights.read_bytes()[:-5000])

    with pytest.raises(NotACheckpoint):
        read_checkpoint(path)


def test_a_checkpoint_without_a_network_is_said_to_have_none(tmp_path):
    torch.save({"model": {"a": torch.zeros(1)}}, tmp_path / "odd.pt")

    with pytest.raises(NotACheckpoint, match="holds no network"):
        read_checkpoint(tmp_path / "odd.pt")


def test_a_broken_file_makes_the_model_unavailable_with_the_command_that_mends_it(tmp_path):
    with pytest.raises(Unavailable, match=r"run: bulk_processor\.py models pull yolo26n-seg"):
        shelf_with(tmp_path, b"broken").get(ObjectDetector)


def test_a_network_for_key_points_can_not_be_the_detector(tmp_path, tmp_path_factory):
    other = build_pose(tmp_path_factory.mktemp("models"))

    with pytest.raises(Unavailable, match="can't segment"):
        shelf_with(tmp_path, other.read_bytes()).get(ObjectDetector)


def test_a_file_that_lacks_arrays_of_its_network_is_not_used(weights, tmp_path):
    network = torch.load(weights, weights_only=False)["model"]
    del network.model[4]._modules["cv2"]

    short = stored_with(weights, tmp_path / "short.pt", model=network).read_bytes()

    with pytest.raises(Unavailable, match=r"lacks .* arrays"):
        shelf_with(tmp_path, short).get(ObjectDetector)


def test_nothing_is_left_allowed_for_others(weights):
    read_checkpoint(weights)

    assert zipfile.is_zipfile(weights)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(weights, weights_only=True)
