"""Do all networks on torch share device, precision, batches, and what happens when memory is short?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from analyzers.contract import ModelInfo
from analyzers.models import Device, ModelSource
from analyzers.models.batching import Lanes, OutOfMemory
from analyzers.models.profiles import ModelLibrary
from analyzers.models.torch_model import TorchModel, _copied_to_processor, _dtype

LIBRARY = ModelLibrary(Path("nowhere"), "cpu")


class Mean(TorchModel[Any, float]):
    """Says the mean of a picture, times its one weight; has room for so many at once."""

    role = "detector"
    room = 100

    @classmethod
    def load(cls, source: ModelSource) -> "Mean":
        network = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.constant_(network.weight, 2.0)
        return cls(network, source)

    def forward(self, network: Any, items: Sequence[Any]) -> list[float]:
        if len(items) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        assert torch.is_inference_mode_enabled()
        assert not network.training
        means = torch.tensor([[float(item.mean())] for item in items], dtype=network.weight.dtype)
        return [float(value) for value in network(means)[:, 0]]


@pytest.fixture
def mean() -> Mean:
    return Mean.load(ModelSource(Device(), LIBRARY, Lanes()))


def test_pictures_of_several_sizes_are_answered_in_order(mean):
    pictures = [np.full((2 + number % 2, 3), number) for number in range(9)]

    assert mean.ask(pictures) == [2.0 * number for number in range(9)]


def test_it_names_the_weights_of_its_role_and_what_runs_them(mean):
    assert mean.info == LIBRARY.specs["detector"].info
    assert isinstance(mean.info, ModelInfo)
    assert mean.backend == "torch-cpu"


def test_what_the_profile_says_bounds_the_batch(mean):
    mean.room = LIBRARY.specs["detector"].options["max_batch"]

    assert len(mean.ask([np.zeros((2, 2))] * (3 * mean.room))) == 3 * mean.room


def test_a_lack_of_memory_halves_the_batch(mean, caplog):
    mean.room = 1

    assert mean.ask([np.full((2, 2), number) for number in range(4)]) == [0.0, 2.0, 4.0, 6.0]


def test_a_lack_of_memory_for_one_item_on_the_processor_is_an_error(mean):
    mean.room = 0

    with pytest.raises(OutOfMemory, match="out of memory"):
        mean.ask([np.zeros((2, 2))])


def test_the_copy_for_the_processor_is_equal_and_apart():
    network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).to(torch.bfloat16).eval()

    copied = _copied_to_processor(network)

    given = torch.ones(4, 3)
    torch.testing.assert_close(copied(given), network(given.bfloat16()).float(), atol=0.02, rtol=0.02)
    assert {parameter.dtype for parameter in copied.parameters()} == {torch.float32}
    assert {parameter.data_ptr() for parameter in copied.parameters()}.isdisjoint(
        parameter.data_ptr() for parameter in network.parameters()
    )


@pytest.mark.parametrize(
    ("named", "used"),
    [("float32", torch.float32), ("float16", torch.float32), ("bfloat16", torch.bfloat16)],
    ids=["single precision stays", "a processor does not compute in half precision", "bfloat16 halves the memory"],
)
def test_the_precision_on_a_processor(named, used):
    assert _dtype(torch, named, "cpu") is used
