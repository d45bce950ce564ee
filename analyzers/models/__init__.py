"""Which models are loaded, from which weights, and on which device do they run?"""

import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from analyzers.contract import Model
from analyzers.errors import Unavailable
from analyzers.models.batching import Lanes
from analyzers.models.profiles import ModelLibrary, ModelSpec

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Device:
    """Where models run: the CPU, or the card this process was given with CUDA_VISIBLE_DEVICES."""

    #: "cpu" or "cuda".
    kind: str = "cpu"
    #: Threads one model may use on the CPU.
    threads: int = 1

    @property
    def profile(self) -> str:
        """The profile of models that suits it."""
        return "gpu" if self.kind == "cuda" else "cpu"

    def full_name(self) -> str:
        """The name of the card, or "cpu"."""
        if self.kind != "cuda":
            return "cpu"
        import torch

        return str(torch.cuda.get_device_name(0))


@dataclass(frozen=True, slots=True)
class ModelSource:
    """What a model is loaded from."""

    device: Device
    models: ModelLibrary
    #: Where batches run.
    lanes: Lanes

    def spec(self, model: type[Model]) -> ModelSpec:
        """Which weights the role of `model` uses."""
        return self.models.specs[model.role]

    def folder(self, model: type[Model]) -> Path:
        """Where its files lie. Raises: Unavailable, with the command that fetches them."""
        return self.models.folder(model.role)


class ModelShelf:
    """The models of one engine: each is loaded at its first use and shared by all videos after that."""

    def __init__(self, device: Device, library: ModelLibrary | None = None) -> None:
        """Without a `library`, only the models inside installed packages are there."""
        self.device = device
        lanes = Lanes(_on_stream if device.kind == "cuda" else lambda _: nullcontext())
        self._source = ModelSource(device, library or ModelLibrary(Path("models"), device.profile), lanes)
        self._loaded: dict[type[Model], Model] = {}
        #: While it loads, transformers replaces functions of torch and of its own for all threads: one at a time.
        self._loading = threading.Lock()

    def get(self, model: type[M]) -> M:
        """The one instance of `model`. Raises: Unavailable."""
        if model not in self._loaded:  # those that are there never wait for one that is being loaded
            with self._loading:
                if model not in self._loaded:
                    self._loaded[model] = model.load(self._source)
        return self._loaded[model]  # type: ignore[return-value]  # stored under its own class just above

    def load_ahead(self, models: Iterable[type[Model]]) -> None:
        """Begins to load `models` in a thread of its own; what can't be loaded is told to who asks for it."""

        def load() -> None:
            for model in models:
                with suppress(Exception):  # see above
                    self.get(model)

        threading.Thread(target=load, name="load-ahead", daemon=True).start()

    def why_missing(self, model: type[Model]) -> str:
        """Why `model` can't be had, without loading it; empty when its weights are here."""
        spec = self._source.models.specs.get(model.role)
        if model in self._loaded or spec is None or not spec.needs_fetching:
            return ""
        try:
            self._source.folder(model)
        except Unavailable as error:
            return str(error)
        return ""

    @property
    def loaded(self) -> Mapping[type[Model], Model]:
        """Those that were loaded so far."""
        return dict(self._loaded)


def _on_stream(lane: str) -> AbstractContextManager[Any]:
    """A CUDA stream of the lane's own; what writes word by word goes first, for its steps are short and many."""
    import torch

    make_stream: Any = torch.cuda.Stream  # has no types
    entered: AbstractContextManager[Any] = torch.cuda.stream(make_stream(priority=-1 if lane == "language" else 0))
    return entered
