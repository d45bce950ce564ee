"""What do all networks that run on torch share?

Device, precision, batching over videos, and what happens when the card's memory is full. A model says how it is loaded
and what it answers to a batch; everything else is here.
"""

import copy
from abc import abstractmethod
from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from analyzers.contract import Model
from analyzers.models.batching import Batcher, OutOfMemory

if TYPE_CHECKING:
    from analyzers.models import ModelSource

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class TorchModel(Model, Generic[Item, Answer]):
    """A torch module behind a line of items. Subclasses load it in `load` and implement `forward`."""

    #: Which models share a thread and a stream: "vision", or "language" for what writes word by word.
    lane: ClassVar[str] = "vision"
    #: Items per batch where the profile says nothing.
    max_batch: ClassVar[int] = 16

    def __init__(self, network: Any, source: "ModelSource") -> None:
        """`network`: the module with its weights loaded, still on the processor."""
        import torch

        self.spec = source.spec(type(self))
        self.info = self.spec.info
        self.device = source.device.kind
        self.dtype = _dtype(torch, self.spec.dtype, self.device)
        self.backend = f"torch-{self.device}"
        if self.device == "cpu":
            torch.set_num_threads(source.device.threads)
        self.network = network.to(self.device, self.dtype).eval()
        on_card = self.device != "cpu"
        self.line: Batcher[Item, Answer] = Batcher(
            source.lanes.get(self.lane),
            self._run,
            max_batch=self.spec.options.get("max_batch", self.max_batch),
            shape=self.shape,
            run_on_processor=self._run_on_processor if on_card else None,
        )

    @abstractmethod
    def forward(self, network: Any, items: Sequence[Item]) -> list[Answer]:
        """The answer to each of `items`, which are of one shape, by `network`; under inference mode.

        `network` tells its device and precision by its parameters: it may be the copy that runs on the processor.
        """

    def shape(self, item: Item) -> Hashable:
        """What items of one batch have in common."""
        return getattr(item, "shape", None)

    def ask(self, items: Sequence[Item]) -> list[Answer]:
        """The answer to each of `items`, batched with those of other videos; safe from several threads."""
        return self.line.submit(items)

    def _run(self, items: Sequence[Item]) -> list[Answer]:
        import torch

        try:
            with torch.inference_mode():
                return self.forward(self.network, items)
        except torch.OutOfMemoryError as error:
            shortage = str(error)
        # Outside the handler, which holds the frames and with them the tensors that don't fit.
        torch.cuda.empty_cache()
        raise OutOfMemory(shortage)

    def _run_on_processor(self, items: Sequence[Item]) -> list[Answer]:
        import torch

        with torch.inference_mode():
            return self.forward(self._copy_on_processor, items)

    @cached_property
    def _copy_on_processor(self) -> Any:
        return _copied_to_processor(self.network)


def _dtype(torch: Any, name: str, device: str) -> Any:
    """The torch type called `name`, or the nearest that `device` computes in."""
    if name == "bfloat16" and device == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    if name == "float16" and device == "cpu":
        return torch.float32
    return getattr(torch, name)


def _copied_to_processor(network: Any) -> Any:
    """A copy in float32 that takes no memory on the card, not even while it is made."""
    import torch

    moved: dict[int, Any] = {}
    for tensor in [*network.parameters(), *network.buffers()]:
        there = tensor.detach().to("cpu", torch.float32 if tensor.is_floating_point() else tensor.dtype)
        is_parameter = isinstance(tensor, torch.nn.Parameter)
        moved[id(tensor)] = torch.nn.Parameter(there, requires_grad=False) if is_parameter else there
    return copy.deepcopy(network, moved)
