"""Which model passes are loaded, and on which device do they run?"""

import threading
from dataclasses import dataclass
from typing import TypeVar

from analyzers.contract import ModelPass

M = TypeVar("M", bound=ModelPass)


@dataclass(frozen=True, slots=True)
class Device:
    """Where models run: the CPU, or the card this process was given with CUDA_VISIBLE_DEVICES."""

    #: "cpu" or "cuda".
    kind: str = "cpu"
    #: Threads one model may use on the CPU.
    threads: int = 1


class ModelShelf:
    """The models of one engine: each is loaded at its first use and shared by all videos after that."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._loaded: dict[type[ModelPass], ModelPass] = {}
        self._lock = threading.Lock()

    def get(self, model: type[M]) -> M:
        """The one instance of `model`. Raises: Unavailable."""
        with self._lock:
            if model not in self._loaded:
                self._loaded[model] = model.load(self.device)
            return self._loaded[model]  # type: ignore[return-value]  # stored under its own class just above
