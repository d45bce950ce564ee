"""Which models do the tests of fetching publish on the stand-in hub?"""

from pathlib import Path
from random import Random

from analyzers.contract import ModelInfo
from analyzers.models.fetch import plan, pull
from analyzers.models.profiles import Weights
from tests.standin.model_hub import ModelHub, Repository

COMMIT = "0123456789abcdef0123456789abcdef01234567"
#: Large enough to come in several chunks.
BIG = Random(1).randbytes(3_000_000)
SMALL = b'{"hidden_size": 32}'


def publish(hub: ModelHub, **more: bytes) -> Repository:
    """A repository "acme/tiny" with a large and a small file, and a pickle that nobody asks for."""
    files = {"config.json": SMALL, "model.safetensors": BIG, "pytorch_model.bin": b"\x80", "onnx/other.json": b"{}"}
    hub.repositories["acme/tiny"] = Repository(files | more, revisions={"main": COMMIT})
    return hub.repositories["acme/tiny"]


def weights(**changes: object) -> Weights:
    """The model "tiny", as a file of models would name it."""
    info = changes.pop("info", None) or ModelInfo("acme/tiny", "main", "MIT")
    usual = {"roles": ("embedder",), "source": "hub", "files": ("*.json", "model.safetensors"), "size": 3_000_000}
    return Weights(name="tiny", info=info, **usual | changes)


def at_address(hub: ModelHub, **changes: object) -> Weights:
    """The model "tiny" as one file at a plain address."""
    hub.files["tiny.onnx"] = BIG
    return weights(source="url", files=(hub.url_of("tiny.onnx"),), **changes)


def fetch(hub: ModelHub, models_dir: Path, model: Weights, *, again: bool = False) -> list[int]:
    """Pulls; what was told of the progress."""
    told: list[int] = []
    pull(plan(model, endpoint=hub.address), models_dir, told.append, again=again, pauses=(0.0, 0.0, 0.0))
    return told
